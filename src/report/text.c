/* SPDX-License-Identifier: MIT */
/* Text for a terminal: sentences, then tables with aligned columns, what explains a row below it. */
#include "base/fail.h"
#include "report/plot.h"

#include <stdlib.h>

enum { GAP = 2, INDENT = 6 };

struct style { /* ANSI sequences, or "" */
	const char *bold, *dim, *bad, *off;
};

struct page {
	const struct pm_doc *doc;
	const struct style *style;
	size_t width;
	bool ascii;
};

static size_t width_of(const char *at, size_t n)
{
	size_t width = 0;

	for (size_t i = 0; i < n; i++)
		width += ((unsigned char)at[i] & 0xc0) != 0x80; /* bytes that begin a character */
	return width;
}

static void put_spaces(struct pm_buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pm_buf_add_char(out, ' ');
}

/* Adds text[n] padded to a width; on the left of it or on the right. */
static void pad(struct pm_buf *out, const char *text, size_t n, size_t width, bool left)
{
	const size_t have = width_of(text, n);
	const size_t missing = width > have ? width - have : 0;

	for (size_t i = 0; !left && i < missing; i++)
		pm_buf_add_char(out, ' ');
	pm_buf_add(out, text, n);
	for (size_t i = 0; left && i < missing; i++)
		pm_buf_add_char(out, ' ');
}

/* Texts stand at the left of their column, numbers at its right. */
static void put_column(
	struct pm_buf *out, const char *text, size_t n, size_t width, size_t gap, enum pm_kind kind)
{
	const bool left = kind == PM_KIND_TEXT || kind == PM_KIND_TIME;

	pad(out, text, n, width, left);
	put_spaces(out, gap);
}

static void trim_right(struct pm_buf *out)
{
	while (out->n > 0 && out->at[out->n - 1] == ' ')
		out->n--;
}

/* Bytes of a text that go into a line of `room` columns: whole words, one at least. */
static size_t line_length(const char *text, size_t room)
{
	size_t width = 0, end = 0, i = 0;

	for (; text[i] != '\0' && width <= room; i++) {
		if (text[i] == ' ')
			end = i;
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	}
	if (text[i] == '\0' && width <= room)
		return i;
	return end > 0 ? end : strcspn(text, " ");
}

/* Breaks a text into lines of a width, each indented but the first, of which `used` columns are
 * taken. */
static void put_wrapped(
	struct pm_buf *out, const char *text, size_t used, size_t indent, size_t width)
{
	while (*text != '\0') {
		const size_t n = line_length(text, width > used + 20 ? width - used : 20);

		pm_buf_add(out, text, n);
		pm_buf_add_char(out, '\n');
		text += n + strspn(text + n, " ");
		if (*text != '\0')
			put_spaces(out, indent);
		used = indent;
	}
}

static void put_record(struct pm_buf *out, const struct pm_table *table, const struct style *style)
{
	size_t widest = 0;

	for (int i = 0; table->brief[i] >= 0; i++) {
		const size_t n = strlen(table->fields[table->brief[i]].heading);

		widest = n > widest ? n : widest;
	}
	for (int i = 0; table->brief[i] >= 0; i++) {
		const int field = table->brief[i];

		if (!table->cells[field].set)
			continue;
		pm_buf_add_text(out, style->dim);
		pad(out, table->fields[field].heading, strlen(table->fields[field].heading),
			widest + GAP, true);
		pm_buf_add_text(out, style->off);
		pm_cell_put_text(out, &table->fields[field], &table->cells[field]);
		pm_buf_add_char(out, '\n');
	}
}

/* Columns in a line: the brief ones of a table. */
struct layout {
	size_t widths[PM_BRIEF_MAX]; /* of the widest text; 0: the column is left out */
	size_t gap;
};

static void put_cell(struct pm_buf *cell, const struct pm_table *table, size_t row, int column)
{
	const int field = table->brief[column];

	pm_buf_clear(cell);
	pm_cell_put_text(cell, &table->fields[field],
		&table->cells[row * (size_t)table->n_fields + (size_t)field]);
}

/* A column is left out where no row has a value. */
static void measure(const struct pm_table *table, struct layout *layout, struct pm_buf *cell)
{
	for (int i = 0; table->brief[i] >= 0; i++) {
		const struct pm_field *field = &table->fields[table->brief[i]];
		size_t widest = 0;

		for (size_t row = 0; row < table->n_rows; row++) {
			size_t width;

			put_cell(cell, table, row, i);
			width = width_of(cell->at, cell->n);
			widest = width > widest ? width : widest;
		}
		if (widest > 0 && strlen(field->heading) > widest)
			widest = strlen(field->heading);
		layout->widths[i] = widest;
	}
}

static size_t width_of_line(const struct pm_table *table, const struct layout *layout)
{
	size_t width = 0;

	for (int i = 0; table->brief[i] >= 0; i++) {
		if (layout->widths[i] > 0)
			width += layout->widths[i] + (width > 0 ? layout->gap : 0);
	}
	return width;
}

static bool says_one_thing(const struct pm_table *table, int column, struct pm_buf *cell)
{
	struct pm_buf first = {0};
	bool same = true;

	put_cell(&first, table, 0, column);
	for (size_t row = 1; row < table->n_rows && same; row++) {
		put_cell(cell, table, row, column);
		same = cell->n == first.n && memcmp(cell->at, first.at, first.n) == 0;
	}
	cell->failed |= first.failed;
	pm_buf_deinit(&first);
	return same;
}

static bool is_name(const struct pm_table *table, int field)
{
	return field == table->verdict || field == table->names[0];
}

/* Where lines are too long: narrow gaps, and then without what is the same in all of them (they are
 * mostly of one pool), but for the tag and its verdict. */
static void fit(
	const struct pm_table *table, struct layout *layout, size_t width, struct pm_buf *cell)
{
	layout->gap = GAP;
	if (width_of_line(table, layout) > width)
		layout->gap = 1;
	for (int i = 0; table->brief[i] >= 0 && width_of_line(table, layout) > width; i++) {
		const struct pm_field *field = &table->fields[table->brief[i]];

		if (field->kind == PM_KIND_TEXT && !is_name(table, table->brief[i]) &&
			layout->widths[i] > 0 && says_one_thing(table, i, cell))
			layout->widths[i] = 0;
	}
}

/* Whether a text below a row goes on in the line of the one before. */
static bool is_joined(const struct pm_table *table, const struct pm_cell *cells, int i)
{
	return (table->below_joined >> i & 1) != 0 && cells[table->below[i]].set &&
		cells[table->below[i - 1]].set;
}

/* The course of a row in a few characters; returns how many columns that takes. */
static size_t put_course(struct pm_buf *out, const struct page *page, size_t row)
{
	const size_t columns = page->width < 64 ? 8 : 16;
	struct pm_buf bars = {0};
	struct pm_plot plot;

	if (!pm_plot_of_row(page->doc, row, &plot))
		return 0;
	pm_plot_put_bars(&bars, &plot, columns, page->ascii);
	pad(out, bars.at, bars.n, columns, true);
	put_spaces(out, GAP);
	out->failed |= bars.failed;
	pm_buf_deinit(&bars);
	return columns + GAP;
}

static void put_table_row(struct pm_buf *out, const struct pm_table *table, size_t row,
	const struct layout *layout, const struct page *page, struct pm_buf *cell)
{
	const struct style *style = page->style;
	const struct pm_cell *cells = &table->cells[row * (size_t)table->n_fields];
	const bool bad = table->severity && row < table->n_severe;

	pm_buf_add_text(out, bad ? style->bad : "");
	for (int i = 0; table->brief[i] >= 0; i++) {
		const struct pm_field *field = &table->fields[table->brief[i]];

		if (layout->widths[i] == 0)
			continue;
		put_cell(cell, table, row, i);
		put_column(out, cell->at, cell->n, layout->widths[i], layout->gap, field->kind);
	}
	trim_right(out);
	pm_buf_add_text(out, bad ? style->off : "");
	pm_buf_add_char(out, '\n');
	for (int i = 0; table->below[i] >= 0; i++) {
		const int field = table->below[i];
		size_t used = INDENT;

		if (!cells[field].set || is_joined(table, cells, i))
			continue;
		pm_buf_clear(cell);
		if (i > 0) { /* the first one speaks for itself */
			pm_buf_add_text(cell, table->fields[field].heading);
			pm_buf_add_char(cell, ' ');
		}
		pm_cell_put_text(cell, &table->fields[field], &cells[field]);
		for (int j = i + 1; table->below[j] >= 0 && is_joined(table, cells, j); j++) {
			pm_buf_add_text(cell, ", ");
			pm_cell_put_text(
				cell, &table->fields[table->below[j]], &cells[table->below[j]]);
		}
		put_spaces(out, INDENT);
		if (i == 0 && table->place == PM_PLACE_MAIN)
			used += put_course(out, page, row);
		pm_buf_add_text(out, style->dim);
		put_wrapped(out, pm_buf_terminate(cell), used, INDENT, page->width);
		pm_buf_add_text(out, style->off);
	}
}

static void put_table(struct pm_buf *out, const struct pm_table *table, const struct page *page,
	struct pm_buf *cell)
{
	const struct style *style = page->style;
	struct layout layout = {0};

	measure(table, &layout, cell);
	fit(table, &layout, page->width, cell);
	pm_buf_add_text(out, style->bold);
	for (int i = 0; table->brief[i] >= 0; i++) {
		const struct pm_field *field = &table->fields[table->brief[i]];

		if (layout.widths[i] == 0)
			continue;
		put_column(out, field->heading, strlen(field->heading), layout.widths[i],
			layout.gap, field->kind);
	}
	trim_right(out);
	pm_buf_add_text(out, style->off);
	pm_buf_add_char(out, '\n');
	for (size_t row = 0; row < table->n_rows; row++)
		put_table_row(out, table, row, &layout, page, cell);
}

static enum pm_status render(const struct pm_doc *doc, const struct pm_report_options *options,
	const struct pm_sink *sink, struct pm_error *err)
{
	static const struct style plain = {"", "", "", ""};
	static const struct style ansi = {"\033[1m", "\033[2m", "\033[1;31m", "\033[0m"};
	const struct style *style = options->colour ? &ansi : &plain;
	const struct page page = {
		.doc = doc,
		.style = style,
		.width = options->width == 0 ? SIZE_MAX / 2 : options->width,
		.ascii = options->ascii,
	};
	struct pm_buf out = {0}, cell = {0};
	enum pm_status status = PM_OK;
	bool first = true;

	for (int i = 0; i < doc->n_sentences; i++) {
		pm_buf_add_text(&out, i == 0 ? style->bold : "");
		put_wrapped(&out, doc->sentences[i], 0, 0, page.width);
		pm_buf_add_text(&out, i == 0 ? style->off : "");
		first = false;
	}
	for (int i = 0; i < doc->n_tables && status == PM_OK; i++) {
		const struct pm_table *table = &doc->tables[i];

		if (table->background || table->n_rows == 0)
			continue;
		pm_buf_add_text(&out, first ? "" : "\n");
		first = false;
		if (table->place != PM_PLACE_MAIN && !table->single) {
			pm_buf_add_text(&out, style->bold);
			pm_buf_add_text(&out, table->title);
			pm_buf_add_text(&out, style->off);
			pm_buf_add_char(&out, '\n');
		}
		if (table->single)
			put_record(&out, table, style);
		else
			put_table(&out, table, &page, &cell);
		status = out.failed || cell.failed ? pm_fail_memory(err)
						   : sink->write(sink->context, out.at, out.n, err);
		pm_buf_clear(&out);
	}
	if (status == PM_OK && out.n > 0)
		status = out.failed ? pm_fail_memory(err)
				    : sink->write(sink->context, out.at, out.n, err);
	pm_buf_deinit(&out);
	pm_buf_deinit(&cell);
	return status;
}

const struct pm_renderer pm_renderer_text = {
	.name = "text",
	.extension = ".txt",
	.render = render,
};
