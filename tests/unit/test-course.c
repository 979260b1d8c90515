/* SPDX-License-Identifier: MIT */
/* Courses and moments: bounded, true to what was added, and the same however the log was cut. */
#include "unit.h"

#include "analyze/course.h"
#include "analyze/moments.h"

enum { N_VALUES = 400 };

struct value {
	int64_t time_ms;
	uint64_t bytes;
	bool cut;
};

static void make_values(struct value *values, uint64_t *seed)
{
	const int64_t step = INT64_C(1) << (next_random(seed) % 24);
	int64_t time_ms = INT64_C(1767225600000);

	for (int i = 0; i < N_VALUES; i++) {
		time_ms += (int64_t)(next_random(seed) % (uint64_t)(2 * step));
		if (next_random(seed) % 100 == 0) /* the clock is set, back or forth */
			time_ms +=
				(int64_t)(next_random(seed) % (uint64_t)(200 * step)) - 100 * step;
		values[i] = (struct value){
			.time_ms = time_ms,
			.bytes = next_random(seed) >> (next_random(seed) % 64),
			.cut = next_random(seed) % 30 == 0,
		};
	}
}

static struct pm_course course_of(const struct value *values, int from, int to)
{
	struct pm_course course = {0};

	for (int i = from; i < to; i++) {
		if (values[i].cut)
			assert_true(pm_course_cut(
				&course, (struct pm_course_cut){values[i].time_ms, i % 2 == 0}));
		assert_true(pm_course_add(&course, values[i].time_ms, values[i].bytes));
	}
	return course;
}

/* The points say exactly what was added in their stretch. */
static void assert_true_to(struct pm_course *course, const struct value *values)
{
	struct pm_course_point points[PM_COURSE_MAX];
	const size_t n = pm_course_points(course, points);
	uint64_t n_samples = 0;

	assert_true(n > 0 && n <= PM_COURSE_MAX);
	for (size_t p = 0; p < n; p++) {
		uint64_t count = 0, min = UINT64_MAX, max = 0;
		double sum = 0;

		assert_int_equal(points[p].time_ms % points[p].width_ms, 0);
		assert_true(
			p == 0 || points[p].time_ms >= points[p - 1].time_ms + points[p].width_ms);
		for (int i = 0; i < N_VALUES; i++) {
			if (values[i].time_ms < points[p].time_ms ||
				values[i].time_ms >= points[p].time_ms + points[p].width_ms)
				continue;
			count++;
			sum += (double)values[i].bytes;
			min = values[i].bytes < min ? values[i].bytes : min;
			max = values[i].bytes > max ? values[i].bytes : max;
		}
		assert_int_equal(points[p].n, count);
		assert_true(points[p].min == min && points[p].max == max);
		assert_true(points[p].mean >= sum / (double)count * (1 - 1e-12) &&
			points[p].mean <= sum / (double)count * (1 + 1e-12));
		n_samples += count;
	}
	assert_int_equal(n_samples, N_VALUES);
}

static void any_split_gives_the_same_course(void **state)
{
	static struct value values[N_VALUES];
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct pm_course whole, joined = {0};
		struct pm_course_point a[PM_COURSE_MAX], b[PM_COURSE_MAX];
		size_t n;

		make_values(values, &seed);
		whole = course_of(values, 0, N_VALUES);
		assert_true_to(&whole, values);
		for (int from = 0, to; from < N_VALUES; from = to) {
			struct pm_course part;

			to = from + (int)(next_random(&seed) % (round < 100 ? 9 : 300));
			to = to < N_VALUES ? to : N_VALUES;
			part = course_of(values, from, to);
			assert_true(pm_course_join(&joined, &part));
			pm_course_deinit(&part);
		}
		memset(a, 0, sizeof(a));
		memset(b, 0, sizeof(b));
		n = pm_course_points(&whole, a);
		assert_int_equal(pm_course_points(&joined, b), n);
		assert_memory_equal(a, b, sizeof(a));
		assert_int_equal(joined.n_cuts, whole.n_cuts);
		for (size_t i = 0; i < whole.n_cuts; i++) {
			assert_int_equal(joined.cuts[i].time_ms, whole.cuts[i].time_ms);
			assert_int_equal(joined.cuts[i].boot, whole.cuts[i].boot);
		}
		pm_course_deinit(&whole);
		pm_course_deinit(&joined);
	}
}

static void extremes_stay_finite(void **state)
{
	static const int64_t times[] = {INT64_MIN, -1, 0, 1, INT64_C(253402300799999), INT64_MAX};
	struct pm_course_point points[PM_COURSE_MAX];
	struct pm_course course = {0};
	size_t n;

	(void)state;
	assert_int_equal(pm_course_points(&course, points), 0);
	for (size_t i = 0; i < N_OF(times); i++) {
		for (int j = 0; j < 5; j++)
			assert_true(pm_course_add(&course, times[i], UINT64_MAX));
	}
	n = pm_course_points(&course, points);
	assert_true(n > 0 && n <= PM_COURSE_MAX);
	for (size_t i = 0; i < n; i++)
		assert_true(
			points[i].mean == 18446744073709551616.0 && points[i].min == UINT64_MAX);
	pm_course_deinit(&course);
}

/* ---- moments ---- */

enum { N_ROWS = 3000, N_ORIGINS = 5 };

static const struct pm_origin origins[N_ORIGINS] = {
	{.host = "north", .boot_id = "n1"},
	{.host = "north", .boot_id = "n2"},
	{.host = "south", .boot_id = "s1"},
	{.host = "south", .boot_id = "s2"},
	{.host = "east", .boot_id = "e1"},
};
static const struct pm_key keys[] = {
	{.pool = PM_POOL_SLAB, .tag = "dentry"},
	{.pool = PM_POOL_EVENT, .tag = "mark"},
	{.pool = PM_POOL_EVENT, .tag = "gap"},
	{.pool = PM_POOL_EVENT, .tag = "start"},
	{.pool = PM_POOL_EVENT, .tag = "alias"},
};
static const char *const notes[] = {
	NULL, "text=\"a b\"", "missed=3 cause=slow", "host=north", "names=x"};

static void make_rows(struct pm_row *rows, uint64_t *seed)
{
	int64_t time_ms = 1000000;

	for (int i = 0; i < N_ROWS; i++) {
		const size_t what = next_random(seed) % 3 == 0 ? next_random(seed) % N_OF(keys) : 0;

		time_ms += (int64_t)(next_random(seed) % 1000);
		if (next_random(seed) % 200 == 0)
			time_ms -= 20000;
		rows[i] = (struct pm_row){
			.time_ms = time_ms,
			.key = &keys[what],
			.origin = i > 0 && next_random(seed) % 4 != 0
				? rows[i - 1].origin
				: &origins[next_random(seed) % N_ORIGINS],
			.note = notes[what],
			.n_note = notes[what] == NULL ? 0 : strlen(notes[what]),
		};
	}
}

static void fold(struct pm_moments *moments, const struct pm_row *rows, int from, int to)
{
	pm_moments_init(moments);
	for (int i = from; i < to; i++) {
		if (pm_moments_wants(moments, &rows[i]))
			assert_true(pm_moments_add(moments, &rows[i]));
	}
}

static void any_split_gives_the_same_moments(void **state)
{
	static struct pm_row rows[N_ROWS];
	uint64_t seed = 9;

	(void)state;
	for (int round = 0; round < 20; round++) {
		struct pm_moments whole, joined;

		make_rows(rows, &seed);
		fold(&whole, rows, 0, N_ROWS);
		pm_moments_init(&joined);
		for (int from = 0, to; from < N_ROWS; from = to) {
			struct pm_moments part;

			to = from + (int)(next_random(&seed) % (round < 10 ? 9 : 900));
			to = to < N_ROWS ? to : N_ROWS;
			fold(&part, rows, from, to);
			assert_true(pm_moments_join(&joined, &part));
			pm_moments_deinit(&part);
		}
		for (int kind = 0; kind < PM_N_MOMENTS; kind++) {
			const struct pm_moments_of_kind *a = &whole.kinds[kind];
			const struct pm_moments_of_kind *b = &joined.kinds[kind];

			assert_int_equal(a->total, b->total);
			assert_int_equal(a->n, b->n);
			for (size_t i = 0; i < a->n; i++) {
				assert_int_equal(a->at[i].time_ms, b->at[i].time_ms);
				assert_string_equal(a->at[i].text, b->at[i].text);
				assert_int_equal(a->at[i].missed, b->at[i].missed);
				assert_ptr_equal(a->at[i].origin->host, b->at[i].origin->host);
				assert_true(i == 0 || a->at[i].time_ms >= a->at[i - 1].time_ms);
			}
		}
		assert_true(whole.kinds[PM_MOMENT_BOOT].total > PM_MOMENTS_KEPT);
		assert_int_equal(whole.kinds[PM_MOMENT_BOOT].n, PM_MOMENTS_KEPT);
		pm_moments_deinit(&whole);
		pm_moments_deinit(&joined);
	}
}

static void moments_say_what_the_rows_said(void **state)
{
	const struct pm_row rows[] = {
		{.time_ms = 1, .origin = &origins[0], .key = &keys[0]},
		{.time_ms = 2,
			.origin = &origins[0],
			.key = &keys[2],
			.note = notes[2],
			.n_note = strlen(notes[2])},
		{.time_ms = 3, .origin = &origins[2], .key = &keys[0]},
		{.time_ms = 4,
			.origin = &origins[1],
			.key = &keys[1],
			.note = notes[1],
			.n_note = strlen(notes[1])},
	};
	struct pm_moments moments;

	(void)state;
	fold(&moments, rows, 0, N_OF(rows));
	assert_int_equal(moments.kinds[PM_MOMENT_GAP].at[0].missed, 3);
	assert_string_equal(moments.kinds[PM_MOMENT_GAP].at[0].text, "slow");
	assert_string_equal(moments.kinds[PM_MOMENT_MARK].at[0].text, "a b");
	assert_int_equal(moments.kinds[PM_MOMENT_BOOT].total, 1);
	assert_int_equal(moments.kinds[PM_MOMENT_BOOT].at[0].time_ms, 4);
	assert_int_equal(moments.kinds[PM_MOMENT_START].total, 0);
	pm_moments_deinit(&moments);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(any_split_gives_the_same_course),
	cmocka_unit_test(extremes_stay_finite),
	cmocka_unit_test(any_split_gives_the_same_moments),
	cmocka_unit_test(moments_say_what_the_rows_said),
};

RUN(tests)
