/* SPDX-License-Identifier: MIT */
/* Inputs as the readers see them. */
#ifndef POOLMON_LOG_INPUTS_H
#define POOLMON_LOG_INPUTS_H

#include <poolmon/inputs.h>

#include "base/arena.h"
#include "log/cursor.h"

struct pm_input {
	const char *path;
	const char *name; /* the same for messages */
	const struct pm_codec *codec;
	enum pm_format format;
	enum pm_packing packing;
	bool utf16;
	bool seekable;
	bool piped;                /* was no file; it may be a copy by now */
	struct pm_file_info info;  /* of the file that was examined */
	struct pm_file held;       /* kept open because it can't be opened again; or PM_FILE_NONE */
	struct pm_stream live;     /* of an input that can be read once only */
	struct pm_columns columns; /* what the header says; n == 0 where there is none */
	bool tells_no_times;       /* then `clock` is set */
	struct pm_text_clock clock;

	bool has_row; /* one was found near the beginning: */
	int64_t first_time_ms, first_uptime_ms;
	const struct pm_origin
		*origin; /* as of that row; the unknown one if no start row came before */
};

struct pm_inputs {
	struct pm_input *at; /* [n], in the order of their first rows */
	size_t n, capacity;
	bool read_ahead;        /* of logs that are read alone, a thread inflates ahead */
	struct pm_meter *meter; /* told of what is read; NULL: nobody is */
	int64_t interval_ms;    /* between blocks that tell no times */
	struct pm_origins *origins;
	struct pm_input_skipped *skipped; /* [n_skipped] */
	size_t n_skipped, skipped_capacity;
	size_t n_twice; /* of these, named twice */
	struct pm_arena arena;
};

/* Fills in what is told above of an input that has its path; the file is the input's then, or
 * closed. may_stream: it need not be read twice, so that a pipe need not be copied. PM_E_INPUT if
 * it is no log (examine.c). */
PM_MUST_USE enum pm_status pm_input_examine(struct pm_inputs *inputs, struct pm_input *input,
	struct pm_file file, bool may_stream, struct pm_error *err);

/* Of all files that can be read again, as they stand there. */
uint64_t pm_inputs_bytes(const struct pm_inputs *inputs);

/* Opens the bytes [from, to) of a seekable input, or all of one that can be read once only (and
 * only once). PM_E_SYSTEM if the file is not the one that was examined any more. */
PM_MUST_USE enum pm_status pm_input_open(struct pm_input *input, uint64_t from, uint64_t to,
	struct pm_stream *stream, struct pm_error *err);

/* Sets the clock of an input that tells no times (assumed.c): the last block was printed when the
 * file was last written. Of a pipe that is not known. */
PM_MUST_USE enum pm_status pm_input_assume_times(const struct pm_inputs *inputs,
	struct pm_input *input, struct pm_file file, struct pm_error *err);

#endif
