/* SPDX-License-Identifier: MIT */
/*
 * Text eight bytes at a time, in plain C. Whoever calls these sees to it that as many bytes can be
 * read as they say, whatever is in them.
 */
#ifndef POOLMON_BASE_BYTES_H
#define POOLMON_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How far beyond the end of a text the functions below may read. */
enum { PM_BYTES_SLACK = 64 };

/* Eight bytes, the first in the lowest bits; compilers make one load of it. */
static inline uint64_t pm_bytes_load(const char *at)
{
	const unsigned char *c = (const unsigned char *)at;

	return (uint64_t)c[0] | (uint64_t)c[1] << 8 | (uint64_t)c[2] << 16 | (uint64_t)c[3] << 24 |
		(uint64_t)c[4] << 32 | (uint64_t)c[5] << 40 | (uint64_t)c[6] << 48 |
		(uint64_t)c[7] << 56;
}

/* Eight bytes in whatever order this machine has them. */
static inline uint64_t pm_bytes_word(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* The number of the lowest bit that is set; bits != 0. */
static inline unsigned pm_lowest_bit(uint64_t bits)
{
#ifdef __GNUC__
	return (unsigned)__builtin_ctzll(bits);
#else
	unsigned i = 0;

	while ((bits >> i & 1) == 0)
		i++;
	return i;
#endif
}

/* Bit 7 of each byte that is c. */
static inline uint64_t pm_bytes_find(uint64_t word, char c)
{
	const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
	const uint64_t differs = word ^ UINT64_C(0x0101010101010101) * (unsigned char)c;

	return ~(((differs & low) + low) | differs | low);
}

/* Whether two texts of n bytes are the same; up to PM_BYTES_SLACK more are read of both. The number
 * of steps depends on n alone, and on that by blocks of 64: nothing in it is hard to foresee. */
static inline bool pm_bytes_equal(const char *a, const char *b, size_t n)
{
	static const unsigned char kept[128] = {
#define EIGHT 255, 255, 255, 255, 255, 255, 255, 255
		EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT,
#undef EIGHT
	};
	const char *mask;
	uint64_t differs = 0;

	for (; n > 64; n -= 64, a += 64, b += 64) {
		for (int i = 0; i < 64; i += 8)
			differs |= pm_bytes_word(a + i) ^ pm_bytes_word(b + i);
		if (differs != 0)
			return false;
	}
	mask = (const char *)kept + 64 - n;
	for (int i = 0; i < 64; i += 8)
		differs |= (pm_bytes_word(a + i) ^ pm_bytes_word(b + i)) & pm_bytes_word(mask + i);
	return differs == 0;
}

/* Bit 7 of each byte that is no digit, up to the first such byte; *values: what the digits before
 * it stand for, a byte each. */
static inline uint64_t pm_bytes_not_digits(uint64_t word, uint64_t *values)
{
	*values = word ^ UINT64_C(0x3030303030303030);
	return (*values | (*values + UINT64_C(0x7676767676767676))) & UINT64_C(0x8080808080808080);
}

/* Eight digits, a byte each, the first in the lowest bits, as a number: pairs, fours, all. */
static inline uint64_t pm_bytes_number(uint64_t digits)
{
	digits = digits * 10 + (digits >> 8);
	return ((digits & UINT64_C(0x000000ff000000ff)) * (100 + (UINT64_C(1000000) << 32)) +
		       (digits >> 16 & UINT64_C(0x000000ff000000ff)) *
			       (1 + (UINT64_C(10000) << 32))) >>
		32;
}

/* A whole number of 1 to 15 digits, without a leading zero, from *at on; *at is set behind it.
 * False: there is something else, or more of them. 16 bytes are read. */
static inline bool pm_bytes_take_number(const char **at, uint64_t *number)
{
	static const uint32_t tens[8] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
	uint64_t digits, rest;
	uint64_t end = pm_bytes_not_digits(pm_bytes_load(*at), &digits);
	unsigned n;

	if (end != 0) {
		n = pm_lowest_bit(end) >> 3;
		if (n == 0)
			return false;
		*number = pm_bytes_number(digits << (64 - 8 * n));
		if ((digits & 0xff) == 0 && n > 1)
			return false;
		*at += n;
		return true;
	}
	end = pm_bytes_not_digits(pm_bytes_load(*at + 8), &rest);
	if (end == 0 || (digits & 0xff) == 0)
		return false;
	n = pm_lowest_bit(end) >> 3;
	*number = pm_bytes_number(digits) * tens[n] + pm_bytes_number(rest << 8 * (7 - n) << 8);
	*at += 8 + n;
	return true;
}

#endif
