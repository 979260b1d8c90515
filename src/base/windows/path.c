/* SPDX-License-Identifier: MIT */
/*
 * Paths of more than 260 characters (and directories of more than 248) are taken only with a mark
 * before them that has Windows leave them as they are. So they are made whole here first: where a
 * relative one begins, `..`, slashes, and blanks and dots at the end are seen to by
 * GetFullPathNameW().
 * https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation
 */
#include "base/windows/path.h"

#include "base/fail.h"
#include "base/windows/device.h"
#include "base/windows/failure.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { LONG_PATH = 240 }; /* with room for "\*" and a name as DOS had them */

static const wchar_t literal[] = L"\\\\?\\", literal_share[] = L"\\\\?\\UNC\\";

wchar_t *pm_wide_of(const char *text)
{
	const int n = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
	wchar_t *wide = n <= 0 ? NULL : malloc((size_t)n * sizeof(*wide));

	if (wide != NULL)
		MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, n);
	return wide;
}

char *pm_utf8_of(const wchar_t *wide)
{
	const int n = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
	char *text = n <= 0 ? NULL : malloc((size_t)n);

	if (text != NULL)
		WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, n, NULL, NULL);
	return text;
}

static bool begins_with(const wchar_t *path, const wchar_t *with)
{
	return wcsncmp(path, with, wcslen(with)) == 0;
}

/* Puts the mark before a path for which there is room. */
static void mark_literal(wchar_t *path)
{
	const size_t n = wcslen(path);

	if (n < LONG_PATH || begins_with(path, literal) || begins_with(path, L"\\\\.\\"))
		return;
	if (begins_with(path, L"\\\\")) { /* \\server\share */
		memmove(path + wcslen(literal_share), path + 2, (n - 1) * sizeof(*path));
		memcpy(path, literal_share, wcslen(literal_share) * sizeof(*path));
	} else {
		memmove(path + wcslen(literal), path, (n + 1) * sizeof(*path));
		memcpy(path, literal, wcslen(literal) * sizeof(*path));
	}
}

/* Of a literal path that we have added to: a backslash that another one follows goes. */
static void join_names(wchar_t *path)
{
	wchar_t *to = path + wcslen(literal);

	for (const wchar_t *from = to; *from != L'\0'; from++) {
		if (from[0] != L'\\' || from[1] != L'\\')
			*to++ = *from;
	}
	*to = L'\0';
}

/* given: with backslashes. NULL: GetLastError() tells. */
static wchar_t *make_whole(const wchar_t *given)
{
	const DWORD room = begins_with(given, literal) ? 0 : GetFullPathNameW(given, 0, NULL, NULL);
	const size_t n = (room > wcslen(given) ? room : wcslen(given)) + 1;
	wchar_t *whole;

	if (room == 0 && !begins_with(given, literal))
		return NULL;
	whole = malloc((n + wcslen(literal_share)) * sizeof(*whole));
	if (whole == NULL) {
		SetLastError(ERROR_OUTOFMEMORY);
		return NULL;
	}
	if (room == 0)
		join_names(wcscpy(whole, given));
	else if (GetFullPathNameW(given, room, whole, NULL) >= room)
		*whole = L'\0'; /* the working directory was changed meanwhile: nobody does */
	mark_literal(whole);
	return whole;
}

static wchar_t *fail_device(const char *path, struct pm_error *err)
{
	(void)pm_fail(err, PM_E_ARGUMENT,
		"on Windows this is the name of a device, whatever stands behind its dot");
	pm_error_where(err, path, 0, 0);
	pm_error_remedy(err, "give another name");
	return NULL;
}

static wchar_t *convert(const char *path, const char *behind, struct pm_error *err)
{
	const size_t n = strlen(path) + strlen(behind) + 1;
	char *text = malloc(n);
	wchar_t *given, *whole = NULL;

	if (text == NULL) {
		(void)pm_fail_memory(err);
		return NULL;
	}
	strcpy(text, path);
	strcat(text, behind);
	given = pm_wide_of(text);
	free(text);
	if (given == NULL) {
		(void)pm_fail(err, PM_E_ARGUMENT, "the path is not UTF-8");
		pm_error_where(err, path, 0, 0);
		return NULL;
	}
	for (wchar_t *c = given; *c != L'\0'; c++)
		*c = *c == L'/' ? L'\\' : *c;
	SetLastError(ERROR_FILE_NOT_FOUND); /* of an empty path */
	whole = path[0] == '\0' ? NULL : make_whole(given);
	free(given);
	if (whole == NULL)
		(void)pm_fail_windows(err, GetLastError(), path, "can't be opened");
	return whole;
}

wchar_t *pm_path_wide(const char *path, struct pm_error *err)
{
	return pm_path_names_device(path) ? fail_device(path, err) : convert(path, "", err);
}

wchar_t *pm_path_wide_pattern(const char *path, struct pm_error *err)
{
	return pm_path_names_device(path) ? fail_device(path, err) : convert(path, "\\*", err);
}
