/* SPDX-License-Identifier: MIT */
/* The rows of one log, or of a part of one, in the order in which they stand there. */
#ifndef POOLMON_LOG_CURSOR_H
#define POOLMON_LOG_CURSOR_H

#include "log/decoder.h"
#include "log/stream.h"
#include "model/origin.h"

enum { PM_BATCH = 64, PM_BATCH_AGAIN = 128 };

struct pm_cursor {
	struct pm_stream stream;
	struct pm_decoder decoder;
	struct pm_origins *origins;     /* the caller's */
	const struct pm_origin *origin; /* of the row at hand: what the last `start` row said */

	/* private */
	size_t block_bytes;
	char *block; /* bytes of the log: block[at .. n), of which [at .. whole) are whole lines;
		      * what is read comes to stand at one place of it */
	size_t at, whole, n;
	bool ended;        /* the stream has no further bytes */
	bool in_long_line; /* bytes up to the next newline belong to a line that was rejected */
	struct pm_row rows[PM_BATCH];
	size_t row, n_rows;
	const struct pm_reading *readings[PM_BATCH_AGAIN];
	bool again; /* pm_cursor_again() had some since the row at hand */
};

/* What the rows of a part depend on that stands before it in the file. */
struct pm_cursor_start {
	struct pm_text_clock clock; /* of the file, if it needs one */
	const struct pm_origin *origin;
	struct pm_columns columns; /* n == 0: the part begins with the file's own header, if any */
	size_t block_bytes; /* that are read at once, more than the longest line has; 0: as fits */
};

/* Takes over the stream (closes it on failure too); keys, rejects and origins are the caller's and
 * stay. start->origin must be set. PM_E_MEMORY, or what reading fails with. */
PM_MUST_USE enum pm_status pm_cursor_open(struct pm_cursor *cursor, struct pm_stream *stream,
	const struct pm_codec *codec, struct pm_keys *keys, struct pm_rejects *rejects,
	struct pm_origins *origins, uint32_t input, const struct pm_cursor_start *start,
	struct pm_error *err);
void pm_cursor_close(struct pm_cursor *cursor);

/* The codec of a log that begins with head[n]; NULL where it is no log. */
const struct pm_codec *pm_codec_detect(const char *head, size_t n);

/* The next row, valid until the next call; PM_END behind the last one. Damage of the file is
 * counted in the rejects and ends it. */
PM_MUST_USE enum pm_status pm_cursor_next(
	struct pm_cursor *cursor, struct pm_row **row, struct pm_error *err);

/* Rows that come right after the one that pm_cursor_next() gave, and are samples of the same moment
 * and origin: how many there are at hand, from *rows on. They are passed over. */
size_t pm_cursor_more(struct pm_cursor *cursor, struct pm_row **rows);

/* Likewise those behind that say what a reading says, from *readings on; they, and the array, stay
 * until the next call of any of these. There may be further ones where there was one. */
size_t pm_cursor_again(struct pm_cursor *cursor, const struct pm_reading ***readings);

#endif
