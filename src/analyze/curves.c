/* SPDX-License-Identifier: MIT */
#include "analyze/curves.h"

#include "base/real.h"

#include <math.h>
#include <string.h>

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

const struct pm_curve pm_curve_kinds[PM_N_CURVES] = {
	{PM_CURVES_GO_ON, hinge, 0, true},
	{PM_CURVES_GO_ON, hinge, .1, true},
	{PM_CURVES_GO_ON, hinge, .2, true},
	{PM_CURVES_GO_ON, hinge, .3, true},
	{PM_CURVES_GO_ON, hinge, .4, true},
	{PM_CURVES_GO_ON, hinge, .5, true},
	{PM_CURVES_GO_ON, hinge, .6, true},
	{PM_CURVES_GO_ON, hinge, .7, true},
	{PM_CURVES_GO_ON, power, 6, false},
	{PM_CURVES_GO_ON, power, 8, false},
	{PM_CURVES_GO_ON, power, 12, false},
	{PM_CURVES_SLOW, power, 2, false},
	{PM_CURVES_SLOW, power, 3, false},
	{PM_CURVES_SATURATE, full_at, .1, true},
	{PM_CURVES_SATURATE, full_at, .2, true},
	{PM_CURVES_SATURATE, full_at, .35, true},
	{PM_CURVES_SATURATE, full_at, .5, true},
	{PM_CURVES_SATURATE, full_at, .65, true},
	{PM_CURVES_SATURATE, full_at, .8, true},
	{PM_CURVES_SATURATE, approach, .05, false},
	{PM_CURVES_SATURATE, approach, .1, false},
	{PM_CURVES_SATURATE, approach, .2, false},
	{PM_CURVES_SATURATE, approach, .35, false},
	{PM_CURVES_SATURATE, approach, .6, false},
	{PM_CURVES_SATURATE, logarithm, .01, false},
	{PM_CURVES_SATURATE, logarithm, .05, false},
	{PM_CURVES_SATURATE, logarithm, .2, false},
	{PM_CURVES_SATURATE, logarithm, .5, false},
};

static bool are_of(const struct pm_curves *curves, const double *x, int n)
{
	if (curves->n != n)
		return false;
	for (int i = 0; i < n; i++) {
		if (curves->x[i] != x[i])
			return false;
	}
	return true;
}

void pm_curves_make(struct pm_curves *curves, const double *x, int n)
{
	if (are_of(curves, x, n))
		return;
	curves->n = n;
	memcpy(curves->x, x, (size_t)n * sizeof(*x));
	for (int c = 0; c < PM_N_CURVES; c++) {
		double *column = curves->column[c];

		for (int i = 0; i < n; i++)
			column[i] = pm_curve_kinds[c].at(x[i], pm_curve_kinds[c].k);
		pm_centre(column, n);
		curves->size[c] = pm_dot(column, column, n);
	}
}

/* By how much each lowers the sum of squares is told by products; no fit is made. */
int pm_curves_best(const struct pm_curves *curves, const double *y, const double *load,
	enum pm_curve_family from, enum pm_curve_family to)
{
	const int n = curves->n;
	double level[PM_BLOCKS_MAX], rate[PM_BLOCKS_MAX], load_size = 0, load_y = 0, best = 0;
	int found = -1;

	memcpy(level, y, (size_t)n * sizeof(*y));
	pm_centre(level, n);
	if (load != NULL) {
		memcpy(rate, load, (size_t)n * sizeof(*load));
		pm_centre(rate, n);
		load_size = pm_dot(rate, rate, n);
		load_y = pm_dot(rate, level, n);
	}
	for (int c = 0; c < PM_N_CURVES; c++) {
		const double *column = curves->column[c];
		double size = curves->size[c], product;

		if (pm_curve_kinds[c].family < from || pm_curve_kinds[c].family > to)
			continue;
		product = pm_dot(column, level, n);
		if (load_size > 0) {
			const double share = pm_dot(column, rate, n) / load_size;

			product -= share * load_y;
			size -= share * share * load_size;
		}
		if (size > 1e-10 * curves->size[c] && product > 0 &&
			product * product / size > best) {
			best = product * product / size;
			found = c;
		}
	}
	return found;
}

void pm_curves_steps(const double *y, int n, double columns[2][PM_BLOCKS_MAX])
{
	double sum[PM_BLOCKS_MAX + 1] = {0}, share[PM_BLOCKS_MAX + 1], best = -1;
	int at[2] = {0, 0};

	for (int i = 0; i < n; i++) {
		sum[i + 1] = sum[i] + y[i];
		share[i + 1] = 1.0 / (i + 1);
	}
	/* Least squares within the levels: the largest sum of squares between them. */
	for (int i = 1; i < n - 1; i++) {
		for (int j = i + 1; j < n; j++) {
			const double a = sum[i], b = sum[j] - sum[i], c = sum[n] - sum[j];
			const double between =
				a * a * share[i] + b * b * share[j - i] + c * c * share[n - j];

			if (between > best) {
				best = between;
				at[0] = i;
				at[1] = j;
			}
		}
	}
	for (int s = 0; s < 2; s++) {
		for (int i = 0; i < n; i++)
			columns[s][i] = i >= at[s];
	}
}
