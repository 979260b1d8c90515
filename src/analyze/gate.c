/* SPDX-License-Identifier: MIT */
#include <poolmon/gate.h>

#include "analyze/baseline.h"
#include "analyze/budget.h"
#include "analyze/suppress.h"
#include "base/array.h"
#include "base/fail.h"
#include "base/when.h"

#include <math.h>
#include <stdlib.h>

static const double z95 = 1.96; /* two-sided 95 % of a normal distribution */

struct pm_gate {
	struct pm_arena arena;
	bool fail_on;
	enum pm_verdict verdict;
	uint64_t min_growth;       /* bytes; 0: none */
	struct pm_budget *budgets; /* [n_budgets] */
	size_t n_budgets, budgets_capacity;
	struct pm_suppressions suppressions;
	bool has_baseline;
	struct pm_baseline baseline;
	/* what was decided */
	struct pm_gate_result *results; /* [n_results] */
	size_t n_results;
	int64_t now_ms; /* the last moment of the recording */
	bool many_hosts;
};

#define ENTRY(id, name, what) name,

static const char *const names[PM_N_GATE_OUTCOMES] = {PM_GATE_OUTCOMES(ENTRY)};

const char *pm_gate_outcome_name(enum pm_gate_outcome outcome)
{
	return names[outcome];
}

bool pm_gate_outcome_of_name(const char *name, enum pm_gate_outcome *outcome)
{
	for (int i = 0; i < PM_N_GATE_OUTCOMES; i++) {
		if (strcmp(names[i], name) == 0) {
			*outcome = (enum pm_gate_outcome)i;
			return true;
		}
	}
	return false;
}

/* ---- the rules ---- */

enum pm_status pm_gate_create(struct pm_gate **out, struct pm_error *err)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? pm_fail_memory(err) : PM_OK;
}

void pm_gate_destroy(struct pm_gate *gate)
{
	if (gate == NULL)
		return;
	pm_baseline_deinit(&gate->baseline);
	free(gate->budgets);
	free(gate->suppressions.at);
	free(gate->results);
	pm_arena_deinit(&gate->arena);
	free(gate);
}

void pm_gate_fail_on(struct pm_gate *gate, enum pm_verdict verdict)
{
	gate->fail_on = true;
	gate->verdict = verdict;
}

void pm_gate_set_min_growth(struct pm_gate *gate, uint64_t bytes)
{
	gate->min_growth = bytes;
}

enum pm_status pm_gate_add_budget(
	struct pm_gate *gate, const char *expression, struct pm_error *err)
{
	struct pm_budget parsed, *grown;
	enum pm_status status = pm_budget_parse(&parsed, expression, &gate->arena, err);

	if (status != PM_OK)
		return status;
	grown = pm_array_room(
		gate->budgets, &gate->budgets_capacity, gate->n_budgets, sizeof(*grown));
	if (grown == NULL)
		return pm_fail_memory(err);
	gate->budgets = grown;
	grown[gate->n_budgets++] = parsed;
	return PM_OK;
}

enum pm_status pm_gate_add_suppressions(
	struct pm_gate *gate, const char *name, const char *text, size_t n, struct pm_error *err)
{
	return pm_suppressions_parse(&gate->suppressions, name, text, n, &gate->arena, err);
}

enum pm_status pm_gate_set_baseline(
	struct pm_gate *gate, const char *name, const char *text, size_t n, struct pm_error *err)
{
	const char *copy = pm_arena_copy(&gate->arena, name, strlen(name));
	struct pm_baseline parsed;
	enum pm_status status;

	if (copy == NULL)
		return pm_fail_memory(err);
	status = pm_baseline_parse(&parsed, copy, text, n, err);
	if (status != PM_OK)
		return status;
	pm_baseline_deinit(&gate->baseline);
	gate->baseline = parsed;
	gate->has_baseline = true;
	return PM_OK;
}

/* ---- figures ---- */

static struct pm_measured rate_of(
	const struct pm_trend *trend, const struct pm_line *line, bool long_enough)
{
	return (struct pm_measured){
		.known = line->n > 0,
		.bounded = long_enough && line->n >= line->n_epochs + 2,
		.value = line->per_hour,
		.error = pm_trend_error(trend, line),
		.highest = line->per_hour,
	};
}

static struct pm_measured amount_of(const struct pm_line *line)
{
	return (struct pm_measured){
		.known = line->n > 0,
		.bounded = true,
		.value = (double)line->last,
		.highest = (double)line->max,
	};
}

static struct pm_measures figures_of(
	const struct pm_trend *trend, const struct pm_judgement *judgement)
{
	const bool long_enough = judgement->verdict != PM_VERDICT_TOO_SHORT;

	return (struct pm_measures){
		.verdict = judgement->verdict,
		.has_growth = trend->bytes.n > 0,
		.growth = trend->bytes.growth,
		.of =
			{
				[PM_MEASURE_BYTES_RATE] =
					rate_of(trend, &trend->bytes, long_enough),
				[PM_MEASURE_OBJECTS_RATE] =
					rate_of(trend, &trend->diff, long_enough),
				[PM_MEASURE_BYTES] = amount_of(&trend->bytes),
				[PM_MEASURE_OBJECTS] = amount_of(&trend->diff),
			},
	};
}

/* ---- one rule and one finding ---- */

struct rule {
	const struct pm_budget *budget; /* NULL: of the verdict */
	enum pm_verdict verdict;
	uint64_t min_growth;
};

static bool is_large_enough(const struct rule *rule, const struct pm_measures *figures)
{
	return rule->min_growth == 0 || !figures->has_growth ||
		(figures->growth > 0 && (uint64_t)figures->growth >= rule->min_growth);
}

static enum pm_measure measure_of(const struct rule *rule, const struct pm_measures *figures)
{
	if (rule->budget != NULL)
		return rule->budget->measure;
	return figures->of[PM_MEASURE_BYTES_RATE].known ? PM_MEASURE_BYTES_RATE
							: PM_MEASURE_OBJECTS_RATE;
}

/* A figure in the units of the rule. */
static void put_figure(struct pm_buf *out, const struct rule *rule,
	const struct pm_measures *figures, double value)
{
	const enum pm_measure measure = measure_of(rule, figures);
	const bool rate = pm_measure_is_rate(measure);
	const double shown = rate && rule->budget != NULL ? value / rule->budget->per_hour : value;
	const double size = shown < 0 ? -shown : shown;
	char text[PM_SIZE_TEXT];

	if (rate && size >= 0.0005)
		pm_buf_add_char(out, shown < 0 ? '-' : '+');
	if (measure == PM_MEASURE_OBJECTS_RATE || measure == PM_MEASURE_OBJECTS)
		pm_buf_printf(out, size < 1000 && rate ? "%.3g objects" : "%.0f objects", size);
	else
		pm_buf_add_text(out, pm_size_format(text, pm_size_of_real(size + 0.5)));
	if (rate)
		pm_buf_printf(out, "/%s", rule->budget != NULL ? rule->budget->period : "h");
}

/* PASS, UNSURE or FAIL; NONE where the rule can't be held against it. */
static enum pm_gate_outcome hold(const struct rule *rule, const struct pm_measures *figures)
{
	const struct pm_measured *figure;

	if (rule->budget == NULL)
		return figures->verdict <= rule->verdict && is_large_enough(rule, figures)
			? PM_GATE_FAIL
			: PM_GATE_PASS;
	figure = &figures->of[rule->budget->measure];
	if (!figure->known)
		return PM_GATE_NONE;
	if (!(figure->value > rule->budget->limit))
		return PM_GATE_PASS;
	return figure->bounded && figure->value - z95 * figure->error > rule->budget->limit
		? PM_GATE_FAIL
		: PM_GATE_UNSURE;
}

/* No machine does the same twice: two recordings of one leak differ by some percent, where each by
 * itself is sure to a thousandth. */
static const double alike = 0.1;

/* By more than chance, as far as the samples tell, and by more than recordings differ anyway. */
static bool is_worse(
	const struct rule *rule, const struct pm_measures *now, const struct pm_measures *before)
{
	const enum pm_measure measure = measure_of(rule, now);
	const struct pm_measured *a = &before->of[measure], *b = &now->of[measure];

	if (!a->known || !b->known)
		return false;
	if (!pm_measure_is_rate(measure))
		return b->value > (1 + alike) * a->highest;
	return b->bounded && b->value - a->value > alike * fabs(a->value) &&
		b->value - a->value > z95 * sqrt(a->error * a->error + b->error * b->error);
}

static void explain(struct pm_buf *out, const struct rule *rule, const struct pm_measures *figures)
{
	const struct pm_measured *figure;

	if (rule->budget == NULL) {
		pm_buf_printf(out, "verdict %s", pm_verdict_name(figures->verdict));
		if (figures->verdict != rule->verdict)
			pm_buf_printf(
				out, ", where %s fails already", pm_verdict_name(rule->verdict));
		return;
	}
	figure = &figures->of[rule->budget->measure];
	put_figure(out, rule, figures, figure->value);
	if (pm_measure_is_rate(rule->budget->measure) && figure->bounded) {
		pm_buf_add_text(out, " (at least ");
		put_figure(out, rule, figures, figure->value - z95 * figure->error);
		pm_buf_add_text(out, ")");
	}
	pm_buf_printf(out, " is over the budget %s", rule->budget->text);
	if (hold(rule, figures) == PM_GATE_UNSURE)
		pm_buf_add_text(out,
			figure->bounded ? ", but by no more than its uncertainty"
					: ", but the samples are too few to be sure");
}

/* Holds one rule against a finding and adds what there is to say. */
static enum pm_gate_outcome decide_rule(const struct pm_gate *gate, const struct rule *rule,
	const struct pm_measures *now, const struct pm_measures *before, struct pm_buf *reason)
{
	enum pm_gate_outcome outcome = hold(rule, now);
	const enum pm_gate_outcome then = before == NULL ? PM_GATE_NONE : hold(rule, before);
	const bool was_there = then == PM_GATE_FAIL || then == PM_GATE_UNSURE;

	if (outcome <= PM_GATE_PASS)
		return outcome;
	if (reason->n > 0)
		pm_buf_add_text(reason, "; ");
	explain(reason, rule, now);
	if (outcome != PM_GATE_FAIL || !gate->has_baseline)
		return outcome;
	if (!was_there) {
		pm_buf_printf(reason, ", which is new since %s", gate->baseline.name);
	} else if (is_worse(rule, now, before)) {
		pm_buf_printf(reason, ", worse than in %s (", gate->baseline.name);
		put_figure(reason, rule, now, before->of[measure_of(rule, now)].value);
		pm_buf_add_text(reason, " then, ");
		put_figure(reason, rule, now, now->of[measure_of(rule, now)].value);
		pm_buf_add_text(reason, " now)");
	} else {
		pm_buf_printf(reason, ", as in %s", gate->baseline.name);
		outcome = PM_GATE_KNOWN;
	}
	return outcome;
}

/* ---- a finding and all rules ---- */

static bool is_broken(enum pm_gate_outcome outcome)
{
	return outcome == PM_GATE_FAIL || outcome == PM_GATE_KNOWN;
}

/* The first suppression that holds; all that do have been of use. */
static const struct pm_suppression *find_suppression(struct pm_gate *gate, const struct pm_key *key)
{
	const struct pm_suppression *first = NULL;

	for (size_t i = 0; i < gate->suppressions.n; i++) {
		struct pm_suppression *suppression = &gate->suppressions.at[i];

		if (!pm_suppression_holds(suppression, gate->now_ms) ||
			!pm_selector_takes(&suppression->selector, key))
			continue;
		suppression->used = true;
		if (first == NULL)
			first = suppression;
	}
	return first;
}

static void add_suppression(struct pm_buf *reason, const struct pm_suppression *suppression)
{
	pm_buf_printf(reason, "; suppressed by %s:%llu", suppression->file,
		(unsigned long long)suppression->line);
	if (suppression->until != NULL)
		pm_buf_printf(reason, " until %s", suppression->until);
	pm_buf_printf(reason, ": %s", suppression->reason);
}

static enum pm_gate_outcome decide_finding(struct pm_gate *gate, const struct pm_trend *trend,
	const struct pm_judgement *judgement, struct pm_buf *reason)
{
	const struct pm_measures now = figures_of(trend, judgement);
	const struct pm_measures *before = NULL;
	const struct pm_suppression *suppression = NULL;
	enum pm_gate_outcome outcome = PM_GATE_NONE;

	if (gate->has_baseline)
		before = pm_baseline_find(&gate->baseline, trend->key,
			gate->many_hosts || gate->baseline.many_hosts ? trend->origin->host : NULL);
	for (size_t i = 0; i <= gate->n_budgets; i++) {
		const struct rule rule = {
			i == 0 ? NULL : &gate->budgets[i - 1], gate->verdict, gate->min_growth};
		enum pm_gate_outcome by_rule;

		if (i == 0 ? !gate->fail_on
			   : !pm_selector_takes(&rule.budget->selector, trend->key))
			continue;
		if (i > 0)
			gate->budgets[i - 1].used = true;
		by_rule = decide_rule(gate, &rule, &now, before, reason);
		if (by_rule > outcome) /* they are listed from good to bad */
			outcome = by_rule;
	}
	if (is_broken(outcome))
		suppression = find_suppression(gate, trend->key);
	if (suppression == NULL)
		return outcome;
	add_suppression(reason, suppression);
	return PM_GATE_SUPPRESSED;
}

static void measure_log(struct pm_gate *gate, const struct pm_trends *trends)
{
	const char *host = NULL;

	gate->now_ms = INT64_MIN;
	gate->many_hosts = false;
	for (size_t i = 0; i < pm_trends_count(trends); i++) {
		struct pm_trend trend;

		pm_trends_at(trends, i, &trend);
		if (trend.last_ms > gate->now_ms)
			gate->now_ms = trend.last_ms;
		gate->many_hosts |= host != NULL && host != trend.origin->host;
		host = trend.origin->host;
	}
}

enum pm_status pm_gate_decide(struct pm_gate *gate, const struct pm_findings *findings,
	const struct pm_trends *trends, struct pm_error *err)
{
	struct pm_buf reason = {0};
	bool failed = false;

	free(gate->results);
	gate->n_results = 0;
	gate->results = calloc(findings->n + 1, sizeof(*gate->results));
	if (gate->results == NULL)
		return pm_fail_memory(err);
	measure_log(gate, trends);
	for (size_t i = 0; i < gate->suppressions.n; i++)
		gate->suppressions.at[i].used = false;
	for (size_t i = 0; i < gate->n_budgets; i++)
		gate->budgets[i].used = false;
	for (size_t i = 0; i < findings->n && !failed; i++) {
		struct pm_gate_result *result = &gate->results[gate->n_results++];
		struct pm_trend trend;

		pm_trends_at(trends, findings->at[i].trend, &trend);
		pm_buf_clear(&reason);
		result->outcome = decide_finding(gate, &trend, &findings->at[i].judgement, &reason);
		result->reason =
			reason.n == 0 ? "" : pm_arena_copy(&gate->arena, reason.at, reason.n);
		failed = reason.failed || result->reason == NULL;
	}
	pm_buf_deinit(&reason);
	if (failed) {
		gate->n_results = 0;
		return pm_fail_memory(err);
	}
	return PM_OK;
}

/* ---- what was decided ---- */

struct pm_gate_result pm_gate_result(const struct pm_gate *gate, size_t i)
{
	return i < gate->n_results ? gate->results[i] : (struct pm_gate_result){PM_GATE_NONE, ""};
}

size_t pm_gate_count(const struct pm_gate *gate, enum pm_gate_outcome outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < gate->n_results; i++)
		n += gate->results[i].outcome == outcome;
	return n;
}

size_t pm_gate_unused_budgets(const struct pm_gate *gate)
{
	size_t n = 0;

	for (size_t i = 0; i < gate->n_budgets; i++)
		n += !gate->budgets[i].used;
	return n;
}

static void remark_on_budget(const struct pm_budget *budget, struct pm_error *err)
{
	(void)pm_fail(err, PM_E_INPUT, "this budget is for no tag in the log");
	pm_error_where(err, budget->text, 0, 0);
	pm_error_remedy(err, "is its pattern as you meant it?");
}

static void remark_on_suppression(
	const struct pm_gate *gate, const struct pm_suppression *suppression, struct pm_error *err)
{
	const bool expired = !pm_suppression_holds(suppression, gate->now_ms);

	if (expired)
		(void)pm_fail(err, PM_E_INPUT,
			"the suppression of '%.60s' ended with %s, before the recording did",
			suppression->selector.text, suppression->until);
	else
		(void)pm_fail(err, PM_E_INPUT,
			"the suppression of '%.60s' suppresses nothing: no such tag breaks a rule",
			suppression->selector.text);
	pm_error_where(err, suppression->file, suppression->line, 0);
	pm_error_remedy(err, "%s",
		expired ? "remove the line, or give it a later day"
			: "remove the line, if that is so on every machine");
}

bool pm_gate_remark(const struct pm_gate *gate, size_t i, struct pm_error *err)
{
	for (size_t j = 0; j < gate->n_budgets; j++) {
		if (!gate->budgets[j].used && i-- == 0) {
			remark_on_budget(&gate->budgets[j], err);
			return true;
		}
	}
	for (size_t j = 0; j < gate->suppressions.n; j++) {
		if (!gate->suppressions.at[j].used && i-- == 0) {
			remark_on_suppression(gate, &gate->suppressions.at[j], err);
			return true;
		}
	}
	return false;
}
