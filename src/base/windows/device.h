/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_BASE_WINDOWS_DEVICE_H
#define POOLMON_BASE_WINDOWS_DEVICE_H

#include <stdbool.h>

/* Whether some name in the path is one that Windows keeps for a device, whatever stands behind a
 * dot: `con`, `logs\nul.csv`. Such a file would be a console or nothing, or one that other programs
 * can neither open nor remove. The device of nothing itself, `NUL`, and paths that say that they
 * are taken literally or name a device (`\\?\`, `\\.\`) are what they say: false.
 * https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
bool pm_path_names_device(const char *path);

#endif
