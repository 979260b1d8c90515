/* SPDX-License-Identifier: MIT */
/* Growth per unit of work: objects that stay for each process launched, each request, each test. */
#ifndef POOLMON_UNITS_H
#define POOLMON_UNITS_H

#include <poolmon/trends.h>

/*
 * What counts units is one of
 *   mark:TEXT      each mark whose text begins with TEXT
 *   SELECTOR       each allocation of a tag: [POOL/][TYPE/]PATTERN
 * and units are those of the host that a tag grew on.
 */
struct pm_units;

/* TEXT, for pm_trends_config.unit_mark before the scan; NULL: it is a selector. */
PM_API const char *pm_units_mark(const char *what);

/* Counts them. PM_E_ARGUMENT: what is empty. PM_E_INPUT: there is no such mark, no such tag, or its
 * allocations are not counted. PM_E_MEMORY. `what` and trends must outlive it. */
PM_API PM_MUST_USE enum pm_status pm_units_create(struct pm_units **units, const char *what,
	const struct pm_trends *trends, struct pm_error *err);
PM_API void pm_units_destroy(struct pm_units *units);

PM_API const char *pm_units_what(const struct pm_units *units); /* as it was given */
PM_API uint64_t pm_units_count(const struct pm_units *units);   /* of all hosts */

struct pm_per_unit {
	uint64_t units; /* in the time of the series; 0: none, and the rest is not set */
	bool has_diff, has_bytes;
	double diff, bytes; /* growth over units */
	bool bounded;       /* enough is known of when units were done: */
	double low, high;   /* 95 % interval of the slope over units: of diff, or of bytes where
			       there is no diff */
};

/*
 * Of series i. The exact number of allocations or marks where the series was there all the time.
 * Otherwise what was counted in its time, as well as the course of the unit tag tells, and else in
 * proportion to time.
 */
PM_API struct pm_per_unit pm_units_per(const struct pm_units *units, size_t i);

#endif
