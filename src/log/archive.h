/* SPDX-License-Identifier: MIT */
/*
 * Rotated files of one output directory: their compression, and how many of them are kept. Only
 * files that are ours (rotated.h) are counted, compressed or removed.
 */
#ifndef POOLMON_LOG_ARCHIVE_H
#define POOLMON_LOG_ARCHIVE_H

#include <poolmon/packing.h>

#include <stddef.h>
#include <stdint.h>

struct pm_archive;

struct pm_archive_options {
	const char *directory, *extension; /* must outlive the archive */
	enum pm_packing packing;           /* PM_PACKING_NONE: files are left as they are */
	int level;                         /* of it; 0: its own */
	size_t keep;                       /* rotated files; 0: all */
	uint64_t keep_bytes;               /* of all that is in the directory; 0: any number */
	int64_t keep_for_ms;               /* 0: for ever */
};

/* Looks at what is there and tidies it up: what a crash left half compressed is made anew. Starts a
 * thread if there is something to compress, now and after each rotation. PM_E_MEMORY, PM_E_SYSTEM. */
PM_MUST_USE enum pm_status pm_archive_create(struct pm_archive **archive,
	const struct pm_archive_options *options, struct pm_error *err);

/* Looks at what is there once more: the directory is another one. */
PM_MUST_USE enum pm_status pm_archive_reload(struct pm_archive *archive, struct pm_error *err);

/* Renames the file at `path` to the next free name for time_ms, which goes to name[size] (without
 * the directory), and sees to compression and retention. */
PM_MUST_USE enum pm_status pm_archive_rotate(struct pm_archive *archive, const char *path,
	int64_t time_ms, char *name, size_t size, struct pm_error *err);

/* To be called before the active file grows to active_bytes: removes the oldest files until all of
 * them together, and what is being compressed, are no more than keep_bytes. PM_E_SPACE: that can't
 * be; else what removing fails with. */
PM_MUST_USE enum pm_status pm_archive_make_room(
	struct pm_archive *archive, uint64_t active_bytes, struct pm_error *err);

/* Removes what was rotated longer than keep_for_ms before now_ms. */
void pm_archive_expire(struct pm_archive *archive, int64_t now_ms);

/* A failure to compress or to remove since the last call, if any: PM_OK or its status. */
enum pm_status pm_archive_failure(struct pm_archive *archive, struct pm_error *err);

/* Waits until all that was rotated is compressed. Returns a failure like pm_archive_failure(). */
enum pm_status pm_archive_destroy(struct pm_archive *archive, struct pm_error *err);

#endif
