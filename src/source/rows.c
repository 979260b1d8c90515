/* SPDX-License-Identifier: MIT */
#include "source/rows.h"

#include "base/array.h"
#include "base/fail.h"

#include <string.h>

void pm_rows_begin(struct pm_rows *rows)
{
	if (rows->at != NULL)
		memset(rows->at, 0, rows->n * sizeof(*rows->at));
}

void pm_rows_deinit(struct pm_rows *rows)
{
	free(rows->at);
	*rows = (struct pm_rows){0};
}

struct pm_row *pm_rows_of(
	struct pm_rows *rows, struct pm_snapshot *snapshot, const struct pm_key *key)
{
	struct pm_row *row;

	if (key->id >= rows->n) {
		size_t n = rows->n, *grown = pm_array_room(rows->at, &n, key->id, sizeof(*grown));

		if (grown == NULL)
			return NULL;
		memset(grown + rows->n, 0, (n - rows->n) * sizeof(*grown));
		rows->at = grown;
		rows->n = n;
	}
	if (rows->at[key->id] != 0)
		return &snapshot->rows[rows->at[key->id] - 1];
	row = pm_snapshot_add(snapshot, key);
	if (row != NULL)
		rows->at[key->id] = snapshot->n_rows;
	return row;
}

enum pm_status pm_total_add(struct pm_snapshot *snapshot, const char *tag, enum pm_value field,
	uint64_t value, struct pm_error *err)
{
	const struct pm_key *key = pm_snapshot_key(snapshot, "memory", tag, strlen(tag), "");
	struct pm_row *row = key == NULL ? NULL : pm_snapshot_add(snapshot, key);

	if (row == NULL)
		return pm_fail_memory(err);
	pm_row_set(row, field, value);
	return PM_OK;
}
