/* SPDX-License-Identifier: MIT */
/*
 * Lockstep: tags whose outstanding objects grow together in a fixed proportion have one cause.
 * Fixed proportion alone is not enough, as any two steady leaks have that; so besides they must
 * either swing together about their trends, or stand in a ratio of small whole numbers more closely
 * than chance and their own noise explain. And what sets them apart must be less than events of
 * their own would make it: leaks under one load swing together too.
 */
#ifndef POOLMON_ANALYZE_GROUPS_H
#define POOLMON_ANALYZE_GROUPS_H

#include <poolmon/findings.h>

#include "analyze/buckets.h"

struct pm_group_course { /* what can be known of one before it is compared with many */
	/* means of the samples in each bucket that has any; milliseconds of uptime */
	double level[PM_BUCKETS_MAX], time[PM_BUCKETS_MAX];
	int n;                         /* buckets with samples; of these: */
	double growth;                 /* from the first to the last, to either side */
	double moment[PM_BUCKETS_MAX]; /* times */
	double rest[PM_BUCKETS_MAX];   /* levels with their trend taken out */
	double steps[PM_BUCKETS_MAX];  /* of that, from one to the next */
	double steps_size;             /* sum of their squares */
};

struct pm_group_candidate {
	const struct pm_buckets *buckets;     /* of the last epoch */
	const struct pm_group_course *course; /* of the buckets */
	const char *host;
	double per_hour; /* slope of what the buckets hold; > 0 */
	double error;    /* its standard error, widened */
};

void pm_group_course_of(const struct pm_buckets *buckets, struct pm_group_course *course);

/* Whether two grow in lockstep. */
bool pm_in_lockstep(const struct pm_group_candidate *a, const struct pm_group_candidate *b);

#endif
