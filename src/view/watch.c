/* SPDX-License-Identifier: MIT */
#include "view/watch.h"

#include "base/array.h"
#include "base/fail.h"

#include <string.h>

enum pm_status pm_watch_create(struct pm_watch **out, struct pm_error *err)
{
	*out = calloc(1, sizeof(**out));
	return *out == NULL ? pm_fail_memory(err) : PM_OK;
}

void pm_watch_reset(struct pm_watch *watch)
{
	for (size_t i = 0; i < watch->n; i++)
		free(watch->tags[i].levels);
	watch->n = 0;
	watch->n_moments = 0;
	watch->n_seen = 0;
	watch->stride = 1;
	watch->taken = false;
	watch->n_rows = 0;
}

void pm_watch_destroy(struct pm_watch *watch)
{
	if (watch == NULL)
		return;
	pm_watch_reset(watch);
	free(watch->tags);
	free(watch->rows);
	free(watch);
}

bool pm_row_bytes(const struct pm_row *row, uint64_t *bytes)
{
	const enum pm_value value =
		pm_row_has(row, PM_VALUE_BYTES) ? PM_VALUE_BYTES : PM_VALUE_FOOTPRINT;

	*bytes = row->value[value];
	return pm_row_has(row, value);
}

/* Every second moment goes. */
static void thin_out(struct pm_watch *watch)
{
	for (size_t i = 0; i < watch->n_moments / 2; i++)
		watch->times_ms[i] = watch->times_ms[2 * i];
	for (size_t t = 0; t < watch->n; t++) {
		for (size_t i = 0; watch->tags[t].levels != NULL && i < watch->n_moments / 2; i++)
			watch->tags[t].levels[i] = watch->tags[t].levels[2 * i];
	}
	watch->n_moments /= 2;
	watch->stride *= 2;
}

/* Whether this snapshot is one of those that stay; then there is a moment for it. */
static bool begin_moment(struct pm_watch *watch, const struct pm_snapshot *snapshot)
{
	if (watch->n_seen++ % watch->stride != 0)
		return false;
	if (watch->n_moments == PM_HISTORY_MAX) {
		thin_out(watch);
		if ((watch->n_seen - 1) % watch->stride != 0)
			return false;
	}
	watch->times_ms[watch->n_moments++] = snapshot->uptime_ms;
	for (size_t t = 0; t < watch->n; t++) {
		if (watch->tags[t].levels != NULL)
			watch->tags[t].levels[watch->n_moments - 1] = UINT64_MAX;
	}
	return true;
}

static struct pm_watched_tag *tag_of(struct pm_watch *watch, const struct pm_key *key)
{
	struct pm_watched_tag *grown;

	if (key->id >= watch->n) {
		grown = pm_array_room(watch->tags, &watch->capacity, key->id, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		watch->tags = grown;
		for (; watch->n <= key->id; watch->n++)
			grown[watch->n] = (struct pm_watched_tag){.now = SIZE_MAX};
	}
	return &watch->tags[key->id];
}

static bool add_level(struct pm_watch *watch, struct pm_watched_tag *tag, uint64_t bytes)
{
	if (tag->levels == NULL) {
		tag->levels = malloc(PM_HISTORY_MAX * sizeof(*tag->levels));
		for (size_t i = 0; tag->levels != NULL && i < PM_HISTORY_MAX; i++)
			tag->levels[i] = UINT64_MAX;
	}
	if (tag->levels != NULL)
		tag->levels[watch->n_moments - 1] = bytes;
	return tag->levels != NULL;
}

static void note_bytes(
	struct pm_watched_tag *tag, const struct pm_snapshot *snapshot, uint64_t bytes)
{
	if (!tag->seen) {
		tag->seen = true;
		tag->first_ms = snapshot->time_ms;
		tag->first_uptime_ms = snapshot->uptime_ms;
		tag->first_bytes = bytes;
	} else if (bytes != tag->last_bytes) {
		if (tag->first_change_ms == 0)
			tag->first_change_ms = snapshot->time_ms;
		tag->last_change_ms = snapshot->time_ms;
	}
	tag->last_bytes = bytes;
}

/* What is shown stays, whatever becomes of the snapshot. */
static bool copy_rows(struct pm_watch *watch, const struct pm_snapshot *snapshot)
{
	struct pm_row *grown =
		pm_array_room(watch->rows, &watch->rows_capacity, snapshot->n_rows, sizeof(*grown));

	if (grown == NULL)
		return false;
	watch->rows = grown;
	for (size_t i = 0; i < snapshot->n_rows; i++) {
		grown[i] = snapshot->rows[i];
		grown[i].note = NULL;
		grown[i].n_note = 0;
	}
	watch->n_rows = snapshot->n_rows;
	return true;
}

enum pm_status pm_watch_take(
	struct pm_watch *watch, const struct pm_snapshot *snapshot, struct pm_error *err)
{
	bool stays;

	if (!copy_rows(watch, snapshot))
		return pm_fail_memory(err);
	watch->taken = true;
	watch->time_ms = snapshot->time_ms;
	watch->uptime_ms = snapshot->uptime_ms;
	watch->stride = watch->stride == 0 ? 1 : watch->stride;
	for (size_t t = 0; t < watch->n; t++) {
		struct pm_watched_tag *tag = &watch->tags[t];

		tag->had = tag->now == SIZE_MAX ? 0 : tag->has;
		for (size_t v = 0; tag->had != 0 && v < PM_N_VALUES; v++)
			tag->before[v] = tag->value[v];
		tag->now = SIZE_MAX;
	}
	stays = begin_moment(watch, snapshot);
	for (size_t i = 0; i < snapshot->n_rows; i++) {
		const struct pm_row *row = &snapshot->rows[i];
		struct pm_watched_tag *tag = tag_of(watch, row->key);
		uint64_t bytes;

		if (tag == NULL)
			return pm_fail_memory(err);
		tag->now = i;
		tag->has = row->has;
		for (size_t v = 0; v < PM_N_VALUES; v++)
			tag->value[v] = row->value[v];
		if (!pm_pool_has_suspects(row->key->pool) || !pm_row_bytes(row, &bytes))
			continue;
		note_bytes(tag, snapshot, bytes);
		if (stays && !add_level(watch, tag, bytes))
			return pm_fail_memory(err);
	}
	return PM_OK;
}

static bool copy_tags(struct pm_watch *watch, const struct pm_watch *other)
{
	const size_t size = PM_HISTORY_MAX * sizeof(*other->tags->levels);
	struct pm_watched_tag *grown =
		pm_array_room(watch->tags, &watch->capacity, other->n, sizeof(*grown));

	if (grown == NULL)
		return false;
	watch->tags = grown;
	for (; watch->n < other->n; watch->n++) {
		const uint64_t *levels = other->tags[watch->n].levels;
		struct pm_watched_tag *tag = &grown[watch->n];

		*tag = other->tags[watch->n];
		if (levels == NULL)
			continue;
		tag->levels = malloc(size);
		if (tag->levels == NULL)
			return false;
		memcpy(tag->levels, levels, size);
	}
	return true;
}

enum pm_status pm_watch_copy(
	struct pm_watch *watch, const struct pm_watch *other, struct pm_error *err)
{
	const struct pm_snapshot shown = {.rows = other->rows, .n_rows = other->n_rows};

	pm_watch_reset(watch);
	if (!copy_tags(watch, other) || !copy_rows(watch, &shown)) {
		pm_watch_reset(watch);
		return pm_fail_memory(err);
	}
	memcpy(watch->times_ms, other->times_ms, sizeof(watch->times_ms));
	watch->n_moments = other->n_moments;
	watch->n_seen = other->n_seen;
	watch->stride = other->stride;
	watch->taken = other->taken;
	watch->time_ms = other->time_ms;
	watch->uptime_ms = other->uptime_ms;
	return PM_OK;
}

const struct pm_watched_tag *pm_watch_tag(const struct pm_watch *watch, const struct pm_key *key)
{
	return key->id < watch->n ? &watch->tags[key->id] : NULL;
}

double pm_watch_trend(const struct pm_watch *watch, const struct pm_watched_tag *tag)
{
	const int64_t passed = watch->uptime_ms - tag->first_uptime_ms;

	if (!watch->taken || !tag->seen || passed <= 0)
		return 0;
	return ((double)tag->last_bytes - (double)tag->first_bytes) * 3600000 / (double)passed;
}

void pm_watch_look(
	const struct pm_watch *watch, const struct pm_key *key, struct pm_watched *watched)
{
	const struct pm_watched_tag *tag = pm_watch_tag(watch, key);

	*watched = (struct pm_watched){.times_ms = watch->times_ms};
	if (tag == NULL)
		return;
	*watched = (struct pm_watched){
		.now = tag->now != SIZE_MAX ? &watch->rows[tag->now] : NULL,
		.first_ms = tag->first_ms,
		.first_bytes = tag->first_bytes,
		.first_change_ms = tag->first_change_ms,
		.last_change_ms = tag->last_change_ms,
		.per_hour = pm_watch_trend(watch, tag),
		.n = tag->levels != NULL ? watch->n_moments : 0,
		.times_ms = watch->times_ms,
		.levels = tag->levels,
	};
}
