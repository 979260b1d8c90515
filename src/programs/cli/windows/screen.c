/* SPDX-License-Identifier: MIT */
/* On the console's escape sequences (Windows 10 and later): a picture is written in one go, from
 * the upper left corner on, so nothing flickers. */
#include "programs/cli/screen.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/windows/console.h"
#include "programs/cli/windows/console.h"

#include <stdlib.h>
#include <string.h>

struct cell {
	char text[5]; /* one character in UTF-8 */
	unsigned char style;
};

struct screen {
	struct cli_run *run;
	HANDLE in, out;
	DWORD in_mode, out_mode; /* as they were */
	bool colour;
	size_t rows, columns;
	struct cell *cells; /* [rows x columns]; NULL: memory ran out */
	struct pm_buf picture;
};

enum { SLICE_MS = 100 };

bool screen_is_possible(void)
{
	return pm_console_is(GetStdHandle(STD_INPUT_HANDLE)) &&
		pm_console_is(GetStdHandle(STD_OUTPUT_HANDLE));
}

/* Escape sequences are understood, and what is written in the last column leaves the cursor there:
 * without the latter flag each row that is full would begin another one. */
static bool take_output(struct screen *screen)
{
	const DWORD mode =
		screen->out_mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING;

	return cli_console_set_mode(screen->out, mode | DISABLE_NEWLINE_AUTO_RETURN) ||
		cli_console_set_mode(screen->out, mode);
}

enum pm_status screen_open(
	struct screen **out, struct cli_run *run, bool colour, struct pm_error *err)
{
	static const char begin[] = "\x1b[?1049h\x1b[?25l"; /* another page, no cursor */
	struct screen *screen = calloc(1, sizeof(*screen));

	*out = NULL;
	if (screen == NULL)
		return pm_fail_memory(err);
	screen->run = run;
	screen->colour = colour;
	screen->in = GetStdHandle(STD_INPUT_HANDLE);
	screen->out = GetStdHandle(STD_OUTPUT_HANDLE);
	if (!GetConsoleMode(screen->in, &screen->in_mode) ||
		!GetConsoleMode(screen->out, &screen->out_mode) || !take_output(screen)) {
		free(screen);
		(void)pm_fail(err, PM_E_UNSUPPORTED,
			"no pictures can be shown on this console: it takes no escape sequences");
		pm_error_remedy(err, "before Windows 10 write text: poolmon | more");
		return PM_E_UNSUPPORTED;
	}
	cli_console_set_mode(screen->in,
		ENABLE_PROCESSED_INPUT | ENABLE_WINDOW_INPUT | ENABLE_MOUSE_INPUT |
			ENABLE_EXTENDED_FLAGS);
	pm_console_write(screen->out, begin, sizeof(begin) - 1);
	*out = screen;
	return PM_OK;
}

void screen_close(struct screen *screen)
{
	static const char end[] = "\x1b[0m\x1b[?25h\x1b[?1049l";

	if (screen == NULL)
		return;
	pm_console_write(screen->out, end, sizeof(end) - 1);
	SetConsoleMode(screen->in, screen->in_mode | ENABLE_EXTENDED_FLAGS);
	SetConsoleMode(screen->out, screen->out_mode);
	pm_buf_deinit(&screen->picture);
	free(screen->cells);
	free(screen);
}

void screen_size(const struct screen *screen, size_t *rows, size_t *columns)
{
	CONSOLE_SCREEN_BUFFER_INFO info;

	*rows = *columns = 0;
	if (!GetConsoleScreenBufferInfo(screen->out, &info))
		return;
	*rows = (size_t)(info.srWindow.Bottom - info.srWindow.Top + 1);
	*columns = (size_t)(info.srWindow.Right - info.srWindow.Left + 1);
}

void screen_begin(struct screen *screen)
{
	size_t rows, columns;

	screen_size(screen, &rows, &columns);
	if (rows != screen->rows || columns != screen->columns || screen->cells == NULL) {
		free(screen->cells);
		screen->rows = rows;
		screen->columns = columns;
		screen->cells = calloc(rows * columns + 1, sizeof(*screen->cells));
	}
	for (size_t i = 0; screen->cells != NULL && i < rows * columns; i++)
		screen->cells[i] = (struct cell){" ", SCREEN_PLAIN};
}

void screen_put(
	struct screen *screen, size_t row, size_t column, const char *text, enum screen_style style)
{
	if (screen->cells == NULL || row >= screen->rows)
		return;
	for (; *text != '\0' && column < screen->columns; column++) {
		struct cell *cell = &screen->cells[row * screen->columns + column];
		size_t n = pm_utf8_length(text, strlen(text));

		n = n == 0 ? 1 : n;
		memcpy(cell->text, text, n);
		cell->text[n] = '\0';
		cell->style = (unsigned char)style;
		text += n;
	}
}

static const char *sequence(const struct screen *screen, unsigned char style)
{
	switch (style) {
	case SCREEN_STRONG:
		return "\x1b[0;1m";
	case SCREEN_CHANGED:
		return screen->colour ? "\x1b[0;1;33m" : "\x1b[0;1m";
	case SCREEN_CHOSEN:
		return screen->colour ? "\x1b[0;37;44m" : "\x1b[0;7m";
	case SCREEN_BAR:
		return screen->colour ? "\x1b[0;30;46m" : "\x1b[0;7m";
	default:
		return "\x1b[0m";
	}
}

/* Blanks of one style at the end are erased rather than written: it is shorter. */
static void add_row(struct screen *screen, const struct cell *cells, unsigned char *style)
{
	struct pm_buf *picture = &screen->picture;
	size_t n = screen->columns;

	while (n > 0 && strcmp(cells[n - 1].text, " ") == 0 &&
		cells[n - 1].style == cells[screen->columns - 1].style)
		n--;
	for (size_t c = 0; c < n || (c == n && n < screen->columns); c++) {
		if (cells[c].style != *style)
			pm_buf_add_text(picture, sequence(screen, cells[c].style));
		*style = cells[c].style;
		pm_buf_add_text(picture, c < n ? cells[c].text : "\x1b[K");
	}
}

void screen_show(struct screen *screen)
{
	CONSOLE_SCREEN_BUFFER_INFO info;
	unsigned char style = SCREEN_PLAIN;

	if (screen->cells == NULL)
		return;
	pm_buf_clear(&screen->picture);
	pm_buf_add_text(&screen->picture, "\x1b[0m");
	for (size_t r = 0; r < screen->rows; r++) {
		if (r > 0)
			pm_buf_add_text(&screen->picture, "\r\n");
		add_row(screen, &screen->cells[r * screen->columns], &style);
	}
	if (screen->picture.failed || !GetConsoleScreenBufferInfo(screen->out, &info))
		return;
	SetConsoleCursorPosition(
		screen->out, (COORD){.X = info.srWindow.Left, .Y = info.srWindow.Top});
	pm_console_write(screen->out, screen->picture.at, screen->picture.n);
}

static int translate(const KEY_EVENT_RECORD *key)
{
	static const struct {
		WORD theirs;
		int ours;
	} keys[] = {
		{VK_UP, SCREEN_UP},
		{VK_DOWN, SCREEN_DOWN},
		{VK_LEFT, SCREEN_LEFT},
		{VK_RIGHT, SCREEN_RIGHT},
		{VK_PRIOR, SCREEN_PAGE_UP},
		{VK_NEXT, SCREEN_PAGE_DOWN},
		{VK_HOME, SCREEN_HOME},
		{VK_END, SCREEN_END},
		{VK_RETURN, SCREEN_ENTER},
		{VK_ESCAPE, SCREEN_ESCAPE},
		{VK_BACK, SCREEN_BACKSPACE},
	};
	const WCHAR character = key->uChar.UnicodeChar;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].theirs == key->wVirtualKeyCode)
			return keys[i].ours;
	}
	if (character >= ' ' && character < 127)
		return character;
	return character != 0 ? SCREEN_OTHER : 0; /* 0: Shift and its like alone */
}

/* 0: nothing of interest. */
static int read_event(struct screen *screen)
{
	INPUT_RECORD record;
	DWORD n;

	if (!ReadConsoleInputW(screen->in, &record, 1, &n) || n == 0)
		return SCREEN_STOP;
	if (record.EventType == WINDOW_BUFFER_SIZE_EVENT)
		return SCREEN_RESIZED;
	if (record.EventType == MOUSE_EVENT &&
		(record.Event.MouseEvent.dwEventFlags & MOUSE_WHEELED) != 0)
		return (int)record.Event.MouseEvent.dwButtonState > 0 ? SCREEN_WHEEL_UP
								      : SCREEN_WHEEL_DOWN;
	if (record.EventType == KEY_EVENT && record.Event.KeyEvent.bKeyDown)
		return translate(&record.Event.KeyEvent);
	return 0;
}

/* Not every console tells. */
static bool was_resized(const struct screen *screen)
{
	size_t rows, columns;

	screen_size(screen, &rows, &columns);
	return screen->cells != NULL && (rows != screen->rows || columns != screen->columns);
}

int screen_key(struct screen *screen, int64_t until_ms)
{
	for (;;) {
		const int64_t left = until_ms - pm_clock_uptime_ms();
		const DWORD wait = left <= 0 ? 0 : left < SLICE_MS ? (DWORD)left : SLICE_MS;
		int key;

		if (WaitForSingleObject(screen->in, wait) == WAIT_OBJECT_0) {
			key = read_event(screen);
			if (key != 0)
				return key;
		}
		if (cli_run_wait(screen->run, 0) == CLI_STOP)
			return SCREEN_STOP;
		if (was_resized(screen))
			return SCREEN_RESIZED;
		if (left <= 0)
			return SCREEN_TIME;
	}
}
