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

/* Puts 2^by buckets together each. */
static void coarsen(struct pm_course *course, unsigned by)
{
	const uint64_t origin = course->origin >> by;
	size_t n = 0;

	for (size_t i = 0; i < course->n; i++) {
		const size_t to = (size_t)(((course->origin + i) >> by) - origin);
		const struct pm_course_bucket part = course->at[i];

		for (; n <= to; n++)
			course->at[n] = (struct pm_course_bucket){0};
		put_together(&course->at[to], &part);
	}
	course->n = (uint8_t)n;
	course->origin = origin;
	course->shift = (uint8_t)(course->shift + by);
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
	uint64_t at = time >> (course->shift - shift), first = at, last = at;
	size_t before, n;
	unsigned by = 0;

	if (course->n > 0) {
		const uint64_t end = course->origin + course->n - 1;

		first = course->origin < at ? course->origin : at;
		last = end > at ? end : at;
	}
	while ((last >> by) - (first >> by) >= PM_COURSE_MAX)
		by++;
	if (by > 0)
		coarsen(course, by);
	at >>= by;
	first >>= by;
	last >>= by;
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

bool pm_course_begin(struct pm_course *course, uint64_t time_ms, uint64_t bytes)
{
	struct pm_course_bucket *bucket;

	pm_course_settle(course);
	bucket = bucket_of(course, time_ms, 0);
	if (bucket == NULL)
		return false;
	course->now_i = (uint8_t)(bucket - course->at);
	course->now_begin = (course->origin + course->now_i) << course->shift;
	course->now_width = UINT64_C(1) << course->shift;
	course->now =
		(struct pm_course_bucket){.n = 1, .sum_low = bytes, .min = bytes, .max = bytes};
	return true;
}

void pm_course_settle(struct pm_course *course)
{
	if (course->now_width == 0)
		return;
	put_together(&course->at[course->now_i], &course->now);
	course->now_width = 0;
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

bool pm_course_join(struct pm_course *course, struct pm_course *later)
{
	pm_course_settle(course);
	pm_course_settle(later);
	if (later->n > 0 && course->shift < later->shift)
		coarsen(course, (unsigned)(later->shift - course->shift));
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

size_t pm_course_points(struct pm_course *course, struct pm_course_point points[PM_COURSE_MAX])
{
	size_t n = 0;

	pm_course_settle(course);
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
