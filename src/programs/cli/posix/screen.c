/* SPDX-License-Identifier: MIT */
/* On ncurses, which compares pictures and writes the difference. */
#include "programs/cli/screen.h"

#include "base/clock.h"
#include "base/fail.h"
#include "programs/cli/posix/terminfo.h"

#include <curses.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct screen {
	struct cli_run *run;
	SCREEN *terminal;
	bool colour;
};

enum { SLICE_MS = 100, PAIR_CHANGED = 1, PAIR_CHOSEN, PAIR_BAR };

bool screen_is_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static void prepare(struct screen *screen, bool colour)
{
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	curs_set(0);
#ifdef BUTTON5_PRESSED
	mousemask(BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
#endif
	screen->colour = colour && has_colors();
	if (!screen->colour)
		return;
	start_color();
	use_default_colors();
	init_pair(PAIR_CHANGED, COLOR_YELLOW, -1);
	init_pair(PAIR_CHOSEN, COLOR_WHITE, COLOR_BLUE);
	init_pair(PAIR_BAR, COLOR_BLACK, COLOR_CYAN);
}

enum pm_status screen_open(
	struct screen **out, struct cli_run *run, bool colour, struct pm_error *err)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	*out = NULL;
	if (screen == NULL)
		return pm_fail_memory(err);
	screen->run = run;
	setlocale(LC_CTYPE, "");
	if (terminfo_moves_cursor()) /* a newterm() that fails leaks */
		screen->terminal = newterm(NULL, stdout, stdin);
	if (screen->terminal == NULL) {
		const char *name = getenv("TERM");
		enum pm_status status = pm_fail(err, PM_E_UNSUPPORTED,
			"no pictures can be shown on a terminal of type '%s'",
			name != NULL ? name : "");

		pm_error_remedy(err,
			"set TERM to what it is, as in TERM=xterm, or write text: poolmon | cat");
		screen_close(screen);
		return status;
	}
	prepare(screen, colour);
	*out = screen;
	return PM_OK;
}

void screen_close(struct screen *screen)
{
	if (screen == NULL)
		return;
	if (screen->terminal != NULL) {
		endwin();
		delscreen(screen->terminal);
	}
	free(screen);
}

void screen_size(const struct screen *screen, size_t *rows, size_t *columns)
{
	(void)screen;
	*rows = (size_t)getmaxy(stdscr);
	*columns = (size_t)getmaxx(stdscr);
}

void screen_begin(struct screen *screen)
{
	(void)screen;
	erase();
}

static attr_t attributes(const struct screen *screen, enum screen_style style)
{
	switch (style) {
	case SCREEN_STRONG:
		return A_BOLD;
	case SCREEN_CHANGED:
		return screen->colour ? A_BOLD | (attr_t)COLOR_PAIR(PAIR_CHANGED) : A_BOLD;
	case SCREEN_CHOSEN:
		return screen->colour ? (attr_t)COLOR_PAIR(PAIR_CHOSEN) : A_REVERSE;
	case SCREEN_BAR:
		return screen->colour ? (attr_t)COLOR_PAIR(PAIR_BAR) : A_REVERSE;
	default:
		return A_NORMAL;
	}
}

/* Bytes of the first n characters. */
static size_t cut(const char *text, size_t n)
{
	size_t i = 0;

	while (text[i] != '\0' && (n > 0 || ((unsigned char)text[i] & 0xc0) == 0x80)) {
		n -= ((unsigned char)text[i] & 0xc0) != 0x80;
		i++;
	}
	return i;
}

void screen_put(
	struct screen *screen, size_t row, size_t column, const char *text, enum screen_style style)
{
	size_t rows, columns;

	screen_size(screen, &rows, &columns);
	if (row >= rows || column >= columns)
		return;
	attrset(attributes(screen, style));
	(void)mvaddnstr((int)row, (int)column, text, (int)cut(text, columns - column));
	attrset(A_NORMAL);
}

void screen_show(struct screen *screen)
{
	(void)screen;
	refresh();
}

static int wheel(void)
{
#ifdef BUTTON5_PRESSED
	MEVENT event;

	if (getmouse(&event) == OK) {
		if ((event.bstate & BUTTON4_PRESSED) != 0)
			return SCREEN_WHEEL_UP;
		if ((event.bstate & BUTTON5_PRESSED) != 0)
			return SCREEN_WHEEL_DOWN;
	}
#endif
	return SCREEN_OTHER;
}

/* Behind ESC: whether it began a sequence of bytes that the terminal is not said to send, which is
 * some key or other. What a person types after ESC comes later. */
static bool skip_sequence(void)
{
	int key, n = 1;

	timeout(0);
	key = getch();
	if (key != '[' && key != 'O') {
		if (key != ERR)
			ungetch(key);
		return false;
	}
	for (key = getch(); key != ERR && (key < 0x40 || key > 0x7e); key = getch())
		n++;
	for (n = n == 1 && key == 'M' ? 3 : 0; n > 0; n--)
		(void)getch(); /* where a mouse is */
	return true;
}

static int translate(int key)
{
	static const struct {
		int theirs, ours;
	} keys[] = {
		{KEY_RESIZE, SCREEN_RESIZED},
		{KEY_UP, SCREEN_UP},
		{KEY_DOWN, SCREEN_DOWN},
		{KEY_LEFT, SCREEN_LEFT},
		{KEY_RIGHT, SCREEN_RIGHT},
		{KEY_PPAGE, SCREEN_PAGE_UP},
		{KEY_NPAGE, SCREEN_PAGE_DOWN},
		{KEY_HOME, SCREEN_HOME},
		{KEY_END, SCREEN_END},
		{KEY_ENTER, SCREEN_ENTER},
		{KEY_BACKSPACE, SCREEN_BACKSPACE},
		{'\r', SCREEN_ENTER},
		{'\n', SCREEN_ENTER},
		{27, SCREEN_ESCAPE},
		{8, SCREEN_BACKSPACE},
		{127, SCREEN_BACKSPACE},
	};

	if (key == KEY_MOUSE)
		return wheel();
	if (key == 27 && skip_sequence())
		return SCREEN_OTHER;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].theirs == key)
			return keys[i].ours;
	}
	return key >= ' ' && key < 127 ? key : SCREEN_OTHER;
}

/* The terminal is gone, and whoever it belonged to did not say so. */
static bool hung_up(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&input, 1, 0) > 0 && (input.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

int screen_key(struct screen *screen, int64_t until_ms)
{
	for (;;) {
		const int64_t left = until_ms - pm_clock_uptime_ms();
		int key;

		timeout(left <= 0 ? 0 : left < SLICE_MS ? (int)left : SLICE_MS);
		key = getch();
		if (key != ERR)
			return translate(key);
		if (cli_run_wait(screen->run, 0) == CLI_STOP || hung_up())
			return SCREEN_STOP;
		if (left <= 0)
			return SCREEN_TIME;
	}
}
