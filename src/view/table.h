/* SPDX-License-Identifier: MIT */
/* What the parts of a table share while it is made. */
#ifndef POOLMON_VIEW_TABLE_H
#define POOLMON_VIEW_TABLE_H

#include "base/arena.h"
#include "view/watch.h"

struct pm_ranked {
	const struct pm_row *row;
	const struct pm_watched_tag *tag;
	double weight; /* larger is further up */
};

struct pm_view_memory {
	struct pm_arena arena;
	struct pm_ranked *ranked;
	size_t capacity;
	int columns[PM_VIEW_COLUMNS_MAX]; /* enum column of each, see view.c */
	uint32_t shown;                   /* bit c set: something is in column c */
	const struct pm_watch *watch;
	const struct pm_drivers *drivers;
	bool failed;
};

/* A copy that stays as long as the table; "" where memory ran out, which is noted. */
const char *pm_view_keep(struct pm_view *view, const char *text);

void pm_view_make_header(
	struct pm_view *view, const struct pm_watch *watch, const struct pm_view_options *options);

/* Fills memory->ranked[n_rows]. False: out of memory. */
bool pm_view_rank(
	struct pm_view *view, const struct pm_watch *watch, const struct pm_view_options *options);

/* Since before; 0 where one of the two is not known. 32-bit counters run over. */
int64_t pm_change_of(const struct pm_watched_tag *tag, enum pm_value value);

/* Bytes of an outstanding allocation, on average, rounded down. */
uint64_t pm_row_per_alloc(const struct pm_row *row, bool *known);

#endif
