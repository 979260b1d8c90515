/* SPDX-License-Identifier: MIT */
/* A document as CI systems see it: cases that pass or fail. */
#ifndef POOLMON_REPORT_CASES_H
#define POOLMON_REPORT_CASES_H

#include "report/doc.h"

#include <poolmon/gate.h>

/*
 * Of a report of leaks: each finding in it that a rule looked at. Of a validation: each kind of
 * rejected line, or one case that passes. Of other reports there are none.
 */
struct pm_case {
	enum pm_gate_outcome outcome;
	struct pm_buf group;   /* "slab"; with the host behind it where there are several */
	struct pm_buf name;    /* "dentry Recl" */
	struct pm_buf kind;    /* of a failure: "leak" */
	struct pm_buf message; /* why it does not just pass, in one line */
	struct pm_buf detail;  /* what it rests on, lines */
};

/* Whether the document has cases: a comparison has none, PM_E_UNSUPPORTED. */
PM_MUST_USE enum pm_status pm_cases_check(const struct pm_doc *doc, struct pm_error *err);

/* Begin with {0}; *at: 0 for the first. False: there is no further one. Texts may hold any bytes. */
bool pm_case_next(const struct pm_doc *doc, size_t *at, struct pm_case *out);
bool pm_case_failed(const struct pm_case *of); /* out of memory */
void pm_case_deinit(struct pm_case *of);

static inline const struct pm_cell *pm_table_row(const struct pm_table *table, size_t row)
{
	return &table->cells[row * (size_t)table->n_fields];
}

#endif
