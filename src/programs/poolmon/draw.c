/* SPDX-License-Identifier: MIT */
/* The pictures of the display: the table, the line at its foot, the help. */
#include "programs/poolmon/display.h"

#include <stdio.h>
#include <string.h>

enum {
	HEADER_ROWS = 5,   /* three lines, headings, an empty line */
	DATE_COLUMNS = 64, /* from so many on the day is shown with the time */
};

/* On low screens the table matters more than what is above it. */
static size_t header_rows(size_t rows)
{
	return rows >= 16 ? HEADER_ROWS : rows >= 8 ? 2 : 1;
}

size_t display_room(const struct display *display)
{
	size_t rows, columns, above;

	screen_size(display->screen, &rows, &columns);
	above = header_rows(rows) + 1 + display->view.n_totals;
	return rows > above ? rows - above : 0;
}

size_t display_fitting(const char *text, size_t width)
{
	size_t n = strlen(text);

	if (n <= width)
		return n;
	for (n = width; n > 0 && text[n] != ' ' && text[n - 1] != ','; n--)
		;
	return n > 0 ? n : width;
}

static void draw_bar(struct display *display, size_t row, const char *text)
{
	char line[PM_VIEW_LINE];
	size_t rows, columns;

	screen_size(display->screen, &rows, &columns);
	if (columns >= sizeof(line))
		columns = sizeof(line) - 1;
	snprintf(line, sizeof(line), "%-*.*s", (int)columns, (int)columns, text);
	screen_put(display->screen, row, 0, line, SCREEN_BAR);
}

/* ---- the table ---- */

/* Characters that are out of sight with the first n columns behind the tag. */
static size_t hidden_by(const struct pm_view *view, size_t n)
{
	return n == 0 ? 0 : pm_view_column_at(view, 1 + n) - pm_view_column_at(view, 1);
}

size_t display_most_left(const struct display *display)
{
	const struct pm_view *view = &display->view;
	const size_t wide = pm_view_column_at(view, view->n_columns) - 1;
	size_t rows, columns, n = 0;

	screen_size(display->screen, &rows, &columns);
	while (n + 2 < view->n_columns && wide - hidden_by(view, n) > columns)
		n++;
	return n;
}

/* Takes what is out of sight out of a line. */
static void hide(const struct display *display, char line[PM_VIEW_LINE])
{
	const size_t to = pm_view_column_at(&display->view, 1);
	const size_t from = to + hidden_by(&display->view, display->left), n = strlen(line);

	if (display->left > 0 && n > to)
		memmove(line + to, line + (from < n ? from : n), from < n ? n - from + 1 : 1);
}

static void draw_heading(struct display *display, size_t row)
{
	char line[PM_VIEW_LINE];
	const struct pm_view *view = &display->view;
	size_t rows, columns;

	pm_view_heading(view, line);
	hide(display, line);
	screen_put(display->screen, row, 0, line, SCREEN_STRONG);
	screen_size(display->screen, &rows, &columns);
	if (display->left > 0)
		screen_put(display->screen, row, 0, "<", SCREEN_BAR);
	if (display->left < display_most_left(display))
		screen_put(display->screen, row, columns - 1, ">", SCREEN_BAR);
}

/* Of which type a total is, where its column is out of sight and that of tags has room. */
static void tell_type(const struct display *display, const struct pm_view_row *row, char *line)
{
	const size_t room = pm_view_column_at(&display->view, 1), from = strlen(" Total ");
	const char *type = display->view.n_columns > 1 ? row->cells[1].text : "";
	const size_t n = strlen(type);

	if (row->key == NULL && display->left > 0 && strlen(line) >= from + n && room > from + n)
		memcpy(line + from, type, n);
}

static void draw_row(struct display *display, size_t at, const struct pm_view_row *row, bool chosen)
{
	char line[PM_VIEW_LINE];
	const struct pm_view *view = &display->view;

	pm_view_line(view, row, line);
	hide(display, line);
	tell_type(display, row, line);
	if (chosen) {
		size_t rows, columns, n = strlen(line);

		screen_size(display->screen, &rows, &columns);
		for (; n < columns && n + 1 < sizeof(line); n++)
			line[n] = ' ';
		line[n] = '\0';
	}
	screen_put(display->screen, at, 0, line,
		chosen                     ? SCREEN_CHOSEN
			: row->key == NULL ? SCREEN_STRONG
					   : SCREEN_PLAIN);
	for (size_t c = 0; c < view->n_columns && !display->plain && !chosen; c++) {
		const struct pm_view_column *column = &view->columns[c];
		const char *text = row->cells[c].text;

		if (row->cells[c].changed && c > display->left)
			screen_put(display->screen, at,
				pm_view_column_at(view, c) - hidden_by(view, display->left) +
					(column->to_right ? column->width - strlen(text) : 0),
				text, SCREEN_CHANGED);
	}
}

static void draw_header(struct display *display, size_t rows)
{
	const size_t n = header_rows(rows);

	if (n == HEADER_ROWS) {
		for (size_t i = 0; i < PM_VIEW_HEADER_MAX; i++)
			screen_put(display->screen, i, 0, display->view.header[i], SCREEN_PLAIN);
		draw_heading(display, PM_VIEW_HEADER_MAX);
		return;
	}
	if (n == 2)
		screen_put(display->screen, 0, 0, display->view.header[0], SCREEN_PLAIN);
	draw_heading(display, n - 1);
}

/* Where it stands: when, how often, which of how many. */
static void say_state(const struct display *display, size_t columns, char *text, size_t size)
{
	const struct feed *feed = display->feed;
	const struct pm_view *view = &display->view;
	char when[CLI_TEXT] = "", pace[64], error[1024];
	const size_t room = display_room(display);
	const char *time = when;

	if (feed->n > 0) {
		(void)cli_time_text(when, feed->time_ms);
		time += columns < DATE_COLUMNS ? sizeof("2026-11-21") : 0;
	}
	if (!feed->recorded)
		snprintf(pace, sizeof(pace), "every %g s", (double)feed->interval_ms / 1000);
	else
		snprintf(pace, sizeof(pace), "x%g", feed->speed);
	if (feed->seeks) {
		snprintf(text, size, " on the way, at %s  ESC stop", time);
		return;
	}
	if (feed->failure.status != PM_OK) {
		snprintf(text, size, " %s  no snapshot: %s", time,
			pm_error_text(&feed->failure, error, sizeof(error)));
		return;
	}
	if (display->mode == MODE_TAG) {
		snprintf(text, size, " %s  %s%s%s  ESC back", time, pace,
			feed->paused ? ", paused" : "", feed->ended ? ", at its end" : "");
		return;
	}
	snprintf(text, size, " %s  %s%s%s  %zu-%zu of %zu%s%s%s  h help  q quit", time, pace,
		feed->paused ? ", paused" : "", feed->ended ? ", at its end" : "",
		view->n_rows > 0 ? display->top + 1 : 0,
		display->top + room < view->n_rows ? display->top + room : view->n_rows,
		view->n_rows, display->search[0] != '\0' ? "  with '" : "", display->search,
		display->search[0] != '\0' ? "'" : "");
}

static void draw_foot(struct display *display, size_t rows, size_t columns)
{
	char text[1200];

	switch (display->mode) {
	case MODE_FILTER:
		snprintf(text, sizeof(text), " tags with: %s_   (Enter keeps, ESC drops it)",
			display->search);
		break;
	case MODE_SESSION:
		snprintf(text, sizeof(text), " session id (empty: all): %s_", display->typed);
		break;
	case MODE_TIME:
		snprintf(text, sizeof(text), " go to (UTC, like 2026-11-21 21:45): %s_",
			display->typed);
		break;
	default:
		if (display->message[0] != '\0')
			snprintf(text, sizeof(text), " %s", display->message);
		else
			say_state(display, columns, text, sizeof(text));
		break;
	}
	draw_bar(display, rows - 1, text);
}

static const char *why_empty(const struct display *display)
{
	if (display->view.n_all == 0)
		return "There is no tag.";
	if (display->options.session != PM_NO_SESSIONS && display->search[0] == '\0')
		return "No such pools of sessions here (Windows has them). s: the system's.";
	return "No tag of these pools matches.";
}

static void draw_table(struct display *display, size_t rows)
{
	const struct pm_view *view = &display->view;
	const size_t above = header_rows(rows), room = display_room(display);

	draw_header(display, rows);
	if (view->n_rows == 0)
		screen_put(display->screen, above, 1, why_empty(display), SCREEN_PLAIN);
	for (size_t i = 0; i < room && display->top + i < view->n_rows; i++) {
		/* On the way through a log the table stays, and has no further rows. */
		if (view->rows[display->top + i].cells != NULL)
			draw_row(display, above + i, &view->rows[display->top + i],
				display->followed != NULL && display->top + i == display->chosen);
	}
	for (size_t i = 0; i < view->n_totals && room > 0; i++)
		draw_row(display, above + room + i, &view->rows[view->n_rows + i], false);
}

/* ---- the help ---- */

static const char *const help[] = {
	"p             nonpaged (Unrecl), paged (Recl), both",
	"t a f d b m   sort by tag, allocs, frees, diff, bytes, bytes per alloc",
	"( )           sort by what changed since the last update",
	"r             sort by growth per hour since the start",
	"e             totals at the bottom",
	"l             highlight what changed, or not",
	"g             drivers, or not",
	"s             session pools, system pools",
	"0-9, i        one session; asks for its id",
	"",
	"up, down, End choose a tag, Home none; PgUp, PgDn, wheel scroll",
	"left, right   further columns, where the screen is too narrow for all",
	"Enter         one tag: its course, rate and driver; ESC: back",
	"/             filter as you type",
	"space         pause, go on",
	"+ -           longer or shorter interval; faster or slower in a recorded log",
	". , j         in a recorded log: a step on, a step back, go to a time",
	"w             write what is shown to poolsnap.log, or poolsnap-2.log, ...",
	"h, ?          these keys",
	"q, ESC        quit",
	"any other     update now",
};
enum { HELP_LINES = sizeof(help) / sizeof(help[0]), HELP_INDENT = 15 };

size_t display_help_room(const struct display *display)
{
	size_t rows, columns;

	screen_size(display->screen, &rows, &columns);
	return rows > 3 ? rows - 3 : 1;
}

/* Shows those lines of the help that fit from `top` on, broken where the screen is too narrow.
 * Returns how many there are. */
static size_t put_help(struct display *display, size_t top, size_t room, size_t columns)
{
	size_t line = 0;

	for (size_t i = 0; i < HELP_LINES; i++) {
		const char *rest = help[i];
		size_t at = 1;

		do {
			const size_t n = display_fitting(rest, columns > at + 8 ? columns - at : 8);
			char piece[128];

			snprintf(piece, sizeof(piece), "%.*s", (int)n, rest);
			if (line >= top && line < top + room)
				screen_put(
					display->screen, line - top + 2, at, piece, SCREEN_PLAIN);
			line++;
			rest += n + strspn(rest + n, " ");
			at = HELP_INDENT;
		} while (*rest != '\0');
	}
	return line;
}

void display_draw_help(struct display *display)
{
	const size_t room = display_help_room(display);
	size_t rows, columns, n, most;

	screen_size(display->screen, &rows, &columns);
	n = put_help(display, 0, 0, columns);
	most = room < n ? n - room : 0;
	if (display->help_top > most)
		display->help_top = most;
	screen_put(display->screen, 0, 1, "poolmon: keys", SCREEN_STRONG);
	(void)put_help(display, display->help_top, room, columns);
	draw_bar(display, room + 2, most > 0 ? " arrows scroll, ESC back" : " ESC back");
}

void display_draw(struct display *display)
{
	size_t rows, columns;

	screen_size(display->screen, &rows, &columns);
	screen_begin(display->screen);
	if (rows >= 3 && display->mode == MODE_HELP) {
		display_draw_help(display);
	} else if (rows >= 3 && display->mode == MODE_TAG && display->followed != NULL) {
		display_draw_tag(display, display->followed);
		draw_foot(display, rows, columns);
	} else if (rows >= 3) {
		draw_table(display, rows);
		draw_foot(display, rows, columns);
	}
	screen_show(display->screen);
}
