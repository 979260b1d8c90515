/* SPDX-License-Identifier: MIT */
/* Logs of any format, order and number as one log. */
#ifndef POOLMON_CONVERT_H
#define POOLMON_CONVERT_H

#include <poolmon/format.h>
#include <poolmon/reader.h>
#include <poolmon/sink.h>

struct pm_convert_options {
	enum pm_format format;
	struct pm_read_options read;
	/* Called now and then; NULL: not at all. Bytes are those of the files as they stand there.
	 * Return false to give up: the conversion ends with PM_END. */
	bool (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_in_all);
	void *progress_context;
};

/*
 * Reads all rows in the order of time (see reader.h) and writes them to the sink, whole moments in
 * each write. `start` rows are added wherever the host or boot changes. Labels stay columns; those
 * that first show up behind a file's beginning stay in the notes of `start` rows only.
 *
 * *counts as of the end, also on failure. PM_E_INPUT: not one row was read. PM_E_MEMORY; what
 * reading and the sink fail with; PM_END after progress() gave up.
 */
PM_API PM_MUST_USE enum pm_status pm_convert(struct pm_inputs *inputs,
	const struct pm_convert_options *options, const struct pm_sink *sink,
	struct pm_read_counts *counts, struct pm_error *err);

#endif
