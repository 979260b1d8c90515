/* SPDX-License-Identifier: MIT */
/* Courses that a level may take: curves that go on, that slow down, that saturate; and steps. */
#ifndef POOLMON_ANALYZE_CURVES_H
#define POOLMON_ANALYZE_CURVES_H

#include "analyze/fit.h"

enum pm_curve_family { PM_CURVES_GO_ON, PM_CURVES_SLOW, PM_CURVES_SATURATE };

struct pm_curve {
	enum pm_curve_family family;
	double (*at)(double x, double k); /* x: 0 to 1 */
	double k;
	bool line; /* a straight one, that begins at k, or ends there if it saturates */
};

enum { PM_N_CURVES = 28 };

extern const struct pm_curve pm_curve_kinds[PM_N_CURVES];

/* All of them over the same blocks, the means taken out. Begins as {.n = 0}. */
struct pm_curves {
	int n;
	double x[PM_BLOCKS_MAX];
	double column[PM_N_CURVES][PM_BLOCKS_MAX], size[PM_N_CURVES];
};

/* Does nothing where they are of these blocks already, as those of the series before mostly are. */
void pm_curves_make(struct pm_curves *curves, const double *x, int n);

/* The rising one of the families from..to that fits y[n] best, load[n] held fixed unless NULL.
 * Negative: none rises. */
int pm_curves_best(const struct pm_curves *curves, const double *y, const double *load,
	enum pm_curve_family from, enum pm_curve_family to);

/* The three levels, one after the other, that fit y[n] best. Columns are 1 from the first and the
 * second step on. */
void pm_curves_steps(const double *y, int n, double columns[2][PM_BLOCKS_MAX]);

#endif
