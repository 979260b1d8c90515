/* SPDX-License-Identifier: MIT */
/* How far a compressed log can be read, and how the member that a crash left open is ended. */
#ifndef POOLMON_LOG_REPAIRING_H
#define POOLMON_LOG_REPAIRING_H

#include "base/member.h"

/* What a crash leaves behind the last whole line is less; more than that is damage of another kind.
 */
#define PM_CUT_MAX ((uint64_t)16 << 20)

enum { PM_ENDING_MAX = 16 };

/* How far the members from some offset on can be inflated. */
struct pm_walk {
	/* set by the caller */
	struct pm_file file;
	uint64_t size;

	uint64_t member_at; /* the member that is not ended begins here; `size`: there is none */
	uint64_t plain;     /* what could be inflated of it */
	/* A place in it between two blocks, at a byte's edge and behind a newline: there it can be
	 * ended, by these bytes. safe_plain == 0: there is none. */
	uint64_t safe_at, safe_plain;
	unsigned char ending[PM_ENDING_MAX];
	size_t n_ending;
};

/* From `from`, where a member begins. PM_E_MEMORY, or what reading fails with. */
PM_MUST_USE enum pm_status pm_walk_gzip(struct pm_walk *walk, uint64_t from, struct pm_error *err);
PM_MUST_USE enum pm_status pm_walk_zstd(struct pm_walk *walk, uint64_t from, struct pm_error *err);

#endif
