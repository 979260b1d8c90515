/* SPDX-License-Identifier: MIT */
#include "analyze/groups.h"

#include "analyze/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MIN = 12 };

/* The courses of two series where both have samples. */
struct pair {
	int n;
	double x[PM_BUCKETS_MAX], a[PM_BUCKETS_MAX], b[PM_BUCKETS_MAX];
};

/* How two courses compare, their trends taken out. */
struct likeness {
	int n;
	double growth_of_first, growth;
	double together;              /* how their steps agree: a correlation */
	double apart[PM_BUCKETS_MAX]; /* the second less so many times the first */
};

/* Mean level and time of the samples in buckets [i, end); false: there are none. */
static bool mean_of(
	const struct pm_buckets *buckets, size_t i, size_t end, double *level, double *time)
{
	const double begin = (double)(buckets->grid.origin << buckets->grid.shift);
	double sum = 0, times = 0, n = 0;

	for (; i < end; i++) {
		const struct pm_bucket *bucket = pm_buckets_get(buckets, i);

		if (bucket->n == 0)
			continue;
		sum += pm_bucket_sum(bucket);
		times += bucket->n * (begin + pm_bucket_time(buckets, i, bucket));
		n += bucket->n;
	}
	*level = n > 0 ? sum / n : 0;
	*time = n > 0 ? times / n : 0;
	return n > 0;
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

static int compare_sizes(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Steps from one level to the next, none larger than thrice the median: what two have in common at
 * their beginning only, as caches that warm up at once do, is not to outweigh all the rest. */
static void take_steps(double *steps, const double *y, int n)
{
	double sizes[PM_BUCKETS_MAX], most;

	for (int i = 0; i < n - 1; i++) {
		steps[i] = y[i + 1] - y[i];
		sizes[i] = fabs(steps[i]);
	}
	if (n < 2)
		return;
	qsort(sizes, (size_t)n - 1, sizeof(sizes[0]), compare_sizes);
	most = 3 * sizes[(n - 1) / 2];
	for (int i = 0; i < n - 1 && most > 0; i++)
		steps[i] = steps[i] > most ? most : steps[i] < -most ? -most : steps[i];
}

void pm_group_course_of(const struct pm_buckets *buckets, struct pm_group_course *course)
{
	int n = 0;

	for (size_t i = 0; i < buckets->grid.n; i++) {
		if (!mean_of(buckets, i, i + 1, &course->level[i], &course->time[i]))
			continue;
		course->rest[n] = course->level[i];
		course->moment[n++] = course->time[i];
	}
	course->n = n;
	course->growth = n > 0 ? fabs(course->rest[n - 1] - course->rest[0]) : 0;
	take_trend(course->rest, course->moment, n);
	take_steps(course->steps, course->rest, n);
	course->steps_size = pm_dot(course->steps, course->steps, n - 1);
}

/* The same in one bucket of a grid that may be coarser. */
static bool mean_at(const struct pm_group_candidate *candidate, uint64_t at, unsigned shift,
	double *level, double *time)
{
	const struct pm_buckets *buckets = candidate->buckets;
	const unsigned finer = shift - buckets->grid.shift;
	const uint64_t origin = buckets->grid.origin;
	uint64_t first = at << finer, end = (at + 1) << finer;

	first = first < origin ? origin : first;
	end = end > origin + buckets->grid.n ? origin + buckets->grid.n : end;
	if (first >= end)
		return false;
	if (finer > 0)
		return mean_of(
			buckets, (size_t)(first - origin), (size_t)(end - origin), level, time);
	*level = candidate->course->level[first - origin];
	*time = candidate->course->time[first - origin];
	return pm_buckets_get(buckets, first - origin)->n > 0;
}

/* Milliseconds that times of the same moments may differ by. */
static double same_moment(unsigned shift)
{
	return ldexp(0.01, (int)shift);
}

/* Only where the samples are of the same moments can their steps be compared. */
static void take_pair(const struct pm_group_candidate *one, const struct pm_group_candidate *other,
	struct pair *pair)
{
	const struct pm_buckets *a = one->buckets, *b = other->buckets;
	const unsigned shift = a->grid.shift > b->grid.shift ? a->grid.shift : b->grid.shift;
	const uint64_t first = a->grid.origin >> (shift - a->grid.shift);
	const uint64_t last = (a->grid.origin + a->grid.n - 1) >> (shift - a->grid.shift);
	const double same = same_moment(shift);

	pair->n = 0;
	for (uint64_t at = first; at <= last && a->grid.n > 0 && b->grid.n > 0; at++) {
		const int i = pair->n;
		double time;

		if (mean_at(one, at, shift, &pair->a[i], &pair->x[i]) &&
			mean_at(other, at, shift, &pair->b[i], &time) &&
			fabs(time - pair->x[i]) < same)
			pair->n++;
	}
}

/* First-order autocorrelation: high if what is left drifts. */
static double drift(const double *y, int n)
{
	const double size = pm_dot(y, y, n);

	return size > 0 ? pm_dot(y, y + 1, n - 1) / size : 0;
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

/* How steps agree: a correlation. Of steps and not of levels, as sums of unrelated steps drift, and
 * what drifts agrees by chance. */
static double agreement(const double *a, double a_size, const double *b, double b_size, int n)
{
	return a_size > 0 && b_size > 0 ? pm_dot(a, b, n) / sqrt(a_size * b_size) : 0;
}

static void set_apart(struct likeness *likeness, const double *a, const double *b, double ratio)
{
	for (int i = 0; i < likeness->n; i++)
		likeness->apart[i] = b[i] - ratio * a[i];
}

/* Whether the buckets of the two are of the same moments, as they mostly are. */
static bool are_parallel(
	const struct pm_group_candidate *one, const struct pm_group_candidate *other)
{
	const struct pm_buckets *a = one->buckets, *b = other->buckets;
	double most = 0;

	if (a->grid.shift != b->grid.shift || a->grid.origin != b->grid.origin ||
		a->grid.n != b->grid.n ||
		memcmp(&a->grid.filled, &b->grid.filled, sizeof(a->grid.filled)) != 0)
		return false;
	for (int i = 0; i < one->course->n; i++) {
		const double off = fabs(one->course->moment[i] - other->course->moment[i]);

		most = off > most ? off : most;
	}
	return most < same_moment(a->grid.shift);
}

/* What was worked out for each of the two is all it takes. */
static void compare_parallel(const struct pm_group_candidate *one,
	const struct pm_group_candidate *other, double ratio, struct likeness *likeness)
{
	const struct pm_group_course *a = one->course, *b = other->course;

	likeness->n = a->n;
	likeness->growth_of_first = a->growth;
	likeness->growth = b->growth;
	set_apart(likeness, a->rest, b->rest, ratio);
	likeness->together = agreement(a->steps, a->steps_size, b->steps, b->steps_size, a->n - 1);
}

static void compare_any(const struct pm_group_candidate *one,
	const struct pm_group_candidate *other, double ratio, struct likeness *likeness)
{
	double a_steps[PM_BUCKETS_MAX], b_steps[PM_BUCKETS_MAX];
	struct pair pair;
	int n;

	take_pair(one, other, &pair);
	likeness->n = n = pair.n;
	if (n < POINTS_MIN)
		return;
	likeness->growth_of_first = fabs(pair.a[n - 1] - pair.a[0]);
	likeness->growth = fabs(pair.b[n - 1] - pair.b[0]);
	take_trend(pair.a, pair.x, n);
	take_trend(pair.b, pair.x, n);
	set_apart(likeness, pair.a, pair.b, ratio);
	take_steps(a_steps, pair.a, n);
	take_steps(b_steps, pair.b, n);
	likeness->together = agreement(a_steps, pm_dot(a_steps, a_steps, n - 1), b_steps,
		pm_dot(b_steps, b_steps, n - 1), n - 1);
}

/* Mean square of how far it gets in so many steps. */
static double wandering(const double *y, int n, int steps)
{
	double sum = 0;

	for (int i = steps; i < n; i++)
		sum += (y[i] - y[i - steps]) * (y[i] - y[i - steps]);
	return sum / (n - steps);
}

/*
 * Whether what sets the two apart is less than it would be if each grew by events of its own, if at
 * the same rate. Those come at random at best (in batches they scatter more), so that in a step the
 * difference varies by as many objects as come in it: a Poisson process. It then wanders ever
 * further, by a fifteenth of that times the steps once the trend is taken out. What is tied wanders
 * far less, or not at all, however noisy from one moment to the next: then levels hang together
 * less than those of any such process do, one in a thousand aside (measured: the longer, the more).
 */
static bool is_tied(const struct likeness *like, const struct pm_group_candidate *a,
	const struct pm_group_candidate *b, double ratio)
{
	const int n = like->n;
	const double by_chance = like->growth / (n - 1) *
		(pm_buckets_quantum(b->buckets) + ratio * pm_buckets_quantum(a->buckets));
	const double *apart = like->apart;
	/* what stands in a plain ratio is likelier tied to begin with */
	const bool plain = off_whole(ratio) < 0.01;

	return pm_dot(apart, apart, n) / n < (plain ? 0.15 : 0.1) * by_chance * n / 15 ||
		wandering(apart, n, 4) < (plain ? 0.15 : 0.12) * 4 * by_chance ||
		drift(apart, n) < 1 - 40.0 / n ||
		(wandering(apart, n, 1) > 2 * by_chance && drift(apart, n) < (plain ? 0.5 : 0.4));
}

bool pm_in_lockstep(const struct pm_group_candidate *a, const struct pm_group_candidate *b)
{
	const double ratio = b->per_hour / a->per_hour;
	const double unsure = sqrt(a->error / a->per_hour * (a->error / a->per_hour) +
		b->error / b->per_hour * (b->error / b->per_hour));
	struct likeness like;
	double rest, tolerance;

	if (strcmp(a->host, b->host) != 0)
		return false;
	if (are_parallel(a, b))
		compare_parallel(a, b, ratio, &like);
	else
		compare_any(a, b, ratio, &like);
	if (like.n < POINTS_MIN)
		return false;
	rest = sqrt(pm_dot(like.apart, like.apart, like.n) / like.n);
	if (rest > 0.1 * like.growth || !is_tied(&like, a, b, ratio))
		return false;
	/* a correlation that so many steps do not have by chance: they vary by one over their root */
	if (like.together > 0.4 && like.together * sqrt(like.n) > 4.5)
		return true;
	tolerance = 3 * unsure + 0.0005;
	tolerance = tolerance < 0.0035 ? tolerance : 0.0035;
	return (off_whole(ratio) < tolerance ||
		       off_whole(like.growth / like.growth_of_first) < tolerance) &&
		rest < 0.03 * like.growth && like.together * sqrt(like.n) > -3;
}
