/* SPDX-License-Identifier: MIT */
/* What others ask of a recording: marks, and that files be opened again. */
#include "programs/poolmon-log/recording.h"
#include "programs/poolmon-log/requests.h"

#include <stdio.h>
#include <string.h>

void control_open(struct recording *recording)
{
	const char *output = recording->settings->output.output;
	struct pm_error err;
	char text[2048];

	if (strcmp(output, "-") == 0)
		return;
	if (cli_channel_open(&recording->channel, output, &err) != PM_OK)
		cli_say("no marks can be set in this recording: %s",
			pm_error_text(&err, text, sizeof(text)));
	else if (recording->channel != NULL)
		cli_run_listen(recording->run, recording->channel);
}

void control_keep_open(struct recording *recording)
{
	const uint64_t files = pm_writer_stats(recording->writer).files;

	if (recording->channel == NULL || files == recording->files_seen)
		return;
	recording->files_seen = files;
	if (cli_channel_is_in_place(recording->channel))
		return;
	cli_channel_close(recording->channel);
	recording->channel = NULL;
	control_open(recording);
}

/* Writes the mark, and answers when it is in the log. */
static bool take_request(struct recording *recording, const char *request)
{
	const size_t n_verb = strlen(REQUEST_MARK);
	char note[RECORDING_NOTE] = "", answer[CLI_REQUEST_MAX], text[CLI_REQUEST_MAX];
	struct pm_error err;

	if (strncmp(request, REQUEST_MARK, n_verb) != 0) {
		cli_channel_answer(recording->channel, "this version knows no such request");
		return true;
	}
	pm_note_put(note, sizeof(note), "text", request + n_verb);
	if (recording_event_now(recording, "mark", note, &err) == PM_OK) {
		cli_channel_answer(recording->channel,
			recording->write_failing
				? "it can't be now; it will be as soon as the log can"
				: ANSWER_DONE);
		return true;
	}
	snprintf(answer, sizeof(answer), "%s", pm_error_text(&err, text, sizeof(text)));
	cli_channel_answer(recording->channel, answer);
	return recording_failed(recording, &err);
}

bool control_requests(struct recording *recording)
{
	char request[CLI_REQUEST_MAX];

	while (recording->channel != NULL && cli_channel_next(recording->channel, request)) {
		if (!take_request(recording, request))
			return false;
	}
	return true;
}

void control_reopen(struct recording *recording)
{
	service_reloading(recording);
	pm_writer_reopen(recording->writer);
	service_ready(recording);
}
