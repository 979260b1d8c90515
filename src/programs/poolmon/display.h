/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_DISPLAY_H
#define POOLMON_DISPLAY_H

#include "programs/cli/screen.h"
#include "programs/poolmon/feed.h"

/* Shows what comes; each returns what the program exits with. The first writes text, the second
 * shows it on a screen and takes keys. */
int display_blocks(struct feed *feed);
int display_screen(struct feed *feed);

enum display_mode {
	MODE_TABLE,
	MODE_HELP,
	MODE_TAG,    /* one tag and its history */
	MODE_FILTER, /* what is typed is looked for at once */
	MODE_SESSION,
	MODE_TIME,
};

/* What is on the screen. */
struct display {
	struct feed *feed;
	struct screen *screen;
	struct pm_view_options options;
	struct pm_view view;
	bool plain; /* changes are not highlighted */
	const struct pm_drivers *drivers;
	bool ascii;
	enum display_mode mode;
	size_t top, chosen;            /* rows of the view */
	const struct pm_key *followed; /* the tag of the chosen row; NULL: none is chosen */
	size_t left;                   /* columns behind the tag that are out of sight */
	size_t help_top;               /* likewise lines of the help */
	char search[64], typed[64];
	char message[256]; /* shown until the next key */
	bool begun;        /* there was a first snapshot */
	bool quit;
};

/* Draws it all. */
void display_draw(struct display *display);
void display_draw_help(struct display *display);
void display_draw_tag(struct display *display, const struct pm_key *key);

/* Says at the foot what went wrong. */
void display_fail(struct display *display, const struct pm_error *err);

/* Does what a key asks for. */
void display_take_key(struct display *display, int key);

/* Rows of the table that fit, and lines of the help. */
size_t display_room(const struct display *display);
size_t display_help_room(const struct display *display);

/* Bytes of a text that fit into a line, to the end of a word or of an item, if there is one. */
size_t display_fitting(const char *text, size_t width);

/* How many columns behind the tag may be put out of sight until the last one is in it. */
size_t display_most_left(const struct display *display);

#endif
