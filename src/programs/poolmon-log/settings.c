/* SPDX-License-Identifier: MIT */
#include "programs/poolmon-log/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	INTERVAL = 1,
	DURATION,
	COUNT,
	SOURCE,
	ROOT,
	INCLUDE,
	EXCLUDE,
	LIST_SOURCES,
	OUTPUT,
	FORMAT,
	COMPRESS,
	GZIP,
	ROTATE_SIZE,
	ROTATE_EVERY,
	KEEP,
	KEEP_SIZE,
	KEEP_FOR,
	SYNC,
	LABEL,
	STATS,
	CONFIG,
	QUIET,
};

static const struct cli_option options[] = {
	{0, 0, "What to sample:", NULL, NULL},
	{INTERVAL, 'i', "interval", "TIME", "time between snapshots: 500ms, 5s, 1m (default 5s)"},
	{DURATION, 'd', "duration", "TIME", "stop after this time: 10m, 2h30m, 7d"},
	{COUNT, 'n', "count", "N", "stop after N snapshots"},
	{SOURCE, 's', "source", "SOURCE",
		"where snapshots come from (default: the kernel's pools)"},
	{ROOT, 0, "root", "DIR", "read /proc and /sys below DIR, e.g. in a captured tree"},
	{INCLUDE, 0, "include", "PATTERN",
		"record tags that match only: * is any text, ? any character; may be repeated"},
	{EXCLUDE, 0, "exclude", "PATTERN", "leave out tags that match; may be repeated"},
	{LIST_SOURCES, 0, "list-sources", NULL, "show all sources, and whether they work here"},
	{0, 0, "Where to write:", NULL, NULL},
	{OUTPUT, 'o', "output", "PATH",
		"a directory (ending in / where it is to be made), a file, or - for standard output "
		"(default); a log that is there already is continued"},
	{FORMAT, 'f', "format", "FORMAT", "ndjson (default) or csv"},
	{COMPRESS, 0, "compress", "HOW",
		"in a directory the rotated files, else everything: gzip, zstd (a third the size) or none"},
	{GZIP, 'z', "gzip", "[LEVEL]", "the same as --compress=gzip; LEVEL 1 (fast) to 9 (small)"},
	{ROTATE_SIZE, 0, "rotate-size", "SIZE", "begin a new file before one grows larger: 64MiB"},
	{ROTATE_EVERY, 0, "rotate-every", "TIME", "begin a new file when one is this old: 1h, 1d"},
	{KEEP, 0, "keep", "N", "keep the N newest rotated files, delete older ones"},
	{KEEP_SIZE, 0, "keep-size", "SIZE",
		"never take more than this in the directory, all files together: delete the oldest first"},
	{KEEP_FOR, 0, "keep-for", "TIME", "delete rotated files when they are this old: 30d"},
	{SYNC, 0, "sync", "WHEN",
		"make what is written safe from a power cut: never, rotate (when a file is complete), "
		"TIME (and that often; default 30s), always (each snapshot)"},
	{LABEL, 0, "label", "NAME=VALUE",
		"a column that says the same in each row; may be repeated"},
	{0, 0, "How:", NULL, NULL},
	{CONFIG, 0, "config", "FILE",
		"read options from FILE, a line each: name = value; those given here win"},
	{STATS, 0, "stats", NULL,
		"at the end say how many ticks there were, how many late, and the CPU time of each"},
	{QUIET, 'q', "quiet", NULL, "say nothing but errors"},
	{0, 0, NULL, NULL, NULL},
};

static const struct cli_help help = {
	.usage = "poolmon-log [OPTION]...\n"
		 "poolmon-log [OPTION]... -- COMMAND [ARGUMENT]...\n"
		 "poolmon-log mark -o PATH TEXT",
	.about =
		"Records kernel memory by tag: a snapshot of all pools every few seconds, as "
		"newline-delimited JSON or CSV, until it is told to stop (Ctrl-C, SIGTERM), a limit is "
		"reached, or COMMAND has ended. On Linux it must run as root.",
	.options = options,
	.tail = "Examples:\n"
		"  sudo poolmon-log -i 1s -d 10m -o logs/\n"
		"  sudo poolmon-log -i 1s -o logs/ -- ./stress.sh\n"
		"  sudo poolmon-log -o /var/log/poolmon/ --rotate-every 1d --keep-size 1G -z\n"
		"  sudo poolmon-log -n 1 -f csv | less\n"
		"  poolmon-log mark -o logs/ \"test case 17\"\n"
		"\n"
		"Exit status:\n"
		"  0  done\n"
		"  2  wrong usage\n"
		"  3  what is at PATH is no log that could be continued\n"
		"  4  system error: permissions, disk full, files, memory\n"
		"With COMMAND it is that of the command (128 + N: ended by signal N; 127: not found;\n"
		"126: not executable), unless recording failed.\n",
};

static bool take_interval(const struct cli_parser *parser, const char *argument, int64_t *ms)
{
	if (!cli_take_duration(parser, argument, ms))
		return false;
	if (*ms < 1) {
		cli_usage_error("--%s: %s is too short, it must be 1ms at least",
			parser->option->name, argument);
		return false;
	}
	return true;
}

static bool take_label(struct settings *settings, const char *argument)
{
	char *copy, *equals;
	struct pm_label *grown = realloc(
		settings->labels, (settings->output.n_labels + 1) * sizeof(*settings->labels));

	if (grown == NULL) {
		cli_say("out of memory");
		return false;
	}
	settings->labels = grown;
	settings->output.labels = grown;
	copy = malloc(strlen(argument) + 1);
	if (copy == NULL) {
		cli_say("out of memory");
		return false;
	}
	strcpy(copy, argument);
	equals = strchr(copy, '=');
	grown[settings->output.n_labels++] =
		(struct pm_label){copy, equals == NULL ? "" : equals + 1};
	if (equals == NULL || equals == copy || equals[1] == '\0') {
		cli_usage_error("--label: '%s' is not NAME=VALUE", argument);
		return false;
	}
	*equals = '\0';
	return true;
}

/* A file's name says what is meant, where no option does. */
struct given {
	bool format;
	struct cli_packing packing;
};

static bool guess_from_name(struct settings *settings, struct given *given)
{
	if (!given->format)
		cli_name_says_format(settings->output.output, &settings->output.format);
	if (!cli_packing_of_output(&given->packing, settings->output.output))
		return false;
	settings->output.packing = given->packing.packing;
	settings->output.level = given->packing.level;
	return true;
}

static void list_sources(const struct settings *settings)
{
	for (size_t i = 0; i < pm_source_count(); i++) {
		const struct pm_source_info *info = pm_source_at(i);
		const char *argument = info->argument != NULL ? info->argument : "";
		const bool needed = pm_source_needs_argument(info);
		char name[64], text[2048];
		struct pm_error err;

		snprintf(name, sizeof(name), "%s%s%s", info->name,
			*argument == '\0' ? ""
				: needed  ? ":"
					  : "[:",
			argument + (*argument == '['));
		printf("%-16s %s\n", name, info->help);
		if (needed)
			printf("%-16s   usable, given a %s\n", "", argument);
		else if (pm_source_probe(info->name, &settings->source_config, &err) == PM_OK)
			printf("%-16s   usable here%s\n", "",
				strcmp(info->name, pm_source_default()) == 0 ? " (default)" : "");
		else
			printf("%-16s   not usable here: %s\n", "",
				pm_error_text(&err, text, sizeof(text)));
	}
}

static bool take_sync(
	const struct cli_parser *parser, const char *argument, struct pm_writer_options *output)
{
	static const struct {
		const char *name;
		enum pm_sync sync;
	} words[] = {
		{"never", PM_SYNC_NEVER},
		{"rotate", PM_SYNC_ROTATE},
		{"always", PM_SYNC_ALWAYS},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(argument, words[i].name) == 0) {
			output->sync = words[i].sync;
			return true;
		}
	}
	if (argument[0] < '0' || argument[0] > '9') {
		cli_usage_error("--sync: '%s' is neither never, rotate, always nor a time like 30s",
			argument);
		return false;
	}
	output->sync = PM_SYNC_EVERY;
	return take_interval(parser, argument, &output->sync_every_ms);
}

static bool take_size(const struct cli_parser *parser, const char *argument, uint64_t *bytes)
{
	if (!cli_take_size(parser, argument, bytes))
		return false;
	if (*bytes != 0)
		return true;
	cli_usage_error("--%s: files can't be kept at 0 bytes", parser->option->name);
	return false;
}

static bool take_option(struct settings *settings, struct given *given,
	const struct cli_parser *parser, int id, const char *argument)
{
	struct pm_writer_options *output = &settings->output;
	uint64_t n;

	switch (id) {
	case INTERVAL:
		return take_interval(parser, argument, &settings->interval_ms);
	case DURATION:
		return take_interval(parser, argument, &settings->duration_ms);
	case COUNT:
		return cli_take_count(parser, argument, 1, UINT64_MAX, &settings->count);
	case SOURCE:
		settings->source = argument;
		return true;
	case ROOT:
		settings->source_config.root = argument;
		return true;
	case INCLUDE:
		return cli_list_add(&settings->include, argument);
	case EXCLUDE:
		return cli_list_add(&settings->exclude, argument);
	case OUTPUT:
		return cli_take_name(parser, argument, &output->output);
	case FORMAT:
		given->format = true;
		if (pm_format_of_name(argument, &output->format))
			return true;
		cli_usage_error("--format: '%s' is neither ndjson nor csv", argument);
		return false;
	case COMPRESS:
		return cli_take_packing(parser, argument, &given->packing);
	case GZIP:
		return cli_take_gzip(parser, argument, &given->packing);
	case ROTATE_SIZE:
		return take_size(parser, argument, &output->rotate_bytes);
	case ROTATE_EVERY:
		return take_interval(parser, argument, &output->rotate_every_ms);
	case KEEP:
		if (!cli_take_count(parser, argument, 1, SIZE_MAX, &n))
			return false;
		output->keep = (size_t)n;
		return true;
	case KEEP_SIZE:
		return take_size(parser, argument, &output->keep_bytes);
	case KEEP_FOR:
		return take_interval(parser, argument, &output->keep_for_ms);
	case SYNC:
		return take_sync(parser, argument, output);
	case LABEL:
		return take_label(settings, argument);
	case STATS:
		return settings->stats = true;
	case CONFIG: /* is read already */
		return true;
	default:
		settings->quiet = true;
		return true;
	}
}

/* What can only be seen once all options are known. */
static bool check(struct settings *settings, const struct cli_parser *parser)
{
	const struct pm_writer_options *output = &settings->output;
	bool after_dashes;
	int n;
	char **operands = cli_operands(parser, &n, &after_dashes);

	if (output->keep != 0 && output->rotate_bytes == 0 && output->rotate_every_ms == 0 &&
		output->keep_bytes == 0 && output->keep_for_ms == 0) {
		cli_usage_error("--keep limits rotated files, and nothing is rotated without "
				"--rotate-size, --rotate-every, --keep-size or --keep-for");
		return false;
	}
	if (n > 0 && !after_dashes) {
		cli_usage_error("'%s' is no option; a command stands behind --", operands[0]);
		return false;
	}
	if (n == 0 && after_dashes) {
		cli_usage_error("there is no command behind --");
		return false;
	}
	if (n > 0)
		settings->command = operands;
	return true;
}

/* The file that --config names, before anything else: what the command line says wins. */
static int read_config(struct settings *settings, int argc, char **argv, struct given *given)
{
	struct cli_parser parser = {
		.argc = argc, .argv = argv, .help = &help, .operands_last = true};
	const char *argument, *path = NULL;
	int id;

	while ((id = cli_next(&parser, &argument)) > 0)
		path = id == CONFIG ? argument : path;
	if (id != CLI_NO_MORE || path == NULL)
		return id;
	if (!cli_config_open(&settings->config, path))
		return CLI_BAD;
	while ((id = cli_config_next(&settings->config, &parser, &argument)) > 0) {
		if (id == CONFIG || id == LIST_SOURCES) {
			cli_usage_error("%s belongs on the command line", parser.option->name);
			return CLI_BAD;
		}
		if (!take_option(settings, given, &parser, id, argument))
			return CLI_BAD;
	}
	return id;
}

int settings_read(struct settings *settings, int argc, char **argv)
{
	struct cli_parser parser = {
		.argc = argc, .argv = argv, .help = &help, .operands_last = true};
	struct given given = {.format = false};
	bool list = false;
	const char *argument;
	int id;

	*settings = (struct settings){
		.source = pm_source_default(),
		.interval_ms = 5000,
		.output =
			{
				.output = "-",
				.format = PM_FORMAT_NDJSON,
				.sync = PM_SYNC_EVERY,
				.sync_every_ms = 30000,
			},
	};
	id = read_config(settings, argc, argv, &given);
	if (id != CLI_NO_MORE)
		return id;
	while ((id = cli_next(&parser, &argument)) > 0) {
		list |= id == LIST_SOURCES;
		if (id != LIST_SOURCES && !take_option(settings, &given, &parser, id, argument))
			return CLI_BAD;
	}
	if (id != CLI_NO_MORE)
		return id;
	if (list) {
		list_sources(settings);
		return CLI_HELPED;
	}
	if (!check(settings, &parser))
		return CLI_BAD;
	if (!guess_from_name(settings, &given))
		return CLI_BAD;
	settings->filter = (struct pm_filter){
		.include = settings->include.at,
		.n_include = settings->include.n,
		.exclude = settings->exclude.at,
		.n_exclude = settings->exclude.n,
	};
	if (settings->include.n > 0 || settings->exclude.n > 0)
		settings->output.filter = &settings->filter;
	return CLI_NO_MORE;
}

void settings_free(struct settings *settings)
{
	for (size_t i = 0; i < settings->output.n_labels; i++)
		free((char *)(uintptr_t)settings->labels[i].name);
	free(settings->labels);
	cli_config_close(&settings->config);
	cli_list_free(&settings->include);
	cli_list_free(&settings->exclude);
}
