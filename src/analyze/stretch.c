/* SPDX-License-Identifier: MIT */
#include "analyze/stretch.h"

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
		time < last->time_ms || time > UINT32_MAX)
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

static void add_to_sums(struct pm_stretch_sums *sums, uint64_t n, uint64_t sum_x, uint64_t level)
{
	sums->y += n * level;
	pm_wide_pair_add_product(&sums->yy, n * level, level);
	pm_wide_pair_add_product(&sums->xy, sum_x, level);
}

static uint64_t sum_of(const struct pm_ticks *ticks, uint32_t from, uint32_t last)
{
	return ticks->at[last].sum - ticks->at[from - 1].sum;
}

/* Ticks that are not all in the bucket at hand are added one by one until the rest is. */
static bool add_to_buckets(struct pm_epoch *epoch, const struct pm_ticks *ticks, uint32_t from,
	uint32_t last, uint64_t level)
{
	const uint64_t base = (uint64_t)ticks->uptime_ms, end = base + ticks->at[last].uptime_ms;

	for (; from <= last; from++) {
		const uint64_t begin = base + ticks->at[from].uptime_ms;

		if (pm_buckets_add_all(&epoch->buckets, begin, end, last - from + 1, base,
			    sum_of(ticks, from, last), level, epoch->allocs))
			break;
		if (!pm_buckets_add(&epoch->buckets, begin, level, epoch->allocs))
			return false;
	}
	return true;
}

static bool add_to_course(struct pm_course *course, const struct pm_ticks *ticks, uint32_t from,
	uint32_t last, uint64_t bytes)
{
	const int64_t end = ticks->time_ms + ticks->at[last].time_ms;

	for (; from <= last; from++) {
		const int64_t begin = ticks->time_ms + ticks->at[from].time_ms;

		if (pm_course_add_all(course, begin, end, last - from + 1, bytes))
			break;
		if (!pm_course_add(course, begin, bytes))
			return false;
	}
	return true;
}

/* Puts the samples at the present level, up to tick `last`, to the sums and to what is cut up by
 * time. */
static bool add_level(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, uint32_t last)
{
	const uint32_t from = stretch->level > stretch->first ? stretch->level : stretch->first + 1;
	const struct pm_sample *sample = &series->last;
	uint64_t n, sum_x;

	if (from > last)
		return true;
	n = last - from + 1;
	sum_x = sum_of(ticks, from, last);
	if (sample->has_bytes) {
		add_to_sums(&stretch->bytes, n, sum_x, sample->bytes);
		if (!add_to_course(&series->course, ticks, from, last, sample->bytes))
			return false;
	}
	if (sample->has_diff)
		add_to_sums(&stretch->diff, n, sum_x, sample->diff);
	return (!sample->has_bytes && !sample->has_diff) ||
		add_to_buckets(pm_series_last_epoch(series), ticks, from, last,
			sample->has_diff ? sample->diff : sample->bytes);
}

/* ---- from one level to the next ---- */

bool pm_stretch_may_begin(const struct pm_series *series)
{
	const struct pm_sample *sample = &series->last;

	return (!sample->has_bytes || sample->bytes >> PM_LEVEL_BITS == 0) &&
		(!sample->has_diff || sample->diff >> PM_LEVEL_BITS == 0);
}

static void widen(struct pm_range *range, uint64_t level)
{
	range->min = level < range->min ? level : range->min;
	range->max = level > range->max ? level : range->max;
}

static void add_change(
	struct pm_stretch *stretch, struct pm_series *series, uint64_t before, uint64_t after)
{
	const uint64_t size = after > before ? after - before : before - after;

	series->fell += after < before;
	series->rose += after > before;
	pm_wide_pair_add_product(&stretch->jumps, size, size);
}

bool pm_stretch_change(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, uint32_t last, const struct pm_row *row)
{
	const struct pm_sample sample = pm_sample_of(row);
	const struct pm_sample *before = &series->last;

	if (!add_level(stretch, series, ticks, last))
		return false;
	if (sample.has_diff) {
		add_change(stretch, series, before->diff, sample.diff);
		widen(&series->diff, sample.diff);
	}
	if (sample.has_bytes) {
		if (!sample.has_diff)
			add_change(stretch, series, before->bytes, sample.bytes);
		widen(&series->bytes, sample.bytes);
	}
	if (sample.has_counts) {
		const uint64_t allocs = sample.allocs - before->allocs;

		pm_series_last_epoch(series)->allocs += allocs;
		series->allocs += allocs;
		series->frees += sample.frees - before->frees;
	}
	series->last = sample;
	stretch->level = last + 1;
	return true;
}

/* ---- its end ---- */

/* n samples at times that are since `base`; sum of these, and of their squares. */
struct times {
	uint64_t n, base, sum, sum_squares;
};

static void add_to_line(struct pm_line_sums *line, const struct times *times,
	const struct pm_stretch_sums *sums, uint64_t level)
{
	line->n += times->n;
	line->last = level;
	/* sum (b + d) = n b + sum d; sum (b + d)^2 = n b^2 + 2 b sum d + sum d^2; and with y */
	pm_wide_add_product(&line->x, times->n, times->base);
	pm_wide_add_u64(&line->x, times->sum);
	pm_wide_add_product(&line->xx, times->n * times->base, times->base);
	pm_wide_add_product(&line->xx, 2 * times->base, times->sum);
	pm_wide_add_u64(&line->xx, times->sum_squares);
	pm_wide_add_u64(&line->y, sums->y);
	pm_wide_add_pair(&line->yy, sums->yy);
	pm_wide_add_product(&line->xy, times->base, sums->y);
	pm_wide_add_pair(&line->xy, sums->xy);
}

bool pm_stretch_end(struct pm_stretch *stretch, struct pm_series *series,
	const struct pm_ticks *ticks, uint32_t last)
{
	const struct pm_tick *a = &ticks->at[stretch->first], *b = &ticks->at[last];
	const struct times times = {last - stretch->first, (uint64_t)ticks->uptime_ms,
		b->sum - a->sum, b->sum_squares - a->sum_squares};
	struct pm_sample *sample = &series->last;
	struct pm_epoch *epoch = pm_series_last_epoch(series);

	if (times.n == 0)
		return true;
	if (!add_level(stretch, series, ticks, last))
		return false;
	sample->time_ms = ticks->time_ms + b->time_ms;
	sample->uptime_ms = ticks->uptime_ms + b->uptime_ms;
	if (sample->has_bytes) {
		add_to_line(&epoch->bytes, &times, &stretch->bytes, sample->bytes);
		series->bytes.last = sample->bytes;
	}
	if (sample->has_diff) {
		add_to_line(&epoch->diff, &times, &stretch->diff, sample->diff);
		series->diff.last = sample->diff;
	}
	pm_wide_add_pair(&epoch->jumps, stretch->jumps);
	epoch->n_jumps += sample->has_bytes || sample->has_diff ? times.n : 0;
	series->samples += times.n;
	series->steps += times.n;
	series->span_ms += (int64_t)b->uptime_ms - a->uptime_ms;
	series->gaps += b->n_gaps - a->n_gaps;
	series->counted |= sample->has_counts;
	return true;
}
