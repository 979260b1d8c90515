/* SPDX-License-Identifier: MIT */
/* The whole terminal as a screen: pictures are put together piece by piece and shown at once; keys
 * come one by one. */
#ifndef POOLMON_CLI_SCREEN_H
#define POOLMON_CLI_SCREEN_H

#include "programs/cli/run.h"

#include <stddef.h>
#include <stdint.h>

enum screen_style {
	SCREEN_PLAIN,
	SCREEN_STRONG,
	SCREEN_CHANGED, /* what is to catch the eye */
	SCREEN_CHOSEN,  /* where the user is */
	SCREEN_BAR,     /* lines that are no contents */
};

/* What screen_key() returns beside ASCII characters. */
enum screen_key {
	SCREEN_TIME = 0x1000, /* none came in time */
	SCREEN_STOP,          /* somebody wants us to end */
	SCREEN_RESIZED,
	SCREEN_UP,
	SCREEN_DOWN,
	SCREEN_LEFT,
	SCREEN_RIGHT,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_HOME,
	SCREEN_END,
	SCREEN_WHEEL_UP,
	SCREEN_WHEEL_DOWN,
	SCREEN_ENTER,
	SCREEN_ESCAPE,
	SCREEN_BACKSPACE,
	SCREEN_OTHER,
};

struct screen;

/* Whether standard input and output are a terminal that pictures can be shown on. */
bool screen_is_possible(void);

/* Takes the terminal over. run: signals are asked for there; it must outlive the screen.
 * PM_E_UNSUPPORTED: the terminal can't do it; PM_E_MEMORY. */
PM_MUST_USE enum pm_status screen_open(
	struct screen **screen, struct cli_run *run, bool colour, struct pm_error *err);
void screen_close(struct screen *screen);

void screen_size(const struct screen *screen, size_t *rows, size_t *columns);

/* A new picture, empty. */
void screen_begin(struct screen *screen);
/* Text in UTF-8 without control characters; what is beyond the edge is cut off. */
void screen_put(struct screen *screen, size_t row, size_t column, const char *text,
	enum screen_style style);
void screen_show(struct screen *screen);

/* The next key, waited for until cli_uptime_ms() shows until_ms. */
int screen_key(struct screen *screen, int64_t until_ms);

#endif
