/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/real.h"

#include <math.h>

static void near(double got, double wanted)
{
	assert_true(fabs(got - wanted) <= 4e-15 * (fabs(wanted) > 1 ? fabs(wanted) : 1));
}

static void they_are_those_of_the_c_library_but_for_the_last_digits(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const double x = ldexp(
			(double)(next_random(&seed) >> 11), (int)(next_random(&seed) % 120) - 110);

		if (x == 0)
			continue;
		near(pm_log(x), log(x));
		near(pm_asinh(x), asinh(x));
		near(pm_asinh(-x), -asinh(x));
		if (x < 700) {
			assert_true(fabs(pm_exp(x) / exp(x) - 1) < 1e-12);
			assert_true(fabs(pm_exp(-x) / exp(-x) - 1) < 1e-12);
		}
	}
}

static void extremes_stay_finite(void **state)
{
	(void)state;
	assert_true(pm_log(0) < -700 && pm_log(-1) < -700 && isfinite(pm_log(0)));
	assert_true(isfinite(pm_exp(1e300)) && pm_exp(-1e300) >= 0 && isfinite(pm_exp(-1e300)));
	assert_true(pm_exp(0) == 1 && pm_log(1) == 0 && pm_asinh(0) == 0);
	assert_true(isfinite(pm_asinh(1e150)));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(they_are_those_of_the_c_library_but_for_the_last_digits),
	cmocka_unit_test(extremes_stay_finite),
};

RUN(tests)
