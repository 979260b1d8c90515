/* SPDX-License-Identifier: MIT */
/*
 * Reading logs row by row, in the order of time across all inputs. Logs that overlap are merged; a
 * row that is there twice (same boot, uptime, pool, tag and type) comes once. No more files are
 * open than overlap, and memory is bounded by the number of tags.
 */
#ifndef POOLMON_READER_H
#define POOLMON_READER_H

#include <poolmon/inputs.h>
#include <poolmon/rejects.h>
#include <poolmon/row.h>
#include <poolmon/tag.h>

struct pm_read_options {
	int64_t since_ms, until_ms; /* wall clock, both included; until_ms 0: to the end */
	const struct pm_filter
		*filter; /* tags to take; NULL: all. memory and event rows always come */
};

/* What was read from one input. */
struct pm_input_counts {
	uint64_t lines;
	uint64_t rows; /* handed out */
	int64_t first_ms,
		last_ms; /* wall clock of the first and last of those; 0 if there are none */
};

struct pm_read_counts {
	uint64_t rows;       /* handed out */
	uint64_t snapshots;  /* moments at which tags were sampled */
	uint64_t duplicates; /* rows that were there before */
	uint64_t filtered;   /* rows that the options left out */
	struct pm_rejects rejects;
};

struct pm_reader;

/* The inputs must outlive the reader, and rows point into both. An input that is a pipe can be read
 * once only. PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_reader_create(struct pm_reader **reader,
	struct pm_inputs *inputs, const struct pm_read_options *options, struct pm_error *err);
PM_API void pm_reader_destroy(struct pm_reader *reader);

/* The next row, valid until the next call; PM_END behind the last one; PM_E_MEMORY, or what opening
 * and reading a file fails with. Rejected lines are counted, not returned. */
PM_API PM_MUST_USE enum pm_status pm_reader_next(
	struct pm_reader *reader, const struct pm_row **row, struct pm_error *err);

/* As of now. */
PM_API const struct pm_read_counts *pm_reader_counts(struct pm_reader *reader);
PM_API const struct pm_input_counts *pm_reader_input_counts(
	const struct pm_reader *reader, size_t input);

/* A sentence about the first reject of a kind, for a person: err is filled with file, line, column
 * and message. False if there was none. */
PM_API bool pm_rejects_explain(const struct pm_rejects *rejects, enum pm_reject_kind kind,
	const struct pm_inputs *inputs, unsigned which, struct pm_error *err);

#endif
