/* SPDX-License-Identifier: MIT */
#include "model/text.h"
#include "base/buf.h"
#include "base/fail.h"

#include <poolmon/view.h>

size_t pm_view_column_at(const struct pm_view *view, size_t column)
{
	size_t at = 1;

	for (size_t c = 0; c < column; c++)
		at += view->columns[c].width + 1;
	return at;
}

static void put(char line[PM_VIEW_LINE], size_t at, const char *text, size_t n)
{
	if (at + n < PM_VIEW_LINE)
		memcpy(line + at, text, n);
	else if (at < PM_VIEW_LINE)
		memcpy(line + at, text, PM_VIEW_LINE - at);
}

static const char *end_line(char line[PM_VIEW_LINE])
{
	size_t n = PM_VIEW_LINE - 1;

	while (n > 0 && line[n - 1] == ' ')
		n--;
	line[n] = '\0';
	return line;
}

/* A heading ends where its column ends, and may begin before it does. */
const char *pm_view_heading(const struct pm_view *view, char text[PM_VIEW_LINE])
{
	memset(text, ' ', PM_VIEW_LINE);
	for (size_t c = 0; c < view->n_columns; c++) {
		const struct pm_view_column *column = &view->columns[c];
		const size_t n = strlen(column->heading), at = pm_view_column_at(view, c);

		put(text, column->to_right ? at + column->width - n : at, column->heading, n);
	}
	return end_line(text);
}

const char *pm_view_line(
	const struct pm_view *view, const struct pm_view_row *row, char text[PM_VIEW_LINE])
{
	memset(text, ' ', PM_VIEW_LINE);
	for (size_t c = 0; c < view->n_columns; c++) {
		const struct pm_view_column *column = &view->columns[c];
		const size_t n = strlen(row->cells[c].text), at = pm_view_column_at(view, c);

		put(text, column->to_right ? at + column->width - n : at, row->cells[c].text, n);
	}
	return end_line(text);
}

enum pm_status pm_view_print(const struct pm_view *view, const struct pm_origin *origin,
	struct pm_sink sink, struct pm_error *err)
{
	struct pm_buf text = {0};
	char line[PM_VIEW_LINE];
	enum pm_status status;

	pm_text_block_write(&text, view->time_ms, view->uptime_ms, origin);
	for (int i = 0; i < PM_VIEW_HEADER_MAX; i++)
		pm_buf_printf(&text, "%s\n", view->header[i]);
	pm_buf_printf(&text, "%s\n\n", pm_view_heading(view, line));
	for (size_t i = 0; i < view->n_rows + view->n_totals; i++) {
		pm_buf_add_text(&text, pm_view_line(view, &view->rows[i], line));
		pm_buf_add_char(&text, '\n');
	}
	pm_buf_add_char(&text, '\n');
	status = text.failed ? pm_fail_memory(err) : sink.write(sink.context, text.at, text.n, err);
	pm_buf_deinit(&text);
	return status;
}
