/* SPDX-License-Identifier: MIT */
/*
 * What the judgement goes by: figures of one epoch, over up to 32 equal stretches of time
 * ("blocks").
 *
 * Each answers one question, so that each can be told in words. t values are slopes over their
 * standard errors, the latter widened for residuals that hang together (first-order
 * autocorrelation) and for levels that only move in quanta.
 */
#ifndef POOLMON_ANALYZE_FIGURES_H
#define POOLMON_ANALYZE_FIGURES_H

#include "analyze/curves.h"

struct pm_figures {
	int n_blocks; /* with samples; 0: too short, and nothing else is set */
	bool moves;   /* block means are not all the same; else the rest is 0 */
	bool loaded;  /* allocations are counted, and vary: the figures of load are set */

	/* trend: does it grow, with the rate of allocations held fixed? */
	double trend_t;
	double curve_t;        /* the same of the curve that goes on and fits best */
	double error_per_hour; /* standard error of the slope of the level, load not considered */

	/* load: does the rate rise, and does the level outgrow it? */
	double load_t, outgrowth_t;
	double load_share; /* of the variance of the level, what the rate explains; 0 to 1 */

	/* steps: two steps rather than a curve? Log likelihood ratio, positive if so; and the
	 * growth that is left between the steps. */
	double steps_llr, between_steps_t;

	/* levelling: a curve that saturates rather than one that goes on? Log likelihood ratio,
	 * positive if so; and the share of the slope that is left once it is taken out. */
	double levelling_llr, levelling_left;
	bool stepped; /* two steps are better than it as well */
	bool abrupt;  /* the saturating curve is a straight line that ends: full rather than warm */

	double order;    /* Kendall's tau of the levels, with the load taken out */
	double returned; /* rise of what was never given back, over the whole range; 0 to 1 */
	double fall;     /* the largest from a level to a later one, the load taken out, likewise */

	/* fading: does it grow in the first half, and in the last third? Does it bend? */
	double early_t, late_t;
	double bend_t;     /* of the square of time beside time: below 0 it grows ever slower */
	double late_share; /* slope in the last third over that of all; 1 if that is not positive */

	/* going on: t of the slope in the second half less half of that in the first, and of the
	 * slope in the last eighth less three tenths of that before */
	double late_pace_t, last_pace_t;

	/* What else it may be. */
	double change; /* mean of the last quarter less that of the first, over the range; -1 to 1 */
	double onset;  /* where growth begins, 0 to 1, by the best curve that goes on */
	bool smooth;   /* levels differ by more than the noise from sample to sample explains */
	int turns;     /* how often it goes up or down by more than half of the range */
	double floor_rise; /* what was never given back, as a level */
};

/* noise: half of the mean square of the changes from one sample to the next. curves: for this one,
 * and of use for the next. */
void pm_figures_of(const struct pm_blocks *blocks, bool counted, double noise,
	struct pm_curves *curves, struct pm_figures *figures);

#endif
