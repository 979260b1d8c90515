/* SPDX-License-Identifier: MIT */
#include "base/workers.h"

#include "base/fail.h"
#include "base/thread.h"

#include <stdbool.h>
#include <stdlib.h>

struct slot { /* of item i: i modulo n_slots; written by its worker, emptied by the taker */
	bool ready;
	enum pm_status status;
	void *result;
	struct pm_error err;
};

struct run { /* everything below is guarded by mutex, but how, context, n_items and n_slots */
	const struct pm_ordered_work *how;
	void *context;
	size_t n_items, n_slots;
	struct pm_mutex mutex;
	struct pm_condition changed;
	size_t next_begun, next_taken;
	bool taking;           /* some thread is in `take` */
	enum pm_status failed; /* first failure: nothing further is begun or taken */
	struct pm_error failure;
	struct slot *slots;
};

/* Takes what is ready at the head of the line. Called and left with the mutex held. */
static void take_ready(struct run *run)
{
	if (run->taking)
		return;
	run->taking = true;
	while (run->failed == PM_OK && run->next_taken < run->next_begun) {
		struct slot *slot = &run->slots[run->next_taken % run->n_slots];

		if (!slot->ready)
			break;
		if (slot->status == PM_OK) {
			pm_mutex_unlock(&run->mutex);
			slot->status = run->how->take(
				run->context, run->next_taken, slot->result, &slot->err);
			pm_mutex_lock(&run->mutex);
		}
		if (slot->status != PM_OK) {
			run->failed = slot->status;
			run->failure = slot->err;
		}
		slot->ready = false;
		run->next_taken++;
		pm_condition_wake_all(&run->changed);
	}
	run->taking = false;
}

static void work(void *argument)
{
	struct run *run = argument;

	pm_mutex_lock(&run->mutex);
	for (;;) {
		while (run->failed == PM_OK && run->next_begun < run->n_items &&
			run->next_begun - run->next_taken >= run->n_slots)
			pm_condition_wait(&run->changed, &run->mutex);
		if (run->failed != PM_OK || run->next_begun >= run->n_items)
			break;

		const size_t item = run->next_begun++;
		struct slot *slot = &run->slots[item % run->n_slots];

		pm_mutex_unlock(&run->mutex);
		slot->result = NULL;
		slot->status = run->how->work(run->context, item, &slot->result, &slot->err);
		pm_mutex_lock(&run->mutex);
		slot->ready = true;
		take_ready(run);
	}
	/* The last results may become ready while another thread takes: it sees them, as it looks
	 * again with the mutex held before it stops taking. */
	pm_condition_wake_all(&run->changed);
	pm_mutex_unlock(&run->mutex);
}

static enum pm_status run_inline(
	size_t n_items, const struct pm_ordered_work *how, void *context, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	for (size_t i = 0; i < n_items && status == PM_OK; i++) {
		void *result = NULL;

		status = how->work(context, i, &result, err);
		if (status == PM_OK)
			status = how->take(context, i, result, err);
	}
	return status;
}

enum pm_status pm_workers_run(unsigned jobs, size_t n_items, const struct pm_ordered_work *how,
	void *context, struct pm_error *err)
{
	struct run run = {.how = how, .context = context, .n_items = n_items};
	struct pm_thread *threads;
	unsigned n_threads = 0;

	if (jobs > n_items)
		jobs = (unsigned)n_items;
	if (jobs <= 1)
		return run_inline(n_items, how, context, err);
	run.n_slots = 2 * (size_t)jobs;
	run.slots = calloc(run.n_slots, sizeof(*run.slots));
	threads = calloc(jobs, sizeof(*threads));
	if (run.slots == NULL || threads == NULL) {
		free(run.slots);
		free(threads);
		return pm_fail_memory(err);
	}
	pm_mutex_init(&run.mutex);
	pm_condition_init(&run.changed);
	/* The calling thread is one of the workers, so fewer threads only means slower. */
	while (n_threads < jobs - 1 &&
		pm_thread_start(&threads[n_threads], work, &run, NULL) == PM_OK)
		n_threads++;
	work(&run);
	while (n_threads > 0)
		pm_thread_join(&threads[--n_threads]);
	for (size_t i = run.next_taken; i < run.next_begun; i++) {
		struct slot *slot = &run.slots[i % run.n_slots];

		if (slot->ready && slot->status == PM_OK)
			how->drop(context, slot->result);
	}
	pm_condition_deinit(&run.changed);
	pm_mutex_deinit(&run.mutex);
	free(run.slots);
	free(threads);
	if (run.failed != PM_OK && err != NULL)
		*err = run.failure;
	return run.failed;
}
