/* SPDX-License-Identifier: MIT */
/* What sources make rows with. */
#ifndef POOLMON_SOURCE_ROWS_H
#define POOLMON_SOURCE_ROWS_H

#include <poolmon/snapshot.h>

/* The rows of one snapshot by their keys, where several things share a row. Begins as {0}. */
struct pm_rows {
	size_t *at; /* [n], by key id: 1 + index of its row; 0: it has none yet */
	size_t n;
};

/* Another snapshot, which is empty. */
void pm_rows_begin(struct pm_rows *rows);
void pm_rows_deinit(struct pm_rows *rows);

/* The key's row, added if there is none: then it has no values. NULL when out of memory. Valid
 * until the next one is added. */
struct pm_row *pm_rows_of(
	struct pm_rows *rows, struct pm_snapshot *snapshot, const struct pm_key *key);

/* A row of the pool `memory`, which is PoolMon's header. PM_E_MEMORY. */
PM_MUST_USE enum pm_status pm_total_add(struct pm_snapshot *snapshot, const char *tag,
	enum pm_value field, uint64_t value, struct pm_error *err);

#endif
