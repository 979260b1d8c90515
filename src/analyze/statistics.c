/* SPDX-License-Identifier: MIT */
#include "analyze/statistics.h"

#include <math.h>
#include <stdbool.h>

/* Of libm only what IEEE 754 or exactness settles is used: sqrt, floor, frexp, ldexp. */

static const double ln_2 = 0.69314718055994530942, root_pi = 1.7724538509055160273;

/* Natural logarithm of x > 0: with x = m 2^e, m near 1, ln m = 2 artanh((m - 1) / (m + 1)). */
static double log_of(double x)
{
	int exponent;
	double m = frexp(x, &exponent), sum = 0, s;

	if (m < 0.70710678118654752440) {
		m *= 2;
		exponent--;
	}
	s = (m - 1) / (m + 1);
	for (int k = 12; k >= 0; k--)
		sum = sum * s * s + 1.0 / (2 * k + 1);
	return exponent * ln_2 + 2 * s * sum;
}

/* e^x for x <= 0: x = k ln 2 + r, and Taylor's series for e^r. */
static double exp_of(double x)
{
	const double ln_2_high = 0x1.62e42feep-1, ln_2_low = 0x1.a39ef35793c76p-33;
	const double k = floor(x / ln_2 + 0.5);
	const double r = x - k * ln_2_high - k * ln_2_low;
	double sum = 1;

	if (x < -670)
		return 0;
	for (int i = 18; i >= 1; i--)
		sum = 1 + sum * r / i;
	return ldexp(sum, (int)k);
}

/* gamma(a + 1/2) / gamma(a): by its series in 1/a where a is large, down from there by
 * gamma(x + 1) = x gamma(x). Tricomi and Erdelyi 1951. */
static double half_step_of_gamma(double a)
{
	double product = 1, b;

	for (; a < 32; a++)
		product *= a / (a + 0.5);
	b = 1 / (8 * a);
	return product * sqrt(a) *
		(1 - b * (1 - b * (1.0 / 2 + b * (5.0 / 2 - b * (21.0 / 8 + b * (399.0 / 8 - b * 869.0 / 16))))));
}

/* The continued fraction behind the incomplete beta function I_x(a, b), for x < (a + 1) / (a + b +
 * 2) (DLMF 8.17.22), evaluated after Lentz. */
static double beta_fraction(double a, double b, double x)
{
	enum { STEPS_MAX = 20000 };
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1), f;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	f = d;
	for (int m = 1; m < STEPS_MAX; m++) {
		const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		f *= d * c;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		step = d * c;
		f *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return f;
}

/* More degrees of freedom change nothing that is shown, but would take long. */
static double usable(double freedom)
{
	return freedom < 1 ? 1 : freedom > 1e6 ? 1e6 : freedom;
}

/* Both tails are I_x(freedom / 2, 1/2) with x = freedom / (freedom + t^2). */
double pm_t_tails(double t, double freedom)
{
	const double n = usable(freedom), a = n / 2, rest = t * t / (n + t * t);
	const double x = n / (n + t * t);
	double front, tails;

	if (!(rest > 0))
		return 1;
	front = exp_of(a * (x > 0.5 ? -log_of(1 + t * t / n) : log_of(x))) * sqrt(rest) *
		half_step_of_gamma(a) / root_pi;
	if (x < (a + 1) / (a + 2.5))
		tails = front * beta_fraction(a, 0.5, x) / a;
	else
		tails = 1 - front * beta_fraction(0.5, a, rest) / 0.5;
	return tails > 1 ? 1 : tails > 0 ? tails : 0;
}

double pm_t_limit(double freedom)
{
	const double n = usable(freedom), z = 1.9599639845400545, zz = z * z;
	double low = z, high = 13;

	if (n >= 30) /* Abramowitz and Stegun 26.7.5; off by less than 1e-7 */
		return z +
			z *
			((zz + 1) / 4 + ((5 * zz + 16) * zz + 3) / 96 / n +
				(((3 * zz + 19) * zz + 17) * zz - 15) / 384 / (n * n) +
				((((79 * zz + 776) * zz + 1482) * zz - 1920) * zz - 945) / 92160 /
					(n * n * n)) /
			n;
	for (int i = 0; i < 50; i++) {
		const double middle = (low + high) / 2;
		const bool too_low = pm_t_tails(middle, n) > 0.05;

		low = too_low ? middle : low;
		high = too_low ? high : middle;
	}
	return high;
}

struct pm_pooled pm_pool(const struct pm_estimate *at, size_t n)
{
	struct pm_pooled pooled = {at[0], 0, 0};
	const double freedom = (double)n - 1;
	double sum = 0, mean = 0, q = 0, pairs = 0, tau_squared = 0;

	if (n == 1)
		return pooled;
	for (size_t i = 0; i < n; i++) {
		const double weight = 1 / (at[i].error * at[i].error);

		pairs += weight * sum; /* no difference of large numbers, as in the textbook form */
		sum += weight;
		mean += (at[i].value - mean) * (weight / sum);
	}
	for (size_t i = 0; i < n; i++) {
		const double distance = (at[i].value - mean) / at[i].error;

		q += distance * distance;
	}
	if (q > freedom) {
		pooled.i_squared = (q - freedom) / q;
		if (pairs > 0)
			tau_squared = (q - freedom) / (2 * pairs / sum);
	}
	sum = mean = 0;
	for (size_t i = 0; i < n; i++) {
		const double weight = 1 / (at[i].error * at[i].error + tau_squared);

		sum += weight;
		mean += (at[i].value - mean) * (weight / sum);
	}
	pooled.tau = sqrt(tau_squared);
	pooled.estimate.value = mean;
	pooled.estimate.error = sqrt(1 / sum);
	pooled.estimate.freedom = freedom;
	return pooled;
}

struct pm_estimate pm_estimate_minus(const struct pm_estimate *a, const struct pm_estimate *b)
{
	struct pm_estimate difference = *a;
	double of_a, of_b, both;

	if (b == NULL)
		return difference;
	of_a = a->error * a->error;
	of_b = b->error * b->error;
	both = of_a + of_b;
	difference.value = a->value - b->value;
	difference.error = sqrt(both);
	of_a /= both; /* shares, so that no square leaves the range of a double */
	of_b /= both;
	difference.freedom = 1 / (of_a * of_a / a->freedom + of_b * of_b / b->freedom);
	return difference;
}

void pm_adjust_p(double *p, size_t n)
{
	double least = 1;

	for (size_t i = n; i-- > 0;) {
		const double rate = p[i] * ((double)n / (double)(i + 1));

		least = rate < least ? rate : least;
		p[i] = least;
	}
}
