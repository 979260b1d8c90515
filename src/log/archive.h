/* SPDX-License-Identifier: MIT */
/*
 * Rotated files of one output directory: their names, their compression, and how many are kept.
 *
 *   poolmon.ndjson                           being written: the writer's, never touched here
 *   poolmon-20261121T214500Z.ndjson          rotated at that time
 *   poolmon-20261121T214500Z-2.ndjson        the second one in that second
 *   poolmon-20261121T214500Z.ndjson.gz       compressed
 *   .poolmon-20261121T214500Z.ndjson.gz.tmp  being compressed; left over after a crash, made anew
 *
 * Files with any other name are nobody's business.
 */
#ifndef POOLMON_LOG_ARCHIVE_H
#define POOLMON_LOG_ARCHIVE_H

#include <poolmon/error.h>

#include <stdint.h>

struct pm_archive;

/* level: gzip level, 0 to leave files as they are; keep: rotated files to keep, 0 for all. Starts a
 * thread if there is something to compress, now and after each rotation. PM_E_MEMORY, PM_E_SYSTEM. */
PM_MUST_USE enum pm_status pm_archive_create(struct pm_archive **archive, const char *directory,
	const char *extension, int level, size_t keep, struct pm_error *err);

/* Renames the file at `path` to the next free name for time_ms, which goes to name[size] (without
 * the directory), and sees to compression and retention: at once without compression, else in the
 * background. */
PM_MUST_USE enum pm_status pm_archive_rotate(struct pm_archive *archive, const char *path,
	int64_t time_ms, char *name, size_t size, struct pm_error *err);

/* A failure in the background since the last call, if any: PM_OK or its status. */
enum pm_status pm_archive_failure(struct pm_archive *archive, struct pm_error *err);

/* Waits until all that was rotated is compressed. Returns a failure like pm_archive_failure(). */
enum pm_status pm_archive_destroy(struct pm_archive *archive, struct pm_error *err);

#endif
