/* SPDX-License-Identifier: MIT */
/*
 * What the tests need a Windows program for:
 *
 *   helper arguments FILE WORD...   the words go to FILE as UTF-8, each on a line, as
 *                                   CommandLineToArgvW() finds them
 *   helper stay FILE                its number goes to FILE; stays until it is ended
 *   helper interrupt FILE COMMAND   runs the command line COMMAND, and when there is FILE, sends
 * all on the console Ctrl-C; its exit status helper event N FILE COMMAND     the same, but has the
 * console's event N (CTRL_BREAK_EVENT and so on) arrive in COMMAND alone, on a thread, as the
 * system does helper kill FILE COMMAND        runs COMMAND, and when there is FILE, ends it as the
 * task manager does; 0 if the process whose number is in FILE ends with it helper hold FILE DONE
 * opens FILE so that nobody else can, until there is DONE
 *
 * There is FILE, or DONE, once there is something in it. What is written appears complete.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
/* after windows.h */
#include <shellapi.h>

enum { PATIENCE_MS = 60000, SLICE_MS = 20 };

static void die(const char *what)
{
	fprintf(stderr, "helper: %s: error %lu\n", what, GetLastError());
	exit(99);
}

static void put_file(const wchar_t *path, const char *text)
{
	wchar_t temporary[4096];
	FILE *file;

	swprintf(temporary, 4096, L"%ls.new", path);
	file = _wfopen(temporary, L"wb");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 ||
		!MoveFileExW(temporary, path, MOVEFILE_REPLACE_EXISTING))
		die("can't write");
}

/* Until there is something in the file. */
static void await(const wchar_t *path)
{
	WIN32_FILE_ATTRIBUTE_DATA file;

	for (int waited = 0;
		!GetFileAttributesExW(path, GetFileExInfoStandard, &file) || file.nFileSizeLow == 0;
		waited += SLICE_MS) {
		if (waited > PATIENCE_MS)
			die("waited in vain");
		Sleep(SLICE_MS);
	}
}

static void tell_arguments(const wchar_t *path, wchar_t **words, int n)
{
	static char text[65536];
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		at += (size_t)WideCharToMultiByte(
			CP_UTF8, 0, words[i], -1, text + at, (int)(sizeof(text) - at), NULL, NULL);
		text[at - 1] = '\n';
	}
	text[at] = '\0';
	put_file(path, text);
}

static PROCESS_INFORMATION run(wchar_t *line, DWORD flags)
{
	STARTUPINFOW startup = {.cb = sizeof(startup)};
	PROCESS_INFORMATION process;

	if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, flags, NULL, NULL, &startup, &process))
		die("can't run");
	return process;
}

static int status_of(const PROCESS_INFORMATION *process)
{
	DWORD status = 99;

	if (WaitForSingleObject(process->hProcess, PATIENCE_MS) != WAIT_OBJECT_0)
		die("it goes on");
	GetExitCodeProcess(process->hProcess, &status);
	return (int)status;
}

static BOOL WINAPI take(DWORD event)
{
	(void)event;
	return TRUE;
}

static int interrupt(const wchar_t *path, wchar_t *line)
{
	PROCESS_INFORMATION process;

	FreeConsole();
	AllocConsole(); /* one of our own: nobody else is to be ended */
	SetConsoleCtrlHandler(take, TRUE);
	process = run(line, 0);
	await(path);
	if (!GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0))
		die("can't send Ctrl-C");
	return status_of(&process);
}

/* The system begins a thread in CtrlRoutine(), which lies at the same place in each process. */
static int send_event(DWORD event, const wchar_t *path, wchar_t *line)
{
	const FARPROC found = GetProcAddress(GetModuleHandleW(L"kernelbase.dll"), "CtrlRoutine");
	LPTHREAD_START_ROUTINE routine;
	PROCESS_INFORMATION process = run(line, 0);

	memcpy(&routine, &found, sizeof(routine));
	await(path);
	if (found == NULL ||
		CreateRemoteThread(process.hProcess, NULL, 0, routine, (void *)(uintptr_t)event, 0,
			NULL) == NULL)
		die("can't send the event");
	return status_of(&process);
}

static int end_by_force(const wchar_t *path, wchar_t *line)
{
	PROCESS_INFORMATION process = run(line, 0);
	unsigned long id = 0;
	HANDLE child;
	FILE *file;

	await(path);
	file = _wfopen(path, L"rb");
	if (file == NULL || fscanf(file, "%lu", &id) != 1)
		die("can't read");
	fclose(file);
	child = OpenProcess(SYNCHRONIZE, FALSE, id);
	if (child == NULL || !TerminateProcess(process.hProcess, 77))
		die("can't end it");
	return WaitForSingleObject(child, PATIENCE_MS) == WAIT_OBJECT_0 ? 0 : 1;
}

static void hold(const wchar_t *path, const wchar_t *done)
{
	const HANDLE file = CreateFileW(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);

	if (file == INVALID_HANDLE_VALUE)
		die("can't hold");
	await(done);
	CloseHandle(file);
}

int main(void)
{
	int n = 0;
	wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &n);

	if (words == NULL || n < 3)
		return 99;
	if (wcscmp(words[1], L"arguments") == 0) {
		tell_arguments(words[2], words + 3, n - 3);
	} else if (wcscmp(words[1], L"stay") == 0) {
		char text[32];

		snprintf(text, sizeof(text), "%lu\n", GetCurrentProcessId());
		put_file(words[2], text);
		Sleep(INFINITE);
	} else if (n == 4 && wcscmp(words[1], L"interrupt") == 0) {
		return interrupt(words[2], words[3]);
	} else if (n == 5 && wcscmp(words[1], L"event") == 0) {
		return send_event(wcstoul(words[2], NULL, 10), words[3], words[4]);
	} else if (n == 4 && wcscmp(words[1], L"kill") == 0) {
		return end_by_force(words[2], words[3]);
	} else if (n == 4 && wcscmp(words[1], L"hold") == 0) {
		hold(words[2], words[3]);
	} else {
		return 99;
	}
	return 0;
}
