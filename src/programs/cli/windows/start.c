/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include <stdlib.h>
#include <windows.h>
/* after windows.h */
#include <shellapi.h>

/* The arguments as UTF-8; they stay as they are if that fails. */
void cli_start_system(int *argc, char ***argv)
{
	int n = 0;
	wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &n);
	char **utf8 = wide == NULL ? NULL : calloc((size_t)n + 1, sizeof(*utf8));

	SetConsoleOutputCP(CP_UTF8);
	for (int i = 0; utf8 != NULL && i < n; i++) {
		const int size = WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, NULL, 0, NULL, NULL);

		utf8[i] = malloc((size_t)size + 1);
		if (utf8[i] == NULL)
			return;
		WideCharToMultiByte(CP_UTF8, 0, wide[i], -1, utf8[i], size, NULL, NULL);
	}
	if (utf8 != NULL) {
		*argc = n;
		*argv = utf8;
	}
	LocalFree(wide);
}
