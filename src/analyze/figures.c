/* SPDX-License-Identifier: MIT */
#include "analyze/figures.h"

#include "base/real.h"

#include <math.h>
#include <string.h>

enum { SAMPLES_PER_BLOCK = 2 };

struct blocks {
	int n;
	bool loaded;
	double quantum;
	double x[PM_BLOCKS_MAX];     /* mean time of its samples, 0 to 1 */
	double level[PM_BLOCKS_MAX]; /* mean */
	double floor[PM_BLOCKS_MAX]; /* smallest */
	double load[PM_BLOCKS_MAX];  /* allocations a sample */
};

/* ---- blocks ---- */

/* How many buckets make a block, and how many blocks that gives. */
static int divide(const struct pm_buckets *buckets, int *n_all)
{
	uint64_t wanted = buckets->n_samples / SAMPLES_PER_BLOCK;
	int width, rest;

	wanted = wanted < PM_BLOCKS_MIN ? PM_BLOCKS_MIN : wanted;
	wanted = wanted > PM_BLOCKS_MAX ? PM_BLOCKS_MAX : wanted;
	width = (buckets->n + (int)wanted - 1) / (int)wanted;
	*n_all = buckets->n / width;
	rest = buckets->n - *n_all * width;
	if (2 * rest >= width)
		(*n_all)++;
	return width;
}

static uint64_t lowest_bit(uint64_t bits)
{
	return bits & (~bits + 1);
}

/* What is known of the samples of one block. */
struct stretch {
	uint64_t n, allocs; /* made until the last of them */
	double time;        /* mean, milliseconds */
};

/* The time from one sample to the next, where there are no gaps. */
static double step_of(const struct stretch *stretch, int n)
{
	double step = 0;

	for (int i = 1; i < n; i++) {
		const double samples = (double)(stretch[i - 1].n + stretch[i].n) / 2;
		const double found = (stretch[i].time - stretch[i - 1].time) / samples;

		step = step > 0 && step < found ? step : found;
	}
	return step;
}

/* The rate of allocations: those between the last samples of two blocks. When those were taken is
 * worked out from the mean, as samples follow each other; a gap between blocks counts in full. */
static void rate_blocks(const struct stretch *stretch, struct blocks *blocks)
{
	const double step = step_of(stretch, blocks->n);
	uint64_t allocs_before = 0;
	double end_before = 0;

	for (int i = 0; i < blocks->n; i++) {
		const double n = (double)stretch[i].n, end = stretch[i].time + (n - 1) / 2 * step;
		/* The first sample has no interval before it. */
		double intervals = i > 0 && step > 0 ? (end - end_before) / step : n - 1;

		intervals = intervals < 1 ? 1 : intervals;
		blocks->load[i] = (double)(stretch[i].allocs - allocs_before) / intervals;
		allocs_before = stretch[i].allocs;
		end_before = end;
	}
}

static void make_blocks(const struct pm_buckets *buckets, bool counted, struct blocks *blocks)
{
	struct stretch stretch[PM_BLOCKS_MAX];
	int n_all;
	const int width = divide(buckets, &n_all);

	blocks->n = 0;
	blocks->loaded = counted;
	blocks->quantum = (double)lowest_bit(buckets->any_bits);
	for (int b = 0; b < n_all; b++) {
		const int end = b == n_all - 1 ? buckets->n : (b + 1) * width;
		struct stretch all = {0};
		uint64_t min = UINT64_MAX;
		double sum = 0, time = 0;

		for (int i = b * width; i < end; i++) {
			const struct pm_bucket *bucket = &buckets->at[i];

			if (bucket->n == 0)
				continue;
			all.n += bucket->n;
			sum += pm_bucket_sum(bucket);
			time += bucket->n * pm_bucket_time(buckets, (size_t)i);
			min = bucket->min < min ? bucket->min : min;
			all.allocs = bucket->allocs > all.allocs ? bucket->allocs : all.allocs;
		}
		if (all.n == 0)
			continue;
		all.time = time / (double)all.n;
		blocks->x[blocks->n] = all.time / ldexp(buckets->n, buckets->shift);
		blocks->level[blocks->n] = sum / (double)all.n;
		blocks->floor[blocks->n] = (double)min;
		stretch[blocks->n++] = all;
	}
	rate_blocks(stretch, blocks);
}

/* ---- least squares ---- */

struct fit {
	bool possible;
	double slope, error, t; /* of the last column */
	double rss;
	double hang; /* how residuals hang together: first-order autocorrelation, 0 to .95 */
	double residual[PM_BLOCKS_MAX];
};

enum { COLUMNS_MAX = 4 };

static double dot(const double *a, const double *b, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

static void take_out(double *of, const double *column, double size, int n)
{
	const double share = size > 0 ? dot(of, column, n) / size : 0;

	for (int i = 0; i < n; i++)
		of[i] -= share * column[i];
}

/* First-order autocorrelation of residuals, corrected for its bias in short series. */
static double autocorrelation(const double *residual, int n)
{
	const double all = dot(residual, residual, n);
	const double r = all > 0 ? dot(residual, residual + 1, n - 1) / all : 0;
	const double corrected = (r * n + 2) / (n - 4);

	return corrected < 0 ? 0 : corrected > 0.95 ? 0.95 : corrected;
}

static double widening_of(double hang)
{
	return (1 + hang) / (1 - hang);
}

/* Fits y = a constant + columns by orthogonalising them one after the other. */
static void regress(const double *y, const double *const *columns, int n_columns, int n,
	double quantum, struct fit *fit)
{
	double basis[COLUMNS_MAX][PM_BLOCKS_MAX], size[COLUMNS_MAX], before, variance;
	const int freedom = n - n_columns - 1;
	const int last = n_columns;

	*fit = (struct fit){.possible = false};
	for (int c = 0; c <= n_columns; c++) {
		for (int i = 0; i < n; i++)
			basis[c][i] = c == 0 ? 1 : columns[c - 1][i];
		before = dot(basis[c], basis[c], n);
		for (int d = 0; d < c; d++)
			take_out(basis[c], basis[d], size[d], n);
		size[c] = dot(basis[c], basis[c], n);
		if (size[c] <= 1e-10 * before)
			size[c] = 0;
	}
	memcpy(fit->residual, y, (size_t)n * sizeof(*y));
	for (int c = 0; c < last; c++)
		take_out(fit->residual, basis[c], size[c], n);
	fit->slope = size[last] > 0 ? dot(fit->residual, basis[last], n) / size[last] : 0;
	take_out(fit->residual, basis[last], size[last], n);
	fit->rss = dot(fit->residual, fit->residual, n);
	fit->hang = autocorrelation(fit->residual, n);
	fit->possible = size[last] > 0 && freedom > 0;
	if (!fit->possible)
		return;
	variance =
		(fit->rss / freedom + quantum * quantum / 12) * widening_of(fit->hang) / size[last];
	fit->error = sqrt(variance);
	fit->t = variance > 0 ? fit->slope / fit->error : 0;
}

/* ---- curves ---- */

enum curve_family { GOES_ON, SLOWS, SATURATES };

struct curve {
	enum curve_family family;
	double (*at)(double x, double k);
	double k;
};

static double hinge(double x, double k)
{
	return x > k ? x - k : 0;
}

/* k in quarters */
static double power(double x, double k)
{
	double y = 1;

	for (int i = 0; i < (int)k / 4; i++)
		y *= x;
	if ((int)k & 2)
		y *= sqrt(x);
	if ((int)k & 1)
		y *= sqrt(sqrt(x));
	return y;
}

static double full_at(double x, double k)
{
	return x < k ? x / k : 1;
}

static double approach(double x, double k)
{
	return 1 - pm_exp(-x / k);
}

static double logarithm(double x, double k)
{
	return pm_log(1 + x / k);
}

static const struct curve curves[] = {
	{GOES_ON, hinge, 0},
	{GOES_ON, hinge, .1},
	{GOES_ON, hinge, .2},
	{GOES_ON, hinge, .3},
	{GOES_ON, hinge, .4},
	{GOES_ON, hinge, .5},
	{GOES_ON, hinge, .6},
	{GOES_ON, hinge, .7},
	{GOES_ON, power, 6},
	{GOES_ON, power, 8},
	{GOES_ON, power, 12},
	{SLOWS, power, 2},
	{SLOWS, power, 3},
	{SATURATES, full_at, .1},
	{SATURATES, full_at, .2},
	{SATURATES, full_at, .35},
	{SATURATES, full_at, .5},
	{SATURATES, full_at, .65},
	{SATURATES, full_at, .8},
	{SATURATES, approach, .05},
	{SATURATES, approach, .1},
	{SATURATES, approach, .2},
	{SATURATES, approach, .35},
	{SATURATES, approach, .6},
	{SATURATES, logarithm, .01},
	{SATURATES, logarithm, .05},
	{SATURATES, logarithm, .2},
	{SATURATES, logarithm, .5},
};

/* The best fitting rising curve of the families from..to. */
static const struct curve *best_curve(const struct blocks *blocks, const double *y, double quantum,
	enum curve_family from, enum curve_family to, struct fit *best, double *column)
{
	const struct curve *found = NULL;
	struct fit level;

	regress(y, NULL, 0, blocks->n, quantum, &level);
	*best = level;
	for (size_t c = 0; c < sizeof(curves) / sizeof(curves[0]); c++) {
		double values[PM_BLOCKS_MAX];
		const double *columns[] = {values};
		struct fit fit;

		if (curves[c].family < from || curves[c].family > to)
			continue;
		for (int i = 0; i < blocks->n; i++)
			values[i] = curves[c].at(blocks->x[i], curves[c].k);
		regress(y, columns, 1, blocks->n, quantum, &fit);
		if (fit.possible && fit.slope > 0 && fit.rss < best->rss) {
			*best = fit;
			found = &curves[c];
			memcpy(column, values, sizeof(values));
		}
	}
	return found;
}

/* The best three levels, one after the other; the columns are 1 from the first and second step on. */
static void best_steps(const struct blocks *blocks, const double *y,
	double columns[2][PM_BLOCKS_MAX], struct fit *fit)
{
	double sum[PM_BLOCKS_MAX + 1] = {0}, best = -1;
	const double *both[] = {columns[0], columns[1]};
	int at[2] = {0, 0};

	for (int i = 0; i < blocks->n; i++)
		sum[i + 1] = sum[i] + y[i];
	/* Least squares within the levels: the largest sum of squares between them. */
	for (int i = 1; i < blocks->n - 1; i++) {
		for (int j = i + 1; j < blocks->n; j++) {
			const double a = sum[i], b = sum[j] - sum[i], c = sum[blocks->n] - sum[j];
			const double between =
				a * a / i + b * b / (j - i) + c * c / (blocks->n - j);

			if (between > best) {
				best = between;
				at[0] = i;
				at[1] = j;
			}
		}
	}
	for (int s = 0; s < 2; s++) {
		for (int i = 0; i < blocks->n; i++)
			columns[s][i] = i >= at[s];
	}
	regress(y, both, 2, blocks->n, 0, fit);
}

/* Log likelihood ratio of two fits, positive if the second is the better one. */
static double likelihood_ratio(const struct fit *one, const struct fit *two, int n, double quantum)
{
	const double hang = one->rss < two->rss ? one->hang : two->hang;
	const double least = n * (quantum * quantum / 12 + 1e-9);

	return n / widening_of(hang) / 2 * pm_log((one->rss + least) / (two->rss + least));
}

static double kendall(const double *y, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++) {
		for (int j = i + 1; j < n; j++)
			sum += (y[j] > y[i]) - (y[j] < y[i]);
	}
	return (double)sum / (n * (n - 1) / 2);
}

/* ---- figures ---- */

/* The levels, from 0 to 1, and what is to be known of them. */
struct levels {
	int n;
	const struct blocks *blocks;
	double y[PM_BLOCKS_MAX];
	double adjusted[PM_BLOCKS_MAX]; /* less what the rate of allocations explains */
	double quantum;
	double range; /* that y was divided by */
	double span_hours;
	double noise;     /* variance of a block mean that samples of no structure would have */
	struct fit steps; /* the best three levels */
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

static void over_time(const struct levels *levels, int from, int to, struct fit *fit)
{
	const double *time[] = {levels->blocks->x + from};

	regress(levels->adjusted + from, time, 1, to - from, levels->quantum, fit);
}

/* t of the curve that goes on and fits best, with the rate of allocations held fixed. */
static double curve_t(const struct levels *levels, bool loaded)
{
	double column[PM_BLOCKS_MAX], rss = -1, t = 0;
	const double *columns[] = {column, NULL};

	if (loaded) {
		columns[0] = levels->blocks->load;
		columns[1] = column;
	}
	for (size_t c = 0; c < sizeof(curves) / sizeof(curves[0]); c++) {
		struct fit fit;

		if (curves[c].family == SATURATES)
			continue;
		for (int i = 0; i < levels->n; i++)
			column[i] = curves[c].at(levels->blocks->x[i], curves[c].k);
		regress(levels->y, columns, loaded ? 2 : 1, levels->n, levels->quantum, &fit);
		if (fit.possible && fit.slope > 0 && (rss < 0 || fit.rss < rss)) {
			rss = fit.rss;
			t = fit.t;
		}
	}
	return t;
}

/* What the rate of allocations explains is what it does while time is held fixed. */
static void figure_load(struct levels *levels, struct pm_figures *figures)
{
	const struct blocks *blocks = levels->blocks;
	const int n = levels->n;
	const double *load[] = {blocks->load};
	const double *time[] = {blocks->x};
	const double *load_then_time[] = {blocks->load, blocks->x};
	const double *time_then_load[] = {blocks->x, blocks->load};
	const double level_mean = mean(blocks->level, n), load_mean = mean(blocks->load, n);
	double relative[PM_BLOCKS_MAX];
	struct fit fit, none;

	memcpy(levels->adjusted, levels->y, sizeof(levels->y));
	over_time(levels, 0, n, &fit);
	figures->trend_t = fit.t;
	figures->error_per_hour = fit.error * levels->range / levels->span_hours;
	figures->loaded = blocks->loaded && load_mean > 0 && level_mean > 0 &&
		most(blocks->load, n) > least(blocks->load, n);
	if (!figures->loaded)
		return;
	regress(levels->y, load_then_time, 2, n, levels->quantum, &fit);
	if (fit.possible)
		figures->trend_t = fit.t;
	regress(levels->y, time_then_load, 2, n, levels->quantum, &fit);
	for (int i = 0; i < n; i++)
		levels->adjusted[i] -= fit.slope * (blocks->load[i] - load_mean);
	regress(blocks->load, time, 1, n, 0, &fit);
	figures->load_t = fit.t;
	for (int i = 0; i < n; i++)
		relative[i] = blocks->level[i] / level_mean - blocks->load[i] / load_mean;
	regress(relative, time, 1, n, blocks->quantum / level_mean, &fit);
	figures->outgrowth_t = fit.t;
	regress(levels->y, NULL, 0, n, 0, &none);
	regress(levels->y, load, 1, n, 0, &fit);
	figures->load_share = fit.possible && none.rss > 0 ? 1 - fit.rss / none.rss : 0;
}

static void figure_steps(struct levels *levels, struct pm_figures *figures)
{
	double steps[2][PM_BLOCKS_MAX], column[PM_BLOCKS_MAX];
	const double *steps_then_time[] = {steps[0], steps[1], levels->blocks->x};
	struct fit smooth, rest;

	best_steps(levels->blocks, levels->adjusted, steps, &levels->steps);
	(void)best_curve(
		levels->blocks, levels->adjusted, levels->quantum, GOES_ON, SLOWS, &smooth, column);
	figures->steps_llr = likelihood_ratio(&smooth, &levels->steps, levels->n, levels->quantum);
	regress(levels->adjusted, steps_then_time, 3, levels->n, levels->quantum, &rest);
	figures->between_steps_t = rest.t;
}

static void figure_levelling(const struct levels *levels, struct pm_figures *figures)
{
	double column[PM_BLOCKS_MAX];
	const double *time[] = {levels->blocks->x};
	const double *curve_then_time[] = {column, levels->blocks->x};
	const struct curve *curve;
	struct fit on, saturating, rest, line;

	curve = best_curve(
		levels->blocks, levels->y, levels->quantum, GOES_ON, GOES_ON, &on, column);
	figures->onset = curve != NULL && curve->at == hinge ? curve->k : 0;
	curve = best_curve(levels->blocks, levels->y, levels->quantum, SATURATES, SATURATES,
		&saturating, column);
	figures->levelling_llr = likelihood_ratio(&on, &saturating, levels->n, levels->quantum);
	figures->levelling_left = 1;
	figures->stepped =
		likelihood_ratio(&saturating, &levels->steps, levels->n, levels->quantum) > 0;
	if (curve == NULL)
		return;
	figures->abrupt = curve->at == full_at;
	regress(levels->y, time, 1, levels->n, levels->quantum, &line);
	regress(levels->y, curve_then_time, 2, levels->n, levels->quantum, &rest);
	figures->levelling_left = line.slope > 0 ? rest.slope / line.slope : 0;
}

static double bend(const struct levels *levels)
{
	double square[PM_BLOCKS_MAX];
	const double *time_then_square[] = {levels->blocks->x, square};
	struct fit fit;

	for (int i = 0; i < levels->n; i++)
		square[i] = levels->blocks->x[i] * levels->blocks->x[i];
	regress(levels->adjusted, time_then_square, 2, levels->n, levels->quantum, &fit);
	return fit.t;
}

static void figure_fading(const struct levels *levels, struct pm_figures *figures)
{
	struct fit all, part;

	over_time(levels, 0, levels->n / 2, &part);
	figures->early_t = part.t;
	over_time(levels, levels->n * 2 / 3, levels->n, &part);
	over_time(levels, 0, levels->n, &all);
	figures->late_t = part.t;
	figures->late_share = all.slope > 0 ? part.slope / all.slope : 1;
	figures->bend_t = bend(levels);
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
	struct fit flat;

	const struct blocks *blocks = levels->blocks;
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
	regress(levels->y, NULL, 0, n, 0, &flat);
	figures->smooth = flat.rss / (n - 1) > 4 * levels->noise;
}

void pm_figures_of(
	const struct pm_buckets *buckets, bool counted, double noise, struct pm_figures *figures)
{
	struct blocks blocks;
	struct levels levels = {.blocks = &blocks};
	double base, range;

	*figures = (struct pm_figures){.n_blocks = 0};
	if (buckets->n_samples < PM_BLOCKS_MIN || buckets->n < PM_BLOCKS_MIN)
		return;
	make_blocks(buckets, counted, &blocks);
	if (blocks.n < PM_BLOCKS_MIN)
		return;
	figures->n_blocks = levels.n = blocks.n;
	base = least(blocks.level, blocks.n);
	range = most(blocks.level, blocks.n) - base;
	if (!(range > 0))
		return;
	figures->moves = true;
	for (int i = 0; i < blocks.n; i++)
		levels.y[i] = (blocks.level[i] - base) / range;
	levels.quantum = blocks.quantum / range;
	levels.range = range;
	levels.span_hours = ldexp(buckets->n, buckets->shift) / 3600000;
	levels.noise = noise / (range * range) * blocks.n / (double)buckets->n_samples;
	figure_load(&levels, figures);
	figures->curve_t = curve_t(&levels, figures->loaded);
	figure_steps(&levels, figures);
	figure_levelling(&levels, figures);
	figure_fading(&levels, figures);
	figure_rest(&levels, figures);
}
