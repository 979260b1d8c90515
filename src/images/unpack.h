/* SPDX-License-Identifier: MIT */
/* Files that were compressed as a whole. */
#ifndef POOLMON_IMAGES_UNPACK_H
#define POOLMON_IMAGES_UNPACK_H

#include "images/bytes.h"

#include <poolmon/error.h>

enum { PM_UNPACKED_MAX = 1 << 30 };

/*
 * Undoes gzip, xz or zstd, told by the first bytes. *memory is the caller's to free; *plain is in
 * it, or is `packed` itself (*memory is NULL) if that is none of these. PM_E_INPUT: damaged, or
 * larger than PM_UNPACKED_MAX; PM_E_UNSUPPORTED: this build lacks the library; PM_E_MEMORY.
 */
PM_MUST_USE enum pm_status pm_unpack(struct pm_bytes packed, unsigned char **memory,
	struct pm_bytes *plain, struct pm_error *err);

/* ---- for unpack.c and those who do the work ---- */

/* What is unpacked so far. */
struct pm_unpacked {
	unsigned char *at; /* [n] of [capacity] */
	size_t n, capacity;
};

/* Makes room for more; PM_E_INPUT where that is too much. */
PM_MUST_USE enum pm_status pm_unpacked_grow(struct pm_unpacked *unpacked, struct pm_error *err);
PM_MUST_USE enum pm_status pm_unpack_fail(const char *format, struct pm_error *err);
PM_MUST_USE enum pm_status pm_unpack_lacks(
	const char *format, const char *library, const char *command, struct pm_error *err);

PM_MUST_USE enum pm_status pm_unpack_xz(
	struct pm_bytes packed, struct pm_unpacked *unpacked, struct pm_error *err);
PM_MUST_USE enum pm_status pm_unpack_zstd(
	struct pm_bytes packed, struct pm_unpacked *unpacked, struct pm_error *err);

#endif
