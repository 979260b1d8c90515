/* SPDX-License-Identifier: MIT */
/*
 * The constants were fitted on made logs (tests/bench/make-labelled.c) and rounded. Figures enter
 * by their inverse hyperbolic sine: as they are near 0, by their order of magnitude beyond.
 */
#include "analyze/points.h"

#include "base/real.h"

#include <math.h>

static const double unit = 65536;
static const double points_max = 12; /* of one test: leaves no doubt */
static const double trend_max = 1e6;

static double limited(double points)
{
	return points > 0 ? points < points_max ? points : points_max : 0;
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

/* The larger the figure, the fewer points: none from `enough` on. */
static double below(double figure, double enough, double weight)
{
	return weight * (enough - figure);
}

static double above(double figure, double harmless, double weight)
{
	return weight * (figure - harmless);
}

/* Growth that begins late is a curve rather than a line. */
static double points_of_trend(double t, double curve_t)
{
	return limited(below(0.6 * pm_asinh(t) + 0.4 * pm_asinh(curve_t), 2.9, 0.9));
}

static double points_of_load(const struct pm_figures *figures)
{
	return limited(smaller(above(pm_asinh(figures->load_t), 1.7, 2.1),
		below(pm_asinh(figures->outgrowth_t), 2.8, 1.7)));
}

/* What ends shows in the last third; what goes ever slower, as a bend of all of it. */
static double points_of_fading(const struct pm_figures *figures)
{
	const double ends = smaller(below(figures->late_share, 0.8, 4),
		smaller(above(pm_asinh(figures->early_t), 1, 0.5),
			below(pm_asinh(figures->late_t), 2.3, 1.5)));

	return limited(ends) + limited(above(pm_asinh(-figures->bend_t), 0.4, 0.5));
}

double pm_points_of_ending(const struct pm_figures *figures)
{
	return limited(below(pm_asinh(figures->late_pace_t), 0, 0.5)) +
		limited(below(pm_asinh(figures->last_pace_t), 0, 0.5));
}

/* A pair of conditions takes points only if both do. */
static void take_points(const struct pm_figures *figures, double points[PM_N_TESTS])
{
	/* The rest of it is taken once all epochs are known: see pm_points_figure(). */
	points[PM_TEST_TREND] =
		figures->loaded ? below(pm_asinh(figures->outgrowth_t), 1.6, 0.6) : 0;
	points[PM_TEST_LOAD] = figures->loaded ? points_of_load(figures) : 0;
	points[PM_TEST_STEPS] = smaller(above(pm_asinh(figures->steps_llr), 0.5, 0.7),
		below(pm_asinh(figures->between_steps_t), 3.3, 4.4));
	points[PM_TEST_LEVELLING] = smaller(above(pm_asinh(figures->levelling_llr), 2, 1.3),
		below(figures->levelling_left, 0.6, 8));
	points[PM_TEST_ORDER] = below(figures->order, 1, 1.3);
	points[PM_TEST_RETURNED] = limited(below(figures->returned, 0.55, 1.5)) +
		limited(above(figures->fall, 0.5, 1.3));
	points[PM_TEST_FADING] = points_of_fading(figures);
}

static uint64_t fixed(double value)
{
	return (uint64_t)(value * unit + 0.5);
}

/* A t as it goes into a sum over epochs. */
static int64_t weighted(double t, uint64_t n_samples)
{
	t = t > trend_max ? trend_max : t < -trend_max ? -trend_max : t;
	return (int64_t)floor(t * sqrt((double)n_samples) * unit + 0.5);
}

void pm_points_add(struct pm_points_sum *sum, const struct pm_figures *figures, double widening,
	uint64_t n_samples)
{
	double points[PM_N_TESTS];

	if (figures->n_blocks == 0)
		return;
	take_points(figures, points);
	sum->samples += n_samples;
	sum->trend += weighted(figures->trend_t, n_samples);
	sum->curve += weighted(figures->curve_t, n_samples);
	for (int i = 0; i < PM_N_TESTS; i++)
		sum->points[i] += fixed(limited(points[i])) * n_samples;
	sum->widening += fixed(widening) * n_samples;
	sum->load_share += fixed(figures->load_share) * n_samples;
}

void pm_points_join(struct pm_points_sum *sum, const struct pm_points_sum *later)
{
	sum->samples += later->samples;
	sum->trend += later->trend;
	sum->curve += later->curve;
	sum->widening += later->widening;
	sum->load_share += later->load_share;
	for (int i = 0; i < PM_N_TESTS; i++)
		sum->points[i] += later->points[i];
}

void pm_points_figure(const struct pm_points_sum *sum, struct pm_trend *trend)
{
	const double n = (double)sum->samples;

	trend->judged = sum->samples;
	trend->widening = 1;
	trend->strength = PM_STRENGTH_MAX;
	if (sum->samples == 0)
		return;
	for (int i = 0; i < PM_N_TESTS; i++)
		trend->points[i] = (double)sum->points[i] / unit / n;
	trend->points[PM_TEST_TREND] += points_of_trend(
		(double)sum->trend / unit / sqrt(n), (double)sum->curve / unit / sqrt(n));
	for (int i = 0; i < PM_N_TESTS; i++)
		trend->strength -= trend->points[i];
	trend->widening = (double)sum->widening / unit / n;
	trend->load_share = (double)sum->load_share / unit / n;
}
