/* SPDX-License-Identifier: MIT */
/*
 * PoolMon's display as a table: what a watch has seen of one snapshot after another, and options,
 * make rows of cells. Nothing here knows a terminal. Columns, their order and their widths are
 * those that Microsoft's PoolMon prints; a column widens where a number or a tag needs more room.
 */
#ifndef POOLMON_VIEW_H
#define POOLMON_VIEW_H

#include <poolmon/drivers.h>
#include <poolmon/sink.h>
#include <poolmon/snapshot.h>
#include <poolmon/tag.h>

/* ---- what was before ---- */

enum { PM_HISTORY_MAX = 128 }; /* moments that are kept; then every second one goes */

struct pm_watch;

/* PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_watch_create(struct pm_watch **watch, struct pm_error *err);
PM_API void pm_watch_destroy(struct pm_watch *watch);

/* The snapshot is what is shown from now on, and what was shown is what was before. Its rows are
 * copied; its keys must outlive the watch, so it is always the same snapshot, filled anew.
 * PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_watch_take(
	struct pm_watch *watch, const struct pm_snapshot *snapshot, struct pm_error *err);

/* Forgets all of it: what comes next is of another boot, or of another time. */
PM_API void pm_watch_reset(struct pm_watch *watch);

/* What is known of one tag since the watch began. */
struct pm_watched {
	const struct pm_row *now; /* NULL: it is not in the snapshot that is shown */
	int64_t first_ms;         /* wall clock when it was first seen */
	uint64_t first_bytes;
	int64_t first_change_ms, last_change_ms; /* of its bytes; 0: they never changed */
	double per_hour;                         /* bytes, from first seen until now */
	size_t n; /* history: levels[n] bytes at times_ms[n], monotonic; UINT64_MAX: not there */
	const int64_t *times_ms;
	const uint64_t *levels;
};
PM_API void pm_watch_look(
	const struct pm_watch *watch, const struct pm_key *key, struct pm_watched *watched);

/*
 * The latest snapshots of a recorded log and what a watch knew before them, so that a step back
 * need not read the log from its beginning. Snapshots are numbered; those that are kept follow each
 * other, and the last one is the latest that was read.
 */
struct pm_past;

/* PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_past_create(struct pm_past **past, struct pm_error *err);
PM_API void pm_past_destroy(struct pm_past *past);

/* Forgets all of it; the next snapshot that is kept may have any number. */
PM_API void pm_past_clear(struct pm_past *past);

/* Keeps a copy of the n-th snapshot, whose keys must outlive the past; `before` is what is known
 * without it. At least 64 are kept, fewer where they are large. PM_E_MEMORY: nothing is kept any
 * more. */
PM_API PM_MUST_USE enum pm_status pm_past_keep(struct pm_past *past, uint64_t n,
	const struct pm_snapshot *snapshot, const struct pm_watch *before, struct pm_error *err);

/* The n-th snapshot, times and rows without notes; the rows are the past's until the next one is
 * kept. False: it is not there. */
PM_API bool pm_past_get(const struct pm_past *past, uint64_t n, struct pm_snapshot *snapshot);

/* Makes the watch what it was when it had just taken the n-th snapshot, which must be there.
 * PM_E_MEMORY: it knows nothing then. */
PM_API PM_MUST_USE enum pm_status pm_past_restore(
	const struct pm_past *past, uint64_t n, struct pm_watch *watch, struct pm_error *err);

/* ---- the table ---- */

/* A tag as it is shown, and as filters and searches see it: one of Windows as its bytes, "Io  ", as
 * PoolMon does, where these are printable, begin with no blank and hold no backslash; all others
 * escaped. */
PM_API const char *pm_view_tag(const struct pm_key *key);

enum pm_view_sort {
	PM_SORT_TAG,
	PM_SORT_ALLOCS,
	PM_SORT_FREES,
	PM_SORT_DIFF,
	PM_SORT_BYTES,
	PM_SORT_PER_ALLOC,
	PM_SORT_TREND,
	PM_N_SORTS,
};

/* The other names that PoolMon's users know the types by: Linux's Unrecl is as Nonp, Recl as Paged,
 * and a row without a type is of both. */
enum pm_view_types {
	PM_TYPES_BOTH,
	PM_TYPES_NONPAGED,
	PM_TYPES_PAGED,
	PM_N_TYPES,
};

enum { PM_NO_SESSIONS = -2, PM_ALL_SESSIONS = -1 };

struct pm_view_options {
	enum pm_view_sort sort;
	bool by_change; /* by what changed since before: for allocs, frees, diff and bytes */
	enum pm_view_types types;
	int64_t session; /* a session's pools; PM_ALL_SESSIONS; PM_NO_SESSIONS: all other pools */
	bool no_changes; /* leave the columns of changes out */
	size_t width; /* where the table is wider, columns that are blank in all rows go; 0: never */
	bool later;   /* rows have no cells but those that pm_view_fill() makes */
	bool totals;
	bool trend;                       /* a column of bytes per hour since the watch began */
	const struct pm_drivers *drivers; /* a column Mapped_Driver; NULL: none */
	const struct pm_filter *filter;   /* of tags as they are shown; NULL: all */
	const char *search; /* only tags this is in, whatever its case; NULL or "": all */
};

struct pm_view_column {
	const char *heading;
	size_t width; /* in characters */
	bool to_right;
};

struct pm_view_cell {
	const char *text; /* "" where there is nothing to show */
	bool changed;     /* since before */
};

struct pm_view_row {
	const struct pm_key *key;   /* NULL: totals */
	struct pm_view_cell *cells; /* [n_columns]; NULL: to be made later */
};

enum { PM_VIEW_HEADER_MAX = 3, PM_VIEW_COLUMNS_MAX = 12 };

struct pm_view {
	int64_t time_ms, uptime_ms;             /* of the snapshot */
	const char *header[PM_VIEW_HEADER_MAX]; /* lines above the table */
	struct pm_view_column columns[PM_VIEW_COLUMNS_MAX];
	size_t n_columns;
	struct pm_view_row *rows; /* [n_rows + n_totals], totals last */
	size_t n_rows, n_totals;
	size_t n_all; /* tags there are, shown or not */
	struct pm_view_memory *memory;
};

/* Fills *view, {0} at first, from the snapshot that the watch took last; texts are the view's and
 * stay until the next call. PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_view_make(struct pm_view *view, const struct pm_watch *watch,
	const struct pm_view_options *options, struct pm_error *err);
PM_API void pm_view_deinit(struct pm_view *view);

/* With options.later, of thousands of rows a screen shows some: makes the cells of rows
 * [first, first + n), as far as there are that many. Widths are those of all rows already, but for
 * Mapped_Driver, which widens with the rows that are made. Watch, filter and drivers must be those
 * that the view was made of, as they were then. PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_view_fill(
	struct pm_view *view, size_t first, size_t n, struct pm_error *err);

enum { PM_VIEW_LINE = 1024 };

/* The line of column headings, and that of a row, as text without an end of line; returns text.
 * What does not fit is cut off. */
PM_API const char *pm_view_heading(const struct pm_view *view, char text[PM_VIEW_LINE]);
PM_API const char *pm_view_line(
	const struct pm_view *view, const struct pm_view_row *row, char text[PM_VIEW_LINE]);

/* Where a cell of a line begins, in characters. */
PM_API size_t pm_view_column_at(const struct pm_view *view, size_t column);

/* The whole of it as text, an empty line at the end: PoolMon's block, and before it a line that
 * tells when the snapshot was taken and where (origin), so that it can be read as a log. Whatever
 * the sink returns. */
PM_API PM_MUST_USE enum pm_status pm_view_print(const struct pm_view *view,
	const struct pm_origin *origin, struct pm_sink sink, struct pm_error *err);

#endif
