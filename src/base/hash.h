/* SPDX-License-Identifier: MIT */
/* Hashing of short byte strings, and tables of pointers by hash. */
#ifndef POOLMON_BASE_HASH_H
#define POOLMON_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The seed differs from run to run, so that no input can be made to collide on purpose. Nothing
 * that is shown may depend on it: tables are never walked in hash order. */
uint64_t pm_hash_seed(void);
uint64_t pm_hash(uint64_t seed, const void *bytes, size_t n);

/*
 * A table from hash to index, open addressing, at most half full. The caller keeps the items in an
 * array of its own; the table holds their indices and compares the upper hash bits before it asks.
 */
struct pm_index {
	uint64_t *slots; /* hash (upper 32 bits) and index + 1 (lower 32 bits); 0 = empty */
	size_t n_slots;  /* a power of two */
	size_t n_used;
};

/* Steps through the items whose hash fits: start with *at = 0, and compare the item of each index
 * that is returned; SIZE_MAX: no further. */
static inline size_t pm_index_next(const struct pm_index *index, uint64_t hash, size_t *at)
{
	while (index->n_slots != 0) {
		const uint64_t slot = index->slots[((hash >> 32) + (*at)++) & (index->n_slots - 1)];

		if (slot == 0)
			break;
		if (slot >> 32 == hash >> 32)
			return (size_t)(uint32_t)slot - 1;
	}
	return SIZE_MAX;
}

/* false when out of memory; the table is as before then. */
bool pm_index_add(struct pm_index *index, uint64_t hash, size_t item);
void pm_index_deinit(struct pm_index *index);

#endif
