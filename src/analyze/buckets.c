/* SPDX-License-Identifier: MIT */
#include "analyze/buckets.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 16 };

/* Puts b to what is in a cell already. */
static void put(struct pm_bucket *at, struct pm_filled *filled, size_t i, const struct pm_bucket *b)
{
	struct pm_bucket *a = &at[i];

	if (!pm_filled_has(filled, i)) {
		pm_filled_add(filled, i);
		*a = *b;
		return;
	}
	a->n += b->n;
	a->sum_low += b->sum_low;
	a->sum_high += b->sum_high + (a->sum_low < b->sum_low);
	a->min = b->min < a->min ? b->min : a->min;
	a->allocs = b->allocs > a->allocs ? b->allocs : a->allocs;
	a->offsets += b->offsets;
}

/* Puts 2^by buckets together each; none is at hand. */
static void coarsen(struct pm_buckets *buckets, unsigned by)
{
	const uint64_t origin = buckets->origin >> by;
	struct pm_filled filled = {{0}};

	for (size_t i = pm_filled_next(&buckets->filled, 0); i < buckets->n;
		i = pm_filled_next(&buckets->filled, i + 1)) {
		const uint64_t at = buckets->origin + i;
		struct pm_bucket part = buckets->at[i];

		part.offsets += part.n * ((at - (at >> by << by)) << buckets->shift);
		put(buckets->at, &filled, (size_t)((at >> by) - origin), &part);
	}
	if (buckets->n > 0)
		buckets->n = (uint16_t)(((buckets->origin + buckets->n - 1) >> by) - origin + 1);
	buckets->filled = filled;
	buckets->origin = origin;
	buckets->shift = (uint8_t)(buckets->shift + by);
}

static bool make_room(struct pm_buckets *buckets, size_t n)
{
	size_t capacity = buckets->capacity == 0 ? CAPACITY_FIRST : buckets->capacity;
	struct pm_bucket *grown;

	if (n <= buckets->capacity)
		return true;
	while (capacity < n)
		capacity *= 2;
	grown = realloc(buckets->at, capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	buckets->at = grown;
	buckets->capacity = (uint16_t)capacity;
	return true;
}

/* Makes them reach from bucket `first` to bucket `last` of their grid, or of a coarser one if need
 * be; none is at hand. False: out of memory. */
static bool reach(struct pm_buckets *buckets, uint64_t first, uint64_t last)
{
	unsigned by;

	if (buckets->n > 0) {
		const uint64_t end = buckets->origin + buckets->n - 1;

		first = first < buckets->origin ? first : buckets->origin;
		last = last > end ? last : end;
	}
	by = pm_grid_excess(first, last, PM_BUCKETS_MAX);
	if (by > 0)
		coarsen(buckets, by);
	first >>= by;
	last >>= by;
	if (!make_room(buckets, (size_t)(last - first) + 1))
		return false;
	if (buckets->n > 0 && first < buckets->origin) {
		const size_t before = (size_t)(buckets->origin - first);

		memmove(buckets->at + before, buckets->at, buckets->n * sizeof(*buckets->at));
		buckets->filled = pm_filled_moved(&buckets->filled, before);
	}
	buckets->origin = first;
	buckets->n = (uint16_t)(last - first + 1);
	return true;
}

void pm_buckets_put_now(struct pm_buckets *buckets)
{
	if (buckets->now_width == 0)
		return;
	put(buckets->at, &buckets->filled, buckets->now_i, &buckets->now);
	buckets->n_samples += buckets->now.n;
	buckets->now_width = 0;
}

bool pm_buckets_reach_far(struct pm_buckets *buckets, uint64_t uptime_ms, size_t *i)
{
	uint64_t at = uptime_ms >> buckets->shift;

	if (buckets->n == 0 || at - buckets->origin >= buckets->n) {
		if (!reach(buckets, at, at))
			return false;
		at = uptime_ms >> buckets->shift;
	}
	*i = (size_t)(at - buckets->origin);
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
	buckets->now_width = UINT64_C(1) << buckets->shift;
	buckets->now = (struct pm_bucket){.n = 1,
		.sum_low = level,
		.min = level,
		.allocs = allocs,
		.offsets = uptime_ms - buckets->now_begin};
	buckets->any_bits |= level;
	return true;
}

void pm_buckets_settle(struct pm_buckets *buckets)
{
	pm_buckets_put_now(buckets);
	for (size_t i = 0; i < buckets->n; i++) {
		if (!pm_filled_has(&buckets->filled, i))
			buckets->at[i] = (struct pm_bucket){0};
	}
}

bool pm_buckets_join(struct pm_buckets *buckets, struct pm_buckets *later, uint64_t allocs_before)
{
	unsigned finer;

	pm_buckets_put_now(buckets);
	pm_buckets_put_now(later);
	if (later->n == 0)
		return true;
	if (buckets->shift < later->shift)
		coarsen(buckets, (unsigned)(later->shift - buckets->shift));
	finer = (unsigned)(buckets->shift - later->shift);
	if (!reach(buckets, later->origin >> finer, (later->origin + later->n - 1) >> finer))
		return false;
	finer = (unsigned)(buckets->shift - later->shift);
	if (finer > 0)
		coarsen(later, finer);
	for (size_t i = pm_filled_next(&later->filled, 0); i < later->n;
		i = pm_filled_next(&later->filled, i + 1)) {
		struct pm_bucket add = later->at[i];

		add.allocs += allocs_before;
		put(buckets->at, &buckets->filled, (size_t)(later->origin + i - buckets->origin),
			&add);
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
