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

enum { PM_BRIEF_MAX = 12, PM_SENTENCES_MAX = 12, PM_TABLES_MAX = 12 };

struct pm_cell { /* which member holds: by the field's kind */
	bool set;
	union {
		const char *text; /* TEXT */
		uint64_t u;       /* COUNTER, GAUGE, FLAG */
		int64_t i;        /* CHANGE; TIME and SECONDS in milliseconds */
		double r;         /* REAL */
	} as;
};

/* Where in a report with headings a table stands. */
enum pm_place {
	PM_PLACE_MAIN,   /* what the report is about: rows have a section and a plot each */
	PM_PLACE_GROUND, /* what it rests on: where and how it was recorded */
	PM_PLACE_LIMITS, /* what could not be used */
	PM_PLACE_MORE,
};

struct pm_table {
	const char *name;  /* key in JSON */
	const char *title; /* for people */
	enum pm_place place;
	bool background;               /* a short report leaves it out */
	const struct pm_field *fields; /* [n_fields] */
	int n_fields;
	bool single;   /* always one row: a record rather than a table */
	bool severity; /* rows before `n_severe` are bad news */
	size_t n_severe;
	signed char brief[PM_BRIEF_MAX + 1]; /* columns that people see side by side, ended by -1 */
	signed char below[8];                /* texts that people see below each row, ended by -1 */
	unsigned below_joined; /* bit i: below[i] goes on in the line of below[i - 1], if it is set */
	signed char names[5];  /* what a row is called, foremost first, ended by -1 */
	signed char verdict;   /* what a row amounts to, -1: no column says so */
	struct pm_cell *cells; /* [n_rows][n_fields] */
	size_t n_rows, capacity;
};

struct pm_doc {
	struct pm_arena arena;                   /* texts */
	const char *report;                      /* "leaks", "info", "validate" */
	const char *title;                       /* for people */
	const char *sentences[PM_SENTENCES_MAX]; /* the result */
	int n_sentences;
	int result;                           /* the one of them that says it shortest */
	const char *method[PM_SENTENCES_MAX]; /* how it was measured and judged */
	int n_method;
	const char *limits[PM_SENTENCES_MAX]; /* what it does not show */
	int n_limits;
	struct pm_table tables[PM_TABLES_MAX];
	int n_tables;
	const struct pm_table *foremost; /* the one to show where there is room for one */
	const struct pm_trends *trends;  /* what plots are made of */
	size_t *plotted; /* [rows of the main table]: whose course; NULL: there are no plots */
	size_t plotted_capacity;
};

/* The table whose rows have sections and plots; NULL: there is none. */
const struct pm_table *pm_doc_main(const struct pm_doc *doc);

/* The table of this name, or NULL. */
const struct pm_table *pm_doc_table(const struct pm_doc *doc, const char *name);

/* The text of a cell for people: sizes in KiB and MiB, times, spans; "" where it is not set. */
void pm_cell_put_text(struct pm_buf *out, const struct pm_field *field, const struct pm_cell *cell);

extern const struct pm_renderer pm_renderer_text, pm_renderer_json, pm_renderer_csv,
	pm_renderer_markdown, pm_renderer_html, pm_renderer_junit, pm_renderer_github;

#endif
