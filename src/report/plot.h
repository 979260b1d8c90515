/* SPDX-License-Identifier: MIT */
/* What is drawn of one row of a document: points, lines and signs, in values and times. */
#ifndef POOLMON_REPORT_PLOT_H
#define POOLMON_REPORT_PLOT_H

#include "report/doc.h"

enum { PM_PLOT_SIGNS_MAX = 60, PM_PLOT_LINES_MAX = PM_COURSE_CUTS_MAX + 1 };

struct pm_plot_line { /* a straight one */
	int64_t from_ms, until_ms;
	double from, until;
};

struct pm_plot_sign { /* something happened at this time */
	int64_t time_ms;
	const char *kind, *text; /* a word; of a mark its text, or "" */
};

struct pm_plot {
	const struct pm_field *field;             /* what the values are */
	int64_t from_ms, until_ms;                /* from_ms < until_ms */
	double min, max;                          /* of all points */
	struct pm_course_point at[PM_COURSE_MAX]; /* [n], n >= 1 */
	size_t n;
	unsigned char n_cuts_before[PM_COURSE_MAX]; /* of each point: how often counters restarted */
	bool mixed[PM_COURSE_MAX]; /* of each: it is of before and after a restart */
	struct pm_plot_line lines[PM_PLOT_LINES_MAX]; /* [n_lines]: by least squares */
	size_t n_lines;
	struct pm_plot_sign signs[PM_PLOT_SIGNS_MAX]; /* [n_signs], by time */
	size_t n_signs;
	size_t n_signs_left_out;
};

/* The plot of a row of pm_doc_main(), whose rows are the findings in their order; false where there
 * is nothing to draw. */
bool pm_plot_of_row(const struct pm_doc *doc, size_t row, struct pm_plot *plot);

/* The time at which a point is drawn: the middle of its stretch, inside of the plot. */
int64_t pm_plot_time(const struct pm_plot *plot, size_t i);

/* Whether so much time lies between points i - 1 and i that no line should join them. */
bool pm_plot_breaks(const struct pm_plot *plot, size_t i);

/* The means as a line of at most `columns` characters, from the least to the most of them: bars, or
 * ASCII characters. */
void pm_plot_put_bars(struct pm_buf *out, const struct pm_plot *plot, size_t columns, bool ascii);

#endif
