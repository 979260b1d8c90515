/* SPDX-License-Identifier: MIT */
#include "analyze/figures.h"

#include <math.h>
#include <string.h>

static double kendall(const double *y, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++) {
		for (int j = i + 1; j < n; j++)
			sum += (y[j] > y[i]) - (y[j] < y[i]);
	}
	return (double)sum / (n * (n - 1) / 2);
}

/* The levels, from 0 to 1, and what is to be known of them. */
struct levels {
	int n;
	const struct pm_blocks *blocks;
	double y[PM_BLOCKS_MAX];
	double adjusted[PM_BLOCKS_MAX]; /* less what the rate of allocations explains */
	const struct pm_curves *curves;
	double quantum;
	double range; /* that y was divided by */
	double span_hours;
	double noise;        /* variance of a block mean that samples of no structure would have */
	struct pm_fit steps; /* the best three levels */
};

static double mean(const double *y, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += y[i];
	return sum / n;
}

static double least(const double *y, int n)
{
	double found = y[0];

	for (int i = 1; i < n; i++)
		found = y[i] < found ? y[i] : found;
	return found;
}

static double most(const double *y, int n)
{
	double found = y[0];

	for (int i = 1; i < n; i++)
		found = y[i] > found ? y[i] : found;
	return found;
}

static void over_time(const struct levels *levels, int from, int to, struct pm_fit *fit)
{
	const double *time[] = {levels->blocks->x + from};

	pm_fit_columns(fit, levels->adjusted + from, time, 1, to - from, levels->quantum);
}

/* Fits a curve (negative: none, a constant) to y. */
static void fit_curve(const struct levels *levels, const double *y, int curve, struct pm_fit *fit)
{
	const double *column[] = {levels->curves->column[curve < 0 ? 0 : curve]};

	pm_fit_columns(fit, y, column, curve < 0 ? 0 : 1, levels->n, levels->quantum);
}

/* t of the curve that goes on and fits best, with the rate of allocations held fixed. */
static double curve_t(const struct levels *levels, bool loaded)
{
	const double *load = loaded ? levels->blocks->load : NULL;
	const int best =
		pm_curves_best(levels->curves, levels->y, load, PM_CURVES_GO_ON, PM_CURVES_SLOW);
	const double *curve = levels->curves->column[best < 0 ? 0 : best];
	const double *columns[] = {loaded ? load : curve, curve};
	struct pm_fit fit;

	if (best < 0)
		return 0;
	pm_fit_columns(&fit, levels->y, columns, loaded ? 2 : 1, levels->n, levels->quantum);
	return fit.t;
}

/* What the rate of allocations explains is what it does while time is held fixed. */
static void figure_load(struct levels *levels, bool counted, struct pm_figures *figures)
{
	const struct pm_blocks *blocks = levels->blocks;
	const int n = levels->n;
	const double *load[] = {blocks->load};
	const double *time[] = {blocks->x};
	const double *load_then_time[] = {blocks->load, blocks->x};
	const double *time_then_load[] = {blocks->x, blocks->load};
	const double level_mean = blocks->base + mean(blocks->level, n);
	const double load_mean = mean(blocks->load, n);
	double relative[PM_BLOCKS_MAX];
	struct pm_fit fit, none;

	memcpy(levels->adjusted, levels->y, sizeof(levels->y));
	over_time(levels, 0, n, &fit);
	figures->trend_t = fit.t;
	figures->error_per_hour = fit.error * levels->range / levels->span_hours;
	figures->loaded = counted && load_mean > 0 && level_mean > 0 &&
		most(blocks->load, n) > least(blocks->load, n);
	if (!figures->loaded)
		return;
	pm_fit_columns(&fit, levels->y, load_then_time, 2, n, levels->quantum);
	if (fit.possible)
		figures->trend_t = fit.t;
	pm_fit_columns(&fit, levels->y, time_then_load, 2, n, levels->quantum);
	for (int i = 0; i < n; i++)
		levels->adjusted[i] -= fit.slope * (blocks->load[i] - load_mean);
	pm_fit_columns(&fit, blocks->load, time, 1, n, 0);
	figures->load_t = fit.t;
	for (int i = 0; i < n; i++)
		relative[i] = (blocks->base + blocks->level[i]) / level_mean -
			blocks->load[i] / load_mean;
	pm_fit_columns(&fit, relative, time, 1, n, blocks->quantum / level_mean);
	figures->outgrowth_t = fit.t;
	pm_fit_columns(&none, levels->y, NULL, 0, n, 0);
	pm_fit_columns(&fit, levels->y, load, 1, n, 0);
	/* a level that is lower the more is allocated is not explained by that */
	figures->load_share =
		fit.possible && none.rss > 0 && fit.slope > 0 ? 1 - fit.rss / none.rss : 0;
}

static void figure_steps(struct levels *levels, struct pm_figures *figures)
{
	double steps[2][PM_BLOCKS_MAX];
	const double *steps_then_time[] = {steps[0], steps[1], levels->blocks->x};
	struct pm_fit smooth, rest;

	pm_curves_steps(levels->adjusted, levels->n, steps);
	pm_fit_columns(&levels->steps, levels->adjusted, steps_then_time, 2, levels->n, 0);
	fit_curve(levels, levels->adjusted,
		pm_curves_best(
			levels->curves, levels->adjusted, NULL, PM_CURVES_GO_ON, PM_CURVES_SLOW),
		&smooth);
	figures->steps_llr = pm_fit_ratio(&smooth, &levels->steps, levels->n, levels->quantum);
	pm_fit_columns(&rest, levels->adjusted, steps_then_time, 3, levels->n, levels->quantum);
	figures->between_steps_t = rest.t;
}

static void figure_levelling(const struct levels *levels, struct pm_figures *figures)
{
	const struct pm_curves *curves = levels->curves;
	const double *y = levels->y;
	const int going = pm_curves_best(curves, y, NULL, PM_CURVES_GO_ON, PM_CURVES_GO_ON);
	const int full = pm_curves_best(curves, y, NULL, PM_CURVES_SATURATE, PM_CURVES_SATURATE);
	const double *time[] = {levels->blocks->x};
	const double *curve_then_time[] = {curves->column[full < 0 ? 0 : full], levels->blocks->x};
	struct pm_fit on, saturating, rest, line;

	fit_curve(levels, y, going, &on);
	figures->onset = going >= 0 && pm_curve_kinds[going].line ? pm_curve_kinds[going].k : 0;
	fit_curve(levels, y, full, &saturating);
	figures->levelling_llr = pm_fit_ratio(&on, &saturating, levels->n, levels->quantum);
	figures->levelling_left = 1;
	figures->stepped =
		pm_fit_ratio(&saturating, &levels->steps, levels->n, levels->quantum) > 0;
	if (full < 0)
		return;
	figures->abrupt = pm_curve_kinds[full].line;
	pm_fit_columns(&line, y, time, 1, levels->n, levels->quantum);
	pm_fit_columns(&rest, y, curve_then_time, 2, levels->n, levels->quantum);
	figures->levelling_left = line.slope > 0 ? rest.slope / line.slope : 0;
}

static double bend(const struct levels *levels)
{
	double square[PM_BLOCKS_MAX];
	const double *time_then_square[] = {levels->blocks->x, square};
	struct pm_fit fit;

	for (int i = 0; i < levels->n; i++)
		square[i] = levels->blocks->x[i] * levels->blocks->x[i];
	pm_fit_columns(&fit, levels->adjusted, time_then_square, 2, levels->n, levels->quantum);
	return fit.t;
}

/* t of the slope after moment k less a share of that before. */
static double pace_t(const struct levels *levels, double k, double share)
{
	double before[PM_BLOCKS_MAX], after[PM_BLOCKS_MAX];

	for (int i = 0; i < levels->n; i++) {
		const double x = levels->blocks->x[i];

		before[i] = x < k ? x : k;
		after[i] = x > k ? x - k : 0;
	}
	return pm_fit_contrast(levels->adjusted, before, after, levels->n, share, levels->quantum);
}

static void figure_fading(const struct levels *levels, struct pm_figures *figures)
{
	struct pm_fit all, part;

	over_time(levels, 0, levels->n / 2, &part);
	figures->early_t = part.t;
	over_time(levels, levels->n * 2 / 3, levels->n, &part);
	over_time(levels, 0, levels->n, &all);
	figures->late_t = part.t;
	figures->late_share = all.slope > 0 ? part.slope / all.slope : 1;
	figures->bend_t = bend(levels);
	figures->late_pace_t = pace_t(levels, 0.5, 0.5);
	figures->last_pace_t = pace_t(levels, 0.875, 0.3);
}

/* The share of the range by which the least of the last eighth is above the least of all. */
static double rise(const double *floor, const double *level, int n)
{
	const int at = n * 7 / 8;
	const double range = most(level, n) - least(floor, n);

	return range > 0 ? (least(floor + at, n - at) - least(floor, n)) / range : 0;
}

/* How far it ever fell from the highest before. */
static double fall(const double *y, int n)
{
	double high = y[0], found = 0;

	for (int i = 1; i < n; i++) {
		high = y[i] > high ? y[i] : high;
		found = high - y[i] > found ? high - y[i] : found;
	}
	return found;
}

static int count_turns(const double *y, int n)
{
	double low = y[0], high = y[0];
	int direction = 0, turns = 0;

	for (int i = 1; i < n; i++) {
		low = y[i] < low ? y[i] : low;
		high = y[i] > high ? y[i] : high;
		if (direction != 1 && y[i] - low > 0.5) {
			turns += direction != 0;
			direction = 1;
			high = y[i];
		} else if (direction != -1 && high - y[i] > 0.5) {
			turns += direction != 0;
			direction = -1;
			low = y[i];
		}
	}
	return turns;
}

static void figure_rest(const struct levels *levels, struct pm_figures *figures)
{
	struct pm_fit flat;

	const struct pm_blocks *blocks = levels->blocks;
	const int n = levels->n, quarter = n / 4;
	const double by_floor = rise(blocks->floor, blocks->level, n);
	const double by_adjusted = rise(levels->adjusted, levels->adjusted, n);

	figures->order = kendall(levels->adjusted, n);
	figures->returned = by_floor > by_adjusted ? by_floor : by_adjusted;
	figures->fall = fall(levels->adjusted, n);
	figures->floor_rise =
		least(blocks->floor + n * 7 / 8, n - n * 7 / 8) - least(blocks->floor, n);
	figures->change = mean(levels->y + n - quarter, quarter) - mean(levels->y, quarter);
	figures->turns = count_turns(levels->y, n);
	pm_fit_columns(&flat, levels->y, NULL, 0, n, 0);
	figures->smooth = flat.rss / (n - 1) > 4 * levels->noise;
}

void pm_figures_of(const struct pm_blocks *blocks, bool counted, double noise,
	struct pm_curves *curves, struct pm_figures *figures)
{
	struct levels levels = {.blocks = blocks, .n = blocks->n};
	const double base = least(blocks->level, blocks->n);
	const double range = most(blocks->level, blocks->n) - base;

	*figures = (struct pm_figures){.n_blocks = blocks->n};
	if (!(range > 0))
		return;
	figures->moves = true;
	for (int i = 0; i < blocks->n; i++)
		levels.y[i] = (blocks->level[i] - base) / range;
	levels.quantum = blocks->quantum / range;
	levels.range = range;
	levels.span_hours = blocks->span_hours;
	levels.noise = noise / (range * range) * blocks->n / blocks->n_samples;
	pm_curves_make(curves, blocks->x, blocks->n);
	levels.curves = curves;
	figure_load(&levels, counted, figures);
	figures->curve_t = curve_t(&levels, figures->loaded);
	figure_steps(&levels, figures);
	figure_levelling(&levels, figures);
	figure_fading(&levels, figures);
	figure_rest(&levels, figures);
}
