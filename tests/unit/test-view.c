/* SPDX-License-Identifier: MIT */
/* PoolMon's table, to the character: what a watch saw and options make of it. */
#include "unit.h"

#include <poolmon/view.h>

#define NONE UINT64_C(0xfeedfeedfeedfeed) /* a value that is not known */

struct given {
	const char *pool, *tag, *type;
	uint64_t allocs, frees, diff, bytes;
};

struct stage {
	struct pm_snapshot snapshot;
	struct pm_watch *watch;
	struct pm_view view;
	struct pm_view_options options;
	int64_t second;
};

static int set_up(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	assert_non_null(stage);
	assert_int_equal(pm_snapshot_init(&stage->snapshot, NULL), PM_OK);
	assert_int_equal(pm_watch_create(&stage->watch, NULL), PM_OK);
	stage->options.session = PM_NO_SESSIONS;
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	pm_view_deinit(&stage->view);
	pm_watch_destroy(stage->watch);
	pm_snapshot_deinit(&stage->snapshot);
	free(stage);
	return 0;
}

static void set(struct pm_row *row, enum pm_value value, uint64_t v)
{
	if (v != NONE)
		pm_row_set(row, value, v);
}

/* The watch takes these rows, five seconds after those before. */
static void take(struct stage *stage, const struct given *given, size_t n)
{
	pm_snapshot_begin(&stage->snapshot, INT64_C(1700000000000) + stage->second * 1000,
		stage->second * 1000);
	stage->second += 5;
	for (size_t i = 0; i < n; i++) {
		const struct pm_key *key = pm_snapshot_key(&stage->snapshot, given[i].pool,
			given[i].tag, strlen(given[i].tag), given[i].type);
		struct pm_row *row = pm_snapshot_add(&stage->snapshot, key);

		set(row, PM_VALUE_ALLOCS, given[i].allocs);
		set(row, PM_VALUE_FREES, given[i].frees);
		set(row, PM_VALUE_DIFF, given[i].diff);
		set(row, PM_VALUE_BYTES, given[i].bytes);
	}
	assert_int_equal(pm_watch_take(stage->watch, &stage->snapshot, NULL), PM_OK);
	/* What it took is its own. */
	pm_snapshot_begin(&stage->snapshot, 0, 0);
}
#define TAKE(stage, ...)                                                                           \
	take(stage, (const struct given[]){__VA_ARGS__},                                           \
		N_OF(((const struct given[]){__VA_ARGS__})))

static const struct pm_view *make(struct stage *stage)
{
	assert_int_equal(pm_view_make(&stage->view, stage->watch, &stage->options, NULL), PM_OK);
	return &stage->view;
}

static enum pm_status into_buf(void *context, const char *bytes, size_t n, struct pm_error *err)
{
	(void)err;
	pm_buf_add(context, bytes, n);
	return PM_OK;
}

/* PoolMon's block, which follows the line that tells its time. */
static void assert_shows(struct stage *stage, const char *wanted)
{
	static const struct pm_origin origin = {
		.host = "h", .os = "", .kernel = "", .boot_id = "b", .sources = "", .version = ""};
	struct pm_buf text = {0};
	const char *block;

	assert_int_equal(
		pm_view_print(make(stage), &origin, (struct pm_sink){into_buf, &text}, NULL),
		PM_OK);
	block = strchr(pm_buf_terminate(&text), '\n');
	assert_non_null(block);
	assert_string_equal(block + 1, wanted);
	pm_buf_deinit(&text);
}

/* The tags that are shown, in their order, a blank between. */
static void assert_tags(struct stage *stage, const char *wanted)
{
	struct pm_buf text = {0};
	const struct pm_view *view = make(stage);

	for (size_t i = 0; i < view->n_rows; i++)
		pm_buf_printf(&text, "%s%s", i > 0 ? " " : "", pm_view_tag(view->rows[i].key));
	assert_string_equal(pm_buf_terminate(&text), wanted);
	pm_buf_deinit(&text);
}

static void assert_heading(struct stage *stage, const char *wanted)
{
	char line[PM_VIEW_LINE];

	assert_string_equal(pm_view_heading(make(stage), line), wanted);
}

static void assert_row(struct stage *stage, size_t row, const char *wanted)
{
	char line[PM_VIEW_LINE];
	const struct pm_view *view = make(stage);

	assert_true(row < view->n_rows + view->n_totals);
	assert_string_equal(pm_view_line(view, &view->rows[row], line), wanted);
}

#define KIB UINT64_C(1024)
#define MEMORY(tag, kib)                                                                           \
	{                                                                                          \
		"memory", tag, "", NONE, NONE, NONE, (kib)*KIB                                     \
	}
#define FAULTS(n)                                                                                  \
	{                                                                                          \
		"memory", "PageFlts", "", n, NONE, NONE, NONE                                      \
	}
#define DOCUMENTED_MEMORY(faults)                                                                  \
	MEMORY("Total", 260620), MEMORY("Avail", 96364), MEMORY("Commit", 203500),                 \
		MEMORY("Limit", 640916), MEMORY("Peak", 260632), MEMORY("PoolN", 8332),            \
		MEMORY("PoolP", 27220), MEMORY("KrnlN", 1916), MEMORY("KrnlP", 17856),             \
		FAULTS(faults)

/* ---- as PoolMon prints it ---- */

static void the_documented_table_is_that_to_the_character(void **state)
{
	struct stage *stage = *state;

	TAKE(stage, DOCUMENTED_MEMORY(7000),
		{"system", "Io  ", "Nonp", 1021111, 1020984, 127, 91912});
	TAKE(stage, DOCUMENTED_MEMORY(7000), {"system", "SePa", "Nonp", 680348, 680321, 27, 3656},
		{"system", "Wait", "Nonp", 3971107, 3971077, 30, 8456},
		{"system", "Gxlt", "Paged", 1161638, 1161630, 8, 864},
		{"system", "ObSt", "Nonp", 2791258, 2791258, 0, 0},
		{"system", "Io  ", "Nonp", 1021112, 1020985, 127, 91912});
	stage->options.sort = PM_SORT_ALLOCS;
	assert_shows(stage,
		" Memory:  260620K Avail:   96364K  PageFlts:     0   InRam Krnl: 1916K P:17856K\n"
		" Commit: 203500K Limit: 640916K Peak: 260632K            Pool N: 8332K P:27220K\n"
		" System pool information\n"
		" Tag  Type     Allocs            Frees            Diff   Bytes       Per Alloc\n"
		"\n"
		" Wait Nonp    3971107 (   0)   3971077 (   0)       30    8456 (     0)    281\n"
		" ObSt Nonp    2791258 (   0)   2791258 (   0)        0       0 (     0)      0\n"
		" Gxlt Paged   1161638 (   0)   1161630 (   0)        8     864 (     0)    108\n"
		" Io   Nonp    1021112 (   1)   1020985 (   1)      127   91912 (     0)    723\n"
		" SePa Nonp     680348 (   0)    680321 (   0)       27    3656 (     0)    135\n"
		"\n");
}

static void a_snapshot_file_has_no_columns_of_changes(void **state)
{
	struct stage *stage = *state;

	TAKE(stage, {"system", "Wait", "Nonp", 3971107, 3971077, 30, 8456},
		{"system", "Gxlt", "Paged", 1161638, 1161630, 8, 864});
	stage->options.no_changes = true;
	assert_heading(stage, " Tag  Type     Allocs     Frees     Diff   Bytes Per Alloc");
	assert_row(stage, 0, " Gxlt Paged   1161638   1161630        8     864       108");
	assert_row(stage, 1, " Wait Nonp    3971107   3971077       30    8456       281");
}

static void the_line_above_says_which_pools(void **state)
{
	static const struct {
		int64_t session;
		const char *pool, *wanted;
	} cases[] = {
		{PM_NO_SESSIONS, "system", " System pool information"},
		{PM_ALL_SESSIONS, "system", " All sessions pool information"},
		{3, "session:3", " Session 3 pool information"},
		{PM_NO_SESSIONS, "slab", " Slab cache information"},
		{PM_NO_SESSIONS, "alloc", " Allocation site information"},
		{PM_NO_SESSIONS, "vmalloc", " Vmalloc area information"},
	};

	for (size_t i = 0; i < N_OF(cases); i++) {
		struct stage *stage = *state;

		pm_watch_reset(stage->watch);
		TAKE(stage, {cases[i].pool, "a", "", 1, 1, 0, 0});
		stage->options.session = cases[i].session;
		assert_string_equal(make(stage)->header[2], cases[i].wanted);
	}
}

/* ---- changes ---- */

static void changes_are_signed_and_run_over_at_32_bits(void **state)
{
	static const struct {
		uint64_t before, after;
		const char *wanted;
	} cases[] = {
		{10, 17, "(   7)"}, {17, 10, "(  -7)"}, {10, 10, "(   0)"}, {0, 12345, "(12345)"},
		{UINT64_C(4294967290), 4, "(  10)"},        /* ran over */
		{UINT64_C(2147483648), 0, "(2147483648)"},  /* just so */
		{UINT64_C(2147483647), 0, "(-2147483647)"}, /* began anew */
		{UINT64_C(4294967296), 0, "(-4294967296)"}, /* has more bits than that */
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < N_OF(cases); i++) {
		pm_watch_reset(stage->watch);
		TAKE(stage, {"system", "Abcd", "Nonp", cases[i].before, 0, 1, 1});
		assert_string_equal(make(stage)->rows[0].cells[3].text, "(   0)");
		assert_false(stage->view.rows[0].cells[3].changed);
		TAKE(stage, {"system", "Abcd", "Nonp", cases[i].after, 0, 1, 1});
		assert_string_equal(make(stage)->rows[0].cells[3].text, cases[i].wanted);
		assert_int_equal(
			stage->view.rows[0].cells[3].changed, cases[i].before != cases[i].after);
	}
}

static void levels_do_not_run_over(void **state)
{
	struct stage *stage = *state;

	TAKE(stage, {"system", "Abcd", "Nonp", NONE, NONE, 1, UINT64_C(4294967290)});
	TAKE(stage, {"system", "Abcd", "Nonp", NONE, NONE, 1, 4});
	assert_string_equal(make(stage)->rows[0].cells[8].text, "(-4294967286)");
}

static void a_tag_that_was_away_has_no_change(void **state)
{
	struct stage *stage = *state;

	TAKE(stage, {"system", "Abcd", "Nonp", 10, 5, 5, 50},
		{"system", "Efgh", "Nonp", 1, 1, 0, 0});
	TAKE(stage, {"system", "Efgh", "Nonp", 1, 1, 0, 0});
	assert_tags(stage, "Efgh");
	TAKE(stage, {"system", "Abcd", "Nonp", 90, 5, 85, 850},
		{"system", "Efgh", "Nonp", 1, 1, 0, 0});
	assert_row(stage, 0,
		" Abcd Nonp         90 (   0)         5 (   0)       85     850 (     0)     10");
}

static void page_faults_are_those_since_before(void **state)
{
	struct stage *stage = *state;

	TAKE(stage, FAULTS(1000));
	TAKE(stage, FAULTS(1344));
	assert_non_null(strstr(make(stage)->header[0], "PageFlts:   344 "));
	TAKE(stage, FAULTS(20)); /* another boot that nothing told */
	assert_non_null(strstr(make(stage)->header[0], "PageFlts:     0 "));
}

/* ---- what is not known, and what is wide ---- */

static void what_is_not_known_is_blank(void **state)
{
	struct stage *stage = *state;

	TAKE(stage, MEMORY("Total", 8000000), {"slab", "filp", "Unrecl", NONE, NONE, 500, 128000},
		{"slab", "lost", "", NONE, NONE, NONE, NONE});
	assert_shows(stage,
		" Memory: 8000000K Avail:           PageFlts:         InRam Krnl:       P:      \n"
		" Commit:         Limit:         Peak:                    Pool N:       P:      \n"
		" Slab cache information\n"
		" Tag  Type      Allocs            Frees            Diff   Bytes       Per Alloc\n"
		"\n"
		" filp Unrecl                                        500  128000 (     0)    256\n"
		" lost\n"
		"\n");
}

static void nothing_makes_a_table_too(void **state)
{
	struct stage *stage = *state;

	stage->options.totals = true;
	assert_int_equal(make(stage)->n_rows, 0); /* nothing was taken yet */
	take(stage, NULL, 0);
	assert_shows(stage,
		" Memory:          Avail:           PageFlts:         InRam Krnl:       P:      \n"
		" Commit:         Limit:         Peak:                    Pool N:       P:      \n"
		" System pool information\n"
		" Tag  Type     Allocs            Frees            Diff   Bytes       Per Alloc\n"
		"\n"
		"\n");
	stage->options.width = 40;
	assert_int_equal(make(stage)->n_all, 0);
}

static void columns_widen_and_nothing_is_cut_off(void **state)
{
	struct stage *stage = *state;
	static const char tag[] = "a_cache_with_a_name_of_exactly_sixty_characters_in_all_12345";

	assert_int_equal(strlen(tag), 60);
	TAKE(stage, {"slab", tag, "Recl", UINT64_MAX, UINT64_MAX, 1, UINT64_MAX});
	assert_row(stage, 0,
		" a_cache_with_a_name_of_exactly_sixty_characters_in_all_12345 Recl  "
		"18446744073709551615 (   0) 18446744073709551615 (   0)        1 "
		"18446744073709551615 (     0) 18446744073709551615");
	assert_heading(stage,
		" Tag                                                          Type  "
		"              Allocs                       Frees            Diff "
		"               Bytes                     Per Alloc");
}

static void tags_are_shown_as_bytes_where_that_can_be_read(void **state)
{
	static const struct {
		const char *pool, *tag, *wanted;
	} cases[] = {
		{"system", "Io  ", "Io  "},
		{"session:1", "Dh 1", "Dh 1"},
		{"system", "=1,\"", "=1,\""},
		{"system", " Io ", "\\x20Io\\x20"},
		{"system", "a\\x2", "a\\x5Cx2"},
		{"system", "\x01\xff..", "\\x01\\xFF.."},
		{"slab", "Io  ", "Io\\x20\\x20"},
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < N_OF(cases); i++)
		assert_string_equal(pm_view_tag(pm_snapshot_key(&stage->snapshot, cases[i].pool,
					    cases[i].tag, strlen(cases[i].tag), "")),
			cases[i].wanted);
}

/* ---- which rows, in which order ---- */

#define SOME                                                                                       \
	{"system", "Aaaa", "Nonp", 10, 1, 9, 90}, {"system", "Bbbb", "Paged", 30, 22, 8, 800},     \
		{"system", "Cccc", "Nonp", 20, 13, 7, 7},                                          \
	{                                                                                          \
		"system", "aaaa", "Nonp", 20, 13, 7, 7                                             \
	}
#define LATER                                                                                      \
	{"system", "Aaaa", "Nonp", 11, 2, 9, 90}, {"system", "Bbbb", "Paged", 30, 23, 7, 700},     \
		{"system", "Cccc", "Nonp", 25, 13, 12, 12},                                        \
	{                                                                                          \
		"system", "aaaa", "Nonp", 25, 13, 12, 12                                           \
	}

static void every_key_sorts_with_the_largest_first(void **state)
{
	static const struct {
		enum pm_view_sort sort;
		bool by_change;
		const char *wanted;
	} cases[] = {
		{PM_SORT_TAG, false, "Aaaa Bbbb Cccc aaaa"},
		{PM_SORT_ALLOCS, false, "Bbbb Cccc aaaa Aaaa"},
		{PM_SORT_FREES, false, "Bbbb Cccc aaaa Aaaa"},
		{PM_SORT_DIFF, false, "Cccc aaaa Aaaa Bbbb"},
		{PM_SORT_BYTES, false, "Bbbb Aaaa Cccc aaaa"},
		{PM_SORT_PER_ALLOC, false, "Bbbb Aaaa Cccc aaaa"},
		{PM_SORT_TREND, false, "Cccc aaaa Aaaa Bbbb"},
		{PM_SORT_TAG, true, "Aaaa Bbbb Cccc aaaa"},
		{PM_SORT_ALLOCS, true, "Cccc aaaa Aaaa Bbbb"},
		{PM_SORT_FREES, true, "Aaaa Bbbb Cccc aaaa"},
		{PM_SORT_DIFF, true, "Cccc aaaa Aaaa Bbbb"},
		{PM_SORT_BYTES, true, "Cccc aaaa Aaaa Bbbb"},
		{PM_SORT_PER_ALLOC, true, "Bbbb Aaaa Cccc aaaa"},
	};
	struct stage *stage = *state;

	TAKE(stage, SOME);
	TAKE(stage, LATER);
	for (size_t i = 0; i < N_OF(cases); i++) {
		stage->options.sort = cases[i].sort;
		stage->options.by_change = cases[i].by_change;
		assert_tags(stage, cases[i].wanted);
	}
}

static void ties_go_by_tag_then_type_then_pool(void **state)
{
	struct stage *stage = *state;
	const struct pm_view *view;

	TAKE(stage, {"session:2", "Same", "Paged", 5, 5, 0, 0},
		{"session:1", "Same", "Paged", 5, 5, 0, 0},
		{"session:2", "Same", "Nonp", 5, 5, 0, 0},
		{"session:1", "Sam", "Paged", 5, 5, 0, 0});
	stage->options.session = PM_ALL_SESSIONS;
	stage->options.sort = PM_SORT_ALLOCS;
	view = make(stage);
	assert_int_equal(view->n_rows, 4);
	assert_string_equal(view->rows[0].key->raw_tag, "Sam");
	assert_string_equal(view->rows[1].key->type, "Nonp");
	assert_string_equal(view->rows[2].key->pool_name, "session:1");
	assert_string_equal(view->rows[3].key->pool_name, "session:2");
}

static void types_have_the_names_of_both_systems(void **state)
{
	struct stage *stage = *state;

	TAKE(stage, {"system", "a", "Nonp", 1, 1, 0, 0}, {"system", "b", "Paged", 1, 1, 0, 0},
		{"slab", "c", "Unrecl", 1, 1, 0, 0}, {"slab", "d", "Recl", 1, 1, 0, 0},
		{"slab", "e", "", 1, 1, 0, 0});
	assert_tags(stage, "a b c d e");
	stage->options.types = PM_TYPES_NONPAGED;
	assert_tags(stage, "a c e");
	stage->options.types = PM_TYPES_PAGED;
	assert_tags(stage, "b d e");
}

static void sessions_are_apart_from_other_pools(void **state)
{
	struct stage *stage = *state;

	TAKE(stage, {"system", "a", "Nonp", 1, 1, 0, 0}, {"session:3", "b", "Paged", 1, 1, 0, 0},
		{"session:33", "c", "Paged", 1, 1, 0, 0});
	assert_tags(stage, "a");
	stage->options.session = PM_ALL_SESSIONS;
	assert_tags(stage, "b c");
	stage->options.session = 3;
	assert_tags(stage, "b");
	stage->options.session = 4;
	assert_tags(stage, "");
	assert_int_equal(stage->view.n_all, 3);
}

static void filter_and_search_see_what_is_shown(void **state)
{
	static const char *const include[] = {"Io ?", "Af*"}, *const exclude[] = {"AfdB"};
	static const struct pm_filter filter = {include, N_OF(include), exclude, N_OF(exclude)};
	struct stage *stage = *state;

	TAKE(stage, {"system", "Io  ", "Nonp", 1, 1, 0, 0}, {"system", "AfdA", "Nonp", 1, 1, 0, 0},
		{"system", "AfdB", "Nonp", 1, 1, 0, 0}, {"system", "afdC", "Nonp", 1, 1, 0, 0});
	stage->options.filter = &filter;
	assert_tags(stage, "AfdA Io  ");
	stage->options.filter = NULL;
	stage->options.search = "FD";
	assert_tags(stage, "AfdA AfdB afdC");
	stage->options.search = "o ";
	assert_tags(stage, "Io  ");
	stage->options.search = "";
	assert_int_equal(make(stage)->n_rows, 4);
	stage->options.search = "nowhere";
	assert_int_equal(make(stage)->n_rows, 0);
	assert_int_equal(stage->view.n_all, 4);
}

/* ---- totals and trend ---- */

static void totals_have_a_line_for_each_type(void **state)
{
	struct stage *stage = *state;

	TAKE(stage, SOME, {"slab", "dentry", "Recl", NONE, NONE, 10, 1920},
		{"alloc", "a.c:1", "", NONE, NONE, 2, 20});
	TAKE(stage, LATER, {"slab", "dentry", "Recl", NONE, NONE, 11, 2112},
		{"alloc", "a.c:1", "", NONE, NONE, 2, 20});
	stage->options.totals = true;
	assert_int_equal(make(stage)->n_rows, 6);
	assert_int_equal(stage->view.n_totals, 4);
	assert_null(stage->view.rows[6].key);
	assert_row(stage, 6,
		" Total  Nonp         61 (  11)        28 (   1)       33     114 (    10)");
	assert_row(stage, 7,
		" Total  Paged        30 (   0)        23 (   1)        7     700 (  -100)");
	assert_row(stage, 8,
		" Total  Recl                                          11    2112 (   192)");
	assert_row(stage, 9,
		" Total                                                 2      20 (     0)");
	stage->options.types = PM_TYPES_PAGED;
	stage->options.search = "Bbbb";
	assert_int_equal(make(stage)->n_totals, 1); /* of what is shown */
}

static void a_trend_is_bytes_per_hour_since_the_first_look(void **state)
{
	struct stage *stage = *state;

	stage->options.trend = true;
	TAKE(stage, {"slab", "up", "Recl", NONE, NONE, 1, 1000000},
		{"slab", "down", "Recl", NONE, NONE, 1, 1000000},
		{"slab", "flat", "Recl", NONE, NONE, 1, 1000000});
	assert_string_equal(make(stage)->rows[0].cells[10].text, "0"); /* no time has passed */
	TAKE(stage, {"slab", "up", "Recl", NONE, NONE, 1, 1001024},
		{"slab", "down", "Recl", NONE, NONE, 1, 999999},
		{"slab", "flat", "Recl", NONE, NONE, 1, 1000000},
		{"slab", "new", "Recl", NONE, NONE, 1, 1000000});
	stage->options.sort = PM_SORT_TREND;
	assert_tags(stage, "up flat new down");
	assert_string_equal(make(stage)->rows[0].cells[10].text, "+720.0K"); /* 1 KiB in 5 s */
	assert_string_equal(stage->view.rows[2].cells[10].text, "0");
	assert_string_equal(stage->view.rows[3].cells[10].text, "-720B");
}

/* ---- narrow screens ---- */

static void blank_columns_go_where_the_table_is_too_wide(void **state)
{
	struct stage *stage = *state;

	TAKE(stage, {"slab", "a_cache_of_some_length", "Unrecl", NONE, NONE, 5, 500});
	stage->options.width = 200;
	assert_int_equal(make(stage)->n_columns, 10);
	stage->options.width = 80;
	assert_heading(stage, " Tag                    Type       Diff   Bytes       Per Alloc");
	assert_row(stage, 0, " a_cache_of_some_length Unrecl        5     500 (     0)    100");
}

static void a_full_table_keeps_all_columns_on_80(void **state)
{
	struct stage *stage = *state;
	char line[PM_VIEW_LINE];

	TAKE(stage, SOME);
	stage->options.width = 80;
	assert_int_equal(make(stage)->n_columns, 10);
	assert_true(strlen(pm_view_heading(&stage->view, line)) < 80);
}

static void lines_above_move_closer_and_keep_numbers_whole(void **state)
{
	struct stage *stage = *state;

	TAKE(stage, MEMORY("Total", 24682416), MEMORY("Avail", 24087408), MEMORY("Commit", 193956),
		MEMORY("Limit", 12341208), MEMORY("Peak", 193956), MEMORY("PoolN", 46160),
		MEMORY("PoolP", 498440), MEMORY("KrnlN", 20100), FAULTS(5));
	stage->options.width = 80;
	assert_string_equal(make(stage)->header[0],
		" Memory: 24682416K Avail: 24087408K PageFlts: 0 InRam Krnl: 20100K");
	assert_string_equal(stage->view.header[1],
		" Commit: 193956K Limit: 12341208K Peak: 193956K Pool N: 46160K P: 498440K");
	stage->options.width = 40;
	assert_string_equal(make(stage)->header[0], " Memory: 24682416K Avail: 24087408K");
	stage->options.width = 10;
	assert_string_equal(make(stage)->header[0], "");
}

/* ---- history ---- */

static const struct pm_key *key_of(struct stage *stage, const char *tag)
{
	return pm_snapshot_key(&stage->snapshot, "slab", tag, strlen(tag), "Recl");
}

static void history_is_thinned_out_evenly(void **state)
{
	enum { MOMENTS = 1000, BORN = 300 };
	struct stage *stage = *state;
	struct pm_watched watched;
	int64_t step;

	for (uint64_t i = 0; i < MOMENTS; i++) {
		const struct given rows[] = {{"slab", "old", "Recl", NONE, NONE, 1, 1000 + i},
			{"slab", "young", "Recl", NONE, NONE, 1, 5000 + i}};

		take(stage, rows, i < BORN ? 1 : 2);
		pm_watch_look(stage->watch, key_of(stage, "old"), &watched);
		assert_true(watched.n >= 1 && watched.n <= PM_HISTORY_MAX);
		assert_true(
			i < PM_HISTORY_MAX ? watched.n == i + 1 : watched.n >= PM_HISTORY_MAX / 2);
	}
	assert_int_equal(watched.times_ms[0], 0);
	step = watched.times_ms[1];
	assert_int_equal(step, 8 * 5000);
	for (size_t i = 0; i < watched.n; i++) {
		assert_int_equal(watched.times_ms[i], (int64_t)i * step);
		assert_int_equal(watched.levels[i], 1000 + (uint64_t)watched.times_ms[i] / 5000);
	}
	pm_watch_look(stage->watch, key_of(stage, "young"), &watched);
	for (size_t i = 0; i < watched.n; i++) {
		const uint64_t moment = (uint64_t)watched.times_ms[i] / 5000;

		assert_true(watched.levels[i] == (moment < BORN ? UINT64_MAX : 5000 + moment));
	}
}

static void a_watch_knows_first_and_last_changes(void **state)
{
	static const uint64_t levels[] = {100, 100, 150, 150, 90, 90};
	struct stage *stage = *state;
	struct pm_watched watched;

	for (size_t i = 0; i < N_OF(levels); i++)
		TAKE(stage, {"slab", "a", "Recl", NONE, NONE, 1, levels[i]});
	pm_watch_look(stage->watch, key_of(stage, "a"), &watched);
	assert_int_equal(watched.first_ms, INT64_C(1700000000000));
	assert_int_equal(watched.first_bytes, 100);
	assert_int_equal(watched.first_change_ms - watched.first_ms, 10000);
	assert_int_equal(watched.last_change_ms - watched.first_ms, 20000);
	assert_true(watched.per_hour == -10 * 3600.0 / 25);
	assert_int_equal(watched.now->value[PM_VALUE_BYTES], 90);
	take(stage, NULL, 0);
	pm_watch_look(stage->watch, key_of(stage, "a"), &watched);
	assert_null(watched.now);
	pm_watch_look(stage->watch, key_of(stage, "never"), &watched);
	assert_true(watched.now == NULL && watched.n == 0);
	pm_watch_reset(stage->watch);
	pm_watch_look(stage->watch, key_of(stage, "a"), &watched);
	assert_int_equal(watched.n, 0);
}

/* ---- rows that are made later ---- */

static void assert_same_lines(const struct pm_view *view, const struct pm_view *wanted)
{
	char line[PM_VIEW_LINE], wanted_line[PM_VIEW_LINE];

	assert_int_equal(view->n_columns, wanted->n_columns);
	assert_int_equal(view->n_rows + view->n_totals, wanted->n_rows + wanted->n_totals);
	assert_string_equal(pm_view_heading(view, line), pm_view_heading(wanted, wanted_line));
	for (size_t i = 0; i < view->n_rows + view->n_totals; i++) {
		assert_string_equal(pm_view_line(view, &view->rows[i], line),
			pm_view_line(wanted, &wanted->rows[i], wanted_line));
		for (size_t c = 0; c < view->n_columns; c++)
			assert_int_equal(
				view->rows[i].cells[c].changed, wanted->rows[i].cells[c].changed);
	}
}

/* A number of any length, or none. */
static uint64_t some_number(uint64_t *random)
{
	const uint64_t n = next_random(random);

	return n % 8 == 0 ? NONE : n >> (n >> 8) % 64;
}

static void take_some(struct stage *stage, uint64_t *random, size_t n)
{
	struct given given[8] = {{0}};
	static const char *const tags[] = {"a", "b", "cc", "longer tag", "e", "f", "g", "h"};
	static const char *const types[] = {"Nonp", "Paged", "Unrecl", ""};

	for (size_t i = 0; i < n; i++) {
		const bool blank = next_random(random) % 4 == 0;

		given[i] = (struct given){"system", tags[i], types[next_random(random) % 4], NONE,
			NONE, some_number(random), some_number(random)};
		if (!blank)
			given[i].allocs = some_number(random);
		if (!blank)
			given[i].frees = some_number(random);
	}
	take(stage, given, n);
}

static void rows_made_later_are_the_same(void **state)
{
	struct stage *stage = *state;
	struct pm_view later = {0};
	uint64_t random = 3;

	assert_int_equal(
		pm_drivers_create((struct pm_drivers **)&stage->options.drivers, NULL), PM_OK);
	for (int round = 0; round < 2000; round++) {
		struct pm_view_options *options = &stage->options;
		const size_t n = next_random(&random) % 9;

		if (round % 10 == 0)
			pm_watch_reset(stage->watch);
		take_some(stage, &random, n);
		options->totals = round % 2 == 0;
		options->trend = round % 3 == 0;
		options->no_changes = round % 7 == 0;
		options->sort = (enum pm_view_sort)(round % PM_N_SORTS);
		options->width = round % 5 == 0 ? 60 : 0;
		options->later = true;
		assert_int_equal(pm_view_make(&later, stage->watch, options, NULL), PM_OK);
		for (size_t i = 0; i < later.n_rows; i++)
			assert_null(later.rows[i].cells);
		assert_int_equal(pm_view_fill(&later, 1, 2, NULL), PM_OK);
		for (size_t i = 0; i < later.n_rows; i++)
			assert_int_equal(later.rows[i].cells != NULL, i == 1 || i == 2);
		assert_int_equal(pm_view_fill(&later, 0, SIZE_MAX, NULL), PM_OK);
		options->later = false;
		assert_same_lines(&later, make(stage));
	}
	pm_drivers_destroy((struct pm_drivers *)stage->options.drivers);
	pm_view_deinit(&later);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(the_documented_table_is_that_to_the_character),
	TEST(a_snapshot_file_has_no_columns_of_changes),
	TEST(the_line_above_says_which_pools),
	TEST(changes_are_signed_and_run_over_at_32_bits),
	TEST(levels_do_not_run_over),
	TEST(a_tag_that_was_away_has_no_change),
	TEST(page_faults_are_those_since_before),
	TEST(what_is_not_known_is_blank),
	TEST(nothing_makes_a_table_too),
	TEST(columns_widen_and_nothing_is_cut_off),
	TEST(tags_are_shown_as_bytes_where_that_can_be_read),
	TEST(every_key_sorts_with_the_largest_first),
	TEST(ties_go_by_tag_then_type_then_pool),
	TEST(types_have_the_names_of_both_systems),
	TEST(sessions_are_apart_from_other_pools),
	TEST(filter_and_search_see_what_is_shown),
	TEST(totals_have_a_line_for_each_type),
	TEST(a_trend_is_bytes_per_hour_since_the_first_look),
	TEST(blank_columns_go_where_the_table_is_too_wide),
	TEST(a_full_table_keeps_all_columns_on_80),
	TEST(lines_above_move_closer_and_keep_numbers_whole),
	TEST(history_is_thinned_out_evenly),
	TEST(a_watch_knows_first_and_last_changes),
	TEST(rows_made_later_are_the_same),
};

RUN(tests)
