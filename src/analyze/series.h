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

static inline struct pm_sample pm_sample_of(const struct pm_row *row)
{
	struct pm_sample sample = {
		.origin = row->origin,
		.time_ms = row->time_ms,
		.uptime_ms = row->uptime_ms,
		.has_counts = pm_row_has(row, PM_VALUE_ALLOCS) && pm_row_has(row, PM_VALUE_FREES),
		.has_diff = pm_row_has(row, PM_VALUE_DIFF),
		.has_bytes = pm_row_has(row, PM_VALUE_BYTES) || pm_row_has(row, PM_VALUE_FOOTPRINT),
		.allocs = row->value[PM_VALUE_ALLOCS],
		.frees = row->value[PM_VALUE_FREES],
		.diff = row->value[PM_VALUE_DIFF],
		.bytes = row->value[pm_row_has(row, PM_VALUE_BYTES) ? PM_VALUE_BYTES
								    : PM_VALUE_FOOTPRINT],
	};

	if (!sample.has_diff && sample.has_counts && sample.allocs >= sample.frees) {
		sample.has_diff = true;
		sample.diff = sample.allocs - sample.frees;
	}
	return sample;
}

/* Whether samples are missing in a step of so long. */
static inline bool pm_is_gap(const struct pm_origin *origin, int64_t span_ms)
{
	return origin->interval_ms > 0 && 2 * span_ms > 3 * origin->interval_ms;
}

struct pm_epoch {
	struct pm_line_sums bytes, diff;
	struct pm_wide jumps; /* squares of the changes of the level from sample to sample */
	uint64_t n_jumps;
	uint64_t allocs; /* since its first sample */
	bool uncounted;  /* some samples are without allocs and frees */
	struct pm_buckets buckets;
};

struct pm_series_past { /* needed from the second epoch on only */
	/* The first one, as long as something may come before it; owned. NULL: it is among the
	 * others. */
	struct pm_epoch *first;
	struct pm_line_closed bytes, diff; /* those before the one at hand */
	struct pm_points_sum points;       /* likewise */
};

struct pm_range {
	uint64_t first, last, min, max;
	bool any;
};

struct pm_series {
	uint64_t samples, n_epochs;
	struct pm_sample first, last;
	struct pm_series_past *past; /* NULL while n_epochs == 1; owned */
	uint64_t steps, gaps, fell, rose;
	uint64_t allocs, frees;
	bool counted;
	bool uncounted; /* set by the owner: load is not to be looked at */
	bool begun;     /* nothing comes before it: the first epoch need not be kept */
	/* At epoch.buckets.at and at course.at there begins what is touched where one cell follows
	 * another: the owner may have each of them in a cache line of its own. */
	struct pm_epoch epoch; /* the one at hand */
	int64_t span_ms;
	struct pm_course course;
	struct pm_range bytes, diff;
};

enum { PM_SERIES_CELLS = offsetof(struct pm_series, epoch.buckets.at) };

/* Nothing will come before it. */
void pm_series_begin(struct pm_series *series);

/* false when out of memory. */
PM_MUST_USE bool pm_series_add(struct pm_series *series, const struct pm_row *row);
/* Puts `later` behind, which is of no use then but for deinit. */
PM_MUST_USE bool pm_series_join(struct pm_series *series, struct pm_series *later);
void pm_series_deinit(struct pm_series *series);

/* The levels over the last epoch. */
const struct pm_buckets *pm_series_levels(struct pm_series *series);

/* Whether `later`, which has samples, goes on where this one stopped; else counters start again. */
bool pm_series_continues(const struct pm_series *series, const struct pm_series *later);

/* Fills all of *trend but origin, key, aliases, cycles and quiet. curves: see pm_figures_of(). */
void pm_series_figure(struct pm_series *series, struct pm_curves *curves, struct pm_trend *trend);

#endif
