/* SPDX-License-Identifier: MIT */
/*
 * CommandLineToArgvW() lives in shell32.dll, and a process that loads this (or user32.dll) is not
 * told any more when a session ends or the machine goes down. The C library takes the command line
 * apart just the same.
 * https://learn.microsoft.com/windows/console/handlerroutine#remarks
 */
#include "base/windows/path.h"
#include "programs/cli/cli.h"
#include "programs/cli/windows/console.h"

#include <stdlib.h>
#include <windows.h>

/* From msvcrt.dll; new_mode: of malloc(), 0 as it is. */
struct start_info {
	int new_mode;
};
extern int __cdecl __wgetmainargs(
	int *argc, wchar_t ***argv, wchar_t ***environment, int expand, struct start_info *info);

/* The arguments as UTF-8; they stay as they are if that fails. */
static void take_arguments(int *argc, char ***argv)
{
	struct start_info info = {0};
	wchar_t **wide = NULL, **environment = NULL;
	char **utf8;
	int n = 0;

	if (__wgetmainargs(&n, &wide, &environment, 0, &info) != 0 || wide == NULL)
		return;
	utf8 = calloc((size_t)n + 1, sizeof(*utf8));
	for (int i = 0; utf8 != NULL && i < n; i++) {
		utf8[i] = pm_utf8_of(wide[i]);
		if (utf8[i] == NULL)
			return;
	}
	if (utf8 != NULL) {
		*argc = n;
		*argv = utf8;
	}
}

void cli_start_system(int *argc, char ***argv)
{
	SetErrorMode(
		SEM_FAILCRITICALERRORS); /* a drive without a disk is a failure, not a window */
	cli_console_begin();
	take_arguments(argc, argv);
}
