/* SPDX-License-Identifier: MIT */
/* A document while it is being made. */
#ifndef POOLMON_REPORT_BUILD_H
#define POOLMON_REPORT_BUILD_H

#include "report/doc.h"

enum pm_total { PM_TOTAL_AVAILABLE, PM_TOTAL_COMMITTED, PM_TOTAL_LIMIT, PM_N_TOTALS };

/* What a host had left at the end. */
struct pm_room {
	const char *host;
	bool known[PM_N_TOTALS];
	uint64_t last[PM_N_TOTALS]; /* bytes */
};

/* Bytes per hour that leaks take, by what they take them of. */
struct pm_drain {
	double resident;  /* memory */
	double paged;     /* what may be written to a paging file */
	double committed; /* either, where there is a limit to what is promised */
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
	int64_t span_ms;           /* the longest that a series covers by the monotonic clock */
	size_t n_series;
	struct pm_room *rooms; /* [n_rooms], one for each host that tells */
	size_t n_rooms, rooms_capacity;
	struct pm_cell nowhere[PM_CELLS_MAX]; /* a row that is thrown away */
};

/* Adds the table of findings. */
void pm_build_findings(struct pm_build *build);

/* How long memory lasts: finds what is left, adds up what takes it, and divides. 0: that is not
 * known. *by_limit: the commit limit is reached before memory is used up. */
void pm_find_rooms(struct pm_build *build);
void pm_drain_add(struct pm_drain *drain, const struct pm_trend *trend);
double pm_hours_left(const struct pm_build *build, const char *host, const struct pm_drain *drain,
	bool *by_limit);

/* "FIRST to LAST UTC (SPAN): "; the span is what is given where the clock was set back meanwhile. */
void pm_put_times(struct pm_buf *text, int64_t first_ms, int64_t last_ms, int64_t span_ms);

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
