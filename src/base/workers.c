/* SPDX-License-Identifier: MIT */
#include "base/workers.h"

#include "base/fail.h"
#include "base/thread.h"

#include <stdbool.h>
#include <stdlib.h>

struct run {
	struct run *before, *after; /* neighbours; together they are all items */
	size_t first, next, end;    /* items: next is to be begun next */
	bool begun, done;           /* some thread has it; all of it is in the result */
	void *result;               /* that thread's; once it is done, whoever joins it */
};

struct crew { /* all of it and of the runs is guarded by mutex, but how, context and results */
	const struct pm_run_work *how;
	void *context;
	struct pm_mutex mutex;
	struct run *runs;      /* the first */
	unsigned n_spare;      /* threads that there might be and that are not at work */
	size_t failed_at;      /* item that failed; none behind it is begun. SIZE_MAX: none has */
	enum pm_status failed; /* how it did */
	struct pm_error failure;
};

struct pm_claim {
	struct crew *crew;
	struct run *run;
};

bool pm_claim_next(struct pm_claim *claim)
{
	struct run *run = claim->run;
	bool claimed;

	pm_mutex_lock(&claim->crew->mutex);
	claimed = run->next < run->end && run->next < claim->crew->failed_at;
	run->next += claimed;
	pm_mutex_unlock(&claim->crew->mutex);
	return claimed;
}

bool pm_claim_thread(struct pm_claim *claim)
{
	bool claimed;

	pm_mutex_lock(&claim->crew->mutex);
	claimed = claim->crew->n_spare > 0;
	claim->crew->n_spare -= claimed;
	pm_mutex_unlock(&claim->crew->mutex);
	return claimed;
}

void pm_claim_give_back(struct pm_claim *claim)
{
	pm_mutex_lock(&claim->crew->mutex);
	claim->crew->n_spare++;
	pm_mutex_unlock(&claim->crew->mutex);
}

static void note_failure(
	struct crew *crew, size_t item, enum pm_status status, const struct pm_error *err)
{
	if (status == PM_OK || item >= crew->failed_at)
		return;
	crew->failed_at = item;
	crew->failed = status;
	crew->failure = *err;
}

/* A run from `first` on, behind `before`, which ends there. NULL when out of memory. */
static struct run *cut_run(struct run *before, size_t first)
{
	struct run *run = calloc(1, sizeof(*run));

	if (run == NULL)
		return NULL;
	*run = (struct run){
		.before = before,
		.after = before->after,
		.first = first,
		.next = first,
		.end = before->end,
	};
	before->end = first;
	before->after = run;
	if (run->after != NULL)
		run->after->before = run;
	return run;
}

static void remove_run(struct crew *crew, struct run *run)
{
	if (run->before != NULL)
		run->before->after = run->after;
	else
		crew->runs = run->after;
	if (run->after != NULL)
		run->after->before = run->before;
	free(run);
}

static uint64_t weight_of(struct crew *crew, size_t first, size_t end)
{
	uint64_t weight = 0;

	for (size_t i = first; i < end; i++)
		weight += crew->how->weight(crew->context, i);
	return weight;
}

/* Where to cut items [first, end) so that about `target` of their weight comes before: at one that
 * begins well, if that is less than half of what is worth a run off. Not at `first` or before it. */
static size_t find_cut(struct crew *crew, size_t first, size_t end, uint64_t target)
{
	const uint64_t tolerated = crew->how->worth(crew->context) / 2;
	uint64_t before = 0, least = UINT64_MAX, least_well = tolerated;
	size_t cut = end, well = end;

	for (size_t i = first; i < end; i++) {
		const uint64_t off = before < target ? target - before : before - target;

		if (i > first && off < least) {
			cut = i;
			least = off;
		}
		if (i > first && off < least_well && crew->how->begins_well(crew->context, i)) {
			well = i;
			least_well = off;
		}
		before += crew->how->weight(crew->context, i);
	}
	return well < end ? well : cut;
}

/* Cuts off the later half of the run that has the most work left; NULL: there is nothing left that
 * is worth it. */
static struct run *take_over(struct crew *crew)
{
	struct run *largest = NULL;
	uint64_t most = 0;
	size_t first;

	for (struct run *run = crew->runs; run != NULL; run = run->after) {
		const uint64_t left = weight_of(crew, run->next, run->end);

		if (left > most) {
			largest = run;
			most = left;
		}
	}
	if (largest == NULL || most < crew->how->worth(crew->context))
		return NULL;
	first = largest->next; /* if it is the only one */
	if (first + 1 < largest->end)
		first = find_cut(crew, first, largest->end, most / 2);
	return cut_run(largest, first);
}

static struct run *next_run(struct crew *crew)
{
	struct run *run = crew->runs;

	while (run != NULL && run->begun)
		run = run->after;
	if (run == NULL && crew->failed == PM_OK)
		run = take_over(crew);
	if (run != NULL)
		run->begun = true;
	return run;
}

/* Called and left with the mutex held. */
static void add_items(struct crew *crew, struct run *run)
{
	struct pm_claim claim = {crew, run};

	while (run->next < run->end && run->next < crew->failed_at) {
		const size_t item = run->next++;
		struct pm_error err;
		enum pm_status status = PM_OK;

		pm_mutex_unlock(&crew->mutex);
		if (run->result == NULL)
			status = crew->how->begin(crew->context, item, &run->result, &err);
		if (status == PM_OK)
			status = crew->how->add(crew->context, run->result, item, &claim, &err);
		pm_mutex_lock(&crew->mutex);
		note_failure(crew, item, status, &err);
	}
}

/* Joins a run that is done with neighbours that are, until there are none. Whichever of two is done
 * last sees the other. Called and left with the mutex held. */
static void join_neighbours(struct crew *crew, struct run *run)
{
	while (crew->failed == PM_OK) {
		struct run *later = run->after;
		enum pm_status status;
		struct pm_error err;

		if (run->before != NULL && run->before->done) {
			later = run;
			run = run->before;
		}
		if (later == NULL || !later->done)
			break;
		run->done = false;
		run->end = run->next = later->end;

		const size_t first = later->first;
		void *result = later->result;

		remove_run(crew, later);
		pm_mutex_unlock(&crew->mutex);
		status = crew->how->join(crew->context, run->result, result, &err);
		pm_mutex_lock(&crew->mutex);
		note_failure(crew, first, status, &err);
		run->done = true;
	}
}

static void work(void *argument)
{
	struct crew *crew = argument;
	struct run *run;

	pm_mutex_lock(&crew->mutex);
	while ((run = next_run(crew)) != NULL) {
		add_items(crew, run);
		run->done = true;
		join_neighbours(crew, run);
	}
	crew->n_spare++;
	pm_mutex_unlock(&crew->mutex);
}

/* Cuts all items into as many runs of about the same weight as there are jobs. Fewer, where memory
 * is short, are cut later. */
static void cut_evenly(struct crew *crew, unsigned jobs)
{
	struct run *last = crew->runs;

	for (; jobs > 1 && last != NULL && last->first + 1 < last->end; jobs--) {
		const uint64_t left = weight_of(crew, last->first, last->end);

		last = cut_run(last, find_cut(crew, last->first, last->end, left / jobs));
	}
}

static void run_threads(struct crew *crew, unsigned jobs)
{
	struct pm_thread *threads = calloc(jobs, sizeof(*threads));
	unsigned n = 0;

	/* The calling thread is one of the workers, so fewer threads only means slower. */
	while (threads != NULL && n + 1 < jobs &&
		pm_thread_start(&threads[n], work, crew, NULL) == PM_OK)
		n++;
	work(crew);
	while (n > 0)
		pm_thread_join(&threads[--n]);
	free(threads);
}

enum pm_status pm_workers_run(unsigned jobs, size_t n_items, const struct pm_run_work *how,
	void *context, void **result, struct pm_error *err)
{
	struct crew crew = {.how = how, .context = context, .failed_at = SIZE_MAX};

	*result = NULL;
	if (n_items == 0)
		return how->begin(context, 0, result, err);
	crew.runs = calloc(1, sizeof(*crew.runs));
	if (crew.runs == NULL)
		return pm_fail_memory(err);
	crew.runs->end = n_items;
	if (jobs > n_items) {
		crew.n_spare = jobs - (unsigned)n_items;
		jobs = (unsigned)n_items;
	}
	pm_mutex_init(&crew.mutex);
	if (jobs <= 1) {
		work(&crew);
	} else {
		cut_evenly(&crew, jobs);
		run_threads(&crew, jobs);
	}
	pm_mutex_deinit(&crew.mutex);
	if (crew.failed == PM_OK)
		*result = crew.runs->result;
	while (crew.runs != NULL) {
		if (crew.failed != PM_OK && crew.runs->result != NULL)
			how->drop(context, crew.runs->result);
		remove_run(&crew, crew.runs);
	}
	if (crew.failed != PM_OK && err != NULL)
		*err = crew.failure;
	return crew.failed;
}
