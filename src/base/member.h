/* SPDX-License-Identifier: MIT */
/*
 * Compressed logs are made of members that tell their size, so that they can be found, and inflated
 * side by side, without inflating those before. Any gunzip, any zstd reads such a file.
 *
 *   gzip   a member whose header has an extra field (RFC 1952, 2.3.1.1) of id "PM": 4 bytes size of
 *          the whole member, 4 bytes size of what is in it (the idea is that of BGZF)
 *   zstd   a skippable frame (RFC 8878, 3.1.2) with "PMZ1" and the same two sizes, the first
 *          counting the skippable frame too, then a frame (the idea is that of pzstd)
 *
 * Sizes are little endian; size 0: it was not known when the header was written.
 */
#ifndef POOLMON_BASE_MEMBER_H
#define POOLMON_BASE_MEMBER_H

#include "base/file.h"
#include "base/packing.h"

enum { PM_MEMBER_HEADER_MAX = 24 }; /* bytes; those of zstd are 20 */

/* Writes a header without sizes to header[], and returns how long it is. */
size_t pm_member_header(enum pm_packing packing, unsigned char header[PM_MEMBER_HEADER_MAX]);

/* The size that a member's first bytes tell; false where they are not a header of ours with a size.
 */
bool pm_member_size(enum pm_packing packing, const unsigned char *first, size_t n, uint64_t *packed,
	uint64_t *plain);

/* Whether first[n] may be how a header of ours begins; n may be less than one has. */
bool pm_member_begins(enum pm_packing packing, const unsigned char *first, size_t n);

/* Gives the header at member_at the sizes that were not known when it was written; sizes that don't
 * fit stay unknown. */
PM_MUST_USE enum pm_status pm_member_put_sizes(enum pm_packing packing, struct pm_file file,
	uint64_t member_at, uint64_t packed, uint64_t plain, struct pm_error *err);

/* What ends a member of gzip behind its last block. */
enum { PM_GZIP_TRAILER = 8 };
void pm_gzip_trailer(unsigned char trailer[PM_GZIP_TRAILER], unsigned long crc, uint64_t plain);

void pm_put32(unsigned char *at, uint64_t value);
uint64_t pm_get32(const unsigned char *at);

#endif
