/* SPDX-License-Identifier: MIT */
/*
 * Which keys were seen at the moment at hand. Most moments have the keys of the one before, in the
 * same order: as long as that is so, a key that comes next in it was not seen yet, and nothing has
 * to be noted.
 */
#ifndef POOLMON_LOG_SEEN_H
#define POOLMON_LOG_SEEN_H

#include <poolmon/row.h>

#include <stddef.h>
#include <stdint.h>

/* Begins as {0}. */
struct pm_seen {
	/* [n_order], ids: those of the moment before; the first `place` are of this one too */
	uint32_t *order;
	size_t place, n_order, order_capacity;
	bool lost;       /* this moment is in another order, of which there are `place` so far */
	uint64_t moment; /* counted */
	uint64_t *at;    /* [n_at], by id: the last moment in which it was seen, if that was lost */
	size_t n_at;
};

enum pm_seen_key {
	PM_SEEN_NEW,
	PM_SEEN_AGAIN,
	PM_SEEN_FAILED, /* out of memory */
};

/* A moment begins: no key was seen. */
void pm_seen_begin(struct pm_seen *seen);

/* The key is seen; whether it was already. */
enum pm_seen_key pm_seen_add(struct pm_seen *seen, uint32_t id);

/* How many of readings[n], from the first on, are of keys that come next in the order of before:
 * these are seen then, and were not yet. */
static inline size_t pm_seen_add_next(
	struct pm_seen *seen, const struct pm_reading *const *readings, size_t n)
{
	const uint32_t *order = seen->order;
	const size_t place = seen->place, left = seen->lost ? 0 : seen->n_order - place;
	size_t i = 0;

	n = n < left ? n : left;
	while (i < n && readings[i]->id == order[place + i])
		i++;
	seen->place += i;
	return i;
}

void pm_seen_deinit(struct pm_seen *seen);

#endif
