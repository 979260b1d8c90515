/* SPDX-License-Identifier: MIT */
/* What a watch holds, for who makes tables of it. */
#ifndef POOLMON_VIEW_WATCH_H
#define POOLMON_VIEW_WATCH_H

#include <poolmon/view.h>

struct pm_watched_tag {
	size_t now;   /* index of its row; SIZE_MAX: it is not there */
	uint32_t has; /* which of value[] are known */
	uint32_t had; /* which of before[] */
	uint64_t value[PM_N_VALUES], before[PM_N_VALUES];
	bool seen; /* the rest is set */
	int64_t first_ms, first_uptime_ms, first_change_ms, last_change_ms;
	uint64_t first_bytes, last_bytes;
	uint64_t *levels; /* [PM_HISTORY_MAX]; UINT64_MAX: not there */
};

struct pm_watch {
	bool taken; /* there is something to show: */
	int64_t time_ms, uptime_ms;
	struct pm_row *rows; /* [n_rows], a copy; notes are not kept */
	size_t n_rows, rows_capacity;
	struct pm_watched_tag *tags; /* [n], by key id */
	size_t n, capacity;
	int64_t times_ms[PM_HISTORY_MAX]; /* [n_moments], monotonic */
	size_t n_moments;
	uint64_t n_seen, stride; /* of so many snapshots one is kept */
};

/* NULL where the key was never met. */
const struct pm_watched_tag *pm_watch_tag(const struct pm_watch *watch, const struct pm_key *key);

/* Bytes per hour since it was first seen. */
double pm_watch_trend(const struct pm_watch *watch, const struct pm_watched_tag *tag);

/* Outstanding bytes, or what is held for them where those are not known. */
bool pm_row_bytes(const struct pm_row *row, uint64_t *bytes);

/* Makes one watch know what another does, and nothing else. After PM_E_MEMORY it knows nothing. */
PM_MUST_USE enum pm_status pm_watch_copy(
	struct pm_watch *watch, const struct pm_watch *other, struct pm_error *err);

#endif
