/* SPDX-License-Identifier: MIT */
#include "source/linux/caches.h"

#include "base/array.h"
#include "base/fail.h"

#include <string.h>

void pm_caches_deinit(struct pm_caches *caches)
{
	free(caches->at);
	*caches = (struct pm_caches){0};
}

struct pm_cache *pm_caches_same(const struct pm_caches *caches, size_t i, const char *before,
	const char *line, const char *end)
{
	struct pm_cache *cache;

	if (i >= caches->n)
		return NULL;
	cache = &caches->at[i];
	return cache->n_line < (size_t)(end - line) &&
			memcmp(before + cache->line_at, line, (size_t)cache->n_line + 1) == 0
		? cache
		: NULL;
}

static bool is_cache(const struct pm_cache *cache, const char *before, struct pm_span name)
{
	return cache->n_name == name.n && memcmp(before + cache->line_at, name.at, name.n) == 0;
}

struct pm_cache *pm_caches_find(
	struct pm_caches *caches, size_t i, const char *before, struct pm_span name)
{
	size_t at = i;

	while (at < caches->n && !is_cache(&caches->at[at], before, name))
		at++;
	if (at >= caches->n)
		return NULL;
	if (at > i) {
		memmove(&caches->at[i], &caches->at[at], (caches->n - at) * sizeof(*caches->at));
		caches->n -= at - i;
	}
	return &caches->at[i];
}

/* Whether there is another cache of this name, which is told so. */
static bool is_repeated(struct pm_caches *caches, const struct pm_key *key)
{
	bool repeated = false;

	for (size_t i = 0; i < caches->n; i++) {
		if (caches->at[i].key == key)
			repeated = caches->at[i].repeated = true;
	}
	return repeated;
}

struct pm_cache *pm_caches_insert(
	struct pm_caches *caches, size_t i, const struct pm_key *key, size_t n_name)
{
	const bool repeated = is_repeated(caches, key);
	struct pm_cache *grown =
		pm_array_room(caches->at, &caches->capacity, caches->n, sizeof(*grown));

	if (grown == NULL)
		return NULL;
	caches->at = grown;
	grown += i;
	memmove(grown + 1, grown, (caches->n++ - i) * sizeof(*grown));
	*grown = (struct pm_cache){.n_name = (uint32_t)n_name, .key = key, .repeated = repeated};
	return grown;
}

const struct pm_key *pm_caches_key(const struct pm_caches *caches, const char *name)
{
	for (size_t i = 0; i < caches->n; i++) {
		if (strcmp(caches->at[i].key->raw_tag, name) == 0)
			return caches->at[i].key;
	}
	return NULL;
}

/* ---- one of them ---- */

static uint64_t product(uint64_t a, uint64_t b)
{
	return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void pm_cache_set(
	struct pm_cache *cache, size_t n, const struct pm_slab *numbers, uint64_t page_bytes)
{
	/* a line of that length, which there is none of, is not told to be the same */
	cache->n_line = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
	cache->objects = numbers->active_objects;
	cache->bytes = product(numbers->active_objects, numbers->object_size);
	cache->footprint = product(product(numbers->n_slabs, numbers->pages_per_slab), page_bytes);
	cache->per_object = cache->objects == 0 ? 0 : cache->bytes / cache->objects;
}

static struct pm_row *find_row(struct pm_snapshot *snapshot, const struct pm_key *key)
{
	for (size_t i = 0; i < snapshot->n_rows; i++) {
		if (snapshot->rows[i].key == key)
			return &snapshot->rows[i];
	}
	return NULL;
}

static void add_to_row(struct pm_row *row, const struct pm_cache *cache)
{
	const uint64_t objects = sum(row->value[PM_VALUE_DIFF], cache->objects);
	const uint64_t bytes = sum(row->value[PM_VALUE_BYTES], cache->bytes);

	pm_row_set(row, PM_VALUE_DIFF, objects);
	pm_row_set(row, PM_VALUE_BYTES, bytes);
	pm_row_set(row, PM_VALUE_PER_ALLOC, objects == 0 ? 0 : bytes / objects);
	pm_row_set(row, PM_VALUE_FOOTPRINT, sum(row->value[PM_VALUE_FOOTPRINT], cache->footprint));
}

enum pm_status pm_cache_add_row(
	const struct pm_cache *cache, struct pm_snapshot *snapshot, struct pm_error *err)
{
	struct pm_row *row = cache->repeated ? find_row(snapshot, cache->key) : NULL;

	if (row != NULL) {
		add_to_row(row, cache);
		return PM_OK;
	}
	row = pm_snapshot_add(snapshot, cache->key);
	if (row == NULL)
		return pm_fail_memory(err);
	pm_row_set(row, PM_VALUE_DIFF, cache->objects);
	pm_row_set(row, PM_VALUE_BYTES, cache->bytes);
	pm_row_set(row, PM_VALUE_PER_ALLOC, cache->per_object);
	pm_row_set(row, PM_VALUE_FOOTPRINT, cache->footprint);
	return PM_OK;
}
