/* SPDX-License-Identifier: MIT */
/* What the commands that show a report share: the options --format and --output, and the writing. */
#ifndef POOLMON_ANALYZE_RENDERING_H
#define POOLMON_ANALYZE_RENDERING_H

#include "programs/poolmon-analyze/analyze.h"

/* Lists the formats that are offered; made by rendering_begin(). */
extern char rendering_format_help[256];

#define FORMAT_OPTION                                                                              \
	{                                                                                          \
		OPTION_FORMAT, 'f', "format", "FORMAT", rendering_format_help                      \
	}
#define OUTPUT_OPTION                                                                              \
	{                                                                                          \
		OPTION_OUTPUT, 'o', "output", "FILE",                                              \
			"write to FILE, in one go when it is complete"                             \
	}

/* To be called before options are read. passes: something passes or fails, so that there is
 * something to tell CI systems. */
void rendering_begin(bool passes);

/* The argument of --format. False: what is wrong was said. */
bool rendering_take_format(const struct pm_renderer **renderer, const char *argument);

/* Chooses the renderer where --format has not (*renderer is NULL), and tells options of the
 * terminal. path: as in rendering_write(). */
void rendering_choose(
	const struct pm_renderer **renderer, struct pm_report_options *options, const char *path);

/* Writes a report to a file, or to standard output where path is NULL. */
enum cli_exit rendering_write(const struct pm_renderer *renderer,
	const struct pm_report_options *options, const struct pm_report_data *data,
	const char *path);

#endif
