/* SPDX-License-Identifier: MIT */
/* Bytes from outside, made safe to show: buffers, UTF-8, JSON strings, error messages. */
#include "unit.h"

#include "base/fail.h"

#include <errno.h>

static void buffers_grow_and_fixed_ones_cut_off(void **state)
{
	struct pm_buf grown = {0}, fixed;
	char memory[8];

	(void)state;
	for (int i = 0; i < 10000; i++)
		pm_buf_printf(&grown, "%d,", i);
	assert_false(grown.failed);
	assert_memory_equal(grown.at, "0,1,2,3,", 8);
	pm_buf_drop(&grown, 4);
	assert_memory_equal(grown.at, "2,3,", 4);
	pm_buf_deinit(&grown);

	pm_buf_init_fixed(&fixed, memory, sizeof(memory));
	pm_buf_add_text(&fixed, "abcdefghijkl");
	assert_true(fixed.failed);
	assert_string_equal(pm_buf_terminate(&fixed), "abcdefg");
}

static void utf8_is_told_from_other_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} cases[] = {
		{"a", 1},
		{"\xC3\xA9", 2},
		{"\xE2\x82\xAC", 3},
		{"\xF0\x9F\x98\x80", 4},
		{"\xC0\x80", 0},         /* overlong NUL */
		{"\xE0\x80\xAF", 0},     /* overlong slash */
		{"\xED\xA0\x80", 0},     /* half of a surrogate pair */
		{"\xF4\x90\x80\x80", 0}, /* beyond U+10FFFF */
		{"\xC3", 0},             /* cut off */
		{"\xFF", 0},
		{"\x80", 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_int_equal(
			pm_utf8_length(cases[i].bytes, strlen(cases[i].bytes)), cases[i].length);
	assert_int_equal(pm_utf8_length("", 0), 0);
}

static void json_strings_are_always_valid(void **state)
{
	static const char bytes[] = "a\"b\\c\n\x01\xC3\xA9\xFF";
	struct pm_buf out = {0};

	(void)state;
	pm_buf_add_json(&out, bytes, sizeof(bytes) - 1);
	assert_string_equal(pm_buf_terminate(&out), "\"a\\\"b\\\\c\\u000a\\u0001\xC3\xA9\\\\xFF\"");
	pm_buf_deinit(&out);
}

static void messages_name_file_line_and_remedy(void **state)
{
	struct pm_error err;
	char text[256];

	(void)state;
	(void)pm_fail(&err, PM_E_INPUT, "bad number (\"%s\")", "1e\x1b[31m");
	pm_error_where(&err, "logs/a.csv", 17, 4);
	pm_error_remedy(&err, "write it out");
	assert_string_equal(pm_error_text(&err, text, sizeof(text)),
		"logs/a.csv:17:4: bad number (\"1e\\x1B[31m\"); write it out");
	assert_int_equal(pm_fail_errno(&err, EACCES, "can't be opened"), PM_E_ACCESS);
	assert_int_equal(err.sys_errno, EACCES);
	assert_int_equal(pm_fail_errno(NULL, ENOSPC, "can't be written"), PM_E_SPACE);
	assert_int_equal(strlen(pm_error_text(&err, text, 8)), 7);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(buffers_grow_and_fixed_ones_cut_off),
	cmocka_unit_test(utf8_is_told_from_other_bytes),
	cmocka_unit_test(json_strings_are_always_valid),
	cmocka_unit_test(messages_name_file_line_and_remedy),
};

RUN(tests)
