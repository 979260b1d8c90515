/* SPDX-License-Identifier: MIT */
/*
 * Gzip files made of members that tell their size. Each member's header has an extra field (RFC
 * 1952, 2.3.1.1) of id "PM": 4 bytes size of the whole member, 4 bytes size of what is in it, both
 * little endian; size 0 means that it was not known when the header was written. Any gunzip reads
 * such a file; a reader that knows the field finds the members without inflating them (the idea is
 * that of BGZF).
 */
#ifndef POOLMON_BASE_GZIP_H
#define POOLMON_BASE_GZIP_H

#include "base/file.h"

#include <zlib.h>

#define PM_GZIP_HEADER 24 /* bytes of a header of ours: 10 fixed, 2 length, 4 + 8 extra field */

/* The size that a member's first bytes tell; false where they are not a header of ours with a size.
 */
bool pm_gzip_member_size(
	const unsigned char header[PM_GZIP_HEADER], uint64_t *packed, uint64_t *plain);

/* Whether first[n] may be how a header of ours begins; n may be less than PM_GZIP_HEADER. */
bool pm_gzip_header_begins(const unsigned char *first, size_t n);

/* Ends a member that was left open, behind its data so far, which end at `at` between two blocks at
 * a byte's edge; crc and plain are of what they inflate to. With `sized`, the member begins with a
 * header of ours, at member_at, and gets its size. *end: of the file, where writing goes on. */
PM_MUST_USE enum pm_status pm_gzip_end_member(struct pm_file file, uint64_t member_at, uint64_t at,
	unsigned long crc, uint64_t plain, bool sized, uint64_t *end, struct pm_error *err);

struct pm_gzip_writer {
	struct pm_file file; /* not owned */
	bool seekable;
	uint64_t at;           /* bytes written to file, counted from where it began */
	uint64_t member_at;    /* where the open member began */
	uint64_t member_plain; /* bytes in the open member */
	bool member_open;
	unsigned long crc;
	z_stream z;
	unsigned char *out;
	/* Asked before each write whether the file may become so large; NULL: it may. Set after
	 * init. */
	bool (*may_grow)(void *context, uint64_t size);
	void *context;
};

/* Members are written from the file's current position `at` on. PM_E_MEMORY. */
PM_MUST_USE enum pm_status pm_gzip_writer_init(struct pm_gzip_writer *writer, struct pm_file file,
	bool seekable, uint64_t at, int level, struct pm_error *err);
void pm_gzip_writer_deinit(struct pm_gzip_writer *writer);

/* From here on, both fail with PM_END too: may_grow said no. */

/* Adds bytes to the open member, or to a new one. With `flush`, all that was added so far can be
 * read from the file afterwards. On failure the file's tail is undefined from member_at on. */
PM_MUST_USE enum pm_status pm_gzip_writer_add(struct pm_gzip_writer *writer, const void *bytes,
	size_t n, bool flush, struct pm_error *err);

/* Ends the open member, if any, and records its size in its header. */
PM_MUST_USE enum pm_status pm_gzip_writer_end_member(
	struct pm_gzip_writer *writer, struct pm_error *err);

#endif
