/* SPDX-License-Identifier: MIT */
/* The display on a screen: what comes is shown, what is typed is done. */
#include "programs/poolmon/display.h"

#include <errno.h>
#include <string.h>

enum { SEEK_MS = 100 };

/* The chosen row goes where its tag is now; without it, the tag in its place is chosen. */
static void follow(struct display *display)
{
	const struct pm_view *view = &display->view;
	bool found = false;

	for (size_t i = 0; i < view->n_rows && display->followed != NULL && !found; i++) {
		found = view->rows[i].key == display->followed;
		if (found)
			display->chosen = i;
	}
	if (display->chosen >= view->n_rows)
		display->chosen = view->n_rows > 0 ? view->n_rows - 1 : 0;
	if (display->followed != NULL && !found && display->mode != MODE_TAG)
		display->followed = view->n_rows > 0 ? view->rows[display->chosen].key : NULL;
}

/* The table anew. */
static enum pm_status refresh(struct display *display, struct pm_error *err)
{
	struct pm_view *view = &display->view;
	size_t room, rows, left;
	enum pm_status status;

	screen_size(display->screen, &rows, &display->options.width);
	display->options.search = display->search;
	display->options.later = true;
	status = pm_view_make(view, display->feed->watch, &display->options, err);
	if (status != PM_OK)
		return status;
	follow(display);
	room = display_room(display);
	if (display->followed != NULL && display->chosen < display->top)
		display->top = display->chosen;
	if (display->followed != NULL && display->chosen >= display->top + room)
		display->top = display->chosen - room + (room > 0);
	if (display->top + room > view->n_rows)
		display->top = view->n_rows > room ? view->n_rows - room : 0;
	status = pm_view_fill(view, display->top, room, err);
	left = display_most_left(display);
	display->left = display->left < left ? display->left : left;
	return status;
}

static bool is_over(const struct display *display)
{
	const uint64_t count = display->feed->settings->count;

	return display->quit || (count != 0 && display->feed->n >= count);
}

/* A part of the way through a recorded log, short enough for keys to be answered. */
static void go_on(struct display *display)
{
	struct pm_error err;

	if (display->feed->seeks &&
		feed_go_on(display->feed, cli_uptime_ms() + SEEK_MS, &err) != PM_OK)
		display_fail(display, &err);
}

/* A failure before anything could be shown ends it, unless it is for the moment only; a later one
 * is shown, and tried again. */
static enum pm_status sample(struct display *display, struct pm_error *err)
{
	struct feed *feed = display->feed;
	const enum pm_status status = feed_next(feed, err);

	display->begun |= status == PM_OK || status == PM_END || err->sys_errno == EAGAIN;
	return display->begun ? PM_OK : status;
}

/* When something is to be done unless a key comes. */
static int64_t next_look(const struct feed *feed)
{
	if (feed->seeks)
		return 0;
	return feed->paused || feed->ended ? INT64_MAX / 2 : feed->due_ms;
}

static enum pm_status run(struct display *display, struct pm_error *err)
{
	struct feed *feed = display->feed;
	enum pm_status status = sample(display, err);
	struct pm_error remark;

	if (status == PM_OK && pm_source_remark(feed->source, 0, &remark))
		display_fail(display, &remark); /* and the others in the end */
	while (status == PM_OK && !is_over(display)) {
		int key;

		if (!feed->seeks) /* what was shown stays until it is there */
			status = refresh(display, err);
		if (status != PM_OK)
			break;
		display_draw(display);
		key = screen_key(display->screen, next_look(feed));
		if (key == SCREEN_STOP)
			break;
		if (key != SCREEN_TIME)
			display_take_key(display, key);
		else if (!feed->seeks)
			status = sample(display, err);
		go_on(display);
	}
	return status;
}

int display_screen(struct feed *feed)
{
	const struct settings *settings = feed->settings;
	const struct cli_terminal terminal = cli_stdout_terminal();
	struct display display = {
		.feed = feed,
		.options = settings->view,
		.drivers = settings->drivers,
		.plain = settings->plain,
		.ascii = terminal.ascii,
	};
	struct cli_run *signals = NULL;
	struct pm_error err;
	enum pm_status status = cli_run_create(&signals, false, &err);

	if (status == PM_OK)
		status = feed_remember(feed, &err);
	if (status == PM_OK)
		status = screen_open(&display.screen, signals, terminal.colour, &err);
	if (status == PM_OK)
		status = run(&display, &err);
	screen_close(display.screen);
	pm_view_deinit(&display.view);
	cli_run_destroy(signals);
	return status == PM_OK ? CLI_DONE : cli_fail(&err);
}
