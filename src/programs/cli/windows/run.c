/* SPDX-License-Identifier: MIT */
#include "programs/cli/run.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fail.h"
#include "programs/cli/windows/handles.h"

#include <errno.h>
#include <stdlib.h>

enum { STEP_MS = 10000 }; /* timeouts may stand still while the machine sleeps */

struct cli_run {
	HANDLE stop;    /* set by the console's handler */
	HANDLE command; /* NULL: none */
	DWORD status, pid;
	const struct cli_channel *channel; /* NULL: none */
};

/* The console calls its handler on a thread of its own, with nothing but the event. */
static HANDLE stop_event, done_event;

/* Ctrl-C, Ctrl-Break, closed window, logoff, shutdown. From the last three on the process lives as
 * long as its handler does, and some seconds at most. */
static BOOL WINAPI on_control(DWORD event)
{
	SetEvent(stop_event);
	if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
		WaitForSingleObject(done_event, INFINITE);
	return TRUE;
}

/* There is no signal that could mean CLI_SAMPLE or CLI_REOPEN. */
enum pm_status cli_run_create(struct cli_run **out, bool reopens, struct pm_error *err)
{
	struct cli_run *run = calloc(1, sizeof(*run));

	(void)reopens;
	*out = run;
	if (run == NULL)
		return pm_fail_memory(err);
	stop_event = run->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
	done_event = CreateEventW(NULL, TRUE, FALSE, NULL); /* stays: the handler may wait for it */
	if (run->stop == NULL || done_event == NULL || !SetConsoleCtrlHandler(on_control, TRUE)) {
		cli_run_destroy(run);
		*out = NULL;
		return pm_fail(err, PM_E_SYSTEM, "the console can't be watched");
	}
	return PM_OK;
}

void cli_run_destroy(struct cli_run *run)
{
	if (run == NULL)
		return;
	SetConsoleCtrlHandler(on_control, FALSE);
	if (done_event != NULL)
		SetEvent(done_event);
	if (run->stop != NULL)
		CloseHandle(run->stop);
	if (run->command != NULL)
		CloseHandle(run->command);
	free(run);
}

void cli_run_listen(struct cli_run *run, const struct cli_channel *channel)
{
	run->channel = channel;
}

/* One argument as CommandLineToArgvW() takes it apart again. */
static void quote(struct pm_buf *line, const char *argument)
{
	size_t n_backslashes = 0;

	if (line->n > 0)
		pm_buf_add_char(line, ' ');
	if (argument[0] != '\0' && strpbrk(argument, " \t\"") == NULL) {
		pm_buf_add_text(line, argument);
		return;
	}
	pm_buf_add_text(line, *argument == '"' ? "\"\\" : "\"");
	for (; *argument != '\0'; argument++) {
		n_backslashes = *argument == '\\' ? n_backslashes + 1 : 0;
		pm_buf_add_char(line, *argument);
		if (argument[1] == '"' || argument[1] == '\0') {
			while (n_backslashes > 0) {
				pm_buf_add_char(line, '\\');
				n_backslashes--;
			}
		}
		if (argument[1] == '"')
			pm_buf_add_char(line, '\\');
	}
	pm_buf_add_char(line, '"');
}

enum pm_status cli_run_start(struct cli_run *run, char *const *argv, struct pm_error *err)
{
	struct pm_buf line = {0};
	STARTUPINFOW startup = {.cb = sizeof(startup)};
	PROCESS_INFORMATION process;
	wchar_t *wide;
	BOOL started = FALSE;

	for (size_t i = 0; argv[i] != NULL; i++)
		quote(&line, argv[i]);
	pm_buf_terminate(&line);
	wide = line.failed ? NULL : calloc(line.n + 1, sizeof(*wide));
	if (wide != NULL) {
		MultiByteToWideChar(CP_UTF8, 0, line.at, -1, wide, (int)line.n + 1);
		started = CreateProcessW(
			NULL, wide, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process);
	}
	pm_buf_deinit(&line);
	free(wide);
	if (!started) {
		enum pm_status status = pm_fail_errno(err, ENOENT, "can't be run");

		pm_error_where(err, argv[0], 0, 0);
		return status;
	}
	CloseHandle(process.hThread);
	run->command = process.hProcess;
	run->pid = process.dwProcessId;
	return PM_OK;
}

enum cli_event cli_run_wait(struct cli_run *run, int64_t until_ms)
{
	for (;;) {
		const int64_t now = pm_clock_uptime_ms();
		const int64_t left = until_ms > now ? until_ms - now : 0;
		HANDLE waited[2] = {run->stop};
		DWORD which, n = 1;

		/* The command gets Ctrl-C from the console itself, and ends when it likes. */
		if (run->command != NULL)
			waited[0] = run->command;
		if (run->channel != NULL)
			waited[n++] = cli_channel_handle(run->channel);
		which = WaitForMultipleObjects(
			n, waited, FALSE, left > STEP_MS ? STEP_MS : (DWORD)left);
		if (which == WAIT_OBJECT_0 + 1)
			return CLI_REQUEST;
		if (which == WAIT_OBJECT_0 && run->command == NULL)
			return CLI_STOP;
		if (which == WAIT_OBJECT_0) {
			GetExitCodeProcess(run->command, &run->status);
			CloseHandle(run->command);
			run->command = NULL;
			return CLI_ENDED;
		}
		if (pm_clock_uptime_ms() >= until_ms)
			return CLI_TICK;
	}
}

long cli_run_pid(const struct cli_run *run)
{
	return (long)run->pid;
}

int cli_run_signal(const struct cli_run *run)
{
	(void)run;
	return 0;
}

int cli_run_status(const struct cli_run *run)
{
	return (int)run->status;
}
