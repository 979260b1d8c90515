/* SPDX-License-Identifier: MIT */
#include "analyze/buckets.h"

#include <stdlib.h>

enum { CAPACITY_FIRST = 4 };

const struct pm_bucket pm_bucket_none = {0};

/* Puts 2^by buckets together each; none is at hand. */
static void coarsen(struct pm_buckets *buckets, unsigned by)
{
	const struct pm_grid before = pm_grid_coarsen(&buckets->grid, by);
	size_t k = 0;

	for (size_t i = pm_filled_next(&before.filled, 0); i < before.n;
		i = pm_filled_next(&before.filled, i + 1)) {
		const uint64_t at = before.origin + i;
		struct pm_bucket part =
			buckets->at[k++]; /* none is written to before it was read */

		part.offsets += part.n * ((at - (at >> by << by)) << before.shift);
		pm_buckets_put(buckets, (size_t)((at >> by) - buckets->grid.origin), &part);
	}
}

/* Makes room for so many with samples, of which there are never more than PM_BUCKETS_MAX. */
static bool make_room(struct pm_buckets *buckets, size_t n)
{
	struct pm_bucket *at = pm_grid_room(&buckets->grid, buckets->at, sizeof(*at),
		n < PM_BUCKETS_MAX ? n : PM_BUCKETS_MAX, CAPACITY_FIRST);

	if (at == NULL && n > 0)
		return false;
	buckets->at = at;
	return true;
}

/* Makes them reach from bucket `first` to bucket `last` of their grid, or of a coarser one if need
 * be; none is at hand. */
static void reach(struct pm_buckets *buckets, uint64_t first, uint64_t last)
{
	const unsigned by = pm_grid_cover(&buckets->grid, &first, &last, PM_BUCKETS_MAX);

	if (by > 0)
		coarsen(buckets, by);
	pm_grid_extend(&buckets->grid, first >> by, last >> by);
}

void pm_buckets_put_now(struct pm_buckets *buckets)
{
	if (buckets->now_width == 0)
		return;
	pm_buckets_put(buckets, buckets->now_i, &buckets->now);
	buckets->n_samples += buckets->now.n;
	buckets->now_width = 0;
}

bool pm_buckets_reach_far(struct pm_buckets *buckets, uint64_t uptime_ms, size_t *i)
{
	uint64_t at = uptime_ms >> buckets->grid.shift;

	if (!make_room(buckets, buckets->grid.n_filled + (size_t)1))
		return false;
	if (buckets->grid.n == 0 || at - buckets->grid.origin >= buckets->grid.n) {
		reach(buckets, at, at);
		at = uptime_ms >> buckets->grid.shift;
	}
	*i = (size_t)(at - buckets->grid.origin);
	return true;
}

bool pm_buckets_begin(
	struct pm_buckets *buckets, uint64_t uptime_ms, uint64_t level, uint64_t allocs)
{
	size_t i;

	pm_buckets_put_now(buckets);
	if (!pm_buckets_reach_far(buckets, uptime_ms, &i))
		return false;
	buckets->now_i = (uint16_t)i;
	buckets->now_begin = pm_bucket_begin(buckets, i);
	buckets->now_width = UINT64_C(1) << buckets->grid.shift;
	buckets->now = (struct pm_bucket){.n = 1,
		.sum_low = level,
		.min = level,
		.allocs = allocs,
		.offsets = uptime_ms - buckets->now_begin};
	buckets->any_bits |= level;
	return true;
}

bool pm_buckets_join(struct pm_buckets *buckets, struct pm_buckets *later, uint64_t allocs_before)
{
	unsigned finer;
	size_t k = 0;

	pm_buckets_put_now(buckets);
	pm_buckets_put_now(later);
	if (later->grid.n == 0)
		return true;
	if (buckets->grid.shift < later->grid.shift)
		coarsen(buckets, (unsigned)(later->grid.shift - buckets->grid.shift));
	finer = (unsigned)(buckets->grid.shift - later->grid.shift);
	reach(buckets, later->grid.origin >> finer,
		(later->grid.origin + later->grid.n - 1) >> finer);
	finer = (unsigned)(buckets->grid.shift - later->grid.shift);
	if (finer > 0)
		coarsen(later, finer);
	if (!make_room(buckets, (size_t)buckets->grid.n_filled + later->grid.n_filled))
		return false;
	for (size_t i = pm_filled_next(&later->grid.filled, 0); i < later->grid.n;
		i = pm_filled_next(&later->grid.filled, i + 1)) {
		struct pm_bucket part = later->at[k++];

		part.allocs += allocs_before;
		pm_buckets_put(
			buckets, (size_t)(later->grid.origin + i - buckets->grid.origin), &part);
	}
	buckets->n_samples += later->n_samples;
	buckets->any_bits |= later->any_bits;
	return true;
}

void pm_buckets_deinit(struct pm_buckets *buckets)
{
	free(buckets->at);
	*buckets = (struct pm_buckets){0};
}
