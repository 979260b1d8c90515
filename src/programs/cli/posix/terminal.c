/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct cli_terminal cli_stdout_terminal(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct cli_terminal terminal = {.is_terminal = isatty(STDOUT_FILENO) != 0};
	struct winsize size;

	if (!terminal.is_terminal)
		return terminal;
	terminal.colour = (no_color == NULL || no_color[0] == '\0') && term != NULL &&
		strcmp(term, "dumb") != 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		terminal.width = size.ws_col;
	return terminal;
}

bool cli_stderr_is_terminal(void)
{
	return isatty(STDERR_FILENO) != 0;
}
