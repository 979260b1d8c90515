/* SPDX-License-Identifier: MIT */
#include "analyze/line.h"

#include <math.h>

enum { FRACTION_BITS = 48 };

static const double ms_per_hour = 3600000;

void pm_line_add(struct pm_line_sums *sums, uint64_t x, uint64_t y)
{
	if (sums->n++ == 0)
		sums->first = y;
	sums->last = y;
	pm_wide_add_u64(&sums->x, x);
	pm_wide_add_u64(&sums->y, y);
	pm_wide_add_product(&sums->xx, x, x);
	pm_wide_add_product(&sums->yy, y, y);
	pm_wide_add_product(&sums->xy, x, y);
}

void pm_line_join(struct pm_line_sums *sums, const struct pm_line_sums *later)
{
	if (later->n == 0)
		return;
	if (sums->n == 0)
		sums->first = later->first;
	sums->last = later->last;
	sums->n += later->n;
	sums->x = pm_wide_add(sums->x, later->x);
	sums->y = pm_wide_add(sums->y, later->y);
	sums->xx = pm_wide_add(sums->xx, later->xx);
	sums->yy = pm_wide_add(sums->yy, later->yy);
	sums->xy = pm_wide_add(sums->xy, later->xy);
}

/* (n sum ab - sum a sum b) / n, times 2^48. */
static struct pm_wide s_of(uint64_t n, struct pm_wide ab, struct pm_wide a, struct pm_wide b)
{
	const struct pm_wide numerator =
		pm_wide_sub(pm_wide_mul(pm_wide_u64(n), ab), pm_wide_mul(a, b));

	return pm_wide_div_u64(pm_wide_shift_left(numerator, FRACTION_BITS), n);
}

void pm_line_shift(struct pm_line_sums *sums, uint64_t by)
{
	const struct pm_wide shift = pm_wide_u64(by);
	const struct pm_wide n_shift = pm_wide_mul(pm_wide_u64(sums->n), shift);

	/* (x + d)^2 = x^2 + d (2 x + d) */
	sums->xx = pm_wide_add(
		sums->xx, pm_wide_mul(shift, pm_wide_add(pm_wide_add(sums->x, sums->x), n_shift)));
	sums->xy = pm_wide_add(sums->xy, pm_wide_mul(shift, sums->y));
	sums->x = pm_wide_add(sums->x, n_shift);
}

double pm_line_slope(const struct pm_line_sums *sums)
{
	struct pm_line_closed closed = {0};

	pm_line_close(&closed, sums);
	if (pm_wide_is_zero(closed.s_xx))
		return 0;
	return pm_wide_double(closed.s_xy) / pm_wide_double(closed.s_xx);
}

void pm_line_close(struct pm_line_closed *closed, const struct pm_line_sums *sums)
{
	struct pm_line_closed one = {.n = sums->n, .n_epochs = 1};

	if (sums->n == 0)
		return;
	one.s_xx = s_of(sums->n, sums->xx, sums->x, sums->x);
	one.s_yy = s_of(sums->n, sums->yy, sums->y, sums->y);
	one.s_xy = s_of(sums->n, sums->xy, sums->x, sums->y);
	one.growth = pm_wide_sub(pm_wide_u64(sums->last), pm_wide_u64(sums->first));
	pm_line_join_closed(closed, &one);
}

void pm_line_join_closed(struct pm_line_closed *closed, const struct pm_line_closed *later)
{
	closed->n += later->n;
	closed->n_epochs += later->n_epochs;
	closed->s_xx = pm_wide_add(closed->s_xx, later->s_xx);
	closed->s_yy = pm_wide_add(closed->s_yy, later->s_yy);
	closed->s_xy = pm_wide_add(closed->s_xy, later->s_xy);
	closed->growth = pm_wide_add(closed->growth, later->growth);
}

/* The sum of squared residuals, S_yy - S_xy^2 / S_xx. Where a line fits well it is a small part of
 * S_yy, of which doubles would leave little or nothing; so the difference is taken of whole
 * numbers. */
static double residual_of(const struct pm_line_closed *closed)
{
	const double unit = ldexp(1, FRACTION_BITS), s_xx = pm_wide_double(closed->s_xx);
	const double rest = pm_wide_minor(closed->s_xx, closed->s_yy, closed->s_xy) / s_xx;
	const double steepness = 1 + fabs(pm_wide_double(closed->s_xy)) / s_xx;
	const double rounded = (double)closed->n_epochs * steepness * steepness;

	/* What may come of rounding the S of each epoch is nothing. */
	return rest > rounded ? rest / unit : 0;
}

/* Share of S_yy that is not in the rest. */
static double explained(double s_xx, double s_yy, double s_xy, double rest)
{
	if (!(s_yy > 0) || rest >= s_yy)
		return 0;
	return rest < s_yy / 2 ? 1 - rest / s_yy : s_xy / s_xx * (s_xy / s_yy);
}

void pm_line_figure(const struct pm_line_closed *closed, struct pm_line *line)
{
	const double unit = ldexp(1, FRACTION_BITS);
	const double s_xx = pm_wide_double(closed->s_xx) / unit;
	const double s_yy = pm_wide_double(closed->s_yy) / unit;
	const double s_xy = pm_wide_double(closed->s_xy) / unit;
	double rest;

	*line = (struct pm_line){
		.n = closed->n,
		.n_epochs = closed->n_epochs,
		.growth = pm_wide_int64(closed->growth),
	};
	if (!(s_xx > 0))
		return;
	rest = residual_of(closed);
	line->per_hour = s_xy / s_xx * ms_per_hour;
	line->r_squared = explained(s_xx, s_yy, s_xy, rest);
	if (closed->n > closed->n_epochs + 1) {
		const double freedom = (double)(closed->n - closed->n_epochs - 1);

		line->stderr_per_hour = sqrt(rest / freedom / s_xx) * ms_per_hour;
	}
}
