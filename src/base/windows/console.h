/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_BASE_WINDOWS_CONSOLE_H
#define POOLMON_BASE_WINDOWS_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

bool pm_console_is(HANDLE handle);

/* Shows UTF-8 on a console, whatever code page it has: that belongs to all programs on it. Whole
 * characters only. False: GetLastError() tells. */
bool pm_console_write(HANDLE console, const char *text, size_t n);

#endif
