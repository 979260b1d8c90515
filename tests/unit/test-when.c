/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/when.h"

#include <time.h>

static void times_agree_with_the_system(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const int64_t ms = (int64_t)(next_random(&seed) % UINT64_C(253402300800000));
		const time_t seconds = (time_t)(ms / 1000);
		char expected[32], text[PM_TIME_TEXT + 1] = "";
		const struct tm *tm = gmtime(&seconds);
		int64_t back;

		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", tm);
		snprintf(expected + 19, sizeof(expected) - 19, ".%03dZ", (int)(ms % 1000));
		assert_int_equal(pm_time_format(text, ms, 'T'), 24);
		assert_string_equal(text, expected);
		assert_true(pm_time_parse(text, 24, &back));
		assert_true(back == ms);
		assert_int_equal(pm_time_format(text, ms, ' '), 23);
		assert_true(pm_time_parse(text, 23, &back));
		assert_true(back == ms);
	}
}

static void times_are_read_in_their_variants(void **state)
{
	static const struct {
		const char *text;
		const char *means; /* NULL: not a time */
	} cases[] = {
		{"2026-11-21T21:45:00Z", "2026-11-21T21:45:00.000Z"},
		{"2026-11-21 21:45:00", "2026-11-21T21:45:00.000Z"},
		{"2026-11-21T21:45:00.123456789Z", "2026-11-21T21:45:00.123Z"},
		{"2026-11-21T21:45:00+01:00", "2026-11-21T20:45:00.000Z"},
		{"2026-11-21T21:45:00.5-02:30", "2026-11-22T00:15:00.500Z"},
		{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
		{"2023-02-29T00:00:00Z", NULL},
		{"2026-13-01T00:00:00Z", NULL},
		{"2026-00-01T00:00:00Z", NULL},
		{"2026-04-31T00:00:00Z", NULL},
		{"2026-11-21T24:00:00Z", NULL},
		{"2026-11-21T21:60:00Z", NULL},
		{"2026-11-21T21:45:61Z", NULL},
		{"1969-12-31T23:59:59Z", NULL},
		{"2026-11-21T21:45:00.Z", NULL},
		{"2026-11-21T21:45:00ZZ", NULL},
		{"2026-11-21T21:45:00+1:00", NULL},
		{"2026-11-21", NULL},
		{"", NULL},
		{"21.11.2026 21:45", NULL},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		char text[PM_TIME_TEXT + 1] = "";
		int64_t ms;
		const bool ok = pm_time_parse(cases[i].text, strlen(cases[i].text), &ms);

		if (ok != (cases[i].means != NULL))
			fail_msg("'%s' was %s", cases[i].text, ok ? "taken" : "refused");
		if (ok) {
			pm_time_format(text, ms, 'T');
			assert_string_equal(text, cases[i].means);
		}
	}
}

static void people_may_leave_parts_away(void **state)
{
	int64_t day, minute, second;

	(void)state;
	assert_true(pm_time_parse_loose("2026-11-21", 10, &day));
	assert_true(pm_time_parse_loose("2026-11-21 21:45", 16, &minute));
	assert_true(pm_time_parse_loose("2026-11-21T21:45:30Z", 20, &second));
	assert_true(minute - day == (21 * 60 + 45) * 60000);
	assert_true(second - minute == 30000);
	assert_false(pm_time_parse_loose("2026-11-21 21", 13, &day));
	assert_false(pm_time_parse_loose("yesterday", 9, &day));
}

static void spans_are_read_and_written(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: not a span */
	} cases[] = {
		{"250ms", 250},
		{"5s", 5000},
		{"5", 5000},
		{"0.5s", 500},
		{"10m", 600000},
		{"10min", 600000},
		{"2h30m", 9000000},
		{"1d", 86400000},
		{"1w", 604800000},
		{"0", 0},
		{"", -1},
		{"s", -1},
		{"5x", -1},
		{"-5s", -1},
		{"1h30", -1},
		{"5 s", -1},
		{"1e3s", -1},
		{"99999999999999999d", -1},
		{"5..5s", -1},
	};
	char text[PM_DURATION_TEXT];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		int64_t ms = -1;
		const bool ok = pm_duration_parse(cases[i].text, strlen(cases[i].text), &ms);

		if (ok != (cases[i].ms >= 0) || (ok && ms != cases[i].ms))
			fail_msg("'%s' gave %d, %lld", cases[i].text, ok, (long long)ms);
	}
	assert_string_equal(pm_duration_format(text, 0), "0 ms");
	assert_string_equal(pm_duration_format(text, 250), "250 ms");
	assert_string_equal(pm_duration_format(text, 1500), "1 s 500 ms");
	assert_string_equal(pm_duration_format(text, 29999), "30 s");
	assert_string_equal(pm_duration_format(text, 9000000), "2 h 30 min");
	assert_string_equal(pm_duration_format(text, 86400000 + 3000), "1 d");
}

static void sizes_are_read_and_written(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
		bool ok;
	} cases[] = {
		{"0", 0, true},
		{"512", 512, true},
		{"512B", 512, true},
		{"64k", 65536, true},
		{"64K", 65536, true},
		{"10MiB", 10485760, true},
		{"10MB", 10485760, true},
		{"1.5G", 1610612736, true},
		{"2 GiB", UINT64_C(2147483648), true},
		{"15E", UINT64_C(15) << 60, true},
		{"16E", 0, false},
		{"1.5", 0, false},
		{"k", 0, false},
		{"1Kx", 0, false},
		{"-1k", 0, false},
		{"", 0, false},
		{"1 k b", 0, false},
	};
	static const struct {
		uint64_t bytes;
		const char *text;
	} shown[] = {
		{0, "0 B"},
		{1023, "1023 B"},
		{1024, "1.0 KiB"},
		{1536, "1.5 KiB"},
		{102297, "99.9 KiB"},
		{102349, "100 KiB"},
		{102400, "100 KiB"},
		{1048575, "1.0 MiB"},
		{UINT64_MAX, "16.0 EiB"},
	};
	char text[PM_SIZE_TEXT];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		uint64_t bytes = 0;
		const bool ok = pm_size_parse(cases[i].text, strlen(cases[i].text), &bytes);

		if (ok != cases[i].ok || (ok && bytes != cases[i].bytes))
			fail_msg(
				"'%s' gave %d, %llu", cases[i].text, ok, (unsigned long long)bytes);
	}
	for (size_t i = 0; i < N_OF(shown); i++)
		assert_string_equal(pm_size_format(text, shown[i].bytes), shown[i].text);
	assert_true(pm_size_of_real(1536.9) == 1536 && pm_size_of_real(1e300) == UINT64_MAX);
	assert_true(pm_size_of_real(-5) == 0 && pm_size_of_real(0.9) == 0);
}

static void rates_of_objects_are_written(void **state)
{
	static const struct {
		double per_hour;
		const char *text;
	} cases[] = {
		{0, "+0 objects/h"},
		{59, "+59 objects/h"},
		{-60, "-1 objects/min"},
		{1800, "+30 objects/min"},
		{3600, "+1 objects/s"},
		{499.6 * 3600, "+500 objects/s"},
		{-12345 * 3600.0, "-12345 objects/s"},
	};
	char text[PM_OBJECTS_RATE_TEXT];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_string_equal(
			pm_objects_rate_format(text, cases[i].per_hour), cases[i].text);
	assert_true(strlen(pm_objects_rate_format(text, 1e308)) > 300);
	assert_true(strlen(text) < PM_OBJECTS_RATE_TEXT - 1);
}

static void stamps_go_into_file_names(void **state)
{
	char text[PM_TIME_STAMP];
	int64_t ms;

	(void)state;
	assert_true(pm_time_parse("2026-11-21T21:45:07.900Z", 24, &ms));
	pm_time_stamp(text, ms);
	assert_memory_equal(text, "20261121T214507Z", PM_TIME_STAMP);
	assert_true(pm_time_stamp_parse(text, PM_TIME_STAMP, &ms));
	assert_true(ms % 86400000 == ((21 * 60 + 45) * 60 + 7) * 1000);
	assert_false(pm_time_stamp_parse("20261121T214560Z", 16, &ms));
	assert_false(pm_time_stamp_parse("2026-11-21T21:45", 16, &ms));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(times_agree_with_the_system),
	cmocka_unit_test(times_are_read_in_their_variants),
	cmocka_unit_test(people_may_leave_parts_away),
	cmocka_unit_test(spans_are_read_and_written),
	cmocka_unit_test(sizes_are_read_and_written),
	cmocka_unit_test(rates_of_objects_are_written),
	cmocka_unit_test(stamps_go_into_file_names),
};

RUN(tests)
