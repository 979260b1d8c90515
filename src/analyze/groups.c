/* SPDX-License-Identifier: MIT */
#include "analyze/groups.h"

#include <math.h>
#include <string.h>

enum { POINTS_MIN = 12 };

/* Of what is left of b when its share of a is taken out: unrelated leaks part ever more, also where
 * the same load drives both. */
static const double drift_max = 0.7;

/* The courses of two series where both have samples. */
struct pair {
	int n;
	double x[PM_BUCKETS_MAX], a[PM_BUCKETS_MAX], b[PM_BUCKETS_MAX];
};

/* Mean level and time of the samples in buckets [i, end); false: there are none. */
static bool mean_of(
	const struct pm_buckets *buckets, size_t i, size_t end, double *level, double *time)
{
	const double begin = (double)(buckets->origin << buckets->shift);
	double sum = 0, times = 0, n = 0;

	for (; i < end; i++) {
		const struct pm_bucket *bucket = &buckets->at[i];

		if (bucket->n == 0)
			continue;
		sum += pm_bucket_sum(bucket);
		times += bucket->n * (begin + pm_bucket_time(buckets, i));
		n += bucket->n;
	}
	*level = n > 0 ? sum / n : 0;
	*time = n > 0 ? times / n : 0;
	return n > 0;
}

void pm_group_means_of(const struct pm_buckets *buckets, struct pm_group_means *means)
{
	for (size_t i = 0; i < buckets->n; i++)
		(void)mean_of(buckets, i, i + 1, &means->level[i], &means->time[i]);
}

/* The same in one bucket of a grid that may be coarser. */
static bool mean_at(const struct pm_group_candidate *candidate, uint64_t at, unsigned shift,
	double *level, double *time)
{
	const struct pm_buckets *buckets = candidate->buckets;
	const unsigned finer = shift - buckets->shift;
	const uint64_t origin = buckets->origin;
	uint64_t first = at << finer, end = (at + 1) << finer;

	first = first < origin ? origin : first;
	end = end > origin + buckets->n ? origin + buckets->n : end;
	if (first >= end)
		return false;
	if (finer > 0)
		return mean_of(
			buckets, (size_t)(first - origin), (size_t)(end - origin), level, time);
	*level = candidate->means->level[first - origin];
	*time = candidate->means->time[first - origin];
	return buckets->at[first - origin].n > 0;
}

/* Only where the samples are of the same moments can their steps be compared. */
static void take_pair(const struct pm_group_candidate *one, const struct pm_group_candidate *other,
	struct pair *pair)
{
	const struct pm_buckets *a = one->buckets, *b = other->buckets;
	const unsigned shift = a->shift > b->shift ? a->shift : b->shift;
	const uint64_t first = a->origin >> (shift - a->shift);
	const uint64_t last = (a->origin + a->n - 1) >> (shift - a->shift);
	const double same = ldexp(0.01, (int)shift);

	pair->n = 0;
	for (uint64_t at = first; at <= last && a->n > 0 && b->n > 0; at++) {
		const int i = pair->n;
		double time;

		if (mean_at(one, at, shift, &pair->a[i], &pair->x[i]) &&
			mean_at(other, at, shift, &pair->b[i], &time) &&
			fabs(time - pair->x[i]) < same)
			pair->n++;
	}
}

/* Takes the mean and the trend out of y. */
static void take_trend(double *y, const double *x, int n)
{
	double mean_x = 0, mean_y = 0, xx = 0, xy = 0;

	for (int i = 0; i < n; i++) {
		mean_x += x[i] / n;
		mean_y += y[i] / n;
	}
	for (int i = 0; i < n; i++) {
		xx += (x[i] - mean_x) * (x[i] - mean_x);
		xy += (x[i] - mean_x) * (y[i] - mean_y);
	}
	for (int i = 0; i < n; i++)
		y[i] -= mean_y + (xx > 0 ? xy / xx : 0) * (x[i] - mean_x);
}

static double product(const double *a, const double *b, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

/* How steps of the one agree with those of the other: a correlation. Of steps and not of levels, as
 * sums of unrelated steps drift, and what drifts agrees by chance. */
static double agreement(const double *a, const double *b, int n)
{
	double aa = 0, bb = 0, ab = 0;

	for (int i = 1; i < n; i++) {
		const double x = a[i] - a[i - 1], y = b[i] - b[i - 1];

		aa += x * x;
		bb += y * y;
		ab += x * y;
	}
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* First-order autocorrelation: high if what is left drifts. */
static double drift(const double *y, int n)
{
	const double size = product(y, y, n);

	return size > 0 ? product(y, y + 1, n - 1) / size : 0;
}

/* By how much the ratio is off the nearest of small whole numbers, or one over them. */
static double off_whole(double ratio)
{
	double best = 1;

	ratio = ratio < 1 ? 1 / ratio : ratio;
	for (int k = 1; k <= 4; k++) {
		const double off = fabs(ratio / k - 1);

		best = off < best ? off : best;
	}
	return best;
}

bool pm_in_lockstep(const struct pm_group_candidate *a, const struct pm_group_candidate *b)
{
	const double ratio = b->per_hour / a->per_hour;
	const double unsure = sqrt(a->error / a->per_hour * (a->error / a->per_hour) +
		b->error / b->per_hour * (b->error / b->per_hour));
	struct pair pair;
	double together, growth, rest, tolerance;

	if (strcmp(a->host, b->host) != 0)
		return false;
	take_pair(a, b, &pair);
	if (pair.n < POINTS_MIN)
		return false;
	growth = fabs(pair.b[pair.n - 1] - pair.b[0]);
	take_trend(pair.a, pair.x, pair.n);
	take_trend(pair.b, pair.x, pair.n);
	for (int i = 0; i < pair.n; i++)
		pair.x[i] = pair.b[i] - ratio * pair.a[i];
	rest = sqrt(product(pair.x, pair.x, pair.n) / pair.n);
	if (rest > 0.1 * growth)
		return false;
	together = agreement(pair.a, pair.b, pair.n);
	/* a correlation that so many steps do not have by chance: they vary by one over their root */
	if (together > 0.4 && together * sqrt(pair.n) > 4.5 && drift(pair.x, pair.n) < drift_max)
		return true;
	tolerance = 3 * unsure + 0.0005;
	return off_whole(ratio) < (tolerance < 0.0035 ? tolerance : 0.0035) &&
		rest < 0.03 * growth && together > -0.2 && drift(pair.x, pair.n) < drift_max;
}
