/* SPDX-License-Identifier: MIT */
/*
 * What a reader reads: logs named by the user. A name is a file, a directory (every log in it, not
 * in directories below it, hidden files left out) or "-" for the standard input. What a file is -
 * CSV, newline-delimited JSON or text that PoolMon printed, compressed or not, UTF-16 or not - is
 * seen from its content, never from its name.
 */
#ifndef POOLMON_INPUTS_H
#define POOLMON_INPUTS_H

#include <poolmon/format.h>
#include <poolmon/packing.h>

struct pm_inputs;

struct pm_inputs_options {
	int64_t interval_ms; /* between blocks of PoolMon's text, which tells no times; 0: 5 s */
};

struct pm_input_info {
	const char *path; /* as named by the user, or found in a directory; "-" */
	enum pm_format format;
	enum pm_packing packing;
	bool tells_no_times; /* PoolMon's text; when it was printed is assumed */
	uint64_t bytes;      /* size of the file as it stands there; 0 where not known (a pipe) */
};

/* A file that was left out, and why; `reason` reads on from "PATH: ". */
struct pm_input_skipped {
	const char *path, *reason;
};

/*
 * Finds and examines the logs that paths[n_paths] name, and orders them by the time of their first
 * row. The same file named twice is taken once (and told in the skipped list), as is a file in a
 * directory that is no log. A pipe is copied to a temporary file unless it is the only input.
 *
 * PoolMon's text tells no times unless this PoolMon printed it. Then its blocks are taken to be an
 * interval apart and the last one to be as old as the file; that takes reading the file once to
 * count them.
 * options may be NULL.
 *
 * PM_E_INPUT: a named file is empty, is no log, or has no usable header; a directory holds no log.
 * PM_E_ACCESS, PM_E_SYSTEM: it can't be read. PM_E_MEMORY. On failure *inputs is NULL.
 */
PM_API PM_MUST_USE enum pm_status pm_inputs_create(struct pm_inputs **inputs,
	const char *const *paths, size_t n_paths, const struct pm_inputs_options *options,
	struct pm_error *err);
PM_API void pm_inputs_destroy(struct pm_inputs *inputs);

PM_API size_t pm_inputs_count(const struct pm_inputs *inputs);
PM_API struct pm_input_info pm_inputs_at(const struct pm_inputs *inputs, size_t i);

/* Whether a path leads to one of the files that are read, by whatever name. */
PM_API bool pm_inputs_have(const struct pm_inputs *inputs, const char *path);

/* A sentence for a person about the times that are assumed for an input: err is filled with file,
 * message and remedy. False if it tells its times. */
PM_API bool pm_inputs_explain_times(const struct pm_inputs *inputs, size_t i, struct pm_error *err);

PM_API size_t pm_inputs_n_skipped(const struct pm_inputs *inputs);
PM_API struct pm_input_skipped pm_inputs_skipped_at(const struct pm_inputs *inputs, size_t i);

/* Sentences for a person about them, i from 0 on: err is filled with file and message. The first
 * few have one each, the others one together. False: there are no more. */
PM_API bool pm_inputs_explain_skipped(
	const struct pm_inputs *inputs, size_t i, struct pm_error *err);

#endif
