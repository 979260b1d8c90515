/* SPDX-License-Identifier: MIT */
/*
 * What PoolMon printed, of any bytes. Read a row at a time it must come to the same as read in one
 * go, and as many blocks must be counted as are read; the line that begins a block must say what
 * was meant; bytes that were made UTF-16 must come back, however they are cut.
 */
#include "base/codepage.h"
#include "log/decoder.h"
#include "model/text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 256 };

struct reading {
	struct pm_keys *keys;
	struct pm_rejects rejects;
	struct pm_decoder decoder;
	uint64_t sum; /* over all rows */
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void add(struct reading *reading, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		reading->sum = (reading->sum ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
}

static void add_row(struct reading *reading, const struct pm_row *row)
{
	add(reading, &row->time_ms, sizeof(row->time_ms));
	add(reading, &row->uptime_ms, sizeof(row->uptime_ms));
	add(reading, &row->line, sizeof(row->line));
	add(reading, row->key->tag, row->key->n_tag);
	add(reading, row->key->type, strlen(row->key->type));
	add(reading, row->key->pool_name, strlen(row->key->pool_name));
	for (int i = 0; i < PM_N_VALUES; i++) {
		if (pm_row_has(row, (enum pm_value)i))
			add(reading, &row->value[i], sizeof(row->value[i]));
	}
	add(reading, row->note, row->n_note);
}

static void read_all(
	struct reading *reading, const char *text, size_t n, size_t batch, bool counting)
{
	static struct pm_row rows[ROWS];
	const char *at = text, *end = text + n;

	memset(reading, 0, sizeof(*reading));
	reading->keys = pm_keys_create();
	pm_decoder_init(&reading->decoder, &pm_codec_poolmon, reading->keys, &reading->rejects, 0);
	reading->decoder.textlog.clock = (struct pm_text_clock){INT64_MAX / 32, INT64_MAX / 64, 0};
	reading->decoder.textlog.counting = counting;
	while (end > text && end[-1] != '\n')
		end--;
	while (at < end) {
		const size_t n_rows = pm_decoder_run(&reading->decoder, &at, end, rows, batch);

		require(!counting || n_rows == 0);
		for (size_t i = 0; i < n_rows; i++)
			add_row(reading, &rows[i]);
	}
}

static void drop(struct reading *reading)
{
	pm_decoder_deinit(&reading->decoder);
	pm_keys_destroy(reading->keys);
}

static void check_log(const char *text, size_t n)
{
	static struct reading all, single, counted;

	read_all(&all, text, n, ROWS, false);
	read_all(&single, text, n, 1, false);
	read_all(&counted, text, n, ROWS, true);
	require(all.sum == single.sum);
	require(memcmp(&all.rejects, &single.rejects, sizeof(all.rejects)) == 0);
	require(all.decoder.textlog.n_untimed == single.decoder.textlog.n_untimed);
	require(all.decoder.textlog.n_untimed == counted.decoder.textlog.n_untimed);
	drop(&all);
	drop(&single);
	drop(&counted);
}

static void check_lines(const char *text, size_t n)
{
	struct pm_text_block block;
	char name[PM_TEXT_POOL], again[PM_TEXT_POOL];
	struct pm_buf line = {0};

	if (pm_text_block_parse(text, n, &block))
		require(block.note.n <= n && block.uptime_ms >= 0);
	if (pm_text_pool_parse(text, n, name)) {
		pm_text_pool_write(&line, name);
		require(pm_text_pool_parse(line.at, line.n, again) && strcmp(name, again) == 0);
	}
	pm_buf_deinit(&line);
}

static void check_utf16(const char *text, size_t n)
{
	/* Some characters of code page 437; the last two are of every code page. */
	static const uint16_t characters[] = {0x0192, 0x00df, 0x2588, 0x00a0, 'a', '\n'};
	struct pm_utf16 utf16 = {.big_endian = n > 0 && (text[0] & 1) != 0};
	char *bytes = malloc(2 * n + 1), *back = malloc(n + 1);
	size_t n_back = 0;

	for (size_t i = 0; i < n; i++) {
		const uint16_t unit = characters[(unsigned char)text[i] % 6];

		bytes[2 * i + utf16.big_endian] = (char)(unit & 0xff);
		bytes[2 * i + !utf16.big_endian] = (char)(unit >> 8);
	}
	for (size_t at = 0, piece = 1; at < 2 * n; at += piece, piece = piece % 5 + 1) {
		if (piece > 2 * n - at)
			piece = 2 * n - at;
		const size_t got = pm_utf16_take(&utf16, bytes + at, piece);

		memcpy(back + n_back, bytes + at, got);
		n_back += got;
	}
	require(n_back == n);
	for (size_t i = 0; i < n; i++)
		require(back[i] == pm_cp437_of(characters[(unsigned char)text[i] % 6]));
	free(bytes);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	check_log(text, size);
	check_lines(text, size);
	check_utf16(text, size);
	free(text);
	return 0;
}
