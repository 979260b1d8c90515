/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_CLI_WINDOWS_CONSOLE_H
#define POOLMON_CLI_WINDOWS_CONSOLE_H

#include <stdbool.h>
#include <windows.h>

/* To be called before anything else that watches the console. */
void cli_console_begin(void);

/* SetConsoleMode(), of which nothing is left when the program has ended, or was ended by a key. */
bool cli_console_set_mode(HANDLE console, DWORD mode);

#endif
