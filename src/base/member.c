/* SPDX-License-Identifier: MIT */
#include "base/member.h"

#include <string.h>

/* Headers with sizes of 0. Other systems may have written the byte of gzip that names one. */
static const struct header {
	size_t n, sizes_at;
	struct {
		size_t at, n; /* bytes by which it is known */
	} marks[2];
	unsigned char bytes[PM_MEMBER_HEADER_MAX];
} headers[PM_N_PACKINGS] = {
	[PM_PACKING_GZIP] = {24, 16, {{0, 4}, {10, 6}},
		{0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 12, 0, 'P', 'M', 8, 0}},
	[PM_PACKING_ZSTD] = {20, 12, {{0, 12}, {0, 0}},
		{0x5d, 0x2a, 0x4d, 0x18, 12, 0, 0, 0, 'P', 'M', 'Z', '1'}},
};

void pm_put32(unsigned char *at, uint64_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

uint64_t pm_get32(const unsigned char *at)
{
	return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 |
		(uint64_t)at[3] << 24;
}

size_t pm_member_header(enum pm_packing packing, unsigned char bytes[PM_MEMBER_HEADER_MAX])
{
	memcpy(bytes, headers[packing].bytes, headers[packing].n);
	return headers[packing].n;
}

bool pm_member_begins(enum pm_packing packing, const unsigned char *first, size_t n)
{
	const struct header *header = &headers[packing];

	for (int i = 0; i < 2; i++) {
		const size_t at = header->marks[i].at, end = at + header->marks[i].n;

		if (n > at && memcmp(first + at, header->bytes + at, (n < end ? n : end) - at) != 0)
			return false;
	}
	return true;
}

bool pm_member_size(enum pm_packing packing, const unsigned char *first, size_t n, uint64_t *packed,
	uint64_t *plain)
{
	const struct header *header = &headers[packing];

	if (n < header->n || !pm_member_begins(packing, first, n))
		return false;
	*packed = pm_get32(first + header->sizes_at);
	*plain = pm_get32(first + header->sizes_at + 4);
	return *packed > header->n;
}

enum pm_status pm_member_put_sizes(enum pm_packing packing, struct pm_file file, uint64_t member_at,
	uint64_t packed, uint64_t plain, struct pm_error *err)
{
	unsigned char sizes[8];

	if (packed > UINT32_MAX)
		return PM_OK;
	pm_put32(sizes, packed);
	pm_put32(sizes + 4, plain);
	return pm_file_write_at(
		file, member_at + headers[packing].sizes_at, sizes, sizeof(sizes), err);
}

void pm_gzip_trailer(unsigned char trailer[PM_GZIP_TRAILER], unsigned long crc, uint64_t plain)
{
	pm_put32(trailer, crc);
	pm_put32(trailer + 4, plain);
}
