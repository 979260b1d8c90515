/* SPDX-License-Identifier: MIT */
#include "log/cursor.h"

#include "base/fail.h"

#include <stdlib.h>

enum {
	BLOCK_BYTES = 256 * 1024,
	HEADROOM = PM_LINE_MAX + 1, /* in front of a block: what is left of the one before */
};

static const char utf8_mark[] = "\xEF\xBB\xBF";

enum pm_status pm_cursor_open(struct pm_cursor *cursor, struct pm_stream *stream,
	const struct pm_codec *codec, struct pm_keys *keys, struct pm_rejects *rejects,
	struct pm_origins *origins, uint32_t input, const struct pm_cursor_start *start,
	struct pm_error *err)
{
	*cursor = (struct pm_cursor){
		.stream = *stream,
		.origins = origins,
		.origin = start->origin,
		.block_bytes = start->block_bytes != 0 ? start->block_bytes : BLOCK_BYTES,
	};
	cursor->block = calloc(1, HEADROOM + cursor->block_bytes + PM_RECALL_SLACK);
	pm_decoder_init(&cursor->decoder, codec, keys, rejects, input);
	cursor->decoder.columns = start->columns;
	cursor->decoder.textlog.clock = start->clock;
	cursor->decoder.recall.in_use = true;
	if (cursor->block == NULL) {
		pm_cursor_close(cursor);
		return pm_fail_memory(err);
	}
	return PM_OK;
}

void pm_cursor_close(struct pm_cursor *cursor)
{
	pm_stream_close(&cursor->stream);
	pm_decoder_deinit(&cursor->decoder);
	free(cursor->block);
	cursor->block = NULL;
}

static void reject(
	struct pm_cursor *cursor, enum pm_reject_kind kind, uint64_t line, struct pm_span seen)
{
	pm_rejects_add(cursor->decoder.rejects, kind, cursor->decoder.input, line, 0, NULL, seen);
}

/* Fills the block as far as it goes; of a pipe, takes what there is. What is left of it comes to
 * stand in front, so that reads always have the same room. */
static enum pm_status refill(struct pm_cursor *cursor, struct pm_error *err)
{
	const bool first = cursor->n == 0 && cursor->decoder.line == 0;
	const bool was_ended = cursor->ended;
	const size_t left = cursor->n - cursor->at, end = HEADROOM + cursor->block_bytes;

	memmove(cursor->block + HEADROOM - left, cursor->block + cursor->at, left);
	cursor->n = HEADROOM;
	cursor->at = cursor->whole = HEADROOM - left;
	while (cursor->n < end && !cursor->ended) {
		size_t got;
		const enum pm_status status = pm_stream_read(
			&cursor->stream, cursor->block + cursor->n, end - cursor->n, &got, err);

		if (status != PM_OK)
			return status;
		cursor->n += got;
		cursor->ended = got == 0;
		if (!cursor->stream.seekable && cursor->n - cursor->at >= 3)
			break;
		if (cursor->stream.packing != PM_PACKING_NONE && got > 0 &&
			end - cursor->n < PM_UNPACK_PIECE)
			break;
	}
	if (first && cursor->n - cursor->at >= 3 &&
		memcmp(cursor->block + cursor->at, utf8_mark, 3) == 0)
		cursor->at += 3;
	if (cursor->ended && !was_ended && cursor->stream.damaged)
		reject(cursor, cursor->stream.damage, cursor->stream.damage_at,
			(struct pm_span){"", 0});
	return PM_OK;
}

/* Sets `whole` behind the last newline of the block. */
static void find_whole_lines(struct pm_cursor *cursor)
{
	if (cursor->in_long_line) {
		const char *newline =
			memchr(cursor->block + cursor->at, '\n', cursor->n - cursor->at);

		cursor->at = newline == NULL ? cursor->n : (size_t)(newline + 1 - cursor->block);
		cursor->in_long_line = newline == NULL;
		cursor->decoder.line += newline != NULL;
	}
	cursor->whole = cursor->n;
	while (cursor->whole > cursor->at && cursor->block[cursor->whole - 1] != '\n')
		cursor->whole--;
}

/* What is left of the block is longer than a line may be: it is passed over, up to its newline. */
static bool leave_long_line(struct pm_cursor *cursor)
{
	const struct pm_span rest = {cursor->block + cursor->at, cursor->n - cursor->at};

	if (rest.n <= PM_LINE_MAX)
		return false;
	reject(cursor, PM_REJECT_LONG_LINE, cursor->decoder.line + 1, rest);
	cursor->in_long_line = true;
	cursor->at = cursor->whole = cursor->n;
	return true;
}

/* Makes block[at .. whole) a whole line at least; it is empty exactly at the end of the log. */
static enum pm_status next_block(struct pm_cursor *cursor, struct pm_error *err)
{
	(void)leave_long_line(cursor);
	do {
		const enum pm_status status = refill(cursor, err);
		struct pm_span rest;

		if (status != PM_OK)
			return status;
		find_whole_lines(cursor);
		if (cursor->whole > cursor->at)
			return PM_OK;
		rest = (struct pm_span){cursor->block + cursor->at, cursor->n - cursor->at};
		if (!leave_long_line(cursor) && cursor->ended) {
			if (rest.n > 0 && !cursor->stream.damaged)
				reject(cursor, PM_REJECT_TORN, cursor->decoder.line + 1, rest);
			cursor->at = cursor->n;
		}
		cursor->whole = cursor->at;
	} while (!cursor->ended);
	return PM_OK;
}

enum pm_status pm_cursor_next(struct pm_cursor *cursor, struct pm_row **row, struct pm_error *err)
{
	/* where it is asked for, what can be recalled is left to pm_cursor_again() */
	const size_t batch = cursor->again ? 1 : PM_BATCH;

	cursor->again = false;
	while (cursor->row == cursor->n_rows) {
		const char *at;

		if (cursor->at == cursor->whole) {
			enum pm_status status = PM_END;

			if (!cursor->ended || cursor->at < cursor->n)
				status = next_block(cursor, err);
			if (status == PM_OK && cursor->at == cursor->whole)
				status = PM_END;
			if (status != PM_OK)
				return status;
		}
		at = cursor->block + cursor->at;
		cursor->row = 0;
		cursor->n_rows = pm_decoder_run(
			&cursor->decoder, &at, cursor->block + cursor->whole, cursor->rows, batch);
		cursor->at = (size_t)(at - cursor->block);
		if (cursor->decoder.failed)
			return pm_fail_memory(err);
	}
	*row = &cursor->rows[cursor->row++];
	if (pm_row_is_event(*row, "start")) {
		const struct pm_origin *origin =
			pm_origins_read(cursor->origins, (*row)->note, (*row)->n_note);

		if (origin == NULL)
			return pm_fail(err, PM_E_MEMORY,
				"out of memory, or more than %d start rows", PM_ORIGINS_MAX);
		cursor->origin = origin;
	}
	(*row)->origin = cursor->origin;
	return PM_OK;
}

size_t pm_cursor_more(struct pm_cursor *cursor, struct pm_row **rows)
{
	const struct pm_row *before = &cursor->rows[cursor->row - 1];
	size_t n = 0;

	*rows = &cursor->rows[cursor->row];
	while (cursor->row < cursor->n_rows && (*rows)[n].time_ms == before->time_ms &&
		(*rows)[n].uptime_ms == before->uptime_ms && (*rows)[n].note == NULL) {
		cursor->row++;
		n++;
	}
	return n;
}

size_t pm_cursor_again(struct pm_cursor *cursor, const struct pm_reading ***readings)
{
	const struct pm_row *before = &cursor->rows[cursor->row - 1];
	const struct pm_recall *recall = &cursor->decoder.recall;
	const char *at = cursor->block + cursor->at;
	size_t n;

	if (cursor->row < cursor->n_rows || before->note != NULL ||
		before->time_ms != recall->time_ms || before->uptime_ms != recall->uptime_ms)
		return 0;
	n = pm_decoder_recall(&cursor->decoder, &at, cursor->block + cursor->whole,
		cursor->readings, PM_BATCH_AGAIN);
	cursor->at = (size_t)(at - cursor->block);
	cursor->again |= n > 0;
	*readings = cursor->readings;
	return n;
}

const struct pm_codec *pm_codec_detect(const char *head, size_t n)
{
	if (n >= 3 && memcmp(head, utf8_mark, 3) == 0) {
		head += 3;
		n -= 3;
	}
	for (int i = 0; i < PM_N_FORMATS; i++) {
		if (pm_codecs[i]->probe(head, n))
			return pm_codecs[i];
	}
	return NULL;
}
