/* SPDX-License-Identifier: MIT */
/* The table of findings. */
#include "report/cells.h"

#include <math.h>

static void fill_line(struct pm_cell *row, const struct pm_line *line, const int fields[6])
{
	if (line->n == 0)
		return;
	set_u64(&row[fields[0]], line->first);
	set_u64(&row[fields[1]], line->last);
	set_u64(&row[fields[2]], line->min);
	set_u64(&row[fields[3]], line->max);
	set_real(&row[fields[4]], line->per_hour);
	set_i64(&row[fields[5]], line->growth);
}

static void fill_exhaustion(
	struct pm_build *build, struct pm_cell *row, const struct pm_trend *trend)
{
	struct pm_drain drain = {0};
	bool by_limit;
	double hours;

	pm_drain_add(&drain, trend);
	hours = pm_hours_left(build, trend->origin->host, &drain, &by_limit);
	if (hours > 0 && hours < 24 * 366 * 100)
		set_i64(&row[PM_FINDING_EXHAUSTED], (int64_t)(hours * 3600000));
}

static void fill_growth(struct pm_build *build, struct pm_cell *row, const struct pm_trend *trend)
{
	const struct pm_line *line = &trend->bytes;
	const double margin = 1.96 * pm_trend_error(trend, line);
	const double per_object = trend->diff.n > 0 && trend->diff.last > 0 && line->n > 0
		? (double)line->last / (double)trend->diff.last
		: 0;
	const double floor_rise =
		trend->shape.floor_rise * (trend->diff.n > 0 && !trend->by_size ? per_object : 1);
	const bool growing = pm_trend_still_grows(trend);

	if (per_object > 0)
		set_real(&row[PM_FINDING_PER_OBJECT], per_object);
	if (line->n == 0)
		return;
	set_real(&row[PM_FINDING_SLOPE_LOW], line->per_hour - margin);
	set_real(&row[PM_FINDING_SLOPE_HIGH], line->per_hour + margin);
	if (!trend->shape.known)
		return;
	set_u64(&row[PM_FINDING_GROWING], growing);
	if (floor_rise > -9e18 && floor_rise < 9e18)
		set_i64(&row[PM_FINDING_FLOOR_RISE], (int64_t)floor(floor_rise + 0.5));
	if (line->per_hour <= 0 || line->growth <= 0)
		return;
	set_i64(&row[PM_FINDING_ONSET], trend->shape.onset_ms);
	if (growing)
		fill_exhaustion(build, row, trend);
}

static void fill_finding(struct pm_build *build, struct pm_cell *row, const struct pm_trend *trend,
	const struct pm_judgement *judgement)
{
	static const int of_bytes[] = {PM_FINDING_FIRST_BYTES, PM_FINDING_LAST_BYTES,
		PM_FINDING_MIN_BYTES, PM_FINDING_MAX_BYTES, PM_FINDING_SLOPE, PM_FINDING_GROWTH};
	static const int of_diff[] = {PM_FINDING_FIRST_DIFF, PM_FINDING_LAST_DIFF,
		PM_FINDING_MIN_DIFF, PM_FINDING_MAX_DIFF, PM_FINDING_SLOPE_DIFF,
		PM_FINDING_GROWTH_DIFF};
	const double steps = (double)(trend->steps == 0 ? 1 : trend->steps);
	char evidence[PM_EVIDENCE_TEXT];

	set_text(build, &row[PM_FINDING_HOST], trend->origin->host);
	set_text(build, &row[PM_FINDING_POOL], trend->key->pool_name);
	set_text(build, &row[PM_FINDING_TAG], trend->key->tag);
	set_text(build, &row[PM_FINDING_TYPE], trend->key->type);
	set_text(build, &row[PM_FINDING_ALIASES], trend->aliases);
	set_text(build, &row[PM_FINDING_VERDICT], pm_verdict_name(judgement->verdict));
	set_real(&row[PM_FINDING_SCORE], judgement->score);
	fill_line(row, &trend->bytes, of_bytes);
	fill_line(row, &trend->diff, of_diff);
	if (trend->diff.n > 0)
		set_real(&row[PM_FINDING_SLOPE_DIFF_ERROR], trend->diff.stderr_per_hour);
	if (trend->bytes.n > 0) {
		set_real(&row[PM_FINDING_SLOPE_ERROR], trend->bytes.stderr_per_hour);
		set_real(&row[PM_FINDING_R2], trend->bytes.r_squared);
	}
	if (trend->steps > 0) {
		set_real(&row[PM_FINDING_NOT_FELL], 1 - (double)trend->fell / steps);
		set_real(&row[PM_FINDING_ROSE], (double)trend->rose / steps);
	}
	if (trend->judged > 0) {
		set_real(&row[PM_FINDING_STRENGTH], trend->strength);
		for (int i = 0; i < PM_N_TESTS; i++)
			set_real(&row[PM_FINDING_DOUBT_TREND + i], trend->points[i]);
	}
	fill_growth(build, row, trend);
	set_u64(&row[PM_FINDING_SAMPLES], trend->samples);
	set_u64(&row[PM_FINDING_EPOCHS], trend->epochs);
	set_u64(&row[PM_FINDING_GAPS], trend->gaps);
	set_i64(&row[PM_FINDING_SPAN], trend->span_ms);
	set_i64(&row[PM_FINDING_FIRST_TIME], trend->first_ms);
	set_i64(&row[PM_FINDING_LAST_TIME], trend->last_ms);
	if (trend->counted) {
		set_u64(&row[PM_FINDING_ALLOCS], trend->allocs);
		set_u64(&row[PM_FINDING_FREES], trend->frees);
		if (trend->judged > 0)
			set_real(&row[PM_FINDING_LOAD_SHARE], trend->load_share);
		if (trend->allocs > 0) {
			const double allocs = (double)trend->allocs;
			const uint64_t left =
				trend->allocs > trend->frees ? trend->allocs - trend->frees : 0;

			set_real(&row[PM_FINDING_FREES_PER_ALLOC], (double)trend->frees / allocs);
			set_real(&row[PM_FINDING_SURVIVORS], 1000 * (double)left / allocs);
		}
	}
	set_text(build, &row[PM_FINDING_EVIDENCE], pm_evidence(trend, judgement, evidence));
}

static void fill_gate(struct pm_build *build, struct pm_cell *row, size_t i)
{
	struct pm_gate_result result;

	if (build->data->gate == NULL)
		return;
	result = pm_gate_result(build->data->gate, i);
	set_text(build, &row[PM_FINDING_GATE], pm_gate_outcome_name(result.outcome));
	set_text(build, &row[PM_FINDING_GATE_REASON], result.reason);
}

/* The likeliest, and what fails wherever it stands. */
static bool is_shown(const struct pm_build *build, size_t i)
{
	const size_t top = build->options->top;

	return top == 0 || i < top ||
		(build->data->gate != NULL &&
			pm_gate_result(build->data->gate, i).outcome == PM_GATE_FAIL);
}

static const char *tag_of(const struct pm_build *build, size_t i)
{
	return pm_trends_key(build->data->trends, build->data->findings->at[i].trend)->tag;
}

static void fill_group(struct pm_build *build, struct pm_cell *row, size_t i)
{
	const struct pm_findings *findings = build->data->findings;
	const struct pm_finding *finding = &findings->at[i];
	struct pm_buf members = {0};

	if (finding->members < 2)
		return;
	set_text(build, &row[PM_FINDING_GROUP], tag_of(build, finding->root));
	set_real(&row[PM_FINDING_GROUP_RATIO], finding->ratio);
	if (finding->root != i)
		return;
	for (size_t j = i + 1; j < i + finding->members; j++)
		pm_buf_printf(&members, "%s%s %.3f", j == i + 1 ? "" : ", ", tag_of(build, j),
			findings->at[j].ratio);
	set_text(build, &row[PM_FINDING_GROUP_MEMBERS], pm_buf_terminate(&members));
	build->failed |= members.failed;
	pm_buf_deinit(&members);
}

static void set_plotted(struct pm_build *build, size_t row, size_t trend)
{
	struct pm_doc *doc = build->doc;
	size_t *grown = pm_array_room(doc->plotted, &doc->plotted_capacity, row, sizeof(*grown));

	build->failed |= grown == NULL;
	if (grown == NULL)
		return;
	doc->plotted = grown;
	grown[row] = trend;
}

void pm_build_findings(struct pm_build *build)
{
	static const signed char brief[] = {PM_FINDING_RANK, PM_FINDING_VERDICT, PM_FINDING_SCORE,
		PM_FINDING_HOST, PM_FINDING_POOL, PM_FINDING_TAG, PM_FINDING_TYPE,
		PM_FINDING_GROWTH, PM_FINDING_SLOPE, PM_FINDING_LAST_BYTES, PM_FINDING_GATE, -1};
	static const signed char brief_one_host[] = {PM_FINDING_RANK, PM_FINDING_VERDICT,
		PM_FINDING_SCORE, PM_FINDING_POOL, PM_FINDING_TAG, PM_FINDING_TYPE,
		PM_FINDING_GROWTH, PM_FINDING_SLOPE, PM_FINDING_LAST_BYTES, PM_FINDING_GATE, -1};
	static const signed char below[] = {PM_FINDING_EVIDENCE, PM_FINDING_WORK,
		PM_FINDING_GROUP_MEMBERS, PM_FINDING_ALIASES, PM_FINDING_GATE_REASON,
		PM_FINDING_DRIVER, PM_FINDING_DESCRIPTION, -1};
	const struct pm_findings *findings = build->data->findings;
	struct pm_table *table = add_table(build, PM_PLACE_MAIN, "findings", "Ranking",
		pm_finding_fields, PM_N_FINDING_FIELDS);

	pm_find_rooms(build);
	table->severity = true;
	for (size_t i = 0; i < findings->n; i++) {
		struct pm_cell *row;
		struct pm_trend trend;

		if (!is_shown(build, i))
			continue;
		row = add_row(build, table);
		set_plotted(build, table->n_rows - 1, findings->at[i].trend);
		pm_trends_at(build->data->trends, findings->at[i].trend, &trend);
		set_u64(&row[PM_FINDING_RANK], i + 1);
		fill_finding(build, row, &trend, &findings->at[i].judgement);
		pm_fill_work(build, row, findings->at[i].trend, &trend);
		fill_gate(build, row, i);
		pm_fill_owner(build, row, &trend);
		fill_group(build, row, i);
		if (findings->at[i].judgement.verdict == PM_VERDICT_LEAK)
			table->n_severe = table->n_rows;
	}
	set_brief(table, build->n_hosts > 1 ? brief : brief_one_host);
	memcpy(table->below, below, sizeof(below));
	table->below_joined = 1U << 6; /* the description behind the driver */
	table->names[0] = PM_FINDING_TAG;
	table->names[1] = PM_FINDING_POOL;
	table->names[2] = PM_FINDING_TYPE;
	table->names[3] = build->n_hosts > 1 ? PM_FINDING_HOST : -1;
	table->names[4] = -1;
	table->verdict = PM_FINDING_VERDICT;
}
