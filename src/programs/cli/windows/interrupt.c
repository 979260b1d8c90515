/* SPDX-License-Identifier: MIT */
/* The handler runs on a thread of its own while the others go on. */
#include "programs/cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

static char message[64];
static wchar_t half_written[4096];
static volatile LONG removes, clears;

static BOOL WINAPI handle(DWORD event)
{
	DWORD n;

	(void)event;
	if (removes)
		DeleteFileW(half_written);
	if (clears)
		WriteFile(GetStdHandle(STD_ERROR_HANDLE), "\r\n", 2, &n, NULL);
	WriteFile(GetStdHandle(STD_ERROR_HANDLE), message, (DWORD)strlen(message), &n, NULL);
	return FALSE; /* and the next one ends the process */
}

void cli_interrupt_begin(const char *program)
{
	snprintf(message, sizeof(message), "%s: interrupted\r\n", program);
	SetConsoleCtrlHandler(handle, TRUE);
}

void cli_interrupt_removes(const char *path)
{
	const int size = (int)(sizeof(half_written) / sizeof(half_written[0]));

	InterlockedExchange(&removes, 0);
	if (path != NULL && MultiByteToWideChar(CP_UTF8, 0, path, -1, half_written, size) > 0)
		InterlockedExchange(&removes, 1);
}

void cli_interrupt_clears(bool line)
{
	InterlockedExchange(&clears, line);
}
