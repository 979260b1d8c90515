/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/number.h"

static void whole_numbers_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		enum pm_number result;
		uint64_t value;
	} cases[] = {
		{"0", PM_NUMBER_OK, 0},
		{"7", PM_NUMBER_OK, 7},
		{"18446744073709551615", PM_NUMBER_OK, UINT64_MAX},
		{"18446744073709551616", PM_NUMBER_RANGE, 0},
		{"99999999999999999999", PM_NUMBER_RANGE, 0},
		{"100000000000000000000", PM_NUMBER_RANGE, 0},
		{"00000000000000000000000001", PM_NUMBER_LEADING_ZERO, 0},
		{"", PM_NUMBER_EMPTY, 0},
		{"007", PM_NUMBER_LEADING_ZERO, 0},
		{"00", PM_NUMBER_LEADING_ZERO, 0},
		{"-1", PM_NUMBER_NEGATIVE, 0},
		{"-", PM_NUMBER_JUNK, 0},
		{"+1", PM_NUMBER_JUNK, 0},
		{"1.0", PM_NUMBER_FRACTION, 0},
		{"1e3", PM_NUMBER_EXPONENT, 0},
		{"1E+3", PM_NUMBER_EXPONENT, 0},
		{"e3", PM_NUMBER_JUNK, 0},
		{"1.5.2", PM_NUMBER_JUNK, 0},
		{" 1", PM_NUMBER_JUNK, 0},
		{"1 ", PM_NUMBER_JUNK, 0},
		{"0x10", PM_NUMBER_JUNK, 0},
		{"1,000", PM_NUMBER_JUNK, 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		uint64_t value = 0;
		const enum pm_number result =
			pm_u64_parse(cases[i].text, strlen(cases[i].text), &value);

		if (result != cases[i].result ||
			(result == PM_NUMBER_OK && value != cases[i].value))
			fail_msg("'%s' gave %d, %llu", cases[i].text, result,
				(unsigned long long)value);
	}
}

static void seconds_keep_three_decimals(void **state)
{
	static const struct {
		const char *text;
		enum pm_number result;
		int64_t ms;
	} cases[] = {
		{"0", PM_NUMBER_OK, 0},
		{"7200", PM_NUMBER_OK, 7200000},
		{"7200.0", PM_NUMBER_OK, 7200000},
		{"7200.5", PM_NUMBER_OK, 7200500},
		{"7200.0019", PM_NUMBER_OK, 7200001},
		{"0.001", PM_NUMBER_OK, 1},
		{".5", PM_NUMBER_EMPTY, 0},
		{"5.", PM_NUMBER_JUNK, 0},
		{"5.5.5", PM_NUMBER_JUNK, 0},
		{"5.5e3", PM_NUMBER_EXPONENT, 0},
		{"-5", PM_NUMBER_NEGATIVE, 0},
		{"9223372036854775807", PM_NUMBER_RANGE, 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		int64_t ms = 0;
		const enum pm_number result =
			pm_seconds_parse(cases[i].text, strlen(cases[i].text), &ms);

		if (result != cases[i].result || (result == PM_NUMBER_OK && ms != cases[i].ms))
			fail_msg("'%s' gave %d, %lld", cases[i].text, result, (long long)ms);
	}
}

static void assert_written_well(uint64_t value)
{
	char digits[PM_U64_DIGITS], expected[32];
	uint64_t back;
	const size_t n = pm_u64_format(digits, value);

	snprintf(expected, sizeof(expected), "%llu", (unsigned long long)value);
	assert_int_equal(n, strlen(expected));
	assert_memory_equal(digits, expected, n);
	assert_int_equal(pm_u64_parse(digits, n, &back), PM_NUMBER_OK);
	assert_true(back == value);
}

static void what_is_written_reads_the_same(void **state)
{
	uint64_t seed = 1, power = 1;

	(void)state;
	for (int i = 0; i < 100000; i++)
		assert_written_well(next_random(&seed) >> (i % 64));
	for (int i = 0; i < PM_U64_DIGITS; i++, power *= 10) {
		for (uint64_t times = 1; times < 10 && power <= UINT64_MAX / times; times++) {
			assert_written_well(times * power - 1);
			assert_written_well(times * power);
			assert_written_well(times * power + 1);
		}
	}
	assert_written_well(UINT64_MAX);
	for (uint64_t value = 0; value < 10000; value++) { /* all that are divided by 100 */
		assert_written_well(value);
		assert_written_well(value * 10000 + value);
	}
}

static void doubles_are_plain_text(void **state)
{
	char text[PM_DOUBLE_DIGITS];

	(void)state;
	assert_string_equal(pm_double_format(text, 0.1), "0.1");
	assert_string_equal(pm_double_format(text, -0.0), "0");
	assert_string_equal(pm_double_format(text, 123456789012345.0), "123456789012345");
	assert_string_equal(pm_double_format(text, 1.0 / 3), "0.333333333333333");
	assert_string_equal(pm_double_format(text, 1e300), "1e+300");
	assert_string_equal(pm_double_format(text, 1e300 * 1e300), "null");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(whole_numbers_are_read_strictly),
	cmocka_unit_test(seconds_keep_three_decimals),
	cmocka_unit_test(what_is_written_reads_the_same),
	cmocka_unit_test(doubles_are_plain_text),
};

RUN(tests)
