/* SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t h)
{
	/* Finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
	 * generators, OOPSLA 2014). */
	h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
	return h ^ h >> 31;
}

uint64_t pm_hash_seed(void)
{
	int here;

	return mix((uint64_t)pm_clock_wall_ms() << 20 ^ (uint64_t)pm_clock_uptime_ms() ^
		(uint64_t)(uintptr_t)&here);
}

uint64_t pm_hash(uint64_t seed, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;
	uint64_t h = seed ^ n * UINT64_C(0x9e3779b97f4a7c15), word;

	for (; n >= 8; n -= 8, at += 8) {
		memcpy(&word, at, 8);
		h = mix(h ^ word);
	}
	word = 0;
	if (n > 0)
		memcpy(&word, at, n);
	return mix(h ^ word);
}

static uint64_t upper(uint64_t hash)
{
	return hash & ~(uint64_t)UINT32_MAX;
}

/* Where an item goes depends on the upper 32 bits of its hash alone: those the slot itself keeps. */
static void place(struct pm_index *index, uint64_t slot)
{
	size_t i = (size_t)(slot >> 32) & (index->n_slots - 1);

	while (index->slots[i] != 0)
		i = (i + 1) & (index->n_slots - 1);
	index->slots[i] = slot;
}

bool pm_index_add(struct pm_index *index, uint64_t hash, size_t item)
{
	if (item >= UINT32_MAX)
		return false;
	if (2 * (index->n_used + 1) > index->n_slots) {
		struct pm_index grown = {.n_slots = index->n_slots == 0 ? 64 : 2 * index->n_slots};

		grown.slots = calloc(grown.n_slots, sizeof(*grown.slots));
		if (grown.slots == NULL)
			return false;
		for (size_t i = 0; i < index->n_slots; i++) {
			if (index->slots[i] != 0)
				place(&grown, index->slots[i]);
		}
		grown.n_used = index->n_used;
		free(index->slots);
		*index = grown;
	}
	place(index, upper(hash) | (uint64_t)(item + 1));
	index->n_used++;
	return true;
}

void pm_index_deinit(struct pm_index *index)
{
	free(index->slots);
	*index = (struct pm_index){0};
}
