/* SPDX-License-Identifier: MIT */
#include <poolmon/snapshot.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/fail.h"
#include "model/keys.h"

#include <stdlib.h>

struct pm_notes {
	struct pm_arena arena; /* of this moment's notes */
};

enum pm_status pm_snapshot_init(struct pm_snapshot *snapshot, struct pm_error *err)
{
	*snapshot = (struct pm_snapshot){
		.keys = pm_keys_create(),
		.notes = calloc(1, sizeof(*snapshot->notes)),
	};
	if (snapshot->keys == NULL || snapshot->notes == NULL) {
		pm_snapshot_deinit(snapshot);
		return pm_fail_memory(err);
	}
	return PM_OK;
}

void pm_snapshot_deinit(struct pm_snapshot *snapshot)
{
	if (snapshot->notes != NULL)
		pm_arena_deinit(&snapshot->notes->arena);
	free(snapshot->notes);
	pm_keys_destroy(snapshot->keys);
	free(snapshot->rows);
	*snapshot = (struct pm_snapshot){0};
}

void pm_snapshot_begin(struct pm_snapshot *snapshot, int64_t time_ms, int64_t uptime_ms)
{
	snapshot->time_ms = time_ms;
	snapshot->uptime_ms = uptime_ms;
	snapshot->n_rows = 0;
	pm_arena_clear(&snapshot->notes->arena);
}

const struct pm_key *pm_snapshot_key(struct pm_snapshot *snapshot, const char *pool,
	const char *tag, size_t n_tag, const char *type)
{
	return pm_keys_intern(
		snapshot->keys, pm_span_of(pool), (struct pm_span){tag, n_tag}, pm_span_of(type));
}

struct pm_row *pm_snapshot_add(struct pm_snapshot *snapshot, const struct pm_key *key)
{
	struct pm_row *row =
		pm_array_room(snapshot->rows, &snapshot->capacity, snapshot->n_rows, sizeof(*row));

	if (row == NULL)
		return NULL;
	snapshot->rows = row;
	row = &snapshot->rows[snapshot->n_rows++];
	*row = (struct pm_row){
		.time_ms = snapshot->time_ms,
		.uptime_ms = snapshot->uptime_ms,
		.key = key,
	};
	return row;
}

enum pm_status pm_snapshot_add_event(struct pm_snapshot *snapshot, const char *event,
	const char *note, size_t n_note, struct pm_error *err)
{
	const struct pm_key *key = pm_snapshot_key(snapshot, "event", event, strlen(event), "");
	char *copy = pm_arena_copy(&snapshot->notes->arena, note, n_note);
	struct pm_row *row = key == NULL || copy == NULL ? NULL : pm_snapshot_add(snapshot, key);

	if (row == NULL)
		return pm_fail_memory(err);
	row->note = copy;
	row->n_note = n_note;
	return PM_OK;
}
