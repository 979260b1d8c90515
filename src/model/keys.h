/* SPDX-License-Identifier: MIT */
/* A table of keys: each (pool, tag, type) gets one struct pm_key, numbered in order of first sight.
 */
#ifndef POOLMON_MODEL_KEYS_H
#define POOLMON_MODEL_KEYS_H

#include <poolmon/row.h>

#include "base/buf.h"

struct pm_keys;

struct pm_keys *pm_keys_create(void); /* NULL when out of memory */
void pm_keys_destroy(struct pm_keys *keys);

size_t pm_keys_count(const struct pm_keys *keys);
const struct pm_key *pm_keys_at(const struct pm_keys *keys, size_t id);

/* Finds or makes a key. tag: raw bytes. NULL when out of memory, or the pool has no such name. */
const struct pm_key *pm_keys_intern(
	struct pm_keys *keys, struct pm_span pool, struct pm_span tag, struct pm_span type);

/* The last stamp that a reading of these keys was given (see struct pm_reading), for whoever gives
 * the next one. */
uint64_t *pm_keys_stamp(struct pm_keys *keys);

#endif
