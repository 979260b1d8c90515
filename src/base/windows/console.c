/* SPDX-License-Identifier: MIT */
#include "base/windows/console.h"

bool pm_console_is(HANDLE handle)
{
	DWORD mode;

	return GetFileType(handle) == FILE_TYPE_CHAR && GetConsoleMode(handle, &mode);
}

/* Of at most n bytes those that end with a whole character. */
static size_t whole(const char *text, size_t n, size_t most)
{
	if (n <= most)
		return n;
	n = most;
	while (n > most - 4 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

bool pm_console_write(HANDLE console, const char *text, size_t n)
{
	enum { MOST = 8192 };
	wchar_t wide[MOST]; /* no character takes more units in UTF-16 than in UTF-8 */

	while (n > 0) {
		const size_t part = whole(text, n, MOST);
		const int n_wide = MultiByteToWideChar(CP_UTF8, 0, text, (int)part, wide, MOST);

		for (DWORD at = 0, written = 0; at < (DWORD)n_wide; at += written) {
			if (!WriteConsoleW(
				    console, wide + at, (DWORD)n_wide - at, &written, NULL) ||
				written == 0)
				return false;
		}
		text += part;
		n -= part;
	}
	return true;
}
