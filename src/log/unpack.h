/* SPDX-License-Identifier: MIT */
/* The bytes of a file or of a part of it, inflated where they are compressed: whether they are is
 * seen from the bytes. */
#ifndef POOLMON_LOG_UNPACK_H
#define POOLMON_LOG_UNPACK_H

#include "base/file.h"
#include "base/packing.h"
#include "log/meter.h"
#include "log/rejecting.h"

/* Reads with room for so many bytes cost the least. */
enum { PM_UNPACK_PIECE = 256 * 1024 };

struct pm_unpack {
	struct pm_file file; /* not owned */
	bool seekable;
	enum pm_packing packing;
	bool damaged;
	enum pm_reject_kind damage; /* if damaged: PM_REJECT_GZIP_* or PM_REJECT_ZSTD_* */
	uint64_t damage_at;         /* byte offset in the file */

	struct pm_meter *meter; /* told of each block; NULL: nobody is. Set before the first read */
	/* See struct pm_stream_hooks; set before the first read */
	uint64_t (*more)(void *context);
	void *more_context;

	/* private */
	uint64_t at, end;  /* of the file, next to read and where to stop */
	unsigned char *in; /* read but not consumed: in[in_at .. n_in) */
	size_t in_at, n_in;
	uint64_t untold; /* bytes of the file that the meter knows nothing of yet */
	bool ended;      /* no further bytes come out */
	bool in_member;
	uint64_t member_at, given; /* where it begins in the file, and what came out of it */
	uint64_t again;            /* bytes that will come out once more, and are dropped */
	unsigned char *held; /* inflated but not given yet: held[held_at .. n_held); or NULL */
	size_t held_at, n_held;
	const struct pm_inflate_kind *kind;
	void *inflater;
};

/* Reads the bytes [at, end) of a file; of one that is not seekable those from where it stands.
 * PM_E_MEMORY, PM_E_INPUT: compressed in a way that this build can't read; or what reading fails
 * with. To be closed whatever is returned. */
PM_MUST_USE enum pm_status pm_unpack_open(struct pm_unpack *unpack, struct pm_file file,
	bool seekable, uint64_t at, uint64_t end, struct pm_error *err);
void pm_unpack_close(struct pm_unpack *unpack);

/* The room that a read should have to cost the least; with less it gives the same. */
size_t pm_unpack_room(const struct pm_unpack *unpack);

/* Some bytes; *got == 0 exactly at the end, which is also where damage ends it. PM_E_STOPPED: the
 * meter says so. */
PM_MUST_USE enum pm_status pm_unpack_read(
	struct pm_unpack *unpack, void *to, size_t n, size_t *got, struct pm_error *err);

#endif
