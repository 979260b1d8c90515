/* SPDX-License-Identifier: MIT */
/* What keys do. */
#include "programs/poolmon/display.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHEEL_ROWS = 3 };

void display_fail(struct display *display, const struct pm_error *err)
{
	char text[2048];

	snprintf(display->message, sizeof(display->message), "%.250s",
		pm_error_text(err, text, sizeof(text)));
}

static void step(struct display *display)
{
	struct pm_error err;
	const enum pm_status status = feed_next(display->feed, &err);

	if (status != PM_OK && status != PM_END)
		display_fail(display, &err);
}

static bool is_recorded(struct display *display)
{
	if (!display->feed->recorded)
		snprintf(display->message, sizeof(display->message),
			"only a recorded log has another time: poolmon --from LOG");
	return display->feed->recorded;
}

/* ---- where in the table ---- */

static void choose(struct display *display, size_t row)
{
	const struct pm_view *view = &display->view;

	if (view->n_rows == 0)
		return;
	display->chosen = row < view->n_rows ? row : view->n_rows - 1;
	display->followed = view->rows[display->chosen].key;
}

/* A column out of sight, or back; what changed goes with the column it is about. */
static void shift(struct display *display, bool right)
{
	const size_t most = display_most_left(display);
	size_t *left = &display->left;

	if (right ? *left >= most : *left == 0)
		return;
	do
		*left = right ? *left + 1 : *left - 1;
	while (*left > 0 && *left < most && display->view.columns[1 + *left].heading[0] == '\0');
}

static size_t moved(size_t from, size_t by, bool down, size_t most)
{
	const size_t to = down ? from + by : from > by ? from - by : 0;

	return to < most ? to : most;
}

/* What is in sight, by so many rows; the chosen one stays in it. */
static void scroll(struct display *display, size_t by, bool down)
{
	const size_t room = display_room(display), n = display->view.n_rows;

	display->top = moved(display->top, by, down, n > room ? n - room : 0);
	if (display->followed == NULL || room == 0)
		return;
	if (display->chosen < display->top)
		choose(display, display->top);
	else if (display->chosen >= display->top + room)
		choose(display, display->top + room - 1);
}

/* Likewise, and the chosen one goes with it. */
static void turn_page(struct display *display, bool down)
{
	const size_t room = display_room(display), page = room > 1 ? room - 1 : 1;

	if (display->followed != NULL)
		choose(display, moved(display->chosen, page, down, SIZE_MAX));
	scroll(display, page, down);
}

static bool move(struct display *display, int key)
{
	const size_t at = display->followed != NULL ? display->chosen : display->top;

	switch (key) {
	case SCREEN_UP:
		choose(display, at > 0 ? at - 1 : 0);
		return true;
	case SCREEN_DOWN:
		choose(display, display->followed != NULL ? at + 1 : at);
		return true;
	case SCREEN_WHEEL_UP:
	case SCREEN_WHEEL_DOWN:
		scroll(display, WHEEL_ROWS, key == SCREEN_WHEEL_DOWN);
		return true;
	case SCREEN_LEFT:
	case SCREEN_RIGHT:
		shift(display, key == SCREEN_RIGHT);
		return true;
	case SCREEN_PAGE_UP:
	case SCREEN_PAGE_DOWN:
		turn_page(display, key == SCREEN_PAGE_DOWN);
		return true;
	case SCREEN_HOME:
		choose(display, 0);
		display->followed = NULL;
		display->top = 0;
		return true;
	case SCREEN_END:
		choose(display, SIZE_MAX);
		return true;
	default:
		return false;
	}
}

/* ---- what is shown ---- */

static bool sort(struct display *display, int key)
{
	static const struct {
		char key;
		enum pm_view_sort sort;
	} sorts[] = {
		{'t', PM_SORT_TAG},
		{'a', PM_SORT_ALLOCS},
		{'f', PM_SORT_FREES},
		{'d', PM_SORT_DIFF},
		{'b', PM_SORT_BYTES},
		{'m', PM_SORT_PER_ALLOC},
		{'r', PM_SORT_TREND},
	};

	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		if (sorts[i].key != key)
			continue;
		display->options.sort = sorts[i].sort;
		display->options.trend |= sorts[i].sort == PM_SORT_TREND;
		display->left = sorts[i].sort == PM_SORT_TREND ? SIZE_MAX : 0; /* in sight */
		display->top = 0;
		display->followed = NULL;
		return true;
	}
	return false;
}

/* poolsnap.log, poolsnap-2.log, ...: one snapshot does not cost another one. */
static const char *free_name(char name[32])
{
	enum { MOST = 9999 };

	strcpy(name, "poolsnap.log");
	for (int i = 2; i <= MOST && cli_is_there(name); i++)
		snprintf(name, 32, "poolsnap-%d.log", i);
	return name;
}

/* As /n does. */
static void write_snapshot(struct display *display)
{
	char name[32];
	const char *path = free_name(name);
	struct pm_view_options options = display->options;
	struct pm_view view = {0};
	struct cli_output *output;
	struct pm_error err;
	enum pm_status status = cli_output_open(&output, path, &err);

	options.no_changes = true;
	options.width = 0;
	options.later = false;
	if (status == PM_OK) {
		status = pm_view_make(&view, display->feed->watch, &options, &err);
		if (status == PM_OK)
			status = pm_view_print(
				&view, &display->feed->origin, cli_output_sink(output), &err);
		status = cli_output_close(output, status, &err);
		pm_view_deinit(&view);
	}
	if (status != PM_OK)
		display_fail(display, &err);
	else
		snprintf(display->message, sizeof(display->message), "written to %s", path);
}

static void change_pace(struct display *display, bool up)
{
	static const int64_t steps_ms[] = {
		100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000, 600000, 3600000};
	enum { N_STEPS = sizeof(steps_ms) / sizeof(steps_ms[0]) };
	struct feed *feed = display->feed;
	int64_t found = feed->interval_ms;

	if (feed->recorded) {
		feed->speed *= up ? 2 : 0.5;
		feed->speed = feed->speed > 65536 ? 65536
			: feed->speed < 0.125     ? 0.125
						  : feed->speed;
		feed->due_ms = cli_uptime_ms();
		return;
	}
	for (int i = 0; i < N_STEPS; i++) {
		const int64_t ms = steps_ms[up ? i : N_STEPS - 1 - i];

		if (up ? ms > feed->interval_ms : ms < feed->interval_ms) {
			found = ms;
			break;
		}
	}
	feed->interval_ms = found;
	feed->due_ms = cli_uptime_ms() + found;
}

static void toggle_drivers(struct display *display)
{
	display->options.drivers = display->options.drivers == NULL ? display->drivers : NULL;
}

static void ask(struct display *display, enum display_mode mode)
{
	display->typed[0] = '\0';
	display->mode = mode;
}

/* Session pools may have to be asked for. */
static void show_session(struct display *display, int64_t session)
{
	struct pm_error err;

	if (feed_show_sessions(display->feed, session != PM_NO_SESSIONS, &err) != PM_OK)
		display_fail(display, &err);
	else
		display->options.session = session;
}

/* False: the key means nothing here. */
static bool change_options(struct display *display, int key)
{
	struct pm_view_options *options = &display->options;

	switch (key) {
	case 'p':
		options->types = (enum pm_view_types)((options->types + 1) % PM_N_TYPES);
		break;
	case '(':
	case ')':
		options->by_change = !options->by_change;
		break;
	case 'e':
		options->totals = !options->totals;
		break;
	case 'l':
		display->plain = !display->plain;
		break;
	case 's':
		show_session(display,
			options->session == PM_NO_SESSIONS ? PM_ALL_SESSIONS : PM_NO_SESSIONS);
		break;
	case 'i':
		ask(display, MODE_SESSION);
		break;
	case 'g':
		toggle_drivers(display);
		break;
	default:
		if (key < '0' || key > '9')
			return sort(display, key);
		show_session(display, key - '0');
		break;
	}
	return true;
}

static void step_back(struct display *display)
{
	struct pm_error err;

	if (!is_recorded(display))
		return;
	if (feed_back(display->feed, &err) != PM_OK)
		display_fail(display, &err);
}

static void take_table_key(struct display *display, int key)
{
	struct feed *feed = display->feed;

	if (move(display, key) || change_options(display, key))
		return;
	switch (key) {
	case SCREEN_ESCAPE:
		display->quit = !feed->seeks;
		feed->seeks = false;
		break;
	case 'q':
		display->quit = true;
		break;
	case 'h':
	case '?':
		display->mode = MODE_HELP;
		display->help_top = 0;
		break;
	case '/':
		display->mode = MODE_FILTER;
		break;
	case ' ':
		feed->paused = !feed->paused;
		feed->due_ms = cli_uptime_ms();
		break;
	case '+':
	case '-':
		change_pace(display, key == '+');
		break;
	case '.':
		feed->paused = true;
		feed->seeks = false;
		step(display);
		break;
	case ',':
		step_back(display);
		break;
	case 'j':
		if (is_recorded(display))
			ask(display, MODE_TIME);
		break;
	case 'w':
		write_snapshot(display);
		break;
	case SCREEN_ENTER:
		if (display->followed == NULL)
			choose(display, display->top);
		if (display->followed != NULL)
			display->mode = MODE_TAG;
		break;
	case SCREEN_RESIZED:
		break;
	default:
		if (!feed->recorded)
			step(display);
		break;
	}
}

/* ---- what is typed ---- */

/* True once it is complete. */
static bool type(char *text, size_t size, int key)
{
	const size_t n = strlen(text);

	if (key == SCREEN_BACKSPACE && n > 0)
		text[n - 1] = '\0';
	else if (key >= ' ' && key < 127 && n + 1 < size) {
		text[n] = (char)key;
		text[n + 1] = '\0';
	}
	return key == SCREEN_ENTER;
}

static void take_filter_key(struct display *display, int key)
{
	if (key == SCREEN_ESCAPE)
		display->search[0] = '\0';
	if (type(display->search, sizeof(display->search), key) || key == SCREEN_ESCAPE)
		display->mode = MODE_TABLE;
	display->top = 0;
	display->followed = NULL;
}

static void take_session_key(struct display *display, int key)
{
	char *typed = display->typed;

	if (key == SCREEN_ESCAPE)
		display->mode = MODE_TABLE;
	if (!type(typed, sizeof(display->typed), key))
		return;
	display->mode = MODE_TABLE;
	if (typed[0] == '\0') {
		show_session(display, PM_ALL_SESSIONS);
	} else if (strlen(typed) < 10 && typed[strspn(typed, "0123456789")] == '\0') {
		show_session(display, strtoll(typed, NULL, 10));
	} else {
		snprintf(display->message, sizeof(display->message),
			"'%s' is no number of a session", typed);
	}
}

static void take_time_key(struct display *display, int key)
{
	struct pm_error err;
	int64_t time_ms;

	if (key == SCREEN_ESCAPE)
		display->mode = MODE_TABLE;
	if (!type(display->typed, sizeof(display->typed), key))
		return;
	display->mode = MODE_TABLE;
	if (!cli_parse_time(display->typed, &time_ms))
		snprintf(display->message, sizeof(display->message),
			"'%s' is no time like 2026-11-21 21:45 (UTC)", display->typed);
	else if (feed_seek(display->feed, time_ms, &err) != PM_OK)
		display_fail(display, &err);
}

static void take_help_key(struct display *display, int key)
{
	const size_t page = display_help_room(display);
	size_t *top = &display->help_top;

	switch (key) {
	case SCREEN_UP:
	case SCREEN_WHEEL_UP:
		*top -= *top > 0;
		break;
	case SCREEN_DOWN:
	case SCREEN_WHEEL_DOWN:
		++*top;
		break;
	case SCREEN_PAGE_UP:
		*top = *top > page ? *top - page : 0;
		break;
	case SCREEN_PAGE_DOWN:
		*top += page;
		break;
	case SCREEN_RESIZED:
		break;
	default:
		display->mode = MODE_TABLE;
		break;
	}
}

static void take_tag_key(struct display *display, int key)
{
	if (key == SCREEN_ESCAPE || key == 'q' || key == SCREEN_ENTER)
		display->mode = MODE_TABLE;
	else if (key == SCREEN_UP || key == SCREEN_DOWN)
		(void)move(display, key);
	else if (key == ' ' || key == '+' || key == '-' || key == '.' || key == ',')
		take_table_key(display, key);
}

void display_take_key(struct display *display, int key)
{
	display->message[0] = '\0';
	switch (display->mode) {
	case MODE_TABLE:
		take_table_key(display, key);
		break;
	case MODE_HELP:
		take_help_key(display, key);
		break;
	case MODE_TAG:
		take_tag_key(display, key);
		break;
	case MODE_FILTER:
		take_filter_key(display, key);
		break;
	case MODE_SESSION:
		take_session_key(display, key);
		break;
	case MODE_TIME:
		take_time_key(display, key);
		break;
	}
}
