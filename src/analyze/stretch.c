/* SPDX-License-Identifier: MIT */
#include "analyze/stretch.h"

enum { NEAR = 4 }; /* ticks */

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

/* ---- cells ---- */

static uint64_t sum_of(const struct pm_ticks *ticks, uint32_t from, uint32_t end)
{
	return ticks->at[end - 1].sum - ticks->at[from - 1].sum;
}

/* Milliseconds from `base` to `end`, or as many as no tick has. */
static uint32_t since(uint64_t end, int64_t base)
{
	const uint64_t span = end - (uint64_t)base;

	return span < UINT32_MAX ? (uint32_t)span : UINT32_MAX;
}

/* Sum of a level over the ticks of the stretch before `tick`, if it stays what it is until then. */
static uint64_t sum_before(const struct pm_stretch_level *level, uint32_t tick)
{
	return level->sum + level->y * tick;
}

static bool is_scaled(const struct pm_stretch *stretch)
{
	return stretch->has_scaled != PM_NOT_SCALED;
}

static uint64_t bytes_before(const struct pm_stretch *stretch, uint32_t tick)
{
	return is_scaled(stretch) ? stretch->size * sum_before(&stretch->level, tick)
				  : sum_before(&stretch->bytes_level, tick);
}

static inline uint32_t time_of(const struct pm_tick *tick, bool uptime)
{
	return uptime ? tick->uptime_ms : tick->time_ms;
}

/* The first tick from `low` on whose time is `end` or more; that of tick `high` is. Most often it
 * is that one, or not far before it. */
static inline uint32_t find_tick(
	const struct pm_ticks *ticks, uint32_t low, uint32_t high, uint32_t end, bool uptime)
{
	for (int i = 0; i < NEAR; i++) {
		if (high == low || time_of(&ticks->at[high - 1], uptime) < end)
			return high;
		high--;
	}
	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (time_of(&ticks->at[middle], uptime) < end)
			low = middle + 1;
		else
			high = middle;
	}
	return high;
}

static void widen(struct pm_stretch *stretch, uint64_t min, uint64_t max)
{
	stretch->min_all = min < stretch->min_all ? min : stretch->min_all;
	stretch->max_all = max > stretch->max_all ? max : stretch->max_all;
}

static void widen_range(struct pm_range *range, uint64_t min, uint64_t max)
{
	range->min = min < range->min ? min : range->min;
	range->max = max > range->max ? max : range->max;
}

/* UINT64_MAX: there is none. */
static uint64_t scaled_min(uint64_t min, uint64_t size)
{
	return min == UINT64_MAX ? min : min * size;
}

static inline bool begin_bucket(
	struct pm_stretch *stretch, const struct pm_ticks *ticks, uint32_t tick)
{
	struct pm_buckets *buckets = &stretch->series->epoch.buckets;
	size_t i;

	if (!pm_buckets_reach(buckets, (uint64_t)ticks->uptime_ms + ticks->at[tick].uptime_ms, &i))
		return false;
	stretch->bucket.i = (uint16_t)i;
	stretch->uptime_end = since(pm_bucket_begin(buckets, i + 1), ticks->uptime_ms);
	stretch->min = UINT64_MAX;
	return true;
}

static inline bool begin_course(
	struct pm_stretch *stretch, const struct pm_ticks *ticks, uint32_t tick)
{
	struct pm_course *course = &stretch->series->course;
	const int64_t time = ticks->time_ms + ticks->at[tick].time_ms;
	size_t i;

	if (!pm_course_reach(course, time < 0 ? 0 : (uint64_t)time, &i))
		return false;
	stretch->course.i = (uint16_t)i;
	stretch->time_end = since(pm_course_begin_of(course, i + 1), ticks->time_ms);
	stretch->min_course = UINT64_MAX;
	stretch->max_course = 0;
	return true;
}

/* Gives the bucket the samples in the cell at hand, up to tick `end`, which is not among them. */
static inline void end_bucket(
	struct pm_stretch *stretch, const struct pm_ticks *ticks, uint32_t end)
{
	struct pm_stretch_cell *cell = &stretch->bucket;
	const uint64_t sum = sum_before(&stretch->level, end);
	struct pm_buckets *buckets = &stretch->series->epoch.buckets;
	const uint64_t n = end - cell->from;
	const uint64_t base = (uint64_t)ticks->uptime_ms - pm_bucket_begin(buckets, cell->i);
	struct pm_bucket samples;

	if (n == 0)
		return;
	samples = (struct pm_bucket){
		.n = (uint32_t)n,
		.sum_low = sum - stretch->before,
		.min = stretch->min,
		.allocs = stretch->allocs_before + (stretch->has_counts ? stretch->allocs : 0),
		.offsets = n * base + sum_of(ticks, cell->from, end), /* modulo 2^64 */
	};
	pm_buckets_put(buckets, cell->i, &samples);
	widen(stretch, stretch->min, 0);
	cell->from = (uint16_t)end;
	stretch->before = sum;
}

static inline void end_course(struct pm_stretch *stretch, uint32_t end)
{
	struct pm_series *series = stretch->series;
	struct pm_stretch_cell *cell = &stretch->course;
	const uint64_t sum = bytes_before(stretch, end);
	const uint64_t size = is_scaled(stretch) ? stretch->size : 1;
	const struct pm_course_bucket samples = {
		.n = end - cell->from,
		.sum_low = sum - stretch->bytes_before,
		.min = scaled_min(stretch->min_course, size),
		.max = stretch->max_course * size,
	};

	if (samples.n == 0)
		return;
	pm_course_put(&series->course, cell->i, &samples);
	if (is_scaled(stretch))
		widen(stretch, stretch->min_course, stretch->max_course);
	else
		widen_range(&series->bytes, samples.min, samples.max);
	cell->from = (uint16_t)end;
	stretch->bytes_before = sum;
}

/* From cell to cell until tick `reached` is in the one at hand. Samples up to tick `end`, which is
 * not among them, and may be the same, are at the present level. */
static bool cross_buckets(
	struct pm_stretch *stretch, const struct pm_ticks *ticks, uint32_t end, uint32_t reached)
{
	while (ticks->at[reached].uptime_ms >= stretch->uptime_end) {
		const uint32_t tick =
			find_tick(ticks, stretch->bucket.from, reached, stretch->uptime_end, true);

		end_bucket(stretch, ticks, tick);
		if (!begin_bucket(stretch, ticks, tick))
			return false;
		if (tick < end)
			stretch->min = stretch->level.y;
	}
	return true;
}

static bool cross_course(
	struct pm_stretch *stretch, const struct pm_ticks *ticks, uint32_t end, uint32_t reached)
{
	while (ticks->at[reached].time_ms >= stretch->time_end) {
		const uint32_t tick =
			find_tick(ticks, stretch->course.from, reached, stretch->time_end, false);

		end_course(stretch, tick);
		if (!begin_course(stretch, ticks, tick))
			return false;
		if (tick < end)
			stretch->min_course = stretch->max_course =
				is_scaled(stretch) ? stretch->level.y : stretch->bytes_level.y;
	}
	return true;
}

bool pm_stretch_cross(struct pm_stretch *stretch, const struct pm_ticks *ticks)
{
	const uint32_t last = ticks->n - 1;

	return cross_buckets(stretch, ticks, last, last) &&
		cross_course(stretch, ticks, last, last);
}

/* ---- its begin ---- */

bool pm_stretch_may_begin(const struct pm_series *series)
{
	const struct pm_sample *sample = &series->last;

	return (!sample->has_bytes || sample->bytes >> PM_LEVEL_BITS == 0) &&
		(!sample->has_diff || sample->diff >> PM_LEVEL_BITS == 0);
}

static inline bool knows(uint32_t has, enum pm_value value)
{
	return (has >> value & 1) != 0;
}

/* Has bytes scaled if that holds for what they are now; a few other samples may follow. */
static void scale(struct pm_stretch *stretch, uint64_t level, uint64_t bytes)
{
	if (!knows(stretch->has, PM_VALUE_DIFF) || !stretch->has_bytes || level == 0 ||
		bytes % level != 0 || bytes / level > UINT16_MAX)
		return;
	stretch->has_scaled = stretch->has;
	stretch->size = (uint16_t)(bytes / level);
}

bool pm_stretch_begin(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, const uint64_t value[PM_N_VALUES], uint32_t has)
{
	const struct pm_sample *sample = &series->last;
	const uint32_t n = ticks->n;
	const uint64_t bytes = sample->has_bytes ? sample->bytes : 0;
	const uint64_t level = sample->has_diff ? sample->diff : bytes;
	const bool has_level = sample->has_diff || sample->has_bytes;

	*stretch = (struct pm_stretch){
		.allocs = value[PM_VALUE_ALLOCS],
		.frees = value[PM_VALUE_FREES],
		.uptime_end = UINT32_MAX,
		.time_end = UINT32_MAX,
		.has_scaled = PM_NOT_SCALED,
		.bytes = knows(has, PM_VALUE_BYTES) ? PM_VALUE_BYTES : PM_VALUE_FOOTPRINT,
		.has = (uint8_t)has,
		.has_diff = sample->has_diff,
		.has_bytes = sample->has_bytes,
		.has_counts = sample->has_counts,
		.min_all = level,
		.max_all = level,
		.series = series,
		.first = (uint16_t)(n - 1),
		/* it is the samples that are to come which they get */
		.bucket = {.from = (uint16_t)n},
		.course = {.from = (uint16_t)n},
	};
	scale(stretch, level, bytes);
	stretch->allocs_before = series->epoch.allocs - (stretch->has_counts ? stretch->allocs : 0);
	pm_stretch_set_level(&stretch->level, level, n, ticks->at[n - 1].sum);
	pm_stretch_set_level(&stretch->bytes_level, bytes, n, ticks->at[n - 1].sum);
	pm_buckets_put_now(&series->epoch.buckets);
	pm_course_put_now(&series->course);
	return (!has_level || begin_bucket(stretch, ticks, n - 1)) &&
		(!sample->has_bytes || begin_course(stretch, ticks, n - 1));
}

/* ---- changes ---- */

/* Bytes are no longer what they are scaled to: what they have added up to so far is. */
static void unscale(struct pm_stretch *stretch)
{
	const struct pm_stretch_level *level = &stretch->level;
	const uint64_t size = stretch->size;

	if (!is_scaled(stretch))
		return;
	stretch->bytes_level = (struct pm_stretch_level){
		.y = level->y * size,
		.sum = level->sum * size,
		.yy = pm_wide_pair_multiply(level->yy, size * size),
		.xy = pm_wide_pair_multiply(level->xy, size),
	};
	widen_range(&stretch->series->bytes, stretch->min_all * size, stretch->max_all * size);
	widen(stretch, UINT64_MAX, stretch->max_course);
	stretch->min_course = scaled_min(stretch->min_course, size);
	stretch->max_course *= size;
	stretch->has_scaled = PM_NOT_SCALED;
}

struct levels {
	uint64_t level, bytes;
};

static const struct levels no_levels = {UINT64_MAX, UINT64_MAX};

/* What these values tell; too large, where they don't go with those before. */
static struct levels levels_of(const struct pm_stretch *stretch, const uint64_t value[PM_N_VALUES])
{
	const uint64_t allocs = value[PM_VALUE_ALLOCS], frees = value[PM_VALUE_FREES];
	const uint64_t bytes = stretch->has_bytes ? value[stretch->bytes] : 0;
	const bool tells_diff = stretch->has_counts && allocs >= frees;

	if (knows(stretch->has, PM_VALUE_DIFF))
		return (struct levels){value[PM_VALUE_DIFF], bytes};
	if (stretch->has_diff != tells_diff)
		return no_levels;
	return (struct levels){tells_diff ? allocs - frees : bytes, bytes};
}

enum pm_stretch_change pm_stretch_change_any(struct pm_stretch *stretch,
	const struct pm_ticks *ticks, const struct pm_stretch_now *now,
	const uint64_t value[PM_N_VALUES], uint32_t has)
{
	const uint64_t allocs = value[PM_VALUE_ALLOCS], frees = value[PM_VALUE_FREES];
	const struct levels levels = levels_of(stretch, value);
	const uint64_t y = levels.level, bytes = levels.bytes;

	if (has != stretch->has || allocs < stretch->allocs || frees < stretch->frees ||
		(y | bytes) >> PM_LEVEL_BITS != 0)
		return PM_STRETCH_HAS_TO_END;
	if (!pm_stretch_is_in_cells(stretch, now) && !pm_stretch_cross(stretch, ticks))
		return PM_STRETCH_FAILED;
	if (bytes != y * stretch->size)
		unscale(stretch);
	stretch->allocs = allocs;
	stretch->frees = frees;
	if (is_scaled(stretch)) {
		stretch->min_course = y < stretch->min_course ? y : stretch->min_course;
		stretch->max_course = y > stretch->max_course ? y : stretch->max_course;
	} else {
		widen(stretch, UINT64_MAX, y);
		stretch->min_course = bytes < stretch->min_course ? bytes : stretch->min_course;
		stretch->max_course = bytes > stretch->max_course ? bytes : stretch->max_course;
		pm_stretch_set_level(&stretch->bytes_level, bytes, now->n, now->sum);
	}
	pm_stretch_judge(stretch, y, now);
	return PM_STRETCH_GOES_ON;
}

/* ---- its end ---- */

/* Counters have got to where the last sample says. */
static void move_counters(const struct pm_stretch *stretch)
{
	struct pm_series *series = stretch->series;
	struct pm_sample *sample = &series->last;
	const uint64_t allocs = stretch->allocs - sample->allocs;
	const uint64_t frees = stretch->frees - sample->frees;

	sample->allocs += allocs;
	sample->frees += frees;
	if (!stretch->has_counts)
		return;
	series->epoch.allocs += allocs;
	series->allocs += allocs;
	series->frees += frees;
}

/* n samples at times that are since `base`; sum of these, and of their squares. */
struct times {
	uint64_t n, base, sum, sum_squares;
};

/* The level has ended: all is in its sums. */
static void add_to_line(struct pm_line_sums *line, const struct times *times,
	const struct pm_stretch_level *level, uint64_t last)
{
	line->n += times->n;
	line->last = last;
	/* sum (b + d) = n b + sum d; sum (b + d)^2 = n b^2 + 2 b sum d + sum d^2; and with y */
	pm_wide_add_product(&line->x, times->n, times->base);
	pm_wide_add_u64(&line->x, times->sum);
	pm_wide_add_product(&line->xx, times->n * times->base, times->base);
	pm_wide_add_product(&line->xx, 2 * times->base, times->sum);
	pm_wide_add_u64(&line->xx, times->sum_squares);
	pm_wide_add_u64(&line->y, level->sum);
	pm_wide_add_pair(&line->yy, level->yy);
	pm_wide_add_product(&line->xy, times->base, level->sum);
	pm_wide_add_pair(&line->xy, level->xy);
}

static void end_levels(struct pm_stretch *stretch, const struct pm_ticks *ticks, uint32_t last)
{
	struct pm_series *series = stretch->series;
	const struct pm_tick *a = &ticks->at[stretch->first], *b = &ticks->at[last];
	const struct times times = {last - stretch->first, (uint64_t)ticks->uptime_ms,
		b->sum - a->sum, b->sum_squares - a->sum_squares};
	struct pm_sample *sample = &series->last;
	uint64_t y, bytes;

	unscale(stretch);
	y = stretch->level.y;
	bytes = stretch->bytes_level.y;
	pm_stretch_set_level(&stretch->level, 0, (uint64_t)last + 1, b->sum);
	pm_stretch_set_level(&stretch->bytes_level, 0, (uint64_t)last + 1, b->sum);
	if (stretch->has_bytes) {
		add_to_line(&series->epoch.bytes, &times, &stretch->bytes_level, bytes);
		series->bytes.last = sample->bytes = bytes;
	}
	if (stretch->has_diff) {
		add_to_line(&series->epoch.diff, &times, &stretch->level, y);
		series->diff.last = sample->diff = y;
		widen_range(&series->diff, stretch->min_all, stretch->max_all);
	}
}

/* What it adds beside its levels. */
static void end_counts(
	const struct pm_stretch *stretch, const struct pm_ticks *ticks, uint32_t last)
{
	struct pm_series *series = stretch->series;
	const struct pm_tick *a = &ticks->at[stretch->first], *b = &ticks->at[last];
	const uint32_t n = last - stretch->first;
	struct pm_epoch *epoch = &series->epoch;

	series->last.time_ms = ticks->time_ms + b->time_ms;
	series->last.uptime_ms = ticks->uptime_ms + b->uptime_ms;
	series->samples += n;
	series->steps += n;
	series->span_ms += (int64_t)b->uptime_ms - a->uptime_ms;
	series->gaps += b->n_gaps - a->n_gaps;
	series->counted |= stretch->has_counts;
	move_counters(stretch);
	if (!stretch->has_diff && !stretch->has_bytes)
		return;
	pm_wide_add_pair(&epoch->jumps, stretch->jumps);
	epoch->n_jumps += n;
	epoch->buckets.n_samples += n;
	epoch->buckets.any_bits |= stretch->bits;
	series->fell += stretch->fell;
	series->rose += stretch->rose;
}

bool pm_stretch_end(struct pm_stretch *stretch, const struct pm_ticks *ticks, uint32_t last)
{
	if (last == stretch->first)
		return true;
	if (!cross_buckets(stretch, ticks, last + 1, last) ||
		!cross_course(stretch, ticks, last + 1, last))
		return false;
	if (stretch->has_diff || stretch->has_bytes)
		end_bucket(stretch, ticks, last + 1);
	if (stretch->has_bytes)
		end_course(stretch, last + 1);
	end_levels(stretch, ticks, last);
	end_counts(stretch, ticks, last);
	return true;
}
