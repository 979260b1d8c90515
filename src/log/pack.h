/* SPDX-License-Identifier: MIT */
/* A rotated file is compressed: into members of a few MiB that end between two moments. */
#ifndef POOLMON_LOG_PACK_H
#define POOLMON_LOG_PACK_H

#include "base/file.h"
#include "base/packing.h"

struct pm_pack {
	enum pm_packing packing;
	int level; /* 0: its own */
	/* Asked before `to` is made as large as this; false ends it with PM_END. */
	bool (*may_grow)(void *context, uint64_t size);
	void *context;
};

/* Writes the file `from` in packed form to `to`, which must not exist, and makes it durable. On
 * failure `to` is gone again. */
PM_MUST_USE enum pm_status pm_pack_file(
	const struct pm_pack *pack, const char *from, const char *to, struct pm_error *err);

/* Whether a packed file holds just what a plain one does. */
PM_MUST_USE enum pm_status pm_pack_compare(
	const char *packed, const char *plain, bool *same, struct pm_error *err);

#endif
