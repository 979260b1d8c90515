/* SPDX-License-Identifier: MIT */
/*
 * The file that is being written. What is there already is put right and continued; what is added
 * is added as a whole or not at all.
 */
#ifndef POOLMON_LOG_LOGFILE_H
#define POOLMON_LOG_LOGFILE_H

#include "base/packer.h"
#include "log/encoder.h"

struct pm_syncer;

struct pm_logfile {
	/* set by the owner before the first open */
	const char *path;      /* "-": standard output */
	const char *directory; /* of an output that is a directory; NULL: it is a single file */
	enum pm_packing packing;
	int level;                /* of the packing; 0: its own */
	struct pm_syncer *syncer; /* makes it durable in the background; NULL: nobody does */

	/* read by the owner while it is open */
	uint64_t good;      /* bytes of it, all of them whole pieces */
	uint64_t cut_bytes; /* that a crash had left behind them */
	bool has_rows;      /* it is not empty */
	bool other_columns; /* it begins with another header: to be rotated away, not to be added to
			     */
	bool lasting; /* a file in a file system, not a pipe or a device: what failed may work later
		       */

	/* private */
	struct pm_file file;
	struct pm_file_info identity;
	struct pm_packer packer;
	bool packer_begun;
	bool dirty;     /* `good` is less than what is in the file: its end could not be cut off */
	bool name_done; /* its name is durable */
};

void pm_logfile_init(struct pm_logfile *log, const char *path, const char *directory,
	enum pm_packing packing, int level);

/* Opens it, made if missing, and locks it. On failure it is not open.
 * PM_E_INPUT: what is there is no log that could be continued, or a link, and untouched. */
PM_MUST_USE enum pm_status pm_logfile_open(
	struct pm_logfile *log, struct pm_encoder *encoder, struct pm_error *err);
bool pm_logfile_is_open(const struct pm_logfile *log);

/* Whether the open file is still what its path names, and ends where we left it: it may have been
 * moved away, removed, or cut off. */
bool pm_logfile_is_in_place(const struct pm_logfile *log);

/* Adds bytes[n]. After a failure the file is as before, or closed, to be put right by the next
 * open. */
PM_MUST_USE enum pm_status pm_logfile_add(
	struct pm_logfile *log, const char *bytes, size_t n, struct pm_error *err);

/* Makes what was added durable, its name included, now or in the background. */
PM_MUST_USE enum pm_status pm_logfile_sync(struct pm_logfile *log, struct pm_error *err);
void pm_logfile_sync_later(struct pm_logfile *log);

/* Closes it, whatever is returned. PM_OK too where it isn't open. */
PM_MUST_USE enum pm_status pm_logfile_close(
	struct pm_logfile *log, bool sync, struct pm_error *err);

#endif
