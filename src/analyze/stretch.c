/* SPDX-License-Identifier: MIT */
#include "analyze/stretch.h"

#include <string.h>

static const int64_t first_max = INT64_C(1) << 53, uptime_max = INT64_C(1) << 26;

/* ---- ticks ---- */

void pm_ticks_begin(struct pm_ticks *ticks, const struct pm_row *row)
{
	ticks->origin = row->origin;
	ticks->uptime_ms = row->uptime_ms;
	ticks->time_ms = row->time_ms;
	ticks->n = 1;
	ticks->at[0] = (struct pm_tick){0};
}

bool pm_ticks_add(struct pm_ticks *ticks, const struct pm_row *row)
{
	const int64_t uptime = row->uptime_ms - ticks->uptime_ms;
	const int64_t time = row->time_ms - ticks->time_ms;
	const struct pm_tick *last = ticks->at + (ticks->n > 0 ? ticks->n - 1 : 0);
	int64_t span;

	if (ticks->n == 0 || ticks->n == PM_TICKS_MAX || ticks->origin != row->origin ||
		ticks->uptime_ms >= first_max || uptime < last->uptime_ms || uptime >= uptime_max ||
		time < last->time_ms || time >= UINT32_MAX)
		return false;
	span = uptime - last->uptime_ms;
	ticks->at[ticks->n++] = (struct pm_tick){
		.uptime_ms = (uint32_t)uptime,
		.time_ms = (uint32_t)time,
		.n_gaps = last->n_gaps + pm_is_gap(row->origin, span),
		.sum = last->sum + (uint64_t)uptime,
		.sum_squares = last->sum_squares + (uint64_t)uptime * (uint64_t)uptime,
	};
	return true;
}

/* ---- samples at one level ---- */

static uint64_t sum_of(const struct pm_ticks *ticks, uint32_t from, uint32_t end)
{
	return ticks->at[end - 1].sum - ticks->at[from - 1].sum;
}

static inline void add_to_level(struct pm_stretch_level *level, uint64_t n, uint64_t sum_x)
{
	const uint64_t y = level->y;

	level->sum += n * y;
	pm_wide_pair_add_product(&level->yy, n * y, y);
	pm_wide_pair_add_product(&level->xy, sum_x, y);
}

/* Puts the samples at the present level up to tick `end`, which is not among them, to the sums; all
 * are in the cell at hand. */
static inline void add_samples(
	struct pm_stretch *stretch, const struct pm_ticks *ticks, uint32_t end)
{
	const uint64_t n = end - stretch->level;
	const uint64_t sum_x = sum_of(ticks, stretch->level, end);

	add_to_level(&stretch->diff, n, sum_x);
	add_to_level(&stretch->bytes, n, sum_x);
	stretch->level = end;
}

static inline void widen_level(struct pm_stretch_level *level)
{
	level->min = level->y < level->min ? level->y : level->min;
	level->max = level->y > level->max ? level->y : level->max;
}

/* ---- cells ---- */

static uint32_t since(uint64_t end, int64_t base)
{
	const uint64_t span = end - (uint64_t)base;

	return span < UINT32_MAX ? (uint32_t)span : UINT32_MAX;
}

/* Makes the cell that this tick is in that at hand; the one before has ended. */
static bool begin_cell(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, uint32_t tick)
{
	const uint64_t uptime = (uint64_t)ticks->uptime_ms + ticks->at[tick].uptime_ms;
	const int64_t time = ticks->time_ms + ticks->at[tick].time_ms;
	struct pm_buckets *buckets = &series->epoch.buckets;
	struct pm_course *course = &series->course;
	size_t i;

	stretch->cell = tick;
	stretch->uptime_end = stretch->time_end = UINT32_MAX;
	if (stretch->has_diff || stretch->has_bytes) {
		if (!pm_buckets_reach(buckets, uptime, &i))
			return false;
		stretch->bucket = (uint8_t)i;
		stretch->uptime_end = since(pm_bucket_begin(buckets, i + 1), ticks->uptime_ms);
	}
	if (stretch->has_bytes) {
		if (!pm_course_reach(course, time < 0 ? 0 : (uint64_t)time, &i))
			return false;
		stretch->course = (uint8_t)i;
		stretch->time_end = since(pm_course_begin_of(course, i + 1), ticks->time_ms);
	}
	stretch->diff.min = stretch->bytes.min = UINT64_MAX;
	stretch->diff.max = stretch->bytes.max = 0;
	return true;
}

static void end_cell_of_level(struct pm_stretch_level *level, bool known, struct pm_range *range)
{
	if (known) {
		range->min = level->min < range->min ? level->min : range->min;
		range->max = level->max > range->max ? level->max : range->max;
	}
	level->sum_before += level->sum;
	level->sum = 0;
}

/* Counters have got to where the last sample says. */
static void move_counters(const struct pm_stretch *stretch, struct pm_series *series)
{
	struct pm_sample *sample = &series->last;
	const uint64_t allocs = stretch->value[PM_VALUE_ALLOCS] - sample->allocs;
	const uint64_t frees = stretch->value[PM_VALUE_FREES] - sample->frees;

	sample->allocs += allocs;
	sample->frees += frees;
	if (!stretch->has_counts)
		return;
	series->epoch.allocs += allocs;
	series->allocs += allocs;
	series->frees += frees;
}

/* Gives the series the samples in the cell at hand, up to tick `end`, which is not among them. */
static void end_cell(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, uint32_t end)
{
	const struct pm_stretch_level *level = stretch->has_diff ? &stretch->diff : &stretch->bytes;
	struct pm_epoch *epoch = &series->epoch;
	const uint32_t n = end - stretch->cell;

	if (n == 0)
		return;
	move_counters(stretch, series);
	if (stretch->has_bytes) {
		const struct pm_course_bucket samples = {.n = n,
			.sum_low = stretch->bytes.sum,
			.min = stretch->bytes.min,
			.max = stretch->bytes.max};

		pm_course_put(&series->course, stretch->course, &samples);
	}
	if (stretch->has_diff || stretch->has_bytes) {
		struct pm_buckets *buckets = &epoch->buckets;
		const uint64_t base =
			(uint64_t)ticks->uptime_ms - pm_bucket_begin(buckets, stretch->bucket);
		const struct pm_bucket samples = {.n = n,
			.sum_low = level->sum,
			.min = level->min,
			.allocs = epoch->allocs,
			.offsets = n * base + sum_of(ticks, stretch->cell, end)}; /* modulo 2^64 */

		pm_buckets_put(buckets, stretch->bucket, &samples);
		buckets->n_samples += n;
		buckets->any_bits |= stretch->bits;
	}
	end_cell_of_level(&stretch->diff, stretch->has_diff, &series->diff);
	end_cell_of_level(&stretch->bytes, stretch->has_bytes, &series->bytes);
}

/* Samples at the present level from cell to cell up to tick `end`, which is not among them; tick
 * `reached`, which may be the same, is in the cell at hand then. */
static bool cross_cells(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, uint32_t end, uint32_t reached)
{
	uint32_t tick = stretch->level;

	for (;;) {
		while (tick <= reached && pm_stretch_is_in_cell(stretch, &ticks->at[tick]))
			tick++;
		if (stretch->level < (tick < end ? tick : end))
			add_samples(stretch, ticks, tick < end ? tick : end);
		if (tick > reached)
			return true;
		end_cell(stretch, series, ticks, tick);
		if (!begin_cell(stretch, series, ticks, tick))
			return false;
		if (tick < end) {
			widen_level(&stretch->diff);
			widen_level(&stretch->bytes);
		}
	}
}

/* ---- from one level to the next ---- */

bool pm_stretch_may_begin(const struct pm_series *series)
{
	const struct pm_sample *sample = &series->last;

	return (!sample->has_bytes || sample->bytes >> PM_LEVEL_BITS == 0) &&
		(!sample->has_diff || sample->diff >> PM_LEVEL_BITS == 0);
}

bool pm_stretch_begin(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, const uint64_t value[PM_N_VALUES], uint32_t has)
{
	const struct pm_sample *sample = &series->last;

	*stretch = (struct pm_stretch){
		.first = ticks->n - 1,
		.level = ticks->n,
		.has = (uint8_t)has,
		.has_diff = sample->has_diff,
		.has_bytes = sample->has_bytes,
		.has_counts = sample->has_counts,
		.diff = {.y = sample->has_diff ? sample->diff : 0},
		.bytes = {.y = sample->has_bytes ? sample->bytes : 0},
	};
	memcpy(stretch->value, value, sizeof(stretch->value));
	pm_buckets_put_now(&series->epoch.buckets);
	pm_course_put_now(&series->course);
	if (!begin_cell(stretch, series, ticks, ticks->n - 1))
		return false;
	stretch->cell = ticks->n; /* it is the samples that are to come which it gets */
	return true;
}

static inline void add_change(struct pm_stretch *stretch, uint64_t before, uint64_t after)
{
	const uint64_t size = after > before ? after - before : before - after;

	stretch->fell += after < before;
	stretch->rose += after > before;
	pm_wide_pair_add_product(&stretch->jumps, size, size);
	stretch->bits |= after;
}

static inline void keep_values(struct pm_stretch *stretch, const uint64_t value[PM_N_VALUES])
{
	for (int i = 0; i < PM_N_VALUES; i++)
		stretch->value[i] = value[i];
}

static inline bool knows(uint32_t has, enum pm_value value)
{
	return (has >> value & 1) != 0;
}

/* Whether there may follow these values. */
static inline bool may_change(
	const struct pm_stretch *stretch, const uint64_t value[PM_N_VALUES], uint32_t has)
{
	const uint64_t *before = stretch->value;
	const uint64_t allocs = value[PM_VALUE_ALLOCS], frees = value[PM_VALUE_FREES];
	const uint64_t levels =
		value[PM_VALUE_DIFF] | value[PM_VALUE_BYTES] | value[PM_VALUE_FOOTPRINT];

	if ((has != stretch->has) | (levels >> PM_LEVEL_BITS != 0) |
		(allocs < before[PM_VALUE_ALLOCS]) | (frees < before[PM_VALUE_FREES]))
		return false;
	/* without diff, it is told by the two, if they can */
	return knows(has, PM_VALUE_DIFF) ||
		(before[PM_VALUE_ALLOCS] >= before[PM_VALUE_FREES] && allocs >= frees &&
			(allocs - frees) >> PM_LEVEL_BITS == 0);
}

enum pm_stretch_change pm_stretch_change(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, const uint64_t value[PM_N_VALUES], uint32_t has)
{
	const uint32_t tick = ticks->n - 1;

	if (!may_change(stretch, value, has))
		return PM_STRETCH_HAS_TO_END;
	if (pm_stretch_is_in_cell(stretch, &ticks->at[tick]))
		add_samples(stretch, ticks, tick);
	else if (!cross_cells(stretch, series, ticks, tick, tick))
		return PM_STRETCH_FAILED;
	if (stretch->has_diff) {
		const uint64_t diff = knows(has, PM_VALUE_DIFF)
			? value[PM_VALUE_DIFF]
			: value[PM_VALUE_ALLOCS] - value[PM_VALUE_FREES];

		add_change(stretch, stretch->diff.y, diff);
		stretch->diff.y = diff;
		widen_level(&stretch->diff);
	}
	if (stretch->has_bytes) {
		const uint64_t bytes =
			value[knows(has, PM_VALUE_BYTES) ? PM_VALUE_BYTES : PM_VALUE_FOOTPRINT];

		if (!stretch->has_diff)
			add_change(stretch, stretch->bytes.y, bytes);
		stretch->bytes.y = bytes;
		widen_level(&stretch->bytes);
	}
	keep_values(stretch, value);
	return PM_STRETCH_GOES_ON;
}

/* ---- its end ---- */

/* n samples at times that are since `base`; sum of these, and of their squares. */
struct times {
	uint64_t n, base, sum, sum_squares;
};

static void add_to_line(
	struct pm_line_sums *line, const struct times *times, const struct pm_stretch_level *level)
{
	line->n += times->n;
	line->last = level->y;
	/* sum (b + d) = n b + sum d; sum (b + d)^2 = n b^2 + 2 b sum d + sum d^2; and with y */
	pm_wide_add_product(&line->x, times->n, times->base);
	pm_wide_add_u64(&line->x, times->sum);
	pm_wide_add_product(&line->xx, times->n * times->base, times->base);
	pm_wide_add_product(&line->xx, 2 * times->base, times->sum);
	pm_wide_add_u64(&line->xx, times->sum_squares);
	pm_wide_add_u64(&line->y, level->sum_before);
	pm_wide_add_pair(&line->yy, level->yy);
	pm_wide_add_product(&line->xy, times->base, level->sum_before);
	pm_wide_add_pair(&line->xy, level->xy);
}

bool pm_stretch_end(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, uint32_t last)
{
	const struct pm_tick *a = &ticks->at[stretch->first], *b = &ticks->at[last];
	const struct times times = {last - stretch->first, (uint64_t)ticks->uptime_ms,
		b->sum - a->sum, b->sum_squares - a->sum_squares};
	struct pm_sample *sample = &series->last;
	struct pm_epoch *epoch = &series->epoch;

	if (times.n == 0)
		return true;
	if (!cross_cells(stretch, series, ticks, last + 1, last))
		return false;
	end_cell(stretch, series, ticks, last + 1);
	sample->time_ms = ticks->time_ms + b->time_ms;
	sample->uptime_ms = ticks->uptime_ms + b->uptime_ms;
	if (sample->has_bytes) {
		add_to_line(&epoch->bytes, &times, &stretch->bytes);
		series->bytes.last = sample->bytes = stretch->bytes.y;
	}
	if (sample->has_diff) {
		add_to_line(&epoch->diff, &times, &stretch->diff);
		series->diff.last = sample->diff = stretch->diff.y;
	}
	pm_wide_add_pair(&epoch->jumps, stretch->jumps);
	epoch->n_jumps += sample->has_bytes || sample->has_diff ? times.n : 0;
	series->samples += times.n;
	series->steps += times.n;
	series->fell += stretch->fell;
	series->rose += stretch->rose;
	series->span_ms += (int64_t)b->uptime_ms - a->uptime_ms;
	series->gaps += b->n_gaps - a->n_gaps;
	series->counted |= sample->has_counts;
	return true;
}
