/* SPDX-License-Identifier: MIT */
/* The command that is run. */
#ifndef POOLMON_CLI_WINDOWS_PROCESS_H
#define POOLMON_CLI_WINDOWS_PROCESS_H

#include <poolmon/error.h>

#include <windows.h>

struct cli_process {
	HANDLE handle, job; /* NULL: there is none */
	DWORD id;
};

/* As cli_run_start(). What it starts in turn ends with this process, if that is killed. */
PM_MUST_USE enum pm_status cli_process_start(
	struct cli_process *process, char *const *argv, struct pm_error *err);

/* With all that it has started. */
void cli_process_kill(struct cli_process *process);

/* Once it has ended: its exit status. What it has left running goes on, as on other systems. */
DWORD cli_process_finish(struct cli_process *process);

#endif
