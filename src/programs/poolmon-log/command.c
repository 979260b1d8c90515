/* SPDX-License-Identifier: MIT */
/* The command that is recorded: from before its start to after its end. */
#include "programs/poolmon-log/recording.h"

#include <errno.h>

bool command_start(struct recording *recording)
{
	char *const *command = recording->settings->command;
	struct pm_error err;

	if (command == NULL)
		return true;
	if (cli_run_start(recording->run, command, &err) != PM_OK) {
		cli_fail(&err);
		recording->result = err.sys_errno == ENOENT ? 127 : 126;
		recording->reason = "command-not-run";
		return false;
	}
	recording->command_runs = true;
	return true;
}

void command_finish(struct recording *recording)
{
	const int status = cli_run_status(recording->run);

	recording->command_runs = false;
	if (recording->result == CLI_DONE)
		recording->result = status;
	if (recording->reason == NULL)
		recording->reason = "command-ended";
}

void command_wait(struct recording *recording)
{
	while (recording->command_runs) {
		if (cli_run_wait(recording->run, INT64_MAX / 2) == CLI_ENDED)
			command_finish(recording);
	}
}
