/* SPDX-License-Identifier: MIT */
#include "analyze/buckets.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 20, SHIFT_MAX = 60 };

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

static void coarsen(struct pm_buckets *buckets)
{
	const uint64_t origin = buckets->origin >> 1;
	const size_t odd = (size_t)(buckets->origin & 1);
	const size_t n = buckets->n == 0 ? 0 : (odd + buckets->n + 1) / 2;

	for (size_t i = 0; i < n; i++) {
		struct pm_bucket pair = {0};

		for (size_t j = 2 * i; j < 2 * i + 2; j++) {
			if (j >= odd && j - odd < buckets->n) {
				struct pm_bucket *half = &buckets->at[j - odd];

				if (j % 2 != 0)
					half->offsets += (uint64_t)half->n << buckets->shift;
				put_together(&pair, half);
			}
		}
		buckets->at[i] = pair;
	}
	buckets->n = (uint16_t)n;
	buckets->origin = origin;
	buckets->shift++;
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

/* The bucket for a time given on the grid of `shift`, not finer than ours. NULL: out of memory. */
static struct pm_bucket *bucket_of(struct pm_buckets *buckets, uint64_t time, unsigned shift)
{
	uint64_t at, first, last;

	for (;;) {
		at = buckets->shift >= shift ? time >> (buckets->shift - shift) : time;
		if (buckets->n == 0)
			break;
		first = at < buckets->origin ? at : buckets->origin;
		last = buckets->origin + buckets->n - 1;
		last = at > last ? at : last;
		if (last - first < PM_BUCKETS_MAX || buckets->shift >= SHIFT_MAX)
			break;
		coarsen(buckets);
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

bool pm_buckets_add(struct pm_buckets *buckets, uint64_t uptime_ms, uint64_t level, uint64_t allocs)
{
	struct pm_bucket one = {.n = 1, .sum_low = level, .min = level, .allocs = allocs};
	struct pm_bucket *bucket = bucket_of(buckets, uptime_ms, 0);

	if (bucket == NULL)
		return false;
	one.offsets = uptime_ms - begin_of(buckets, bucket);
	put_together(bucket, &one);
	buckets->n_samples++;
	buckets->any_bits |= level;
	return true;
}

bool pm_buckets_join(
	struct pm_buckets *buckets, const struct pm_buckets *later, uint64_t allocs_before)
{
	while (later->n > 0 && buckets->shift < later->shift)
		coarsen(buckets);
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

void pm_buckets_clear(struct pm_buckets *buckets)
{
	*buckets = (struct pm_buckets){.at = buckets->at, .capacity = buckets->capacity};
}

void pm_buckets_deinit(struct pm_buckets *buckets)
{
	free(buckets->at);
	*buckets = (struct pm_buckets){0};
}
