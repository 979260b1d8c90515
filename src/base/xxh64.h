/* SPDX-License-Identifier: MIT */
/* XXH64 with seed 0: the checksum of zstd's frames (RFC 8878, 3.1.1), of bytes that come in pieces.
 */
#ifndef POOLMON_BASE_XXH64_H
#define POOLMON_BASE_XXH64_H

#include <stddef.h>
#include <stdint.h>

struct pm_xxh64 {
	uint64_t lanes[4];
	uint64_t n; /* bytes so far */
	unsigned char rest[32];
};

void pm_xxh64_init(struct pm_xxh64 *hash);
void pm_xxh64_add(struct pm_xxh64 *hash, const void *bytes, size_t n);
/* Of all so far; more may be added. */
uint64_t pm_xxh64_value(const struct pm_xxh64 *hash);

#endif
