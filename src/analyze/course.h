/* SPDX-License-Identifier: MIT */
/*
 * The course of one series over the wall clock, for plots, in bounded space: what was seen in each
 * of up to PM_COURSE_MAX stretches. Bucket i covers the milliseconds whose time >> shift is origin
 * + i; when the span outgrows them, aligned pairs are put together and the shift goes up by one.
 * The grid does not depend on where the series begins and all of it are integers, so the course is
 * the same however the log was cut into parts.
 */
#ifndef POOLMON_ANALYZE_COURSE_H
#define POOLMON_ANALYZE_COURSE_H

#include <poolmon/trends.h>

#include "analyze/grid.h"

struct pm_course_bucket {
	uint32_t n,
		sum_high; /* samples (stays at its largest); sum of their bytes, bits 64 to 95 */
	uint64_t sum_low, min, max;
};

struct pm_course {
	struct pm_course_bucket *at; /* [grid.n_filled]: those with samples; owned */
	struct pm_grid grid;

	struct pm_course_bucket now;   /* the one at hand, which is not in `at` yet */
	uint64_t now_begin, now_width; /* milliseconds; width 0: there is none */
	struct pm_course_cut *cuts;    /* [n_cuts]; owned */
	uint8_t n_cuts;
	uint8_t now_i; /* where `now` belongs */
};

/* Begins with another bucket than that at hand. */
PM_MUST_USE bool pm_course_begin(struct pm_course *course, uint64_t time_ms, uint64_t bytes);

/* Each false when out of memory. */
PM_MUST_USE static inline bool pm_course_add(
	struct pm_course *course, int64_t time_ms, uint64_t bytes)
{
	const uint64_t time = time_ms < 0 ? 0 : (uint64_t)time_ms;
	struct pm_course_bucket *now = &course->now;

	if (time - course->now_begin >= course->now_width || now->n == UINT32_MAX)
		return pm_course_begin(course, time, bytes);
	now->n++;
	now->sum_low += bytes;
	now->sum_high += now->sum_low < bytes;
	now->min = bytes < now->min ? bytes : now->min;
	now->max = bytes > now->max ? bytes : now->max;
	return true;
}

/* Puts the bucket at hand to the others, so that none is. */
void pm_course_put_now(struct pm_course *course);

/* Like pm_course_reach(), wherever the bucket is. */
PM_MUST_USE bool pm_course_reach_far(struct pm_course *course, uint64_t time_ms, size_t *i);

/* Makes them reach up to the bucket i that this time belongs to, and room for it; none is at hand.
 * False: out of memory. */
PM_MUST_USE static inline bool pm_course_reach(
	struct pm_course *course, uint64_t time_ms, size_t *i)
{
	const uint64_t at = (time_ms >> course->grid.shift) - course->grid.origin;

	if (course->grid.n == 0 || at >= PM_COURSE_MAX ||
		course->grid.n_filled >= course->grid.capacity)
		return pm_course_reach_far(course, time_ms, i);
	course->grid.n = (uint8_t)(at < course->grid.n ? course->grid.n : at + 1);
	*i = (size_t)at;
	return true;
}

/* When bucket i begins; so it ends when the next does. */
static inline uint64_t pm_course_begin_of(const struct pm_course *course, size_t i)
{
	return (course->grid.origin + i) << course->grid.shift;
}

/* Puts b to what is in bucket i of those that they reach to, for which there is room; none is at
 * hand. */
static inline void pm_course_put(
	struct pm_course *course, size_t i, const struct pm_course_bucket *b)
{
	bool is_new;
	const size_t k = pm_grid_open(&course->grid, course->at, sizeof(*b), i, &is_new);
	struct pm_course_bucket *a = &course->at[k];

	if (is_new) {
		*a = *b;
		return;
	}
	a->n = b->n > UINT32_MAX - a->n ? UINT32_MAX : a->n + b->n;
	a->sum_low += b->sum_low;
	a->sum_high += b->sum_high + (a->sum_low < b->sum_low);
	a->min = b->min < a->min ? b->min : a->min;
	a->max = b->max > a->max ? b->max : a->max;
}

PM_MUST_USE bool pm_course_cut(struct pm_course *course, struct pm_course_cut cut);

/* `later` is of no use then but for deinit. */
PM_MUST_USE bool pm_course_join(struct pm_course *course, struct pm_course *later);
void pm_course_deinit(struct pm_course *course);

/* The buckets that hold any sample; returns how many. */
size_t pm_course_points(struct pm_course *course, struct pm_course_point points[PM_COURSE_MAX]);

#endif
