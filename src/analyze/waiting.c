/* SPDX-License-Identifier: MIT */
#include "analyze/waiting.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

enum {
	STEPS_MAX = 128,
	FETCH_AHEAD = 4,
	STEADY = 2, /* ticks in the same order until it is relied on */
};

/*
 * A slot: in the lower bits the tick that the stretch of its key has got to; above the stamp of its
 * last reading, NO_STAMP: that had none. No reading has that one: they are counted.
 */
enum {
	TICK_BITS = 10,
	TICK_MASK = (1 << TICK_BITS) - 1,
	NO_TICK = PM_TICKS_MAX, /* there is no stretch */
	NO_TICK_ANY_MORE,       /* likewise, but there was one: it is listed */
	IN_ORDER,               /* it is in the order, which says more */
	NEVER,                  /* a tick that none has got to */
};

#define NO_STAMP (UINT64_MAX >> TICK_BITS)

static inline uint64_t slot_of(uint64_t stamp, uint32_t tick)
{
	return stamp << TICK_BITS | tick;
}

static inline uint32_t tick_of(uint64_t slot)
{
	return slot & TICK_MASK;
}

static inline uint64_t stamp_of(const struct pm_reading *reading)
{
	return reading->stamp != 0 ? reading->stamp : NO_STAMP;
}

void pm_waiting_deinit(struct pm_waiting *waiting)
{
	free(waiting->slots);
	free(waiting->memory);
	free(waiting->listed);
	free(waiting->order);
	free(waiting->stamps);
	*waiting = (struct pm_waiting){0};
}

/* ---- room ---- */

/* Makes room for n stretches, which is more than there are. */
static bool make_stretches(struct pm_waiting *waiting, size_t n)
{
	struct pm_stretch *stretches;
	char *memory;

	if (n > SIZE_MAX / 2 / sizeof(*stretches))
		return false;
	memory = malloc(n * sizeof(*stretches) + PM_CACHE_LINE);
	if (memory == NULL)
		return false;
	stretches = (void *)(memory + -(uintptr_t)memory % PM_CACHE_LINE);
	if (waiting->n_slots > 0)
		memcpy(stretches, waiting->stretches, waiting->n_slots * sizeof(*stretches));
	for (size_t i = waiting->n_slots; i < n; i++)
		stretches[i].series = NULL;
	free(waiting->memory);
	waiting->memory = memory;
	waiting->stretches = stretches;
	return true;
}

/* Makes slots[id]. */
static bool make_slots(struct pm_waiting *waiting, size_t id)
{
	size_t n = waiting->n_slots, n_order = n, n_stamps = n;
	uint64_t *slots = pm_array_room(waiting->slots, &n, id, sizeof(*slots));
	uint32_t *order =
		slots == NULL ? NULL : pm_array_room(waiting->order, &n_order, id, sizeof(*order));
	uint64_t *stamps = order == NULL
		? NULL
		: pm_array_room(waiting->stamps, &n_stamps, id, sizeof(*stamps));

	waiting->slots = slots != NULL ? slots : waiting->slots;
	waiting->order = order != NULL ? order : waiting->order;
	waiting->stamps = stamps != NULL ? stamps : waiting->stamps;
	if (stamps == NULL || !make_stretches(waiting, n))
		return false;
	for (size_t i = waiting->n_slots; i < n; i++)
		slots[i] = NO_TICK;
	waiting->n_slots = n;
	return true;
}

/* ---- the order ---- */

/* Has slots say of all keys how far they have got. */
static void leave_order(struct pm_waiting *waiting)
{
	const uint32_t last = waiting->ticks.n - 1;

	if (!waiting->ordered)
		return;
	for (size_t i = 0; i < waiting->n_order; i++)
		waiting->slots[waiting->order[i]] =
			slot_of(waiting->stamps[i], i < waiting->place ? last : last - 1);
	waiting->ordered = false;
}

/* Relies on the order from here on, if all that are in it have got to tick `last`. */
static void use_order(struct pm_waiting *waiting, uint32_t last)
{
	uint64_t *slots = waiting->slots;
	size_t n = 0;

	for (; n < waiting->n_order; n++) {
		uint64_t *slot = &slots[waiting->order[n]];

		if (tick_of(*slot) != last)
			break;
		waiting->stamps[n] = *slot >> TICK_BITS;
		*slot = IN_ORDER; /* nor is any in it twice */
	}
	waiting->ordered = n > 0 && n == waiting->n_order;
	for (size_t i = 0; i < n && !waiting->ordered; i++)
		slots[waiting->order[i]] = slot_of(waiting->stamps[i], last);
}

/* Tick `last` is over. */
static void end_tick(struct pm_waiting *waiting, uint32_t last)
{
	for (size_t i = waiting->place; waiting->ordered && i < waiting->n_order; i++)
		waiting->slots[waiting->order[i]] = slot_of(waiting->stamps[i], last - 1);
	waiting->n_orders = waiting->other_order || waiting->place != waiting->n_order
		? 0
		: waiting->n_orders + 1;
	waiting->other_order = false;
	waiting->n_order = waiting->place;
	waiting->place = 0;
	if (waiting->n_order == 0)
		waiting->ordered = false;
	if (!waiting->ordered && waiting->n_orders >= STEADY)
		use_order(waiting, last);
}

/* Notes that this key comes next in the order of the last tick. */
static inline void note_order(struct pm_waiting *waiting, uint32_t id)
{
	const size_t place = waiting->place;

	if (place == waiting->n_slots) { /* no more than that are of different keys */
		waiting->other_order = true;
		return;
	}
	waiting->other_order |= place >= waiting->n_order || waiting->order[place] != id;
	waiting->order[place] = id;
	waiting->place++;
}

/* ---- stretches ---- */

static bool end_stretch(struct pm_waiting *waiting, uint32_t id)
{
	const uint32_t last = tick_of(waiting->slots[id]);

	if (last >= NO_TICK)
		return true;
	waiting->slots[id] = NO_TICK_ANY_MORE;
	return pm_stretch_end(&waiting->stretches[id], &waiting->ticks, last);
}

static bool end_stretches(struct pm_waiting *waiting)
{
	bool ok = true;

	leave_order(waiting);
	for (size_t i = 0; i < waiting->n_listed; i++) {
		const uint32_t id = waiting->listed[i];

		ok &= end_stretch(waiting, id);
		waiting->slots[id] = NO_TICK;
	}
	waiting->n_listed = 0;
	waiting->ticks.n = 0;
	return ok;
}

bool pm_waiting_settle(struct pm_waiting *waiting)
{
	const bool ok = end_stretches(waiting);

	waiting->n_order = waiting->place = 0;
	waiting->other_order = false;
	waiting->n_orders = 0;
	return ok;
}

bool pm_waiting_move_on(struct pm_waiting *waiting, const struct pm_row *row)
{
	struct pm_ticks *ticks = &waiting->ticks;

	if (pm_ticks_are_at(ticks, row))
		return true;
	if (pm_ticks_add(ticks, row)) {
		end_tick(waiting, ticks->n - 2);
		return true;
	}
	if (!end_stretches(waiting))
		return false;
	end_tick(waiting, NEVER);
	pm_ticks_begin(ticks, row);
	return true;
}

/* A stretch begins where there was none, or no more. */
static bool list_stretch(struct pm_waiting *waiting, uint32_t id)
{
	uint32_t *grown;

	if (waiting->slots[id] == NO_TICK_ANY_MORE)
		return true;
	grown = pm_array_room(
		waiting->listed, &waiting->listed_capacity, waiting->n_listed, sizeof(*grown));
	if (grown == NULL)
		return false;
	waiting->listed = grown;
	grown[waiting->n_listed++] = id;
	waiting->slots[id] = NO_TICK_ANY_MORE;
	return true;
}

/* The reading as a row of the last tick. */
static struct pm_row row_of(const struct pm_ticks *ticks, const struct pm_reading *reading)
{
	const struct pm_tick *tick = &ticks->at[ticks->n - 1];
	struct pm_row row = {
		.time_ms = ticks->time_ms + tick->time_ms,
		.uptime_ms = ticks->uptime_ms + tick->uptime_ms,
		.key = reading->key,
		.origin = ticks->origin,
		.has = reading->has,
	};

	memcpy(row.value, reading->value, sizeof(row.value));
	return row;
}

/* A sample at the last tick that does not go with those before it: a new stretch begins with it. */
static bool begin_stretch(struct pm_waiting *waiting, const struct pm_waiting_owner *owner,
	const struct pm_reading *reading)
{
	const struct pm_row row = row_of(&waiting->ticks, reading);
	const uint32_t id = reading->id;
	bool alone = false;
	struct pm_series *series;

	if (!end_stretch(waiting, id))
		return false;
	series = owner->give(owner->context, &row, &alone);
	if (series == NULL)
		return false;
	if (alone || !pm_stretch_may_begin(series))
		return true;
	if (!list_stretch(waiting, id) ||
		!pm_stretch_begin(&waiting->stretches[id], series, &waiting->ticks, reading->value,
			reading->has))
		return false;
	waiting->slots[id] = slot_of(stamp_of(reading), waiting->ticks.n - 1);
	return true;
}

/* ---- samples ---- */

/* Readings that are not as they were, or not known as such, of those at hand. */
struct others {
	uint8_t i[STEPS_MAX]; /* [n]: which */
	size_t n;
};

/* Fetches what changes of these keys touch, which come soon and a little later: of their stretches
 * and, where stretches leave their cells, as most do at the same moments, of their series. */
static inline void expect_changes(
	const struct pm_stretch *soon, const struct pm_stretch *later, bool leaving)
{
	pm_prefetch(soon, PM_STRETCH_HOT);
	if (!leaving)
		return;
	pm_stretch_expect_cells(soon);
	pm_stretch_expect_series(later);
}

/* Has the stretches of all others from k on go on, up to the first that can't, or where the order
 * is not what it was: which that is, or SIZE_MAX when out of memory. */
static inline size_t change(struct pm_waiting *waiting, const struct pm_reading *const *readings,
	const struct others *others, size_t k, bool ordered)
{
	const struct pm_stretch_now now = pm_stretch_now(&waiting->ticks);
	const uint32_t tick = waiting->ticks.n - 1;
	const uint32_t *order = waiting->order + (ordered ? waiting->place : 0);
	uint64_t *stamps = waiting->stamps + (ordered ? waiting->place : 0);
	uint64_t *slots = waiting->slots;

	for (; k < others->n; k++) {
		const size_t i = others->i[k];
		const struct pm_reading *reading = readings[i];
		const uint32_t id = ordered ? order[i] : reading->id;
		struct pm_stretch *stretch = &waiting->stretches[id];

		if (ordered ? id != reading->id : tick_of(slots[id]) + 1 != tick)
			return k;
		if (k + 2 * FETCH_AHEAD < others->n) {
			const size_t soon = others->i[k + FETCH_AHEAD];
			const size_t later = others->i[k + 2 * FETCH_AHEAD];

			expect_changes(
				&waiting->stretches[ordered ? order[soon] : readings[soon]->id],
				&waiting->stretches[ordered ? order[later] : readings[later]->id],
				!pm_stretch_is_in_cells(stretch, &now));
		}
		switch (pm_stretch_change(
			stretch, &waiting->ticks, &now, reading->value, reading->has)) {
		case PM_STRETCH_GOES_ON:
			break;
		case PM_STRETCH_HAS_TO_END:
			return k;
		default:
			return SIZE_MAX;
		}
		if (ordered)
			stamps[i] = stamp_of(reading);
		else
			slots[id] = slot_of(stamp_of(reading), tick);
	}
	return k;
}

/* Takes readings as long as they come in the order; how many, or SIZE_MAX when out of memory. */
static size_t step_in_order(
	struct pm_waiting *waiting, const struct pm_reading *const *readings, size_t n)
{
	const uint64_t *stamps = waiting->stamps + waiting->place;
	const size_t left = waiting->n_order - waiting->place;
	struct others others;
	size_t k;

	others.n = 0;
	n = n < left ? n : left;
	for (size_t i = 0; i < n; i++) { /* without branches, which nobody could foresee */
		others.i[others.n] = (uint8_t)i;
		others.n += readings[i]->stamp != stamps[i];
	}
	k = change(waiting, readings, &others, 0, true);
	if (k == SIZE_MAX)
		return k;
	n = k < others.n ? others.i[k] : n;
	waiting->place += n;
	return n;
}

/* Those of n readings that are not as they were; with the others slots are done. False: out of
 * memory. */
static inline bool find_others(struct pm_waiting *waiting, const struct pm_reading *const *readings,
	size_t n, struct others *others)
{
	const uint32_t n_ticks = waiting->ticks.n;
	const uint32_t before = n_ticks > 1 ? n_ticks - 2 : NEVER;

	for (size_t i = 0; i < n; i++) {
		const struct pm_reading *reading = readings[i];
		const uint32_t id = reading->id;
		uint64_t other;

		if (id >= waiting->n_slots && !make_slots(waiting, id))
			return false;
		note_order(waiting, id);
		other = waiting->slots[id] != slot_of(reading->stamp, before);
		waiting->slots[id] += 1 - other;
		others->i[others->n] = (uint8_t)i;
		others->n += other;
	}
	return true;
}

static bool step_by_slots(struct pm_waiting *waiting, const struct pm_waiting_owner *owner,
	const struct pm_reading *const *readings, size_t n)
{
	struct others others;

	others.n = 0;
	if (!find_others(waiting, readings, n, &others))
		return false;
	for (size_t k = 0; k < others.n; k++) {
		k = change(waiting, readings, &others, k, false);
		if (k == SIZE_MAX)
			return false;
		if (k < others.n && !begin_stretch(waiting, owner, readings[others.i[k]]))
			return false;
	}
	return true;
}

bool pm_waiting_step(struct pm_waiting *waiting, const struct pm_waiting_owner *owner,
	const struct pm_reading *const *readings, size_t n)
{
	while (n > 0) {
		size_t most = n < STEPS_MAX ? n : STEPS_MAX;

		if (!waiting->ordered) {
			if (!step_by_slots(waiting, owner, readings, most))
				return false;
		} else {
			const size_t n_ordered = step_in_order(waiting, readings, most);

			if (n_ordered == SIZE_MAX)
				return false;
			if (n_ordered < most)
				leave_order(waiting);
			most = n_ordered;
		}
		readings += most;
		n -= most;
	}
	return true;
}
