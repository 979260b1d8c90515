/* SPDX-License-Identifier: MIT */
/* `poolmon-log mark`: a mark in a log that another process is recording. */
#include "programs/cli/channel.h"
#include "programs/poolmon-log/requests.h"
#include "programs/poolmon-log/settings.h"

#include <stdio.h>
#include <string.h>

enum { OUTPUT = 1 };

static const struct cli_option options[] = {
	{0, 0, "Which recording:", NULL, NULL},
	{OUTPUT, 'o', "output", "PATH", "the directory or file that is being recorded to"},
	{0, 0, NULL, NULL, NULL},
};

static const struct cli_help help = {
	.usage = "poolmon-log mark -o PATH TEXT",
	.about = "Adds a mark to a log that is being recorded, and returns when it is in the log.",
	.options = options,
	.tail = "Example:\n"
		"  poolmon-log mark -o logs/ \"test case 17\"\n"
		"\n"
		"Exit status:\n"
		"  0  the mark is in the log\n"
		"  2  wrong usage\n"
		"  3  nothing is being recorded to PATH\n"
		"  4  system error: no permission, or the mark could not be written\n",
};

static int send_mark(const char *output, const char *text)
{
	char request[CLI_REQUEST_MAX], answer[CLI_REQUEST_MAX];
	struct pm_error err;
	enum pm_status status;

	snprintf(request, sizeof(request), REQUEST_MARK "%s", text);
	status = cli_channel_ask(output, request, answer, &err);
	if (status == PM_END) {
		cli_say("nothing is being recorded to %s; start poolmon-log -o %s first", output,
			output);
		return CLI_REJECTED;
	}
	if (status != PM_OK)
		return cli_fail(&err);
	if (strcmp(answer, ANSWER_DONE) == 0)
		return CLI_DONE;
	cli_say("the mark was not written: %s", answer);
	return CLI_SYSTEM;
}

int mark(int argc, char **argv)
{
	struct cli_parser parser = {.argc = argc, .argv = argv, .help = &help};
	const char *argument, *output = NULL;
	char **texts;
	int id, n;

	while ((id = cli_next(&parser, &argument)) > 0)
		output = argument;
	if (id != CLI_NO_MORE)
		return id == CLI_HELPED ? cli_printed() : CLI_USAGE;
	texts = cli_operands(&parser, &n, NULL);
	if (output == NULL || strcmp(output, "-") == 0)
		return cli_usage_error("which recording? name its directory or file with -o");
	if (n != 1)
		return cli_usage_error("a mark has one text (there are %d); put it into quotes", n);
	if (texts[0][0] == '\0' || strlen(texts[0]) > MARK_MAX)
		return cli_usage_error("the text of a mark has 1 to %d bytes", MARK_MAX);
	return send_mark(output, texts[0]);
}
