/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_SETTINGS_H
#define POOLMON_SETTINGS_H

#include <poolmon/source.h>
#include <poolmon/view.h>

#include "programs/cli/cli.h"

/* What --tagging asks for, in place of a display. */
enum tagging { TAGGING_NONE, TAGGING_STATUS, TAGGING_ON, TAGGING_OFF, N_TAGGING };

/* What the command line says. */
struct settings {
	enum tagging tagging;
	const char *source;
	struct pm_source_config source_config;
	char *replay; /* the source that plays what --from names; owned; NULL: live */
	int64_t interval_ms;
	uint64_t count; /* 0: no limit */
	struct pm_view_options view;
	bool plain;           /* no highlighting */
	const char *snapshot; /* a file that takes one block; NULL: the screen */
	bool tags, local_tags;
	const char *tag_file, *local_tag_file; /* NULL: where they are usually found */
	struct cli_list to_scan; /* drivers, files or directories, in place of a display */
	const char *output;      /* that their tags go to; NULL: standard output */

	struct pm_filter filter;
	struct cli_list include, exclude, logs;
	struct pm_drivers *drivers; /* owned */
	char **words;               /* PoolMon's switches as long options; owned */
};

/* Reads the command line. CLI_NO_MORE: go on; CLI_HELPED, CLI_BAD: end. */
int settings_read(struct settings *settings, int argc, char **argv);
/* Whether what is written may take the place of what has its name: no file that is read, and no
 * log. CLI_USAGE: it may not, which was said. */
enum cli_exit settings_check_output(const struct settings *settings);
/* Then the tag files that it names, into drivers. */
PM_MUST_USE enum pm_status settings_read_tag_files(struct settings *settings, struct pm_error *err);
void settings_free(struct settings *settings);

/* Writes a tag file of the drivers that are to be scanned; returns the exit code. */
int scan_drivers(const struct settings *settings);
/* Scans the drivers of a folder, takes their tags as local ones, and keeps them in a file. */
PM_MUST_USE enum pm_status make_local_tags(
	struct settings *settings, const char *name, const char *folder, struct pm_error *err);
/* Does what --tagging asks for; returns what the program exits with. */
int tagging_run(const struct settings *settings);

/* PoolMon's own switches (/b -iAfd* /p) as long options, so that one table knows them all: a list
 * of words as argv is, of *n, to be given to switches_free(). NULL: what is wrong was said. */
char **switches_translate(int argc, char **argv, const struct cli_option *options, int *n);
void switches_free(char **words);

#endif
