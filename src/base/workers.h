/* SPDX-License-Identifier: MIT */
/*
 * Work in parallel, one result in order: items 0 .. n-1 are worked on by several threads, each of
 * which adds a run of neighbouring items, one after the other, to a result of its own. A thread
 * that is through with its run takes over the later half of what another one has not begun yet.
 * Results of neighbouring runs are joined as soon as both are complete; so there are few of them at
 * a time, and what is made is the same for any number of threads wherever joining is adding.
 */
#ifndef POOLMON_BASE_WORKERS_H
#define POOLMON_BASE_WORKERS_H

#include <poolmon/error.h>

#include <stdbool.h>

struct pm_claim; /* what a run may have of the items behind the one that is being added */

/* Whether the item that comes next belongs to what is being added as well: then add() sees to it,
 * and is not called for it. Not if another thread has taken it over. */
bool pm_claim_next(struct pm_claim *claim);

/* Whether a thread less than `jobs` is at work, so that the caller may start one of its own, which
 * has to end, and to be given back, before add() returns. */
bool pm_claim_thread(struct pm_claim *claim);
void pm_claim_give_back(struct pm_claim *claim);

/* All of it on any thread, but on one at a time for each result. */
struct pm_run_work {
	/* How much work an item is, by any measure; at least 1. */
	uint64_t (*weight)(void *context, size_t item);
	/* What is worth a result of its own, by the same measure: less is not taken over. */
	uint64_t (*worth)(void *context);
	/* Whether a run had better begin with this item than with another one near it. */
	bool (*begins_well)(void *context, size_t item);
	/* An empty result of a run that begins with `item`. */
	enum pm_status (*begin)(void *context, size_t item, void **result, struct pm_error *err);
	enum pm_status (*add)(void *context, void *result, size_t item, struct pm_claim *claim,
		struct pm_error *err);
	/* Puts `later`, of the run that follows, behind it; owns `later`, also on failure. */
	enum pm_status (*join)(void *context, void *result, void *later, struct pm_error *err);
	void (*drop)(void *context, void *result);
};

/* *result: of all items; of no items it is what `begin` makes for the first. Returns the first
 * failure in the order of the items, after every thread has ended; *result is NULL then. With
 * jobs <= 1 (or n_items <= 1) no thread is started. */
PM_MUST_USE enum pm_status pm_workers_run(unsigned jobs, size_t n_items,
	const struct pm_run_work *how, void *context, void **result, struct pm_error *err);

#endif
