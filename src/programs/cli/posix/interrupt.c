/* SPDX-License-Identifier: MIT */
/* All that is done in the handler may be done in one. */
#include "programs/cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char message[64], clearing[64], half_written[4096];
static volatile sig_atomic_t removes, clears;

static void put(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

static void handle(int number)
{
	if (removes)
		unlink(half_written);
	if (clears)
		put(clearing);
	put(message);
	signal(number, SIG_DFL);
	raise(number);
}

void cli_interrupt_begin(const char *program)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

	snprintf(message, sizeof(message), "%s: interrupted\n", program);
	snprintf(clearing, sizeof(clearing), "\r%40s\r", "");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction action;

		/* What is ignored stays so: nohup, the jobs of a shell. */
		if (sigaction(numbers[i], NULL, &action) != 0 || action.sa_handler == SIG_IGN)
			continue;
		action = (struct sigaction){.sa_handler = handle, .sa_flags = SA_RESTART};
		sigaction(numbers[i], &action, NULL);
	}
}

void cli_interrupt_removes(const char *path)
{
	removes = 0;
	if (path == NULL || strlen(path) >= sizeof(half_written))
		return;
	strcpy(half_written, path);
	removes = 1;
}

void cli_interrupt_clears(bool line)
{
	clears = line;
}
