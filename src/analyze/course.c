/* SPDX-License-Identifier: MIT */
#include "analyze/course.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 3 }; /* doubled, it becomes PM_COURSE_MAX */

static const double two_to_64 = 18446744073709551616.0;

static void add(struct pm_course_bucket *a, const struct pm_course_bucket *b)
{
	a->n = b->n > UINT32_MAX - a->n ? UINT32_MAX : a->n + b->n;
	a->sum_low += b->sum_low;
	a->sum_high += b->sum_high + (a->sum_low < b->sum_low);
	a->min = b->min < a->min ? b->min : a->min;
	a->max = b->max > a->max ? b->max : a->max;
}

struct pm_course_bucket *pm_course_open(struct pm_course *course, size_t i, bool *is_new)
{
	size_t k = course->n_filled;

	*is_new = false;
	if (k > 0 && i == course->last_i)
		return &course->at[k - 1];
	if (k > 0 && i < course->last_i) {
		k = pm_filled_before(&course->filled, i);
		if (pm_filled_has(&course->filled, i))
			return &course->at[k];
		memmove(course->at + k + 1, course->at + k,
			(course->n_filled - k) * sizeof(*course->at));
	} else {
		course->last_i = (uint8_t)i;
	}
	*is_new = true;
	pm_filled_add(&course->filled, i);
	course->n_filled++;
	return &course->at[k];
}

/* Puts b to what is in bucket i already, for which there is room. */
static void put(struct pm_course *course, size_t i, const struct pm_course_bucket *b)
{
	bool is_new;
	struct pm_course_bucket *a = pm_course_open(course, i, &is_new);

	if (is_new)
		*a = *b;
	else
		add(a, b);
}

/* Puts 2^by buckets together each; none is at hand. */
static void coarsen(struct pm_course *course, unsigned by)
{
	const struct pm_filled filled = course->filled;
	const uint64_t first = course->origin, origin = first >> by;
	const size_t n = course->n;
	size_t k = 0;

	course->filled = (struct pm_filled){{0}};
	course->n_filled = 0;
	for (size_t i = pm_filled_next(&filled, 0); i < n; i = pm_filled_next(&filled, i + 1)) {
		/* none is written to before it was read */
		const struct pm_course_bucket part = course->at[k++];

		put(course, (size_t)(((first + i) >> by) - origin), &part);
	}
	if (n > 0)
		course->n = (uint8_t)(((first + n - 1) >> by) - origin + 1);
	course->origin = origin;
	course->shift = (uint8_t)(course->shift + by);
}

/* Makes room for so many with samples, of which there are never more than PM_COURSE_MAX. */
static bool make_room(struct pm_course *course, size_t n)
{
	size_t capacity = course->capacity == 0 ? CAPACITY_FIRST : course->capacity;
	struct pm_course_bucket *grown;

	n = n > PM_COURSE_MAX ? PM_COURSE_MAX : n;
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

/* Makes them reach from bucket `first` to bucket `last` of their grid, or of a coarser one if need
 * be; none is at hand. */
static void reach(struct pm_course *course, uint64_t first, uint64_t last)
{
	unsigned by;

	if (course->n > 0) {
		const uint64_t end = course->origin + course->n - 1;

		first = first < course->origin ? first : course->origin;
		last = last > end ? last : end;
	}
	by = pm_grid_excess(first, last, PM_COURSE_MAX);
	if (by > 0)
		coarsen(course, by);
	first >>= by;
	last >>= by;
	if (course->n > 0 && first < course->origin) { /* the clock was set back */
		const size_t before = (size_t)(course->origin - first);

		course->filled = pm_filled_moved(&course->filled, before);
		course->last_i = (uint8_t)(course->last_i + before);
	}
	course->origin = first;
	course->n = (uint8_t)(last - first + 1);
}

void pm_course_put_now(struct pm_course *course)
{
	if (course->now_width == 0)
		return;
	put(course, course->now_i, &course->now);
	course->now_width = 0;
}

bool pm_course_reach_far(struct pm_course *course, uint64_t time_ms, size_t *i)
{
	uint64_t at = time_ms >> course->shift;

	if (!make_room(course, course->n_filled + (size_t)1))
		return false;
	if (course->n == 0 || at - course->origin >= course->n) {
		reach(course, at, at);
		at = time_ms >> course->shift;
	}
	*i = (size_t)(at - course->origin);
	return true;
}

bool pm_course_begin(struct pm_course *course, uint64_t time_ms, uint64_t bytes)
{
	size_t i;

	pm_course_put_now(course);
	if (!pm_course_reach_far(course, time_ms, &i))
		return false;
	course->now_i = (uint8_t)i;
	course->now_begin = pm_course_begin_of(course, i);
	course->now_width = UINT64_C(1) << course->shift;
	course->now =
		(struct pm_course_bucket){.n = 1, .sum_low = bytes, .min = bytes, .max = bytes};
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

/* Those of `later` but its cuts. */
static bool join_buckets(struct pm_course *course, struct pm_course *later)
{
	unsigned finer;
	size_t k = 0;

	pm_course_put_now(course);
	pm_course_put_now(later);
	if (later->n == 0)
		return true;
	if (course->shift < later->shift)
		coarsen(course, (unsigned)(later->shift - course->shift));
	finer = (unsigned)(course->shift - later->shift);
	reach(course, later->origin >> finer, (later->origin + later->n - 1) >> finer);
	finer = (unsigned)(course->shift - later->shift);
	if (finer > 0)
		coarsen(later, finer);
	if (!make_room(course, (size_t)course->n_filled + later->n_filled))
		return false;
	for (size_t i = pm_filled_next(&later->filled, 0); i < later->n;
		i = pm_filled_next(&later->filled, i + 1))
		put(course, (size_t)(later->origin + i - course->origin), &later->at[k++]);
	return true;
}

bool pm_course_join(struct pm_course *course, struct pm_course *later)
{
	if (!join_buckets(course, later))
		return false;
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

	pm_course_put_now(course);
	for (size_t i = pm_filled_next(&course->filled, 0); i < course->n;
		i = pm_filled_next(&course->filled, i + 1)) {
		const struct pm_course_bucket *bucket = &course->at[n];
		const double sum = (double)bucket->sum_high * two_to_64 + (double)bucket->sum_low;

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
