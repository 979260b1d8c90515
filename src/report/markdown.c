/* SPDX-License-Identifier: MIT */
/*
 * Markdown (GitHub's flavour) to paste into a bug tracker. What comes from outside is written so
 * that it stays text: nothing of it begins a link, a tag, a cell, a mention or a list.
 */
#include "base/fail.h"
#include "report/plot.h"

enum { SECTIONS_MAX = 50, BARS = 32 };

struct page {
	struct pm_buf out, text; /* text: one cell, before it is escaped */
	const struct pm_doc *doc;
};

/* ---- texts ---- */

static void put_escaped(struct pm_buf *out, const char *text)
{
	char before = ' ';

	for (; *text != '\0'; before = *text++) {
		const bool links =
			(*text == ':' && text[1] == '/') || (*text == '.' && before == 'w');

		if (strchr("\\`*_[]", *text) != NULL) {
			pm_buf_add_char(out, '\\');
			pm_buf_add_char(out, *text);
		} else if (strchr("<>&|~$", *text) != NULL || links) {
			pm_buf_printf(out, "&#%d;", *text);
		} else if (strchr("@#", *text) != NULL && text[1] != '\0') {
			/* a person or an issue, unless something stands in between */
			pm_buf_printf(out, "%c<!-- -->", *text);
		} else {
			pm_buf_add_char(out, *text);
		}
	}
}

/* A text at the beginning of a line, where more than elsewhere means something: "1. " is a list. */
static void put_first(struct pm_buf *out, const char *text)
{
	const size_t n_digits = strspn(text, "0123456789");
	const bool marks = n_digits > 0 ? strchr(".)", text[n_digits]) != NULL
					: strchr("-+=\" '", text[0]) != NULL;

	if (marks && text[0] != '\0')
		pm_buf_printf(out, "&#%d;", *text++);
	put_escaped(out, text);
}

static void put_paragraph(struct pm_buf *out, const char *text)
{
	put_first(out, text);
	pm_buf_add_text(out, "\n\n");
}

static void put_cell(struct page *page, const struct pm_field *field, const struct pm_cell *cell)
{
	pm_buf_clear(&page->text);
	pm_cell_put_text(&page->text, field, cell);
	put_escaped(&page->out, pm_buf_terminate(&page->text));
	page->out.failed |= page->text.failed;
}

static void put_heading(struct page *page, const char *marks, const char *text)
{
	pm_buf_printf(&page->out, "%s %s\n\n", marks, text);
}

/* ---- tables ---- */

static bool has_values(const struct pm_table *table, int field)
{
	for (size_t row = 0; row < table->n_rows; row++) {
		if (table->cells[row * (size_t)table->n_fields + (size_t)field].set)
			return true;
	}
	return false;
}

static void put_record(struct page *page, const struct pm_table *table)
{
	struct pm_buf *out = &page->out;

	pm_buf_add_text(out, "| | |\n| :--- | :--- |\n");
	for (int i = 0; table->brief[i] >= 0; i++) {
		const int field = table->brief[i];

		if (!table->cells[field].set)
			continue;
		pm_buf_printf(out, "| %s | ", table->fields[field].heading);
		put_cell(page, &table->fields[field], &table->cells[field]);
		pm_buf_add_text(out, " |\n");
	}
	pm_buf_add_char(out, '\n');
}

static void put_rows(struct page *page, const struct pm_table *table)
{
	struct pm_buf *out = &page->out;

	pm_buf_add_char(out, '|');
	for (int i = 0; table->brief[i] >= 0; i++) {
		if (has_values(table, table->brief[i]))
			pm_buf_printf(out, " %s |", table->fields[table->brief[i]].heading);
	}
	pm_buf_add_text(out, "\n|");
	for (int i = 0; table->brief[i] >= 0; i++) {
		const enum pm_kind kind = table->fields[table->brief[i]].kind;

		if (has_values(table, table->brief[i]))
			pm_buf_add_text(out,
				kind == PM_KIND_TEXT || kind == PM_KIND_TIME ? " :--- |"
									     : " ---: |");
	}
	pm_buf_add_char(out, '\n');
	for (size_t row = 0; row < table->n_rows; row++) {
		pm_buf_add_char(out, '|');
		for (int i = 0; table->brief[i] >= 0; i++) {
			const int field = table->brief[i];

			if (!has_values(table, field))
				continue;
			pm_buf_add_char(out, ' ');
			put_cell(page, &table->fields[field],
				&table->cells[row * (size_t)table->n_fields + (size_t)field]);
			pm_buf_add_text(out, " |");
		}
		pm_buf_add_char(out, '\n');
	}
	pm_buf_add_char(out, '\n');
}

static void put_tables(struct page *page, enum pm_place place, const char *marks)
{
	for (int i = 0; i < page->doc->n_tables; i++) {
		const struct pm_table *table = &page->doc->tables[i];

		if (table->place != place || table->n_rows == 0)
			continue;
		put_heading(page, marks, table->title);
		if (table->single)
			put_record(page, table);
		else
			put_rows(page, table);
	}
}

/* ---- sections of rows ---- */

static bool is_listed(const signed char *fields, int field)
{
	while (*fields >= 0 && *fields != field)
		fields++;
	return *fields == field;
}

static void put_section_heading(struct page *page, const struct pm_table *table, size_t row)
{
	const struct pm_cell *cells = &table->cells[row * (size_t)table->n_fields];

	pm_buf_printf(&page->out, "### %zu.", row + 1);
	for (int i = 0; table->names[i] >= 0; i++) {
		pm_buf_add_text(&page->out, i == 1 ? ", " : " ");
		put_cell(page, &table->fields[table->names[i]], &cells[table->names[i]]);
	}
	if (table->verdict >= 0) {
		pm_buf_add_text(&page->out, ": ");
		put_cell(page, &table->fields[table->verdict], &cells[table->verdict]);
	}
	pm_buf_add_text(&page->out, "\n\n");
}

static void put_course(struct page *page, size_t row)
{
	struct pm_plot plot;

	if (!pm_plot_of_row(page->doc, row, &plot))
		return;
	pm_buf_add_char(&page->out, '`');
	pm_plot_put_bars(&page->out, &plot, BARS, false);
	pm_buf_add_text(&page->out, "`\n\n");
}

static void put_section(struct page *page, const struct pm_table *table, size_t row)
{
	const struct pm_cell *cells = &table->cells[row * (size_t)table->n_fields];
	const char *separator = "";

	put_section_heading(page, table, row);
	put_course(page, row);
	for (int i = 0; table->below[i] >= 0; i++) {
		const int field = table->below[i];

		if (!cells[field].set)
			continue;
		if (i > 0) { /* the first one speaks for itself */
			const char *heading = table->fields[field].heading;

			pm_buf_add_text(&page->out, heading);
			pm_buf_add_text(
				&page->out, heading[strlen(heading) - 1] == ':' ? " " : ": ");
		}
		put_cell(page, &table->fields[field], &cells[field]);
		pm_buf_add_text(&page->out, "\n\n");
	}
	for (int i = 0; i < table->n_fields; i++) {
		if (!cells[i].set || i == table->verdict || is_listed(table->names, i) ||
			is_listed(table->below, i) || strcmp(table->fields[i].unit, "#") == 0)
			continue;
		pm_buf_printf(&page->out, "%s%s **", separator, table->fields[i].heading);
		put_cell(page, &table->fields[i], &cells[i]);
		pm_buf_add_text(&page->out, "**");
		separator = " · ";
	}
	pm_buf_add_text(&page->out, "\n\n");
}

/* ---- the page ---- */

static enum pm_status flush(struct page *page, const struct pm_sink *sink, struct pm_error *err)
{
	const enum pm_status status = page->out.failed
		? pm_fail_memory(err)
		: sink->write(sink->context, page->out.at, page->out.n, err);

	pm_buf_clear(&page->out);
	return status;
}

static void put_method(struct page *page)
{
	if (page->doc->n_method == 0)
		return;
	put_heading(page, "##", "Method");
	for (int i = 0; i < page->doc->n_method; i++) {
		pm_buf_add_text(&page->out, i == 0 ? "" : " ");
		put_first(&page->out, page->doc->method[i]);
	}
	pm_buf_add_text(&page->out, "\n\n");
}

static void put_limits(struct page *page)
{
	put_heading(page, "##", "Limits");
	for (int i = 0; i < page->doc->n_limits; i++) {
		pm_buf_add_text(&page->out, "- ");
		put_escaped(&page->out, page->doc->limits[i]);
		pm_buf_add_char(&page->out, '\n');
	}
	pm_buf_add_text(&page->out,
		page->doc->n_limits == 0 ? "All that was recorded was read and is shown.\n\n"
					 : "\n");
	put_tables(page, PM_PLACE_LIMITS, "###");
}

static enum pm_status render(const struct pm_doc *doc, const struct pm_report_options *options,
	const struct pm_sink *sink, struct pm_error *err)
{
	const struct pm_table *table = pm_doc_main(doc);
	const size_t n = table == NULL         ? 0
		: table->n_rows < SECTIONS_MAX ? table->n_rows
					       : SECTIONS_MAX;
	struct page page = {.doc = doc};
	enum pm_status status;

	(void)options;
	put_heading(&page, "#", doc->title);
	for (int i = 0; i < doc->n_sentences; i++)
		put_paragraph(&page.out, doc->sentences[i]);
	put_heading(&page, "##", "Environment");
	put_tables(&page, PM_PLACE_GROUND, "###");
	put_method(&page);
	if (table != NULL)
		put_tables(&page, PM_PLACE_MAIN, "##");
	status = flush(&page, sink, err);
	for (size_t row = 0; row < n && status == PM_OK; row++) {
		put_section(&page, table, row);
		status = flush(&page, sink, err);
	}
	if (table != NULL && table->n_rows > n)
		pm_buf_printf(
			&page.out, "The other %zu are in the table above.\n\n", table->n_rows - n);
	put_limits(&page);
	put_tables(&page, PM_PLACE_MORE, "##");
	page.out.n -= page.out.n > 0; /* one newline ends the last line */
	if (status == PM_OK)
		status = flush(&page, sink, err);
	pm_buf_deinit(&page.out);
	pm_buf_deinit(&page.text);
	return status;
}

const struct pm_renderer pm_renderer_markdown = {
	.name = "markdown",
	.extension = ".md",
	.render = render,
};
