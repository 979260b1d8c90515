/* SPDX-License-Identifier: MIT */
/*
 * The parallel scan against the reader: whatever the logs are like and however they are cut, the
 * folded result must be the one that reading row by row gives.
 */
#include "unit.h"

#include "base/file.h"
#include "base/packer.h"
#include "base/when.h"

#include <poolmon/report.h>

enum { MAX_FILES = 12 };

struct logs { /* files in a directory of our own */
	char directory[256];
	char paths[MAX_FILES][300];
	size_t n;
};

static void make_logs(struct logs *logs)
{
	const char *base = getenv("TMPDIR");

	memset(logs, 0, sizeof(*logs));
	snprintf(logs->directory, sizeof(logs->directory), "%s/poolmon-scan-XXXXXX",
		base != NULL && base[0] != '\0' ? base : "/tmp");
	assert_non_null(mkdtemp(logs->directory));
}

static void remove_logs(struct logs *logs)
{
	for (size_t i = 0; i < logs->n; i++)
		assert_int_equal(pm_path_remove(logs->paths[i], NULL), PM_OK);
	assert_int_equal(remove(logs->directory), 0);
}

/* Adds a file of these lines; compressed in members of about `member` bytes, in turns with
 * what there is, or plain. */
static void add_log(struct logs *logs, const struct pm_buf *text, size_t member)
{
	struct pm_file file;
	char *path = logs->paths[logs->n], directory[sizeof(logs->directory)];

	memcpy(directory, logs->directory, sizeof(directory));
	snprintf(path, sizeof(logs->paths[0]), "%s/%02zu", directory, logs->n);
	logs->n++;
	assert_int_equal(pm_file_open(&file, path, PM_FILE_CREATE_NEW, NULL), PM_OK);
	if (member == 0) {
		assert_int_equal(pm_file_write(file, text->at, text->n, NULL), PM_OK);
	} else {
		const bool zstd = logs->n % 2 == 0 && pm_packing_is_built(PM_PACKING_ZSTD);
		struct pm_packer packer;

		assert_int_equal(pm_packer_init(&packer, zstd ? PM_PACKING_ZSTD : PM_PACKING_GZIP,
					 1, file, true, 0, NULL),
			PM_OK);
		for (size_t at = 0; at < text->n;) {
			size_t n = text->n - at < member ? text->n - at : member;

			/* Members mostly end with a line, and sometimes with anything. */
			while (member % 2 == 0 && at + n < text->n && text->at[at + n - 1] != '\n')
				n++;
			assert_int_equal(
				pm_packer_add(&packer, text->at + at, n, false, NULL), PM_OK);
			assert_int_equal(pm_packer_end_member(&packer, NULL), PM_OK);
			at += n;
		}
		pm_packer_deinit(&packer);
	}
	assert_int_equal(pm_file_close(&file, NULL), PM_OK);
}

struct clock { /* of one host */
	const char *host;
	int boot;
	bool silent; /* never says whose the rows are */
	int64_t time_ms, uptime_ms;
};

static void put_line(struct pm_buf *text, const struct clock *clock, bool csv, const char *pool,
	const char *tag, uint64_t value, const char *note)
{
	char time[PM_TIME_TEXT];

	pm_buf_add_text(text, csv ? "" : "{\"time\":\"");
	pm_buf_add(text, time, pm_time_format(time, clock->time_ms, csv ? ' ' : 'T'));
	pm_buf_printf(text,
		csv ? ",%lld.%03d,%s,%s,"
		    : "\",\"uptime_s\":%lld.%03d,\"pool\":\"%s\",\"tag\":\"%s\"",
		(long long)(clock->uptime_ms / 1000), (int)(clock->uptime_ms % 1000), pool, tag);
	if (note != NULL)
		pm_buf_printf(text, csv ? ",,,,,,,%s\n" : ",\"note\":\"%s\"}\n", note);
	else
		pm_buf_printf(text,
			csv ? "Recl,,,%llu,%llu,,,\n"
			    : ",\"type\":\"Recl\",\"diff\":%llu,\"bytes\":%llu}\n",
			(unsigned long long)value, (unsigned long long)value * 64);
}

static void put_start(struct pm_buf *text, const struct clock *clock, bool csv)
{
	char note[64];

	if (clock->silent)
		return;
	snprintf(
		note, sizeof(note), "host=%s boot_id=%s-%d", clock->host, clock->host, clock->boot);
	put_line(text, clock, csv, "event", "start", 0, note);
}

#define CSV_HEADER "time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,footprint,note\n"

/* n_moments moments of a few tags, with reboots, damage and marks strewn in. */
static void put_moments(
	struct pm_buf *text, struct clock *clock, bool csv, int n_moments, uint64_t *seed)
{
	for (int i = 0; i < n_moments; i++) {
		clock->time_ms += 1000;
		clock->uptime_ms += 1000;
		if (next_random(seed) % 50 == 0) {
			clock->boot++;
			clock->uptime_ms = (int64_t)(next_random(seed) % 100000);
			put_start(text, clock, csv);
		}
		for (int tag = 0; tag < 5; tag++) {
			char name[16];

			snprintf(name, sizeof(name), "tag-%d", tag);
			if (next_random(seed) % 20 != 0)
				put_line(text, clock, csv, "slab", name,
					(uint64_t)(i * tag) + next_random(seed) % 100, NULL);
		}
		if (next_random(seed) % 30 == 0)
			pm_buf_add_text(text, "this is no row\n");
		if (next_random(seed) % 30 == 0)
			put_line(text, clock, csv, "event", "mark", 0, "text=x");
		if (csv && next_random(seed) % 60 == 0)
			pm_buf_add_text(text, CSV_HEADER);
	}
}

static enum pm_status append(void *context, const char *bytes, size_t n, struct pm_error *err)
{
	(void)err;
	pm_buf_add(context, bytes, n);
	return PM_OK;
}

static void render(const struct pm_inputs *inputs, const struct pm_scan_result *result,
	const struct pm_trends *trends, struct pm_buf *out)
{
	const struct pm_report_options options = {.kind = PM_REPORT_LEAKS};
	struct pm_findings findings;
	const struct pm_report_data data = {
		.inputs = inputs, .scan = result, .trends = trends, .findings = &findings};
	const struct pm_sink sink = {append, out};
	struct pm_doc *doc;

	assert_int_equal(pm_findings_init(&findings, trends, NULL), PM_OK);
	assert_int_equal(pm_doc_create(&doc, &data, &options, NULL), PM_OK);
	assert_int_equal(pm_renderer_of_name("json")->render(doc, &options, &sink, NULL), PM_OK);
	pm_doc_destroy(doc);
	pm_findings_deinit(&findings);
}

static struct pm_inputs *open_inputs(const struct logs *logs)
{
	const char *paths[MAX_FILES];
	struct pm_inputs *inputs;

	for (size_t i = 0; i < logs->n; i++)
		paths[i] = logs->paths[i];
	assert_int_equal(pm_inputs_create(&inputs, paths, logs->n, NULL, NULL), PM_OK);
	return inputs;
}

/* The report that comes of reading row by row. */
static void read_report(const struct logs *logs, struct pm_buf *out)
{
	struct pm_inputs *inputs = open_inputs(logs);
	struct pm_trends *trends = calloc(1, pm_trends_fold.state_size);
	struct pm_input_counts *counts = calloc(logs->n, sizeof(*counts));
	struct pm_scan_result result = {.inputs = counts};
	struct pm_reader *reader;
	const struct pm_row *row;

	assert_int_equal(pm_trends_fold.init(trends, NULL, NULL), PM_OK);
	assert_int_equal(pm_reader_create(&reader, inputs, NULL, NULL), PM_OK);
	while (pm_reader_next(reader, &row, NULL) == PM_OK)
		assert_int_equal(pm_trends_fold.step(trends, row, NULL), PM_OK);
	result.counts = *pm_reader_counts(reader);
	for (size_t i = 0; i < logs->n; i++)
		counts[i] = *pm_reader_input_counts(reader, i);
	render(inputs, &result, trends, out);
	pm_reader_destroy(reader);
	pm_trends_fold.deinit(trends);
	free(trends);
	free(counts);
	pm_inputs_destroy(inputs);
}

static void scan_report(
	const struct logs *logs, unsigned jobs, size_t part_bytes, struct pm_buf *out)
{
	const struct pm_scan_options options = {.jobs = jobs, .part_bytes = part_bytes};
	struct pm_inputs *inputs = open_inputs(logs);
	struct pm_trends *trends = calloc(1, pm_trends_fold.state_size);
	struct pm_scan_result result;

	assert_int_equal(
		pm_scan(inputs, &pm_trends_fold, NULL, trends, &options, &result, NULL), PM_OK);
	render(inputs, &result, trends, out);
	pm_trends_fold.deinit(trends);
	pm_scan_result_deinit(&result);
	free(trends);
	pm_inputs_destroy(inputs);
}

static void assert_scan_is_reading(const struct logs *logs)
{
	static const struct {
		unsigned jobs;
		size_t part_bytes;
	} ways[] = {{1, 0}, {1, 2000}, {2, 700}, {3, 10000}, {8, 3000}};
	struct pm_buf expected = {0};

	read_report(logs, &expected);
	pm_buf_terminate(&expected);
	for (size_t i = 0; i < N_OF(ways); i++) {
		struct pm_buf got = {0};

		scan_report(logs, ways[i].jobs, ways[i].part_bytes, &got);
		assert_string_equal(pm_buf_terminate(&got), expected.at);
		pm_buf_deinit(&got);
	}
	pm_buf_deinit(&expected);
}

static void logs_of_every_kind_scan_as_they_read(void **state)
{
	uint64_t seed = 41;

	(void)state;
	for (int round = 0; round < 40; round++) {
		struct clock clocks[] = {
			{"north", 0, round % 5 == 4, INT64_C(1767225600000), 5000000},
			{"south", 0, round % 5 == 4, INT64_C(1767225600500), 90000},
		};
		const size_t n_files = 1 + next_random(&seed) % 8;
		struct logs logs;

		make_logs(&logs);
		for (size_t i = 0; i < n_files; i++) {
			struct pm_buf text = {0};
			struct clock *clock = &clocks[round % 2 == 0 ? 0 : next_random(&seed) % 2];
			const bool csv = next_random(&seed) % 2 == 0;
			static const size_t members[] = {0, 0, 400, 3000, 1501};

			if (csv && next_random(&seed) % 4 != 0)
				pm_buf_add_text(&text, CSV_HEADER);
			if (next_random(&seed) % 4 != 0)
				put_start(&text, clock, csv);
			if (next_random(&seed) % 4 == 0) { /* goes back: overlaps the file before */
				clock->time_ms -= 7000;
				clock->uptime_ms -= 7000;
			}
			put_moments(&text, clock, csv, 1 + (int)(next_random(&seed) % 120), &seed);
			if (next_random(&seed) % 5 == 0)
				pm_buf_add_text(&text, "torn");
			add_log(&logs, &text, members[next_random(&seed) % N_OF(members)]);
			if (next_random(&seed) % 6 == 0 &&
				logs.n < MAX_FILES - 2) /* a copy of it */
				add_log(&logs, &text, 0);
			pm_buf_deinit(&text);
		}
		assert_scan_is_reading(&logs);
		remove_logs(&logs);
	}
}

static void snapshots_larger_than_parts_are_never_cut(void **state)
{
	struct clock clock = {"wide", 0, false, INT64_C(1767225600000), 1000};
	struct pm_buf text = {0};
	struct logs logs;

	(void)state;
	make_logs(&logs);
	pm_buf_add_text(&text, CSV_HEADER);
	put_start(&text, &clock, true);
	for (int i = 0; i < 8; i++) {
		clock.time_ms += 1000;
		clock.uptime_ms += 1000;
		for (int tag = 0; tag < 4000; tag++) {
			char name[16];

			snprintf(name, sizeof(name), "tag-%d", tag);
			put_line(&text, &clock, true, "slab", name, (uint64_t)(i * tag), NULL);
		}
	}
	add_log(&logs, &text, 0);
	pm_buf_deinit(&text);
	assert_scan_is_reading(&logs);
	remove_logs(&logs);
}

static bool give_up(void *context, uint64_t done, uint64_t all)
{
	int *calls = context;

	assert_true(done <= all);
	return ++*calls < 3;
}

static void a_scan_can_be_given_up(void **state)
{
	struct clock clock = {"h", 0, false, INT64_C(1767225600000), 1000};
	struct pm_buf text = {0};
	uint64_t seed = 1;
	struct logs logs;
	int calls = 0;
	struct pm_scan_options options = {
		.jobs = 3, .part_bytes = 500, .progress = give_up, .progress_context = &calls};
	struct pm_trends *trends = calloc(1, pm_trends_fold.state_size);
	struct pm_scan_result result;
	struct pm_inputs *inputs;

	(void)state;
	make_logs(&logs);
	put_moments(&text, &clock, false, 200, &seed);
	add_log(&logs, &text, 0);
	pm_buf_deinit(&text);
	inputs = open_inputs(&logs);
	assert_int_equal(
		pm_scan(inputs, &pm_trends_fold, NULL, trends, &options, &result, NULL), PM_END);
	assert_int_equal(calls, 3);
	free(trends);
	pm_inputs_destroy(inputs);
	remove_logs(&logs);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(logs_of_every_kind_scan_as_they_read),
	cmocka_unit_test(snapshots_larger_than_parts_are_never_cut),
	cmocka_unit_test(a_scan_can_be_given_up),
};

RUN(tests)
