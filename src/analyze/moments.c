/* SPDX-License-Identifier: MIT */
#include "analyze/moments.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/number.h"

#include <string.h>

static const char *const names[PM_N_MOMENTS] = {
#define ENTRY(id, name, what) name,
	PM_MOMENTS(ENTRY)
#undef ENTRY
};

const char *pm_moment_name(enum pm_moment_kind kind)
{
	return names[kind];
}

void pm_moments_init(struct pm_moments *moments)
{
	*moments = (struct pm_moments){.seed = pm_hash_seed()};
}

void pm_moments_deinit(struct pm_moments *moments)
{
	for (int i = 0; i < PM_N_MOMENTS; i++)
		free(moments->kinds[i].at);
	free(moments->hosts);
	pm_index_deinit(&moments->index);
	*moments = (struct pm_moments){0};
}

/* ---- keeping the earliest ---- */

static int compare(const struct pm_moment_kept *a, const struct pm_moment_kept *b)
{
	int order = a->time_ms < b->time_ms ? -1 : a->time_ms > b->time_ms;

	if (order == 0)
		order = strcmp(a->origin->host, b->origin->host);
	if (order == 0)
		order = strcmp(a->text, b->text);
	if (order == 0)
		order = a->missed < b->missed ? -1 : a->missed > b->missed;
	return order;
}

static bool keep(struct pm_moments_of_kind *kind, const struct pm_moment_kept *one)
{
	size_t at = kind->n;

	while (at > 0 && compare(one, &kind->at[at - 1]) < 0)
		at--;
	if (at == PM_MOMENTS_KEPT)
		return true;
	if (kind->n == PM_MOMENTS_KEPT) {
		kind->n--;
	} else {
		struct pm_moment_kept *grown =
			pm_array_room(kind->at, &kind->capacity, kind->n, sizeof(*grown));

		if (grown == NULL)
			return false;
		kind->at = grown;
	}
	memmove(&kind->at[at + 1], &kind->at[at], (kind->n - at) * sizeof(*kind->at));
	kind->at[at] = *one;
	kind->n++;
	return true;
}

/* ---- reboots ---- */

static bool add_boot(struct pm_moments *moments, const struct pm_origin *origin, int64_t time_ms)
{
	const struct pm_moment_kept one = {.origin = origin, .time_ms = time_ms};

	moments->kinds[PM_MOMENT_BOOT].total++;
	return keep(&moments->kinds[PM_MOMENT_BOOT], &one);
}

/* A stretch of rows of one host follows what is known of it. */
static bool see_host(struct pm_moments *moments, const struct pm_moments_host *stretch)
{
	const uint64_t hash =
		pm_hash(moments->seed, &stretch->first->host, sizeof(stretch->first->host));
	struct pm_moments_host *host;
	size_t at = 0, i;

	while ((i = pm_index_next(&moments->index, hash, &at)) != SIZE_MAX) {
		bool same_boot;

		host = &moments->hosts[i];
		if (host->first->host != stretch->first->host)
			continue;
		same_boot = pm_origin_same_boot(host->last, stretch->first);
		host->last = stretch->last;
		return same_boot || add_boot(moments, stretch->first, stretch->first_ms);
	}
	host = pm_array_room(
		moments->hosts, &moments->hosts_capacity, moments->n_hosts, sizeof(*host));
	if (host == NULL)
		return false;
	moments->hosts = host;
	if (!pm_index_add(&moments->index, hash, moments->n_hosts))
		return false;
	moments->hosts[moments->n_hosts++] = *stretch;
	return true;
}

/* ---- events ---- */

/* Which keys of a note say what happened. Reboots are told by the origins of rows: what `boot` says
 * is in the `start` row before it too. */
static const struct {
	const char *event;
	enum pm_moment_kind kind;
	const char *text;
} events[] = {
	{"start", PM_MOMENT_START, NULL},
	{"stop", PM_MOMENT_STOP, "reason"},
	{"mark", PM_MOMENT_MARK, "text"},
	{"gap", PM_MOMENT_GAP, "cause"},
	{"source-error", PM_MOMENT_SOURCE_ERROR, "cause"},
	{"resume", PM_MOMENT_RESUME, "slept_s"},
	{"clock-step", PM_MOMENT_CLOCK_STEP, "by_s"},
	{"command", PM_MOMENT_COMMAND, "state"},
};

static bool add_event(struct pm_moments *moments, const struct pm_row *row)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct pm_moments_of_kind *kind = &moments->kinds[events[i].kind];
		struct pm_moment_kept one = {.origin = row->origin, .time_ms = row->time_ms};
		char missed[24];

		if (!pm_row_is_event(row, events[i].event))
			continue;
		if (events[i].text == NULL ||
			!pm_note_get(
				row->note, row->n_note, events[i].text, one.text, sizeof(one.text)))
			one.text[0] = '\0';
		if (pm_note_get(row->note, row->n_note, "missed", missed, sizeof(missed)) &&
			pm_u64_parse(missed, strlen(missed), &one.missed) != PM_NUMBER_OK)
			one.missed = 0;
		kind->total++;
		return keep(kind, &one);
	}
	return true;
}

bool pm_moments_add(struct pm_moments *moments, const struct pm_row *row)
{
	if (row->origin != moments->latest) {
		const struct pm_moments_host stretch = {row->origin, row->origin, row->time_ms};

		if (!see_host(moments, &stretch))
			return false;
		moments->latest = row->origin;
	}
	return row->key->pool != PM_POOL_EVENT || add_event(moments, row);
}

bool pm_moments_join(struct pm_moments *moments, const struct pm_moments *later)
{
	for (int i = 0; i < PM_N_MOMENTS; i++) {
		moments->kinds[i].total += later->kinds[i].total;
		for (size_t j = 0; j < later->kinds[i].n; j++) {
			if (!keep(&moments->kinds[i], &later->kinds[i].at[j]))
				return false;
		}
	}
	for (size_t i = 0; i < later->n_hosts; i++) {
		if (!see_host(moments, &later->hosts[i]))
			return false;
	}
	moments->latest = later->latest != NULL ? later->latest : moments->latest;
	return true;
}
