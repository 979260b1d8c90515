/* SPDX-License-Identifier: MIT */
/* A document while it is being made. */
#ifndef POOLMON_REPORT_BUILD_H
#define POOLMON_REPORT_BUILD_H

#include "report/doc.h"

struct pm_build {
	struct pm_doc *doc;
	const struct pm_report_data *data;
	const struct pm_report_options *options;
	bool failed; /* out of memory */
	size_t n_hosts;
	int64_t first_ms, last_ms; /* of all samples; 0 if there are none */
	size_t n_series;
	struct pm_cell nowhere[PM_N_FINDING_FIELDS]; /* the widest of all rows */
};

/* Each adds a sentence to the document. */
void pm_say_what_was_read(struct pm_build *build);
void pm_say_verdict(struct pm_build *build);
void pm_say_problems(struct pm_build *build);
void pm_say_validity(struct pm_build *build);
void pm_say_method(struct pm_build *build);
void pm_say_limits(struct pm_build *build);

#endif
