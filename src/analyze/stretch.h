/* SPDX-License-Identifier: MIT */
/*
 * Samples of a series at one moment after the other, put to it all at once.
 *
 * All series of a host are sampled at the same moments, and most samples say what the one before
 * said. So moments are numbered - a tick each - and of the sums over them that every series wants
 * (how many, their times, the squares of these) there is one running account: over any stretch of
 * ticks they are differences. While a series has a sample at each tick, and its level stays,
 * nothing is done for it but to note the tick.
 *
 * What samples add up to is summed by parts: of a level that goes from y to z at tick t, sum y gets
 * (y - z) t, and y t where the stretch ends; likewise sum y^2 gets (y^2 - z^2) t, and sum x y
 * (y - z) (sum x before t). So a change costs one product for each, and nothing has to be known
 * of the change before. Terms may be negative: sums are kept modulo 2^64 or 2^128, which the true
 * ones stay below. Times are counted from the first tick, and are less than 2^26 ms; levels are
 * below 2^48; there are PM_TICKS_MAX ticks at most: sum y < 2^57, sum y^2 < 2^105, sum x y < 2^83.
 * What does not fit - larger levels, counters that fall, ticks without a sample - ends a stretch.
 *
 * What is cut up by time - buckets, and the course - is given what came together in a cell of it
 * when a sample leaves that. When the stretch ends, all goes to the series in one piece. Integers
 * throughout, so what the series holds then is what it would hold if each sample had been added by
 * itself.
 */
#ifndef POOLMON_ANALYZE_STRETCH_H
#define POOLMON_ANALYZE_STRETCH_H

#include "analyze/series.h"
#include "base/bytes.h"
#include "base/wide.h"

enum { PM_TICKS_MAX = 512, PM_LEVEL_BITS = 48, PM_CACHE_LINE = 64 };

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
	uint64_t sum;               /* by parts, like the others: as far as y changed */
	struct pm_wide_pair yy, xy; /* of y^2, and of times and y */
};

/* Part of a bucket of the series, or of its course. */
struct pm_stretch_cell {
	uint16_t from, i; /* the tick that it begins with; which of the series' it is */
};

/*
 * The samples of one series behind the last one that it was given itself. All that a sample with
 * another level touches comes first, in two cache lines; what one touches that leaves cells is in
 * one more.
 *
 * Most often all objects are of one size, so that bytes are the level times that, and so is what
 * they add up to: nothing is summed for them then. Sizes are below 2^16, so no product is too large.
 */
struct pm_stretch {
	_Alignas(PM_CACHE_LINE) uint64_t allocs; /* of the last sample */
	uint32_t uptime_end, time_end;           /* of the cells at hand, like those of ticks */
	uint64_t frees;                          /* of the last sample */
	uint16_t fell, size, rose;
	uint8_t has_scaled; /* what is known, where bytes are scaled; else PM_NOT_SCALED */
	uint8_t bytes;      /* which of the values bytes are; as long as they are known */
	struct pm_stretch_level level; /* diff, or bytes where it is not known: what is judged */
	struct pm_wide_pair jumps;     /* squares of the changes of `level` */
	uint64_t min, bits; /* of its new values, in the bucket at hand; of all of them, or-ed */
	/* In the course's cell at hand: of bytes; divided by size where they are scaled. */
	uint64_t min_course, max_course;

	struct pm_series *series;
	struct pm_stretch_cell bucket, course; /* those at hand */
	uint64_t before, bytes_before;         /* sums of level and bytes in the ones before */
	uint64_t allocs_before;    /* at which that bucket counts from 0, if it is counted */
	uint64_t min_all, max_all; /* of new values of `level`, but those in cells at hand */
	uint16_t first;            /* tick of the last sample that the series was given itself */
	uint8_t has;
	bool has_diff, has_bytes, has_counts;

	struct pm_stretch_level bytes_level; /* if bytes are not scaled */
};

#define PM_NOT_SCALED UINT8_MAX /* there are not so many values */

enum { PM_STRETCH_HOT = offsetof(struct pm_stretch, series) };

/* Whether a stretch may begin with this sample, which a series was given last. */
bool pm_stretch_may_begin(const struct pm_series *series);

/* Begins one: the series has been given a sample of these values at this tick, the last one. False:
 * out of memory. */
PM_MUST_USE bool pm_stretch_begin(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, const uint64_t value[PM_N_VALUES], uint32_t has);

enum pm_stretch_change {
	PM_STRETCH_GOES_ON,
	PM_STRETCH_HAS_TO_END, /* before this sample, which it does not have */
	PM_STRETCH_FAILED,     /* out of memory */
};

/* The last tick, as changes at it want it. */
struct pm_stretch_now {
	uint32_t uptime_ms, time_ms;
	uint64_t n, sum; /* of the ticks before it: how many, and the sum of their times */
};

static inline struct pm_stretch_now pm_stretch_now(const struct pm_ticks *ticks)
{
	const struct pm_tick *last = &ticks->at[ticks->n - 1];

	return (struct pm_stretch_now){.uptime_ms = last->uptime_ms,
		.time_ms = last->time_ms,
		.n = ticks->n - 1,
		.sum = last->sum - last->uptime_ms};
}

/* Whether a sample at that tick leaves all cells as they are. */
static inline bool pm_stretch_is_in_cells(
	const struct pm_stretch *stretch, const struct pm_stretch_now *now)
{
	return now->uptime_ms < stretch->uptime_end && now->time_ms < stretch->time_end;
}

/* Ends the cells that the last tick is not in, and begins with those that it is in. False: out of
 * memory. */
PM_MUST_USE bool pm_stretch_cross(struct pm_stretch *stretch, const struct pm_ticks *ticks);

/* Like pm_stretch_change(), also where bytes are not scaled, or are no longer. */
enum pm_stretch_change pm_stretch_change_any(struct pm_stretch *stretch,
	const struct pm_ticks *ticks, const struct pm_stretch_now *now,
	const uint64_t value[PM_N_VALUES], uint32_t has);

/* The level is y from a tick on; n, sum_x: how many are before that, and the sum of their times. */
static inline void pm_stretch_set_level(
	struct pm_stretch_level *level, uint64_t y, uint64_t n, uint64_t sum_x)
{
	const uint64_t drop = level->y - y;

	level->sum += drop * n;
	/* n (a^2 - b^2) = n (a - b) (a + b) */
	pm_wide_pair_add_signed(&level->yy, drop * n, level->y + y);
	pm_wide_pair_add_signed(&level->xy, drop, sum_x);
	level->y = y;
}

/* Likewise of the level that is judged. */
static inline void pm_stretch_judge(
	struct pm_stretch *stretch, uint64_t y, const struct pm_stretch_now *now)
{
	const uint64_t before = stretch->level.y, drop = before - y;

	stretch->fell = (uint16_t)(stretch->fell + (y < before));
	stretch->rose = (uint16_t)(stretch->rose + (before < y));
	stretch->min = y < stretch->min ? y : stretch->min;
	stretch->bits |= y;
	pm_wide_pair_add_signed(&stretch->jumps, drop, drop);
	pm_stretch_set_level(&stretch->level, y, now->n, now->sum);
}

/* A sample of these values at the last tick; the stretch has got to the one before. */
static inline enum pm_stretch_change pm_stretch_change(struct pm_stretch *stretch,
	const struct pm_ticks *ticks, const struct pm_stretch_now *now,
	const uint64_t value[PM_N_VALUES], uint32_t has)
{
	const uint64_t allocs = value[PM_VALUE_ALLOCS], frees = value[PM_VALUE_FREES];
	const uint64_t y = value[PM_VALUE_DIFF], bytes = value[stretch->bytes];

	if (has != stretch->has_scaled || bytes != y * stretch->size ||
		(y | bytes) >> PM_LEVEL_BITS != 0 || allocs < stretch->allocs ||
		frees < stretch->frees)
		return pm_stretch_change_any(stretch, ticks, now, value, has);
	if (!pm_stretch_is_in_cells(stretch, now) && !pm_stretch_cross(stretch, ticks))
		return PM_STRETCH_FAILED;
	stretch->allocs = allocs;
	stretch->frees = frees;
	stretch->min_course = y < stretch->min_course ? y : stretch->min_course;
	stretch->max_course = y > stretch->max_course ? y : stretch->max_course;
	pm_stretch_judge(stretch, y, now);
	return PM_STRETCH_GOES_ON;
}

/* Ends it, with a sample at each tick up to `last`. Of no use then until it is begun again. False:
 * out of memory. */
PM_MUST_USE bool pm_stretch_end(
	struct pm_stretch *stretch, const struct pm_ticks *ticks, uint32_t last);

/* Has fetched what a sample that leaves cells touches of its series; and, once that is there, of
 * the cells that come next. */
static inline void pm_stretch_expect_series(const struct pm_stretch *stretch)
{
	const struct pm_series *series = stretch->series;

	if (series == NULL)
		return;
	pm_prefetch(&series->epoch.buckets.at, 1);
	pm_prefetch(&series->course.at, 1);
}

static inline void pm_stretch_expect_cells(const struct pm_stretch *stretch)
{
	const struct pm_series *series = stretch->series;
	const struct pm_buckets *buckets;
	const struct pm_course *course;

	if (series == NULL)
		return;
	buckets = &series->epoch.buckets;
	course = &series->course;
	if (buckets->at != NULL)
		pm_prefetch(buckets->at + buckets->grid.n_filled, sizeof(*buckets->at));
	if (course->at != NULL)
		pm_prefetch(course->at + course->grid.n_filled, sizeof(*course->at));
}

#endif
