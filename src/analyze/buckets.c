/* SPDX-License-Identifier: MIT */
#include "analyze/buckets.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 16 };

/* b, which is of the same or a later time, goes into a. */
static void put_together(struct pm_bucket *a, const struct pm_bucket *b)
{
	const uint64_t low = a->sum_low + b->sum_low;

	if (b->n == 0)
		return;
	if (a->n == 0) {
		*a = *b;
		return;
	}
	a->n += b->n;
	a->sum_high += b->sum_high + (low < b->sum_low);
	a->sum_low = low;
	a->min = b->min < a->min ? b->min : a->min;
	a->allocs = b->allocs > a->allocs ? b->allocs : a->allocs;
	a->offsets += b->offsets;
}

/* Puts 2^by buckets together each. */
static void coarsen(struct pm_buckets *buckets, unsigned by)
{
	const uint64_t origin = buckets->origin >> by;
	size_t n = 0;

	for (size_t i = 0; i < buckets->n; i++) {
		const uint64_t at = buckets->origin + i;
		const size_t to = (size_t)((at >> by) - origin);
		struct pm_bucket part = buckets->at[i];

		part.offsets += part.n * ((at - (at >> by << by)) << buckets->shift);
		for (; n <= to; n++)
			buckets->at[n] = (struct pm_bucket){0};
		put_together(&buckets->at[to], &part);
	}
	buckets->n = (uint16_t)n;
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

static uint64_t begin_of(const struct pm_buckets *buckets, const struct pm_bucket *bucket)
{
	return (buckets->origin + (uint64_t)(bucket - buckets->at)) << buckets->shift;
}

/* The bucket for a time given on the grid of `shift`, not coarser than ours. NULL: out of memory. */
static struct pm_bucket *bucket_of(struct pm_buckets *buckets, uint64_t time, unsigned shift)
{
	uint64_t at = time >> (buckets->shift - shift);

	if (buckets->n > 0) {
		const uint64_t end = buckets->origin + buckets->n - 1;
		const uint64_t first = at < buckets->origin ? at : buckets->origin;
		const uint64_t last = at > end ? at : end;
		unsigned by = 0;

		while ((last >> by) - (first >> by) >= PM_BUCKETS_MAX)
			by++;
		if (by > 0)
			coarsen(buckets, by);
		at >>= by;
	}
	if (buckets->n == 0)
		buckets->origin = at;
	if (at < buckets->origin) {
		const size_t before = (size_t)(buckets->origin - at);

		if (!make_room(buckets, buckets->n + before))
			return NULL;
		memmove(buckets->at + before, buckets->at, buckets->n * sizeof(*buckets->at));
		memset(buckets->at, 0, before * sizeof(*buckets->at));
		buckets->n += (uint16_t)before;
		buckets->origin = at;
	} else if (at - buckets->origin >= buckets->n) {
		const size_t n = (size_t)(at - buckets->origin) + 1;

		if (!make_room(buckets, n))
			return NULL;
		memset(buckets->at + buckets->n, 0, (n - buckets->n) * sizeof(*buckets->at));
		buckets->n = (uint16_t)n;
	}
	return &buckets->at[at - buckets->origin];
}

bool pm_buckets_begin(
	struct pm_buckets *buckets, uint64_t uptime_ms, uint64_t level, uint64_t allocs)
{
	struct pm_bucket *bucket;

	pm_buckets_settle(buckets);
	bucket = bucket_of(buckets, uptime_ms, 0);
	if (bucket == NULL)
		return false;
	buckets->now_i = (uint16_t)(bucket - buckets->at);
	buckets->now_begin = begin_of(buckets, bucket);
	buckets->now_width = UINT64_C(1) << buckets->shift;
	buckets->now = (struct pm_bucket){.n = 1,
		.sum_low = level,
		.min = level,
		.allocs = allocs,
		.offsets = uptime_ms - buckets->now_begin};
	buckets->n_samples++;
	buckets->any_bits |= level;
	return true;
}

void pm_buckets_settle(struct pm_buckets *buckets)
{
	if (buckets->now_width == 0)
		return;
	put_together(&buckets->at[buckets->now_i], &buckets->now);
	buckets->now_width = 0;
}

bool pm_buckets_join(struct pm_buckets *buckets, struct pm_buckets *later, uint64_t allocs_before)
{
	pm_buckets_settle(buckets);
	pm_buckets_settle(later);
	if (later->n > 0 && buckets->shift < later->shift)
		coarsen(buckets, (unsigned)(later->shift - buckets->shift));
	for (size_t i = 0; i < later->n; i++) {
		struct pm_bucket add = later->at[i], *bucket;

		if (add.n == 0)
			continue;
		bucket = bucket_of(buckets, later->origin + i, later->shift);
		if (bucket == NULL)
			return false;
		add.allocs += allocs_before;
		add.offsets +=
			add.n * (((later->origin + i) << later->shift) - begin_of(buckets, bucket));
		put_together(bucket, &add);
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
