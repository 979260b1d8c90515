/* SPDX-License-Identifier: MIT */
/*
 * Samples of a series at one moment after the other, put to it all at once.
 *
 * All series of a host are sampled at the same moments, and most samples say what the one before
 * said. So moments are numbered - a tick each - and of the sums over them that every series wants
 * (how many, their times, the squares of these) there is one running account: over any stretch of
 * ticks they are differences. While a series has a sample at each tick, and its level stays,
 * nothing is done for it but to note the tick. When the level changes, what the samples at the old
 * level add is worked out: for n samples at level y and times x that is n y, n y^2 and y sum x.
 * When the stretch ends, all goes to the series in one piece. Integers throughout, so what the
 * series holds then is what it would hold if each sample had been added by itself.
 *
 * Times are counted from the first tick, and are less than 2^26 ms; levels are below 2^48; there
 * are PM_TICKS_MAX ticks at most. So no sum here is too large for what it is kept in. What does not
 * fit
 * - larger levels, counters that fall, ticks without a sample - ends a stretch.
 */
#ifndef POOLMON_ANALYZE_STRETCH_H
#define POOLMON_ANALYZE_STRETCH_H

#include "analyze/series.h"
#include "base/wide.h"

enum { PM_TICKS_MAX = 512, PM_LEVEL_BITS = 48 };

struct pm_tick {
	uint32_t uptime_ms, time_ms; /* since the first tick */
	uint32_t n_gaps;             /* steps up to here that are longer than they should be */
	uint64_t sum, sum_squares;   /* of uptime_ms up to here */
};

/* Moments of one origin at which neither clock goes back. Begins as {0}. */
struct pm_ticks {
	const struct pm_origin *origin;
	int64_t uptime_ms, time_ms; /* of the first */
	uint32_t n;
	struct pm_tick at[PM_TICKS_MAX];
};

/* Whether the last tick is this moment already. */
static inline bool pm_ticks_are_at(const struct pm_ticks *ticks, const struct pm_row *row)
{
	const struct pm_tick *last = ticks->at + (ticks->n > 0 ? ticks->n - 1 : 0);

	return ticks->n > 0 && ticks->origin == row->origin &&
		row->uptime_ms - ticks->uptime_ms == last->uptime_ms &&
		row->time_ms - ticks->time_ms == last->time_ms;
}

/* Adds a tick; false: it does not go with the others, so that all stretches have to end. */
bool pm_ticks_add(struct pm_ticks *ticks, const struct pm_row *row);

/* Begins anew with this moment; no stretch is left. */
void pm_ticks_begin(struct pm_ticks *ticks, const struct pm_row *row);

struct pm_stretch_sums { /* of samples before the present level */
	uint64_t y;
	struct pm_wide_pair yy, xy;
};

/* The samples of one series behind the last one that it was given itself. */
struct pm_stretch {
	uint32_t first; /* tick of that one */
	uint32_t level; /* tick of the first sample at the present level, or `first` */
	struct pm_stretch_sums bytes, diff;
	struct pm_wide_pair jumps;
};

/* Begins one: the series has been given a sample at this tick. */
static inline void pm_stretch_begin(struct pm_stretch *stretch, uint32_t tick)
{
	*stretch = (struct pm_stretch){.first = tick, .level = tick};
}

/* Whether a stretch may begin with this sample, which a series was given last. */
bool pm_stretch_may_begin(const struct pm_series *series);

/* Whether a row may follow one that has the same and these values; else the stretch has to end. */
static inline bool pm_stretch_may_change(
	const uint64_t before[PM_N_VALUES], const struct pm_row *after)
{
	const uint64_t *value = after->value;
	const uint64_t allocs = value[PM_VALUE_ALLOCS], frees = value[PM_VALUE_FREES];
	const uint64_t levels =
		value[PM_VALUE_DIFF] | value[PM_VALUE_BYTES] | value[PM_VALUE_FOOTPRINT];

	if (levels >> PM_LEVEL_BITS != 0 || allocs < before[PM_VALUE_ALLOCS] ||
		frees < before[PM_VALUE_FREES])
		return false;
	/* without diff, it is told by the two, if they can */
	return pm_row_has(after, PM_VALUE_DIFF) ||
		(before[PM_VALUE_ALLOCS] >= before[PM_VALUE_FREES] && allocs >= frees &&
			(allocs - frees) >> PM_LEVEL_BITS == 0);
}

/* Such a row, at tick last + 1. False: out of memory. */
PM_MUST_USE bool pm_stretch_change(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, uint32_t last, const struct pm_row *row);

/* Ends it, with a sample at each tick up to `last`. Of no use then until it is begun again. False:
 * out of memory. */
PM_MUST_USE bool pm_stretch_end(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, uint32_t last);

#endif
