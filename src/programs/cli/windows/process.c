/* SPDX-License-Identifier: MIT */
#include "programs/cli/windows/process.h"

#include "base/fail.h"
#include "base/windows/failure.h"
#include "base/windows/path.h"
#include "programs/cli/windows/quote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the command line ---- */

/* program: where it was found. */
static wchar_t *make_line(const char *program, char *const *argv)
{
	struct pm_buf line = {0};
	wchar_t *wide;

	pm_buf_add_char(&line, '"');
	pm_buf_add_text(&line, program);
	pm_buf_add_char(&line, '"');
	for (size_t i = 1; argv[i] != NULL; i++)
		cli_quote(&line, argv[i]);
	pm_buf_terminate(&line);
	wide = line.failed ? NULL : pm_wide_of(line.at);
	pm_buf_deinit(&line);
	return wide;
}

static enum pm_status check_batch(const char *program, char *const *argv, struct pm_error *err)
{
	for (size_t i = 1; cli_is_batch(program) && argv[i] != NULL; i++) {
		if (cli_batch_spoils(argv[i])) {
			(void)pm_fail(err, PM_E_ARGUMENT,
				"a batch file would not get the argument '%s' as it is", argv[i]);
			pm_error_where(err, program, 0, 0);
			pm_error_remedy(
				err, "write what is to be run into a batch file without it");
			return PM_E_ARGUMENT;
		}
	}
	return PM_OK;
}

/* A program by a name without its ending, looked for as a shell does: with each ending in turn that
 * is one of programs. NULL: there is none; else free() it. */
static char *find(const char *name)
{
	enum { SIZE = 4096 };
	wchar_t endings[SIZE], path[SIZE], *wide = pm_wide_of(name), *next = endings;
	DWORD n = GetEnvironmentVariableW(L"PATHEXT", endings, SIZE);
	char *found = NULL;

	if (n == 0 || n >= SIZE)
		wcscpy(endings, L".COM;.EXE;.BAT;.CMD");
	while (wide != NULL && found == NULL && *next != L'\0') {
		wchar_t *ending = next;

		next += wcscspn(next, L";");
		if (*next != L'\0')
			*next++ = L'\0';
		n = SearchPathW(NULL, wide, ending, SIZE, path, NULL);
		if (n > 0 && n < SIZE)
			found = pm_utf8_of(path);
	}
	free(wide);
	return found;
}

/* ---- the job ---- */

static bool set_limits(HANDLE job, DWORD flags)
{
	JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
		.BasicLimitInformation.LimitFlags = flags,
	};

	return SetInformationJobObject(
		job, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
}

/* A job that ends with the last handle of it: ours. Before Windows 8 there can't be one within
 * another; then the command is on its own. */
static HANDLE make_job(HANDLE process)
{
	HANDLE job = CreateJobObjectW(NULL, NULL);

	if (job == NULL ||
		(set_limits(job, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE) &&
			AssignProcessToJobObject(job, process)))
		return job;
	CloseHandle(job);
	return NULL;
}

/* ---- all of it ---- */

/* It stays in the group of this process, so that Ctrl-C and Ctrl-Break, from a key or from a
 * program, reach it just as they reach us, each as what it is. False: GetLastError() tells. */
static bool create(wchar_t *line, PROCESS_INFORMATION *created)
{
	STARTUPINFOW startup = {.cb = sizeof(startup)};

	return CreateProcessW(NULL, line, NULL, NULL, TRUE,
		CREATE_SUSPENDED | CREATE_DEFAULT_ERROR_MODE, NULL, NULL, &startup, created);
}

static enum pm_status launch(
	struct cli_process *process, const char *program, char *const *argv, struct pm_error *err)
{
	PROCESS_INFORMATION created;
	enum pm_status status = check_batch(program, argv, err);
	wchar_t *line;

	if (status != PM_OK)
		return status;
	line = make_line(program, argv);
	if (line == NULL)
		return pm_fail_memory(err);
	if (create(line, &created)) {
		process->handle = created.hProcess;
		process->id = created.dwProcessId;
		process->job = make_job(created.hProcess);
		ResumeThread(created.hThread);
		CloseHandle(created.hThread);
	} else {
		status = pm_fail_windows(err, GetLastError(), program, "can't be run");
	}
	free(line);
	return status;
}

enum pm_status cli_process_start(
	struct cli_process *process, char *const *argv, struct pm_error *err)
{
	struct pm_error why;
	enum pm_status status = launch(process, argv[0], argv, &why);
	char *found;

	if (status != PM_OK && why.sys_errno == ENOENT && (found = find(argv[0])) != NULL) {
		status = launch(process, found, argv, &why);
		free(found);
	}
	if (status != PM_OK && err != NULL)
		*err = why;
	return status;
}

void cli_process_kill(struct cli_process *process)
{
	const DWORD status = (DWORD)STATUS_CONTROL_C_EXIT;

	if (process->job == NULL || !TerminateJobObject(process->job, status))
		TerminateProcess(process->handle, status);
}

DWORD cli_process_finish(struct cli_process *process)
{
	DWORD status = 0;

	GetExitCodeProcess(process->handle, &status);
	CloseHandle(process->handle);
	if (process->job != NULL) {
		set_limits(process->job, 0);
		CloseHandle(process->job);
	}
	process->handle = process->job = NULL;
	return status;
}
