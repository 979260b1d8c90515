/* SPDX-License-Identifier: MIT */
#include "analyze/course.h"

#include <stdlib.h>

enum { CAPACITY_FIRST = 3 }; /* doubled, it becomes PM_COURSE_MAX */

static const double two_to_64 = 18446744073709551616.0;

/* Puts 2^by buckets together each; none is at hand. */
static void coarsen(struct pm_course *course, unsigned by)
{
	const struct pm_grid before = pm_grid_coarsen(&course->grid, by);
	size_t k = 0;

	for (size_t i = pm_filled_next(&before.filled, 0); i < before.n;
		i = pm_filled_next(&before.filled, i + 1)) {
		/* none is written to before it was read */
		const struct pm_course_bucket part = course->at[k++];

		pm_course_put(
			course, (size_t)(((before.origin + i) >> by) - course->grid.origin), &part);
	}
}

/* Makes room for so many with samples, of which there are never more than PM_COURSE_MAX. */
static bool make_room(struct pm_course *course, size_t n)
{
	struct pm_course_bucket *at = pm_grid_room(&course->grid, course->at, sizeof(*at),
		n < PM_COURSE_MAX ? n : PM_COURSE_MAX, CAPACITY_FIRST);

	if (at == NULL && n > 0)
		return false;
	course->at = at;
	return true;
}

/* Makes them reach from bucket `first` to bucket `last` of their grid, or of a coarser one if need
 * be; none is at hand. */
static void reach(struct pm_course *course, uint64_t first, uint64_t last)
{
	const unsigned by = pm_grid_cover(&course->grid, &first, &last, PM_COURSE_MAX);

	if (by > 0)
		coarsen(course, by);
	pm_grid_extend(&course->grid, first >> by, last >> by);
}

void pm_course_put_now(struct pm_course *course)
{
	if (course->now_width == 0)
		return;
	pm_course_put(course, course->now_i, &course->now);
	course->now_width = 0;
}

bool pm_course_reach_far(struct pm_course *course, uint64_t time_ms, size_t *i)
{
	uint64_t at = time_ms >> course->grid.shift;

	if (!make_room(course, course->grid.n_filled + (size_t)1))
		return false;
	if (course->grid.n == 0 || at - course->grid.origin >= course->grid.n) {
		reach(course, at, at);
		at = time_ms >> course->grid.shift;
	}
	*i = (size_t)(at - course->grid.origin);
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
	course->now_width = UINT64_C(1) << course->grid.shift;
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
	if (later->grid.n == 0)
		return true;
	if (course->grid.shift < later->grid.shift)
		coarsen(course, (unsigned)(later->grid.shift - course->grid.shift));
	finer = (unsigned)(course->grid.shift - later->grid.shift);
	reach(course, later->grid.origin >> finer,
		(later->grid.origin + later->grid.n - 1) >> finer);
	finer = (unsigned)(course->grid.shift - later->grid.shift);
	if (finer > 0)
		coarsen(later, finer);
	if (!make_room(course, (size_t)course->grid.n_filled + later->grid.n_filled))
		return false;
	for (size_t i = pm_filled_next(&later->grid.filled, 0); i < later->grid.n;
		i = pm_filled_next(&later->grid.filled, i + 1))
		pm_course_put(course, (size_t)(later->grid.origin + i - course->grid.origin),
			&later->at[k++]);
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
	for (size_t i = pm_filled_next(&course->grid.filled, 0); i < course->grid.n;
		i = pm_filled_next(&course->grid.filled, i + 1)) {
		const struct pm_course_bucket *bucket = &course->at[n];
		const double sum = (double)bucket->sum_high * two_to_64 + (double)bucket->sum_low;

		points[n++] = (struct pm_course_point){
			.time_ms = (int64_t)((course->grid.origin + i) << course->grid.shift),
			.width_ms = INT64_C(1) << course->grid.shift,
			.n = bucket->n,
			.min = bucket->min,
			.max = bucket->max,
			.mean = sum / (double)bucket->n,
		};
	}
	return n;
}
