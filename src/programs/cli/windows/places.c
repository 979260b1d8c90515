/* SPDX-License-Identifier: MIT */
#include "programs/cli/places.h"

#include <windows.h>

const char cli_separators[] = "/\\:";
const char cli_more_places[] = " and in the Windows Kits";

enum { PATH = 1024 };

static void put_wide(struct pm_buf *out, const wchar_t *wide, int n)
{
	char *to = pm_buf_reserve(out, 3 * (size_t)n);

	if (to != NULL)
		out->n += (size_t)WideCharToMultiByte(CP_UTF8, 0, wide, n, to, 3 * n, NULL, NULL);
}

static void put_program_folder(struct pm_buf *folder)
{
	wchar_t path[PATH];
	int n = (int)GetModuleFileNameW(NULL, path, PATH);

	if (n == PATH)
		return;
	while (n > 0 && path[n - 1] != L'\\' && path[n - 1] != L'/')
		n--;
	put_wide(folder, path, n);
}

/* The debuggers bring a pooltag.txt, the same for each processor. */
static void put_debuggers(struct pm_buf *folder, const char *processor)
{
	wchar_t path[PATH];
	const DWORD n = GetEnvironmentVariableW(L"ProgramFiles(x86)", path, PATH);

	if (n > 0 && n < PATH)
		put_wide(folder, path, (int)n);
	else
		pm_buf_add_text(folder, "C:\\Program Files (x86)");
	pm_buf_printf(folder, "\\Windows Kits\\10\\Debuggers\\%s\\triage\\", processor);
}

bool cli_put_place(struct pm_buf *folder, size_t i)
{
	static const char *const processors[] = {"x64", "x86", "arm64"};

	if (i == 0)
		put_program_folder(folder);
	else if (i <= sizeof(processors) / sizeof(processors[0]))
		put_debuggers(folder, processors[i - 1]);
	else
		return false;
	return true;
}

void cli_put_drivers(struct pm_buf *folder)
{
	wchar_t path[PATH];
	const UINT n = GetSystemDirectoryW(path, PATH);

	if (n == 0 || n >= PATH)
		return;
	put_wide(folder, path, (int)n);
	pm_buf_add_text(folder, "\\drivers");
}
