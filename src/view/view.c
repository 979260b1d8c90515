/* SPDX-License-Identifier: MIT */
#include "base/arena.h"
#include "base/buf.h"
#include "base/fail.h"
#include "base/number.h"
#include "view/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum column {
	TAG,
	TYPE,
	ALLOCS,
	ALLOCS_CHANGE,
	FREES,
	FREES_CHANGE,
	DIFF,
	BYTES,
	BYTES_CHANGE,
	PER_ALLOC,
	TREND,
	DRIVER,
	N_COLUMNS,
};

/* As PoolMon prints them. */
static const struct {
	const char *heading;
	size_t width;
	bool to_right, is_change;
} layout[N_COLUMNS] = {
	[TAG] = {"Tag", 4, false, false},
	[TYPE] = {"Type", 5, false, false},
	[ALLOCS] = {"Allocs", 9, true, false},
	[ALLOCS_CHANGE] = {"", 6, true, true},
	[FREES] = {"Frees", 9, true, false},
	[FREES_CHANGE] = {"", 6, true, true},
	[DIFF] = {"Diff", 8, true, false},
	[BYTES] = {"Bytes", 7, true, false},
	[BYTES_CHANGE] = {"", 8, true, true},
	[PER_ALLOC] = {"Per Alloc", 6, true, false},
	[TREND] = {"Trend/h", 10, true, false},
	[DRIVER] = {"Mapped_Driver", 0, false, false},
};

enum { N_TYPES = 5 }; /* that rows may have, none among them */

struct totals {
	uint64_t n;
	uint64_t value[PM_N_VALUES];
	int64_t change[PM_N_VALUES];
	uint32_t has;
};

/* ---- texts ---- */

const char *pm_view_keep(struct pm_view *view, const char *text)
{
	const char *copy = pm_arena_copy(&view->memory->arena, text, strlen(text));

	view->memory->failed |= copy == NULL;
	return copy == NULL ? "" : copy;
}

const char *pm_view_tag(const struct pm_key *key)
{
	if ((key->pool != PM_POOL_SYSTEM && key->pool != PM_POOL_SESSION) || key->n_raw_tag == 0 ||
		key->raw_tag[0] == ' ')
		return key->tag;
	for (size_t i = 0; i < key->n_raw_tag; i++) {
		if (key->raw_tag[i] < ' ' || key->raw_tag[i] > '~' || key->raw_tag[i] == '\\')
			return key->tag;
	}
	return key->raw_tag;
}

/* Thousands of numbers are in a table: printf() would be most of its cost. */
static const char *number(struct pm_view *view, uint64_t value)
{
	char text[PM_U64_DIGITS + 1];

	text[pm_u64_format(text, value)] = '\0';
	return pm_view_keep(view, text);
}

/* With the blanks inside, as PoolMon has them. */
static const char *change_text(struct pm_view *view, int64_t change, size_t width)
{
	char text[PM_U64_DIGITS + 16], digits[PM_U64_DIGITS];
	const uint64_t size = change < 0 ? -(uint64_t)change : (uint64_t)change;
	const size_t n = pm_u64_format(digits, size), signs = change < 0;
	size_t at = 0;

	text[at++] = '(';
	for (size_t used = n + signs; used < width; used++)
		text[at++] = ' ';
	if (signs)
		text[at++] = '-';
	memcpy(text + at, digits, n);
	text[at + n] = ')';
	text[at + n + 1] = '\0';
	return pm_view_keep(view, text);
}

/* Up to 10 characters below LARGE_TREND. */
#define LARGE_TREND (9999.0 * 1024 * 1024 * 1024 * 1024)

static const char *trend_text(struct pm_view *view, double per_hour)
{
	static const char units[] = "BKMGT";
	char text[40];
	int unit = 0;

	for (; unit < 4 && (per_hour >= 9999.5 || per_hour <= -9999.5); unit++)
		per_hour /= 1024;
	if (per_hour > -0.05 && per_hour < 0.05)
		return "0";
	snprintf(text, sizeof(text), "%+.*f%c", unit == 0 ? 0 : 1, per_hour, units[unit]);
	return pm_view_keep(view, text);
}

/* ---- cells ---- */

static void choose_columns(struct pm_view *view, const struct pm_view_options *options)
{
	view->n_columns = 0;
	view->memory->shown = 0;
	for (int c = 0; c < N_COLUMNS; c++) {
		size_t width = layout[c].width;

		if ((layout[c].is_change && options->no_changes) ||
			(c == TREND && !options->trend) ||
			(c == DRIVER && options->drivers == NULL))
			continue;
		if (c == PER_ALLOC && options->no_changes)
			width = strlen(layout[c].heading); /* no empty heading to its left */
		view->memory->columns[view->n_columns] = c;
		view->columns[view->n_columns++] =
			(struct pm_view_column){layout[c].heading, width, layout[c].to_right};
	}
}

static struct pm_view_cell *new_cells(struct pm_view *view)
{
	struct pm_view_cell *cells =
		pm_arena_alloc(&view->memory->arena, view->n_columns * sizeof(*cells));

	for (size_t c = 0; cells != NULL && c < view->n_columns; c++)
		cells[c] = (struct pm_view_cell){"", false};
	view->memory->failed |= cells == NULL;
	return cells;
}

/* Something of n characters is in a column; none is nothing. */
static void widen_column(struct pm_view *view, size_t c, size_t n)
{
	view->memory->shown |= (uint32_t)(n > 0) << c;
	if (n > view->columns[c].width)
		view->columns[c].width = n;
}

static void widen(struct pm_view *view, const struct pm_view_cell *cells)
{
	for (size_t c = 0; c < view->n_columns; c++)
		widen_column(view, c, strlen(cells[c].text));
}

static const char *driver_text(struct pm_view *view, const struct pm_key *key)
{
	char text[PM_VIEW_LINE];

	(void)pm_drivers_map(view->memory->drivers, key, text, sizeof(text));
	return pm_view_keep(view, text);
}

static bool value_of_column(enum column column, enum pm_value *value)
{
	switch (column) {
	case ALLOCS:
	case ALLOCS_CHANGE:
		*value = PM_VALUE_ALLOCS;
		return true;
	case FREES:
	case FREES_CHANGE:
		*value = PM_VALUE_FREES;
		return true;
	case DIFF:
		*value = PM_VALUE_DIFF;
		return true;
	case BYTES:
	case BYTES_CHANGE:
		*value = PM_VALUE_BYTES;
		return true;
	default:
		return false;
	}
}

static void fill_cell(struct pm_view *view, const struct pm_ranked *ranked, enum column column,
	struct pm_view_cell *cell)
{
	const struct pm_row *row = ranked->row;
	enum pm_value value;
	uint64_t n;
	bool known;

	if (value_of_column(column, &value)) {
		const int64_t change = pm_change_of(ranked->tag, value);

		known = pm_row_has(row, value);
		n = row->value[value];
		if (column == BYTES && !known)
			known = pm_row_bytes(row, &n);
		if (known)
			cell->text = layout[column].is_change
				? change_text(view, change, layout[column].width - 2)
				: number(view, n);
		cell->changed = known && change != 0;
	} else if (column == TAG) {
		cell->text = pm_view_tag(row->key);
	} else if (column == TYPE) {
		cell->text = row->key->type;
	} else if (column == PER_ALLOC) {
		n = pm_row_per_alloc(row, &known);
		if (known)
			cell->text = number(view, n);
	} else if (column == TREND) {
		cell->text = trend_text(view, pm_watch_trend(view->memory->watch, ranked->tag));
	} else {
		cell->text = driver_text(view, row->key);
	}
}

static void add_to_totals(struct totals *totals, const struct pm_ranked *ranked)
{
	totals->n++;
	for (int v = 0; v < PM_N_VALUES; v++) {
		if (!pm_row_has(ranked->row, (enum pm_value)v))
			continue;
		totals->has |= 1u << v;
		totals->value[v] += ranked->row->value[v];
		totals->change[v] += pm_change_of(ranked->tag, (enum pm_value)v);
	}
}

static void fill_totals(struct pm_view *view, const struct totals *totals, const char *type,
	struct pm_view_cell *cells)
{
	for (size_t c = 0; c < view->n_columns; c++) {
		const enum column column = (enum column)view->memory->columns[c];
		enum pm_value value;

		if (column == TAG) {
			cells[c].text = "Total";
		} else if (column == TYPE) {
			cells[c].text = type;
		} else if (value_of_column(column, &value) && (totals->has >> value & 1) != 0) {
			cells[c].text = layout[column].is_change
				? change_text(view, totals->change[value], layout[column].width - 2)
				: number(view, totals->value[value]);
			cells[c].changed = totals->change[value] != 0;
		}
	}
}

/* A line for each type there is. */
static void make_totals(struct pm_view *view)
{
	static const char *const types[N_TYPES] = {"Nonp", "Paged", "Unrecl", "Recl", ""};
	struct totals totals[N_TYPES] = {{0}};

	for (size_t i = 0; i < view->n_rows; i++) {
		const struct pm_ranked *ranked = &view->memory->ranked[i];
		size_t t = 0;

		while (t < N_TYPES - 1 && strcmp(ranked->row->key->type, types[t]) != 0)
			t++;
		add_to_totals(&totals[t], ranked);
	}
	for (size_t t = 0; t < N_TYPES; t++) {
		struct pm_view_row *row = &view->rows[view->n_rows + view->n_totals];

		if (totals[t].n == 0)
			continue;
		*row = (struct pm_view_row){NULL, new_cells(view)};
		if (row->cells == NULL)
			return;
		fill_totals(view, &totals[t], types[t], row->cells);
		widen(view, row->cells);
		view->n_totals++;
	}
}

static void make_row(struct pm_view *view, size_t i)
{
	struct pm_view_cell *cells = new_cells(view);

	view->rows[i].cells = cells;
	for (size_t c = 0; cells != NULL && c < view->n_columns; c++)
		fill_cell(view, &view->memory->ranked[i], (enum column)view->memory->columns[c],
			&cells[c]);
	if (cells != NULL)
		widen(view, cells);
}

/* ---- widths without texts ---- */

struct extremes {
	bool any;
	uint64_t most;
	int64_t most_change, least_change;
};

static void extend(struct extremes *extremes, uint64_t value, int64_t change)
{
	extremes->any = true;
	extremes->most = value > extremes->most ? value : extremes->most;
	if (change > extremes->most_change)
		extremes->most_change = change;
	if (change < extremes->least_change)
		extremes->least_change = change;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t width_of(const struct extremes *extremes, bool is_change)
{
	char digits[PM_U64_DIGITS];
	const uint64_t least = -(uint64_t)extremes->least_change;

	if (!extremes->any)
		return 0;
	if (!is_change)
		return pm_u64_format(digits, extremes->most);
	return 2 +
		larger(pm_u64_format(digits, (uint64_t)extremes->most_change),
			least > 0 ? 1 + pm_u64_format(digits, least) : 0);
}

static void measure_numbers(struct pm_view *view, size_t c, enum pm_value value)
{
	const enum column column = (enum column)view->memory->columns[c];
	struct extremes extremes = {.any = false};

	for (size_t i = 0; i < view->n_rows; i++) {
		const struct pm_ranked *ranked = &view->memory->ranked[i];
		uint64_t n = ranked->row->value[value];

		if (pm_row_has(ranked->row, value) ||
			(column == BYTES && pm_row_bytes(ranked->row, &n)))
			extend(&extremes, n, pm_change_of(ranked->tag, value));
	}
	widen_column(view, c, width_of(&extremes, layout[column].is_change));
}

static size_t measure_other(
	struct pm_view *view, enum column column, const struct pm_ranked *ranked)
{
	char digits[PM_U64_DIGITS];
	const struct pm_row *row = ranked->row;
	double trend;
	uint64_t n;
	bool known;

	switch (column) {
	case TAG:
		return strlen(pm_view_tag(row->key));
	case TYPE:
		return strlen(row->key->type);
	case PER_ALLOC:
		n = pm_row_per_alloc(row, &known);
		return known ? pm_u64_format(digits, n) : 0;
	case TREND:
		trend = pm_watch_trend(view->memory->watch, ranked->tag);
		return trend > -LARGE_TREND && trend < LARGE_TREND
			? 1
			: strlen(trend_text(view, trend));
	default:
		return 1; /* whose text takes longer; it is the last column */
	}
}

static void measure(struct pm_view *view)
{
	for (size_t c = 0; c < view->n_columns; c++) {
		const enum column column = (enum column)view->memory->columns[c];
		enum pm_value value;
		size_t n = 0;

		if (value_of_column(column, &value)) {
			measure_numbers(view, c, value);
			continue;
		}
		for (size_t i = 0; i < view->n_rows; i++)
			n = larger(n, measure_other(view, column, &view->memory->ranked[i]));
		widen_column(view, c, n);
	}
}

/* ---- columns that are blank ---- */

static void drop_column(struct pm_view *view, size_t column)
{
	view->n_columns--;
	for (size_t c = column; c < view->n_columns; c++) {
		view->columns[c] = view->columns[c + 1];
		view->memory->columns[c] = view->memory->columns[c + 1];
	}
	for (size_t i = 0; i < view->n_rows + view->n_totals; i++) {
		struct pm_view_cell *cells = view->rows[i].cells;

		for (size_t c = column; cells != NULL && c < view->n_columns; c++)
			cells[c] = cells[c + 1];
	}
}

/* So that on a narrow screen there is room for what a source can tell. */
static void drop_blank_columns(struct pm_view *view, size_t width)
{
	if (view->n_rows == 0 || pm_view_column_at(view, view->n_columns) <= width + 1)
		return;
	for (size_t c = view->n_columns; c-- > 0;) {
		if ((view->memory->shown >> c & 1) == 0)
			drop_column(view, c);
	}
}

/* ---- interface ---- */

enum pm_status pm_view_make(struct pm_view *view, const struct pm_watch *watch,
	const struct pm_view_options *options, struct pm_error *err)
{
	struct pm_view_memory *memory = view->memory;

	if (memory == NULL)
		memory = calloc(1, sizeof(*memory));
	if (memory == NULL)
		return pm_fail_memory(err);
	pm_arena_clear(&memory->arena);
	memory->failed = false;
	memory->watch = watch;
	memory->drivers = options->drivers;
	*view = (struct pm_view){.memory = memory, .header = {"", "", ""}};
	choose_columns(view, options);
	if (!watch->taken)
		return PM_OK;
	view->time_ms = watch->time_ms;
	view->uptime_ms = watch->uptime_ms;
	pm_view_make_header(view, watch, options);
	if (!pm_view_rank(view, watch, options))
		return pm_fail_memory(err);
	view->rows = pm_arena_alloc(&memory->arena, (view->n_rows + N_TYPES) * sizeof(*view->rows));
	if (view->rows == NULL) {
		view->n_rows = 0;
		return pm_fail_memory(err);
	}
	for (size_t i = 0; i < view->n_rows; i++)
		view->rows[i] = (struct pm_view_row){memory->ranked[i].row->key, NULL};
	for (size_t i = 0; i < view->n_rows && !options->later && !memory->failed; i++)
		make_row(view, i);
	if (options->later)
		measure(view);
	if (options->totals && !memory->failed)
		make_totals(view);
	if (options->width > 0 && !memory->failed)
		drop_blank_columns(view, options->width);
	if (!memory->failed)
		return PM_OK;
	view->n_rows = view->n_totals = 0;
	return pm_fail_memory(err);
}

enum pm_status pm_view_fill(struct pm_view *view, size_t first, size_t n, struct pm_error *err)
{
	for (size_t i = first; i < view->n_rows && i - first < n; i++) {
		if (view->rows[i].cells == NULL)
			make_row(view, i);
	}
	return view->memory != NULL && view->memory->failed ? pm_fail_memory(err) : PM_OK;
}

void pm_view_deinit(struct pm_view *view)
{
	if (view->memory != NULL) {
		pm_arena_deinit(&view->memory->arena);
		free(view->memory->ranked);
		free(view->memory);
	}
	*view = (struct pm_view){0};
}
