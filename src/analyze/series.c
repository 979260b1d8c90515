/* SPDX-License-Identifier: MIT */
#include "analyze/series.h"

#include <stdlib.h>

static const double widening_max = 10000;

/* Whether a 32-bit counter may have gone from a to b by running over: it was in its upper half, and
 * is in its lower half now. */
static bool may_wrap(uint64_t a, uint64_t b)
{
	return a >= UINT64_C(1) << 31 && a < UINT64_C(1) << 32 && b < a;
}

/* Whether b goes on where a stopped; else the counters started again in between. Where counters
 * fall, a wrap explains it if the outstanding allocations changed as the counters say, modulo 2^32.
 */
static bool continues(const struct pm_sample *a, const struct pm_sample *b)
{
	if (!pm_origin_same_boot(a->origin, b->origin))
		return false;
	if (!a->has_counts || !b->has_counts || (b->allocs >= a->allocs && b->frees >= a->frees))
		return true;
	if ((b->allocs < a->allocs && !may_wrap(a->allocs, b->allocs)) ||
		(b->frees < a->frees && !may_wrap(a->frees, b->frees)))
		return false;
	return !a->has_diff || !b->has_diff ||
		(uint32_t)((b->allocs - b->frees) - (a->allocs - a->frees)) ==
		(uint32_t)(b->diff - a->diff);
}

static uint64_t counter_change(uint64_t a, uint64_t b)
{
	return b >= a ? b - a : (uint64_t)(uint32_t)(b - a);
}

static void add_jump(struct pm_epoch *epoch, uint64_t a, uint64_t b)
{
	const uint64_t size = a > b ? a - b : b - a;

	pm_wide_add_product(&epoch->jumps, size, size);
	epoch->n_jumps++;
}

/* The step between two samples of one epoch. */
static void add_step(struct pm_series *series, struct pm_epoch *epoch, const struct pm_sample *a,
	const struct pm_sample *b)
{

	const int64_t span = b->uptime_ms - a->uptime_ms;

	series->span_ms += span;
	series->steps++;
	series->gaps += pm_is_gap(b->origin, span);
	if (a->has_diff && b->has_diff) {
		series->fell += b->diff < a->diff;
		series->rose += b->diff > a->diff;
		add_jump(epoch, a->diff, b->diff);
	} else if (a->has_bytes && b->has_bytes) {
		series->fell += b->bytes < a->bytes;
		series->rose += b->bytes > a->bytes;
		add_jump(epoch, a->bytes, b->bytes);
	}
	if (a->has_counts && b->has_counts) {
		const uint64_t allocs = counter_change(a->allocs, b->allocs);

		epoch->allocs += allocs;
		series->allocs += allocs;
		series->frees += counter_change(a->frees, b->frees);
		series->counted = true;
	}
}

static void widen(struct pm_range *range, const struct pm_range *later)
{
	if (!later->any)
		return;
	if (!range->any) {
		*range = *later;
		return;
	}
	range->last = later->last;
	range->min = later->min < range->min ? later->min : range->min;
	range->max = later->max > range->max ? later->max : range->max;
}

/* By how much the variance of the slope is larger than if all samples were independent. */
static double widening_of(const struct pm_epoch *epoch, const struct pm_figures *figures)
{
	struct pm_line_closed closed = {0};
	struct pm_line line;
	double ratio;

	pm_line_close(&closed, epoch->diff.n > 0 ? &epoch->diff : &epoch->bytes);
	pm_line_figure(&closed, &line);
	if (!(line.stderr_per_hour > 0))
		return 1;
	ratio = figures->error_per_hour / line.stderr_per_hour;
	ratio *= ratio;
	return ratio > widening_max ? widening_max : ratio > 1 ? ratio : 1;
}

/* Whether what it allocates is what it holds for a while: where next to nothing is ever freed, no
 * rate of allocations explains a level. */
static bool is_counted(const struct pm_epoch *epoch)
{
	const struct pm_line_sums *diff = &epoch->diff;
	const uint64_t frees = epoch->allocs + diff->first - diff->last; /* modulo 2^64 */

	return !epoch->uncounted && diff->n > 0 && frees >= epoch->allocs / 100;
}

static struct pm_figures add_points(
	struct pm_points_sum *points, struct pm_epoch *epoch, struct pm_curves *curves)
{
	const double jumps = (double)(epoch->n_jumps > 0 ? epoch->n_jumps : 1);
	struct pm_figures figures = {.n_blocks = 0};
	struct pm_blocks blocks;

	pm_buckets_put_now(&epoch->buckets);
	if (pm_blocks_make(&blocks, &epoch->buckets))
		pm_figures_of(&blocks, is_counted(epoch), pm_wide_double(epoch->jumps) / jumps / 2,
			curves, &figures);
	pm_points_add(points, &figures, widening_of(epoch, &figures), epoch->buckets.n_samples);
	return figures;
}

/* Its buckets are given back. */
static void close_epoch(struct pm_series_past *past, struct pm_epoch *epoch)
{
	pm_line_close(&past->bytes, &epoch->bytes);
	pm_line_close(&past->diff, &epoch->diff);
	(void)add_points(&past->points, epoch, &(struct pm_curves){.n = 0});
	pm_buckets_deinit(&epoch->buckets);
}

/* The step between the two has been added. */
static bool join_epoch(struct pm_epoch *epoch, struct pm_epoch *later)
{
	pm_line_join(&epoch->bytes, &later->bytes);
	pm_line_join(&epoch->diff, &later->diff);
	epoch->jumps = pm_wide_add(epoch->jumps, later->jumps);
	epoch->n_jumps += later->n_jumps;
	if (!pm_buckets_join(&epoch->buckets, &later->buckets, epoch->allocs))
		return false;
	epoch->allocs += later->allocs;
	epoch->uncounted |= later->uncounted;
	return true;
}

/* Puts the first epoch aside: what comes before it may belong to it. */
static bool keep_first(struct pm_series *series)
{
	series->past->first = malloc(sizeof(*series->past->first));
	if (series->past->first == NULL)
		return false;
	*series->past->first = series->epoch;
	return true;
}

/* Makes `epoch` the one at hand, and takes its buckets over; the one that was is closed. */
static bool append_epoch(struct pm_series *series, struct pm_epoch *epoch)
{
	if (series->past == NULL && (series->past = calloc(1, sizeof(*series->past))) == NULL)
		return false;
	if (series->n_epochs > 1 || series->begun)
		close_epoch(series->past, &series->epoch);
	else if (!keep_first(series))
		return false;
	series->epoch = *epoch;
	epoch->buckets = (struct pm_buckets){0};
	series->n_epochs++;
	return true;
}

/* Counters started again between our last sample and this one. */
static bool add_cut(struct pm_series *series, const struct pm_sample *sample)
{
	return pm_course_cut(&series->course,
		(struct pm_course_cut){
			sample->time_ms,
			!pm_origin_same_boot(series->last.origin, sample->origin),
		});
}

bool pm_series_add(struct pm_series *series, const struct pm_row *row)
{
	const struct pm_sample sample = pm_sample_of(row);
	const uint64_t x = (uint64_t)sample.uptime_ms;
	struct pm_epoch *epoch;

	if (series->samples == 0) {
		series->first = sample;
		series->n_epochs = 1;
	} else if (continues(&series->last, &sample)) {
		add_step(series, &series->epoch, &series->last, &sample);
	} else if (!append_epoch(series, &(struct pm_epoch){0}) || !add_cut(series, &sample)) {
		return false;
	}
	epoch = &series->epoch;
	series->samples++;
	series->last = sample;
	epoch->uncounted |= series->uncounted || !sample.has_counts;
	if ((sample.has_diff || sample.has_bytes) &&
		!pm_buckets_add(&epoch->buckets, x, sample.has_diff ? sample.diff : sample.bytes,
			epoch->allocs))
		return false;
	if (sample.has_bytes) {
		const struct pm_range one = {
			sample.bytes, sample.bytes, sample.bytes, sample.bytes, true};

		pm_line_add(&epoch->bytes, x, sample.bytes);
		widen(&series->bytes, &one);
		if (!pm_course_add(&series->course, sample.time_ms, sample.bytes))
			return false;
	}
	if (sample.has_diff) {
		const struct pm_range one = {
			sample.diff, sample.diff, sample.diff, sample.diff, true};

		pm_line_add(&epoch->diff, x, sample.diff);
		widen(&series->diff, &one);
	}
	return true;
}

/* Puts the epochs of `later` behind. */
static bool join_epochs(struct pm_series *series, struct pm_series *later)
{
	struct pm_epoch *first = later->n_epochs == 1 ? &later->epoch : later->past->first;

	if (continues(&series->last, &later->first)) {
		add_step(series, &series->epoch, &series->last, &later->first);
		if (!join_epoch(&series->epoch, first))
			return false;
	} else if (!append_epoch(series, first) || !add_cut(series, &later->first)) {
		return false;
	}
	if (later->n_epochs == 1)
		return true;
	if (!append_epoch(series, &later->epoch))
		return false;
	pm_line_join_closed(&series->past->bytes, &later->past->bytes);
	pm_line_join_closed(&series->past->diff, &later->past->diff);
	pm_points_join(&series->past->points, &later->past->points);
	series->n_epochs += later->n_epochs - 2;
	return true;
}

void pm_series_begin(struct pm_series *series)
{
	struct pm_series_past *past = series->past;

	series->begun = true;
	if (past == NULL || past->first == NULL)
		return;
	close_epoch(past, past->first);
	free(past->first);
	past->first = NULL;
}

bool pm_series_join(struct pm_series *series, struct pm_series *later)
{
	if (later->samples == 0)
		return true;
	if (series->samples == 0) {
		const bool begun = series->begun;

		pm_series_deinit(series);
		*series = *later;
		*later = (struct pm_series){0};
		if (begun)
			pm_series_begin(series);
		return true;
	}
	if (!join_epochs(series, later))
		return false;
	if (!pm_course_join(&series->course, &later->course))
		return false;
	series->samples += later->samples;
	series->last = later->last;
	widen(&series->bytes, &later->bytes);
	widen(&series->diff, &later->diff);
	series->span_ms += later->span_ms;
	series->steps += later->steps;
	series->gaps += later->gaps;
	series->fell += later->fell;
	series->rose += later->rose;
	series->allocs += later->allocs;
	series->frees += later->frees;
	series->counted |= later->counted;
	return true;
}

bool pm_series_continues(const struct pm_series *series, const struct pm_series *later)
{
	return series->samples == 0 || continues(&series->last, &later->first);
}

void pm_series_deinit(struct pm_series *series)
{
	pm_buckets_deinit(&series->epoch.buckets);
	if (series->past != NULL && series->past->first != NULL) {
		pm_buckets_deinit(&series->past->first->buckets);
		free(series->past->first);
	}
	free(series->past);
	series->past = NULL;
	pm_course_deinit(&series->course);
}

const struct pm_buckets *pm_series_levels(struct pm_series *series)
{
	struct pm_buckets *levels = &series->epoch.buckets;

	pm_buckets_put_now(levels);
	return levels;
}

/* Wall clock of a moment of the last epoch, given as a share of its span. */
static int64_t moment_of(
	const struct pm_series *series, const struct pm_buckets *buckets, double share)
{
	const double span = (double)((uint64_t)buckets->grid.n << buckets->grid.shift);
	const double begin = (double)(buckets->grid.origin << buckets->grid.shift);
	const double before = (double)series->last.uptime_ms - (begin + share * span);

	const int64_t moment =
		before > 0 ? series->last.time_ms - (int64_t)before : series->last.time_ms;

	return moment < series->first.time_ms ? series->first.time_ms : moment;
}

static void figure_shape(
	struct pm_series *series, const struct pm_figures *figures, struct pm_trend *trend)
{
	const bool levelled = figures->levelling_llr > 1.5 && figures->levelling_left < 0.3;

	trend->shape = (struct pm_shape){
		.known = figures->n_blocks > 0,
		.moves = figures->moves,
		.change = figures->change,
		.late_share = figures->late_share,
		.late_t = figures->late_t,
		.ending = pm_points_of_ending(figures),
		.trend_t = figures->trend_t,
		.stepped = figures->stepped,
		.levelled = levelled,
		.abrupt = figures->abrupt,
		.smooth = figures->smooth,
		.turns = figures->turns,
		.floor_rise = figures->floor_rise,
		.onset_ms = moment_of(series, pm_series_levels(series), figures->onset),
	};
}

/* Whether objects are larger at the end, by a tenth or more. */
static bool grew_in_size(const struct pm_trend *trend)
{
	const struct pm_line *bytes = &trend->bytes, *diff = &trend->diff;

	return bytes->n > 0 && diff->n > 0 && bytes->growth > 0 &&
		(double)bytes->last * (double)diff->first >
		1.1 * (double)bytes->first * (double)diff->last;
}

/* Objects may be as many as before, and each larger: then bytes are judged too, and count if they
 * speak for a leak more than objects do. Of them only the course is kept. */
static void figure_sizes(struct pm_series *series, struct pm_curves *curves, struct pm_trend *trend)
{
	struct pm_points_sum sum = {0};
	struct pm_figures figures;
	struct pm_blocks blocks;
	struct pm_trend by_size = *trend;

	if (!pm_blocks_of_course(&blocks, &series->course))
		return;
	pm_figures_of(&blocks, false, 0, curves, &figures);
	pm_points_add(&sum, &figures, 1, (uint64_t)blocks.n_samples);
	pm_points_figure(&sum, &by_size);
	if (by_size.strength <= trend->strength)
		return;
	by_size.by_size = true;
	by_size.judged = trend->judged;
	by_size.widening = trend->widening;
	figure_shape(series, &figures, &by_size);
	*trend = by_size;
}

static void figure_judgement(
	struct pm_series *series, struct pm_curves *curves, struct pm_trend *trend)
{
	struct pm_points_sum sum = {0};
	struct pm_figures figures;

	figures = add_points(&sum, &series->epoch, curves);
	if (series->n_epochs > 1) {
		if (series->past->first != NULL)
			(void)add_points(&sum, series->past->first, curves);
		pm_points_join(&sum, &series->past->points);
	}
	pm_points_figure(&sum, trend);
	figure_shape(series, &figures, trend);
	if (series->n_epochs == 1 && trend->judged > 0 && grew_in_size(trend))
		figure_sizes(series, curves, trend);
}

/* first, closed: of the epochs before the last one; NULL where there are none. */
static void figure_line(const struct pm_line_sums *first, const struct pm_line_closed *closed,
	const struct pm_line_sums *last, const struct pm_range *range, struct pm_line *line)
{
	struct pm_line_closed all = {0};

	if (first != NULL)
		pm_line_close(&all, first);
	if (closed != NULL)
		pm_line_join_closed(&all, closed);
	pm_line_close(&all, last);
	pm_line_figure(&all, line);
	line->first = range->first;
	line->last = range->last;
	line->min = range->min;
	line->max = range->max;
}

void pm_series_figure(struct pm_series *series, struct pm_curves *curves, struct pm_trend *trend)
{
	const struct pm_series_past *past = series->past;
	const struct pm_epoch *first = past != NULL ? past->first : NULL;
	const struct pm_epoch *last = &series->epoch;

	*trend = (struct pm_trend){
		.samples = series->samples,
		.epochs = series->n_epochs,
		.first_ms = series->first.time_ms,
		.last_ms = series->last.time_ms,
		.span_ms = series->span_ms,
		.steps = series->steps,
		.gaps = series->gaps,
		.fell = series->fell,
		.rose = series->rose,
		.counted = series->counted,
		.allocs = series->allocs,
		.frees = series->frees,
	};
	figure_line(first ? &first->bytes : NULL, past ? &past->bytes : NULL, &last->bytes,
		&series->bytes, &trend->bytes);
	figure_line(first ? &first->diff : NULL, past ? &past->diff : NULL, &last->diff,
		&series->diff, &trend->diff);
	figure_judgement(series, curves, trend);
}
