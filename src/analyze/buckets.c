/* SPDX-License-Identifier: MIT */
#include "analyze/buckets.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 4 };

const struct pm_bucket pm_bucket_none = {0};

static void add(struct pm_bucket *a, const struct pm_bucket *b)
{
	a->n += b->n;
	a->sum_low += b->sum_low;
	a->sum_high += b->sum_high + (a->sum_low < b->sum_low);
	a->min = b->min < a->min ? b->min : a->min;
	a->allocs = b->allocs > a->allocs ? b->allocs : a->allocs;
	a->offsets += b->offsets;
}

struct pm_bucket *pm_buckets_open(struct pm_buckets *buckets, size_t i, bool *is_new)
{
	size_t k = buckets->n_filled;

	*is_new = false;
	if (k > 0 && i == buckets->last_i)
		return &buckets->at[k - 1];
	if (k > 0 && i < buckets->last_i) {
		k = pm_filled_before(&buckets->filled, i);
		if (pm_filled_has(&buckets->filled, i))
			return &buckets->at[k];
		memmove(buckets->at + k + 1, buckets->at + k,
			(buckets->n_filled - k) * sizeof(*buckets->at));
	} else {
		buckets->last_i = (uint16_t)i;
	}
	*is_new = true;
	pm_filled_add(&buckets->filled, i);
	buckets->n_filled++;
	return &buckets->at[k];
}

/* Puts b to what is in bucket i already, for which there is room. */
static void put(struct pm_buckets *buckets, size_t i, const struct pm_bucket *b)
{
	bool is_new;
	struct pm_bucket *a = pm_buckets_open(buckets, i, &is_new);

	if (is_new)
		*a = *b;
	else
		add(a, b);
}

/* Puts 2^by buckets together each; none is at hand. */
static void coarsen(struct pm_buckets *buckets, unsigned by)
{
	const struct pm_filled filled = buckets->filled;
	const uint64_t first = buckets->origin, origin = first >> by;
	const size_t n = buckets->n;
	size_t k = 0;

	buckets->filled = (struct pm_filled){{0}};
	buckets->n_filled = 0;
	for (size_t i = pm_filled_next(&filled, 0); i < n; i = pm_filled_next(&filled, i + 1)) {
		const uint64_t at = first + i;
		struct pm_bucket part =
			buckets->at[k++]; /* none is written to before it was read */

		part.offsets += part.n * ((at - (at >> by << by)) << buckets->shift);
		put(buckets, (size_t)((at >> by) - origin), &part);
	}
	if (n > 0)
		buckets->n = (uint16_t)(((first + n - 1) >> by) - origin + 1);
	buckets->origin = origin;
	buckets->shift = (uint8_t)(buckets->shift + by);
}

/* Makes room for so many with samples, of which there are never more than PM_BUCKETS_MAX. */
static bool make_room(struct pm_buckets *buckets, size_t n)
{
	size_t capacity = buckets->capacity == 0 ? CAPACITY_FIRST : buckets->capacity;
	struct pm_bucket *grown;

	n = n > PM_BUCKETS_MAX ? PM_BUCKETS_MAX : n;
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
 * be; none is at hand. */
static void reach(struct pm_buckets *buckets, uint64_t first, uint64_t last)
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
	if (buckets->n > 0 && first < buckets->origin) {
		const size_t before = (size_t)(buckets->origin - first);

		buckets->filled = pm_filled_moved(&buckets->filled, before);
		buckets->last_i = (uint16_t)(buckets->last_i + before);
	}
	buckets->origin = first;
	buckets->n = (uint16_t)(last - first + 1);
}

void pm_buckets_put_now(struct pm_buckets *buckets)
{
	if (buckets->now_width == 0)
		return;
	put(buckets, buckets->now_i, &buckets->now);
	buckets->n_samples += buckets->now.n;
	buckets->now_width = 0;
}

bool pm_buckets_reach_far(struct pm_buckets *buckets, uint64_t uptime_ms, size_t *i)
{
	uint64_t at = uptime_ms >> buckets->shift;

	if (!make_room(buckets, buckets->n_filled + (size_t)1))
		return false;
	if (buckets->n == 0 || at - buckets->origin >= buckets->n) {
		reach(buckets, at, at);
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

bool pm_buckets_join(struct pm_buckets *buckets, struct pm_buckets *later, uint64_t allocs_before)
{
	unsigned finer;
	size_t k = 0;

	pm_buckets_put_now(buckets);
	pm_buckets_put_now(later);
	if (later->n == 0)
		return true;
	if (buckets->shift < later->shift)
		coarsen(buckets, (unsigned)(later->shift - buckets->shift));
	finer = (unsigned)(buckets->shift - later->shift);
	reach(buckets, later->origin >> finer, (later->origin + later->n - 1) >> finer);
	finer = (unsigned)(buckets->shift - later->shift);
	if (finer > 0)
		coarsen(later, finer);
	if (!make_room(buckets, (size_t)buckets->n_filled + later->n_filled))
		return false;
	for (size_t i = pm_filled_next(&later->filled, 0); i < later->n;
		i = pm_filled_next(&later->filled, i + 1)) {
		struct pm_bucket part = later->at[k++];

		part.allocs += allocs_before;
		put(buckets, (size_t)(later->origin + i - buckets->origin), &part);
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
