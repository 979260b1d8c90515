/* SPDX-License-Identifier: MIT */
/*
 * The course of one epoch in bounded space: what was seen in each of up to PM_BUCKETS_MAX stretches
 * of the monotonic clock. Bucket i covers the milliseconds whose uptime >> shift is origin + i;
 * when the span outgrows them, pairs are put together and the shift goes up by one. As the grid
 * does not depend on where the epoch begins, and all of it are integers, the buckets of an epoch
 * are the same however the log was cut into parts.
 */
#ifndef POOLMON_ANALYZE_BUCKETS_H
#define POOLMON_ANALYZE_BUCKETS_H

#include <poolmon/error.h>

#include "analyze/grid.h"

enum { PM_BUCKETS_MAX = PM_FILLED_MAX };

struct pm_bucket {
	uint32_t n, sum_high; /* samples; sum of their levels, bits 64 to 95 */
	uint64_t sum_low;
	uint64_t min;
	uint64_t allocs;  /* made in the epoch until the last of these samples */
	uint64_t offsets; /* sum of milliseconds from the begin of the bucket to the samples */
};

struct pm_buckets {
	/* The one at hand, which is not in `at` yet: most samples touch no more than this. */
	struct pm_bucket now;
	uint64_t now_begin, now_width; /* milliseconds; width 0: there is none */
	uint64_t any_bits; /* all levels, or-ed: its lowest bit set is what they are multiples of */
	uint64_t n_samples; /* but those at hand */

	struct pm_bucket *at; /* [grid.n_filled]: those with samples; owned */
	struct pm_grid grid;
	uint16_t now_i; /* where the one at hand belongs */
};

/* Begins with another bucket than that at hand. */
PM_MUST_USE bool pm_buckets_begin(
	struct pm_buckets *buckets, uint64_t uptime_ms, uint64_t level, uint64_t allocs);

/* false when out of memory. level: outstanding objects, or bytes where there are none. allocs: made
 * since the first sample of the epoch. A clock that goes back counts where it went to. */
static inline bool pm_buckets_add(
	struct pm_buckets *buckets, uint64_t uptime_ms, uint64_t level, uint64_t allocs)
{
	const uint64_t offset = uptime_ms - buckets->now_begin;
	struct pm_bucket *now = &buckets->now;

	if (offset >= buckets->now_width || now->n == UINT32_MAX)
		return pm_buckets_begin(buckets, uptime_ms, level, allocs);
	now->n++;
	now->sum_low += level;
	now->sum_high += now->sum_low < level;
	now->min = level < now->min ? level : now->min;
	now->allocs = allocs > now->allocs ? allocs : now->allocs;
	now->offsets += offset;
	buckets->any_bits |= level;
	return true;
}

/* Puts the bucket at hand to the others, so that none is; to be called before they are looked at. */
void pm_buckets_put_now(struct pm_buckets *buckets);

/* Like pm_buckets_reach(), wherever the bucket is. */
PM_MUST_USE bool pm_buckets_reach_far(struct pm_buckets *buckets, uint64_t uptime_ms, size_t *i);

/* Makes them reach up to the bucket i that this time belongs to, and room for it; none is at hand.
 * False: out of memory. */
PM_MUST_USE static inline bool pm_buckets_reach(
	struct pm_buckets *buckets, uint64_t uptime_ms, size_t *i)
{
	const uint64_t at = (uptime_ms >> buckets->grid.shift) - buckets->grid.origin;

	if (buckets->grid.n == 0 || at >= PM_BUCKETS_MAX ||
		buckets->grid.n_filled >= buckets->grid.capacity)
		return pm_buckets_reach_far(buckets, uptime_ms, i);
	buckets->grid.n = (uint16_t)(at < buckets->grid.n ? buckets->grid.n : at + 1);
	*i = (size_t)at;
	return true;
}

/* When bucket i begins; so it ends when the next does. */
static inline uint64_t pm_bucket_begin(const struct pm_buckets *buckets, size_t i)
{
	return (buckets->grid.origin + i) << buckets->grid.shift;
}

/* Puts b to what is in bucket i of those that they reach to, for which there is room; none is at
 * hand. What all of them have in common, n_samples and any_bits, is the caller's. */
static inline void pm_buckets_put(struct pm_buckets *buckets, size_t i, const struct pm_bucket *b)
{
	bool is_new;
	const size_t k = pm_grid_open(&buckets->grid, buckets->at, sizeof(*b), i, &is_new);
	struct pm_bucket *a = &buckets->at[k];

	if (is_new) {
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

/* Puts later ones behind, which are of no use then but for deinit; theirs counted `allocs` from a
 * point where ours stood at allocs_before. */
bool pm_buckets_join(struct pm_buckets *buckets, struct pm_buckets *later, uint64_t allocs_before);

void pm_buckets_deinit(struct pm_buckets *buckets);

extern const struct pm_bucket pm_bucket_none;

/* Bucket i, which may have no samples. */
static inline const struct pm_bucket *pm_buckets_get(const struct pm_buckets *buckets, size_t i)
{
	return pm_filled_has(&buckets->grid.filled, i)
		? &buckets->at[pm_filled_before(&buckets->grid.filled, i)]
		: &pm_bucket_none;
}

/* When the samples of bucket i were taken, on average: milliseconds since the begin of the first
 * bucket. It has some. */
static inline double pm_bucket_time(
	const struct pm_buckets *buckets, size_t i, const struct pm_bucket *bucket)
{
	return (double)((uint64_t)i << buckets->grid.shift) + (double)bucket->offsets / bucket->n;
}

/* Allocations made until the last sample before bucket i; 0: there is none. */
static inline uint64_t pm_buckets_allocs_before(const struct pm_buckets *buckets, size_t i)
{
	const size_t k = i < buckets->grid.n ? pm_filled_before(&buckets->grid.filled, i)
					     : buckets->grid.n_filled;

	return k > 0 ? buckets->at[k - 1].allocs : 0;
}

/* The sum of how far its levels are above `least`, which none is below. */
static inline double pm_bucket_sum_above(const struct pm_bucket *bucket, uint64_t least)
{
	const uint64_t low = bucket->n * (least & UINT32_MAX), high = bucket->n * (least >> 32);
	const uint64_t off_low = low + (high << 32);
	const uint64_t off_high = (high >> 32) + (off_low < low);
	const uint64_t rest_low = bucket->sum_low - off_low;
	const uint64_t rest_high = bucket->sum_high - off_high - (bucket->sum_low < off_low);

	return (double)rest_high * 18446744073709551616.0 + (double)rest_low;
}

/* What all levels are multiples of; 0 if there is none but 0. */
static inline double pm_buckets_quantum(const struct pm_buckets *buckets)
{
	return (double)(buckets->any_bits & (~buckets->any_bits + 1));
}

static inline double pm_bucket_sum(const struct pm_bucket *bucket)
{
	return (double)bucket->sum_high * 18446744073709551616.0 + (double)bucket->sum_low;
}

#endif
