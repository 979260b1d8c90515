/* SPDX-License-Identifier: MIT */
/*
 * Text eight bytes at a time, in plain C, and sixteen where all processors of a kind can. Whoever
 * calls these sees to it that as many bytes can be read as they say, whatever is in them.
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

/* A function that is better off apart from those that call it. */
#ifdef __GNUC__
#define PM_APART __attribute__((noinline))
#else
#define PM_APART
#endif

/* How far beyond the end of a text the functions below may read. */
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

/* Whether two texts of n bytes are the same, n from 8 to 16. */
static inline bool pm_bytes_equal_short(const char *a, const char *b, size_t n)
{
	const size_t last = n - 8;

	return ((pm_bytes_word(a) ^ pm_bytes_word(b)) |
		       (pm_bytes_word(a + last) ^ pm_bytes_word(b + last))) == 0;
}

/* The lowest of these bits is that of the first byte that is one of three; higher ones may be
 * wrong. What is 0 once a character is taken out borrows from its own high bit, and from those
 * above it. */
static inline uint64_t pm_bytes_find_any(uint64_t word, char a, char b, char c)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t x = word ^ ones * (unsigned char)a, y = word ^ ones * (unsigned char)b;
	const uint64_t z = word ^ ones * (unsigned char)c;

	return (((x - ones) & ~x) | ((y - ones) & ~y) | ((z - ones) & ~z)) & ones << 7;
}

/* n bytes of 255, and zeros up to the 32nd; n <= 32. */
static inline const char *pm_bytes_mask(size_t n)
{
	static const unsigned char kept[64] = {
#define EIGHT 255, 255, 255, 255, 255, 255, 255, 255
		EIGHT,
		EIGHT,
		EIGHT,
		EIGHT,
#undef EIGHT
	};

	return (const char *)kept + 32 - n;
}

/* Sixteen bytes at a time: in which bits two texts differ, and that of several put together. */
#ifdef __SSE2__ /* which all have that run x86-64 */
typedef __m128i pm_lane;

static inline pm_lane pm_lane_zero(void)
{
	return _mm_setzero_si128();
}

static inline pm_lane pm_lane_load(const char *at)
{
	return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline pm_lane pm_lane_xor(pm_lane a, pm_lane b)
{
	return _mm_xor_si128(a, b);
}

static inline pm_lane pm_lane_or(pm_lane a, pm_lane b)
{
	return _mm_or_si128(a, b);
}

static inline pm_lane pm_lane_and(pm_lane a, pm_lane b)
{
	return _mm_and_si128(a, b);
}

static inline bool pm_lane_is_zero(pm_lane a)
{
	return _mm_movemask_epi8(_mm_cmpeq_epi8(a, _mm_setzero_si128())) == 0xffff;
}
#else
typedef struct {
	uint64_t word[2];
} pm_lane;

static inline pm_lane pm_lane_zero(void)
{
	return (pm_lane){{0, 0}};
}

static inline pm_lane pm_lane_load(const char *at)
{
	return (pm_lane){{pm_bytes_word(at), pm_bytes_word(at + 8)}};
}

static inline pm_lane pm_lane_xor(pm_lane a, pm_lane b)
{
	return (pm_lane){{a.word[0] ^ b.word[0], a.word[1] ^ b.word[1]}};
}

static inline pm_lane pm_lane_or(pm_lane a, pm_lane b)
{
	return (pm_lane){{a.word[0] | b.word[0], a.word[1] | b.word[1]}};
}

static inline pm_lane pm_lane_and(pm_lane a, pm_lane b)
{
	return (pm_lane){{a.word[0] & b.word[0], a.word[1] & b.word[1]}};
}

static inline bool pm_lane_is_zero(pm_lane a)
{
	return (a.word[0] | a.word[1]) == 0;
}
#endif

/* Which bits differ in two texts of 32 bytes from i on. */
static inline pm_lane pm_bytes_differ(const char *a, const char *b, size_t i)
{
	return pm_lane_or(pm_lane_xor(pm_lane_load(a + i), pm_lane_load(b + i)),
		pm_lane_xor(pm_lane_load(a + i + 16), pm_lane_load(b + i + 16)));
}

enum { PM_DIFFER_MIN = 32, PM_DIFFER_MAX = 256 };

/* Likewise in texts of n bytes, n from PM_DIFFER_MIN to PM_DIFFER_MAX: all of it, whatever is
 * found, as where to stop could not be foreseen. */
static inline pm_lane pm_bytes_differ_within(const char *a, const char *b, size_t n)
{
	pm_lane differ = pm_lane_or(pm_bytes_differ(a, b, 0), pm_bytes_differ(a, b, n - 32));

	for (size_t i = 32; i + 32 < n; i += 32)
		differ = pm_lane_or(differ, pm_bytes_differ(a, b, i));
	return differ;
}

/* Whether two texts of n bytes are the same; up to PM_BYTES_SLACK more are read of both. The number
 * of steps depends on n alone: nothing in it is hard to foresee. */
static inline bool pm_bytes_equal(const char *a, const char *b, size_t n)
{
	for (; n > PM_DIFFER_MAX; n -= 64, a += 64, b += 64) {
		if (!pm_lane_is_zero(
			    pm_lane_or(pm_bytes_differ(a, b, 0), pm_bytes_differ(a, b, 32))))
			return false;
	}
	if (n >= PM_DIFFER_MIN)
		return pm_lane_is_zero(pm_bytes_differ_within(a, b, n));
	return pm_lane_is_zero(pm_lane_or(pm_lane_and(pm_lane_xor(pm_lane_load(a), pm_lane_load(b)),
						  pm_lane_load(pm_bytes_mask(n))),
		pm_lane_and(pm_lane_xor(pm_lane_load(a + 16), pm_lane_load(b + 16)),
			pm_lane_load(pm_bytes_mask(n) + 16))));
}

/* The eight bits 7 of a word, moved together. */
static inline uint64_t pm_bytes_gather(uint64_t word)
{
	return (word >> 7 & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080) >> 56;
}

/* Which of 64 bytes of two texts are the same: bit i stands for byte i. */
static inline uint64_t pm_bytes_same_plainly(const char *a, const char *b)
{
	uint64_t bits = 0;

	for (int i = 0; i < 64; i += 8)
		bits |= pm_bytes_gather(
				pm_bytes_find(pm_bytes_load(a + i) ^ pm_bytes_load(b + i), 0))
			<< i;
	return bits;
}

#ifdef __SSE2__
static inline uint64_t pm_bytes_same(const char *a, const char *b)
{
	uint64_t bits = 0;

	for (int i = 0; i < 64; i += 16)
		bits |= (uint64_t)(unsigned)_mm_movemask_epi8(
				_mm_cmpeq_epi8(pm_lane_load(a + i), pm_lane_load(b + i)))
			<< i;
	return bits;
}
#else
static inline uint64_t pm_bytes_same(const char *a, const char *b)
{
	return pm_bytes_same_plainly(a, b);
}
#endif

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

		bits |= pm_bytes_gather(~others & high) << i;
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

/* Where digits that may make a number end, and how many they are, up to 8. */
struct pm_digits {
	const char *end; /* 8 bytes before it are read */
	unsigned n;
};

/* Bytes 255 for the n that come last of 8. */
static inline const char *pm_bytes_last(unsigned n)
{
	static const unsigned char kept[16] = {
		0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255};

	return (const char *)kept + n;
}

static inline uint64_t pm_bytes_number_plainly(struct pm_digits digits, uint64_t *odd)
{
	const uint64_t zeros = UINT64_C(0x3030303030303030);
	const uint64_t values =
		(pm_bytes_load(digits.end - 8) ^ zeros) & pm_bytes_load(pm_bytes_last(digits.n));

	/* what is added to a digit leaves bit 7 alone, and nothing else does */
	*odd |= values | (values + UINT64_C(0x7676767676767676));
	return pm_bytes_number(values);
}

/* Two numbers at once. *odd: has a bit 7 set of some byte, where there are others than digits. */
static inline void pm_bytes_numbers_plainly(
	struct pm_digits a, struct pm_digits b, uint64_t number[2], uint64_t *odd)
{
	number[0] = pm_bytes_number_plainly(a, odd);
	number[1] = pm_bytes_number_plainly(b, odd);
}

/* The same, where *odd begins as {0} and is asked at the end. */
#ifdef __SSE2__
static inline __m128i pm_bytes_load_two(const char *a, const char *b)
{
	const __m128i first = _mm_loadl_epi64((const __m128i *)(const void *)a);

	return _mm_unpacklo_epi64(first, _mm_loadl_epi64((const __m128i *)(const void *)b));
}

static inline void pm_bytes_numbers(
	struct pm_digits a, struct pm_digits b, uint64_t number[2], pm_lane *odd)
{
	const __m128i text = pm_bytes_load_two(a.end - 8, b.end - 8);
	const __m128i values = _mm_and_si128(_mm_xor_si128(text, _mm_set1_epi8('0')),
		pm_bytes_load_two(pm_bytes_last(a.n), pm_bytes_last(b.n)));
	/* pairs of digits, then four, then all eight */
	const __m128i first = _mm_and_si128(values, _mm_set1_epi16(0xff));
	const __m128i pairs = _mm_add_epi16(
		_mm_mullo_epi16(first, _mm_set1_epi16(10)), _mm_srli_epi16(values, 8));
	const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(100 + (1 << 16)));
	const __m128i all = _mm_add_epi64(
		_mm_mul_epu32(fours, _mm_set1_epi32(10000)), _mm_srli_epi64(fours, 32));

	*odd = _mm_or_si128(*odd, _mm_or_si128(values, _mm_add_epi8(values, _mm_set1_epi8(0x76))));
	_mm_storeu_si128((__m128i *)(void *)number, all);
}

static inline bool pm_bytes_are_odd(pm_lane odd)
{
	return _mm_movemask_epi8(odd) != 0;
}
#else
static inline void pm_bytes_numbers(
	struct pm_digits a, struct pm_digits b, uint64_t number[2], pm_lane *odd)
{
	pm_bytes_numbers_plainly(a, b, number, &odd->word[0]);
}

static inline bool pm_bytes_are_odd(pm_lane odd)
{
	return (odd.word[0] & UINT64_C(0x8080808080808080)) != 0;
}
#endif

#endif
