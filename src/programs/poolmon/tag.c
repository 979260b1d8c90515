/* SPDX-License-Identifier: MIT */
/* One tag: what it is, how it stands, and its history as a plot. */
#include "programs/poolmon/display.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct page {
	struct display *display;
	size_t row;
};

/* Text longer than the screen is wide goes on below. */
static void put_line(struct page *page, const char *name, const char *text)
{
	enum { BEFORE = 16, LEAST = 8 };
	char line[PM_VIEW_LINE + BEFORE];
	size_t rows, columns, width;

	screen_size(page->display->screen, &rows, &columns);
	width = columns > BEFORE + LEAST ? columns - BEFORE : LEAST;
	do {
		const size_t n = display_fitting(text, width);

		snprintf(line, sizeof(line), "%-14s %.*s", name, (int)n, text);
		screen_put(page->display->screen, page->row++, 1, line, SCREEN_PLAIN);
		name = "";
		text += n;
		text += strspn(text, " ");
	} while (*text != '\0');
}

static void put_number(struct page *page, const char *name, const struct pm_row *row,
	enum pm_value value, const char *unit)
{
	char text[64];

	if (!pm_row_has(row, value))
		return;
	snprintf(text, sizeof(text), "%" PRIu64 "%s", row->value[value], unit);
	put_line(page, name, text);
}

static void put_time(struct page *page, const char *name, int64_t time_ms)
{
	char text[CLI_TEXT];

	put_line(page, name, time_ms == 0 ? "none yet" : cli_time_text(text, time_ms));
}

static void put_driver(struct page *page, const struct pm_key *key)
{
	char text[PM_VIEW_LINE];

	(void)pm_drivers_map(page->display->drivers, key, text, sizeof(text));
	put_line(page, "Driver", text);
}

/* ---- the plot ---- */

/* The level at each of `columns` moments, evenly spread; -1 where it was not there. */
static void spread(const struct pm_watched *watched, double *levels, size_t columns)
{
	const int64_t begin = watched->times_ms[0];
	const int64_t span = watched->times_ms[watched->n - 1] - begin;

	for (size_t c = 0, i = 0; c < columns; c++) {
		const int64_t time = begin + span * (int64_t)c / (int64_t)(columns - 1);

		while (i + 1 < watched->n && watched->times_ms[i + 1] <= time)
			i++;
		levels[c] = watched->levels[i] == UINT64_MAX ? -1 : (double)watched->levels[i];
	}
}

static void draw_bars(struct page *page, const double *levels, size_t columns, size_t rows,
	double least, double most)
{
	static const char *const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	const double unit = (most > least ? most - least : 1) / (double)rows;

	for (size_t r = 0; r < rows; r++) {
		char line[4 * 512] = "";
		size_t n = 0;

		for (size_t c = 0; c < columns && n + 4 < sizeof(line); c++) {
			const double height = (levels[c] - least) / unit - (double)(rows - 1 - r);
			int part = levels[c] < 0 ? 0 : height >= 1 ? 8 : (int)(height * 8 + 0.5);

			if (r == rows - 1 && levels[c] >= 0 && part < 1)
				part = 1; /* what is there is seen */
			if (part < 0)
				part = 0;
			if (page->display->ascii)
				line[n++] = part >= 4 || (part > 0 && r == rows - 1) ? '#' : ' ';
			else
				n += (size_t)snprintf(
					line + n, sizeof(line) - n, "%s", eighths[part]);
		}
		line[n] = '\0';
		screen_put(page->display->screen, page->row + r, 1, line, SCREEN_PLAIN);
	}
	page->row += rows;
}

static void draw_plot(struct page *page, const struct pm_watched *watched)
{
	enum { COLUMNS_MAX = 500 };
	double levels[COLUMNS_MAX], least = -1, most = 0;
	char text[128], low[CLI_TEXT], high[CLI_TEXT], time[CLI_TEXT];
	size_t rows, columns;

	screen_size(page->display->screen, &rows, &columns);
	columns = columns > COLUMNS_MAX + 2 ? COLUMNS_MAX : columns > 2 ? columns - 2 : 0;
	if (watched->n < 2 || columns < 2 || page->row + 4 >= rows)
		return;
	rows -= page->row + 3;
	rows = rows > 16 ? 16 : rows;
	spread(watched, levels, columns);
	for (size_t i = 0; i < watched->n; i++) {
		const double level = (double)watched->levels[i];

		if (watched->levels[i] == UINT64_MAX)
			continue;
		least = least < 0 || level < least ? level : least;
		most = level > most ? level : most;
	}
	if (least < 0)
		return;
	page->row++;
	draw_bars(page, levels, columns, rows, least, most);
	cli_size_text(low, least);
	cli_size_text(high, most);
	if (strcmp(low, high) == 0) {
		snprintf(low, sizeof(low), "%.0f", least);
		snprintf(high, sizeof(high), "%.0f bytes", most);
	}
	snprintf(text, sizeof(text), "from %s to %s, in %s", low, high,
		cli_duration_text(time, watched->times_ms[watched->n - 1] - watched->times_ms[0]));
	screen_put(page->display->screen, page->row++, 1, text, SCREEN_PLAIN);
}

void display_draw_tag(struct display *display, const struct pm_key *key)
{
	struct page page = {display, 0};
	struct pm_watched watched;
	char text[PM_VIEW_LINE], size[32];

	pm_watch_look(display->feed->watch, key, &watched);
	snprintf(text, sizeof(text), "%s  %s  %s", pm_view_tag(key), key->type, key->pool_name);
	screen_put(display->screen, page.row++, 1, text, SCREEN_STRONG);
	put_driver(&page, key);
	if (feed_aliases(display->feed, key, text, sizeof(text)))
		put_line(&page, "Also", text);
	if (watched.now == NULL) {
		put_line(&page, "Now", "it is not there any more");
	} else {
		put_number(&page, "Allocs", watched.now, PM_VALUE_ALLOCS, "");
		put_number(&page, "Frees", watched.now, PM_VALUE_FREES, "");
		put_number(&page, "Outstanding", watched.now, PM_VALUE_DIFF, "");
		put_number(&page, "Bytes", watched.now, PM_VALUE_BYTES, "");
		put_number(&page, "Footprint", watched.now, PM_VALUE_FOOTPRINT, " bytes");
	}
	snprintf(text, sizeof(text), "%s%s/h", watched.per_hour < 0 ? "-" : "+",
		cli_size_text(size, watched.per_hour < 0 ? -watched.per_hour : watched.per_hour));
	put_line(&page, "Growth", text);
	put_time(&page, "First seen", watched.first_ms);
	put_time(&page, "First change", watched.first_change_ms);
	put_time(&page, "Last change", watched.last_change_ms);
	draw_plot(&page, &watched);
}
