/* SPDX-License-Identifier: MIT */
/* Bytes of a file, and little-endian numbers in them. What lies beyond the end reads as 0; who has
 * to know asks pm_bytes_have() first. */
#ifndef POOLMON_IMAGES_BYTES_H
#define POOLMON_IMAGES_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pm_bytes {
	const unsigned char *at;
	size_t n;
};

static inline bool pm_bytes_have(struct pm_bytes bytes, uint64_t offset, uint64_t n)
{
	return offset <= bytes.n && n <= bytes.n - offset;
}

static inline struct pm_bytes pm_bytes_part(struct pm_bytes bytes, uint64_t offset, uint64_t n)
{
	if (!pm_bytes_have(bytes, offset, n))
		return (struct pm_bytes){NULL, 0};
	return (struct pm_bytes){bytes.at + offset, (size_t)n};
}

static inline uint64_t pm_bytes_number(struct pm_bytes bytes, uint64_t offset, unsigned n)
{
	uint64_t number = 0;

	if (!pm_bytes_have(bytes, offset, n))
		return 0;
	while (n-- > 0)
		number = number << 8 | bytes.at[offset + n];
	return number;
}

static inline uint8_t pm_bytes_u8(struct pm_bytes bytes, uint64_t offset)
{
	return (uint8_t)pm_bytes_number(bytes, offset, 1);
}

static inline uint16_t pm_bytes_u16(struct pm_bytes bytes, uint64_t offset)
{
	return (uint16_t)pm_bytes_number(bytes, offset, 2);
}

static inline uint32_t pm_bytes_u32(struct pm_bytes bytes, uint64_t offset)
{
	return (uint32_t)pm_bytes_number(bytes, offset, 4);
}

static inline uint64_t pm_bytes_u64(struct pm_bytes bytes, uint64_t offset)
{
	return pm_bytes_number(bytes, offset, 8);
}

#endif
