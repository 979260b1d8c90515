/* SPDX-License-Identifier: MIT */
/* Memory that is given back all at once. Blocks never move, so pointers into it stay valid. */
#ifndef POOLMON_BASE_ARENA_H
#define POOLMON_BASE_ARENA_H

#include <stddef.h>

struct pm_arena_block;

struct pm_arena {
	struct pm_arena_block *blocks;
	char *at, *end;
};

/* Aligned for any type, not cleared; NULL when out of memory. */
void *pm_arena_alloc(struct pm_arena *arena, size_t n);

/* A copy of n bytes with a NUL behind them. */
char *pm_arena_copy(struct pm_arena *arena, const void *bytes, size_t n);

/* Gives everything back but a block to begin anew with. */
void pm_arena_clear(struct pm_arena *arena);
void pm_arena_deinit(struct pm_arena *arena);

#endif
