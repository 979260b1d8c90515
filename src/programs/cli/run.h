/* SPDX-License-Identifier: MIT */
/* Waiting for the next tick while signals arrive and a command runs. */
#ifndef POOLMON_CLI_RUN_H
#define POOLMON_CLI_RUN_H

#include <poolmon/error.h>

#include <stdbool.h>

enum cli_event {
	CLI_TICK,  /* the time has come */
	CLI_STOP,  /* the user, the system or the end of a session wants us to end */
	CLI_ENDED, /* the command has ended */
};

struct cli_run;

/* From here on signals are taken by cli_run_wait() only. PM_E_MEMORY, PM_E_SYSTEM. */
PM_MUST_USE enum pm_status cli_run_create(struct cli_run **run, struct pm_error *err);
void cli_run_destroy(struct cli_run *run);

/* Starts a command, argv ended by NULL, looked for as a shell does. PM_E_SYSTEM (sys_errno ENOENT:
 * there is none), PM_E_ACCESS (it can't be executed). */
PM_MUST_USE enum pm_status cli_run_start(
	struct cli_run *run, char *const *argv, struct pm_error *err);

/* Waits for an event, at most until cli_uptime_ms() shows until_ms. While a
 * command runs, requests to stop are handed on to it and CLI_STOP is not returned: it ends when the
 * command does. */
enum cli_event cli_run_wait(struct cli_run *run, int64_t until_ms);

/* After CLI_ENDED: the command's exit status, or 128 + the signal that ended it. */
int cli_run_status(const struct cli_run *run);

#endif
