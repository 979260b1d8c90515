/* SPDX-License-Identifier: MIT */
/* The result in sentences. */
#include "base/when.h"
#include "report/cells.h"

void pm_put_times(struct pm_buf *text, int64_t first_ms, int64_t last_ms, int64_t span_ms)
{
	const bool set_back = last_ms < first_ms;
	char time[PM_TIME_TEXT], span[PM_DURATION_TEXT];

	pm_buf_add(text, time, pm_time_format(time, first_ms, ' ') - 4);
	pm_buf_add_text(text, " to ");
	pm_buf_add(text, time, pm_time_format(time, last_ms, ' ') - 4);
	pm_duration_format(span, set_back ? span_ms : last_ms - first_ms);
	pm_buf_printf(text, " UTC (%s%s): ", span, set_back ? ", the clock was set back" : "");
}

void pm_say_what_was_read(struct pm_build *build)
{
	const struct pm_trends *trends = build->data->trends;
	struct pm_buf text = {0};

	if (build->n_hosts == 1) {
		const struct pm_origin *origin = pm_trends_origin(trends, 0);
		const char *const parts[] = {origin->host, origin->os, origin->kernel};

		for (int i = 0; i < 3; i++) {
			if (parts[i][0] != '\0') {
				pm_buf_add_visible(&text, parts[i], strlen(parts[i]));
				pm_buf_add_text(&text, i == 1 ? " " : ", ");
			}
		}
	} else if (build->n_hosts > 1) {
		pm_buf_printf(&text, "%zu hosts, each judged on its own, ", build->n_hosts);
	}
	if (build->last_ms != 0) {
		pm_put_times(&text, build->first_ms, build->last_ms, build->span_ms);
	}
	pm_buf_printf(&text, "%llu snapshot%s of %zu tag%s",
		(unsigned long long)build->data->scan->counts.snapshots,
		plural(build->data->scan->counts.snapshots), build->n_series,
		plural(build->n_series));
	add_sentence(build, &text);
}

/* How long the memory of the one host there is lasts. */
static void put_time_left(
	const struct pm_build *build, const struct pm_drain *drain, struct pm_buf *text)
{
	const double hours_max = 24 * 366;
	char left[PM_DURATION_TEXT];
	double hours;
	bool by_limit;

	if (build->n_hosts > 1 || build->n_rooms != 1)
		return;
	hours = pm_hours_left(build, build->rooms[0].host, drain, &by_limit);
	if (!(hours > 0) || hours >= hours_max)
		return;
	pm_duration_format(left, (int64_t)(hours * 60) * 60000);
	pm_buf_printf(text,
		by_limit ? " At this rate the commit limit is reached in %s."
			 : " At this rate available memory lasts %s.",
		left);
}

/* Whose series it is, where there are several hosts. */
static void add_host(
	const struct pm_build *build, struct pm_buf *text, const char *before, size_t trend)
{
	struct pm_trend of;

	if (build->n_hosts < 2)
		return;
	pm_trends_at(build->data->trends, trend, &of);
	pm_buf_add_text(text, before);
	pm_buf_add_visible(text, of.origin->host, strlen(of.origin->host));
}

/* The largest groups, at most this many, are told by their ratios. */
enum { GROUPS_TOLD = 3, MEMBERS_TOLD = 8 };

/* "A : B : C = 1.000 : 1.000 : 2.000" */
static void say_group(struct pm_build *build, size_t root)
{
	const struct pm_findings *findings = build->data->findings;
	const size_t n = findings->at[root].members;
	const size_t n_told = n < MEMBERS_TOLD ? n : MEMBERS_TOLD;
	struct pm_buf text = {0};

	pm_buf_printf(&text, "%zu tags", n);
	add_host(build, &text, " of ", findings->at[root].trend);
	pm_buf_add_text(&text, " grow in lockstep, so they likely have one cause: ");
	for (size_t i = root; i < root + n_told; i++)
		pm_buf_printf(&text, "%s%s", i == root ? "" : " : ",
			pm_trends_key(build->data->trends, findings->at[i].trend)->tag);
	pm_buf_add_text(&text, n_told < n ? " : ... = " : " = ");
	for (size_t i = root; i < root + n_told; i++)
		pm_buf_printf(&text, "%s%.3f", i == root ? "" : " : ", findings->at[i].ratio);
	pm_buf_add_text(&text, n_told < n ? " : ... in objects." : " in objects.");
	add_sentence(build, &text);
}

static void say_groups(struct pm_build *build)
{
	const struct pm_findings *findings = build->data->findings;
	int n_told = 0;

	for (size_t i = 0; i < findings->n && n_told < GROUPS_TOLD; i++) {
		if (findings->at[i].root == i && findings->at[i].members > 1) {
			say_group(build, i);
			n_told++;
		}
	}
}

/* Of n that grow some are caches of Linux that, by their type, hold some for later use. */
static void say_what_may_come_back(struct pm_build *build, uint64_t n_reclaimable, uint64_t n)
{
	struct pm_buf text = {0};

	if (n_reclaimable == 0)
		return;
	if (n == 1)
		pm_buf_add_text(&text, "It is a reclaimable cache");
	else
		pm_buf_printf(&text, "%llu of them %s", (unsigned long long)n_reclaimable,
			n_reclaimable == 1 ? "is a reclaimable cache" : "are reclaimable caches");
	pm_buf_add_text(&text,
		" (Recl): what is only kept for later use is given back when memory runs short, or "
		"after 'echo 2 > /proc/sys/vm/drop_caches'; a leak stays.");
	add_sentence(build, &text);
}

void pm_say_verdict(struct pm_build *build)
{
	const struct pm_findings *findings = build->data->findings;
	uint64_t n_leak = 0, n_probable = 0, n_short = 0, n_reclaimable = 0;
	double growth = 0, rate = 0;
	struct pm_drain drain = {0};
	struct pm_buf text = {0};
	char size[PM_SIZE_TEXT];

	for (size_t i = 0; i < findings->n; i++) {
		const enum pm_verdict verdict = findings->at[i].judgement.verdict;
		const struct pm_key *key =
			pm_trends_key(build->data->trends, findings->at[i].trend);
		struct pm_trend trend;

		n_probable += verdict == PM_VERDICT_PROBABLE;
		n_short += verdict == PM_VERDICT_TOO_SHORT;
		n_reclaimable += verdict <= PM_VERDICT_PROBABLE && strcmp(key->type, "Recl") == 0;
		if (verdict != PM_VERDICT_LEAK)
			continue;
		n_leak++;
		pm_trends_at(build->data->trends, findings->at[i].trend, &trend);
		growth += (double)trend.bytes.growth;
		rate += trend.bytes.per_hour;
		pm_drain_add(&drain, &trend);
	}
	if (n_leak == 0 && n_probable == 0) {
		pm_buf_add_text(&text, "No tag grows like a leak.");
	} else if (n_leak == 0) {
		pm_buf_printf(&text, "No tag surely leaks; %llu probably do%s.",
			(unsigned long long)n_probable, n_probable == 1 ? "es" : "");
	} else {
		pm_buf_printf(&text, "%llu tag%s leak%s", (unsigned long long)n_leak,
			plural(n_leak), n_leak == 1 ? "s" : "");
		if (n_probable > 0)
			pm_buf_printf(&text, " and %llu probably do%s",
				(unsigned long long)n_probable, n_probable == 1 ? "es" : "");
		pm_buf_printf(&text, ": +%s", pm_size_format(size, pm_size_of_real(growth)));
		pm_buf_printf(
			&text, " so far, +%s/h.", pm_size_format(size, pm_size_of_real(rate)));
		put_time_left(build, &drain, &text);
	}
	if (build->options->top == 1 && n_leak > 1)
		pm_buf_add_text(&text, " The first one is shown.");
	else if (build->options->top != 0 && n_leak > build->options->top)
		pm_buf_printf(&text, " The first %zu are shown.", build->options->top);
	/* a few come and go in any recording */
	if (n_short > findings->n / 2)
		pm_buf_printf(&text,
			" %llu of %zu tag%s can't be judged: record longer, without gaps.",
			(unsigned long long)n_short, findings->n, plural(findings->n));
	add_sentence(build, &text);
	say_groups(build);
	say_what_may_come_back(build, n_reclaimable, n_leak + n_probable);
}

/* "slab/dentry on web1, slab/filp on web2 and 3 more" of the findings with an outcome. */
static void add_names(struct pm_build *build, struct pm_buf *text, enum pm_gate_outcome outcome)
{
	enum { NAMED = 5 };
	const struct pm_findings *findings = build->data->findings;
	size_t n = 0;

	for (size_t i = 0; i < findings->n; i++) {
		struct pm_trend trend;

		if (pm_gate_result(build->data->gate, i).outcome != outcome || n++ >= NAMED)
			continue;
		pm_trends_at(build->data->trends, findings->at[i].trend, &trend);
		pm_buf_printf(
			text, "%s%s/%s", n == 1 ? " " : ", ", trend.key->pool_name, trend.key->tag);
		add_host(build, text, " on ", findings->at[i].trend);
	}
	if (n > NAMED)
		pm_buf_printf(text, " and %zu more", n - NAMED);
}

static void add_outcome(struct pm_build *build, struct pm_buf *text, enum pm_gate_outcome outcome,
	const char *heading)
{
	if (pm_gate_count(build->data->gate, outcome) == 0)
		return;
	pm_buf_printf(text, "%s%s:", text->n > 0 ? ". " : "", heading);
	add_names(build, text, outcome);
}

static void say_what_is_of_no_use(struct pm_build *build)
{
	enum { NAMED = 5 };
	struct pm_buf text = {0};
	struct pm_error remark;
	size_t n = 0;

	for (; pm_gate_remark(build->data->gate, n, &remark); n++) {
		if (n >= NAMED)
			continue;
		pm_buf_add_text(&text, n == 0 ? "Rules of no use, or expired: " : ", ");
		pm_buf_add_visible(&text, remark.file, strlen(remark.file));
		if (remark.line != 0)
			pm_buf_printf(&text, ":%llu", (unsigned long long)remark.line);
	}
	if (n > NAMED)
		pm_buf_printf(&text, " and %zu more", n - NAMED);
	if (n > 0) {
		pm_buf_add_char(&text, '.');
		add_sentence(build, &text);
	}
}

void pm_say_gate(struct pm_build *build)
{
	const struct pm_gate *gate = build->data->gate;
	struct pm_buf text = {0}, more = {0};
	size_t n, n_fail;

	if (gate == NULL)
		return;
	n = build->data->findings->n - pm_gate_count(gate, PM_GATE_NONE);
	n_fail = pm_gate_count(gate, PM_GATE_FAIL);
	if (n_fail == 0) {
		pm_buf_add_text(&text,
			n > 0 ? "The rules let all pass that they look at: "
			      : "The rules look at no tag.");
		if (n > 0)
			pm_buf_printf(&text, "%zu tag%s.", n, plural(n));
	} else {
		pm_buf_printf(&text, "The rules fail %zu of %zu tag%s:", n_fail, n, plural(n));
		add_names(build, &text, PM_GATE_FAIL);
		pm_buf_add_char(&text, '.');
	}
	add_sentence(build, &text);
	add_outcome(build, &more, PM_GATE_SUPPRESSED, "Suppressed");
	add_outcome(build, &more, PM_GATE_KNOWN, "Known from the baseline");
	add_outcome(build, &more, PM_GATE_UNSURE, "Perhaps over a budget");
	if (more.n > 0) {
		pm_buf_add_char(&more, '.');
		add_sentence(build, &more);
	}
	pm_buf_deinit(&more);
	say_what_is_of_no_use(build);
}

/* "3 lines were rejected, 1 tick was missed": those that there are. */
static void add_count(struct pm_buf *text, uint64_t n, const char *one, const char *several)
{
	if (n > 0)
		pm_buf_printf(text, "%s%llu %s", text->n > 0 ? ", " : "", (unsigned long long)n,
			n == 1 ? one : several);
}

static void add_counts(struct pm_build *build, struct pm_buf *text)
{
	if (text->n == 0)
		return;
	pm_buf_add_char(text, '.');
	add_sentence(build, text);
}

void pm_say_problems(struct pm_build *build)
{
	const struct pm_read_counts *counts = &build->data->scan->counts;
	const struct pm_event_counts events = pm_trends_events(build->data->trends);
	struct pm_buf text = {0}, more = {0};

	add_count(&text, pm_rejects_total(&counts->rejects), "line was rejected",
		"lines were rejected");
	add_count(&text, counts->duplicates, "row that was there twice is counted once",
		"rows that were there twice are counted once");
	add_counts(build, &text);
	add_count(&more, events.missed, "tick was missed", "ticks were missed");
	add_count(&more, events.source_errors, "failure to sample is recorded",
		"failures to sample are recorded");
	add_counts(build, &more);
}

void pm_say_validity(struct pm_build *build)
{
	const uint64_t n = pm_rejects_total(&build->data->scan->counts.rejects);
	struct pm_buf text = {0};

	if (n == 0)
		pm_buf_printf(&text, "Valid: every line of %zu log%s was read.",
			pm_inputs_count(build->data->inputs),
			plural(pm_inputs_count(build->data->inputs)));
	else
		pm_buf_printf(&text, "Not valid: %llu line%s rejected.", (unsigned long long)n,
			n == 1 ? " was" : "s were");
	add_sentence(build, &text);
}
