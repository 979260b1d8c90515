/* SPDX-License-Identifier: MIT */
#include "analyze/blocks.h"

#include <math.h>

enum { SAMPLES_PER_BLOCK = 2 };

static const double ms_per_hour = 3600000;

/* How many buckets make a block, and how many blocks that gives. */
static int divide(const struct pm_buckets *buckets, int *n_all)
{
	uint64_t wanted = buckets->n_samples / SAMPLES_PER_BLOCK;
	int width, rest;

	wanted = wanted < PM_BLOCKS_MIN ? PM_BLOCKS_MIN : wanted;
	wanted = wanted > PM_BLOCKS_MAX ? PM_BLOCKS_MAX : wanted;
	width = (buckets->grid.n + (int)wanted - 1) / (int)wanted;
	*n_all = buckets->grid.n / width;
	rest = buckets->grid.n - *n_all * width;
	if (2 * rest >= width)
		(*n_all)++;
	return width;
}

/* What is known of the samples of one block. */
struct stretch {
	uint64_t n, allocs; /* made until the last of them */
	double time;        /* mean, milliseconds */
};

/* The time from one sample to the next, where there are no gaps. */
static double step_of(const struct stretch *stretch, int n)
{
	double step = 0;

	for (int i = 1; i < n; i++) {
		const double samples = (double)(stretch[i - 1].n + stretch[i].n) / 2;
		const double found = (stretch[i].time - stretch[i - 1].time) / samples;

		step = step > 0 && step < found ? step : found;
	}
	return step;
}

/* The rate of allocations: those between the last samples of two blocks. When those were taken is
 * worked out from the mean, as samples follow each other; a gap between blocks counts in full. */
static void rate_blocks(const struct stretch *stretch, struct pm_blocks *blocks)
{
	const double step = step_of(stretch, blocks->n);
	uint64_t allocs_before = 0;
	double end_before = 0;

	for (int i = 0; i < blocks->n; i++) {
		const double n = (double)stretch[i].n, end = stretch[i].time + (n - 1) / 2 * step;
		/* The first sample has no interval before it. */
		double intervals = i > 0 && step > 0 ? (end - end_before) / step : n - 1;

		intervals = intervals < 1 ? 1 : intervals;
		blocks->load[i] = (double)(stretch[i].allocs - allocs_before) / intervals;
		allocs_before = stretch[i].allocs;
		end_before = end;
	}
}

static uint64_t least_of(const struct pm_buckets *buckets)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < buckets->grid.n_filled; i++)
		least = buckets->at[i].min < least ? buckets->at[i].min : least;
	return least;
}

/* Of n_all blocks, each of so many buckets, the last of all that are left, those with samples. */
static void fill_blocks(
	const struct pm_buckets *buckets, int n_all, int width, struct pm_blocks *blocks)
{
	const uint64_t least = least_of(buckets);
	struct stretch stretch[PM_BLOCKS_MAX];

	blocks->n = 0;
	blocks->base = (double)least;
	for (int b = 0; b < n_all; b++) {
		const int end = b == n_all - 1 ? buckets->grid.n : (b + 1) * width;
		struct stretch all = {0};
		uint64_t min = UINT64_MAX;
		double sum = 0, time = 0;

		for (int i = b * width; i < end; i++) {
			const struct pm_bucket *bucket = pm_buckets_get(buckets, i);

			if (bucket->n == 0)
				continue;
			all.n += bucket->n;
			sum += pm_bucket_sum_above(bucket, least);
			time += bucket->n * pm_bucket_time(buckets, (size_t)i, bucket);
			min = bucket->min < min ? bucket->min : min;
			all.allocs = bucket->allocs > all.allocs ? bucket->allocs : all.allocs;
		}
		if (all.n == 0)
			continue;
		all.time = time / (double)all.n;
		blocks->x[blocks->n] = all.time / ldexp(buckets->grid.n, buckets->grid.shift);
		blocks->level[blocks->n] = sum / (double)all.n;
		blocks->floor[blocks->n] = (double)(min - least);
		stretch[blocks->n++] = all;
	}
	rate_blocks(stretch, blocks);
}

bool pm_blocks_make(struct pm_blocks *blocks, const struct pm_buckets *buckets)
{
	int n_all, width;

	blocks->n = 0;
	if (buckets->n_samples < PM_BLOCKS_MIN || buckets->grid.n < PM_BLOCKS_MIN)
		return false;
	blocks->quantum = pm_buckets_quantum(buckets);
	blocks->n_samples = (double)buckets->n_samples;
	blocks->span_hours = ldexp(buckets->grid.n, buckets->grid.shift) / ms_per_hour;
	width = divide(buckets, &n_all);
	fill_blocks(buckets, n_all, width, blocks);
	/* short recordings hours apart: few enough for each bucket with samples to be a block */
	if (blocks->n < PM_BLOCKS_MIN && buckets->grid.n_filled <= PM_BLOCKS_MAX)
		fill_blocks(buckets, buckets->grid.n, 1, blocks);
	return blocks->n >= PM_BLOCKS_MIN;
}

/* Points [i, end) as one block. */
static void add_points(
	struct pm_blocks *blocks, const struct pm_course_point *points, size_t i, size_t end)
{
	const double begin = (double)points[i].time_ms;
	const double middle = (begin + (double)points[end - 1].time_ms) / 2;
	double sum = 0, n = 0, floor = (double)points[i].min;

	for (; i < end; i++) {
		const double min = (double)points[i].min;

		sum += points[i].mean * (double)points[i].n;
		n += (double)points[i].n;
		floor = min < floor ? min : floor;
	}
	blocks->x[blocks->n] = middle;
	blocks->level[blocks->n] = sum / n;
	blocks->floor[blocks->n] = floor;
	blocks->load[blocks->n++] = 0;
	blocks->n_samples += n;
}

bool pm_blocks_of_course(struct pm_blocks *blocks, struct pm_course *course)
{
	struct pm_course_point points[PM_COURSE_MAX];
	const size_t n = pm_course_points(course, points);
	const size_t width = (n + PM_BLOCKS_MAX - 1) / PM_BLOCKS_MAX;
	double begin, span;

	*blocks = (struct pm_blocks){.quantum = 1};
	if (n < PM_BLOCKS_MIN)
		return false;
	for (size_t i = 0; i + width <= n; i += width)
		add_points(blocks, points, i, i + width);
	begin = (double)points[0].time_ms;
	span = (double)(points[n - 1].time_ms + points[n - 1].width_ms) - begin;
	for (int i = 0; i < blocks->n; i++)
		blocks->x[i] = (blocks->x[i] + (double)points[0].width_ms / 2 - begin) / span;
	blocks->span_hours = span / ms_per_hour;
	return blocks->n >= PM_BLOCKS_MIN;
}
