/* SPDX-License-Identifier: MIT */
/*
 * The switch by which a system counts allocations by tag.
 *
 * Windows: pool tagging, FLG_POOL_ENABLE_TAGGING (0x400) in the DWORD GlobalFlag of the registry
 * key HKLM\SYSTEM\CurrentControlSet\Control\Session Manager, which the kernel reads when it starts;
 * since Server 2003 it tags whatever this says. GFlags' +ptg and -ptg change the same bit.
 *
 * Linux: allocation profiling, /proc/sys/vm/mem_profiling, which counts memory by the line of code
 * that allocates it (Documentation/mm/allocation-profiling.rst of the kernel). Slab caches are
 * counted without.
 */
#ifndef POOLMON_TAGGING_H
#define POOLMON_TAGGING_H

#include <poolmon/error.h>

#include <stdbool.h>

struct pm_tagging {
	bool on;           /* what the switch says */
	bool changed;      /* pm_tagging_set() had to change it */
	bool restart;      /* what it says holds from the next start of the system on */
	const char *name;  /* "allocation profiling (vm.mem_profiling)" */
	const char *about; /* what it does and costs, in lines of less than 96 characters */
};

/* Reads it. root: a directory that stands for "/"; NULL: the live system. PM_E_UNSUPPORTED: this
 * system has none. PM_E_ACCESS, PM_E_ARGUMENT (Windows has no root directories), PM_E_SYSTEM,
 * PM_E_INPUT: what is there is no such switch. Messages come with a remedy. */
PM_API PM_MUST_USE enum pm_status pm_tagging_read(
	struct pm_tagging *tagging, const char *root, struct pm_error *err);

/* Sets it, and tells how it is then. The same failures, mostly PM_E_ACCESS: it takes root, or an
 * administrator. PM_E_UNSUPPORTED: it can't be changed while this system runs. */
PM_API PM_MUST_USE enum pm_status pm_tagging_set(
	struct pm_tagging *tagging, bool on, const char *root, struct pm_error *err);

#endif
