/* SPDX-License-Identifier: MIT */
/* Plain C, so that it is tested on every system. */
#include "programs/cli/windows/quote.h"

#include <string.h>

/* Backslashes count as such, unless quotes come behind them: then each takes two, and the quotes
 * one more. */
void cli_quote(struct pm_buf *line, const char *argument)
{
	if (line->n > 0)
		pm_buf_add_char(line, ' ');
	if (argument[0] != '\0' && strpbrk(argument, " \t\n\v\"") == NULL) {
		pm_buf_add_text(line, argument);
		return;
	}
	pm_buf_add_char(line, '"');
	while (*argument != '\0') {
		const size_t n = strspn(argument, "\\");
		const bool before_quotes = argument[n] == '"' || argument[n] == '\0';

		for (size_t i = 0; i < (before_quotes ? 2 * n : n); i++)
			pm_buf_add_char(line, '\\');
		argument += n;
		if (*argument == '"')
			pm_buf_add_char(line, '\\');
		if (*argument != '\0')
			pm_buf_add_char(line, *argument++);
	}
	pm_buf_add_char(line, '"');
}

static bool ends_with(const char *name, size_t n, const char *ending)
{
	const size_t n_ending = strlen(ending);

	if (n < n_ending)
		return false;
	for (size_t i = 0; i < n_ending; i++) {
		const char c = name[n - n_ending + i];

		if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != ending[i])
			return false;
	}
	return true;
}

/* Blanks and dots at the end are no part of a file's name. */
bool cli_is_batch(const char *program)
{
	size_t n = strlen(program);

	while (n > 0 && (program[n - 1] == ' ' || program[n - 1] == '.'))
		n--;
	return ends_with(program, n, ".bat") || ends_with(program, n, ".cmd");
}

bool cli_batch_spoils(const char *argument)
{
	return strpbrk(argument, "\"%!^&|<>\r\n") != NULL;
}
