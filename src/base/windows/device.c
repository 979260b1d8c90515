/* SPDX-License-Identifier: MIT */
/* Plain C, so that it is tested on every system. */
#include "base/windows/device.h"

#include <stddef.h>
#include <string.h>

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is(const char *name, size_t n, const char *device)
{
	size_t i = 0;

	while (i < n && device[i] != '\0' && upper(name[i]) == device[i])
		i++;
	return i == n && device[i] == '\0';
}

/* COM1 to COM9 and LPT1 to LPT9; digits written high (in UTF-8: C2 and B9, B2 or B3) count too. */
static bool is_port(const char *name, size_t n)
{
	if (n < 4 || !(is(name, 3, "COM") || is(name, 3, "LPT")))
		return false;
	if (n == 4)
		return name[3] >= '1' && name[3] <= '9';
	return n == 5 &&
		(memcmp(name + 3, "\xc2\xb9", 2) == 0 || memcmp(name + 3, "\xc2\xb2", 2) == 0 ||
			memcmp(name + 3, "\xc2\xb3", 2) == 0);
}

/* What counts of a name ends at the first dot or colon, and blanks before that are left out. */
static bool is_device(const char *name, size_t n)
{
	static const char *const devices[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"};
	size_t end = 0;

	while (end < n && name[end] != '.' && name[end] != ':')
		end++;
	while (end > 0 && name[end - 1] == ' ')
		end--;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (is(name, end, devices[i]))
			return true;
	}
	return is_port(name, end);
}

static bool is_separator(char c)
{
	return c == '/' || c == '\\';
}

bool pm_path_names_device(const char *path)
{
	if (is_separator(path[0]) && is_separator(path[1]) && (path[2] == '?' || path[2] == '.') &&
		is_separator(path[3]))
		return false;
	if (is(path, strlen(path), "NUL"))
		return false;
	if (path[0] != '\0' && path[1] == ':')
		path += 2; /* the drive */
	while (*path != '\0') {
		const size_t n = strcspn(path, "/\\");

		if (is_device(path, n))
			return true;
		path += n + (path[n] != '\0');
	}
	return false;
}
