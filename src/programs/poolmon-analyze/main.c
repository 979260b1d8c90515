/* SPDX-License-Identifier: MIT */
#include "programs/poolmon-analyze/analyze.h"

#include <poolmon/version.h>

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"report", command_report, "rank the tags that leak, and say why"},
	{"diff", command_diff, "compare two sides, before and after: who grows faster?"},
	{"info", command_info, "show what logs hold"},
	{"validate", command_validate, "check that every line of logs can be read"},
	{"convert", command_convert, "write logs as one log, as CSV or newline-delimited JSON"},
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(void)
{
	printf("Usage: poolmon-analyze COMMAND [OPTION]... LOG...\n"
	       "\n"
	       "Reads what poolmon-log recorded and finds out who leaks kernel memory.\n"
	       "\n"
	       "Commands:\n");
	for (int i = 0; i < N_COMMANDS; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].help);
	printf("\n"
	       "'poolmon-analyze COMMAND --help' tells more. LOG is a file, a directory with logs,\n"
	       "or - for standard input.\n"
	       "\n"
	       "Examples:\n"
	       "  poolmon-analyze report logs/\n"
	       "  poolmon-analyze diff before/ after/\n"
	       "  poolmon-analyze convert --to csv logs/ -o all.csv\n");
}

int main(int argc, char **argv)
{
	cli_start("poolmon-analyze", &argc, &argv);
	cli_interrupt_begin("poolmon-analyze");
	if (argc < 2)
		return cli_usage_error("which command? report, diff, info, validate or convert");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
		strcmp(argv[1], "help") == 0) {
		print_help();
		return cli_printed();
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("poolmon %s\n", PM_VERSION);
		return cli_printed();
	}
	for (int i = 0; i < N_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) == 0) {
			cli_start_command(commands[i].name);
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	return cli_usage_error(
		"there is no command '%s', but report, diff, info, validate and convert", argv[1]);
}
