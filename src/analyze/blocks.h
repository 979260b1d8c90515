/* SPDX-License-Identifier: MIT */
/* An epoch, or all that is known of a series, cut into up to 32 equal stretches of time ("blocks").
 */
#ifndef POOLMON_ANALYZE_BLOCKS_H
#define POOLMON_ANALYZE_BLOCKS_H

#include "analyze/buckets.h"
#include "analyze/course.h"

enum { PM_BLOCKS_MIN = 8, PM_BLOCKS_MAX = 32 };

struct pm_blocks { /* those with samples */
	int n;
	double n_samples, span_hours;
	double quantum;              /* what levels are multiples of */
	double x[PM_BLOCKS_MAX];     /* mean time of its samples, 0 to 1 */
	double base;                 /* smallest level of all, which the others are counted from */
	double level[PM_BLOCKS_MAX]; /* mean */
	double floor[PM_BLOCKS_MAX]; /* smallest */
	double load[PM_BLOCKS_MAX];  /* allocations a sample */
};

/* Each false: they are fewer than PM_BLOCKS_MIN. */
bool pm_blocks_make(struct pm_blocks *blocks, const struct pm_buckets *buckets);
/* Of bytes; no load is known of them. */
bool pm_blocks_of_course(struct pm_blocks *blocks, struct pm_course *course);

#endif
