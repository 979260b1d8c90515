/* SPDX-License-Identifier: MIT */
#include "log/admit.h"

#include "base/array.h"
#include "log/seen.h"

struct pm_timeline {
	const char *host;             /* interned */
	const struct pm_origin *raw;  /* what the last row itself said its origin was */
	const struct pm_origin *boot; /* what that means, implied reboots counted */
	const struct pm_origin *first_boot;
	int64_t first_ms, latest_ms; /* wall clock of the first row, and the latest of any */
	size_t input;                /* which input the last row was read from */
	int64_t last_sample_ms; /* uptime of the last row that was no event; INT64_MIN: none yet */
	struct pm_seen seen;    /* keys of the last moment that were no events */
	uint64_t *events;       /* [n_events]: hashes of the events of the last moment */
	size_t n_events, events_capacity;
};

void pm_admission_init(struct pm_admission *admission, struct pm_origins *origins)
{
	*admission = (struct pm_admission){.origins = origins, .seed = pm_hash_seed()};
}

void pm_admission_deinit(struct pm_admission *admission)
{
	for (size_t i = 0; i < admission->n; i++) {
		pm_seen_deinit(&admission->timelines[i].seen);
		free(admission->timelines[i].events);
	}
	free(admission->timelines);
	free(admission->boots);
	pm_index_deinit(&admission->index);
	pm_index_deinit(&admission->boot_index);
	*admission = (struct pm_admission){0};
}

enum pm_order pm_order_of(struct pm_moment before, struct pm_moment after)
{
	if (after.uptime_ms > before.uptime_ms)
		return PM_ORDER_FORWARD;
	if (after.uptime_ms == before.uptime_ms)
		return PM_ORDER_SAME;
	return before.origin->boot_id[0] == '\0' && after.time_ms > before.time_ms
		? PM_ORDER_REBOOT
		: PM_ORDER_BACKWARDS;
}

/* ---- boots ---- */

static uint64_t hash_boot(const struct pm_admission *admission, const struct pm_origin *origin)
{
	const struct {
		const char *host, *boot_id;
		uint64_t implied_boots;
	} parts = {origin->host, origin->boot_id, origin->implied_boots};

	return pm_hash(admission->seed, &parts, sizeof(parts));
}

struct pm_boot *pm_admission_find(
	const struct pm_admission *admission, const struct pm_origin *origin)
{
	const uint64_t hash = hash_boot(admission, origin);
	size_t at = 0, i;

	while ((i = pm_index_next(&admission->boot_index, hash, &at)) != SIZE_MAX) {
		if (pm_origin_same_boot(admission->boots[i].last.origin, origin))
			return &admission->boots[i];
	}
	return NULL;
}

static struct pm_boot *add_boot(struct pm_admission *admission, struct pm_moment first)
{
	struct pm_boot *grown = pm_array_room(
		admission->boots, &admission->boots_capacity, admission->n_boots, sizeof(*grown));

	if (grown == NULL)
		return NULL;
	admission->boots = grown;
	if (!pm_index_add(
		    &admission->boot_index, hash_boot(admission, first.origin), admission->n_boots))
		return NULL;
	grown += admission->n_boots++;
	*grown = (struct pm_boot){.first = first, .last = first};
	return grown;
}

/* ---- hosts ---- */

static struct pm_timeline *find_timeline(const struct pm_admission *admission, const char *host)
{
	const uint64_t hash = pm_hash(admission->seed, &host, sizeof(host));
	size_t at = 0, i;

	if (admission->current != NULL && admission->current->host == host)
		return admission->current;
	while ((i = pm_index_next(&admission->index, hash, &at)) != SIZE_MAX) {
		if (admission->timelines[i].host == host)
			return &admission->timelines[i];
	}
	return NULL;
}

static struct pm_timeline *add_timeline(struct pm_admission *admission, struct pm_moment first)
{
	const char *host = first.origin->host;
	struct pm_timeline *grown = pm_array_room(
		admission->timelines, &admission->capacity, admission->n, sizeof(*grown));

	if (grown == NULL)
		return NULL;
	admission->timelines = grown;
	admission->current = NULL; /* may have moved */
	if (!pm_index_add(
		    &admission->index, pm_hash(admission->seed, &host, sizeof(host)), admission->n))
		return NULL;
	grown += admission->n++;
	*grown = (struct pm_timeline){
		.host = host,
		.first_boot = first.origin,
		.first_ms = first.time_ms,
		.latest_ms = first.time_ms,
		.last_sample_ms = INT64_MIN,
	};
	return grown;
}

static const struct pm_origin *effective_origin(const struct pm_admission *admission,
	const struct pm_timeline *timeline, const struct pm_origin *raw)
{
	const struct pm_origin *boot = timeline->boot;

	if (timeline->raw == raw)
		return boot;
	if (boot == NULL || raw->boot_id[0] != '\0' || boot->boot_id[0] != '\0')
		return raw;
	return pm_origins_rebooted(admission->origins, raw,
		raw->implied_boots > boot->implied_boots ? raw->implied_boots
							 : boot->implied_boots);
}

const struct pm_origin *pm_admission_effective(
	const struct pm_admission *admission, const struct pm_origin *origin)
{
	const struct pm_timeline *timeline = find_timeline(admission, origin->host);

	return timeline == NULL ? origin : effective_origin(admission, timeline, origin);
}

static void begin_moment(struct pm_timeline *timeline)
{
	pm_seen_begin(&timeline->seen);
	timeline->n_events = 0;
}

static void begin_boot(struct pm_timeline *timeline)
{
	timeline->last_sample_ms = INT64_MIN;
	begin_moment(timeline);
}

static enum pm_admitted check_event(
	struct pm_admission *admission, struct pm_timeline *timeline, const struct pm_row *row)
{
	const uint64_t hash = pm_hash(admission->seed + row->key->id, row->note, row->n_note);
	uint64_t *grown = pm_array_room(
		timeline->events, &timeline->events_capacity, timeline->n_events, sizeof(*grown));

	if (grown == NULL)
		return PM_ADMITTED_FAILED;
	timeline->events = grown;
	for (size_t i = 0; i < timeline->n_events; i++) {
		if (grown[i] == hash)
			return PM_ADMITTED_NOT_DUPLICATE;
	}
	grown[timeline->n_events++] = hash;
	return PM_ADMITTED;
}

static enum pm_admitted check_sample(struct pm_timeline *timeline, uint32_t id)
{
	switch (pm_seen_add(&timeline->seen, id)) {
	case PM_SEEN_NEW:
		return PM_ADMITTED;
	case PM_SEEN_AGAIN:
		return PM_ADMITTED_NOT_DUPLICATE;
	default:
		return PM_ADMITTED_FAILED;
	}
}

/* ---- rows ---- */

/* Finds the boot that the row belongs to, or makes it, and moves it on to the row's moment. */
static enum pm_admitted move_on(
	struct pm_admission *admission, struct pm_timeline *timeline, const struct pm_row *row)
{
	struct pm_moment moment = {
		effective_origin(admission, timeline, row->origin), row->time_ms, row->uptime_ms};
	struct pm_boot *boot =
		moment.origin == NULL ? NULL : pm_admission_find(admission, moment.origin);
	const enum pm_order order =
		boot == NULL ? PM_ORDER_FORWARD : pm_order_of(boot->last, moment);
	const struct pm_origin *before = timeline->boot;

	if (order == PM_ORDER_BACKWARDS)
		return PM_ADMITTED_NOT_BACKWARDS;
	if (order == PM_ORDER_REBOOT) {
		moment.origin = pm_origins_rebooted(
			admission->origins, moment.origin, moment.origin->implied_boots + 1);
		boot = NULL;
	}
	if (moment.origin != NULL && boot == NULL)
		boot = add_boot(admission, moment);
	if (boot == NULL)
		return PM_ADMITTED_FAILED;
	boot->last = moment;
	if (moment.time_ms > timeline->latest_ms)
		timeline->latest_ms = moment.time_ms;
	timeline->raw = row->origin;
	timeline->boot = moment.origin;
	if (before == NULL || !pm_origin_same_boot(before, moment.origin))
		begin_boot(timeline);
	else if (order != PM_ORDER_SAME)
		begin_moment(timeline);
	return PM_ADMITTED;
}

enum pm_admitted pm_admission_ask(struct pm_admission *admission, struct pm_row *row)
{
	struct pm_timeline *timeline = find_timeline(admission, row->origin->host);
	enum pm_admitted admitted;

	if (timeline == NULL)
		timeline = add_timeline(
			admission, (struct pm_moment){row->origin, row->time_ms, row->uptime_ms});
	if (timeline == NULL)
		return PM_ADMITTED_FAILED;
	admission->current = timeline;
	admitted = move_on(admission, timeline, row);
	if (admitted != PM_ADMITTED)
		return admitted;
	row->origin = timeline->boot;
	if (row->key->pool == PM_POOL_EVENT)
		return check_event(admission, timeline, row);
	admitted = check_sample(timeline, row->key->id);
	if (admitted == PM_ADMITTED && timeline->last_sample_ms != row->uptime_ms) {
		timeline->last_sample_ms = row->uptime_ms;
		admission->n_snapshots++;
	}
	return admitted;
}

size_t pm_admission_ask_more(struct pm_admission *admission, struct pm_row *rows, size_t n)
{
	struct pm_timeline *timeline = admission->current;
	size_t n_kept = 0;

	for (size_t i = 0; i < n; i++) {
		switch (check_sample(timeline, rows[i].key->id)) {
		case PM_ADMITTED:
			if (n_kept < i)
				rows[n_kept] = rows[i];
			rows[n_kept++].origin = timeline->boot;
			break;
		case PM_ADMITTED_NOT_DUPLICATE:
			break;
		default:
			return SIZE_MAX;
		}
	}
	return n_kept;
}

size_t pm_admission_ask_again(
	struct pm_admission *admission, const struct pm_reading **readings, size_t n)
{
	struct pm_seen *seen = &admission->current->seen;
	size_t n_kept = pm_seen_add_next(seen, readings, n);

	for (size_t i = n_kept; i < n; i++) {
		switch (pm_seen_add(seen, readings[i]->id)) {
		case PM_SEEN_NEW:
			readings[n_kept++] = readings[i];
			break;
		case PM_SEEN_AGAIN:
			break;
		default:
			return SIZE_MAX;
		}
	}
	return n_kept;
}

/* ---- parts ---- */

bool pm_admission_is_followed_by(
	const struct pm_admission *admission, const struct pm_admission *later, size_t *input)
{
	for (size_t i = 0; i < later->n_boots; i++) {
		const struct pm_moment first = later->boots[i].first;
		const struct pm_boot *boot = pm_admission_find(admission, first.origin);

		if (boot != NULL && pm_order_of(boot->last, first) != PM_ORDER_FORWARD) {
			*input = boot->input;
			return false;
		}
	}
	for (size_t i = 0; i < later->n; i++) {
		const struct pm_timeline *next = &later->timelines[i];
		const struct pm_timeline *timeline = find_timeline(admission, next->host);

		if (timeline != NULL && !pm_origin_same_boot(timeline->boot, next->first_boot) &&
			next->first_ms < timeline->latest_ms) {
			*input = timeline->input;
			return false;
		}
	}
	return true;
}

bool pm_admission_append(
	struct pm_admission *admission, const struct pm_admission *later, size_t input)
{
	for (size_t i = 0; i < later->n_boots; i++) {
		const struct pm_boot *next = &later->boots[i];
		struct pm_boot *boot = pm_admission_find(admission, next->first.origin);

		if (boot == NULL)
			boot = add_boot(admission, next->first);
		if (boot == NULL)
			return false;
		boot->last = next->last;
		boot->input = input;
	}
	for (size_t i = 0; i < later->n; i++) {
		const struct pm_timeline *next = &later->timelines[i];
		struct pm_timeline *timeline = find_timeline(admission, next->host);

		if (timeline == NULL)
			timeline = add_timeline(
				admission, (struct pm_moment){next->first_boot, next->first_ms, 0});
		if (timeline == NULL)
			return false;
		timeline->boot = next->boot;
		timeline->input = input;
		if (next->latest_ms > timeline->latest_ms)
			timeline->latest_ms = next->latest_ms;
	}
	admission->n_snapshots += later->n_snapshots;
	return true;
}
