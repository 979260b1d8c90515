/* SPDX-License-Identifier: MIT */
/* How long memory lasts, by what was left at the end of the recording.
 *
 * What is resident takes available memory. What the pools of Windows take counts against the commit
 * limit as well; paged pools against that alone, as they are written to a paging file. The kernel
 * of Linux promises memory to programs by the same names, but takes its own as it needs it. */
#include "report/cells.h"

static struct pm_room *room_of(struct pm_build *build, const char *host)
{
	struct pm_room *grown;

	for (size_t i = 0; i < build->n_rooms; i++) {
		if (build->rooms[i].host == host)
			return &build->rooms[i];
	}
	grown = pm_array_room(build->rooms, &build->rooms_capacity, build->n_rooms, sizeof(*grown));
	if (grown == NULL) {
		build->failed = true;
		return NULL;
	}
	build->rooms = grown;
	grown += build->n_rooms++;
	*grown = (struct pm_room){.host = host};
	return grown;
}

void pm_find_rooms(struct pm_build *build)
{
	static const char *const tags[PM_N_TOTALS] = {
		[PM_TOTAL_AVAILABLE] = "Avail",
		[PM_TOTAL_COMMITTED] = "Commit",
		[PM_TOTAL_LIMIT] = "Limit",
	};
	const struct pm_trends *trends = build->data->trends;

	for (size_t i = 0; i < pm_trends_count(trends); i++) {
		const struct pm_key *key = pm_trends_key(trends, i);
		struct pm_room *room;
		struct pm_trend trend;

		for (int total = 0; key->pool == PM_POOL_MEMORY && total < PM_N_TOTALS; total++) {
			if (strcmp(key->tag, tags[total]) != 0)
				continue;
			pm_trends_at(trends, i, &trend);
			room = room_of(build, trend.origin->host);
			if (room == NULL)
				return;
			room->last[total] = trend.bytes.last;
			room->known[total] = trend.bytes.n > 0;
		}
	}
}

static bool limits_commits(const struct pm_room *room)
{
	return room->known[PM_TOTAL_COMMITTED] && room->known[PM_TOTAL_LIMIT] &&
		room->last[PM_TOTAL_LIMIT] > 0;
}

void pm_drain_add(struct pm_drain *drain, const struct pm_trend *trend)
{
	const enum pm_pool pool = trend->key->pool;
	const bool windows = pool == PM_POOL_SYSTEM || pool == PM_POOL_SESSION;
	const double rate = trend->bytes.per_hour;

	if (windows)
		drain->committed += rate;
	if (windows && strcmp(trend->key->type, "Paged") == 0)
		drain->paged += rate;
	else
		drain->resident += rate;
}

double pm_hours_left(const struct pm_build *build, const char *host, const struct pm_drain *drain,
	bool *by_limit)
{
	const struct pm_room *room = NULL;
	double hours = 0, resident = drain->resident;

	*by_limit = false;
	for (size_t i = 0; i < build->n_rooms; i++) {
		if (build->rooms[i].host == host)
			room = &build->rooms[i];
	}
	if (room == NULL)
		return 0;
	if (!limits_commits(room))
		resident += drain->paged;
	if (resident > 0 && room->known[PM_TOTAL_AVAILABLE])
		hours = (double)room->last[PM_TOTAL_AVAILABLE] / resident;
	if (limits_commits(room) && drain->committed > 0) {
		const uint64_t committed = room->last[PM_TOTAL_COMMITTED];
		const uint64_t limit = room->last[PM_TOTAL_LIMIT];
		const double left = limit > committed ? (double)(limit - committed) : 0;

		if (left > 0 && (!(hours > 0) || left / drain->committed < hours)) {
			hours = left / drain->committed;
			*by_limit = true;
		}
	}
	return hours;
}
