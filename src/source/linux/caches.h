/* SPDX-License-Identifier: MIT */
/*
 * The slab caches that were there the last time, by their lines in slabinfo. Most lines are as they
 * were, and lines keep their order: the kernel puts a new cache first and takes one out anywhere.
 *
 * While a new text is gone through line by line, the caches before line i stand for lines of the
 * new text, and those from there on for lines of the one before, which is passed as `before`.
 */
#ifndef POOLMON_SOURCE_LINUX_CACHES_H
#define POOLMON_SOURCE_LINUX_CACHES_H

#include <poolmon/snapshot.h>

#include "source/slabinfo.h"

struct pm_cache {
	size_t line_at;          /* where its line begins, and so its name */
	uint32_t n_line, n_name; /* without the newline; of the name what is used of it */
	const struct pm_key *key;
	uint64_t objects, bytes, footprint, per_object;
	bool repeated; /* another cache has this name, too: both are one row */
};

struct pm_caches {
	struct pm_cache *at; /* [n] */
	size_t n, capacity;
};

void pm_caches_deinit(struct pm_caches *caches);

/* The cache of line i, if what begins at `line` is that line as it was before, newline included;
 * else NULL. */
struct pm_cache *pm_caches_same(const struct pm_caches *caches, size_t i, const char *before,
	const char *line, const char *end);

/* The cache of this name becomes that of line i; those that were there and did not come up are
 * forgotten. NULL: it is a new one. */
struct pm_cache *pm_caches_find(
	struct pm_caches *caches, size_t i, const char *before, struct pm_span name);

/* A new one for line i; NULL when out of memory. */
struct pm_cache *pm_caches_insert(
	struct pm_caches *caches, size_t i, const struct pm_key *key, size_t n_name);

/* The key of the cache of this name; NULL: there is none. */
const struct pm_key *pm_caches_key(const struct pm_caches *caches, const char *name);

/* What its line of n bytes says. */
void pm_cache_set(
	struct pm_cache *cache, size_t n, const struct pm_slab *numbers, uint64_t page_bytes);

/* Adds its row to the snapshot, or its numbers to the row of its name. PM_E_MEMORY. */
PM_MUST_USE enum pm_status pm_cache_add_row(
	const struct pm_cache *cache, struct pm_snapshot *snapshot, struct pm_error *err);

#endif
