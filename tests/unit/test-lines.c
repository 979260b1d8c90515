/* SPDX-License-Identifier: MIT */
/* Lines of any length, and where blocks end among them: the rows and rejects are those of the
 * lines, whatever the size of the blocks and whether the file is compressed. */
#include "unit.h"

#include "base/file.h"
#include "base/packer.h"
#include "log/cursor.h"

enum { LINES_MAX = 400, LONGEST = 300000 };

struct expected { /* line numbers */
	uint64_t rows[LINES_MAX], too_long[LINES_MAX];
	size_t n_rows, n_too_long;
	bool torn;
};

static void put_row(struct pm_buf *text, size_t i)
{
	pm_buf_printf(text, "2026-11-21 21:45:%02zu.000,%zu.000,slab,t%zu,,,,%zu,%zu,,,\n", i % 60,
		i, i % 7, i, i * 64);
}

static void put_lines(
	struct pm_buf *text, struct expected *expected, size_t n_lines, uint64_t *seed)
{
	static const size_t lengths[] = {65534, 65535, 65536, 65537, 65538, 131071, 131072, 131073,
		200000, 262143, 262144, 262145, LONGEST};
	static char junk[LONGEST];

	*expected = (struct expected){0};
	memset(junk, 'x', sizeof(junk));
	pm_buf_add_text(text,
		"time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,footprint,note\n");
	for (size_t i = 2; i < n_lines + 2; i++) {
		const size_t n = lengths[next_random(seed) % N_OF(lengths)];

		if (next_random(seed) % 12 != 0) {
			put_row(text, i);
			expected->rows[expected->n_rows++] = i;
			continue;
		}
		if (n > PM_LINE_MAX)
			expected->too_long[expected->n_too_long++] = i;
		pm_buf_add(text, junk, n);
		if (i == n_lines + 1 && next_random(seed) % 2 == 0)
			expected->torn = n <= PM_LINE_MAX;
		else
			pm_buf_add_text(text, "\n");
	}
}

static void write_file(struct pm_file *file, const struct pm_buf *text, enum pm_packing packing)
{
	struct pm_packer packer;

	assert_int_equal(pm_file_temporary(file, NULL), PM_OK);
	if (packing == PM_PACKING_NONE) {
		assert_int_equal(pm_file_write(*file, text->at, text->n, NULL), PM_OK);
		return;
	}
	assert_int_equal(pm_packer_init(&packer, packing, 1, *file, true, 0, NULL), PM_OK);
	for (size_t at = 0; at < text->n; at += LONGEST) {
		const size_t n = text->n - at < LONGEST ? text->n - at : LONGEST;

		assert_int_equal(pm_packer_add(&packer, text->at + at, n, false, NULL), PM_OK);
		if (at % 4 == 0)
			assert_int_equal(pm_packer_end_member(&packer, NULL), PM_OK);
	}
	assert_int_equal(pm_packer_end_member(&packer, NULL), PM_OK);
	pm_packer_deinit(&packer);
}

static void check_rejects(const struct pm_rejects *rejects, const struct expected *expected)
{
	assert_int_equal(rejects->kinds[PM_REJECT_LONG_LINE].n, expected->n_too_long);
	assert_int_equal(rejects->kinds[PM_REJECT_TORN].n, expected->torn);
	for (unsigned i = 0; i < pm_rejects_kept(rejects, PM_REJECT_LONG_LINE); i++) {
		const struct pm_reject *reject = &rejects->kinds[PM_REJECT_LONG_LINE].first[i];

		assert_int_equal(reject->line, expected->too_long[i]);
		assert_int_equal(reject->seen[0], 'x');
	}
}

static void check(struct pm_file file, size_t block_bytes, const struct expected *expected)
{
	struct pm_origins *origins = pm_origins_create();
	struct pm_keys *keys = pm_keys_create();
	struct pm_rejects rejects = {0};
	const struct pm_cursor_start start = {
		.origin = pm_origins_unknown(origins), .block_bytes = block_bytes};
	struct pm_cursor cursor;
	struct pm_stream stream;
	struct pm_row *row;
	size_t n = 0;

	assert_int_equal(pm_stream_open(&stream, file, true, true, 0, PM_STREAM_ALL, NULL), PM_OK);
	assert_int_equal(pm_cursor_open(&cursor, &stream, &pm_codec_csv, keys, &rejects, origins, 0,
				 &start, NULL),
		PM_OK);
	while (pm_cursor_next(&cursor, &row, NULL) == PM_OK) {
		assert_in_range(n, 0, expected->n_rows - 1);
		assert_int_equal(row->line, expected->rows[n]);
		assert_int_equal(row->value[PM_VALUE_BYTES], 64 * expected->rows[n]);
		n++;
	}
	assert_int_equal(n, expected->n_rows);
	check_rejects(&rejects, expected);
	pm_cursor_close(&cursor);
	pm_keys_destroy(keys);
	pm_origins_destroy(origins);
}

static void lines_are_the_same_in_blocks_of_any_size(void **state)
{
	static const size_t sizes[] = {
		PM_LINE_MAX + 1, PM_LINE_MAX + 77, 100000, 131072, 131073, 262144, 500000};
	static const enum pm_packing packings[] = {PM_PACKING_NONE, PM_PACKING_GZIP};
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 12; round++) {
		struct expected expected;
		struct pm_buf text = {0};

		put_lines(&text, &expected, 1 + next_random(&seed) % LINES_MAX, &seed);
		for (size_t i = 0; i < N_OF(packings); i++) {
			struct pm_file file;

			write_file(&file, &text, packings[i]);
			for (size_t j = 0; j < N_OF(sizes); j++)
				check(file, sizes[j], &expected);
			pm_file_discard(&file);
		}
		pm_buf_deinit(&text);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(lines_are_the_same_in_blocks_of_any_size),
};

RUN(tests)
