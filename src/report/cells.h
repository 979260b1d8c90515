/* SPDX-License-Identifier: MIT */
/* What builders of documents share: tables and their cells, sentences. */
#ifndef POOLMON_REPORT_CELLS_H
#define POOLMON_REPORT_CELLS_H

#include "base/array.h"
#include "report/build.h"

/* A further row; never NULL: where memory is short, one that is thrown away. */
static inline struct pm_cell *add_row(struct pm_build *build, struct pm_table *table)
{
	const size_t row_bytes = (size_t)table->n_fields * sizeof(struct pm_cell);
	struct pm_cell *grown =
		pm_array_room(table->cells, &table->capacity, table->n_rows, row_bytes);

	if (grown == NULL) {
		build->failed = true;
		return build->nowhere;
	}
	table->cells = grown;
	grown += table->n_rows++ * (size_t)table->n_fields;
	memset(grown, 0, row_bytes);
	return grown;
}

static inline void set_u64(struct pm_cell *cell, uint64_t value)
{
	cell->set = true;
	cell->as.u = value;
}

static inline void set_i64(struct pm_cell *cell, int64_t value)
{
	cell->set = true;
	cell->as.i = value;
}

static inline void set_real(struct pm_cell *cell, double value)
{
	cell->set = true;
	cell->as.r = value;
}

/* Copies the text; an empty one is no value. */
static inline void set_text(struct pm_build *build, struct pm_cell *cell, const char *text)
{
	cell->as.text = pm_arena_copy(&build->doc->arena, text, strlen(text));
	cell->set = text[0] != '\0' && cell->as.text != NULL;
	build->failed |= cell->as.text == NULL;
}

static inline struct pm_table *add_table(struct pm_build *build, enum pm_place place,
	const char *name, const char *title, const struct pm_field *fields, int n_fields)
{
	const enum pm_report_kind kind = build->options->kind;
	struct pm_table *table = &build->doc->tables[build->doc->n_tables++];

	*table = (struct pm_table){
		.name = name,
		.title = title,
		.place = place,
		.background = (kind == PM_REPORT_LEAKS || kind == PM_REPORT_DIFF) &&
			(place == PM_PLACE_GROUND || place == PM_PLACE_MORE),
		.fields = fields,
		.n_fields = n_fields,
		.brief = {-1},
		.below = {-1},
		.names = {-1},
		.verdict = -1,
	};
	return table;
}

/* Which columns people see: fields, ended by -1. */
static inline void set_brief(struct pm_table *table, const signed char *fields)
{
	int i = 0;

	for (; fields[i] >= 0 && i < PM_BRIEF_MAX; i++)
		table->brief[i] = fields[i];
	table->brief[i] = -1;
}

static inline void show_all(struct pm_table *table)
{
	int i = 0;

	for (; i < table->n_fields && i < PM_BRIEF_MAX; i++)
		table->brief[i] = (signed char)i;
	table->brief[i] = -1;
}

/* Adds the text, which is used up, as a sentence. */
static inline void add_sentence(struct pm_build *build, struct pm_buf *text)
{
	struct pm_doc *doc = build->doc;
	const char *copy = pm_arena_copy(&doc->arena, text->at, text->n);

	build->failed |= text->failed || copy == NULL;
	if (copy != NULL && doc->n_sentences < PM_SENTENCES_MAX)
		doc->sentences[doc->n_sentences++] = copy;
	pm_buf_deinit(text);
}

static inline const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

#endif
