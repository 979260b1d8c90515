/* SPDX-License-Identifier: MIT */
/* Least squares over the blocks of an epoch, with errors that hold for residuals that hang together
 * and for levels that move in quanta. */
#ifndef POOLMON_ANALYZE_FIT_H
#define POOLMON_ANALYZE_FIT_H

#include "analyze/blocks.h"

enum { PM_FIT_COLUMNS_MAX = 4 };

struct pm_fit {
	bool possible;
	double slope, error, t; /* of the last column */
	double rss;             /* sum of the squares of the residuals */
	double hang; /* how residuals hang together: first-order autocorrelation, 0 to .95 */
};

/* y[n] = a constant + columns, each [n]. quantum: what y is a multiple of, 0 where it is not. */
void pm_fit_columns(struct pm_fit *fit, const double *y, const double *const *columns,
	int n_columns, int n, double quantum);

/* t of slope b - share x slope a in y = a constant + slopes of columns a and b; 0: no such fit. */
double pm_fit_contrast(
	const double *y, const double *a, const double *b, int n, double share, double quantum);

/* Log likelihood ratio of two fits of the same y, positive if the second is the better one. */
double pm_fit_ratio(const struct pm_fit *one, const struct pm_fit *two, int n, double quantum);

double pm_dot(const double *a, const double *b, int n);

/* Takes the mean out. */
void pm_centre(double *of, int n);

#endif
