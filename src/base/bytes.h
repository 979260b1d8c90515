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

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

/* Has n bytes fetched that are about to be written to; an n that the compiler knows costs least. */
static inline void pm_prefetch(const void *at, size_t n)
{
#ifdef __GNUC__
	for (size_t i = 0; i < n; i += 64)
		__builtin_prefetch((const char *)at + i, 1);
	__builtin_prefetch((const char *)at + n - 1, 1);
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

/* Whether two texts of n bytes are the same; up to PM_BYTES_SLACK more are read of both. The number
 * of steps depends on n alone, and on that by blocks of 64: nothing in it is hard to foresee. */
static inline bool pm_bytes_equal(const char *a, const char *b, size_t n)
{
	static const unsigned char kept[128] = {
#define EIGHT 255, 255, 255, 255, 255, 255, 255, 255
		EIGHT,
		EIGHT,
		EIGHT,
		EIGHT,
		EIGHT,
		EIGHT,
		EIGHT,
		EIGHT,
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

/* Which of 64 bytes are digits: bit i stands for byte i. */
static inline uint64_t pm_bytes_digits_plainly(const char *at)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t bits = 0;

	for (int i = 0; i < 64; i += 8) {
		const uint64_t value = pm_bytes_load(at + i) ^ UINT64_C(0x3030303030303030);
		/* bit 7 of each byte that is 10 or more; only the low bits are added to, so nothing
		 * is carried from one byte to the next */
		const uint64_t others =
			(value | ((value & ~high) + UINT64_C(0x7676767676767676))) & high;

		/* moves the eight bits 7 together */
		bits |= ((~others & high) >> 7) * UINT64_C(0x0102040810204080) >> 56 << i;
	}
	return bits;
}

#ifdef __SSE2__
/* The same: all that run x86-64 have these. */
static inline uint64_t pm_bytes_digits(const char *at)
{
	uint64_t bits = 0;

	for (int i = 0; i < 64; i += 16) {
		const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + i));
		/* '0' to '9' become the ten smallest that there are */
		const __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8((char)(0x80 - '0')));
		const __m128i less = _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(0x80 + 10)));

		bits |= (uint64_t)(unsigned)_mm_movemask_epi8(less) << i;
	}
	return bits;
}
#else
static inline uint64_t pm_bytes_digits(const char *at)
{
	return pm_bytes_digits_plainly(at);
}
#endif

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
