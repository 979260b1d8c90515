/* SPDX-License-Identifier: MIT */
/* A file of any bytes as a log: opened, read row by row, and scanned in small parts, which must
 * come to the same; then reported in every format. */
#include "base/file.h"

#include <poolmon/report.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void compare_courses(const struct pm_trends *a, const struct pm_trends *b, size_t i)
{
	struct pm_course_point x[PM_COURSE_MAX], y[PM_COURSE_MAX];
	struct pm_course_cut cuts_x[PM_COURSE_CUTS_MAX], cuts_y[PM_COURSE_CUTS_MAX];
	const size_t n = pm_trends_course(a, i, x), n_cuts = pm_trends_cuts(a, i, cuts_x);

	require(n == pm_trends_course(b, i, y) && n_cuts == pm_trends_cuts(b, i, cuts_y));
	require(n == 0 || memcmp(x, y, n * sizeof(x[0])) == 0);
	for (size_t j = 0; j < n_cuts; j++)
		require(cuts_x[j].time_ms == cuts_y[j].time_ms && cuts_x[j].boot == cuts_y[j].boot);
}

static void compare_moments(struct pm_moment x, struct pm_moment y)
{
	require(x.time_ms == y.time_ms && x.missed == y.missed && strcmp(x.text, y.text) == 0 &&
		strcmp(x.origin->host, y.origin->host) == 0);
}

static void compare(const struct pm_trends *a, const struct pm_trends *b)
{
	require(pm_trends_count(a) == pm_trends_count(b));
	for (size_t i = 0; i < pm_trends_count(a); i++) {
		struct pm_trend x, y;

		pm_trends_at(a, i, &x);
		pm_trends_at(b, i, &y);
		require(strcmp(x.key->tag, y.key->tag) == 0);
		require(x.samples == y.samples && x.epochs == y.epochs && x.steps == y.steps);
		require(memcmp(&x.bytes, &y.bytes, sizeof(x.bytes)) == 0);
		require(x.bytes.per_hour - x.bytes.per_hour == 0); /* finite */
		compare_courses(a, b, i);
	}
	for (int kind = 0; kind < PM_N_MOMENTS; kind++) {
		require(pm_trends_n_moments(a, kind) == pm_trends_n_moments(b, kind));
		require(pm_trends_n_moments_kept(a, kind) == pm_trends_n_moments_kept(b, kind));
		for (size_t i = 0; i < pm_trends_n_moments_kept(a, kind); i++)
			compare_moments(pm_trends_moment(a, kind, i), pm_trends_moment(b, kind, i));
	}
}

static enum pm_status drop(void *context, const char *bytes, size_t n, struct pm_error *err)
{
	(void)context;
	(void)err;
	require(n == 0 || bytes != NULL);
	return PM_OK;
}

static void render(const struct pm_inputs *inputs, const struct pm_scan_result *result,
	const struct pm_trends *trends)
{
	const struct pm_report_options options = {.kind = PM_REPORT_LEAKS};
	const struct pm_sink sink = {drop, NULL};
	struct pm_findings findings;
	const struct pm_report_data data = {
		.inputs = inputs, .scan = result, .trends = trends, .findings = &findings};
	struct pm_doc *doc;

	require(pm_findings_init(&findings, trends, NULL) == PM_OK);
	require(pm_doc_create(&doc, &data, &options, NULL) == PM_OK);
	for (size_t i = 0; i < pm_renderer_count(); i++)
		require(pm_renderer_at(i)->render(doc, &options, &sink, NULL) == PM_OK);
	pm_doc_destroy(doc);
	pm_findings_deinit(&findings);
}

static void check(struct pm_inputs *inputs)
{
	static const struct pm_scan_options options = {.jobs = 2, .part_bytes = 300};
	struct pm_trends *scanned = calloc(1, pm_trends_fold.state_size);
	struct pm_trends *read = calloc(1, pm_trends_fold.state_size);
	struct pm_scan_result result;
	struct pm_reader *reader;
	const struct pm_row *row;
	enum pm_status status;

	require(pm_scan(inputs, &pm_trends_fold, NULL, scanned, &options, &result, NULL) == PM_OK);
	require(pm_trends_fold.init(read, NULL, NULL) == PM_OK);
	require(pm_reader_create(&reader, inputs, NULL, NULL) == PM_OK);
	while ((status = pm_reader_next(reader, &row, NULL)) == PM_OK)
		require(pm_trends_fold.step(read, row, NULL) == PM_OK);
	require(status == PM_END);
	compare(scanned, read);
	require(memcmp(&result.counts.rejects, &pm_reader_counts(reader)->rejects,
			sizeof(result.counts.rejects)) == 0);
	render(inputs, &result, scanned);
	pm_reader_destroy(reader);
	pm_trends_fold.deinit(read);
	pm_trends_fold.deinit(scanned);
	pm_scan_result_deinit(&result);
	free(read);
	free(scanned);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[64];
	const char *paths[] = {path};
	struct pm_inputs *inputs;
	struct pm_error err;
	struct pm_file file;

	if (path[0] == '\0')
		snprintf(path, sizeof(path), "/dev/shm/poolmon-fuzz-%ld", (long)getpid());
	if (pm_file_open(&file, path, PM_FILE_UPDATE, NULL) != PM_OK)
		abort();
	require(pm_file_truncate(file, 0, NULL) == PM_OK);
	require(pm_file_write(file, data, size, NULL) == PM_OK);
	require(pm_file_close(&file, NULL) == PM_OK);
	if (pm_inputs_create(&inputs, paths, 1, NULL, &err) == PM_OK) {
		check(inputs);
		pm_inputs_destroy(inputs);
	} else {
		require(err.status == PM_E_INPUT && err.message[0] != '\0');
	}
	unlink(path);
	return 0;
}
