/* SPDX-License-Identifier: MIT */
/* From what was read and found to a document. */
#include "base/fail.h"
#include "model/note.h"
#include "report/cells.h"

/* ---- rows ---- */

struct sorted_row {
	const char *text;
	size_t i;
};

static int compare_rows(const void *a, const void *b)
{
	const struct sorted_row *x = a, *y = b;
	const int order = strcmp(x->text, y->text);

	return order != 0 ? order : x->i < y->i ? -1 : 1;
}

/* Sorts the rows by a text; equal ones stay in their order. In which order things were met depends
 * on what else was read along. */
static void sort_rows(struct pm_build *build, struct pm_table *table, int field)
{
	const size_t width = (size_t)table->n_fields, n = table->n_rows;
	struct sorted_row *order = malloc((n + 1) * sizeof(*order));
	struct pm_cell *sorted = malloc((n + 1) * width * sizeof(*sorted));

	for (size_t i = 0; i < n && order != NULL; i++) {
		const struct pm_cell *cell = &table->cells[i * width + (size_t)field];

		order[i] = (struct sorted_row){cell->set ? cell->as.text : "", i};
	}
	if (order == NULL || sorted == NULL) {
		build->failed = true;
		free(sorted);
	} else {
		qsort(order, n, sizeof(*order), compare_rows);
		for (size_t i = 0; i < n; i++)
			memcpy(&sorted[i * width], &table->cells[order[i].i * width],
				width * sizeof(*sorted));
		free(table->cells);
		table->cells = sorted;
		table->capacity = n + 1;
	}
	free(order);
}

/* ---- what was read ---- */

static uint64_t sum_bytes(const struct pm_inputs *inputs)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < pm_inputs_count(inputs); i++)
		bytes += pm_inputs_at(inputs, i).bytes;
	return bytes;
}

static uint64_t sum_lines(const struct pm_report_data *data)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < pm_inputs_count(data->inputs); i++)
		lines += data->scan->inputs[i].lines;
	return lines;
}

static void build_input(struct pm_build *build)
{
	const struct pm_report_data *data = build->data;
	const struct pm_read_counts *counts = &data->scan->counts;
	const struct pm_event_counts events = pm_trends_events(data->trends);
	struct pm_table *table = add_table(
		build, PM_PLACE_GROUND, "input", "Read", pm_input_fields, PM_N_INPUT_FIELDS);
	struct pm_cell *row = add_row(build, table);

	table->single = true;
	table->n_rows = 1;
	set_u64(&row[PM_INPUT_FILES], pm_inputs_count(data->inputs));
	set_u64(&row[PM_INPUT_BYTES], sum_bytes(data->inputs));
	set_u64(&row[PM_INPUT_LINES], sum_lines(data));
	set_u64(&row[PM_INPUT_ROWS], counts->rows);
	set_u64(&row[PM_INPUT_SNAPSHOTS], counts->snapshots);
	set_u64(&row[PM_INPUT_SERIES], build->n_series);
	set_u64(&row[PM_INPUT_DUPLICATES], counts->duplicates);
	set_u64(&row[PM_INPUT_REJECTED], pm_rejects_total(&counts->rejects));
	set_u64(&row[PM_INPUT_FILTERED], counts->filtered);
	set_u64(&row[PM_INPUT_STARTS], events.starts);
	set_u64(&row[PM_INPUT_MARKS], events.marks);
	set_u64(&row[PM_INPUT_MISSED], events.missed);
	if (data->units != NULL)
		set_u64(&row[PM_INPUT_UNITS], pm_units_count(data->units));
	if (build->last_ms != 0) {
		set_i64(&row[PM_INPUT_FIRST_TIME], build->first_ms);
		set_i64(&row[PM_INPUT_LAST_TIME], build->last_ms);
	}
	static const signed char brief[] = {PM_INPUT_FIRST_TIME, PM_INPUT_LAST_TIME,
		PM_INPUT_SNAPSHOTS, PM_INPUT_SERIES, PM_INPUT_ROWS, PM_INPUT_DUPLICATES,
		PM_INPUT_REJECTED, PM_INPUT_STARTS, PM_INPUT_MARKS, PM_INPUT_MISSED, PM_INPUT_UNITS,
		-1};

	set_brief(table, brief);
}

static void build_files(struct pm_build *build)
{
	const struct pm_report_data *data = build->data;
	struct pm_table *table = add_table(
		build, PM_PLACE_GROUND, "files", "Files", pm_file_fields, PM_N_FILE_FIELDS);

	for (size_t i = 0; i < pm_inputs_count(data->inputs); i++) {
		const struct pm_input_info info = pm_inputs_at(data->inputs, i);
		const struct pm_input_counts *counts = &data->scan->inputs[i];
		struct pm_cell *row = add_row(build, table);

		set_text(build, &row[PM_FILE_PATH], info.path);
		set_text(build, &row[PM_FILE_FORMAT], pm_format_name(info.format));
		set_text(build, &row[PM_FILE_COMPRESSION], pm_packing_name(info.packing));
		if (info.bytes != 0)
			set_u64(&row[PM_FILE_BYTES], info.bytes);
		set_u64(&row[PM_FILE_LINES], counts->lines);
		set_u64(&row[PM_FILE_ROWS], counts->rows);
		if (counts->rows > 0) {
			set_i64(&row[PM_FILE_FIRST_TIME], counts->first_ms);
			set_i64(&row[PM_FILE_LAST_TIME], counts->last_ms);
		}
	}
	for (size_t i = 0; i < pm_inputs_n_skipped(data->inputs); i++) {
		const struct pm_input_skipped skipped = pm_inputs_skipped_at(data->inputs, i);
		struct pm_cell *row = add_row(build, table);

		set_text(build, &row[PM_FILE_PATH], skipped.path);
		set_text(build, &row[PM_FILE_SKIPPED], skipped.reason);
	}
	show_all(table);
}

static void build_rejects(struct pm_build *build)
{
	static const signed char brief[] = {PM_REJECTED_COUNT, PM_REJECTED_KIND, PM_REJECTED_PATH,
		PM_REJECTED_LINE, PM_REJECTED_COLUMN, PM_REJECTED_OFFSET, PM_REJECTED_FIELD,
		PM_REJECTED_SEEN, -1};
	const struct pm_rejects *rejects = &build->data->scan->counts.rejects;
	struct pm_table *table = add_table(build, PM_PLACE_LIMITS, "rejects",
		"Rejected lines, the first of each kind", pm_reject_fields, PM_N_REJECT_FIELDS);

	for (int kind = 0; kind < PM_N_REJECTS; kind++) {
		for (unsigned i = 0; i < pm_rejects_kept(rejects, kind); i++) {
			const struct pm_reject *reject = &rejects->kinds[kind].first[i];
			struct pm_cell *row = add_row(build, table);

			set_text(build, &row[PM_REJECTED_KIND], pm_reject_infos[kind].name);
			set_u64(&row[PM_REJECTED_COUNT], rejects->kinds[kind].n);
			set_text(build, &row[PM_REJECTED_PATH],
				pm_inputs_at(build->data->inputs, reject->input).path);
			set_u64(&row[pm_reject_is_packed(kind) ? PM_REJECTED_OFFSET
							       : PM_REJECTED_LINE],
				reject->line);
			if (reject->column != 0)
				set_u64(&row[PM_REJECTED_COLUMN], reject->column);
			set_text(build, &row[PM_REJECTED_FIELD], reject->field);
			set_text(build, &row[PM_REJECTED_SEEN], reject->seen);
			set_text(build, &row[PM_REJECTED_MESSAGE], pm_reject_infos[kind].text);
		}
	}
	set_brief(table, brief);
}

/* ---- hosts ---- */

/* Recordings past this many are not worth a table, nor the time to tell their hosts and boots
 * apart. */
enum { ORIGINS_MAX = 1000 };

static size_t count_origins(const struct pm_trends *trends)
{
	const size_t n = pm_trends_n_origins(trends);

	return n < ORIGINS_MAX ? n : ORIGINS_MAX;
}

static bool is_first_of_host(const struct pm_trends *trends, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (pm_trends_origin(trends, j)->host == pm_trends_origin(trends, i)->host)
			return false;
	}
	return true;
}

static uint64_t count_boots(const struct pm_trends *trends, const char *host)
{
	const size_t n = count_origins(trends);
	uint64_t boots = 0;

	for (size_t i = 0; i < n; i++) {
		const struct pm_origin *origin = pm_trends_origin(trends, i);
		bool is_new = origin->host == host;

		for (size_t j = 0; j < i && is_new; j++)
			is_new = !pm_origin_same_boot(pm_trends_origin(trends, j), origin);
		boots += is_new;
	}
	return boots;
}

static void build_hosts(struct pm_build *build)
{
	const struct pm_trends *trends = build->data->trends;
	struct pm_table *table = add_table(
		build, PM_PLACE_GROUND, "hosts", "Hosts", pm_host_fields, PM_N_HOST_FIELDS);
	const size_t n = count_origins(trends);

	for (size_t i = 0; i < n; i++) {
		const struct pm_origin *origin = pm_trends_origin(trends, i);
		struct pm_buf labels = {0};
		struct pm_cell *row;

		if (!is_first_of_host(trends, i))
			continue;
		build->n_hosts++;
		row = add_row(build, table);
		set_text(build, &row[PM_HOST_HOST], origin->host);
		set_text(build, &row[PM_HOST_OS], origin->os);
		set_text(build, &row[PM_HOST_KERNEL], origin->kernel);
		set_u64(&row[PM_HOST_BOOTS], count_boots(trends, origin->host));
		if (origin->interval_ms > 0)
			set_i64(&row[PM_HOST_INTERVAL], origin->interval_ms);
		set_text(build, &row[PM_HOST_SOURCES], origin->sources);
		for (size_t l = 0; l < origin->n_labels; l++)
			pm_note_add_text(&labels, origin->labels[l].name, origin->labels[l].value);
		set_text(build, &row[PM_HOST_LABELS], pm_buf_terminate(&labels));
		build->failed |= labels.failed;
		pm_buf_deinit(&labels);
	}
	sort_rows(build, table, PM_HOST_HOST);
	show_all(table);
}

/* ---- pools and memory ---- */

static struct pm_cell *find_pool(struct pm_build *build, struct pm_table *table, const char *name)
{
	struct pm_cell *row;

	for (size_t i = 0; i < table->n_rows; i++) {
		row = &table->cells[i * (size_t)table->n_fields];
		if (row[PM_POOLS_POOL].set && strcmp(row[PM_POOLS_POOL].as.text, name) == 0)
			return row;
	}
	row = add_row(build, table);
	set_text(build, &row[PM_POOLS_POOL], name);
	set_u64(&row[PM_POOLS_SERIES], 0);
	set_u64(&row[PM_POOLS_SAMPLES], 0);
	set_u64(&row[PM_POOLS_FIRST_BYTES], 0);
	set_u64(&row[PM_POOLS_LAST_BYTES], 0);
	return row;
}

static void build_pools(struct pm_build *build)
{
	const struct pm_trends *trends = build->data->trends;
	struct pm_table *table =
		add_table(build, PM_PLACE_MORE, "pools", "Pools", pm_pool_fields, PM_N_POOL_FIELDS);

	for (size_t i = 0; i < pm_trends_count(trends); i++) {
		struct pm_trend trend;
		struct pm_cell *row;

		pm_trends_at(trends, i, &trend);
		if (!pm_pool_has_suspects(trend.key->pool))
			continue;
		row = find_pool(build, table, trend.key->pool_name);
		row[PM_POOLS_SERIES].as.u++;
		row[PM_POOLS_SAMPLES].as.u += trend.samples;
		row[PM_POOLS_FIRST_BYTES].as.u += trend.bytes.first;
		row[PM_POOLS_LAST_BYTES].as.u += trend.bytes.last;
	}
	sort_rows(build, table, PM_POOLS_POOL);
	show_all(table);
}

static void build_memory(struct pm_build *build)
{
	const struct pm_trends *trends = build->data->trends;
	struct pm_table *table = add_table(
		build, PM_PLACE_MORE, "memory", "Memory", pm_memory_fields, PM_N_MEMORY_FIELDS);

	for (size_t i = 0; i < pm_trends_count(trends); i++) {
		struct pm_trend trend;
		struct pm_cell *row;

		pm_trends_at(trends, i, &trend);
		if (trend.key->pool != PM_POOL_MEMORY || trend.bytes.n == 0)
			continue;
		row = add_row(build, table);
		set_text(build, &row[PM_MEMORY_HOST], trend.origin->host);
		set_text(build, &row[PM_MEMORY_TAG], trend.key->tag);
		set_u64(&row[PM_MEMORY_FIRST_BYTES], trend.bytes.first);
		set_u64(&row[PM_MEMORY_LAST_BYTES], trend.bytes.last);
		set_u64(&row[PM_MEMORY_MIN_BYTES], trend.bytes.min);
		set_u64(&row[PM_MEMORY_MAX_BYTES], trend.bytes.max);
		set_i64(&row[PM_MEMORY_CHANGE], trend.bytes.growth);
	}
	sort_rows(build, table, PM_MEMORY_HOST);
	show_all(table);
	if (build->n_hosts <= 1) /* the column would say the same in each row */
		memmove(table->brief, table->brief + 1, sizeof(table->brief) - 1);
}

/* ---- moments ---- */

static const char *text_of(const struct pm_cell *cell)
{
	return cell->set ? cell->as.text : "";
}

static int compare_moments(const void *a, const void *b)
{
	static const int texts[] = {PM_MOMENTS_HOST, PM_MOMENTS_KIND, PM_MOMENTS_TEXT};
	const struct pm_cell *x = a, *y = b;
	const int64_t at = x[PM_MOMENTS_TIME].as.i, bt = y[PM_MOMENTS_TIME].as.i;
	int order = at < bt ? -1 : at > bt;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && order == 0; i++)
		order = strcmp(text_of(&x[texts[i]]), text_of(&y[texts[i]]));
	if (order == 0 && x[PM_MOMENTS_MISSED].set && y[PM_MOMENTS_MISSED].set)
		order = x[PM_MOMENTS_MISSED].as.u < y[PM_MOMENTS_MISSED].as.u
			? -1
			: x[PM_MOMENTS_MISSED].as.u > y[PM_MOMENTS_MISSED].as.u;
	return order;
}

static void build_moments(struct pm_build *build)
{
	const struct pm_trends *trends = build->data->trends;
	struct pm_table *table = add_table(
		build, PM_PLACE_MORE, "moments", "Events", pm_moment_fields, PM_N_MOMENT_FIELDS);

	for (int kind = 0; kind < PM_N_MOMENTS; kind++) {
		for (size_t i = 0; i < pm_trends_n_moments_kept(trends, kind); i++) {
			const struct pm_moment moment = pm_trends_moment(trends, kind, i);
			struct pm_cell *row = add_row(build, table);

			set_i64(&row[PM_MOMENTS_TIME], moment.time_ms);
			set_text(build, &row[PM_MOMENTS_HOST], moment.origin->host);
			set_text(build, &row[PM_MOMENTS_KIND], pm_moment_name(kind));
			set_text(build, &row[PM_MOMENTS_TEXT], moment.text);
			if (kind == PM_MOMENT_GAP)
				set_u64(&row[PM_MOMENTS_MISSED], moment.missed);
		}
	}
	if (table->n_rows > 0)
		qsort(table->cells, table->n_rows, (size_t)table->n_fields * sizeof(struct pm_cell),
			compare_moments);
	show_all(table);
	if (build->n_hosts <= 1)
		memmove(table->brief + 1, table->brief + 2, sizeof(table->brief) - 2);
}

/* ---- all of it ---- */

static void measure(struct pm_build *build)
{
	for (size_t i = 0; i < pm_trends_count(build->data->trends); i++) {
		struct pm_trend trend;

		pm_trends_at(build->data->trends, i, &trend);
		build->n_series += pm_pool_has_suspects(trend.key->pool);
		if (build->last_ms == 0 || trend.first_ms < build->first_ms)
			build->first_ms = trend.first_ms;
		if (trend.last_ms > build->last_ms)
			build->last_ms = trend.last_ms;
		if (trend.span_ms > build->span_ms)
			build->span_ms = trend.span_ms;
	}
}

static void build_report(struct pm_build *build)
{
	const enum pm_report_kind kind = build->options->kind;

	measure(build);
	build_input(build);
	build_files(build);
	build_rejects(build);
	if (kind != PM_REPORT_VALIDATE) {
		build_hosts(build);
		build_pools(build);
		build_memory(build);
		build_moments(build);
		pm_say_what_was_read(build);
	} else {
		pm_say_validity(build);
	}
	if (kind == PM_REPORT_LEAKS) {
		pm_build_findings(build);
		build->doc->result = build->doc->n_sentences;
		pm_say_verdict(build);
		pm_say_units(build);
		pm_say_gate(build);
		pm_say_problems(build);
		pm_say_method(build);
		free(build->rooms);
	}
	pm_say_limits(build);
}

enum pm_status pm_doc_create(struct pm_doc **out, const struct pm_report_data *data,
	const struct pm_report_options *options, struct pm_error *err)
{
	static const struct {
		const char *name, *title, *foremost;
	} kinds[] = {
		[PM_REPORT_LEAKS] = {"leaks", "Kernel memory by tag: what leaks", "findings"},
		[PM_REPORT_INFO] = {"info", "Kernel memory by tag: what was recorded", "files"},
		[PM_REPORT_VALIDATE] = {"validate", "Kernel memory by tag: can it be read?",
			"rejects"},
		[PM_REPORT_DIFF] = {"diff", "Kernel memory by tag: before and after", "changes"},
	};
	struct pm_build build = {
		.doc = calloc(1, sizeof(*build.doc)),
		.data = data,
		.options = options,
	};

	*out = NULL;
	if (build.doc == NULL)
		return pm_fail_memory(err);
	build.doc->report = kinds[options->kind].name;
	build.doc->title = kinds[options->kind].title;
	build.doc->trends = data->trends;
	if (options->kind == PM_REPORT_DIFF)
		pm_build_diff(&build);
	else
		build_report(&build);
	build.doc->foremost = pm_doc_table(build.doc, kinds[options->kind].foremost);
	if (build.failed) {
		pm_doc_destroy(build.doc);
		return pm_fail_memory(err);
	}
	*out = build.doc;
	return PM_OK;
}

const struct pm_table *pm_doc_main(const struct pm_doc *doc)
{
	return doc->foremost->place == PM_PLACE_MAIN ? doc->foremost : NULL;
}

const struct pm_table *pm_doc_table(const struct pm_doc *doc, const char *name)
{
	for (int i = 0; i < doc->n_tables; i++) {
		if (strcmp(doc->tables[i].name, name) == 0)
			return &doc->tables[i];
	}
	return NULL;
}

void pm_doc_destroy(struct pm_doc *doc)
{
	if (doc == NULL)
		return;
	for (int i = 0; i < doc->n_tables; i++)
		free(doc->tables[i].cells);
	free(doc->plotted);
	pm_arena_deinit(&doc->arena);
	free(doc);
}
