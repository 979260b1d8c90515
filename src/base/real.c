/* SPDX-License-Identifier: MIT */
#include "base/real.h"

#include <math.h>

static const double ln2 = 0.69314718055994530942;

double pm_log(double x)
{
	int exponent;
	double mantissa, s, square, term, sum = 0;

	if (!(x > 0))
		return -745;
	mantissa = frexp(x, &exponent);
	if (mantissa < 0.70710678118654752440) {
		mantissa *= 2;
		exponent--;
	}
	/* log m = 2 artanh s, with |s| < 0.172 */
	s = (mantissa - 1) / (mantissa + 1);
	square = s * s;
	term = s;
	for (int i = 1; i <= 23; i += 2) {
		sum += term / i;
		term *= square;
	}
	return 2 * sum + exponent * ln2;
}

double pm_exp(double x)
{
	double whole, rest, term = 1, sum = 1;

	x = x > 700 ? 700 : x < -700 ? -700 : x;
	whole = floor(x / ln2 + 0.5);
	rest = x - whole * ln2; /* |rest| < 0.35 */
	for (int i = 1; i <= 15; i++) {
		term *= rest / i;
		sum += term;
	}
	return ldexp(sum, (int)whole);
}

double pm_asinh(double x)
{
	const double size = fabs(x);
	/* for small ones the series, as 1 + x^2 would lose them */
	const double y =
		size < 1e-4 ? size - size * size * size / 6 : pm_log(size + sqrt(size * size + 1));

	return x < 0 ? -y : y;
}
