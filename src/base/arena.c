/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)16 << 10)
#define ALIGNMENT   16

struct pm_arena_block {
	struct pm_arena_block *next;
	size_t padding;
};

void *pm_arena_alloc(struct pm_arena *arena, size_t n)
{
	void *out;

	if (n > SIZE_MAX / 2)
		return NULL;
	n = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (n > (size_t)(arena->end - arena->at)) {
		const size_t size = n > BLOCK_BYTES ? n : BLOCK_BYTES;
		struct pm_arena_block *block = malloc(sizeof(*block) + size);

		if (block == NULL)
			return NULL;
		block->next = arena->blocks;
		arena->blocks = block;
		if (n > BLOCK_BYTES / 4 && arena->at != NULL)
			return block + 1; /* large: its own block, the current one stays in use */
		arena->at = (char *)(block + 1);
		arena->end = arena->at + size;
	}
	out = arena->at;
	arena->at += n;
	return out;
}

char *pm_arena_copy(struct pm_arena *arena, const void *bytes, size_t n)
{
	char *copy = pm_arena_alloc(arena, n + 1);

	if (copy != NULL) {
		if (n > 0)
			memcpy(copy, bytes, n);
		copy[n] = '\0';
	}
	return copy;
}

static void free_blocks(struct pm_arena_block *block, const struct pm_arena_block *but)
{
	while (block != NULL) {
		struct pm_arena_block *next = block->next;

		if (block != but)
			free(block);
		block = next;
	}
}

void pm_arena_clear(struct pm_arena *arena)
{
	struct pm_arena_block *kept = NULL;

	/* The one in use ends where the arena does; an outsized one is not worth keeping. */
	for (struct pm_arena_block *block = arena->blocks; block != NULL; block = block->next) {
		if ((char *)(block + 1) + BLOCK_BYTES == arena->end)
			kept = block;
	}
	free_blocks(arena->blocks, kept);
	*arena = (struct pm_arena){.blocks = kept};
	if (kept != NULL) {
		kept->next = NULL;
		arena->at = (char *)(kept + 1);
		arena->end = arena->at + BLOCK_BYTES;
	}
}

void pm_arena_deinit(struct pm_arena *arena)
{
	free_blocks(arena->blocks, NULL);
	*arena = (struct pm_arena){0};
}
