/* SPDX-License-Identifier: MIT */
/* What is kept of a series: resets, wraps, and that parts can be joined anywhere. */
#include "unit.h"

#include "analyze/series.h"

static const struct pm_origin boot_a = {.host = "h", .boot_id = "a"},
			      boot_b = {.host = "h", .boot_id = "b"};

static struct pm_row row_of(const struct pm_origin *boot, int64_t second)
{
	return (struct pm_row){
		.time_ms = INT64_C(1700000000000) + second * 1000,
		.uptime_ms = second * 1000,
		.origin = boot,
	};
}

static void set_counts(struct pm_row *row, uint64_t allocs, uint64_t frees, uint64_t size)
{
	pm_row_set(row, PM_VALUE_ALLOCS, allocs);
	pm_row_set(row, PM_VALUE_FREES, frees);
	pm_row_set(row, PM_VALUE_DIFF, (uint32_t)(allocs - frees));
	pm_row_set(row, PM_VALUE_BYTES, (uint64_t)(uint32_t)(allocs - frees) * size);
}

static struct pm_trend figure_and_drop(struct pm_series *series)
{
	struct pm_trend trend;

	pm_series_figure(series, &(struct pm_curves){.n = 0}, &trend);
	pm_series_deinit(series);
	return trend;
}

static void a_straight_line_is_found_exactly(void **state)
{
	struct pm_series series = {0};
	struct pm_trend trend;

	(void)state;
	for (int i = 0; i <= 100; i++) {
		struct pm_row row = row_of(&boot_a, 5000 + i * 5);

		set_counts(&row, 1000 + (uint64_t)i * 10, 500 + (uint64_t)i * 4, 64);
		assert_true(pm_series_add(&series, &row));
	}
	trend = figure_and_drop(&series);
	assert_int_equal(trend.samples, 101);
	assert_int_equal(trend.epochs, 1);
	assert_int_equal(trend.span_ms, 500000);
	assert_true(
		trend.bytes.per_hour == 6 * 64 / 5.0 * 3600); /* +6 objects of 64 bytes every 5 s */
	assert_true(trend.diff.per_hour == 6 / 5.0 * 3600);
	assert_true(trend.bytes.r_squared > 1 - 1e-12 && trend.bytes.stderr_per_hour < 1e-3);
	assert_int_equal(trend.bytes.growth, 600 * 64);
	assert_true(trend.counted && trend.allocs == 1000 && trend.frees == 400);
	assert_int_equal(trend.rose, 100);
	assert_int_equal(trend.fell, 0);
}

static void counters_of_32_bits_are_unwrapped(void **state)
{
	struct pm_series series = {0};
	struct pm_trend trend;
	uint64_t allocs = UINT64_C(0xffffff00), frees = UINT64_C(0xfffffe00);

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct pm_row row = row_of(&boot_a, i);

		set_counts(&row, allocs & UINT32_MAX, frees & UINT32_MAX, 16);
		assert_true(pm_series_add(&series, &row));
		allocs += 30;
		frees += 29;
	}
	trend = figure_and_drop(&series);
	assert_int_equal(trend.epochs, 1);
	assert_true(trend.allocs == 49 * 30 && trend.frees == 49 * 29);
	assert_int_equal(trend.diff.growth, 49);
}

static void restarts_split_instead_of_bending_the_line(void **state)
{
	struct pm_series series = {0};
	struct pm_trend trend;

	(void)state;
	for (int i = 0; i < 300;
		i++) { /* grows by 10 a second; starts again at 100 and, rebooted, at 200 */
		struct pm_row row = row_of(i < 200 ? &boot_a : &boot_b, i < 200 ? i : i - 150);

		set_counts(&row, (uint64_t)(i % 100) * 20, (uint64_t)(i % 100) * 10, 1);
		assert_true(pm_series_add(&series, &row));
	}
	trend = figure_and_drop(&series);
	assert_int_equal(trend.epochs, 3);
	assert_int_equal(trend.fell, 0);
	assert_int_equal(trend.bytes.growth, 3 * 990);
	assert_true(trend.bytes.per_hour > 35999.999 && trend.bytes.per_hour < 36000.001);
	assert_true(trend.bytes.r_squared > 0.999999);
	assert_int_equal(trend.span_ms, 3 * 99000);
	assert_true(trend.allocs == 3 * 99 * 20);
}

static void a_fall_that_no_wrap_explains_is_a_restart(void **state)
{
	static const struct {
		uint64_t allocs, frees, diff;
		uint64_t next_allocs, next_frees, next_diff;
		uint64_t epochs;
	} cases[] = {
		{UINT64_C(0xfffffff0), 100, 4294967180, 10, 100, 4294967206, 1}, /* wraps */
		{UINT64_C(0xfffffff0), 100, 4294967180, 10, 100, 5, 2}, /* diff says otherwise */
		{UINT64_C(0x70000000), 100, 0x70000000 - 100, 10, 5, 5,
			2}, /* not in its upper half */
		{UINT64_C(0x1fffffff0), 0, UINT64_C(0x1fffffff0), 10, 0, 10,
			2},                 /* not a 32-bit counter */
		{50, 10, 40, 50, 9, 41, 2}, /* frees taken back */
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct pm_series series = {0};
		struct pm_row a = row_of(&boot_a, 1), b = row_of(&boot_a, 2);

		pm_row_set(&a, PM_VALUE_ALLOCS, cases[i].allocs);
		pm_row_set(&a, PM_VALUE_FREES, cases[i].frees);
		pm_row_set(&a, PM_VALUE_DIFF, cases[i].diff);
		pm_row_set(&b, PM_VALUE_ALLOCS, cases[i].next_allocs);
		pm_row_set(&b, PM_VALUE_FREES, cases[i].next_frees);
		pm_row_set(&b, PM_VALUE_DIFF, cases[i].next_diff);
		assert_true(pm_series_add(&series, &a) && pm_series_add(&series, &b));
		assert_int_equal(figure_and_drop(&series).epochs, cases[i].epochs);
	}
}

static void extremes_give_finite_figures(void **state)
{
	static const uint64_t values[] = {
		0, UINT64_MAX, 1, UINT64_C(1) << 63, UINT64_MAX, 0, UINT64_MAX};
	struct pm_series series = {0};
	struct pm_trend trend;

	(void)state;
	pm_series_figure(&series, &(struct pm_curves){.n = 0}, &trend);
	assert_true(trend.bytes.per_hour == 0 && trend.bytes.r_squared == 0);
	for (int64_t i = 0; i < 700; i++) {
		struct pm_row row = row_of(&boot_a, i < 350 ? i : INT64_C(1) << 51);

		row.uptime_ms += i;
		pm_row_set(&row, PM_VALUE_BYTES, values[i % 7]);
		pm_row_set(&row, PM_VALUE_DIFF, values[(i + 3) % 7]);
		assert_true(pm_series_add(&series, &row));
		pm_series_figure(&series, &(struct pm_curves){.n = 0}, &trend);
		assert_true(trend.bytes.per_hour - trend.bytes.per_hour ==
			0); /* neither NaN nor infinite */
		assert_true(trend.bytes.stderr_per_hour - trend.bytes.stderr_per_hour == 0);
		assert_true(trend.bytes.r_squared >= 0 && trend.bytes.r_squared <= 1);
	}
	assert_true(trend.bytes.min == 0 && trend.bytes.max == UINT64_MAX);
	pm_series_deinit(&series);
}

enum { N_ROWS = 600 };

static void make_rows(struct pm_row *rows, uint64_t *seed)
{
	const struct pm_origin *boot = &boot_a;
	uint64_t allocs = next_random(seed) >> 31, frees = allocs / 2;
	int64_t second = 0;

	for (int i = 0; i < N_ROWS; i++) {
		second += 1 + (int64_t)(next_random(seed) % 3);
		if (next_random(seed) % 40 == 0) {
			boot = boot == &boot_a ? &boot_b : &boot_a;
			second = (int64_t)(next_random(seed) % 100);
			allocs = frees = 0;
		}
		if (next_random(seed) % 40 == 0)
			allocs = frees = 0;
		allocs += next_random(seed) % 50;
		frees += next_random(seed) % 40 < 38 && frees < allocs
			? next_random(seed) % (allocs - frees + 1)
			: 0;
		rows[i] = row_of(boot, second);
		if (next_random(seed) % 10 != 0)
			set_counts(&rows[i], allocs & UINT32_MAX, frees & UINT32_MAX, 48);
		else
			pm_row_set(&rows[i], PM_VALUE_BYTES, next_random(seed) % 100000);
	}
}

static void fold(const struct pm_row *rows, int from, int to, struct pm_series *series)
{
	*series = (struct pm_series){0};
	for (int i = from; i < to; i++)
		assert_true(pm_series_add(series, &rows[i]));
}

static void joining_parts_gives_the_same_bits(void **state)
{
	static struct pm_row rows[N_ROWS];
	uint64_t seed = 31;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct pm_series all, joined = {.begun = round % 3 == 0};
		struct pm_trend a, b;
		int from = 0;

		make_rows(rows, &seed);
		fold(rows, 0, N_ROWS, &all);
		while (from < N_ROWS) {
			const int to = from + (int)(next_random(&seed) % (round < 100 ? 10 : 300));
			struct pm_series part;

			fold(rows, from, to < N_ROWS ? to : N_ROWS, &part);
			assert_true(pm_series_join(&joined, &part));
			pm_series_deinit(&part);
			from = to;
			if (round % 3 == 1 && next_random(&seed) % 4 == 0)
				pm_series_begin(&joined);
		}
		assert_true(!joined.begun || joined.past == NULL || joined.past->first == NULL);
		memset(&a, 0, sizeof(a));
		memset(&b, 0, sizeof(b));
		pm_series_figure(&all, &(struct pm_curves){.n = 0}, &a);
		pm_series_figure(&joined, &(struct pm_curves){.n = 0}, &b);
		assert_true(a.epochs > 1);
		assert_memory_equal(&a, &b, sizeof(a));
		pm_series_deinit(&all);
		pm_series_deinit(&joined);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_straight_line_is_found_exactly),
	cmocka_unit_test(counters_of_32_bits_are_unwrapped),
	cmocka_unit_test(restarts_split_instead_of_bending_the_line),
	cmocka_unit_test(a_fall_that_no_wrap_explains_is_a_restart),
	cmocka_unit_test(extremes_give_finite_figures),
	cmocka_unit_test(joining_parts_gives_the_same_bits),
};

RUN(tests)
