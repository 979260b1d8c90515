/* SPDX-License-Identifier: MIT */
/*
 * HTML: one page that needs nothing else. Its policy allows no request, and no style or script but
 * its own. The script only sorts; without it everything is there.
 */
#include "report/html.h"

#include "base/fail.h"
#include "base/number.h"

#include <poolmon/version.h>

enum { SECTIONS_MAX = 100 };

struct page {
	struct pm_buf out, text; /* text: one cell, before it is escaped */
	const struct pm_doc *doc;
	const struct pm_table *main; /* NULL: none */
	size_t n_sections;
	size_t n_headings;
};

void pm_html_put(struct pm_buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("&<>\"'`", *text) != NULL)
			pm_buf_printf(out, "&#%d;", *text);
		else
			pm_buf_add_char(out, *text);
	}
}

static void put_text(struct page *page, const struct pm_field *field, const struct pm_cell *cell)
{
	char *at, *comma;

	pm_buf_clear(&page->text);
	pm_cell_put_text(&page->text, field, cell);
	pm_buf_add_char(&page->text, '\0');
	page->out.failed |= page->text.failed;
	if (page->text.failed)
		return;
	/* a list without spaces may be broken behind its commas */
	for (at = page->text.at; field->kind == PM_KIND_TEXT; at = comma + 1) {
		comma = strchr(at, ',');
		if (comma == NULL || comma[1] == ' ')
			break;
		*comma = '\0';
		pm_html_put(&page->out, at);
		pm_buf_add_text(&page->out, ",<wbr>");
	}
	pm_html_put(&page->out, at);
}

static bool is_number(const struct pm_field *field)
{
	return field->kind != PM_KIND_TEXT && field->kind != PM_KIND_TIME;
}

static bool is_listed(const signed char *fields, int field)
{
	while (*fields >= 0 && *fields != field)
		fields++;
	return *fields == field;
}

/* ---- headings ---- */

static void begin_section(struct page *page, const char *title)
{
	page->n_headings++;
	pm_buf_printf(&page->out, "<section aria-labelledby=\"h%zu\">\n<h2 id=\"h%zu\">",
		page->n_headings, page->n_headings);
	pm_html_put(&page->out, title);
	pm_buf_add_text(&page->out, "</h2>\n");
}

static void end_section(struct page *page)
{
	pm_buf_add_text(&page->out, "</section>\n");
}

/* ---- tables ---- */

/* The value that a cell is sorted by, where its text does not do. */
static void put_sort_value(
	struct pm_buf *out, const struct pm_field *field, const struct pm_cell *cell)
{
	char text[PM_DOUBLE_DIGITS];

	if (!cell->set || field->kind == PM_KIND_TEXT)
		return;
	pm_buf_add_text(out, " data-v=\"");
	if (field->kind == PM_KIND_REAL)
		pm_buf_add_text(out, pm_double_format(text, cell->as.r));
	else if (field->kind == PM_KIND_COUNTER || field->kind == PM_KIND_GAUGE ||
		field->kind == PM_KIND_FLAG)
		pm_buf_add_u64(out, cell->as.u);
	else
		pm_buf_printf(out, "%lld", (long long)cell->as.i);
	pm_buf_add_char(out, '"');
}

static void put_badge(struct page *page, const struct pm_table *table, size_t row)
{
	pm_buf_printf(&page->out, "<span class=\"badge%s\">",
		table->severity && row < table->n_severe ? " bad" : "");
	put_text(page, &table->fields[table->verdict],
		&table->cells[row * (size_t)table->n_fields + (size_t)table->verdict]);
	pm_buf_add_text(&page->out, "</span>");
}

static void put_row_heading(struct page *page, const struct pm_table *table, size_t row)
{
	const bool linked = table == page->main && row < page->n_sections;
	const int field = table->names[0];

	pm_buf_add_text(&page->out, "<th scope=\"row\" role=\"rowheader\">");
	if (linked)
		pm_buf_printf(&page->out, "<a href=\"#f%zu\">", row + 1);
	put_text(page, &table->fields[field],
		&table->cells[row * (size_t)table->n_fields + (size_t)field]);
	pm_buf_add_text(&page->out, linked ? "</a></th>\n" : "</th>\n");
}

static void put_cell(struct page *page, const struct pm_table *table, size_t row, int field)
{
	const struct pm_cell *cell = &table->cells[row * (size_t)table->n_fields + (size_t)field];

	if (field == table->names[0]) {
		put_row_heading(page, table, row);
		return;
	}
	pm_buf_printf(&page->out, "<td role=\"cell\" class=\"%s\" data-h=\"",
		is_number(&table->fields[field])                    ? "n"
			: table->fields[field].kind == PM_KIND_TEXT ? "t"
								    : "w");
	pm_html_put(&page->out, table->fields[field].heading);
	pm_buf_add_char(&page->out, '"');
	put_sort_value(&page->out, &table->fields[field], cell);
	pm_buf_add_char(&page->out, '>');
	if (field == table->verdict)
		put_badge(page, table, row);
	else
		put_text(page, &table->fields[field], cell);
	pm_buf_add_text(&page->out, "</td>\n");
}

/* Columns in which no row has a value are left out. */
static void choose_columns(const struct pm_table *table, signed char columns[PM_BRIEF_MAX + 1])
{
	int n = 0;

	for (int i = 0; table->brief[i] >= 0; i++) {
		for (size_t row = 0; row < table->n_rows; row++) {
			if (table->cells[row * (size_t)table->n_fields + (size_t)table->brief[i]]
					.set) {
				columns[n++] = table->brief[i];
				break;
			}
		}
	}
	columns[n] = -1;
}

static void put_rows(struct page *page, const struct pm_table *table)
{
	struct pm_buf *out = &page->out;
	signed char columns[PM_BRIEF_MAX + 1];

	choose_columns(table, columns);
	/* Roles are said, as rows that are laid out otherwise on a phone would lose theirs. */
	pm_buf_add_text(
		out, "<div class=\"panel\"><table class=\"rows\" role=\"table\">\n<caption>");
	pm_html_put(out, table->title);
	pm_buf_add_text(out, "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">\n");
	for (int i = 0; columns[i] >= 0; i++) {
		const struct pm_field *field = &table->fields[columns[i]];

		pm_buf_printf(out, "<th scope=\"col\" role=\"columnheader\"%s title=\"",
			is_number(field) ? " class=\"n\"" : "");
		pm_html_put(out, field->what);
		pm_buf_add_text(out, "\">");
		pm_html_put(out, field->heading);
		pm_buf_add_text(out, "</th>\n");
	}
	pm_buf_add_text(out, "</tr></thead>\n<tbody role=\"rowgroup\">\n");
	for (size_t row = 0; row < table->n_rows; row++) {
		pm_buf_add_text(out, "<tr role=\"row\">\n");
		for (int i = 0; columns[i] >= 0; i++)
			put_cell(page, table, row, columns[i]);
		pm_buf_add_text(out, "</tr>\n");
	}
	pm_buf_add_text(out, "</tbody></table></div>\n");
}

static void put_pair(struct page *page, const struct pm_table *table, size_t row, int field)
{
	const struct pm_cell *cell = &table->cells[row * (size_t)table->n_fields + (size_t)field];

	if (!cell->set)
		return;
	pm_buf_add_text(&page->out, "<div><dt title=\"");
	pm_html_put(&page->out, table->fields[field].what);
	pm_buf_add_text(&page->out, "\">");
	pm_html_put(&page->out, table->fields[field].heading);
	pm_buf_add_text(&page->out, "</dt><dd>");
	put_text(page, &table->fields[field], cell);
	pm_buf_add_text(&page->out, "</dd></div>\n");
}

static void put_tables(struct page *page, enum pm_place place)
{
	for (int i = 0; i < page->doc->n_tables; i++) {
		const struct pm_table *table = &page->doc->tables[i];

		if (table->place != place || table->n_rows == 0)
			continue;
		begin_section(page, table->title);
		if (table->single) {
			pm_buf_add_text(&page->out, "<dl class=\"all\">\n");
			for (int field = 0; table->brief[field] >= 0; field++)
				put_pair(page, table, 0, table->brief[field]);
			pm_buf_add_text(&page->out, "</dl>\n");
		} else {
			put_rows(page, table);
		}
		end_section(page);
	}
}

/* ---- sections of rows ---- */

static void put_card_heading(struct page *page, const struct pm_table *table, size_t row)
{
	const struct pm_cell *cells = &table->cells[row * (size_t)table->n_fields];

	pm_buf_printf(&page->out,
		"<article class=\"card\" id=\"f%zu\" aria-labelledby=\"f%zu-h\">\n<header><h3 id=\"f%zu-h\">"
		"<span class=\"muted\">%zu</span> ",
		row + 1, row + 1, row + 1, row + 1);
	for (int i = 0; table->names[i] >= 0; i++) {
		if (!cells[table->names[i]].set)
			continue;
		pm_buf_add_text(&page->out, i == 0 ? "" : " <small>");
		put_text(page, &table->fields[table->names[i]], &cells[table->names[i]]);
		pm_buf_add_text(&page->out, i == 0 ? "" : "</small>");
	}
	pm_buf_add_text(&page->out, "</h3>");
	if (table->verdict >= 0)
		put_badge(page, table, row);
	pm_buf_add_text(&page->out, "</header>\n");
}

static bool is_figure(const struct pm_table *table, int field)
{
	return field != table->verdict && !is_listed(table->names, field) &&
		!is_listed(table->below, field) && strcmp(table->fields[field].unit, "#") != 0;
}

static void put_card(struct page *page, const struct pm_table *table, size_t row)
{
	const struct pm_cell *cells = &table->cells[row * (size_t)table->n_fields];
	struct pm_plot plot;

	put_card_heading(page, table, row);
	for (int i = 0; table->below[i] >= 0; i++) {
		const int field = table->below[i];

		if (!cells[field].set)
			continue;
		pm_buf_add_text(&page->out, i == 0 ? "<p>" : "<p class=\"muted\">");
		if (i > 0) { /* the first one speaks for itself */
			pm_html_put(&page->out, table->fields[field].heading);
			pm_buf_add_char(&page->out, ' ');
		}
		put_text(page, &table->fields[field], &cells[field]);
		pm_buf_add_text(&page->out, "</p>\n");
	}
	pm_buf_add_text(&page->out, "<dl class=\"facts\">\n");
	for (int i = 0; table->brief[i] >= 0; i++) {
		if (is_figure(table, table->brief[i]))
			put_pair(page, table, row, table->brief[i]);
	}
	pm_buf_add_text(&page->out, "</dl>\n");
	if (pm_plot_of_row(page->doc, row, &plot))
		pm_html_put_plot(&page->out, &plot, row + 1);
	pm_buf_add_text(&page->out, "<details><summary>All figures</summary><dl class=\"all\">\n");
	for (int field = 0; field < table->n_fields; field++) {
		if (is_figure(table, field))
			put_pair(page, table, row, field);
	}
	pm_buf_add_text(&page->out, "</dl></details>\n</article>\n");
}

/* ---- the page ---- */

static void put_lines(struct pm_buf *out, const char *const *lines)
{
	for (; *lines != NULL; lines++) {
		pm_buf_add_text(out, *lines);
		pm_buf_add_char(out, '\n');
	}
}

static void put_head(struct page *page)
{
	struct pm_buf *out = &page->out;

	pm_buf_printf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'sha256-%s'; script-src 'sha256-%s'; img-src data:; base-uri 'none'; "
		"form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n<title>",
		pm_html_style_hash, pm_html_script_hash);
	pm_html_put(out, page->doc->title);
	pm_buf_add_text(out, "</title>\n<style>");
	put_lines(out, pm_html_style);
	pm_buf_add_text(out,
		"</style>\n</head>\n<body>\n"
		"<a class=\"skip\" href=\"#main\">Skip to the content</a>\n"
		"<header class=\"page\">\n<h1>");
	pm_html_put(out, page->doc->title);
	pm_buf_add_text(out, "</h1>\n");
	for (int i = -1; i < page->doc->n_sentences; i++) { /* the result goes first */
		if (i == page->doc->result)
			continue;
		pm_buf_add_text(out, i < 0 ? "<p class=\"result\">" : "<p>");
		pm_html_put(out, page->doc->sentences[i < 0 ? page->doc->result : i]);
		pm_buf_add_text(out, "</p>\n");
	}
	pm_buf_add_text(out, "</header>\n<main id=\"main\">\n");
}

static void put_prose(struct page *page, const char *title, const char *const *sentences, int n)
{
	if (n == 0)
		return;
	begin_section(page, title);
	pm_buf_add_text(&page->out, "<div class=\"prose\">\n");
	for (int i = 0; i < n; i++) {
		pm_buf_add_text(&page->out, "<p>");
		pm_html_put(&page->out, sentences[i]);
		pm_buf_add_text(&page->out, "</p>\n");
	}
	pm_buf_add_text(&page->out, "</div>\n");
	end_section(page);
}

static enum pm_status flush(struct page *page, const struct pm_sink *sink, struct pm_error *err)
{
	const enum pm_status status = page->out.failed
		? pm_fail_memory(err)
		: sink->write(sink->context, page->out.at, page->out.n, err);

	pm_buf_clear(&page->out);
	return status;
}

static enum pm_status put_cards(struct page *page, const struct pm_sink *sink, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	if (page->n_sections == 0)
		return PM_OK;
	begin_section(page, "Tag by tag");
	pm_buf_add_text(&page->out, "<div class=\"cards\">\n");
	for (size_t row = 0; row < page->n_sections && status == PM_OK; row++) {
		put_card(page, page->main, row);
		status = flush(page, sink, err);
	}
	pm_buf_add_text(&page->out, "</div>\n");
	if (page->main->n_rows > page->n_sections)
		pm_buf_printf(&page->out,
			"<p class=\"muted\">The other %zu are in the table above.</p>\n",
			page->main->n_rows - page->n_sections);
	end_section(page);
	return status;
}

static enum pm_status render(const struct pm_doc *doc, const struct pm_report_options *options,
	const struct pm_sink *sink, struct pm_error *err)
{
	struct page page = {.doc = doc, .main = pm_doc_main(doc)};
	enum pm_status status;

	(void)options;
	if (page.main != NULL)
		page.n_sections =
			page.main->n_rows < SECTIONS_MAX ? page.main->n_rows : SECTIONS_MAX;
	put_head(&page);
	put_tables(&page, PM_PLACE_MAIN);
	status = put_cards(&page, sink, err);
	put_prose(&page, "How it is judged", doc->method, doc->n_method);
	put_prose(&page, "What is not shown", doc->limits, doc->n_limits);
	put_tables(&page, PM_PLACE_LIMITS);
	put_tables(&page, PM_PLACE_GROUND);
	put_tables(&page, PM_PLACE_MORE);
	pm_buf_add_text(&page.out,
		"</main>\n<footer class=\"page-end\">poolmon " PM_VERSION
		". Times are UTC.</footer>\n<script>");
	put_lines(&page.out, pm_html_script);
	pm_buf_add_text(&page.out, "</script>\n</body>\n</html>\n");
	if (status == PM_OK)
		status = flush(&page, sink, err);
	pm_buf_deinit(&page.out);
	pm_buf_deinit(&page.text);
	return status;
}

const struct pm_renderer pm_renderer_html = {
	.name = "html",
	.extension = ".html",
	.render = render,
};
