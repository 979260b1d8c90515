/* SPDX-License-Identifier: MIT */
#include "base/windows/console.h"
#include "programs/cli/cli.h"
#include "programs/cli/windows/console.h"

#include <stdio.h>
#include <string.h>

struct cli_terminal cli_stdout_terminal(void)
{
	const HANDLE console = GetStdHandle(STD_OUTPUT_HANDLE);
	struct cli_terminal terminal = {.is_terminal = pm_console_is(console)};
	CONSOLE_SCREEN_BUFFER_INFO info;
	DWORD mode;

	if (!terminal.is_terminal)
		return terminal;
	/* Escape sequences are understood by Windows 10 and later. */
	terminal.colour = GetEnvironmentVariableW(L"NO_COLOR", NULL, 0) <= 1 &&
		GetConsoleMode(console, &mode) &&
		cli_console_set_mode(console,
			mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
	if (GetConsoleScreenBufferInfo(console, &info))
		terminal.width = (unsigned)(info.srWindow.Right - info.srWindow.Left + 1);
	return terminal;
}

bool cli_stderr_is_terminal(void)
{
	return pm_console_is(GetStdHandle(STD_ERROR_HANDLE));
}

void cli_put_message(const char *line)
{
	const HANDLE console = GetStdHandle(STD_ERROR_HANDLE);

	fflush(stderr);
	if (!pm_console_is(console) || !pm_console_write(console, line, strlen(line)))
		fputs(line, stderr);
}
