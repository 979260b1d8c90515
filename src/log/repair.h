/* SPDX-License-Identifier: MIT */
/* Getting a log that is there already ready to be continued. */
#ifndef POOLMON_LOG_REPAIR_H
#define POOLMON_LOG_REPAIR_H

#include "base/file.h"
#include "base/packing.h"
#include "log/codec.h"

struct pm_repair {
	uint64_t size;      /* the file's size from now on, where writing continues */
	uint64_t cut_bytes; /* what was cut off: bytes of a torn line, as they are when inflated */
	bool has_rows;      /* the file has something in it */
	bool other_columns; /* it is a log of this format, but begins with another header; untouched
			     */
};

/*
 * Checks that the file is a log of this format with these columns (`header`: the first line that a
 * new file would have, or empty) and cuts off what a crash left of a last row: half a line, NUL
 * bytes where data never reached the disk, the open end of a compressed member. Whole lines stay,
 * and at no moment are they anywhere but in the file. The file is left positioned at its end.
 * PM_E_INPUT: it is none, or damaged otherwise, and untouched; else what reading and writing fails
 * with.
 */
PM_MUST_USE enum pm_status pm_repair_log(struct pm_file file, const char *path,
	const struct pm_codec *codec, struct pm_span header, enum pm_packing packing,
	struct pm_repair *repair, struct pm_error *err);

#endif
