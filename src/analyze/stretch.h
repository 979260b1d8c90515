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
 * What is cut up by time - buckets, and the course - is given what came together in a cell of both
 * when a sample leaves it. When the stretch ends, all goes to the series in one piece. Integers
 * throughout, so what the series holds then is what it would hold if each sample had been added by
 * itself.
 *
 * Times are counted from the first tick, and are less than 2^26 ms; levels are below 2^48; there
 * are PM_TICKS_MAX ticks at most. So no sum here is too large for what it is kept in. What does not
 * fit - larger levels, counters that fall, ticks without a sample - ends a stretch.
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

struct pm_stretch_level {
	uint64_t y;                 /* the present one; 0 where there is none */
	uint64_t sum;               /* of the samples in the cell at hand */
	uint64_t sum_before;        /* of those in the cells before */
	uint64_t min, max;          /* in the cell at hand */
	struct pm_wide_pair yy, xy; /* sums of y^2 and of times and y */
};

/*
 * The samples of one series behind the last one that it was given itself. Those from tick `level`
 * on are at the present level and in no sum yet, those from tick `cell` on are in the cell at hand,
 * which the series has not been given yet.
 */
struct pm_stretch {
	uint64_t value[PM_N_VALUES];   /* of the last sample */
	uint32_t uptime_end, time_end; /* of the cell at hand, like those of ticks */
	uint32_t first; /* tick of the last sample that the series was given itself */
	uint32_t cell, level;
	uint8_t has;
	bool has_diff, has_bytes, has_counts;
	uint8_t bucket, course; /* which of the series' the cell at hand is in */
	struct pm_stretch_level diff, bytes;
	struct pm_wide_pair
		jumps; /* squares of the changes of diff, or of bytes where it is not known */
	uint32_t fell, rose;
	uint64_t bits; /* new levels of that, or-ed */
};

/* Whether a stretch may begin with this sample, which a series was given last. */
bool pm_stretch_may_begin(const struct pm_series *series);

/* Begins one: the series has been given a sample of these values at this tick, the last one. False:
 * out of memory. */
PM_MUST_USE bool pm_stretch_begin(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, const uint64_t value[PM_N_VALUES], uint32_t has);

/* Whether a sample at this tick leaves all cells as they are. */
static inline bool pm_stretch_is_in_cell(
	const struct pm_stretch *stretch, const struct pm_tick *tick)
{
	return tick->uptime_ms < stretch->uptime_end && tick->time_ms < stretch->time_end;
}

enum pm_stretch_change {
	PM_STRETCH_GOES_ON,
	PM_STRETCH_HAS_TO_END, /* before this sample, which it does not have */
	PM_STRETCH_FAILED,     /* out of memory */
};

/* A sample of these values at the last tick; the stretch has got to the one before. */
enum pm_stretch_change pm_stretch_change(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, const uint64_t value[PM_N_VALUES], uint32_t has);

/* Ends it, with a sample at each tick up to `last`. Of no use then until it is begun again. False:
 * out of memory. */
PM_MUST_USE bool pm_stretch_end(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, uint32_t last);

#endif
