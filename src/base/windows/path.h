/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_BASE_WINDOWS_PATH_H
#define POOLMON_BASE_WINDOWS_PATH_H

#include <poolmon/error.h>

#include <wchar.h>

/* A path of ours as Windows takes it, of any length: whole, with backslashes, and marked as literal
 * where it is long. free() it. NULL: it is not UTF-8, names a device, or can't be taken; what is
 * wrong is in err. */
wchar_t *pm_path_wide(const char *path, struct pm_error *err);

/* The same with "\*" behind it, for what is in a directory. */
wchar_t *pm_path_wide_pattern(const char *path, struct pm_error *err);

/* UTF-16 of UTF-8 and back; free() it. NULL: memory is short, or (the former only) the text is not
 * UTF-8. */
wchar_t *pm_wide_of(const char *text);
char *pm_utf8_of(const wchar_t *wide);

#endif
