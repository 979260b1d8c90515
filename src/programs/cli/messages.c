/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include "base/clock.h"
#include "base/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *program_name = "poolmon";
static const char *command_name; /* NULL: the program has none */
static const char *where_file;   /* what messages are about at the moment; NULL: nothing */
static uint64_t where_line;

void cli_say_where(const char *file, uint64_t line)
{
	where_file = file;
	where_line = line;
}

void cli_start(const char *program, int *argc, char ***argv)
{
	program_name = program;
	cli_start_system(argc, argv);
}

void cli_start_command(const char *command)
{
	command_name = command;
}

int64_t cli_uptime_ms(void)
{
	return pm_clock_uptime_ms();
}

static void PM_PRINTF(1, 0) say(const char *format, va_list args)
{
	char line[4096];
	int n = snprintf(line, sizeof(line), "%s: ", program_name);

	if (where_file != NULL)
		n += snprintf(line + n, sizeof(line) / 2, "%s:%llu: ", where_file,
			(unsigned long long)where_line);
	if (n > (int)sizeof(line) / 2)
		n = sizeof(line) / 2;
	vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, args);
	strcat(line, "\n");
	cli_put_message(line);
}

void cli_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

enum cli_exit cli_usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	where_file = NULL;
	cli_say("'%s%s%s --help' tells what there is", program_name,
		command_name != NULL ? " " : "", command_name != NULL ? command_name : "");
	return CLI_USAGE;
}

enum cli_exit cli_printed(void)
{
	const bool failed = ferror(stdout) != 0;
	struct pm_error err;

	if (fflush(stdout) == 0 && !failed)
		return CLI_DONE;
	(void)pm_fail_errno(&err, errno != 0 ? errno : EIO, "can't be written");
	pm_error_where(&err, "standard output", 0, 0);
	return cli_reader_left(&err) ? CLI_DONE : cli_fail(&err);
}

enum cli_exit cli_exit_of_status(enum pm_status status)
{
	switch (status) {
	case PM_OK:
	case PM_END:
		return CLI_DONE;
	case PM_E_ARGUMENT:
		return CLI_USAGE;
	case PM_E_INPUT:
		return CLI_REJECTED;
	default:
		return CLI_SYSTEM;
	}
}

void cli_remark(const struct pm_error *err)
{
	char text[2048];

	cli_say("%s", pm_error_text(err, text, sizeof(text)));
}

enum cli_exit cli_fail(const struct pm_error *err)
{
	cli_remark(err);
	return cli_exit_of_status(err->status);
}
