/* SPDX-License-Identifier: MIT */
#include "analyze/course.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 12 };

static const double two_to_64 = 18446744073709551616.0;

/* b, which is of the same or another time, goes into a. */
static void put_together(struct pm_course_bucket *a, const struct pm_course_bucket *b)
{
	const uint64_t low = a->sum_low + b->sum_low;

	if (b->n == 0)
		return;
	if (a->n == 0) {
		*a = *b;
		return;
	}
	a->n = b->n > UINT32_MAX - a->n ? UINT32_MAX : a->n + b->n;
	a->sum_high += b->sum_high + (low < b->sum_low);
	a->sum_low = low;
	a->min = b->min < a->min ? b->min : a->min;
	a->max = b->max > a->max ? b->max : a->max;
}

static void coarsen(struct pm_course *course)
{
	const size_t odd = (size_t)(course->origin & 1), n_before = course->n;
	const size_t n = n_before == 0 ? 0 : (odd + n_before + 1) / 2;

	for (size_t i = 0; i < n; i++) {
		struct pm_course_bucket pair = {0};

		for (size_t j = 2 * i; j < 2 * i + 2; j++) {
			if (j >= odd && j - odd < n_before)
				put_together(&pair, &course->at[j - odd]);
		}
		course->at[i] = pair;
	}
	course->n = (uint8_t)n;
	course->origin >>= 1;
	course->shift++;
}

static bool make_room(struct pm_course *course, size_t n)
{
	size_t capacity = course->capacity == 0 ? CAPACITY_FIRST : course->capacity;
	struct pm_course_bucket *grown;

	if (n <= course->capacity)
		return true;
	while (capacity < n)
		capacity *= 2;
	grown = realloc(course->at, capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	course->at = grown;
	course->capacity = (uint8_t)capacity;
	return true;
}

/* The bucket for a time on the grid of `shift`, which is not coarser than ours. NULL: no memory. */
static struct pm_course_bucket *bucket_of(struct pm_course *course, uint64_t time, unsigned shift)
{
	uint64_t at, first, last;
	size_t before, n;

	for (;;) {
		at = time >> (course->shift - shift);
		first = course->n > 0 && course->origin < at ? course->origin : at;
		last = course->n > 0 && course->origin + course->n - 1 > at
			? course->origin + course->n - 1
			: at;
		if (last - first < PM_COURSE_MAX)
			break;
		coarsen(course);
	}
	before = course->n == 0 ? 0 : (size_t)(course->origin - first);
	n = (size_t)(last - first) + 1;
	if (n > course->n) {
		if (!make_room(course, n))
			return NULL;
		if (before > 0) /* the clock was set back */
			memmove(course->at + before, course->at, course->n * sizeof(*course->at));
		memset(course->at, 0, before * sizeof(*course->at));
		memset(course->at + before + course->n, 0,
			(n - before - course->n) * sizeof(*course->at));
		course->n = (uint8_t)n;
		course->origin = first;
	}
	return &course->at[at - course->origin];
}

bool pm_course_add(struct pm_course *course, int64_t time_ms, uint64_t bytes)
{
	const struct pm_course_bucket one = {.n = 1, .sum_low = bytes, .min = bytes, .max = bytes};
	struct pm_course_bucket *bucket = bucket_of(
		course, time_ms < 0 ? 0 : (uint64_t)time_ms >> course->shift, course->shift);

	if (bucket == NULL)
		return false;
	put_together(bucket, &one);
	return true;
}

bool pm_course_cut(struct pm_course *course, struct pm_course_cut cut)
{
	if (course->n_cuts == PM_COURSE_CUTS_MAX)
		return true;
	if (course->cuts == NULL) {
		course->cuts = malloc(PM_COURSE_CUTS_MAX * sizeof(*course->cuts));
		if (course->cuts == NULL)
			return false;
	}
	course->cuts[course->n_cuts++] = cut;
	return true;
}

bool pm_course_join(struct pm_course *course, const struct pm_course *later)
{
	while (later->n > 0 && course->shift < later->shift)
		coarsen(course);
	for (size_t i = 0; i < later->n; i++) {
		struct pm_course_bucket *bucket;

		if (later->at[i].n == 0)
			continue;
		bucket = bucket_of(course, later->origin + i, later->shift);
		if (bucket == NULL)
			return false;
		put_together(bucket, &later->at[i]);
	}
	for (size_t i = 0; i < later->n_cuts; i++) {
		if (!pm_course_cut(course, later->cuts[i]))
			return false;
	}
	return true;
}

void pm_course_deinit(struct pm_course *course)
{
	free(course->at);
	free(course->cuts);
	*course = (struct pm_course){0};
}

size_t pm_course_points(
	const struct pm_course *course, struct pm_course_point points[PM_COURSE_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < course->n; i++) {
		const struct pm_course_bucket *bucket = &course->at[i];
		const double sum = (double)bucket->sum_high * two_to_64 + (double)bucket->sum_low;

		if (bucket->n == 0)
			continue;
		points[n++] = (struct pm_course_point){
			.time_ms = (int64_t)((course->origin + i) << course->shift),
			.width_ms = INT64_C(1) << course->shift,
			.n = bucket->n,
			.min = bucket->min,
			.max = bucket->max,
			.mean = sum / (double)bucket->n,
		};
	}
	return n;
}
