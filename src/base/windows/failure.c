/* SPDX-License-Identifier: MIT */
#include "base/windows/failure.h"

#include "base/fail.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

/* exact: what C says of the errno value is all that there is to say. */
static const struct meaning {
	DWORD code;
	int number;
	bool exact;
} meanings[] = {
	{ERROR_FILE_NOT_FOUND, ENOENT, true},
	{ERROR_PATH_NOT_FOUND, ENOENT, true},
	{ERROR_INVALID_NAME, ENOENT, false},
	{ERROR_BAD_PATHNAME, ENOENT, false},
	{ERROR_BAD_NETPATH, ENOENT, false},
	{ERROR_BAD_NET_NAME, ENOENT, false},
	{ERROR_INVALID_DRIVE, ENOENT, false},
	{ERROR_DIRECTORY, ENOTDIR, false},
	{ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG, false},
	{ERROR_ACCESS_DENIED, EACCES, true},
	{ERROR_SHARING_VIOLATION, EBUSY, false},
	{ERROR_LOCK_VIOLATION, EBUSY, false},
	{ERROR_PRIVILEGE_NOT_HELD, EACCES, false},
	{740 /* ERROR_ELEVATION_REQUIRED */, EACCES, false}, /* not in every header */
	{ERROR_WRITE_PROTECT, EROFS, false},
	{ERROR_FILE_EXISTS, EEXIST, true},
	{ERROR_ALREADY_EXISTS, EEXIST, true},
	{ERROR_DIR_NOT_EMPTY, ENOTEMPTY, true},
	{ERROR_DISK_FULL, ENOSPC, true},
	{ERROR_HANDLE_DISK_FULL, ENOSPC, true},
	{1295 /* ERROR_DISK_QUOTA_EXCEEDED */, ENOSPC, false},
	{ERROR_NOT_ENOUGH_MEMORY, ENOMEM, false},
	{ERROR_OUTOFMEMORY, ENOMEM, false},
	{ERROR_NO_SYSTEM_RESOURCES, ENOMEM, false},
	{ERROR_NOT_ENOUGH_QUOTA, ENOMEM, false},
	{ERROR_COMMITMENT_LIMIT, ENOMEM, false},
	{ERROR_TOO_MANY_OPEN_FILES, EMFILE, true},
	{ERROR_CANT_RESOLVE_FILENAME, ELOOP, false},
	{ERROR_INVALID_HANDLE, EBADF, true},
	{ERROR_NO_DATA, EPIPE, true},
	{ERROR_BROKEN_PIPE, EPIPE, true},
};

static const struct meaning *meaning_of(DWORD code)
{
	static const struct meaning other = {0, EIO, false};

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].code == code)
			return &meanings[i];
	}
	return &other;
}

int pm_errno_of_windows(unsigned long code)
{
	return meaning_of(code)->number;
}

/* What Windows says, without the dot and the line's end; in English, as the rest, if it can. */
static void describe(DWORD code, char *text, int size)
{
	const DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
		FORMAT_MESSAGE_MAX_WIDTH_MASK;
	wchar_t wide[256];
	DWORD n = FormatMessageW(flags, NULL, code, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US),
		wide, sizeof(wide) / sizeof(wide[0]), NULL);

	if (n == 0)
		n = FormatMessageW(
			flags, NULL, code, 0, wide, sizeof(wide) / sizeof(wide[0]), NULL);
	while (n > 0 && (wide[n - 1] <= L' ' || wide[n - 1] == L'.'))
		n--;
	n = (DWORD)WideCharToMultiByte(
		CP_UTF8, 0, wide, (int)n, text, n > 0 ? size - 1 : 0, NULL, NULL);
	text[n < (DWORD)size ? n : 0] = '\0';
}

enum pm_status pm_fail_windows(
	struct pm_error *err, unsigned long code, const char *path, const char *what)
{
	const struct meaning *meaning = meaning_of(code);
	const enum pm_status status = pm_fail_errno(err, meaning->number, "%s", what);
	char text[240];

	pm_error_where(err, path, 0, 0);
	if (err == NULL || meaning->exact)
		return status;
	describe(code, text, sizeof(text));
	snprintf(err->message, sizeof(err->message), "%s: %s%s(Windows error %lu)", what, text,
		text[0] != '\0' ? " " : "", code);
	/* A shell hands "DIR\" on as DIR" and takes the words behind it for more of the name. */
	if (code == ERROR_INVALID_NAME && path != NULL && strchr(path, '"') != NULL)
		pm_error_remedy(err, "within quotes a folder must not end in a backslash");
	return status;
}
