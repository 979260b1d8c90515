/* SPDX-License-Identifier: MIT */
#include "programs/cli/run.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/windows/failure.h"
#include "programs/cli/windows/handles.h"
#include "programs/cli/windows/process.h"

#include <stdlib.h>

enum {
	STEP_MS = 10000,    /* timeouts may stand still while the machine sleeps */
	PATIENCE_MS = 2000, /* that a command has to end, of the 5 s that Windows allows for all */
};

struct cli_run {
	HANDLE timer; /* NULL: there is none, and timeouts have to do */
	struct cli_process command;
	bool command_runs;
	int64_t kill_ms; /* when the command must have ended; 0: when it likes */
	DWORD status;
	struct cli_channel *channel; /* NULL: none */
};

/* The console calls its handler on a thread of its own, at any time, with nothing but the event. So
 * these stay until the process ends. */
static HANDLE stop_event, hurry_event;

/* Ctrl-C, Ctrl-Break, closed window, end of the session, shutdown. From the last three on the
 * process lives as long as its handler does, and 5 s at most: the handler stays until main() has
 * returned, which ends the process with the status that it should have. */
static BOOL WINAPI on_control(DWORD event)
{
	SetEvent(stop_event);
	if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) {
		SetEvent(hurry_event);
		Sleep(INFINITE);
	}
	return TRUE;
}

/* Exact to a millisecond from Windows 10 on; else, as timeouts, to a tick of the system. */
static HANDLE make_timer(void)
{
	enum { HIGH_RESOLUTION = 2 }; /* CREATE_WAITABLE_TIMER_..., which older headers lack */
	HANDLE timer = CreateWaitableTimerExW(NULL, NULL, HIGH_RESOLUTION, TIMER_ALL_ACCESS);

	return timer != NULL ? timer : CreateWaitableTimerExW(NULL, NULL, 0, TIMER_ALL_ACCESS);
}

/* There is no signal that could mean CLI_SAMPLE or CLI_REOPEN. */
enum pm_status cli_run_create(struct cli_run **out, bool reopens, struct pm_error *err)
{
	struct cli_run *run = calloc(1, sizeof(*run));

	(void)reopens;
	*out = run;
	if (run == NULL)
		return pm_fail_memory(err);
	run->timer = make_timer();
	if (stop_event == NULL)
		stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (hurry_event == NULL)
		hurry_event = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (stop_event == NULL || hurry_event == NULL || !SetConsoleCtrlHandler(on_control, TRUE)) {
		const enum pm_status status =
			pm_fail_windows(err, GetLastError(), NULL, "the console can't be watched");

		cli_run_destroy(run);
		*out = NULL;
		return status;
	}
	return PM_OK;
}

/* The handler stays: what still comes must not spoil the end. */
void cli_run_destroy(struct cli_run *run)
{
	if (run == NULL)
		return;
	if (run->command_runs)
		cli_process_finish(&run->command);
	if (run->timer != NULL)
		CloseHandle(run->timer);
	free(run);
}

void cli_run_listen(struct cli_run *run, struct cli_channel *channel)
{
	run->channel = channel;
}

enum pm_status cli_run_start(struct cli_run *run, char *const *argv, struct pm_error *err)
{
	const enum pm_status status = cli_process_start(&run->command, argv, err);

	run->command_runs = status == PM_OK;
	return status;
}

/* The command gets Ctrl-C from the console itself, and ends when it likes. When there is no time
 * left it has to, so that the log gets its end. */
static void hurry(struct cli_run *run, int64_t now_ms)
{
	if (!run->command_runs || WaitForSingleObject(hurry_event, 0) != WAIT_OBJECT_0)
		return;
	if (run->kill_ms == 0)
		run->kill_ms = now_ms + PATIENCE_MS;
	else if (now_ms >= run->kill_ms)
		cli_process_kill(&run->command);
}

/* How long it may be waited in one go. */
static int64_t patience_ms(struct cli_run *run, int64_t now_ms, int64_t until_ms)
{
	int64_t left = until_ms > now_ms ? until_ms - now_ms : 0;

	if (run->channel != NULL)
		left = cli_channel_patience_ms(run->channel, left);
	if (run->kill_ms > now_ms && left > run->kill_ms - now_ms)
		left = run->kill_ms - now_ms;
	return left > STEP_MS ? STEP_MS : left;
}

/* What has happened, if anything; else NULL. The timer just wakes up in time. */
static HANDLE wait_once(struct cli_run *run, int64_t until_ms)
{
	enum { STEPS_PER_MS = 10000 }; /* of a timer */
	const int64_t now = pm_clock_uptime_ms();
	LARGE_INTEGER due;
	HANDLE waited[4];
	DWORD n = 0, which;
	int64_t left;

	hurry(run, now);
	left = patience_ms(run, now, until_ms);
	waited[n++] = run->command_runs ? run->command.handle : stop_event;
	if (run->channel != NULL)
		waited[n++] = cli_channel_handle(run->channel);
	if (run->command_runs && run->kill_ms == 0)
		waited[n++] = hurry_event;
	due.QuadPart = -left * STEPS_PER_MS;
	if (left > 0 && run->timer != NULL && SetWaitableTimer(run->timer, &due, 0, NULL, NULL, 0))
		waited[n++] = run->timer;
	which = WaitForMultipleObjects(n, waited, FALSE, (DWORD)left);
	return which - WAIT_OBJECT_0 < n ? waited[which - WAIT_OBJECT_0] : NULL;
}

enum cli_event cli_run_wait(struct cli_run *run, int64_t until_ms)
{
	for (;;) {
		const HANDLE what = wait_once(run, until_ms);

		if (what == stop_event)
			return CLI_STOP;
		if (run->command_runs && what == run->command.handle) {
			run->status = cli_process_finish(&run->command);
			run->command_runs = false;
			return CLI_ENDED;
		}
		if (run->channel != NULL && what == cli_channel_handle(run->channel))
			return CLI_REQUEST;
		if (pm_clock_uptime_ms() >= until_ms)
			return CLI_TICK;
	}
}

long cli_run_pid(const struct cli_run *run)
{
	return (long)run->command.id;
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
