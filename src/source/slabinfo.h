/* SPDX-License-Identifier: MIT */
/*
 * The text of /proc/slabinfo (Documentation: slabinfo(5); written by mm/slab_common.c,
 * print_slabinfo_header() and cache_show()). Columns are found by the names in its header line, so
 * versions that add or move some can be read. Pure functions: no file is touched.
 */
#ifndef POOLMON_SOURCE_SLABINFO_H
#define POOLMON_SOURCE_SLABINFO_H

#include "base/buf.h"

enum {
	PM_SLAB_ACTIVE_OBJECTS,
	PM_SLAB_OBJECT_SIZE,
	PM_SLAB_PAGES_PER_SLAB,
	PM_SLAB_N_SLABS,
	PM_N_SLAB_COLUMNS,
};

struct pm_slabinfo_layout {
	int n_sections; /* parts of a line, separated by " : " */
	int n_first;    /* numbers in the first part, behind the name */
	struct {
		int section, column; /* of the numbers in that part */
	} columns[PM_N_SLAB_COLUMNS];
};

struct pm_slab {
	struct pm_span name; /* within the line */
	uint64_t active_objects, object_size, pages_per_slab, n_slabs;
};

/* Reads the header line ("# name <active_objs> ..."), line[n] without its newline. False if a
 * column that is needed is missing: the format is not known then. */
bool pm_slabinfo_parse_header(const char *line, size_t n, struct pm_slabinfo_layout *layout);

/* Reads the line of a cache; false if it is none of this layout. */
bool pm_slabinfo_parse_line(
	const struct pm_slabinfo_layout *layout, const char *line, size_t n, struct pm_slab *slab);

#endif
