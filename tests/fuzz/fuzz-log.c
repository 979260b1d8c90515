/* SPDX-License-Identifier: MIT */
/* A file of any bytes as a log: opened, read row by row, and scanned in small parts, which must
 * come to the same. */
#include "base/file.h"

#include <poolmon/scan.h>
#include <poolmon/trends.h>

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
	}
}

static void check(struct pm_inputs *inputs)
{
	static const struct pm_scan_options options = {.jobs = 1, .part_bytes = 300};
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
	if (pm_inputs_create(&inputs, paths, 1, &err) == PM_OK) {
		check(inputs);
		pm_inputs_destroy(inputs);
	} else {
		require(err.status == PM_E_INPUT && err.message[0] != '\0');
	}
	unlink(path);
	return 0;
}
