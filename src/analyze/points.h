/* SPDX-License-Identifier: MIT */
/*
 * From figures to points: what each test takes away from the evidence for a leak. Epochs are put
 * together weighted by their samples, but for the trend: there several stretches of growth say more
 * than one (Stouffer et al. 1949: the sum of t times root n, over the root of the sum of n).
 */
#ifndef POOLMON_ANALYZE_POINTS_H
#define POOLMON_ANALYZE_POINTS_H

#include <poolmon/trends.h>

#include "analyze/figures.h"

/* Sums over epochs of whole numbers, so that they do not depend on how epochs are grouped. */
struct pm_points_sum {
	uint64_t samples;              /* in epochs that could be judged */
	int64_t trend, curve;          /* t x root of samples, in 2^-16 */
	uint64_t points[PM_N_TESTS];   /* x samples, in 2^-16 */
	uint64_t widening, load_share; /* likewise */
};

/* An epoch that is too short adds nothing. widening: see struct pm_trend. */
void pm_points_add(struct pm_points_sum *sum, const struct pm_figures *figures, double widening,
	uint64_t n_samples);
void pm_points_join(struct pm_points_sum *sum, const struct pm_points_sum *later);

/* What speaks against growth that goes on at the end, in the same points. */
double pm_points_of_ending(const struct pm_figures *figures);

/* Fills judged, points, strength, widening and load_share. */
void pm_points_figure(const struct pm_points_sum *sum, struct pm_trend *trend);

#endif
