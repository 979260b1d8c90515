/* SPDX-License-Identifier: MIT */
/* A document while it is being made. */
#ifndef POOLMON_REPORT_BUILD_H
#define POOLMON_REPORT_BUILD_H

#include "report/doc.h"

struct pm_available {
	const char *host;
	uint64_t bytes;
};

/* The widest of all rows. */
enum {
	PM_CELLS_MAX = (int)PM_N_CHANGE_FIELDS > (int)PM_N_FINDING_FIELDS
		? (int)PM_N_CHANGE_FIELDS
		: (int)PM_N_FINDING_FIELDS,
};

struct pm_build {
	struct pm_doc *doc;
	const struct pm_report_data *data;
	const struct pm_report_options *options;
	bool failed; /* out of memory */
	size_t n_hosts;
	int64_t first_ms, last_ms; /* of all samples; 0 if there are none */
	size_t n_series;
	struct pm_available *available; /* memory of each host at the end */
	size_t n_available, available_capacity;
	struct pm_cell nowhere[PM_CELLS_MAX]; /* a row that is thrown away */
};

/* Adds the table of findings. */
void pm_build_findings(struct pm_build *build);

/* Each adds a sentence to the document. */
void pm_say_what_was_read(struct pm_build *build);
void pm_say_verdict(struct pm_build *build);
void pm_say_gate(struct pm_build *build);
void pm_say_problems(struct pm_build *build);
void pm_say_validity(struct pm_build *build);
void pm_say_method(struct pm_build *build);
void pm_say_limits(struct pm_build *build);

/* Work: how many units of it there were, and the cells of a finding: growth by units, by cycles,
 * and after the load stopped. */
void pm_say_units(struct pm_build *build);
void pm_fill_work(
	struct pm_build *build, struct pm_cell *row, size_t i, const struct pm_trend *trend);

/* The cells of a finding that tag files fill. */
void pm_fill_owner(struct pm_build *build, struct pm_cell *row, const struct pm_trend *trend);

/* A comparison: sentences and tables. */
void pm_build_diff(struct pm_build *build);

/* Why a change has its verdict, in one line. */
void pm_change_explain(
	struct pm_buf *out, const struct pm_diff *diff, const struct pm_change *change);

#endif
