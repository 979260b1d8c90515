/* SPDX-License-Identifier: MIT */
#include "programs/cli/windows/console.h"

#include <stdlib.h>

static struct change {
	HANDLE console;
	DWORD before;
} changes[4];
static int n_changes;

static void restore(void)
{
	while (n_changes > 0) {
		n_changes--;
		SetConsoleMode(changes[n_changes].console, changes[n_changes].before);
	}
}

/* Called if no other handler has taken the event, which ends the program then. */
static BOOL WINAPI on_control(DWORD event)
{
	(void)event;
	restore();
	return FALSE;
}

void cli_console_begin(void)
{
	atexit(restore);
	SetConsoleCtrlHandler(on_control, TRUE);
}

static bool is_known(HANDLE console)
{
	for (int i = 0; i < n_changes; i++) {
		if (changes[i].console == console)
			return true;
	}
	return false;
}

bool cli_console_set_mode(HANDLE console, DWORD mode)
{
	DWORD before;

	if (!GetConsoleMode(console, &before) || !SetConsoleMode(console, mode))
		return false;
	if (!is_known(console) && n_changes < (int)(sizeof(changes) / sizeof(changes[0])))
		changes[n_changes++] = (struct change){console, before};
	return true;
}
