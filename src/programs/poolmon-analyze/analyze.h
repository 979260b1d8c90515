/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_ANALYZE_ANALYZE_H
#define POOLMON_ANALYZE_ANALYZE_H

#include "programs/cli/cli.h"

/* What every subcommand takes. */
enum {
	OPTION_JOBS = 1,
	OPTION_MEMORY,
	OPTION_SINCE,
	OPTION_UNTIL,
	OPTION_INCLUDE,
	OPTION_EXCLUDE,
	OPTION_STRICT,
	OPTION_INTERVAL,
	OPTION_QUIET,
	OPTION_OUTPUT,
	OPTION_FORMAT,
	OPTION_OWN, /* the first of a subcommand's own */
};

#define READING_OPTIONS                                                                                \
	{0, 0, "What to read:", NULL, NULL},                                                           \
		{OPTION_SINCE, 0, "since", "TIME",                                                     \
			"leave out what is earlier: 2026-11-21, '2026-11-21 21:45' (UTC)"},            \
		{OPTION_UNTIL, 0, "until", "TIME", "leave out what is later"},                         \
		{OPTION_INCLUDE, 0, "include", "PATTERN",                                              \
			"take tags that match only: * is any text, ? any character; may be repeated"}, \
		{OPTION_EXCLUDE, 0, "exclude", "PATTERN",                                              \
			"leave out tags that match; may be repeated"},                                 \
		{OPTION_INTERVAL, 0, "interval", "TIME",                                               \
			"of text that tells no times, as PoolMon's: from one block to the next "       \
			"(default 5s)"},                                                               \
		{OPTION_STRICT, 0, "strict", NULL, "fail if any line has to be rejected"},             \
	{                                                                                              \
		OPTION_QUIET, 'q', "quiet", NULL, "don't warn of what was rejected or left out"        \
	}

#define MEMORY_OPTION                                                                              \
	{                                                                                          \
		OPTION_MEMORY, 0, "memory", "SIZE",                                                \
			"give up, with exit status 4, rather than take more: 512MiB, 2G"           \
	}

#define JOBS_OPTION                                                                                \
	{OPTION_JOBS, 'j', "jobs", "N", "threads to use (default: one for each processor)"},       \
		MEMORY_OPTION

#define EXIT_HELP                                                                                  \
	"Exit status:\n"                                                                           \
	"  0  done\n"                                                                              \
	"  2  wrong usage\n"                                                                       \
	"  3  input rejected: no log, no row that can be read, or damage with --strict\n"          \
	"  4  system error: permissions, files, memory\n"

struct reading {
	unsigned jobs;
	uint64_t memory; /* bytes that may be taken; 0: any number */
	struct pm_inputs_options inputs;
	struct pm_read_options read;
	struct pm_filter filter;
	struct cli_list include, exclude;
	struct pm_trends_config trends;
	bool strict, quiet;
	const char *output; /* NULL: standard output */
};

/* Takes an option that is not a subcommand's own. False: what is wrong was said. */
bool reading_take(
	struct reading *reading, const struct cli_parser *parser, int id, const char *argument);

/* Opens what the operands name, once all options are read, and tells what was left out of
 * directories. None of it may be where the output goes. Returns CLI_DONE, or what to exit with
 * after it was said why. */
enum cli_exit reading_open(
	struct reading *reading, const struct cli_parser *parser, struct pm_inputs **inputs);
/* The same of paths[n]. */
enum cli_exit reading_open_paths(
	struct reading *reading, const char *const *paths, size_t n, struct pm_inputs **inputs);
void reading_free(struct reading *reading);

/* Folds all rows into trends, with progress on a terminal. Like reading_open(). Without any sample
 * in the log that is an error unless `may_be_empty`. */
enum cli_exit reading_scan(const struct reading *reading, struct pm_inputs *inputs,
	bool may_be_empty, struct pm_trends *trends, struct pm_scan_result *result);

/* Whether no more memory is taken than may be; else CLI_SYSTEM, after it was said. */
enum cli_exit reading_check_memory(const struct reading *reading);
/* Says that more would be taken; CLI_SYSTEM. */
enum cli_exit reading_fail_memory(const struct reading *reading);

/* Progress of reading as it is shown on a terminal, and the memory that it takes meanwhile. */
struct reading_progress {
	const struct reading *reading;
	bool shows;
	int64_t begun_ms, shown_ms;
	int64_t looked_ms; /* when memory was looked at */
	bool any;          /* something was shown */
};

/* may_show: standard error is free for it, if it is a terminal. */
void reading_progress_begin(
	struct reading_progress *progress, const struct reading *reading, bool may_show);
/* To be called now and then, or not at all where it is NULL. False: more memory is taken than may
 * be. */
typedef bool reading_note(void *progress, uint64_t done, uint64_t all);
reading_note *reading_progress_note(const struct reading_progress *progress);
void reading_progress_end(struct reading_progress *progress);

/* Tells what was rejected, the first of each kind. CLI_REJECTED with --strict, else CLI_DONE. */
enum cli_exit reading_warn(const struct reading *reading, const struct pm_inputs *inputs,
	const struct pm_rejects *rejects, uint64_t duplicates);

/* The subcommands; argv[0] is the subcommand's name. */
int command_report(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_info(int argc, char **argv);
int command_validate(int argc, char **argv);
int command_convert(int argc, char **argv);

#endif
