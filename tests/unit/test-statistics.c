/* SPDX-License-Identifier: MIT */
/* Student's t, meta-analysis and false-discovery control, against closed forms and published
 * figures. */
#include "unit.h"

#include "analyze/statistics.h"

#include <math.h>

static void assert_close(double got, double want, double relative)
{
	if (!(fabs(got - want) <= relative * fabs(want) + 1e-300)) {
		print_error("got %.17g, want %.17g\n", got, want);
		fail();
	}
}

/* With 1, 2 and 4 degrees of freedom the tails are elementary functions. */
static void tails_are_those_of_the_closed_forms(void **state)
{
	static const double ts[] = {1e-9, 0.01, 0.3, 1, 1.7, 2, 5, 30, 1e3, 1e6, 1e12};

	(void)state;
	for (size_t i = 0; i < N_OF(ts); i++) {
		const double t = ts[i], cosine = 2 / sqrt(4 + t * t), sine = t / sqrt(4 + t * t);
		const double of_one = 2 * atan(1 / t) / 3.14159265358979323846;
		/* 1 - t / sqrt(2 + t^2), and 1 - sine (1 + cosine^2 / 2), without cancellation */
		const double of_two = 2 / (2 + t * t) / (1 + t / sqrt(2 + t * t));
		const double c2 = cosine * cosine, s = 1 - sine > 1e-3 ? 1 - sine : c2 / (1 + sine);
		const double of_four = s - sine * c2 / 2;

		assert_close(pm_t_tails(t, 1), of_one, 1e-12);
		assert_close(pm_t_tails(-t, 2), of_two, 1e-12);
		if (t <= 30)
			assert_close(pm_t_tails(t, 4), of_four, 1e-9);
	}
}

/* Critical values as every table has them: two-sided 0.05, 0.01 and 0.001. */
static void tails_are_those_of_the_tables(void **state)
{
	static const struct {
		double freedom, t, tails;
	} table[] = {
		{3, 3.182446, 0.05},
		{5, 4.032143, 0.01},
		{10, 2.228139, 0.05},
		{10, 4.586894, 0.001},
		{30, 2.042272, 0.05},
		{120, 2.617421, 0.01},
		{1e9, 1.959964, 0.05},
		{1e9, 3.290527, 0.001},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(table); i++)
		assert_close(pm_t_tails(table[i].t, table[i].freedom), table[i].tails, 5e-5);
}

static void tails_are_a_chance_whatever_is_asked(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const double t = ldexp((double)(next_random(&random) >> 11) / 9007199254740992.0,
			(int)(next_random(&random) % 160) - 40);
		const double freedom = ldexp(1 + (double)(next_random(&random) % 1000) / 1000,
			(int)(next_random(&random) % 40));
		const double tails = pm_t_tails(t, freedom);

		assert_true(tails >= 0 && tails <= 1);
		assert_true(pm_t_tails(t * 1.01, freedom) <= tails + 1e-12);
	}
	assert_true(pm_t_tails(0, 5) == 1);
	assert_true(pm_t_tails(1e40, 1e6) == 0);
}

static void limits_hold_95_of_100(void **state)
{
	(void)state;
	assert_close(pm_t_limit(1), 12.7062047364, 1e-9);
	assert_close(pm_t_limit(2), 4.30265272991, 1e-9);
	assert_close(pm_t_limit(30), 2.04227245630, 1e-7);
	assert_close(pm_t_limit(1e15), 1.95996398454, 1e-5);
	for (double freedom = 1; freedom < 1e5; freedom *= 1.3)
		assert_close(pm_t_tails(pm_t_limit(freedom), freedom), 0.05, 3e-7);
}

/* Two estimates: all of it by hand. w = 1 and 1/4, Q = (6 - 2)^2 / (1 + 4) = 3.2,
 * tau^2 = (3.2 - 1) / (5/4 - (17/16) / (5/4)) = 5.5. */
static void two_estimates_are_pooled_by_hand(void **state)
{
	const struct pm_estimate at[] = {{2, 1, 10}, {6, 2, 20}};
	const struct pm_pooled pooled = pm_pool(at, 2);
	const double w1 = 1 / 6.5, w2 = 1 / 9.5;

	(void)state;
	assert_close(pooled.tau * pooled.tau, 5.5, 1e-12);
	assert_close(pooled.i_squared, 2.2 / 3.2, 1e-12);
	assert_close(pooled.estimate.value, (2 * w1 + 6 * w2) / (w1 + w2), 1e-12);
	assert_close(pooled.estimate.error, sqrt(1 / (w1 + w2)), 1e-12);
	assert_true(pooled.estimate.freedom == 1);
}

/* Log odds ratios of the BCG vaccine trials (Colditz 1994) with their variances, a set that every
 * textbook on meta-analysis works out: DerSimonian-Laird gives tau^2 0.366, -0.747 +- 0.192,
 * I^2 92.6 %. The figures are computed from the trials' counts. */
static void the_bcg_trials_are_pooled_as_published(void **state)
{
	static const double counts[][4] = {/* vaccinated: ill, well; others: ill, well */
		{4, 119, 11, 128}, {6, 300, 29, 274}, {3, 228, 11, 209}, {62, 13536, 248, 12619},
		{33, 5036, 47, 5761}, {180, 1361, 372, 1079}, {8, 2537, 10, 619},
		{505, 87886, 499, 87892}, {29, 7470, 45, 7232}, {17, 1699, 65, 1600},
		{186, 50448, 141, 27197}, {5, 2493, 3, 2338}, {27, 16886, 29, 17825}};
	struct pm_estimate at[N_OF(counts)];
	struct pm_pooled pooled;

	(void)state;
	for (size_t i = 0; i < N_OF(counts); i++) {
		const double *n = counts[i];

		at[i] = (struct pm_estimate){log(n[0] * n[3] / (n[1] * n[2])),
			sqrt(1 / n[0] + 1 / n[1] + 1 / n[2] + 1 / n[3]), 1e6};
	}
	pooled = pm_pool(at, N_OF(at));
	assert_close(pooled.estimate.value, -0.7474, 2e-4);
	assert_close(pooled.estimate.error, 0.1923, 5e-4);
	assert_close(pooled.tau * pooled.tau, 0.3663, 3e-4);
	assert_close(pooled.i_squared, 0.9265, 1e-3);
	assert_true(pooled.estimate.freedom == 12);
}

static void estimates_that_agree_are_weighed_by_their_errors(void **state)
{
	const struct pm_estimate at[] = {{10, 1, 50}, {10.1, 0.5, 50}, {9.9, 2, 50}};
	const struct pm_pooled pooled = pm_pool(at, 3), one = pm_pool(at, 1);

	(void)state;
	assert_true(pooled.tau == 0 && pooled.i_squared == 0);
	assert_close(pooled.estimate.error, sqrt(1 / (1 + 4 + 0.25)), 1e-12);
	assert_true(pooled.estimate.freedom == 2 && one.estimate.freedom == 50);
	assert_true(one.estimate.value == 10 && one.estimate.error == 1 && one.tau == 0);
}

static void extremes_stay_finite(void **state)
{
	const struct pm_estimate at[] = {{0, 1e-9, 1}, {1e26, 1e26, 1e9}, {-1e26, 1e-9, 3}};
	const struct pm_pooled pooled = pm_pool(at, 3);
	const struct pm_estimate difference = pm_estimate_minus(&pooled.estimate, &at[0]);

	(void)state;
	assert_true(isfinite(pooled.estimate.value) && isfinite(pooled.estimate.error) &&
		isfinite(pooled.estimate.freedom) && isfinite(pooled.tau));
	assert_true(isfinite(difference.error) && difference.freedom >= 1);
	assert_true(pooled.estimate.error > 0 && pooled.estimate.freedom >= 1);
}

/* Welch's own example has unequal variances; here: 2 and 1 with 9 and 4 degrees of freedom. */
static void a_difference_has_the_freedom_of_welch(void **state)
{
	const struct pm_estimate a = {7, 2, 9}, b = {4, 1, 4};
	const struct pm_estimate difference = pm_estimate_minus(&a, &b);

	(void)state;
	assert_close(difference.value, 3, 1e-15);
	assert_close(difference.error, sqrt(5), 1e-15);
	assert_close(difference.freedom, 25 / (16.0 / 9 + 1.0 / 4), 1e-12);
	assert_true(pm_estimate_minus(&a, NULL).freedom == 9);
}

/* The 15 p-values of Benjamini and Hochberg's paper (1995, section 3.2): at 0.05 the first four are
 * discoveries, where Bonferroni has three. */
static void the_example_of_benjamini_and_hochberg_comes_out(void **state)
{
	double p[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459,
		0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};

	(void)state;
	pm_adjust_p(p, N_OF(p));
	assert_close(p[0], 0.0015, 1e-12);
	assert_close(p[3], 0.035625, 1e-12);
	assert_close(p[4], 0.0603, 1e-12);
	assert_close(p[6], 0.0298 * 15 / 7, 1e-12); /* smaller than what 0.0278 has of itself */
	assert_close(p[5], p[6], 1e-12);
	assert_close(p[14], 1, 1e-12);
	pm_adjust_p(p, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(tails_are_those_of_the_closed_forms),
	cmocka_unit_test(tails_are_those_of_the_tables),
	cmocka_unit_test(tails_are_a_chance_whatever_is_asked),
	cmocka_unit_test(limits_hold_95_of_100),
	cmocka_unit_test(two_estimates_are_pooled_by_hand),
	cmocka_unit_test(the_bcg_trials_are_pooled_as_published),
	cmocka_unit_test(estimates_that_agree_are_weighed_by_their_errors),
	cmocka_unit_test(extremes_stay_finite),
	cmocka_unit_test(a_difference_has_the_freedom_of_welch),
	cmocka_unit_test(the_example_of_benjamini_and_hochberg_comes_out),
};

RUN(tests)
