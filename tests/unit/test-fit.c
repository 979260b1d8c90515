/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "analyze/curves.h"
#include "base/real.h"

#include <math.h>

enum { N = 30, TRIES = 300 };

static double chance(uint64_t *seed)
{
	return (double)(next_random(seed) >> 11) * 0x1p-53;
}

static void draw(double *y, uint64_t *seed)
{
	for (int i = 0; i < N; i++)
		y[i] = chance(seed);
}

static void assert_near(double a, double b)
{
	assert_true(fabs(a - b) <= 1e-9 * (1 + fabs(a) + fabs(b)));
}

static void a_line_is_found(void **state)
{
	double x[N], y[N];
	const double *time[] = {x};
	struct pm_fit fit;

	(void)state;
	for (int i = 0; i < N; i++) {
		x[i] = i / (double)N;
		y[i] = 3 + 2 * x[i];
	}
	pm_fit_columns(&fit, y, time, 1, N, 0);
	assert_true(fit.possible);
	assert_near(fit.slope, 2);
	assert_near(fit.rss, 0);
	pm_fit_columns(&fit, y, time, 1, N, 0.1);
	assert_true(fit.t > 0 && fit.t < 1e6); /* a level in quanta is never sure */
	pm_fit_columns(&fit, y, NULL, 0, N, 0);
	assert_false(fit.possible);
}

/* Residuals of the best fit are at right angles to each column and to a constant. */
static void what_is_left_has_nothing_of_the_columns(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int k = 0; k < TRIES; k++) {
		double a[N], b[N], y[N], twice[N];
		const double *columns[] = {a, b}, *dependent[] = {a, twice};
		double rest[N], of_a = 0, of_b = 0, of_one = 0;
		struct pm_fit first, last;
		const double *swapped[] = {b, a};

		draw(a, &seed);
		draw(b, &seed);
		draw(y, &seed);
		pm_fit_columns(&last, y, columns, 2, N, 0);
		pm_fit_columns(&first, y, swapped, 2, N, 0);
		for (int i = 0; i < N; i++)
			rest[i] = y[i] - first.slope * a[i] - last.slope * b[i];
		pm_centre(rest, N);
		for (int i = 0; i < N; i++) {
			of_a += rest[i] * a[i];
			of_b += rest[i] * b[i];
			of_one += rest[i];
			twice[i] = 2 * a[i] + 1;
		}
		assert_near(of_a, 0);
		assert_near(of_b, 0);
		assert_near(of_one, 0);
		assert_near(pm_dot(rest, rest, N), last.rss);
		assert_near(first.rss, last.rss);
		pm_fit_columns(&last, y, dependent, 2, N, 0);
		assert_false(last.possible);
	}
}

/* y = s a + u b with d = u - share s is y = s (a + share b) + d b. */
static void a_contrast_is_a_slope_of_other_columns(void **state)
{
	uint64_t seed = 6;

	(void)state;
	for (int k = 0; k < TRIES; k++) {
		const double share = chance(&seed), quantum = k % 2 * 0.1;
		double a[N], b[N], y[N], both[N];
		const double *columns[] = {both, b};
		struct pm_fit fit;

		draw(a, &seed);
		draw(b, &seed);
		draw(y, &seed);
		for (int i = 0; i < N; i++)
			both[i] = a[i] + share * b[i];
		pm_fit_columns(&fit, y, columns, 2, N, quantum);
		assert_near(pm_fit_contrast(y, a, b, N, share, quantum), fit.t);
		assert_true(pm_fit_contrast(y, a, a, N, share, quantum) == 0);
	}
}

/* The curve that is picked without a fit is the one whose fit leaves least, of those that rise. */
static void the_best_curve_leaves_least(void **state)
{
	uint64_t seed = 7;
	int n_found = 0;

	(void)state;
	for (int k = 0; k < TRIES; k++) {
		const double slope = 2 * chance(&seed) - 1;
		double x[N], y[N], load[N], least = -1;
		struct pm_curves curves = {.n = 0};
		int found, loaded = k % 2;

		draw(y, &seed);
		draw(load, &seed);
		for (int i = 0; i < N; i++) {
			x[i] = (i + 0.5) / N;
			y[i] += slope * pm_log(1 + x[i] / 0.1) + loaded * load[i];
		}
		pm_curves_make(&curves, x, N);
		found = pm_curves_best(
			&curves, y, loaded ? load : NULL, PM_CURVES_GO_ON, PM_CURVES_SATURATE);
		n_found += found >= 0;
		for (int c = 0; c < PM_N_CURVES; c++) {
			const double *columns[] = {
				loaded ? load : curves.column[c], curves.column[c]};
			struct pm_fit fit;

			pm_fit_columns(&fit, y, columns, loaded ? 2 : 1, N, 0);
			assert_true(found >= 0 || fit.slope <= 1e-9);
			if (fit.slope > 0 && (least < 0 || fit.rss < least))
				least = fit.rss;
			if (c == found)
				assert_true(fit.slope > 0);
		}
		if (found >= 0) {
			const double *columns[] = {
				loaded ? load : curves.column[found], curves.column[found]};
			struct pm_fit fit;

			pm_fit_columns(&fit, y, columns, loaded ? 2 : 1, N, 0);
			assert_near(fit.rss, least);
		}
	}
	assert_true(n_found > TRIES / 2 && n_found < TRIES);
}

static void steps_leave_least(void **state)
{
	uint64_t seed = 8;

	(void)state;
	for (int k = 0; k < TRIES / 10; k++) {
		double y[N], best[2][PM_BLOCKS_MAX], tried[2][N], least = -1;
		const double *found[] = {best[0], best[1]}, *columns[] = {tried[0], tried[1]};
		struct pm_fit fit;

		draw(y, &seed);
		for (int i = N / 2; i < N; i++)
			y[i] += 1;
		for (int a = 1; a < N - 1; a++) {
			for (int b = a + 1; b < N; b++) {
				for (int i = 0; i < N; i++) {
					tried[0][i] = i >= a;
					tried[1][i] = i >= b;
				}
				pm_fit_columns(&fit, y, columns, 2, N, 0);
				if (least < 0 || fit.rss < least)
					least = fit.rss;
			}
		}
		pm_curves_steps(y, N, best);
		pm_fit_columns(&fit, y, found, 2, N, 0);
		assert_near(fit.rss, least);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_line_is_found),
	cmocka_unit_test(what_is_left_has_nothing_of_the_columns),
	cmocka_unit_test(a_contrast_is_a_slope_of_other_columns),
	cmocka_unit_test(the_best_curve_leaves_least),
	cmocka_unit_test(steps_leave_least),
};

RUN(tests)
