/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_LOG_SETTINGS_H
#define POOLMON_LOG_SETTINGS_H

#include <poolmon/source.h>
#include <poolmon/writer.h>

#include "programs/cli/cli.h"

/* What the command line and a file of options say. */
struct settings {
	const char *source;
	struct pm_source_config source_config;
	struct pm_writer_options output;
	struct pm_filter filter;
	int64_t interval_ms;
	int64_t duration_ms; /* 0: no limit */
	uint64_t count;      /* 0: no limit */
	bool quiet, stats;
	char **command; /* ended by NULL; NULL: none */

	struct cli_config config; /* what others point into */
	struct cli_list include, exclude;
	struct pm_label *labels;
	size_t labels_capacity;
};

/* Reads the command line. CLI_NO_MORE: go on; CLI_HELPED, CLI_BAD: end. */
int settings_read(struct settings *settings, int argc, char **argv);
void settings_free(struct settings *settings);

/* `poolmon-log mark`: argv begins with "mark"; returns what the program exits with. */
int mark(int argc, char **argv);

/* Records until told to stop; returns what the program exits with. */
int record(const struct settings *settings);

#endif
