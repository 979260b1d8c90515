/* SPDX-License-Identifier: MIT */
/* The document of a comparison. */
#include "base/when.h"
#include "report/cells.h"

static const char *const side_names[PM_N_SIDES] = {
	[PM_BEFORE] = "before",
	[PM_AFTER] = "after",
};

/* ---- recordings ---- */

struct extent {                         /* what there is of one recording, or of a side */
	int64_t first_ms, last_ms;      /* of all samples; 0 if there are none */
	int64_t span_ms;                /* the longest that a series covers */
	const struct pm_origin *origin; /* of the last row; NULL likewise */
	size_t n_hosts;
	uint64_t files, rows, snapshots, duplicates, rejected, filtered;
};

static int compare_hosts(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void measure_trends(
	struct pm_build *build, const struct pm_trends *trends, struct extent *extent)
{
	const size_t n = pm_trends_count(trends);
	const char **hosts = malloc((n + 1) * sizeof(*hosts));

	build->failed |= hosts == NULL;
	for (size_t i = 0; i < n && hosts != NULL; i++) {
		struct pm_trend trend;

		pm_trends_at(trends, i, &trend);
		hosts[i] = trend.origin->host;
		if (extent->origin == NULL || trend.first_ms < extent->first_ms)
			extent->first_ms = trend.first_ms;
		if (extent->origin == NULL || trend.last_ms > extent->last_ms) {
			extent->last_ms = trend.last_ms;
			extent->origin = trend.origin;
		}
		if (trend.span_ms > extent->span_ms)
			extent->span_ms = trend.span_ms;
	}
	if (hosts != NULL)
		qsort(hosts, n, sizeof(*hosts), compare_hosts);
	for (size_t i = 0; i < n && hosts != NULL; i++)
		extent->n_hosts += i == 0 || strcmp(hosts[i - 1], hosts[i]) != 0;
	free(hosts);
}

static struct extent measure_recording(struct pm_build *build, const struct pm_recording *recording)
{
	const struct pm_read_counts *counts = &recording->scan->counts;
	struct extent extent = {
		.files = pm_inputs_count(recording->inputs),
		.rows = counts->rows,
		.snapshots = counts->snapshots,
		.duplicates = counts->duplicates,
		.rejected = pm_rejects_total(&counts->rejects),
		.filtered = counts->filtered,
	};

	measure_trends(build, recording->trends, &extent);
	return extent;
}

static void widen(struct extent *side, const struct extent *one)
{
	if (one->origin != NULL && (side->origin == NULL || one->first_ms < side->first_ms))
		side->first_ms = one->first_ms;
	if (one->origin != NULL && (side->origin == NULL || one->last_ms > side->last_ms)) {
		side->last_ms = one->last_ms;
		side->origin = one->origin;
	}
	if (one->span_ms > side->span_ms)
		side->span_ms = one->span_ms;
	side->snapshots += one->snapshots;
	side->duplicates += one->duplicates;
	side->rejected += one->rejected;
}

static void fill_recording(struct pm_build *build, struct pm_cell *row, const char *side,
	const char *name, const struct extent *extent)
{
	set_text(build, &row[PM_RECORDING_SIDE], side);
	set_text(build, &row[PM_RECORDING_NAME], name);
	if (extent->n_hosts == 1) {
		set_text(build, &row[PM_RECORDING_HOST], extent->origin->host);
		set_text(build, &row[PM_RECORDING_OS], extent->origin->os);
		set_text(build, &row[PM_RECORDING_KERNEL], extent->origin->kernel);
	}
	set_u64(&row[PM_RECORDING_HOSTS], extent->n_hosts);
	set_u64(&row[PM_RECORDING_FILES], extent->files);
	set_u64(&row[PM_RECORDING_ROWS], extent->rows);
	set_u64(&row[PM_RECORDING_SNAPSHOTS], extent->snapshots);
	set_u64(&row[PM_RECORDING_DUPLICATES], extent->duplicates);
	set_u64(&row[PM_RECORDING_REJECTED], extent->rejected);
	set_u64(&row[PM_RECORDING_FILTERED], extent->filtered);
	if (extent->origin != NULL) {
		set_i64(&row[PM_RECORDING_FIRST_TIME], extent->first_ms);
		set_i64(&row[PM_RECORDING_LAST_TIME], extent->last_ms);
	}
}

/* One row for each; and what there is of each side, which people get as sentences instead. */
static void build_recordings(struct pm_build *build, struct extent sides[PM_N_SIDES])
{
	const struct pm_report_data *data = build->data;
	struct pm_table *table = add_table(build, PM_PLACE_GROUND, "recordings", "Recordings",
		pm_recording_fields, PM_N_RECORDING_FIELDS);

	for (int side = 0; side < PM_N_SIDES; side++) {
		for (size_t i = 0; i < data->n_recordings[side]; i++) {
			const struct pm_recording *recording = &data->recordings[side][i];
			const struct extent extent = measure_recording(build, recording);

			fill_recording(build, add_row(build, table), side_names[side],
				recording->name, &extent);
			widen(&sides[side], &extent);
		}
	}
	show_all(table);
}

/* ---- changes ---- */

struct side_fields { /* where a standing goes */
	signed char rate, low, high, objects, hosts, growing, tau, i_squared, last, growth, frees,
		samples, span;
};

#define SIDE_FIELDS(SIDE)                                                                          \
	{                                                                                          \
		.rate = PM_CHANGES_##SIDE, .low = PM_CHANGES_##SIDE##_LOW,                         \
		.high = PM_CHANGES_##SIDE##_HIGH, .objects = PM_CHANGES_##SIDE##_DIFF,             \
		.hosts = PM_CHANGES_##SIDE##_HOSTS, .growing = PM_CHANGES_##SIDE##_GROWING,        \
		.tau = PM_CHANGES_##SIDE##_TAU, .i_squared = PM_CHANGES_##SIDE##_I2,               \
		.last = PM_CHANGES_##SIDE##_LAST, .growth = PM_CHANGES_##SIDE##_GROWTH,            \
		.frees = PM_CHANGES_##SIDE##_FREES, .samples = PM_CHANGES_##SIDE##_SAMPLES,        \
		.span = PM_CHANGES_##SIDE##_SPAN,                                                  \
	}

static const struct side_fields side_fields[PM_N_SIDES] = {
	[PM_BEFORE] = SIDE_FIELDS(BEFORE),
	[PM_AFTER] = SIDE_FIELDS(AFTER),
};

static void fill_standing(struct pm_cell *row, const struct side_fields *fields,
	const struct pm_standing *standing, bool by_objects)
{
	const struct pm_rate *compared = by_objects ? &standing->diff : &standing->bytes;

	set_u64(&row[fields->hosts], standing->n_series);
	if (standing->n_series == 0)
		return;
	if (standing->bytes.n > 0) {
		set_real(&row[fields->rate], standing->bytes.per_hour);
		set_real(&row[fields->low], standing->bytes.low);
		set_real(&row[fields->high], standing->bytes.high);
	}
	if (standing->bytes.n > 1) {
		set_real(&row[fields->tau], standing->bytes.tau);
		set_real(&row[fields->i_squared], standing->bytes.i_squared);
	}
	if (standing->diff.n > 0)
		set_real(&row[fields->objects], standing->diff.per_hour);
	if (compared->n > 0)
		set_u64(&row[fields->growing], compared->n_growing);
	if (standing->n_bytes > 0) {
		set_u64(&row[fields->last], standing->last_bytes);
		set_i64(&row[fields->growth], standing->growth_bytes);
	}
	if (standing->counted && standing->allocs > 0)
		set_real(&row[fields->frees], (double)standing->frees / (double)standing->allocs);
	set_u64(&row[fields->samples], standing->samples);
	set_i64(&row[fields->span], standing->span_ms);
}

static void fill_change(
	struct pm_build *build, struct pm_cell *row, const struct pm_change *change, size_t rank)
{
	struct pm_buf evidence = {0};

	set_u64(&row[PM_CHANGES_RANK], rank);
	set_text(build, &row[PM_CHANGES_VERDICT], pm_change_name(change->verdict));
	set_text(build, &row[PM_CHANGES_POOL], change->key->pool_name);
	set_text(build, &row[PM_CHANGES_TAG], change->key->tag);
	set_text(build, &row[PM_CHANGES_TYPE], change->key->type);
	set_text(build, &row[PM_CHANGES_ALIASES], change->aliases);
	for (int side = 0; side < PM_N_SIDES; side++)
		fill_standing(row, &side_fields[side], &change->side[side], change->by_objects);
	if (change->tested && !change->by_objects) {
		set_real(&row[PM_CHANGES_DIFFERENCE], change->difference.per_hour);
		set_real(&row[PM_CHANGES_DIFFERENCE_LOW], change->difference.low);
		set_real(&row[PM_CHANGES_DIFFERENCE_HIGH], change->difference.high);
	}
	if (change->tested) {
		set_real(&row[PM_CHANGES_P], change->p);
		set_real(&row[PM_CHANGES_Q], change->q);
	}
	pm_change_explain(&evidence, build->data->diff, change);
	set_text(build, &row[PM_CHANGES_EVIDENCE], pm_buf_terminate(&evidence));
	build->failed |= evidence.failed;
	pm_buf_deinit(&evidence);
}

static const signed char brief_changes[] = {PM_CHANGES_RANK, PM_CHANGES_VERDICT, PM_CHANGES_POOL,
	PM_CHANGES_TAG, PM_CHANGES_TYPE, PM_CHANGES_BEFORE, PM_CHANGES_AFTER, PM_CHANGES_DIFFERENCE,
	PM_CHANGES_DIFFERENCE_LOW, PM_CHANGES_DIFFERENCE_HIGH, PM_CHANGES_Q, -1};
static const signed char brief_fleet[] = {PM_CHANGES_RANK, PM_CHANGES_VERDICT, PM_CHANGES_POOL,
	PM_CHANGES_TAG, PM_CHANGES_TYPE, PM_CHANGES_BEFORE, PM_CHANGES_AFTER, PM_CHANGES_DIFFERENCE,
	PM_CHANGES_DIFFERENCE_LOW, PM_CHANGES_DIFFERENCE_HIGH, PM_CHANGES_Q,
	PM_CHANGES_AFTER_GROWING, -1};
/* One without a difference is not shown unless all are; of each verdict so many. */
static bool is_shown(const struct pm_build *build, const struct pm_change *change, size_t nth)
{
	if (build->options->top == 0)
		return true;
	return change->verdict != PM_CHANGE_SAME && change->verdict != PM_CHANGE_UNCLEAR &&
		nth < build->options->top;
}

static void build_changes(struct pm_build *build)
{
	const struct pm_diff *diff = build->data->diff;
	const bool fleet = diff->n_series[PM_BEFORE] > 1 || diff->n_series[PM_AFTER] > 1;
	struct pm_table *table = add_table(
		build, PM_PLACE_MAIN, "changes", "Changes", pm_change_fields, PM_N_CHANGE_FIELDS);
	size_t n_of[PM_N_CHANGES] = {0};

	table->severity = true;
	for (size_t i = 0; i < diff->n; i++) {
		const struct pm_change *change = &diff->at[i];
		struct pm_cell *row;

		if (!is_shown(build, change, n_of[change->verdict]++))
			continue;
		row = add_row(build, table);
		fill_change(build, row, change, table->n_rows);
		if (change->verdict == PM_CHANGE_WORSE)
			table->n_severe = table->n_rows;
	}
	set_brief(table, fleet ? brief_fleet : brief_changes);
	table->below[0] = PM_CHANGES_EVIDENCE;
	table->below[1] = PM_CHANGES_ALIASES;
	table->below[2] = -1;
	table->names[0] = PM_CHANGES_TAG;
	table->names[1] = PM_CHANGES_POOL;
	table->names[2] = PM_CHANGES_TYPE;
	table->names[3] = -1;
	table->verdict = PM_CHANGES_VERDICT;
}

/* ---- sentences ---- */

static void put_count(struct pm_buf *text, size_t n, const char *one, const char *many)
{
	if (n > 0)
		pm_buf_printf(text, "%s%zu %s", text->n == 0 ? "" : ", ", n, n == 1 ? one : many);
}

static void say_changes(struct pm_build *build)
{
	const struct pm_diff *diff = build->data->diff;
	const size_t n_worse = diff->n_of[PM_CHANGE_WORSE];
	struct pm_buf text = {0}, rest = {0};
	char size[PM_SIZE_TEXT];
	double rate = 0;

	for (size_t i = 0; i < diff->n; i++) {
		if (diff->at[i].verdict == PM_CHANGE_WORSE && !diff->at[i].by_objects)
			rate += diff->at[i].difference.per_hour;
	}
	if (n_worse == 0)
		pm_buf_add_text(&text, "No tag grows faster after than before");
	else
		pm_buf_printf(&text, "%zu tag%s grow%s faster after than before: +%s/h", n_worse,
			plural(n_worse), n_worse == 1 ? "s" : "",
			pm_size_format(size, pm_size_of_real(rate)));
	put_count(&rest, diff->n_of[PM_CHANGE_BETTER], "grows slower", "grow slower");
	put_count(&rest, diff->n_of[PM_CHANGE_CHANGED], "differs otherwise", "differ otherwise");
	put_count(&rest, diff->n_of[PM_CHANGE_NEW], "is new", "are new");
	put_count(&rest, diff->n_of[PM_CHANGE_VANISHED], "vanished", "vanished");
	put_count(&rest, diff->n_of[PM_CHANGE_SAME], "does not differ", "do not differ");
	put_count(&rest, diff->n_of[PM_CHANGE_UNCLEAR], "has too few samples",
		"have too few samples");
	if (rest.n > 0)
		pm_buf_printf(&text, n_worse == 0 ? "; %s" : ". Of the others %s",
			pm_buf_terminate(&rest));
	pm_buf_add_char(&text, '.');
	build->failed |= rest.failed;
	pm_buf_deinit(&rest);
	add_sentence(build, &text);
}

static size_t count_tags(const struct pm_diff *diff, enum pm_side side)
{
	size_t n = 0;

	for (size_t i = 0; i < diff->n; i++)
		n += diff->at[i].side[side].n_series > 0;
	return n;
}

static void put_name(struct pm_buf *text, const char *name, const char *behind)
{
	if (name[0] == '\0')
		return;
	pm_buf_add_visible(text, name, strlen(name));
	pm_buf_add_text(text, behind);
}

static void say_side(struct pm_build *build, enum pm_side side, const struct extent *extent)
{
	const struct pm_diff *diff = build->data->diff;
	const size_t n_tags = count_tags(diff, side);
	struct pm_buf text = {0};

	pm_buf_add_text(&text, side == PM_BEFORE ? "Before: " : "After: ");
	if (diff->n_series[side] > 1) {
		pm_buf_printf(&text, "%zu %s, ", diff->n_series[side],
			diff->hosts_repeat ? "recordings" : "hosts");
	} else if (extent->origin != NULL) {
		put_name(&text, extent->origin->host, ", ");
		put_name(&text, extent->origin->os, " ");
		put_name(&text, extent->origin->kernel, ", ");
	}
	if (extent->origin != NULL) {
		pm_put_times(&text, extent->first_ms, extent->last_ms, extent->span_ms);
	}
	pm_buf_printf(&text, "%llu snapshot%s of %zu tag%s", (unsigned long long)extent->snapshots,
		plural(extent->snapshots), n_tags, plural(n_tags));
	add_sentence(build, &text);
}

static void say_how_sure(struct pm_build *build)
{
	const struct pm_diff *diff = build->data->diff;
	struct pm_buf text = {0};

	if (diff->n_tested == 0)
		return;
	pm_buf_printf(&text,
		"Of the differences found at most %.3g %% are expected to be chance (false discovery "
		"rate; %zu tag%s compared). Intervals hold 95 %%.",
		100 * diff->false_discovery_rate, diff->n_tested, plural(diff->n_tested));
	add_sentence(build, &text);
}

static void say_rejects(struct pm_build *build, const struct extent sides[PM_N_SIDES])
{
	const uint64_t before = sides[PM_BEFORE].rejected, after = sides[PM_AFTER].rejected;
	struct pm_buf text = {0};

	if (before == 0 && after == 0)
		return;
	pm_buf_printf(&text, "Lines rejected: %llu before, %llu after.", (unsigned long long)before,
		(unsigned long long)after);
	add_sentence(build, &text);
}

void pm_build_diff(struct pm_build *build)
{
	struct extent sides[PM_N_SIDES] = {{0}};

	build_recordings(build, sides);
	build_changes(build);
	say_changes(build);
	for (int side = 0; side < PM_N_SIDES; side++)
		say_side(build, (enum pm_side)side, &sides[side]);
	say_how_sure(build);
	say_rejects(build, sides);
}
