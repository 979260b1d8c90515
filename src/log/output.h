/* SPDX-License-Identifier: MIT */
/*
 * Where a log goes: standard output, a file, or the active file of a directory and those that were
 * rotated away. Sees to it that it is there, that nobody else writes to it, that it is what its
 * name stands for, that it is durable, and that it takes no more room than it may.
 */
#ifndef POOLMON_LOG_OUTPUT_H
#define POOLMON_LOG_OUTPUT_H

#include <poolmon/writer.h>

#include "log/lock.h"
#include "log/logfile.h"
#include "log/rotated.h"

struct pm_output {
	/* for the owner to read, and to reset once it is told */
	bool begun;                     /* `start` was written since the file was opened */
	bool opened;                    /* the file was, and nobody has looked at it yet */
	char previous[PM_ROTATED_NAME]; /* the file that was rotated away last, or "" */
	uint64_t cut_bytes;             /* of a torn line that was cut off, or 0 */
	struct pm_logfile file;         /* to read only */

	/* private */
	const struct pm_writer_options *options;
	struct pm_encoder *encoder;
	uint64_t rotate_bytes;   /* as in options, or what keep_bytes implies */
	int64_t rotate_every_ms; /* likewise */
	char *directory;         /* without '/' at the end; NULL where the output is none */
	char *path;
	struct pm_lock lock; /* of the directory */
	struct pm_archive *archive;
	struct pm_syncer *syncer;
	int64_t synced_uptime_ms;
	bool written;          /* something was, ever */
	enum pm_status failed; /* to make durable, or to rotate */
	struct pm_error failure;
};

/* Fails like pm_writer_create(). To be deinitialised in either case. */
PM_MUST_USE enum pm_status pm_output_init(struct pm_output *output,
	const struct pm_writer_options *options, struct pm_encoder *encoder, struct pm_error *err);
/* Closes it and waits for compression; returns what that fails with. */
enum pm_status pm_output_deinit(struct pm_output *output, struct pm_error *err);

/* Makes sure that the open file is the one that others find by its name; opens it again where it is
 * not. now_ms: of the snapshot that is about to be written. */
PM_MUST_USE enum pm_status pm_output_keep_open(
	struct pm_output *output, int64_t now_ms, struct pm_error *err);

/* Whether the file has to be rotated before n_next bytes are added; it was begun age_ms ago. */
bool pm_output_is_due(const struct pm_output *output, size_t n_next, int64_t age_ms);

/* The file gets another name and a new one is begun. Where that can't be it is gone on with, as
 * nothing is to be lost for it. */
PM_MUST_USE enum pm_status pm_output_rotate(
	struct pm_output *output, int64_t time_ms, struct pm_error *err);

/* Adds bytes[n], as a whole or not at all. */
PM_MUST_USE enum pm_status pm_output_add(
	struct pm_output *output, const char *bytes, size_t n, struct pm_error *err);

/* Like their namesakes of pm_writer. */
PM_MUST_USE enum pm_status pm_output_sync(struct pm_output *output, struct pm_error *err);
void pm_output_reopen(struct pm_output *output);
enum pm_status pm_output_failure(struct pm_output *output, struct pm_error *err);

#endif
