/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include <windows.h>

struct cli_terminal cli_stdout_terminal(void)
{
	const HANDLE console = GetStdHandle(STD_OUTPUT_HANDLE);
	struct cli_terminal terminal = {0};
	CONSOLE_SCREEN_BUFFER_INFO info;
	DWORD mode;

	terminal.is_terminal = GetConsoleMode(console, &mode) != 0;
	if (!terminal.is_terminal)
		return terminal;
	/* 4: the console interprets escape sequences (Windows 10 and later). */
	terminal.colour = GetEnvironmentVariableW(L"NO_COLOR", NULL, 0) == 0 &&
		SetConsoleMode(console, mode | 4) != 0;
	if (GetConsoleScreenBufferInfo(console, &info))
		terminal.width = (unsigned)(info.srWindow.Right - info.srWindow.Left + 1);
	return terminal;
}

bool cli_stderr_is_terminal(void)
{
	DWORD mode;

	return GetConsoleMode(GetStdHandle(STD_ERROR_HANDLE), &mode) != 0;
}
