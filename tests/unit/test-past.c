/* SPDX-License-Identifier: MIT */
/* What is remembered of a recorded log: a step back shows what was shown then, to the character. */
#include "unit.h"

#include <poolmon/view.h>

enum { N = 300, TAGS = 12 };

struct stage {
	struct pm_snapshot snapshot;
	struct pm_watch *watch, *other;
	struct pm_past *past;
	struct pm_view view;
	char *shown[N + 1]; /* by number of the snapshot; [0] is not used */
	uint64_t random;
};

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	assert_non_null(stage);
	assert_int_equal(pm_snapshot_init(&stage->snapshot, NULL), PM_OK);
	assert_int_equal(pm_watch_create(&stage->watch, NULL), PM_OK);
	assert_int_equal(pm_watch_create(&stage->other, NULL), PM_OK);
	assert_int_equal(pm_past_create(&stage->past, NULL), PM_OK);
	stage->random = 7;
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	for (int i = 0; i <= N; i++)
		free(stage->shown[i]);
	pm_view_deinit(&stage->view);
	pm_past_destroy(stage->past);
	pm_watch_destroy(stage->watch);
	pm_watch_destroy(stage->other);
	pm_snapshot_deinit(&stage->snapshot);
	free(stage);
	return 0;
}

/* Tags come and go; some keep what they had. n_rows: that there are besides. */
static void fill(struct stage *stage, uint64_t n, size_t n_rows)
{
	pm_snapshot_begin(&stage->snapshot, 1000000 + (int64_t)n * 5000, (int64_t)n * 5000);
	for (size_t i = 0; i < TAGS + n_rows; i++) {
		char tag[16];
		const struct pm_key *key;
		struct pm_row *row;

		if (i < TAGS && next_random(&stage->random) % 4 == 0)
			continue;
		snprintf(tag, sizeof(tag), "tag%zu", i);
		key = pm_snapshot_key(&stage->snapshot, "slab", tag, strlen(tag), "Recl");
		row = pm_snapshot_add(&stage->snapshot, key);
		assert_non_null(row);
		pm_row_set(row, PM_VALUE_ALLOCS, n * i);
		pm_row_set(row, PM_VALUE_BYTES, i % 3 == 0 ? i : next_random(&stage->random) >> 40);
	}
}

static enum pm_status into_buf(void *context, const char *bytes, size_t n, struct pm_error *err)
{
	(void)err;
	pm_buf_add(context, bytes, n);
	return PM_OK;
}

/* The table, and what is known of the course of each tag; the caller's. */
static char *text_of(struct stage *stage, const struct pm_watch *watch)
{
	static const struct pm_origin origin = {
		.host = "h", .os = "", .kernel = "", .boot_id = "b", .sources = "", .version = ""};
	const struct pm_view_options options = {
		.session = PM_NO_SESSIONS, .trend = true, .totals = true};
	struct pm_buf text = {0};

	assert_int_equal(pm_view_make(&stage->view, watch, &options, NULL), PM_OK);
	assert_int_equal(
		pm_view_print(&stage->view, &origin, (struct pm_sink){into_buf, &text}, NULL),
		PM_OK);
	for (size_t i = 0; i < stage->view.n_rows; i++) {
		struct pm_watched watched;

		pm_watch_look(watch, stage->view.rows[i].key, &watched);
		pm_buf_printf(&text, "%lld %lld %lld %zu:", (long long)watched.first_ms,
			(long long)watched.first_change_ms, (long long)watched.last_change_ms,
			watched.n);
		for (size_t m = 0; m < watched.n; m++)
			pm_buf_printf(&text, " %lld %llu", (long long)watched.times_ms[m],
				(unsigned long long)watched.levels[m]);
		pm_buf_add_char(&text, '\n');
	}
	(void)pm_buf_terminate(&text);
	assert_false(text.failed);
	return text.at;
}

static void keep(struct stage *stage, uint64_t n, size_t n_rows)
{
	fill(stage, n, n_rows);
	assert_int_equal(pm_past_keep(stage->past, n, &stage->snapshot, stage->watch, NULL), PM_OK);
	assert_int_equal(pm_watch_take(stage->watch, &stage->snapshot, NULL), PM_OK);
}

static void take(struct stage *stage, uint64_t n)
{
	keep(stage, n, 0);
	stage->shown[n] = text_of(stage, stage->watch);
}

/* How many are remembered before the n-th; each of them is what it was. */
static uint64_t assert_remembered(struct stage *stage, uint64_t n)
{
	struct pm_snapshot kept;
	uint64_t oldest = n, count;

	while (pm_past_get(stage->past, oldest, &kept)) {
		char *text;

		assert_int_equal(kept.uptime_ms, (int64_t)oldest * 5000);
		assert_int_equal(pm_past_restore(stage->past, oldest, stage->other, NULL), PM_OK);
		text = text_of(stage, stage->other);
		assert_string_equal(text, stage->shown[oldest]);
		free(text);
		oldest--;
	}
	count = n - oldest;
	for (; oldest > 0; oldest--)
		assert_false(pm_past_get(stage->past, oldest, &kept));
	assert_false(pm_past_get(stage->past, n + 1, &kept));
	return count;
}

static void each_step_back_shows_what_was_shown(void **state)
{
	struct stage *stage = *state;

	for (uint64_t n = 1; n <= N; n++) {
		struct pm_snapshot kept;

		take(stage, n);
		for (uint64_t back = 0; back < 64 && back < n; back++)
			assert_true(pm_past_get(stage->past, n - back, &kept));
	}
	(void)assert_remembered(stage, N);
}

static void it_goes_on_from_where_it_went_back_to(void **state)
{
	struct stage *stage = *state;
	struct pm_snapshot kept;

	for (uint64_t n = 1; n <= N; n++)
		take(stage, n);
	assert_int_equal(pm_past_restore(stage->past, N - 50, stage->other, NULL), PM_OK);
	for (uint64_t n = N - 49; n <= N; n++) {
		char *text;

		assert_true(pm_past_get(stage->past, n, &kept));
		assert_int_equal(pm_watch_take(stage->other, &kept, NULL), PM_OK);
		text = text_of(stage, stage->other);
		assert_string_equal(text, stage->shown[n]);
		free(text);
	}
}

static void of_large_snapshots_fewer_are_kept(void **state)
{
	struct stage *stage = *state;

	for (uint64_t n = 1; n <= 20; n++)
		keep(stage, n, 30000);
	assert_true(pm_past_get(stage->past, 19, &(struct pm_snapshot){0}));
	assert_false(pm_past_get(stage->past, 10, &(struct pm_snapshot){0}));
}

static void what_is_forgotten_is_gone_and_numbers_begin_anew(void **state)
{
	struct stage *stage = *state;

	assert_false(pm_past_get(stage->past, 0, &(struct pm_snapshot){0}));
	assert_false(pm_past_get(stage->past, 1, &(struct pm_snapshot){0}));
	for (uint64_t n = 1; n <= 100; n++)
		take(stage, n);
	pm_past_clear(stage->past);
	for (uint64_t n = 0; n <= 101; n++)
		assert_false(pm_past_get(stage->past, n, &(struct pm_snapshot){0}));
	pm_watch_reset(stage->watch); /* another boot */
	for (uint64_t n = 150; n <= 160; n++)
		take(stage, n);
	assert_int_equal(assert_remembered(stage, 160), 11);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(each_step_back_shows_what_was_shown),
	TEST(it_goes_on_from_where_it_went_back_to),
	TEST(of_large_snapshots_fewer_are_kept),
	TEST(what_is_forgotten_is_gone_and_numbers_begin_anew),
};

RUN(tests)
