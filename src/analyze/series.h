/* SPDX-License-Identifier: MIT */
/* What is kept of one series. Bounded, exact, and joined in the order of the log. */
#ifndef POOLMON_ANALYZE_SERIES_H
#define POOLMON_ANALYZE_SERIES_H

#include "analyze/buckets.h"
#include "analyze/course.h"
#include "analyze/line.h"
#include "analyze/points.h"

struct pm_sample { /* one row, reduced to what the next one is compared with */
	const struct pm_origin *origin;
	int64_t time_ms, uptime_ms;
	bool has_counts, has_diff, has_bytes;
	uint64_t allocs, frees, diff, bytes;
};

struct pm_epoch {
	struct pm_line_sums bytes, diff;
	struct pm_buckets buckets;
	struct pm_wide jumps; /* squares of the changes of the level from sample to sample */
	uint64_t n_jumps;
	uint64_t allocs; /* since its first sample */
	bool uncounted;  /* some samples are without allocs and frees */
};

struct pm_series_past {                    /* needed from the second epoch on only */
	struct pm_epoch last;              /* the epoch at hand */
	struct pm_line_closed bytes, diff; /* those between the first and the last */
	struct pm_points_sum points;       /* likewise */
};

struct pm_range {
	uint64_t first, last, min, max;
	bool any;
};

struct pm_series {
	uint64_t samples, n_epochs;
	struct pm_sample first, last;
	struct pm_epoch first_epoch;
	struct pm_series_past *past; /* NULL while n_epochs == 1; owned */
	struct pm_range bytes, diff;
	int64_t span_ms;
	uint64_t steps, gaps, fell, rose;
	uint64_t allocs, frees;
	bool counted;
	bool uncounted; /* set by the owner: load is not to be looked at */
	struct pm_course course;
};

/* A sample of it is about to be added: has what that touches fetched. */
static inline void pm_series_expect(const struct pm_series *series)
{
	const char *at = (const char *)series;

	for (size_t i = 0; i < sizeof(*series); i += 64)
		__builtin_prefetch(at + i, 1);
}

/* false when out of memory. */
PM_MUST_USE bool pm_series_add(struct pm_series *series, const struct pm_row *row);
/* Puts `later` behind, which is of no use then but for deinit. */
PM_MUST_USE bool pm_series_join(struct pm_series *series, struct pm_series *later);
void pm_series_deinit(struct pm_series *series);

/* The levels over the last epoch. */
const struct pm_buckets *pm_series_levels(struct pm_series *series);

/* Whether `later`, which has samples, goes on where this one stopped; else counters start again. */
bool pm_series_continues(const struct pm_series *series, const struct pm_series *later);

/* Fills all of *trend but origin, key, aliases, cycles and quiet. */
void pm_series_figure(struct pm_series *series, struct pm_trend *trend);

#endif
