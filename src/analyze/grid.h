/* SPDX-License-Identifier: MIT */
/*
 * What courses in bounded space have in common: cells on a grid of time that gets coarser, by pairs
 * that are put together, when it has to reach further. A cell that was never written to costs
 * nothing: it is not in the set of those that are filled, and only these are kept, in their order.
 */
#ifndef POOLMON_ANALYZE_GRID_H
#define POOLMON_ANALYZE_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PM_FILLED_MAX = 128 };

struct pm_filled { /* which cells hold anything */
	uint64_t word[PM_FILLED_MAX / 64];
};

static inline bool pm_filled_has(const struct pm_filled *filled, size_t i)
{
	return (filled->word[i / 64] >> i % 64 & 1) != 0;
}

static inline void pm_filled_add(struct pm_filled *filled, size_t i)
{
	filled->word[i / 64] |= UINT64_C(1) << i % 64;
}

/* The first from i on; PM_FILLED_MAX: there is none. */
static inline size_t pm_filled_next(const struct pm_filled *filled, size_t i)
{
	for (; i < PM_FILLED_MAX; i = (i / 64 + 1) * 64) {
		const uint64_t rest = filled->word[i / 64] >> i % 64;

		if (rest != 0)
			return i + (size_t)__builtin_ctzll(rest);
	}
	return PM_FILLED_MAX;
}

/* How many of them are before i. */
static inline size_t pm_filled_before(const struct pm_filled *filled, size_t i)
{
	const uint64_t below = (UINT64_C(1) << i % 64) - 1;
	size_t n = (size_t)__builtin_popcountll(filled->word[i / 64] & below);

	for (size_t w = 0; w < i / 64; w++)
		n += (size_t)__builtin_popcountll(filled->word[w]);
	return n;
}

/* All of them, `by` cells further on. */
static inline struct pm_filled pm_filled_moved(const struct pm_filled *filled, size_t by)
{
	struct pm_filled moved = {{0}};

	for (size_t i = pm_filled_next(filled, 0); i + by < PM_FILLED_MAX;
		i = pm_filled_next(filled, i + 1))
		pm_filled_add(&moved, i + by);
	return moved;
}

/* Cells are those whose time >> shift is origin + i. */
struct pm_grid {
	uint64_t origin;
	struct pm_filled filled;
	uint16_t n, n_filled, capacity; /* cells; those that are filled; room for such */
	uint16_t last_i;                /* the last one that is filled */
	uint8_t shift;
};

/* pm_grid_open() of a cell before the last one filled. */
size_t pm_grid_open_before(struct pm_grid *grid, void *at, size_t size, size_t i, bool *is_new);

/* Where filled cell i is among at[n_filled], each of so many bytes; a new one, for which there is
 * room, is put in its place, and what is in it is the caller's. */
static inline size_t pm_grid_open(
	struct pm_grid *grid, void *at, size_t size, size_t i, bool *is_new)
{
	if (grid->n_filled > 0 && i < grid->last_i)
		return pm_grid_open_before(grid, at, size, i, is_new);
	*is_new = grid->n_filled == 0 || i > grid->last_i;
	if (*is_new) {
		pm_filled_add(&grid->filled, i);
		grid->last_i = (uint16_t)i;
		grid->n_filled++;
	}
	return (size_t)grid->n_filled - 1;
}

/* at[], grown if n filled cells have no room: from `least` on, twice as large each time. NULL: out
 * of memory; at[] is as it was. */
void *pm_grid_room(struct pm_grid *grid, void *at, size_t size, size_t n, size_t least);

/* How often cells have to be put together by pairs until those that there are and those from *first
 * to *last, which become the first and the last of all, are n at most. */
unsigned pm_grid_cover(const struct pm_grid *grid, uint64_t *first, uint64_t *last, size_t n);

/* Begins to put 2^by cells together each, no cell filled; returns what was. The caller opens them
 * again, and ends it. */
struct pm_grid pm_grid_coarsen(struct pm_grid *grid, unsigned by);

/* Makes it reach from cell `first`, counted like origin, to `last`; none that it has is left out. */
void pm_grid_extend(struct pm_grid *grid, uint64_t first, uint64_t last);

/* How often cells have to be put together by pairs until those from first to last are n at most. */
static inline unsigned pm_grid_excess(uint64_t first, uint64_t last, size_t n)
{
	unsigned by = 0;

	while ((last >> by) - (first >> by) >= n)
		by++;
	return by;
}

#endif
