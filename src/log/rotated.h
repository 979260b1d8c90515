/* SPDX-License-Identifier: MIT */
/*
 * Names of the files of an output directory, and which of them are ours.
 *
 *   poolmon.ndjson                           being written
 *   poolmon-20261121T214500Z.ndjson          rotated at that time
 *   poolmon-20261121T214500Z-2.ndjson        the second one in that second
 *   poolmon-20261121T214500Z.ndjson.gz       compressed; or .zst
 *   .poolmon-20261121T214500Z.ndjson.gz.tmp  being compressed; left over after a crash, made anew
 *
 * Files with any other name, or of one of these names and with something else in them, are nobody's
 * business.
 */
#ifndef POOLMON_LOG_ROTATED_H
#define POOLMON_LOG_ROTATED_H

#include "base/packing.h"
#include "log/codec.h"

#include <stdbool.h>

enum pm_rotated_form {
	PM_ROTATED_PLAIN,
	PM_ROTATED_GZIP,
	PM_ROTATED_ZSTD,
	PM_ROTATED_GZIP_TEMPORARY, /* being packed */
	PM_ROTATED_ZSTD_TEMPORARY,
	PM_N_ROTATED_FORMS,
};

/* The forms that a packing makes. */
enum pm_rotated_form pm_rotated_packed(enum pm_packing packing);
enum pm_rotated_form pm_rotated_temporary(enum pm_packing packing);
bool pm_rotated_is_temporary(enum pm_rotated_form form);

#define PM_ACTIVE_STEM "poolmon" /* the file that is being written, before its extension */

enum { PM_ROTATED_NAME = 64 };

/* A rotated file, in one form or, for some moments, in several. */
struct pm_rotated {
	int64_t time_ms;
	uint64_t number; /* within the second, 1 for the first */
	bool has[PM_N_ROTATED_FORMS];
	uint64_t bytes[PM_N_ROTATED_FORMS];
	bool left_plain;            /* it can't be packed */
	char name[PM_ROTATED_NAME]; /* of the plain form */
};

/* The name of a plain file that was rotated then. */
void pm_rotated_name(
	struct pm_rotated *file, int64_t time_ms, uint64_t number, const char *extension);

/* False: it is none of ours. Sets what the name says: time, number, name and *form. */
bool pm_rotated_parse(const char *text, struct pm_rotated *file, enum pm_rotated_form *form);

/* Where a form of it is; to be freed. NULL: out of memory. */
char *pm_rotated_path(
	const char *directory, const struct pm_rotated *file, enum pm_rotated_form form);

/* Whether that file was written by us, as far as its first bytes tell, and its size. */
bool pm_rotated_is_ours(const char *path, const struct pm_rotated *file, enum pm_rotated_form form,
	uint64_t *bytes);

/* Whether it is there in no form. */
bool pm_rotated_is_gone(const struct pm_rotated *file);

/* For qsort: oldest first. */
int pm_rotated_compare(const void *a, const void *b);

#endif
