/* SPDX-License-Identifier: MIT */
/* Names of rotated files: exactly those that we give. */
#include "unit.h"

#include "base/when.h"
#include "log/rotated.h"

static void names_that_we_give_are_read_back(void **state)
{
	static const char *const extensions[] = {".ndjson", ".csv"};
	int64_t time_ms;

	(void)state;
	assert_true(pm_time_stamp_parse("20261121T214500Z", 16, &time_ms));
	for (size_t i = 0; i < N_OF(extensions); i++) {
		for (uint64_t number = 1; number <= UINT64_C(10000000000); number *= 10) {
			struct pm_rotated made, read;
			enum pm_rotated_form form;

			pm_rotated_name(&made, time_ms + 999, number, extensions[i]);
			assert_true(pm_rotated_parse(made.name, &read, &form));
			assert_int_equal(form, PM_ROTATED_PLAIN);
			assert_int_equal(read.number, number);
			assert_int_equal(read.time_ms, time_ms);
			assert_string_equal(read.name, made.name);
		}
	}
}

static void each_form_has_its_path(void **state)
{
	static const char *const paths[PM_N_ROTATED_FORMS] = {
		"d/poolmon-20261121T214500Z-2.csv",
		"d/poolmon-20261121T214500Z-2.csv.gz",
		"d/poolmon-20261121T214500Z-2.csv.zst",
		"d/.poolmon-20261121T214500Z-2.csv.gz.tmp",
		"d/.poolmon-20261121T214500Z-2.csv.zst.tmp",
	};

	(void)state;
	for (int i = 0; i < PM_N_ROTATED_FORMS; i++) {
		struct pm_rotated file;
		enum pm_rotated_form form;
		char *path;

		assert_true(pm_rotated_parse(paths[i] + 2, &file, &form));
		assert_int_equal(form, i);
		path = pm_rotated_path("d", &file, form);
		assert_string_equal(path, paths[i]);
		free(path);
	}
}

static void other_names_are_nobodys_business(void **state)
{
	static const char *const names[] = {"", ".", "poolmon.ndjson", "poolmon-.ndjson",
		"poolmon-20261121T214500Z", "poolmon-20261121T214500Z.txt",
		"poolmon-20261121T214500Z.ndjson.gz.gz", "poolmon-20261121T214500Z.ndjson.gz.zst",
		"poolmon-20261121T214500Z.ndjson.zst.tmp", "poolmon-20261121T214500Z.ndjson.bak",
		"poolmon-20261121T214500Z.ndjson.tmp", ".poolmon-20261121T214500Z.ndjson",
		"poolmon-20261121T214500Z.ndjson.gz.tmp", ".poolmon-20261121T214500Z.ndjson.gz",
		"xpoolmon-20261121T214500Z.ndjson", "poolmon-20261121T214500Z-1.ndjson",
		"poolmon-20261121T214500Z-02.ndjson", "poolmon-20261121T214500Z-.ndjson",
		"poolmon-20261121T214500Z--2.ndjson", "poolmon-20261121T214500Z-2x.ndjson",
		"poolmon-20261121T214500Z-99999999999999999999.ndjson",
		"poolmon-20261321T214500Z.ndjson", "poolmon-20261121t214500z.ndjson"};

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++) {
		struct pm_rotated file;
		enum pm_rotated_form form;

		if (pm_rotated_parse(names[i], &file, &form))
			fail_msg("'%s' was taken for one of ours", names[i]);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(names_that_we_give_are_read_back),
	cmocka_unit_test(each_form_has_its_path),
	cmocka_unit_test(other_names_are_nobodys_business),
};

RUN(tests)
