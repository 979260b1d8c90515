/* SPDX-License-Identifier: MIT */
/* Where there is no library for terminals. */
#include "programs/cli/screen.h"

#include "base/fail.h"

bool screen_is_possible(void)
{
	return false;
}

enum pm_status screen_open(
	struct screen **screen, struct cli_run *run, bool colour, struct pm_error *err)
{
	(void)run;
	(void)colour;
	*screen = NULL;
	return pm_fail(err, PM_E_UNSUPPORTED, "this poolmon was built without a display");
}

void screen_close(struct screen *screen)
{
	(void)screen;
}

void screen_size(const struct screen *screen, size_t *rows, size_t *columns)
{
	(void)screen;
	*rows = *columns = 0;
}

void screen_begin(struct screen *screen)
{
	(void)screen;
}

void screen_put(
	struct screen *screen, size_t row, size_t column, const char *text, enum screen_style style)
{
	(void)screen;
	(void)row;
	(void)column;
	(void)text;
	(void)style;
}

void screen_show(struct screen *screen)
{
	(void)screen;
}

int screen_key(struct screen *screen, int64_t until_ms)
{
	(void)screen;
	(void)until_ms;
	return SCREEN_STOP;
}
