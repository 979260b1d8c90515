/* SPDX-License-Identifier: MIT */
/* Writes compressed files, member by member (member.h). */
#ifndef POOLMON_BASE_PACKER_H
#define POOLMON_BASE_PACKER_H

#include "base/member.h"

/* About how much there is in a member. More of it helps zstd, whose window is as large; gzip's is
 * 32 KiB. */
#define PM_MEMBER_BYTES(packing) ((uint64_t)((packing) == PM_PACKING_ZSTD ? 4 : 2) << 20)

struct pm_packer {
	enum pm_packing packing;
	struct pm_file file; /* not owned */
	bool seekable;
	uint64_t at;           /* bytes written to file, counted from where it began */
	uint64_t member_at;    /* where the open member began */
	uint64_t member_plain; /* bytes in the open member */
	bool member_open;
	unsigned long crc; /* of them; gzip only */
	const struct pm_deflate_kind *kind;
	void *state;
	unsigned char *out;
	/* Asked before each write whether the file may become so large; NULL: it may. Set after
	 * init. */
	bool (*may_grow)(void *context, uint64_t size);
	void *context;
};

/* Members are written from the file's current position `at` on. Level 0: what the packing is best
 * at. PM_E_UNSUPPORTED: this build has not got it; PM_E_MEMORY. */
PM_MUST_USE enum pm_status pm_packer_init(struct pm_packer *packer, enum pm_packing packing,
	int level, struct pm_file file, bool seekable, uint64_t at, struct pm_error *err);
void pm_packer_deinit(struct pm_packer *packer);

/* From here on, both fail with PM_END too: may_grow said no. */

/* Adds bytes to the open member, or to a new one. With `flush`, all that was added so far can be
 * read from the file afterwards. On failure the file's tail is undefined from member_at on. */
PM_MUST_USE enum pm_status pm_packer_add(
	struct pm_packer *packer, const void *bytes, size_t n, bool flush, struct pm_error *err);

/* Whether the open member is large enough to be ended. */
bool pm_packer_is_full(const struct pm_packer *packer);

/* Ends the open member, if any, and records its size in its header. */
PM_MUST_USE enum pm_status pm_packer_end_member(struct pm_packer *packer, struct pm_error *err);

/* PM_E_UNSUPPORTED, with a message that says which library is missing in this build. */
enum pm_status pm_packing_fail(enum pm_packing packing, struct pm_error *err);

#endif
