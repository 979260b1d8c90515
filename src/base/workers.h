/* SPDX-License-Identifier: MIT */
/*
 * Work in parallel, results in order: items 0 .. n-1 are worked on by several threads, and each
 * result is taken exactly once, in the order of the items, one at a time. So whatever `take` builds
 * is the same for any number of threads. At most 2 x jobs items are begun and not yet taken, which
 * bounds the memory that results hold.
 */
#ifndef POOLMON_BASE_WORKERS_H
#define POOLMON_BASE_WORKERS_H

#include <poolmon/error.h>

struct pm_ordered_work {
	/* On any thread. *result is handed to `take`, or to `drop` where the run ends early; on
	 * failure nothing is handed on. */
	enum pm_status (*work)(void *context, size_t item, void **result, struct pm_error *err);
	/* Under a lock, in order; owns the result from then on, also on failure. */
	enum pm_status (*take)(void *context, size_t item, void *result, struct pm_error *err);
	void (*drop)(void *context, void *result);
};

/* Returns the first failure in the order of the items, after every thread has ended. With jobs <= 1
 * (or n_items <= 1) no thread is started. */
PM_MUST_USE enum pm_status pm_workers_run(unsigned jobs, size_t n_items,
	const struct pm_ordered_work *how, void *context, struct pm_error *err);

#endif
