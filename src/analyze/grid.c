/* SPDX-License-Identifier: MIT */
#include "analyze/grid.h"

#include <stdlib.h>
#include <string.h>

size_t pm_grid_open_before(struct pm_grid *grid, void *at, size_t size, size_t i, bool *is_new)
{
	const size_t k = pm_filled_before(&grid->filled, i);
	char *cell = (char *)at + k * size;

	*is_new = !pm_filled_has(&grid->filled, i);
	if (*is_new) {
		memmove(cell + size, cell, (grid->n_filled - k) * size);
		pm_filled_add(&grid->filled, i);
		grid->n_filled++;
	}
	return k;
}

void *pm_grid_room(struct pm_grid *grid, void *at, size_t size, size_t n, size_t least)
{
	size_t capacity = grid->capacity == 0 ? least : grid->capacity;
	void *grown;

	if (n <= grid->capacity)
		return at;
	while (capacity < n)
		capacity *= 2;
	grown = realloc(at, capacity * size);
	if (grown != NULL)
		grid->capacity = (uint16_t)capacity;
	return grown;
}

unsigned pm_grid_cover(const struct pm_grid *grid, uint64_t *first, uint64_t *last, size_t n)
{
	if (grid->n > 0) {
		const uint64_t end = grid->origin + grid->n - 1;

		*first = *first < grid->origin ? *first : grid->origin;
		*last = *last > end ? *last : end;
	}
	return pm_grid_excess(*first, *last, n);
}

struct pm_grid pm_grid_coarsen(struct pm_grid *grid, unsigned by)
{
	const struct pm_grid before = *grid;

	grid->filled = (struct pm_filled){{0}};
	grid->n_filled = 0;
	grid->origin >>= by;
	if (grid->n > 0)
		grid->n = (uint16_t)(((before.origin + before.n - 1) >> by) - grid->origin + 1);
	grid->shift = (uint8_t)(grid->shift + by);
	return before;
}

void pm_grid_extend(struct pm_grid *grid, uint64_t first, uint64_t last)
{
	if (grid->n > 0 && first < grid->origin) { /* the clock was set back */
		const size_t before = (size_t)(grid->origin - first);

		grid->filled = pm_filled_moved(&grid->filled, before);
		grid->last_i = (uint16_t)(grid->last_i + before);
	}
	grid->origin = first;
	grid->n = (uint16_t)(last - first + 1);
}
