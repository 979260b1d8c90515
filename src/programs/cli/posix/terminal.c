/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What the environment says of the characters that are shown. */
static bool is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *locale = getenv(names[i]);

		if (locale != NULL && locale[0] != '\0')
			return strcasestr(locale, "utf-8") != NULL ||
				strcasestr(locale, "utf8") != NULL;
	}
	return false;
}

struct cli_terminal cli_stdout_terminal(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct cli_terminal terminal = {.is_terminal = isatty(STDOUT_FILENO) != 0};
	struct winsize size;

	if (!terminal.is_terminal)
		return terminal;
	terminal.colour = (no_color == NULL || no_color[0] == '\0') && term != NULL &&
		strcmp(term, "dumb") != 0;
	terminal.ascii = !is_utf8();
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		terminal.width = size.ws_col;
	return terminal;
}

bool cli_stderr_is_terminal(void)
{
	return isatty(STDERR_FILENO) != 0;
}

void cli_put_message(const char *line)
{
	fputs(line, stderr);
}
