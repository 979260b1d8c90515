/* SPDX-License-Identifier: MIT */
/* The command that is recorded: from before its start to after its end. */
#include "programs/poolmon-log/recording.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 1000 }; /* bytes of a command line that go into the log */

/* One more word as a shell would take it; what goes beyond `size` is left out. */
static void add_word(char *line, size_t size, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+./:=,@%";
	const bool quoted = word[0] == '\0' || word[strspn(word, plain)] != '\0';
	size_t n = strlen(line);

	if (n > 0 && n + 1 < size)
		line[n++] = ' ';
	if (quoted && n + 1 < size)
		line[n++] = '\'';
	for (; *word != '\0' && n + 6 < size; word++) {
		if (*word == '\'') { /* as '\'' */
			memcpy(line + n, "'\\'", 3);
			n += 3;
		}
		line[n++] = *word;
	}
	if (quoted && n + 1 < size)
		line[n++] = '\'';
	line[n] = '\0';
}

static bool tell_start(struct recording *recording)
{
	char line[SHOWN_MAX] = "", pid[24], note[RECORDING_NOTE] = "";
	struct pm_error err;

	for (char *const *word = recording->settings->command; *word != NULL; word++)
		add_word(line, sizeof(line), *word);
	snprintf(pid, sizeof(pid), "%ld", cli_run_pid(recording->run));
	pm_note_put(note, sizeof(note), "state", "started");
	pm_note_put(note, sizeof(note), "pid", pid);
	pm_note_put(note, sizeof(note), "argv", line);
	return recording_event_now(recording, "command", note, &err) == PM_OK ||
		recording_failed(recording, &err);
}

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
	return tell_start(recording);
}

bool command_finish(struct recording *recording)
{
	const int number = cli_run_signal(recording->run);
	char note[64];
	struct pm_error err;

	recording->command_runs = false;
	if (recording->result == CLI_DONE)
		recording->result = cli_run_status(recording->run);
	if (recording->reason == NULL)
		recording->reason = "command-ended";
	snprintf(note, sizeof(note), "state=ended pid=%ld %s=%d", cli_run_pid(recording->run),
		number != 0 ? "signal" : "status",
		number != 0 ? number : cli_run_status(recording->run));
	return recording_event_now(recording, "command", note, &err) == PM_OK ||
		recording_failed(recording, &err);
}

void command_wait(struct recording *recording)
{
	while (recording->command_runs) {
		switch (service_wait(recording, INT64_MAX / 2)) {
		case CLI_ENDED:
			(void)command_finish(recording);
			break;
		case CLI_REQUEST:
			(void)control_requests(recording);
			break;
		case CLI_REOPEN:
			control_reopen(recording);
			break;
		default:
			break;
		}
	}
}
