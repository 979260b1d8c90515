/* SPDX-License-Identifier: MIT */
/*
 * Text eight bytes at a time, in plain C; lanes.h does more at once. Whoever calls these sees to it
 * that as many bytes can be read as they say, whatever is in them.
 */
#ifndef POOLMON_BASE_BYTES_H
#define POOLMON_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A function that is better off apart from those that call it. */
#ifdef __GNUC__
#define PM_APART __attribute__((noinline))
#else
#define PM_APART
#endif

/* How far beyond the end of a text these functions, and those of lanes.h, may read. */
enum { PM_BYTES_SLACK = 64 };

/* Eight bytes, the first in the lowest bits. */
static inline uint64_t pm_bytes_load(const char *at)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
#else
	const unsigned char *c = (const unsigned char *)at;

	return (uint64_t)c[0] | (uint64_t)c[1] << 8 | (uint64_t)c[2] << 16 | (uint64_t)c[3] << 24 |
		(uint64_t)c[4] << 32 | (uint64_t)c[5] << 40 | (uint64_t)c[6] << 48 |
		(uint64_t)c[7] << 56;
#endif
}

/* Has n bytes fetched that are about to be written to; an n that the compiler knows costs least. */
static inline void pm_prefetch(const void *at, size_t n)
{
#ifdef __GNUC__
	for (size_t i = 0; i < n; i += 64)
		__builtin_prefetch((const char *)at + i, 1);
	__builtin_prefetch((const char *)at + n - 1, 1);
	/* a function that does no more than that is left out by some compilers */
	__asm__ volatile("");
#else
	(void)at;
	(void)n;
#endif
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

/* Eight digits, a byte each, the first in the lowest bits, as a number: pairs, fours, all. */
static inline uint64_t pm_bytes_number(uint64_t digits)
{
	digits = digits * 10 + (digits >> 8);
	return ((digits & UINT64_C(0x000000ff000000ff)) * (100 + (UINT64_C(1000000) << 32)) +
		       (digits >> 16 & UINT64_C(0x000000ff000000ff)) *
			       (1 + (UINT64_C(10000) << 32))) >>
		32;
}

/* The number of n digits from `at` on, n from 1 to 15; 16 bytes are read. */
static inline uint64_t pm_bytes_number_of(const char *at, unsigned n)
{
	static const uint32_t tens[8] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
	const uint64_t values = UINT64_C(0x0f0f0f0f0f0f0f0f);
	const uint64_t first = pm_bytes_load(at) & values;

	if (n <= 8)
		return pm_bytes_number(first << (64 - 8 * n));
	n -= 8;
	return pm_bytes_number(first) * tens[n] +
		pm_bytes_number((pm_bytes_load(at + 8) & values) << (64 - 8 * n));
}

#endif
