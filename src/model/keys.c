/* SPDX-License-Identifier: MIT */
#include "model/keys.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/hash.h"

#include <poolmon/tag.h>

#include <stdlib.h>

struct pm_keys {
	struct pm_arena arena;
	struct pm_index index;
	uint64_t seed;
	const struct pm_key **keys; /* [n], by id */
	size_t n, capacity;
	uint64_t stamp;
};

struct pm_keys *pm_keys_create(void)
{
	struct pm_keys *keys = calloc(1, sizeof(*keys));

	if (keys != NULL)
		keys->seed = pm_hash_seed();
	return keys;
}

void pm_keys_destroy(struct pm_keys *keys)
{
	if (keys == NULL)
		return;
	pm_arena_deinit(&keys->arena);
	pm_index_deinit(&keys->index);
	free(keys->keys);
	free(keys);
}

size_t pm_keys_count(const struct pm_keys *keys)
{
	return keys->n;
}

const struct pm_key *pm_keys_at(const struct pm_keys *keys, size_t id)
{
	return keys->keys[id];
}

static uint64_t hash_key(
	uint64_t seed, struct pm_span pool, struct pm_span tag, struct pm_span type)
{
	seed = pm_hash(seed, tag.at, tag.n);
	seed = pm_hash(seed, pool.at, pool.n);
	return pm_hash(seed, type.at, type.n);
}

static bool is_key(
	const struct pm_key *key, struct pm_span pool, struct pm_span tag, struct pm_span type)
{
	return key->n_raw_tag == tag.n &&
		(tag.n == 0 || memcmp(key->raw_tag, tag.at, tag.n) == 0) &&
		pm_span_is(pool, key->pool_name) && pm_span_is(type, key->type);
}

static const struct pm_key *make_key(struct pm_keys *keys, enum pm_pool kind, struct pm_span pool,
	struct pm_span tag, struct pm_span type)
{
	struct pm_key *key = pm_arena_alloc(&keys->arena, sizeof(*key));
	char escaped[PM_TAG_ESCAPED];
	const size_t n_escaped = pm_tag_escape(escaped, tag.at, tag.n);

	if (key == NULL)
		return NULL;
	*key = (struct pm_key){
		.id = (uint32_t)keys->n,
		.pool = kind,
		.pool_name = pm_arena_copy(&keys->arena, pool.at, pool.n),
		.type = pm_arena_copy(&keys->arena, type.at, type.n),
		.tag = pm_arena_copy(&keys->arena, escaped, n_escaped),
		.n_tag = n_escaped,
		.raw_tag = pm_arena_copy(&keys->arena, tag.at, tag.n),
		.n_raw_tag = tag.n,
	};
	return key->pool_name != NULL && key->type != NULL && key->tag != NULL &&
			key->raw_tag != NULL
		? key
		: NULL;
}

const struct pm_key *pm_keys_intern(
	struct pm_keys *keys, struct pm_span pool, struct pm_span tag, struct pm_span type)
{
	const struct pm_key *key, **grown;
	enum pm_pool kind;
	uint64_t hash;
	size_t at = 0, i;

	if (tag.n > PM_TAG_MAX)
		tag.n = PM_TAG_MAX;
	hash = hash_key(keys->seed, pool, tag, type);
	while ((i = pm_index_next(&keys->index, hash, &at)) != SIZE_MAX) {
		if (is_key(keys->keys[i], pool, tag, type))
			return keys->keys[i];
	}
	if (!pm_pool_of_name(pool.at, pool.n, &kind))
		return NULL;
	grown = pm_array_room(keys->keys, &keys->capacity, keys->n, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	keys->keys = grown;
	key = make_key(keys, kind, pool, tag, type);
	if (key == NULL || !pm_index_add(&keys->index, hash, keys->n))
		return NULL;
	keys->keys[keys->n++] = key;
	return key;
}

uint64_t *pm_keys_stamp(struct pm_keys *keys)
{
	return &keys->stamp;
}
