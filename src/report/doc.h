/* SPDX-License-Identifier: MIT */
/*
 * The document that every renderer renders: sentences, and tables whose columns are fields of
 * <poolmon/fields.h>. A renderer knows kinds and units, never single fields.
 */
#ifndef POOLMON_REPORT_DOC_H
#define POOLMON_REPORT_DOC_H

#include <poolmon/report.h>

#include "base/arena.h"
#include "base/buf.h"

enum { PM_BRIEF_MAX = 12, PM_SENTENCES_MAX = 12, PM_TABLES_MAX = 8 };

struct pm_cell { /* which member holds: by the field's kind */
	bool set;
	union {
		const char *text; /* TEXT */
		uint64_t u;       /* COUNTER, GAUGE, FLAG */
		int64_t i;        /* CHANGE; TIME and SECONDS in milliseconds */
		double r;         /* REAL */
	} as;
};

struct pm_table {
	const char *name;              /* key in JSON */
	const char *title;             /* for people; NULL: they need not see it */
	const struct pm_field *fields; /* [n_fields] */
	int n_fields;
	bool single;   /* always one row: a record rather than a table */
	bool severity; /* rows before `n_severe` are bad news */
	size_t n_severe;
	signed char brief[PM_BRIEF_MAX + 1]; /* columns that people see side by side, ended by -1 */
	signed char below[8];                /* texts that people see below each row, ended by -1 */
	unsigned below_joined; /* bit i: below[i] goes on in the line of below[i - 1], if it is set */
	struct pm_cell *cells; /* [n_rows][n_fields] */
	size_t n_rows, capacity;
};

struct pm_doc {
	struct pm_arena arena; /* texts */
	const char *report;    /* "leaks", "info", "validate" */
	const char *sentences[PM_SENTENCES_MAX];
	int n_sentences;
	struct pm_table tables[PM_TABLES_MAX];
	int n_tables;
};

/* The text of a cell for people: sizes in KiB and MiB, times, spans; "" where it is not set. */
void pm_cell_put_text(struct pm_buf *out, const struct pm_field *field, const struct pm_cell *cell);

extern const struct pm_renderer pm_renderer_text, pm_renderer_json;
extern const struct pm_renderer pm_renderer_junit, pm_renderer_github;

#endif
