/* SPDX-License-Identifier: MIT */
/* A reader as the scan uses it: over a part of one input, or over several inputs that overlap. */
#ifndef POOLMON_LOG_READING_H
#define POOLMON_LOG_READING_H

#include <poolmon/reader.h>

#include "log/admit.h"
#include "log/inputs.h"

/* Either the bytes [from, to) of input `first` (n_inputs == 1), or all of the inputs from `first`
 * on. */
struct pm_part {
	size_t first, n_inputs;
	uint64_t from, to;
};

struct pm_lane; /* an input that is open, with its row at the head */
struct pm_head; /* of one host, the lane whose row comes first */

struct pm_reader {
	struct pm_inputs *inputs;
	struct pm_part part;
	struct pm_read_options options;
	struct pm_read_counts counts;
	struct pm_input_counts *input_counts; /* [part.n_inputs] */
	struct pm_cursor_start start;         /* of the part */
	struct pm_cursor_start end;           /* behind the part, once it is read */
	bool next_is_orphan; /* the input behind the part does not say whose it is */
	bool reached_orphan; /* and it begins before the part ends */
	struct pm_keys *keys;
	bool owns_keys;
	struct pm_stream_hooks hooks; /* of its streams; set by the owner */
	struct pm_admission admission;

	/* private */
	struct pm_lane **lanes; /* [n_lanes] */
	size_t n_lanes;
	struct pm_head *heads; /* [n_heads] */
	size_t n_heads, heads_capacity;
	size_t next_input;               /* the next to be opened */
	const struct pm_origin **latest; /* [part.n_inputs]: of the last row read from each input */
	struct pm_lane *spent;           /* the lane whose head row was handed out */
	signed char *taken; /* [n_taken], by key id: 1 wanted, -1 not, 0 not asked yet */
	size_t n_taken;
};

/* keys: where those of its rows are kept, the caller's; NULL: in a table that goes with it. */
PM_MUST_USE enum pm_status pm_reader_open_part(struct pm_reader *reader, struct pm_inputs *inputs,
	struct pm_part part, const struct pm_cursor_start *start, struct pm_keys *keys,
	const struct pm_read_options *options, struct pm_error *err);
void pm_reader_close_part(struct pm_reader *reader);

/* Like pm_reader_next(), but where the row is a sample, those of its moment that follow it at once
 * come with it: rows[n]. */
PM_MUST_USE enum pm_status pm_reader_next_rows(
	struct pm_reader *reader, const struct pm_row **rows, size_t *n, struct pm_error *err);

/* More samples of the moment and origin of the row that was given last, as readings[n], which stay
 * until the next call of any of these; n == 0: there are none at hand. To be called until then. */
PM_MUST_USE enum pm_status pm_reader_again(struct pm_reader *reader,
	const struct pm_reading *const **readings, size_t *n, struct pm_error *err);

#endif
