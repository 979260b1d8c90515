/* SPDX-License-Identifier: MIT */
/*
 * Samples of all series of a host that wait to be given to them: a stretch each (stretch.h).
 *
 * Of a sample that says what the one before said, nothing is noted but that it was there. For that
 * there is a slot for each key, with the tick that its stretch has got to and the stamp of its last
 * reading. And where moments have the same keys in the same order, again and again, not even that
 * is needed: readings are held against the stamps of those before, place by place, and whatever is
 * at a place of the order that the moment has passed has got to this tick.
 */
#ifndef POOLMON_ANALYZE_WAITING_H
#define POOLMON_ANALYZE_WAITING_H

#include "analyze/stretch.h"

/* Begins as {0}. */
struct pm_waiting {
	struct pm_ticks ticks;        /* the last one is that of the samples at hand */
	uint64_t *slots;              /* [n_slots], by key id */
	struct pm_stretch *stretches; /* likewise; where a cache line begins in `memory` */
	void *memory;
	size_t n_slots;
	uint32_t *listed; /* [n_listed]: ids that may have a stretch */
	size_t n_listed, listed_capacity;

	/* Keys of the tick before, and up to `place` of the last one, with room for n_slots; their
	 * stamps, if they are in use, and slots are not. */
	uint32_t *order;
	uint64_t *stamps;
	size_t n_order, place;
	bool ordered;      /* they are: all in the order have a stretch that has got so far */
	bool other_order;  /* the last tick has another one than that before */
	unsigned n_orders; /* ticks that had the same */
};

/* Whoever has the series. */
struct pm_waiting_owner {
	void *context;
	/* Gives a series a sample that does not wait, and returns it; NULL: out of memory.
	 * *alone: set if none may wait behind it. */
	struct pm_series *(*give)(void *context, const struct pm_row *row, bool *alone);
};

/* Moves on to the moment of this row. Whatever waited, and does not go with that, is given to its
 * series. False: out of memory. */
PM_MUST_USE bool pm_waiting_move_on(struct pm_waiting *waiting, const struct pm_row *row);

/* Readings of that moment, each of another key. False: out of memory. */
PM_MUST_USE bool pm_waiting_step(struct pm_waiting *waiting, const struct pm_waiting_owner *owner,
	const struct pm_reading *const *readings, size_t n);

/* Gives all series what they have not been given yet; ids may be those of other keys then. False:
 * out of memory. */
PM_MUST_USE bool pm_waiting_settle(struct pm_waiting *waiting);

void pm_waiting_deinit(struct pm_waiting *waiting);

#endif
