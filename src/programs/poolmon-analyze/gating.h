/* SPDX-License-Identifier: MIT */
/* The options of report that let findings pass or fail, and name drivers. */
#ifndef POOLMON_ANALYZE_GATING_H
#define POOLMON_ANALYZE_GATING_H

#include "programs/cli/cli.h"

/* Ids from `first` on: */
enum {
	GATING_FAIL_ON,
	GATING_MIN_GROWTH,
	GATING_BUDGET,
	GATING_SUPPRESS,
	GATING_BASELINE,
	GATING_TAGS,
	GATING_N
};

#define GATING_OPTIONS(first)                                                                      \
	{0, 0, "What fails:", NULL, NULL},                                                         \
		{(first) + GATING_FAIL_ON, 0, "fail-on", "VERDICT",                                \
			"exit with 1 if a tag has this verdict or a worse one: leak or probable"}, \
		{(first) + GATING_MIN_GROWTH, 0, "min-growth", "SIZE",                             \
			"but let it pass if it grew by less than SIZE in all: 1MiB"},              \
		{(first) + GATING_BUDGET, 0, "budget", "RULE",                                     \
			"exit with 1 if a tag is over its budget: 'dentry<=1MiB/h', "              \
			"'slab/kmalloc-*<=100 objects/min', 'filp<=64MiB'; may be repeated"},      \
		{(first) + GATING_SUPPRESS, 0, "suppress", "FILE",                                 \
			"let pass what FILE lists, with reasons; may be repeated"},                \
	{                                                                                          \
		(first) + GATING_BASELINE, 0, "baseline", "REPORT",                                \
			"let pass what is no worse than in REPORT, an earlier JSON report"         \
	}

#define TAGS_OPTION(first)                                                                         \
	{                                                                                          \
		(first) + GATING_TAGS, 0, "tags", "FILE",                                          \
			"name the drivers of tags by FILE, a pooltag.txt; may be repeated; "       \
			"what the slab caches of Linux are is known without"                       \
	}

struct gating {
	bool fail_on;
	enum pm_verdict verdict;
	uint64_t min_growth; /* bytes; 0: not given */
	struct cli_list budgets, suppress, tags;
	const char *baseline;
	struct pm_gate *gate;       /* NULL: no rules */
	struct pm_drivers *drivers; /* by the tag files, and what is built in */
};

/* Takes option number `id` of the above. False: what is wrong was said. */
bool gating_take(
	struct gating *gating, const struct cli_parser *parser, int id, const char *argument);

/* Reads the files, once all options are taken. None of them may be where the output goes (NULL:
 * standard output). CLI_DONE, or what to exit with after it was said why. */
enum cli_exit gating_open(struct gating *gating, const char *output, bool quiet);
void gating_free(struct gating *gating);

/* Lets the gate decide, and tells of suppressions that did nothing. Like gating_open(). */
enum cli_exit gating_decide(struct gating *gating, const struct pm_findings *findings,
	const struct pm_trends *trends, bool quiet);

bool gating_fails(const struct gating *gating);

/* Whether a budget is for no tag at all, which --strict does not allow. */
bool gating_misses(const struct gating *gating);

#endif
