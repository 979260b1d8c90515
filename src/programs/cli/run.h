/* SPDX-License-Identifier: MIT */
/* Waiting for the next tick while signals and requests arrive and a command runs. */
#ifndef POOLMON_CLI_RUN_H
#define POOLMON_CLI_RUN_H

#include "programs/cli/channel.h"

enum cli_event {
	CLI_TICK,    /* the time has come */
	CLI_STOP,    /* the user, the system or the end of a session wants us to end */
	CLI_ENDED,   /* the command has ended */
	CLI_SAMPLE,  /* SIGUSR1: something is to be done now */
	CLI_REOPEN,  /* SIGHUP: files are to be opened again */
	CLI_REQUEST, /* there may be something in the channel */
};

struct cli_run;

/* From here on signals are taken by cli_run_wait() only. reopens: SIGHUP that a process has sent is
 * CLI_REOPEN; else, and when a terminal is closed, it is a request to stop. PM_E_MEMORY,
 * PM_E_SYSTEM.
 */
PM_MUST_USE enum pm_status cli_run_create(struct cli_run **run, bool reopens, struct pm_error *err);
void cli_run_destroy(struct cli_run *run);

/* From here on requests are waited for as well. The channel stays the caller's; NULL: none. */
void cli_run_listen(struct cli_run *run, struct cli_channel *channel);

/* Starts a command, argv ended by NULL, looked for as a shell does. PM_E_SYSTEM (sys_errno ENOENT:
 * there is none), PM_E_ACCESS (it can't be executed). */
PM_MUST_USE enum pm_status cli_run_start(
	struct cli_run *run, char *const *argv, struct pm_error *err);

/* Waits for an event, at most until cli_uptime_ms() shows until_ms. While a
 * command runs, requests to stop are handed on to it and CLI_STOP is not returned: it ends when the
 * command does. */
enum cli_event cli_run_wait(struct cli_run *run, int64_t until_ms);

/* The command's process, once it was started. */
long cli_run_pid(const struct cli_run *run);

/* After CLI_ENDED: the command's exit status, or 128 + the signal that ended it; and the signal, 0
 * where it was none. */
int cli_run_status(const struct cli_run *run);
int cli_run_signal(const struct cli_run *run);

#endif
