/* SPDX-License-Identifier: MIT */
/* Text that PoolMon printed, of any version and in any state, to rows. */
#include "unit.h"

#include "log/decoder.h"
#include "model/text.h"

#include <poolmon/view.h>

struct reading {
	struct pm_keys *keys;
	struct pm_rejects rejects;
	struct pm_decoder decoder;
};

static void open_reading(struct reading *reading)
{
	*reading = (struct reading){.keys = pm_keys_create()};
	pm_decoder_init(&reading->decoder, &pm_codec_poolmon, reading->keys, &reading->rejects, 0);
	reading->decoder.textlog.clock =
		(struct pm_text_clock){.first_ms = 1000000, .interval_ms = 5000};
}

static void close_reading(struct reading *reading)
{
	pm_decoder_deinit(&reading->decoder);
	pm_keys_destroy(reading->keys);
}

/* "1000.000 system/Wait/Nonp 30 20 10 640 64" or "1000.000 event/start NOTE", "-" where blank. */
static void put_row(struct pm_buf *out, const struct pm_row *row)
{
	pm_buf_printf(out, "%lld.%03lld %s/%s", (long long)(row->uptime_ms / 1000),
		(long long)(row->uptime_ms % 1000), row->key->pool_name, row->key->tag);
	if (row->key->type[0] != '\0')
		pm_buf_printf(out, "/%s", row->key->type);
	if (row->note != NULL)
		pm_buf_printf(out, " %.*s", (int)row->n_note, row->note);
	for (int i = 0; i <= PM_VALUE_PER_ALLOC && row->note == NULL; i++) {
		if (pm_row_has(row, (enum pm_value)i))
			pm_buf_printf(out, " %llu", (unsigned long long)row->value[i]);
		else
			pm_buf_add_text(out, " -");
	}
	pm_buf_add_char(out, '\n');
}

/* All rows of a text, as lines; then a line for each reject that was kept: "! 7:15 kind". */
static const char *read_all(struct pm_buf *out, const char *text, size_t n, size_t batch)
{
	struct reading reading;
	struct pm_row rows[16];
	const char *at = text;
	size_t n_rows;

	open_reading(&reading);
	do {
		n_rows = pm_decoder_run(&reading.decoder, &at, text + n, rows, batch);
		for (size_t i = 0; i < n_rows; i++)
			put_row(out, &rows[i]);
	} while (n_rows > 0 || at < text + n);
	for (int kind = 0; kind < PM_N_REJECTS; kind++) {
		for (unsigned i = 0; i < pm_rejects_kept(&reading.rejects, kind); i++) {
			const struct pm_reject *reject = &reading.rejects.kinds[kind].first[i];

			pm_buf_printf(out, "! %u:%u %s\n", (unsigned)reject->line,
				(unsigned)reject->column, pm_reject_infos[kind].name);
		}
	}
	close_reading(&reading);
	return pm_buf_terminate(out);
}

static void check_bytes(const char *text, size_t n, const char *wanted)
{
	for (size_t batch = 1; batch <= 16; batch += 15) {
		struct pm_buf out = {0};

		assert_string_equal(read_all(&out, text, n, batch), wanted);
		pm_buf_deinit(&out);
	}
}

static void check(const char *text, const char *wanted)
{
	check_bytes(text, strlen(text), wanted);
}

#define NOTE     "schema=poolmon-log/1 os=Windows interval_s=5 sources=poolmon"
#define START    "1000.000 event/start " NOTE "\n"
#define COLUMNS  " Tag  Type     Allocs            Frees            Diff   Bytes       Per Alloc\n"
#define SNAPSHOT " Tag  Type     Allocs     Frees      Diff   Bytes  Per Alloc\n"
#define MEMORY   " Memory:  260620K Avail:   96364K  PageFlts:     7   InRam Krnl: 1916K P:17856K\n"
#define COMMIT   " Commit: 203500K Limit: 640916K Peak: 260632K            Pool N: 8332K P:27220K\n"
#define ROW      " Wait Nonp    3971107 (   0)   3971077 (   0)       30    8456 (     0)    281\n"
#define ROW_IS   " system/Wait/Nonp 3971107 3971077 30 8456 281\n"
#define MEMORY_IS(t, faults)                                                                       \
	t " memory/Total - - - 266874880 -\n" t " memory/Avail - - - 98676736 -\n" t               \
	  " memory/PageFlts " faults " - - - -\n" t " memory/KrnlN - - - 1961984 -\n" t            \
	  " memory/KrnlP - - - 18284544 -\n"
#define COMMIT_IS(t)                                                                               \
	t " memory/Commit - - - 208384000 -\n" t " memory/Limit - - - 656297984 -\n" t             \
	  " memory/Peak - - - 266887168 -\n" t " memory/PoolN - - - 8531968 -\n" t                 \
	  " memory/PoolP - - - 27873280 -\n"

static void the_documented_table_is_read(void **state)
{
	(void)state;
	check(MEMORY COMMIT " System pool information\n" COLUMNS "\n" ROW,
		START MEMORY_IS("1000.000", "7") COMMIT_IS("1000.000") "1000.000" ROW_IS);
}

static void blocks_follow_at_the_interval(void **state)
{
	(void)state;
	check(MEMORY COMMIT COLUMNS "\n" ROW "\n" MEMORY COMMIT COLUMNS "\n" ROW,
		START MEMORY_IS("1000.000", "7") COMMIT_IS("1000.000") "1000.000" ROW_IS MEMORY_IS(
			"1005.000", "14") COMMIT_IS("1005.000") "1005.000" ROW_IS);
	/* Without its first lines, as somebody pasted it. */
	check(COLUMNS ROW COLUMNS ROW, START "1000.000" ROW_IS "1005.000" ROW_IS);
	check("System pool information\n" COLUMNS ROW "Commit: 1K\n" COLUMNS ROW,
		START "1000.000" ROW_IS "1005.000 memory/Commit - - - 1024 -\n1005.000" ROW_IS);
}

static void headers_of_other_versions_are_read(void **state)
{
	(void)state;
	check(" Memory:   65080K Avail:   26004K  PageFlts:    33   InRam Krnl:  684K P:  680K\n"
	      " Commit:  24044K Limit: 143032K Peak:  24916K            Pool N:  744K P: 2180K\n",
		START "1000.000 memory/Total - - - 66641920 -\n"
		      "1000.000 memory/Avail - - - 26628096 -\n"
		      "1000.000 memory/PageFlts 33 - - - -\n"
		      "1000.000 memory/KrnlN - - - 700416 -\n"
		      "1000.000 memory/KrnlP - - - 696320 -\n"
		      "1000.000 memory/Commit - - - 24621056 -\n"
		      "1000.000 memory/Limit - - - 146464768 -\n"
		      "1000.000 memory/Peak - - - 25513984 -\n"
		      "1000.000 memory/PoolN - - - 761856 -\n"
		      "1000.000 memory/PoolP - - - 2232320 -\n");
	/* Figures that a system has not, and figures that run together. */
	check(" Memory:33423360K Avail:        K  PageFlts:          InRam Krnl:1K P:2K\n",
		START "1000.000 memory/Total - - - 34225520640 -\n"
		      "1000.000 memory/KrnlN - - - 1024 -\n1000.000 memory/KrnlP - - - 2048 -\n");
	check(" Memory: 18014398509481984K Avail: 18446744073709551616K  PageFlts: 1\n",
		START "1000.000 memory/PageFlts 1 - - - -\n"
		      "! 1:10 out-of-range\n! 1:36 out-of-range\n");
}

static void pools_are_told(void **state)
{
	static const struct {
		const char *line, *pool;
	} cases[] = {
		{" System pool information\n", "system"},
		{" All sessions pool information\n", "session:all"},
		{" Session 3 pool information\r\n", "session:3"},
		{"Session 0 pool information\n", "session:0"},
		{"Slab cache information\n", "slab"},
		{"", "system"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		char text[512], wanted[512];

		snprintf(text, sizeof(text), " Commit: 1K\n%s%s%s", cases[i].line, COLUMNS,
			" Wait Nonp 1 ( 1) 0 ( 0) 1 64 ( 1) 64\n");
		snprintf(wanted, sizeof(wanted),
			START "1000.000 memory/Commit - - - 1024 -\n"
			      "1000.000 %s/Wait/Nonp 1 0 1 64 64\n",
			cases[i].pool);
		check(text, wanted);
	}
	check(COLUMNS " kmalloc-64 Unrecl 1 ( 1) 0 ( 0) 1 64 ( 1) 64\n",
		START "1000.000 slab/kmalloc-64/Unrecl 1 0 1 64 64\n");
}

static void tags_are_their_four_columns(void **state)
{
	static const struct {
		const char *row, *tag;
	} cases[] = {
		{" Io   Nonp    1 (   0)   0 (   0)       1    64 (     0)    64\n",
			"Io\\x20\\x20"},
		{"  abc Paged   1 (   0)   0 (   0)       1    64 (     0)    64\n", "\\x20abc"},
		{" a  b Nonp    1 (   0)   0 (   0)       1    64 (     0)    64\n", "a  b"},
		{"      Nonp    1 (   0)   0 (   0)       1    64 (     0)    64\n",
			"\\x20\\x20\\x20\\x20"},
		{" Nonp Nonp    1 (   0)   0 (   0)       1    64 (     0)    64\n", "Nonp"},
		{" \x9F\xE1\x01z Nonp    1 (   0)   0 (   0)       1    64 (     0)    64\n",
			"\\x9F\\xE1\\x01z"},
		{" =\\x4 Nonp    1 (   0)   0 (   0)       1    64 (     0)    64\n",
			"\\x3D\\x5Cx4"},
		{" 1234 Nonp    1 (   0)   0 (   0)       1    64 (     0)    64\n", "1234"},
		/* without the blank at the beginning */
		{"Wait Nonp    1 (   0)   0 (   0)       1    64 (     0)    64\n", "Wait"},
		{"Io   Nonp    1 (   0)   0 (   0)       1    64 (     0)    64\n", "Io\\x20\\x20"},
		/* with other blanks than there were */
		{"Wait\tNonp\t1\t(0)\t0\t(0)\t1\t64\t(0)\t64\n", "Wait"},
		{"\tIo  \tNonp\t1\t(0)\t0\t(0)\t1\t64\t(0)\t64\t\n", "Io\\x20\\x20"},
		{" Io Paged 1 0 0 0 1 64 0 64\n", "Io\\x20\\x20"},
		{"   Wait   Nonp  1 ( 0) 0 ( 0) 1 64 ( 0) 64  \n", "Wait"},
		/* as UTF-8: the bytes of code page 437 */
		{" \xC6\x92\xC3\x9F"
		 "az Nonp 1 ( 0) 0 ( 0) 1 64 ( 0) 64\n",
			"\\x9F\\xE1"
			"az"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const bool paged = strstr(cases[i].row, "Paged") != NULL;
		char text[512], wanted[512];

		snprintf(text, sizeof(text), COLUMNS "%s", cases[i].row);
		snprintf(wanted, sizeof(wanted), START "1000.000 system/%s/%s 1 0 1 64 64\n",
			cases[i].tag, paged ? "Paged" : "Nonp");
		check(text, wanted);
	}
}

static void numbers_are_told_by_their_order(void **state)
{
	static const char *const rows[] = {
		" Wait Nonp    3971107 (   0)   3971077 (   0)       30    8456 (     0)    281\n",
		" Wait Nonp    3971107 (-12345) 3971077 (99999999)    30    8456 (1234567890)    281\n",
		" Wait Nonp    3971107(   0)   3971077(   0)       30    8456(     0)    281\n",
		" Wait Nonp    3971107    3971077        30    8456     281\n",
		" Wait Nonp    3971107  0  3971077  5      30    8456   0   281\n",
		" Wait Nonp    3971107 (   0)   3971077 (   0)       30    8456 (     0)    281 "
		"[afd!wait] 12 (3)\n",
		" Wait Nonp    3971107 (   0)   3971077 (   0)       30    8456 (     0)    281  "
		"1394 bus.sys\n",
		"\033[7m Wait Nonp    3971107 \033[0m(   0)   3971077 (   0)       30    8456 ("
		"     0)    281\033]0;title\a\f\n",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char text[512];

		snprintf(text, sizeof(text), COLUMNS "%s", rows[i]);
		check(text, START "1000.000" ROW_IS);
	}
	check(COLUMNS
		" Wait Nonp  18446744073709551615 (   0)   4294967295 (   0)  5  9007199254740993 "
		"( 0)  18446744073709551615\n",
		START
		"1000.000 system/Wait/Nonp 18446744073709551615 4294967295 5 9007199254740993 "
		"18446744073709551615\n");
	/* A snapshot file, with drivers whose names look like numbers. */
	check(" Tag  Type     Allocs     Frees      Diff   Bytes  Per Alloc  Mapped_Driver\n"
	      " Wait Nonp         12         2        10     640         64  1394 bus\n"
	      " Poll Paged  123456789012 123456789002        10     640         64  7zip.sys\n",
		START "1000.000 system/Wait/Nonp 12 2 10 640 64\n"
		      "1000.000 system/Poll/Paged 123456789012 123456789002 10 640 64\n");
	check(SNAPSHOT " Wait Nonp         12         2        10     640         64\n",
		START "1000.000 system/Wait/Nonp 12 2 10 640 64\n");
}

#define OURS                                                                                       \
	" Time: 2026-11-21 21:45:00.000 UTC  Uptime: 12345.678 s  schema=poolmon-log/1 "           \
	"version=0.1.0 host=\"north 1\" boot_id=b-1 interval_s=5\n"
#define OURS_IS                                                                                    \
	"12345.678 event/start schema=poolmon-log/1 version=0.1.0 host=\"north 1\" boot_id=b-1 "   \
	"interval_s=5\n"

static void blocks_of_ours_tell_their_time(void **state)
{
	(void)state;
	check(OURS " Memory: 8K\n Slab cache information\n"
		   " Tag              Type       Allocs            Frees            Diff   Bytes"
		   "       Per Alloc\n\n"
		   " dentry           Recl                                          1000  192000"
		   " (   +64)    192\n"
		   " a\\x2Cb c         Unrecl         5 (   0)         2 (   0)       3      96"
		   " (     0)     32\n"
		   " mm/slab.c:10                                                      3      9"
		   "6              32\n"
		   " Total            Recl                                          1003  192096\n",
		OURS_IS "12345.678 memory/Total - - - 8192 -\n"
			"12345.678 slab/dentry/Recl - - 1000 192000 192\n"
			"12345.678 slab/a\\x2Cb c/Unrecl 5 2 3 96 32\n"
			"12345.678 slab/mm/slab.c:10 - - 3 96 32\n");
	/* Windows, with a tag that had to be escaped; the second block says nothing new. */
	check(OURS
		" Tag            Type       Allocs  Frees  Diff   Bytes  Per Alloc\n"
		" Io\\x20\\x20     Nonp            5      2     3      96         32\n"
		" Wait           Paged           5      2     3      96         32\n" OURS COLUMNS
		" Io   Nonp 1 ( 0) 1 ( 0) 0 0 ( 0) 0\n",
		OURS_IS "12345.678 system/Io\\x20\\x20/Nonp 5 2 3 96 32\n"
			"12345.678 system/Wait/Paged 5 2 3 96 32\n"
			"12345.678 system/Io\\x20\\x20/Nonp 1 1 0 0 0\n");
}

static enum pm_status add_text(void *context, const char *bytes, size_t n, struct pm_error *err)
{
	(void)err;
	pm_buf_add(context, bytes, n);
	return PM_OK;
}

static void add_value(struct pm_snapshot *snapshot, const char *pool, const char *tag,
	const char *type, uint64_t allocs, uint64_t bytes)
{
	struct pm_row *row =
		pm_snapshot_add(snapshot, pm_snapshot_key(snapshot, pool, tag, strlen(tag), type));

	if (allocs > 0) {
		pm_row_set(row, PM_VALUE_ALLOCS, allocs);
		pm_row_set(row, PM_VALUE_FREES, allocs / 2);
	}
	pm_row_set(row, PM_VALUE_DIFF, allocs > 0 ? allocs - allocs / 2 : bytes / 64);
	pm_row_set(row, PM_VALUE_BYTES, bytes);
}

static void sample(struct pm_snapshot *snapshot, const char *pool, uint64_t round)
{
	pm_snapshot_begin(snapshot, 0, (int64_t)round * 5000);
	pm_row_set(pm_snapshot_add(snapshot, pm_snapshot_key(snapshot, "memory", "Avail", 5, "")),
		PM_VALUE_BYTES, 4096);
	add_value(snapshot, pool, "dentry", "Recl", 0, 640000 + 6400 * round);
	add_value(snapshot, pool, "a, b", "Unrecl", 0, 64);
	add_value(snapshot, pool, "Io  ", "Nonp", 1000 + round, 64000);
	add_value(snapshot, pool, "Wait", "Paged", UINT64_C(1) << 60, UINT64_C(1) << 62);
	add_value(snapshot, pool, "none", "", 0, 640);
}

/* What the display prints, under the line with the time, must be read as what it was printed of. */
static void what_we_print_is_read(void **state)
{
	const struct pm_view_options options[] = {
		{.session = PM_NO_SESSIONS},
		{.session = PM_NO_SESSIONS, .no_changes = true},
		{.session = PM_NO_SESSIONS, .trend = true, .totals = true},
		{.session = PM_NO_SESSIONS, .no_changes = true, .trend = true},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(options); i++) {
		struct pm_view view = {0};
		struct pm_buf text = {0};
		struct pm_snapshot snapshot;
		struct pm_watch *watch;
		char wanted[2048];
		size_t n = 0;

		assert_int_equal(pm_snapshot_init(&snapshot, NULL), PM_OK);
		assert_int_equal(pm_watch_create(&watch, NULL), PM_OK);
		for (unsigned round = 0; round < 3; round++) {
			const unsigned seconds = 5 * round;

			sample(&snapshot, "slab", round);
			assert_int_equal(pm_watch_take(watch, &snapshot, NULL), PM_OK);
			assert_int_equal(pm_view_make(&view, watch, &options[i], NULL), PM_OK);
			assert_int_equal(
				pm_view_print(&view, NULL, (struct pm_sink){add_text, &text}, NULL),
				PM_OK);
			n += (size_t)snprintf(wanted + n, sizeof(wanted) - n,
				"%u.000 memory/Avail - - - 4096 -\n"
				"%u.000 slab/Io\\x20\\x20/Nonp %u %u %u 64000 %u\n"
				"%u.000 slab/Wait/Paged 1152921504606846976 576460752303423488 "
				"576460752303423488 4611686018427387904 8\n"
				"%u.000 slab/a\\x2C b/Unrecl - - 1 64 64\n"
				"%u.000 slab/dentry/Recl - - %u %u 64\n"
				"%u.000 slab/none - - 10 640 64\n",
				seconds, seconds, 1000 + round, (1000 + round) / 2,
				1000 + round - (1000 + round) / 2,
				64000 / (1000 + round - (1000 + round) / 2), seconds, seconds,
				seconds, 10000 + 100 * round, 640000 + 6400 * round, seconds);
		}
		check_bytes(text.at, text.n, wanted);
		pm_view_deinit(&view);
		pm_watch_destroy(watch);
		pm_snapshot_deinit(&snapshot);
		pm_buf_deinit(&text);
	}
}

static void what_is_no_row_is_told(void **state)
{
	static const struct {
		const char *line, *reject;
	} cases[] = {
		{"Query pooltags Failed c0000004\n", "2:1 syntax"},
		{" Wait Nonpaged 1 ( 0) 0 ( 0) 1 64 ( 0) 64\n", "2:1 syntax"},
		{" Nonp 1 ( 0) 0 ( 0) 1 64 ( 0) 64\n", "2:1 syntax"},
		{" toolong Nonp 1 ( 0) 0 ( 0) 1 64 ( 0) 64\n", "2:1 syntax"},
		{" Wait Nonp 1 ( 0) 0 ( 0) 1 64 ( 0)\n", "2:11 columns"},
		{" Wait Nonp 1 ( 0) 0 ( 0) 1 64 ( 0) 6x4\n", "2:11 columns"},
		{" Wait Nonp 1 0 1 64 64 5\n", "2:11 columns"},
		{" Wait Nonp\n", "2:11 columns"},
		{" Wait Nonp    3971107\n", "2:11 columns"}, /* PoolMon has no blank cells */
		{" Wait Nonp 1 ( 0) 0 ( 0) -1 64 ( 0) 64\n", "2:26 negative-number"},
		{" Wait Nonp 1 ( 0) 0 ( 0) 1 18446744073709551616 ( 0) 64\n", "2:28 out-of-range"},
		{" Wait Nonp 1 ( 0) 0 ( 0) 01 64 ( 0) 64\n", "2:26 leading-zero"},
		{"\f Wait Nonp 1 ( 0) 0 ( 0) -1 64 ( 0) 64\n", "2:1 negative-number"},
		{" Tag Type\n", "2:1 syntax"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		char text[1024], wanted[512];

		snprintf(text, sizeof(text), COLUMNS "%s" ROW, cases[i].line);
		snprintf(wanted, sizeof(wanted), START "1000.000" ROW_IS "! %s\n", cases[i].reject);
		check(text, wanted);
	}
	check("C:\\> poolmon /b\n" COLUMNS ROW, START "1000.000" ROW_IS "! 1:1 syntax\n");
	check(ROW COLUMNS ROW, START "1000.000" ROW_IS "! 1:1 syntax\n");
}

static void a_block_begins_behind_one_that_was_cut_off(void **state)
{
	(void)state;
	check(COLUMNS " Wait Nonp    39711" MEMORY COLUMNS ROW,
		START MEMORY_IS("1005.000", "7") "1005.000" ROW_IS "! 2:1 syntax\n");
	check(COLUMNS
		" Wait Nonp    3971107 (   0)   3971077 (   0)       30    8456 (     0)    281" MEMORY
			COLUMNS ROW,
		START MEMORY_IS("1005.000", "7") "1005.000" ROW_IS "! 2:1 syntax\n");
	check(OURS COLUMNS " dentry Recl     3971107" OURS " Slab cache information\n" COLUMNS ROW,
		OURS_IS "12345.678 slab/Wait/Nonp 3971107 3971077 30 8456 281\n! 3:1 syntax\n");
}

static void the_line_of_a_block_says_what_was_meant(void **state)
{
	const struct pm_label labels[] = {{"build", "a b=\"c\""}};
	const struct pm_origin origin = {.host = "north",
		.os = "Linux",
		.kernel = "6.1",
		.boot_id = "b-1",
		.sources = "slab",
		.version = "0.1.0",
		.interval_ms = 500,
		.labels = labels,
		.n_labels = 1};
	struct pm_buf line = {0};
	struct pm_text_block block;
	char value[64];

	(void)state;
	pm_text_block_write(&line, INT64_C(1795297500123), 98765432, &origin);
	assert_string_equal(pm_buf_terminate(&line),
		" Time: 2026-11-21 21:45:00.123 UTC  Uptime: 98765.432 s  schema=poolmon-log/1 "
		"version=0.1.0 host=north os=Linux kernel=6.1 boot_id=b-1 interval_s=0.5 "
		"sources=slab label.build=\"a b=\\\"c\\\"\"\n");
	assert_true(pm_text_block_parse(line.at, line.n - 1, &block));
	assert_true(block.time_ms == INT64_C(1795297500123) && block.uptime_ms == 98765432);
	assert_true(pm_note_get(block.note.at, block.note.n, "label.build", value, sizeof(value)));
	assert_string_equal(value, "a b=\"c\"");
	for (size_t n = 0; n < strlen(" Time: 2026-11-21 21:45:00.123 UTC  Uptime: 98765.432 s");
		n++)
		assert_false(pm_text_block_parse(line.at, n, &block));
	pm_buf_clear(&line);
	pm_text_block_write(&line, 0, 0, NULL);
	assert_string_equal(
		pm_buf_terminate(&line), " Time: 1970-01-01 00:00:00.000 UTC  Uptime: 0.000 s\n");
	assert_true(pm_text_block_parse(line.at, line.n - 1, &block) && block.note.n == 0);
	pm_buf_deinit(&line);
}

static void the_line_of_a_pool_says_what_was_meant(void **state)
{
	static const char *const pools[] = {"system", "session:all", "session:0",
		"session:4294967295", "slab", "alloc", "vmalloc", "kmem"};
	char name[PM_TEXT_POOL];
	struct pm_buf line = {0};

	(void)state;
	for (size_t i = 0; i < N_OF(pools); i++) {
		pm_buf_clear(&line);
		pm_text_pool_write(&line, pools[i]);
		assert_true(pm_text_pool_parse(line.at, line.n, name));
		assert_string_equal(name, pools[i]);
	}
	pm_buf_clear(&line);
	pm_text_pool_write(&line, "memory");
	assert_int_equal(line.n, 0);
	assert_false(pm_text_pool_parse("Session  pool information", 25, name));
	assert_false(pm_text_pool_parse("Session x pool information", 26, name));
	assert_false(pm_text_pool_parse("", 0, name));
	pm_buf_deinit(&line);
}

static void such_a_log_is_known_by_its_first_lines(void **state)
{
	static const struct {
		const char *head;
		bool is;
	} cases[] = {
		{MEMORY COMMIT COLUMNS, true},
		{"\n\n\r\n" COLUMNS, true},
		{OURS, true},
		{"\033[2J\033[H" MEMORY, true},
		{"\f" MEMORY, true},
		{"PS C:\\> poolmon\nWindows PowerShell\n" MEMORY, true},
		{SNAPSHOT, true},
		{" Memory: 5\n", false},
		{"Time: 2026-11-21\n", false},
		{"Tag: Type\n", false},
		{"time,uptime_s,pool,tag\n", false},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n1\n2\n3\n4\n5\n6\n7\n8\n9\n20\n" MEMORY, false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_true(pm_codec_poolmon.probe(cases[i].head, strlen(cases[i].head)) ==
			cases[i].is);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_documented_table_is_read),
	cmocka_unit_test(blocks_follow_at_the_interval),
	cmocka_unit_test(headers_of_other_versions_are_read),
	cmocka_unit_test(pools_are_told),
	cmocka_unit_test(tags_are_their_four_columns),
	cmocka_unit_test(numbers_are_told_by_their_order),
	cmocka_unit_test(blocks_of_ours_tell_their_time),
	cmocka_unit_test(what_we_print_is_read),
	cmocka_unit_test(what_is_no_row_is_told),
	cmocka_unit_test(a_block_begins_behind_one_that_was_cut_off),
	cmocka_unit_test(the_line_of_a_block_says_what_was_meant),
	cmocka_unit_test(the_line_of_a_pool_says_what_was_meant),
	cmocka_unit_test(such_a_log_is_known_by_its_first_lines),
};

RUN(tests)
