/* SPDX-License-Identifier: MIT */
#include "analyze/fit.h"

#include "base/real.h"

#include <math.h>
#include <string.h>

static const double dependent = 1e-10; /* of its square, what others leave of a column */

double pm_dot(const double *a, const double *b, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

void pm_centre(double *of, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += of[i];
	for (int i = 0; i < n; i++)
		of[i] -= sum / n;
}

static void take_out(double *of, const double *column, double size, int n)
{
	const double share = size > 0 ? pm_dot(of, column, n) / size : 0;

	for (int i = 0; i < n; i++)
		of[i] -= share * column[i];
}

/* First-order autocorrelation of residuals, corrected for its bias in short series. */
static double autocorrelation(const double *residual, int n)
{
	const double all = pm_dot(residual, residual, n);
	const double r = all > 0 ? pm_dot(residual, residual + 1, n - 1) / all : 0;
	const double corrected = (r * n + 2) / (n - 4);

	return corrected > 0.95 ? 0.95 : corrected > 0 ? corrected : 0; /* 0 for 0 / 0 */
}

static double widening_of(double hang)
{
	return (1 + hang) / (1 - hang);
}

/* Of one residual. */
static double variance_of(double rss, double hang, int freedom, double quantum)
{
	return (rss / freedom + quantum * quantum / 12) * widening_of(hang);
}

/* By orthogonalising the columns one after the other. */
void pm_fit_columns(struct pm_fit *fit, const double *y, const double *const *columns,
	int n_columns, int n, double quantum)
{
	double basis[PM_FIT_COLUMNS_MAX][PM_BLOCKS_MAX], size[PM_FIT_COLUMNS_MAX + 1];
	double rest[PM_BLOCKS_MAX], variance;
	const int freedom = n - n_columns - 1;
	const int last = n_columns - 1;

	*fit = (struct pm_fit){.possible = false};
	memcpy(rest, y, (size_t)n * sizeof(*y));
	pm_centre(rest, n);
	for (int c = 0; c < n_columns; c++) {
		double before;

		memcpy(basis[c], columns[c], (size_t)n * sizeof(*y));
		before = pm_dot(basis[c], basis[c], n);
		pm_centre(basis[c], n);
		for (int d = 0; d < c; d++)
			take_out(basis[c], basis[d], size[d], n);
		size[c] = pm_dot(basis[c], basis[c], n);
		if (size[c] <= dependent * before)
			size[c] = 0;
		if (c == last && size[c] > 0)
			fit->slope = pm_dot(rest, basis[c], n) / size[c];
		take_out(rest, basis[c], size[c], n);
	}
	fit->rss = pm_dot(rest, rest, n);
	fit->hang = autocorrelation(rest, n);
	fit->possible = n_columns > 0 && size[last] > 0 && freedom > 0;
	if (!fit->possible)
		return;
	variance = variance_of(fit->rss, fit->hang, freedom, quantum) / size[last];
	fit->error = sqrt(variance);
	fit->t = variance > 0 ? fit->slope / fit->error : 0;
}

double pm_fit_contrast(
	const double *y, const double *a, const double *b, int n, double share, double quantum)
{
	double rest[PM_BLOCKS_MAX], p[PM_BLOCKS_MAX], q[PM_BLOCKS_MAX];
	double pp, qq, pq, py, qy, determinant, slope_p, slope_q, variance;

	memcpy(rest, y, (size_t)n * sizeof(*y));
	memcpy(p, a, (size_t)n * sizeof(*a));
	memcpy(q, b, (size_t)n * sizeof(*b));
	pm_centre(rest, n);
	pm_centre(p, n);
	pm_centre(q, n);
	pp = pm_dot(p, p, n);
	qq = pm_dot(q, q, n);
	pq = pm_dot(p, q, n);
	py = pm_dot(p, rest, n);
	qy = pm_dot(q, rest, n);
	determinant = pp * qq - pq * pq;
	if (!(determinant > dependent * pp * qq) || n < 4)
		return 0;
	slope_p = (qq * py - pq * qy) / determinant;
	slope_q = (pp * qy - pq * py) / determinant;
	for (int i = 0; i < n; i++)
		rest[i] -= slope_p * p[i] + slope_q * q[i];
	/* var(q - s p) = var q + s^2 var p - 2 s cov(p, q) */
	variance = variance_of(pm_dot(rest, rest, n), autocorrelation(rest, n), n - 3, quantum) *
		(pp + share * share * qq + 2 * share * pq) / determinant;
	return variance > 0 ? (slope_q - share * slope_p) / sqrt(variance) : 0;
}

double pm_fit_ratio(const struct pm_fit *one, const struct pm_fit *two, int n, double quantum)
{
	const double hang = one->rss < two->rss ? one->hang : two->hang;
	const double least = n * (quantum * quantum / 12 + 1e-9);

	return n / widening_of(hang) / 2 * pm_log((one->rss + least) / (two->rss + least));
}
