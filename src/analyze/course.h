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

struct pm_course_bucket {
	uint32_t n,
		sum_high; /* samples (stays at its largest); sum of their bytes, bits 64 to 95 */
	uint64_t sum_low, min, max;
};

struct pm_course {
	struct pm_course_bucket *at; /* [n]; owned */
	struct pm_course_cut *cuts;  /* [n_cuts]; owned */
	uint64_t origin;
	uint8_t n, capacity, n_cuts, shift;
};

/* Each false when out of memory. */
PM_MUST_USE bool pm_course_add(struct pm_course *course, int64_t time_ms, uint64_t bytes);
PM_MUST_USE bool pm_course_cut(struct pm_course *course, struct pm_course_cut cut);
PM_MUST_USE bool pm_course_join(struct pm_course *course, const struct pm_course *later);
void pm_course_deinit(struct pm_course *course);

/* The buckets that hold any sample; returns how many. */
size_t pm_course_points(
	const struct pm_course *course, struct pm_course_point points[PM_COURSE_MAX]);

#endif
