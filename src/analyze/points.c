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

static double points_of_trend(double t)
{
	return limited(below(pm_asinh(t), 2.85, 0.9));
}

/* A pair of conditions takes points only if both do. */
static void take_points(const struct pm_figures *figures, double points[PM_N_TESTS])
{
	points[PM_TEST_TREND] = 0; /* see pm_points_figure() */
	points[PM_TEST_LOAD] = !figures->loaded
		? 0
		: smaller(above(pm_asinh(figures->load_t), -0.7, 0.3),
			  below(pm_asinh(figures->outgrowth_t), 1.65, 2.7));
	points[PM_TEST_STEPS] = smaller(above(pm_asinh(figures->steps_llr), 0.45, 0.57),
		below(pm_asinh(figures->between_steps_t), 4.25, 4.4));
	points[PM_TEST_LEVELLING] = smaller(above(pm_asinh(figures->levelling_llr), 1.8, 1.4),
		below(figures->levelling_left, 0.3, 20));
	points[PM_TEST_ORDER] = below(figures->order, 1, 1.15);
	points[PM_TEST_RETURNED] = below(figures->returned, 0.62, 2.2);
	points[PM_TEST_FADING] = smaller(below(figures->late_share, 0.85, 8),
		smaller(above(pm_asinh(figures->early_t), 1.9, 0.75),
			below(pm_asinh(figures->late_t), 4.5, 2)));
}

static uint64_t fixed(double value)
{
	return (uint64_t)(value * unit + 0.5);
}

void pm_points_add(struct pm_points_sum *sum, const struct pm_figures *figures, double widening,
	uint64_t n_samples)
{
	double points[PM_N_TESTS], t = figures->trend_t;

	if (figures->n_blocks == 0)
		return;
	take_points(figures, points);
	t = t > trend_max ? trend_max : t < -trend_max ? -trend_max : t;
	sum->samples += n_samples;
	sum->trend += (int64_t)floor(t * sqrt((double)n_samples) * unit + 0.5);
	for (int i = 0; i < PM_N_TESTS; i++)
		sum->points[i] += fixed(limited(points[i])) * n_samples;
	sum->widening += fixed(widening) * n_samples;
	sum->load_share += fixed(figures->load_share) * n_samples;
}

void pm_points_join(struct pm_points_sum *sum, const struct pm_points_sum *later)
{
	sum->samples += later->samples;
	sum->trend += later->trend;
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
	trend->points[PM_TEST_TREND] = points_of_trend((double)sum->trend / unit / sqrt(n));
	for (int i = 0; i < PM_N_TESTS; i++)
		trend->strength -= trend->points[i];
	trend->widening = (double)sum->widening / unit / n;
	trend->load_share = (double)sum->load_share / unit / n;
}
