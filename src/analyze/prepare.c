/* SPDX-License-Identifier: MIT */
/* Figures of all series, worked out by several threads before they are asked for. */
#include "analyze/entries.h"
#include "base/fail.h"
#include "base/thread.h"
#include "base/workers.h"

#include <stdlib.h>

enum { SERIES_PER_ITEM = 32 };

static uint64_t weight(void *context, size_t item)
{
	(void)context;
	(void)item;
	return 1;
}

static uint64_t worth(void *context)
{
	(void)context;
	return 1;
}

static bool begins_well(void *context, size_t item)
{
	(void)context;
	(void)item;
	return true;
}

/* There is nothing to join, as what is worked out stays with the series. What a thread keeps is of
 * use for the next one. */
static enum pm_status begin(void *context, size_t item, void **result, struct pm_error *err)
{
	struct pm_curves *curves = calloc(1, sizeof(*curves));

	(void)context;
	(void)item;
	if (curves == NULL)
		return pm_fail_memory(err);
	*result = curves;
	return PM_OK;
}

static enum pm_status add(
	void *context, void *result, size_t item, struct pm_claim *claim, struct pm_error *err)
{
	const struct pm_trends *const *trends = context;
	const size_t n = pm_trends_count(*trends), first = item * SERIES_PER_ITEM;
	struct pm_trend trend;

	(void)claim;
	(void)err;
	for (size_t i = first; i < n && i < first + SERIES_PER_ITEM; i++)
		pm_trends_at_with(*trends, i, result, &trend);
	return PM_OK;
}

static enum pm_status join(void *context, void *result, void *later, struct pm_error *err)
{
	(void)context;
	(void)result;
	(void)err;
	free(later);
	return PM_OK;
}

static void drop(void *context, void *result)
{
	(void)context;
	free(result);
}

void pm_trends_prepare(const struct pm_trends *trends, unsigned jobs)
{
	static const struct pm_run_work how = {
		.weight = weight,
		.worth = worth,
		.begins_well = begins_well,
		.begin = begin,
		.add = add,
		.join = join,
		.drop = drop,
	};
	const size_t n_items = (pm_trends_count(trends) + SERIES_PER_ITEM - 1) / SERIES_PER_ITEM;
	void *result = NULL;

	/* what no thread could be started for is worked out at the call */
	if (n_items > 0)
		(void)!pm_workers_run(jobs != 0 ? jobs : pm_thread_processors(), n_items, &how,
			&trends, &result, NULL);
	free(result);
}
