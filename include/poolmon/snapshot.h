/* SPDX-License-Identifier: MIT */
/* All rows of one moment. Used again for moment after moment, it stops allocating once it has seen
 * the largest. */
#ifndef POOLMON_SNAPSHOT_H
#define POOLMON_SNAPSHOT_H

#include <poolmon/row.h>

struct pm_keys;

struct pm_snapshot {
	int64_t time_ms;     /* wall clock when it was taken */
	int64_t uptime_ms;   /* monotonic clock at the same moment */
	struct pm_row *rows; /* rows[n_rows] */
	size_t n_rows;
	size_t capacity;
	struct pm_keys *keys; /* every key that any row of this snapshot ever had; owned */
	struct pm_notes *notes;
};

/* PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_snapshot_init(
	struct pm_snapshot *snapshot, struct pm_error *err);
PM_API void pm_snapshot_deinit(struct pm_snapshot *snapshot);

/* Empties it for another moment. Keys stay. Notes are gone. */
PM_API void pm_snapshot_begin(struct pm_snapshot *snapshot, int64_t time_ms, int64_t uptime_ms);

/* The key of (pool, tag, type), made if it is new; tag[n_tag] are raw bytes, n_tag <= PM_TAG_MAX
 * (the rest is cut off). Valid until pm_snapshot_deinit. NULL when out of memory or the pool is
 * unknown. */
PM_API const struct pm_key *pm_snapshot_key(struct pm_snapshot *snapshot, const char *pool,
	const char *tag, size_t n_tag, const char *type);

/* A further row with the snapshot's times and no values; NULL when out of memory. Valid until the
 * next row is added. */
PM_API struct pm_row *pm_snapshot_add(struct pm_snapshot *snapshot, const struct pm_key *key);

/* Adds an event row; note[n_note] is copied. PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_snapshot_add_event(struct pm_snapshot *snapshot,
	const char *event, const char *note, size_t n_note, struct pm_error *err);

#endif
