/* SPDX-License-Identifier: MIT */
#include "programs/poolmon/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SOURCE = 1,
	ROOT,
	FROM,
	INTERVAL,
	COUNT,
	INCLUDE,
	EXCLUDE,
	TYPES,
	SESSION,
	SORT,
	BY_CHANGE,
	TOTALS,
	TREND,
	TAGS,
	LOCAL_TAGS,
	NO_HIGHLIGHT,
	SNAPSHOT,
	SCAN_DRIVERS,
	OUTPUT,
	TAGGING,
};

static const struct cli_option options[] = {
	{0, 0, "What to show:", NULL, NULL},
	{SOURCE, 0, "source", "SOURCE",
		"where snapshots come from (default: the kernel's pools); poolmon-log "
		"--list-sources shows all"},
	{ROOT, 0, "root", "DIR", "read /proc and /sys below DIR, e.g. in a captured tree"},
	{FROM, 0, "from", "LOG",
		"play a recorded log, a file or a directory; of several, rows are put together by time"},
	{INTERVAL, 0, "interval", "TIME",
		"time between updates: 500ms, 5s, 1m (default 5s); of a log that tells no times, "
		"between its blocks"},
	{COUNT, 0, "count", "N", "stop after N updates"},
	{INCLUDE, 0, "include", "PATTERN",
		"/iPATTERN  tags that match only: * is any text, ? any character; may be repeated"},
	{EXCLUDE, 0, "exclude", "PATTERN", "/xPATTERN  leave out tags that match"},
	{TYPES, 0, "types", "WHICH", "/p nonpaged only, /p /p paged only; both"},
	{SESSION, 0, "session", "[ID]", "/s[ID]  pools of all sessions, or of one"},
	{0, 0, "How to show it:", NULL, NULL},
	{SORT, 0, "sort", "KEY",
		"/t tag (default), /a allocs, /f frees, /d diff, /b bytes, /m per-alloc, trend"},
	{BY_CHANGE, 0, "by-change", NULL, "/( or /)  sort by what changed since the last update"},
	{TOTALS, 0, "totals", NULL, "/e  totals at the bottom"},
	{TREND, 0, "trend", NULL, "a column of growth per hour since the start"},
	{TAGS, 0, "tags", "[FILE]",
		"/g [FILE]  show drivers, by pooltag.txt; what slab caches of Linux hold is known without"},
	{LOCAL_TAGS, 0, "local-tags", "[FILE]",
		"/c [FILE]  show drivers of this computer, by localtag.txt; on Windows it is made if "
		"there is none"},
	{NO_HIGHLIGHT, 0, "no-highlight", NULL, "/l  do not highlight what changed"},
	{SNAPSHOT, 0, "snapshot", "[FILE]",
		"/n [FILE]  write one snapshot to FILE (default poolsnap.log) and end"},
	{0, 0, "In place of a display:", NULL, NULL},
	{SCAN_DRIVERS, 0, "scan-drivers", "PATH",
		"write a tag file of the drivers (*.sys) or modules (*.ko) in PATH, a file or a "
		"directory, by their code; further ones may follow"},
	{OUTPUT, 'o', "output", "FILE", "where it goes (default: standard output)"},
	{TAGGING, 0, "tagging", "WHAT",
		"status, on or off: whether the system counts by tag (Windows' pool tagging), or by line "
		"of code (Linux's vm.mem_profiling)"},
	{0, 0, NULL, NULL, NULL},
};

static const struct cli_help help = {
	.usage = "poolmon [/iTAG] [/xTAG] [/g [FILE]] [/c [FILE]] [/s[ID]] [/p | /p /p] [/e]\n"
		 "  [/( | /)] [/t | /a | /f | /d | /b | /m] [/l] [/n [FILE]] [/? | /h]\n"
		 "poolmon [OPTION]...\n"
		 "poolmon --scan-drivers PATH... [-o FILE]",
	.about =
		"Shows kernel memory by tag and updates it, as Microsoft's PoolMon does, on Windows "
		"pools and on Linux slab caches; with the output redirected, one block of text for "
		"each update. Switches may begin with / or -. On Linux it must run as root.",
	.options = options,
	.tail = "Keys while running, of which h shows all:\n"
		"  t a f d b m r  sort; ( ) by change      /      filter as you type\n"
		"  p, s 0-9 i     pools, sessions          Enter  one tag and its course\n"
		"  e g l          totals, drivers, colour  space  pause; + - pace\n"
		"  . , j          through a recorded log   w      write a snapshot file\n"
		"\n"
		"Examples:\n"
		"  sudo poolmon /b /g\n"
		"  sudo poolmon /b >> poolmon.log\n"
		"  sudo poolmon '/ikmalloc-*' '/(' /b     (a shell wants quotes around ( ) * ?)\n"
		"  poolmon --from logs/ --sort trend\n"
		"  poolmon --scan-drivers C/Windows/System32/drivers -o localtag.txt\n"
		"\n"
		"Exit status:\n"
		"  0  done\n"
		"  2  wrong usage\n"
		"  3  a log, a tag file or a driver can't be read as one\n"
		"  4  system error: permissions, disk full, files, memory\n",
};

static const char *const sorts[PM_N_SORTS] = {
	[PM_SORT_TAG] = "tag",
	[PM_SORT_ALLOCS] = "allocs",
	[PM_SORT_FREES] = "frees",
	[PM_SORT_DIFF] = "diff",
	[PM_SORT_BYTES] = "bytes",
	[PM_SORT_PER_ALLOC] = "per-alloc",
	[PM_SORT_TREND] = "trend",
};
static const char *const types[PM_N_TYPES] = {
	[PM_TYPES_BOTH] = "both",
	[PM_TYPES_NONPAGED] = "nonpaged",
	[PM_TYPES_PAGED] = "paged",
};

static const char *const taggings[N_TAGGING] = {
	[TAGGING_NONE] = "",
	[TAGGING_STATUS] = "status",
	[TAGGING_ON] = "on",
	[TAGGING_OFF] = "off",
};

static bool take_word(const struct cli_parser *parser, const char *argument,
	const char *const *words, int n_words, int *found)
{
	char all[128] = "";

	for (*found = 0; *found < n_words; ++*found) {
		if (strcmp(argument, words[*found]) == 0)
			return true;
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
			*found > 0 ? ", " : "", words[*found]);
	}
	cli_usage_error("--%s: '%s' is none of %s", parser->option->name, argument, all);
	return false;
}

/* The logs to be played, as a source. */
static bool use_logs(struct settings *settings)
{
	static const char kind[] = "replay:";
	const char *first = settings->logs.at[0];

	settings->replay = malloc(sizeof(kind) + strlen(first));
	if (settings->replay == NULL) {
		cli_say("out of memory");
		return false;
	}
	strcpy(settings->replay, kind);
	strcat(settings->replay, first);
	settings->source = settings->replay;
	settings->source_config.more_paths = settings->logs.at + 1;
	settings->source_config.n_more_paths = settings->logs.n - 1;
	return true;
}

static bool take_option(
	struct settings *settings, const struct cli_parser *parser, int id, const char *argument)
{
	struct pm_view_options *view = &settings->view;
	uint64_t n = 0;
	int word;

	switch (id) {
	case SOURCE:
		settings->source = argument;
		return true;
	case ROOT:
		settings->source_config.root = argument;
		return true;
	case FROM:
		return cli_list_add(&settings->logs, argument);
	case INTERVAL:
		if (!cli_take_duration(parser, argument, &settings->interval_ms))
			return false;
		settings->source_config.interval_ms = settings->interval_ms;
		if (settings->interval_ms >= 1)
			return true;
		cli_usage_error("--interval: %s is too short, it must be 1ms at least", argument);
		return false;
	case COUNT:
		return cli_take_count(parser, argument, 1, UINT64_MAX, &settings->count);
	case INCLUDE:
		return cli_list_add(&settings->include, argument);
	case EXCLUDE:
		return cli_list_add(&settings->exclude, argument);
	case TYPES:
		if (!take_word(parser, argument, types, PM_N_TYPES, &word))
			return false;
		view->types = (enum pm_view_types)word;
		return true;
	case SESSION:
		if (argument != NULL && !cli_take_count(parser, argument, 0, UINT32_MAX, &n))
			return false;
		view->session = argument != NULL ? (int64_t)n : PM_ALL_SESSIONS;
		return true;
	case SORT:
		if (!take_word(parser, argument, sorts, PM_N_SORTS, &word))
			return false;
		view->sort = (enum pm_view_sort)word;
		view->trend |= view->sort == PM_SORT_TREND;
		return true;
	case BY_CHANGE:
		view->by_change = true;
		return true;
	case TOTALS:
		view->totals = true;
		return true;
	case TREND:
		view->trend = true;
		return true;
	case TAGS:
		settings->tags = true;
		settings->tag_file = argument;
		return true;
	case LOCAL_TAGS:
		settings->local_tags = true;
		settings->local_tag_file = argument;
		return true;
	case SCAN_DRIVERS:
		return cli_list_add(&settings->to_scan, argument);
	case OUTPUT:
		return cli_take_name(parser, argument, &settings->output);
	case TAGGING:
		if (!take_word(parser, argument, taggings + 1, N_TAGGING - 1, &word))
			return false;
		settings->tagging = (enum tagging)(word + 1);
		return true;
	case SNAPSHOT:
		return cli_take_name(
			parser, argument != NULL ? argument : "poolsnap.log", &settings->snapshot);
	default:
		settings->plain = true;
		return true;
	}
}

/* What stands behind the options: more of what --from or --scan-drivers names. */
static bool take_operands(struct settings *settings, struct cli_parser *parser)
{
	struct cli_list *list = settings->to_scan.n > 0 ? &settings->to_scan : &settings->logs;
	bool after_dashes;
	int n;
	char **operands = cli_operands(parser, &n, &after_dashes);

	if (settings->to_scan.n > 0 && settings->logs.n > 0) {
		cli_usage_error("--from and --scan-drivers don't go together");
		return false;
	}
	if (settings->output != NULL && settings->to_scan.n == 0) {
		cli_usage_error("--output is for --scan-drivers alone");
		return false;
	}
	if (n > 0 && list->n == 0) {
		cli_usage_error("'%s' is no switch; they begin with / or -", operands[0]);
		return false;
	}
	for (int i = 0; i < n; i++) {
		if (!cli_list_add(list, operands[i]))
			return false;
	}
	return true;
}

/* A source of session pools alone has nothing else to show. */
static void look_at_source(struct settings *settings)
{
	const struct pm_source_info *info = pm_source_find(settings->source);
	const char *argument = strchr(settings->source, ':');

	if (info == NULL || info->pool != PM_POOL_SESSION ||
		settings->view.session != PM_NO_SESSIONS)
		return;
	settings->view.session = argument != NULL && argument[1] >= '0' && argument[1] <= '9'
		? (int64_t)(uint32_t)strtoll(argument + 1, NULL, 10)
		: PM_ALL_SESSIONS;
}

int settings_read(struct settings *settings, int argc, char **argv)
{
	struct cli_parser parser = {.help = &help};
	const char *argument;
	int id;

	*settings = (struct settings){
		.source = pm_source_default(),
		.interval_ms = 5000,
		.view = {.session = PM_NO_SESSIONS},
	};
	settings->words = switches_translate(argc, argv, options, &parser.argc);
	if (settings->words == NULL)
		return CLI_BAD;
	parser.argv = settings->words;
	while ((id = cli_next(&parser, &argument)) > 0) {
		if (!take_option(settings, &parser, id, argument))
			return CLI_BAD;
	}
	if (id != CLI_NO_MORE)
		return id;
	if (!take_operands(settings, &parser))
		return CLI_BAD;
	settings->filter = (struct pm_filter){
		.include = settings->include.at,
		.n_include = settings->include.n,
		.exclude = settings->exclude.at,
		.n_exclude = settings->exclude.n,
	};
	if (settings->include.n > 0 || settings->exclude.n > 0)
		settings->view.filter = &settings->filter;
	settings->view.no_changes = settings->snapshot != NULL;
	if (settings->logs.n > 0 && !use_logs(settings))
		return CLI_BAD;
	look_at_source(settings);
	return CLI_NO_MORE;
}

void settings_free(struct settings *settings)
{
	pm_drivers_destroy(settings->drivers);
	cli_list_free(&settings->include);
	cli_list_free(&settings->exclude);
	cli_list_free(&settings->logs);
	cli_list_free(&settings->to_scan);
	switches_free(settings->words);
	free(settings->replay);
}
