/* SPDX-License-Identifier: MIT */
/* Cycles and quiet phases: what they are, and that parts can be joined anywhere. */
#include "unit.h"

#include <poolmon/trends.h>

enum { N_ROWS = 400 };

static const struct pm_origin boots[2][2] = {
	{{.host = "h", .boot_id = "a"}, {.host = "h", .boot_id = "b"}},
	{{.host = "g", .boot_id = "a"}, {.host = "g", .boot_id = "b"}},
};
static const struct pm_key keys[] = {
	{.id = 0,
		.pool = PM_POOL_SYSTEM,
		.pool_name = "system",
		.type = "Nonp",
		.tag = "A",
		.n_tag = 1,
		.raw_tag = "A",
		.n_raw_tag = 1},
	{.id = 1,
		.pool = PM_POOL_SYSTEM,
		.pool_name = "system",
		.type = "Nonp",
		.tag = "B",
		.n_tag = 1,
		.raw_tag = "B",
		.n_raw_tag = 1},
	{.id = 2,
		.pool = PM_POOL_EVENT,
		.pool_name = "event",
		.type = "",
		.tag = "mark",
		.n_tag = 4,
		.raw_tag = "mark",
		.n_raw_tag = 4},
};
static const char *const marks[] = {
	"text=cycle", "text=quiet", "text=other", "text=\"quiet now\"", "text=\"cycle 7\""};

static struct pm_row sample(const struct pm_origin *origin, int key, int64_t second, uint64_t level)
{
	struct pm_row row = {
		.time_ms = INT64_C(1700000000000) + second * 1000,
		.uptime_ms = second * 1000,
		.key = &keys[key],
		.origin = origin,
	};

	pm_row_set(&row, PM_VALUE_DIFF, level);
	pm_row_set(&row, PM_VALUE_BYTES, level * 64);
	return row;
}

static struct pm_row mark(const struct pm_origin *origin, int64_t second, const char *note)
{
	struct pm_row row = sample(origin, 2, second, 0);

	row.has = 0;
	row.note = note;
	row.n_note = strlen(note);
	return row;
}

static struct pm_trends *fold(const struct pm_row *rows, int n)
{
	const struct pm_trends_config config = {.unit_mark = "o"};
	struct pm_trends *trends = calloc(1, pm_trends_fold.state_size);

	assert_non_null(trends);
	assert_int_equal(pm_trends_fold.init(trends, &config, NULL), PM_OK);
	for (int i = 0; i < n; i++)
		assert_int_equal(pm_trends_fold.step(trends, &rows[i], NULL), PM_OK);
	return trends;
}

static void drop(struct pm_trends *trends)
{
	pm_trends_fold.deinit(trends);
	free(trends);
}

static struct pm_trend trend_and_drop(struct pm_trends *trends)
{
	struct pm_trend trend;

	pm_trends_at(trends, 0, &trend);
	drop(trends);
	return trend;
}

static void floors_of_whole_cycles_are_compared(void **state)
{
	struct pm_row rows[200];
	struct pm_trend trend;
	int n = 0;

	(void)state;
	for (int i = 0; i < 100; i++) { /* a mark every ten samples; 5 more objects after each */
		if (i % 10 == 5)
			rows[n++] = mark(&boots[0][0], i, "text=cycle");
		rows[n++] = sample(&boots[0][0], 0, i,
			1000u + 5u * (unsigned)((i + 5) / 10) + i * 7 % 10 * 40u);
	}
	trend = trend_and_drop(fold(rows, n));
	assert_int_equal(trend.cycles.n, 9); /* of 10 marks */
	assert_int_equal(trend.cycles.rose, 8);
	assert_int_equal(trend.cycles.fell, 0);
	assert_true(trend.cycles.has_diff && trend.cycles.diff == 5);
	assert_true(trend.cycles.has_bytes && trend.cycles.bytes == 320);
	assert_true(!trend.quiet.has_bytes && !trend.quiet.grew);
}

static void a_quiet_phase_tells_what_stayed(void **state)
{
	static const char *const begin[] = {"text=quiet", "text=\"quiet please\""};
	struct pm_row rows[40];

	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		struct pm_trend trend;
		int n = 0;

		for (unsigned i = 0; i < 11; i++)
			rows[n++] = sample(&boots[0][0], 0, i, 100 + 10 * i);
		rows[n++] = mark(&boots[0][0], 11, begin[kind]);
		for (unsigned i = 11; i < 16; i++)
			rows[n++] = sample(&boots[0][0], 0, i, 215 - 5 * (i - 8));
		rows[n++] = mark(&boots[0][0], 16, begin[kind]); /* goes on */
		for (unsigned i = 16; i < 20; i++)
			rows[n++] = sample(&boots[0][0], 0, i, 215 - 5 * (i - 8));
		if (kind == 1) { /* over: what comes then does not count */
			rows[n++] = mark(&boots[0][0], 20, "text=load");
			rows[n++] = sample(&boots[0][0], 0, 20, 5000);
		}
		trend = trend_and_drop(fold(rows, n));
		assert_true(trend.quiet.grew && trend.quiet.has_bytes);
		assert_true(trend.quiet.kept_share == 0.6); /* from 100 to 200, then to 160 */
		assert_int_equal(trend.quiet.freed_bytes, 40 * 64);
	}
}

static void what_may_lack_is_no_figure(void **state)
{
	const struct pm_row before = sample(&boots[0][0], 0, 1, 10);
	const struct pm_row quiet = mark(&boots[0][0], 2, "text=quiet");
	const struct pm_row cycle = mark(&boots[0][0], 2, "text=cycle");
	const struct pm_row foreign = mark(&boots[1][0], 2, "text=quiet");
	const struct pm_row after = sample(&boots[0][0], 0, 3, 30);
	const struct pm_row rebooted = sample(&boots[0][1], 0, 3, 30);
	const struct pm_row cases[][4] = {{before, quiet}, {quiet, after}, {before, foreign, after},
		{before, quiet, rebooted}, {before, cycle, after, cycle},
		{cycle, cycle, cycle, after}, {before, cycle, rebooted, after}};
	static const int n_rows[] = {2, 2, 3, 3, 4, 4, 4};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct pm_trend trend = trend_and_drop(fold(cases[i], n_rows[i]));

		assert_true(!trend.quiet.grew && !trend.quiet.has_bytes);
		assert_int_equal(trend.cycles.n, i == 4);
		assert_true(trend.cycles.diff == 0 && trend.cycles.bytes == 0);
	}
}

static int make_rows(struct pm_row *rows, uint64_t *seed)
{
	const unsigned rare = 2 + (unsigned)(next_random(seed) % 30);
	const unsigned reboots = 20 + (unsigned)(next_random(seed) % 200);
	int boot[2] = {0, 0};

	for (int i = 0; i < N_ROWS; i++) {
		const int host = (int)(next_random(seed) % 2);
		const uint64_t level =
			next_random(seed) % 64 == 0 ? next_random(seed) : next_random(seed) % 100;

		boot[host] ^= next_random(seed) % reboots == 0;
		if (next_random(seed) % rare == 0)
			rows[i] = mark(&boots[host][boot[host]], i,
				marks[next_random(seed) % N_OF(marks)]);
		else
			rows[i] = sample(
				&boots[host][boot[host]], (int)(next_random(seed) % 2), i, level);
		if (next_random(seed) % 8 == 0)
			rows[i].has &= (uint32_t)next_random(seed);
	}
	return N_ROWS;
}

static void assert_same(const struct pm_trends *a, const struct pm_trends *b, uint64_t met[2])
{
	assert_int_equal(pm_trends_count(a), pm_trends_count(b));
	for (size_t i = 0; i < pm_trends_count(a); i++) {
		struct pm_trend x, y;

		pm_trends_at(a, i, &x);
		pm_trends_at(b, i, &y);
		assert_string_equal(x.key->tag, y.key->tag);
		assert_int_equal(x.cycles.n, y.cycles.n);
		assert_int_equal(x.cycles.rose, y.cycles.rose);
		assert_int_equal(x.cycles.fell, y.cycles.fell);
		assert_int_equal(x.cycles.has_diff, y.cycles.has_diff);
		assert_int_equal(x.cycles.has_bytes, y.cycles.has_bytes);
		assert_true(x.cycles.diff == y.cycles.diff && x.cycles.bytes == y.cycles.bytes);
		assert_int_equal(x.quiet.has_bytes, y.quiet.has_bytes);
		assert_int_equal(x.quiet.grew, y.quiet.grew);
		assert_int_equal(x.quiet.freed_bytes, y.quiet.freed_bytes);
		assert_true(x.quiet.kept_share == y.quiet.kept_share);
		assert_int_equal(pm_trends_unit_marks(a, x.origin->host),
			pm_trends_unit_marks(b, y.origin->host));
		met[0] += x.cycles.n > 1;
		met[1] += x.quiet.grew;
	}
}

static void joining_parts_gives_the_same(void **state)
{
	static struct pm_row rows[N_ROWS];
	uint64_t seed = 7, met[2] = {0, 0};

	(void)state;
	for (int round = 0; round < 1500; round++) {
		const int n = make_rows(rows, &seed), most = round % 3 == 0 ? 4 : 150;
		struct pm_trends *all = fold(rows, n), *joined = fold(rows, 0);

		for (int from = 0; from < n;) {
			int size = (int)(next_random(&seed) % (unsigned)most);
			struct pm_trends *part;

			size = size < n - from ? size : n - from;
			part = fold(rows + from, size);
			assert_int_equal(pm_trends_fold.merge(joined, part, NULL), PM_OK);
			drop(part);
			from += size;
		}
		assert_same(all, joined, met);
		drop(all);
		drop(joined);
	}
	assert_true(met[0] > 500 && met[1] > 200);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(floors_of_whole_cycles_are_compared),
	cmocka_unit_test(a_quiet_phase_tells_what_stayed),
	cmocka_unit_test(what_may_lack_is_no_figure),
	cmocka_unit_test(joining_parts_gives_the_same),
};

RUN(tests)
