/* SPDX-License-Identifier: MIT */
#include "log/seen.h"

#include "base/array.h"

void pm_seen_deinit(struct pm_seen *seen)
{
	free(seen->order);
	free(seen->at);
	*seen = (struct pm_seen){0};
}

void pm_seen_begin(struct pm_seen *seen)
{
	seen->n_order = seen->place;
	seen->place = 0;
	seen->lost = false;
	seen->moment++;
}

/* Makes at[id]. */
static bool make_room(struct pm_seen *seen, size_t id)
{
	size_t n = seen->n_at;
	uint64_t *grown = pm_array_room(seen->at, &n, id, sizeof(*grown));

	if (grown == NULL)
		return false;
	for (size_t i = seen->n_at; i < n; i++)
		grown[i] = 0;
	seen->at = grown;
	seen->n_at = n;
	return true;
}

/* From here on keys are noted; each in the order was once. */
static void lose_order(struct pm_seen *seen)
{
	for (size_t i = 0; i < seen->place; i++)
		seen->at[seen->order[i]] = seen->moment;
	seen->lost = true;
}

static enum pm_seen_key add_other(struct pm_seen *seen, uint32_t id)
{
	uint32_t *grown;

	if (!seen->lost)
		lose_order(seen);
	if (id >= seen->n_at && !make_room(seen, id))
		return PM_SEEN_FAILED;
	if (seen->at[id] == seen->moment)
		return PM_SEEN_AGAIN;
	grown = pm_array_room(seen->order, &seen->order_capacity, seen->place, sizeof(*grown));
	if (grown == NULL)
		return PM_SEEN_FAILED;
	seen->order = grown;
	grown[seen->place++] = id;
	seen->at[id] = seen->moment;
	return PM_SEEN_NEW;
}

enum pm_seen_key pm_seen_add(struct pm_seen *seen, uint32_t id)
{
	if (seen->lost || seen->place == seen->n_order || seen->order[seen->place] != id)
		return add_other(seen, id);
	seen->place++;
	return PM_SEEN_NEW;
}
