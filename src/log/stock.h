/* SPDX-License-Identifier: MIT */
/* The rotated files of a directory that are ours, oldest first, and what all of our files take. */
#ifndef POOLMON_LOG_STOCK_H
#define POOLMON_LOG_STOCK_H

#include "log/rotated.h"

struct pm_stock {
	/* set by the owner */
	const char *directory, *extension; /* of the file that is being written */

	struct pm_rotated *files; /* [n], in the order in which they were rotated */
	size_t n, capacity;
	uint64_t stored_bytes;         /* of all of them */
	uint64_t active_bytes;         /* of the file that is being written; kept up by the owner */
	uint64_t other_bytes;          /* of such a file in another format, which stays as it is */
	char packing[PM_ROTATED_NAME]; /* what is being packed, by the owner; "": nothing */
};

/* Finds out what is there, and removes what a crash left half packed, if it can be. PM_E_MEMORY, or
 * what listing fails with. */
PM_MUST_USE enum pm_status pm_stock_load(struct pm_stock *stock, struct pm_error *err);
void pm_stock_deinit(struct pm_stock *stock);

/* NULL: there is none of that name. Pointers are good until files are added or removed. */
struct pm_rotated *pm_stock_find(struct pm_stock *stock, const char *name);

/* Takes down that a form of a file is there, or is there no more, and its size. */
PM_MUST_USE enum pm_status pm_stock_add(struct pm_stock *stock, const struct pm_rotated *file,
	enum pm_rotated_form form, uint64_t bytes, struct pm_error *err);
void pm_stock_set(struct pm_stock *stock, struct pm_rotated *file, enum pm_rotated_form form,
	bool has, uint64_t bytes);

/* Looks whether a form of it is still there. */
void pm_stock_check(struct pm_stock *stock, struct pm_rotated *file, enum pm_rotated_form form);
/* The file itself is left alone. */
void pm_stock_forget(struct pm_stock *stock, struct pm_rotated *file);

/* Removes files[i], in each form that is still ours. */
PM_MUST_USE enum pm_status pm_stock_remove(struct pm_stock *stock, size_t i, struct pm_error *err);

/* Removes the oldest files until all of ours and `more` bytes are within the limit; with `spare`
 * not the one being packed, and so none that is newer. PM_E_SPACE: that can't be; else what
 * removing fails with. */
PM_MUST_USE enum pm_status pm_stock_make_room(
	struct pm_stock *stock, uint64_t limit, bool spare, uint64_t more, struct pm_error *err);

#endif
