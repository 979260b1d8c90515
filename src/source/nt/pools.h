/* SPDX-License-Identifier: MIT */
/*
 * The sources `system` and `session`: pools of the NT kernel, whichever way that is asked. What a
 * source of a system's registry adds is the kernel alone.
 *
 * A row for each tag and type that was ever used, as PoolMon has it. Allocations and frees are what
 * the kernel counts, modulo 2^32 before class 255; their difference is what is outstanding.
 */
#ifndef POOLMON_SOURCE_NT_POOLS_H
#define POOLMON_SOURCE_NT_POOLS_H

#include "source/nt/kernel.h"
#include "source/source.h"

enum pm_nt_pools { PM_NT_SYSTEM, PM_NT_SESSIONS };

/*
 * Opens a source; the kernel is copied. argument: of sessions the number of one, "" for all.
 * Whatever pm_nt_query() returns, but that a kernel short of memory is no failure yet. Besides:
 * PM_E_UNSUPPORTED: its tables are of no known form, or no session has pools. PM_E_ARGUMENT: what
 * is no number of a session, or of none there is, or a root directory in config.
 */
PM_MUST_USE enum pm_status pm_nt_open(struct pm_source **source, const struct pm_nt_kernel *kernel,
	enum pm_nt_pools pools, const char *argument, const struct pm_source_config *config,
	struct pm_error *err);

/* For its struct pm_source_kind. */
PM_MUST_USE enum pm_status pm_nt_sample(
	struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err);
void pm_nt_close(struct pm_source *source);

#endif
