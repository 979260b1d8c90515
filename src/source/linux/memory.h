/* SPDX-License-Identifier: MIT */
/*
 * PoolMon's header on Linux, from /proc/meminfo and /proc/vmstat, as `memory` rows in bytes:
 *   Total MemTotal, Avail MemAvailable, Commit Committed_AS, Limit CommitLimit, Peak the highest
 *   Committed_AS seen, PoolN SUnreclaim, PoolP SReclaimable, KrnlN KernelStack + PageTables +
 * Percpu + VmallocUsed; PageFlts (a count) pgfault. See Documentation/filesystems/proc.rst of the
 * kernel for what each of them holds.
 */
#ifndef POOLMON_SOURCE_LINUX_MEMORY_H
#define POOLMON_SOURCE_LINUX_MEMORY_H

#include <poolmon/snapshot.h>

#include "source/linux/root.h"

enum { PM_MEMORY_NAMES = 13, PM_MEMORY_TAGS = 9 };

/* One of the files. */
struct pm_memory_file {
	int fd; /* -1: there is none */
	const char *path;
	int first, last; /* names that are looked for in it */
	size_t enough;   /* bytes from its beginning that held them all; SIZE_MAX: not known */
};

struct pm_memory {
	const struct pm_root *root;
	struct pm_memory_file meminfo, vmstat;
	struct pm_buf text;              /* of one of them */
	size_t line_at[PM_MEMORY_NAMES]; /* where it was found the last time */
	struct pm_keys *keys;            /* table of these */
	const struct pm_key *tags[PM_MEMORY_TAGS];
	uint64_t peak_bytes;
	uint64_t page_bytes; /* of the system below the root; 0 until it was sampled */
};

/* To be closed, even if it never is opened. */
void pm_memory_init(struct pm_memory *memory);

/* Neither file has to be there: what can't be read gives no rows. */
void pm_memory_open(struct pm_memory *memory, const struct pm_root *root);
void pm_memory_close(struct pm_memory *memory);

/* Adds its rows to the snapshot. PM_E_MEMORY, PM_E_SYSTEM. */
PM_MUST_USE enum pm_status pm_memory_sample(
	struct pm_memory *memory, struct pm_snapshot *snapshot, struct pm_error *err);

#endif
