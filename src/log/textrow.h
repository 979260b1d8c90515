/* SPDX-License-Identifier: MIT */
/*
 * One row of PoolMon's text: where tag, type and numbers stand in it.
 *
 *    Tag  Type     Allocs            Frees            Diff   Bytes       Per Alloc
 *
 *    Wait Nonp    3971107 (   0)   3971077 (   0)       30    8456 (     0)    281
 *
 * A tag of Windows has four characters, of which any may be a blank; so it is found from where the
 * type stands. The five numbers that count are told by their order; where cells are blank, as in
 * blocks of ours, by the names of columns, in whose last character numbers end. Changes stand in
 * parentheses, or do not stand there at all (snapshot files); a driver may stand behind.
 */
#ifndef POOLMON_LOG_TEXTROW_H
#define POOLMON_LOG_TEXTROW_H

#include <poolmon/rejects.h>
#include <poolmon/tag.h>

#include "base/buf.h"

enum { PM_TEXT_CELLS = 5 }; /* allocs, frees, diff, bytes, per_alloc: in the order of the fields */

/* What the line of column names says. */
struct pm_text_columns {
	size_t tag, type;          /* where the names begin */
	size_t end[PM_TEXT_CELLS]; /* behind the name; 0: there is no such column */
	size_t behind;             /* where others follow, as that of drivers; SIZE_MAX: none do */
};

/* False: it is no such line. */
bool pm_text_columns_parse(struct pm_text_columns *columns, const char *at, size_t n);

struct pm_text_row {
	char tag[PM_TAG_MAX]; /* the bytes themselves */
	size_t n_tag;
	struct pm_span type;
	struct pm_span cell[PM_TEXT_CELLS]; /* as they stand there; at == NULL where blank */
	struct pm_span rest;                /* what is no number any more: a driver */
};

/* of_ours: tags may be of any length and are escaped as in tag.h; types may be blank. False: what
 * is wrong with it, and in which place of the line. */
bool pm_text_row_parse(const struct pm_text_columns *columns, bool of_ours, const char *at,
	size_t n, struct pm_text_row *row, enum pm_reject_kind *problem, struct pm_span *place);

#endif
