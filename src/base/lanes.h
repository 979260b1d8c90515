/* SPDX-License-Identifier: MIT */
/*
 * Text 64 bytes at a time, with what vectors the compiler may use in the file at hand: AVX-512BW,
 * AVX2, SSE2, or none, which is plain C and the reference (PM_LANES_NONE: so be it). All give the
 * same. Like in bytes.h, whoever calls these sees to it that as many bytes can be read as they say.
 */
#ifndef POOLMON_BASE_LANES_H
#define POOLMON_BASE_LANES_H

#include "base/bytes.h"

#if defined(__SSE2__) && !defined(PM_LANES_NONE)
#define PM_LANES_SSE2
#include <immintrin.h>
#if defined(__AVX2__)
#define PM_LANES_AVX2
#endif
#if defined(__AVX512BW__) && defined(__AVX512VL__)
#define PM_LANES_AVX512
#endif
#endif

/* The lowest n bits of 64, or all; n < 256. */
static inline uint64_t pm_low_bits(size_t n)
{
#if defined(PM_LANES_AVX2) && defined(__BMI2__) && defined(__x86_64__)
	return _bzhi_u64(UINT64_MAX, (unsigned)n);
#else
	return n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
#endif
}

/* ---- bytes to bits: bit i stands for byte i of 64 ---- */

/* The eight bits 7 of a word, moved together. */
static inline uint64_t pm_bytes_gather(uint64_t word)
{
	return (word >> 7 & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080) >> 56;
}

/* Which bytes differ in two texts. */
static inline uint64_t pm_bytes_differ(const char *a, const char *b)
{
#if defined(PM_LANES_AVX512)
	return _mm512_cmpneq_epi8_mask(_mm512_loadu_si512(a), _mm512_loadu_si512(b));
#elif defined(PM_LANES_SSE2)
	uint64_t same = 0;

#ifdef PM_LANES_AVX2
	for (int i = 0; i < 64; i += 32)
		same |= (uint64_t)(unsigned)_mm256_movemask_epi8(
				_mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)(a + i)),
					_mm256_loadu_si256((const void *)(b + i))))
			<< i;
#else
	for (int i = 0; i < 64; i += 16)
		same |= (uint64_t)(unsigned)_mm_movemask_epi8(
				_mm_cmpeq_epi8(_mm_loadu_si128((const void *)(a + i)),
					_mm_loadu_si128((const void *)(b + i))))
			<< i;
#endif
	return ~same;
#else
	uint64_t bits = 0;

	for (int i = 0; i < 64; i += 8)
		bits |= pm_bytes_gather(
				~pm_bytes_find(pm_bytes_load(a + i) ^ pm_bytes_load(b + i), 0))
			<< i;
	return bits;
#endif
}

/* Which bytes are c. */
static inline uint64_t pm_bytes_where(const char *at, char c)
{
#if defined(PM_LANES_AVX512)
	return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(at), _mm512_set1_epi8(c));
#else
	uint64_t bits = 0;

#if defined(PM_LANES_AVX2)
	for (int i = 0; i < 64; i += 32)
		bits |= (uint64_t)(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(
				_mm256_loadu_si256((const void *)(at + i)), _mm256_set1_epi8(c)))
			<< i;
#elif defined(PM_LANES_SSE2)
	for (int i = 0; i < 64; i += 16)
		bits |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
				_mm_loadu_si128((const void *)(at + i)), _mm_set1_epi8(c)))
			<< i;
#else
	for (int i = 0; i < 64; i += 8)
		bits |= pm_bytes_gather(pm_bytes_find(pm_bytes_load(at + i), c)) << i;
#endif
	return bits;
#endif
}

/* Which bytes are one of three. */
static inline uint64_t pm_bytes_where_any(const char *at, char a, char b, char c)
{
#if defined(PM_LANES_SSE2) && !defined(PM_LANES_AVX2)
	uint64_t bits = 0;

	for (int i = 0; i < 64; i += 16) {
		const __m128i bytes = _mm_loadu_si128((const void *)(at + i));
		const __m128i found =
			_mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(a)),
					     _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b))),
				_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));

		bits |= (uint64_t)(unsigned)_mm_movemask_epi8(found) << i;
	}
	return bits;
#else
	return pm_bytes_where(at, a) | pm_bytes_where(at, b) | pm_bytes_where(at, c);
#endif
}

/* Which bytes are digits. */
static inline uint64_t pm_bytes_digits(const char *at)
{
#if defined(PM_LANES_AVX512)
	return _mm512_cmplt_epu8_mask(
		_mm512_sub_epi8(_mm512_loadu_si512(at), _mm512_set1_epi8('0')),
		_mm512_set1_epi8(10));
#else
	uint64_t bits = 0;

#if defined(PM_LANES_SSE2)
	/* '0' to '9' become the ten smallest that there are */
	for (int i = 0; i < 64; i += 16) {
		const __m128i bytes = _mm_loadu_si128((const void *)(at + i));
		const __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8((char)(0x80 - '0')));
		const __m128i less = _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(0x80 + 10)));

		bits |= (uint64_t)(unsigned)_mm_movemask_epi8(less) << i;
	}
#else
	const uint64_t high = UINT64_C(0x8080808080808080);

	for (int i = 0; i < 64; i += 8) {
		const uint64_t value = pm_bytes_load(at + i) ^ UINT64_C(0x3030303030303030);
		/* bit 7 of each byte that is 10 or more; only the low bits are added to, so nothing
		 * is carried from one byte to the next */
		const uint64_t others =
			(value | ((value & ~high) + UINT64_C(0x7676767676767676))) & high;

		bits |= pm_bytes_gather(~others & high) << i;
	}
#endif
	return bits;
#endif
}

/* ---- whether texts are the same ---- */

#ifndef PM_LANES_AVX512
/* Zeros, 255s, zeros again: what parts of it keep the first n bytes of 32, and the last n of 16. */
static const unsigned char pm_lanes_kept[16 + 32 + 32] = {
#define ZEROS 0, 0, 0, 0, 0, 0, 0, 0
#define EIGHT 255, 255, 255, 255, 255, 255, 255, 255
	ZEROS,
	ZEROS,
	EIGHT,
	EIGHT,
	EIGHT,
	EIGHT,
#undef EIGHT
#undef ZEROS
};

static inline const char *pm_bytes_first(size_t n)
{
	return (const char *)pm_lanes_kept + 16 + 32 - n;
}

static inline const char *pm_bytes_last(size_t n)
{
	return (const char *)pm_lanes_kept + n;
}

/* Bits of 32 bytes, such as in which of them two texts differ. */
#if defined(PM_LANES_AVX2)
typedef __m256i pm_lane;

static inline pm_lane pm_lane_xor(const char *a, const char *b)
{
	return _mm256_xor_si256(
		_mm256_loadu_si256((const void *)a), _mm256_loadu_si256((const void *)b));
}

static inline pm_lane pm_lane_or(pm_lane a, pm_lane b)
{
	return _mm256_or_si256(a, b);
}

static inline pm_lane pm_lane_first(pm_lane a, size_t n)
{
	return _mm256_and_si256(a, _mm256_loadu_si256((const void *)pm_bytes_first(n)));
}

static inline bool pm_lane_is_zero(pm_lane a)
{
	return _mm256_testz_si256(a, a) != 0;
}
#elif defined(PM_LANES_SSE2)
typedef struct {
	__m128i half[2];
} pm_lane;

static inline pm_lane pm_lane_xor(const char *a, const char *b)
{
	return (pm_lane){{
		_mm_xor_si128(_mm_loadu_si128((const void *)a), _mm_loadu_si128((const void *)b)),
		_mm_xor_si128(_mm_loadu_si128((const void *)(a + 16)),
			_mm_loadu_si128((const void *)(b + 16))),
	}};
}

static inline pm_lane pm_lane_or(pm_lane a, pm_lane b)
{
	return (pm_lane){{_mm_or_si128(a.half[0], b.half[0]), _mm_or_si128(a.half[1], b.half[1])}};
}

static inline pm_lane pm_lane_first(pm_lane a, size_t n)
{
	const char *mask = pm_bytes_first(n);

	return (pm_lane){{
		_mm_and_si128(a.half[0], _mm_loadu_si128((const void *)mask)),
		_mm_and_si128(a.half[1], _mm_loadu_si128((const void *)(mask + 16))),
	}};
}

static inline bool pm_lane_is_zero(pm_lane a)
{
	return _mm_movemask_epi8(_mm_cmpeq_epi8(
		       _mm_or_si128(a.half[0], a.half[1]), _mm_setzero_si128())) == 0xffff;
}
#else
typedef struct {
	uint64_t word[4];
} pm_lane;

static inline pm_lane pm_lane_xor(const char *a, const char *b)
{
	pm_lane differ;

	for (int i = 0; i < 4; i++)
		differ.word[i] = pm_bytes_word(a + 8 * i) ^ pm_bytes_word(b + 8 * i);
	return differ;
}

static inline pm_lane pm_lane_or(pm_lane a, pm_lane b)
{
	for (int i = 0; i < 4; i++)
		a.word[i] |= b.word[i];
	return a;
}

static inline pm_lane pm_lane_first(pm_lane a, size_t n)
{
	for (int i = 0; i < 4; i++)
		a.word[i] &= pm_bytes_word(pm_bytes_first(n) + 8 * i);
	return a;
}

static inline bool pm_lane_is_zero(pm_lane a)
{
	return (a.word[0] | a.word[1] | a.word[2] | a.word[3]) == 0;
}
#endif
#endif

/* Whether two texts of n bytes are the same; up to PM_BYTES_SLACK more are read of both. All is
 * looked at, whatever is found, as where to stop could not be foreseen: the number of steps depends
 * on n alone. */
static inline bool pm_bytes_equal(const char *a, const char *b, size_t n)
{
#ifdef PM_LANES_AVX512
	uint64_t differ = pm_bytes_differ(a, b);

	if (n <= 64)
		return (differ & pm_low_bits(n)) == 0;
	for (size_t i = 64; i + 64 < n; i += 64)
		differ |= pm_bytes_differ(a + i, b + i);
	return (differ | pm_bytes_differ(a + n - 64, b + n - 64)) == 0;
#else
	pm_lane differ = pm_lane_xor(a, b);

	if (n <= 32)
		return pm_lane_is_zero(pm_lane_first(differ, n));
	differ = pm_lane_or(differ, pm_lane_xor(a + n - 32, b + n - 32));
	for (size_t i = 32; i + 32 < n; i += 32)
		differ = pm_lane_or(differ, pm_lane_xor(a + i, b + i));
	return pm_lane_is_zero(differ);
#endif
}

/* ---- numbers ---- */

enum { PM_NUMBERS = 6, PM_NUMBER_DIGITS = 16 };

/* Where numbers of up to PM_NUMBER_DIGITS digits stand in a text. */
struct pm_places {
	uint8_t end[PM_NUMBERS], n[PM_NUMBERS]; /* n == 0: there is none, and it reads as 0 */
	/* Of the 16 bytes that end where a number does, which are its digits; 0, 2, 4 and 1, 3, 5. */
	uint16_t digits[2][4];
};

/* Notes where number i stands, whose place was {0} before. */
static inline void pm_places_set(struct pm_places *places, int i, size_t end, size_t n)
{
	places->end[i] = (uint8_t)end;
	places->n[i] = (uint8_t)n;
	places->digits[i % 2][i / 2] = (uint16_t)(0xffff0000u >> n);
}

#ifdef PM_LANES_SSE2
/* The 16 bytes that end where number i does. */
static inline __m128i pm_places_load(const struct pm_places *places, const char *text, int i)
{
	return _mm_loadu_si128((const void *)(text + places->end[i] - 16));
}
#endif

#if defined(PM_LANES_AVX512)
/* Numbers 0, 2, 4 or 1, 3, 5, digit by digit. */
static inline __m512i pm_places_digits(const struct pm_places *places, const char *text, int i)
{
	const __m512i first = _mm512_castsi128_si512(pm_places_load(places, text, i));
	const __m512i two = _mm512_inserti32x4(first, pm_places_load(places, text, i + 2), 1);

	return _mm512_maskz_sub_epi8(pm_bytes_word((const char *)places->digits[i]),
		_mm512_inserti32x4(two, pm_places_load(places, text, i + 4), 2),
		_mm512_set1_epi8('0'));
}
#elif defined(PM_LANES_SSE2)
/* A number, digit by digit, with zeros before it. */
static inline __m128i pm_places_digits(const struct pm_places *places, const char *text, int i)
{
	return _mm_and_si128(_mm_xor_si128(pm_places_load(places, text, i), _mm_set1_epi8('0')),
		_mm_loadu_si128((const void *)(pm_bytes_last(places->n[i]))));
}
#endif

#ifdef PM_LANES_SSE2
/* Pairs of digits, then four, then eight of two numbers; then they. */
static inline __m128i pm_numbers_two(__m128i a, __m128i b)
{
#ifdef __SSSE3__
	const __m128i tens = _mm_set1_epi16(10 | 1 << 8);
	const __m128i pairs_a = _mm_maddubs_epi16(a, tens), pairs_b = _mm_maddubs_epi16(b, tens);
#else
	const __m128i ten = _mm_set1_epi16(10), first = _mm_set1_epi16(0xff);
	const __m128i pairs_a =
		_mm_add_epi16(_mm_mullo_epi16(_mm_and_si128(a, first), ten), _mm_srli_epi16(a, 8));
	const __m128i pairs_b =
		_mm_add_epi16(_mm_mullo_epi16(_mm_and_si128(b, first), ten), _mm_srli_epi16(b, 8));
#endif
	const __m128i hundreds = _mm_set1_epi32(100 | 1 << 16);
	const __m128i fours = _mm_packs_epi32(
		_mm_madd_epi16(pairs_a, hundreds), _mm_madd_epi16(pairs_b, hundreds));
	const __m128i eights = _mm_madd_epi16(fours, _mm_set1_epi32(10000 | 1 << 16));

	return _mm_add_epi64(
		_mm_mul_epu32(eights, _mm_set1_epi64x(100000000)), _mm_srli_epi64(eights, 32));
}
#endif

#ifdef PM_LANES_AVX2
static inline __m256i pm_numbers_four(__m256i a, __m256i b)
{
	const __m256i tens = _mm256_set1_epi16(10 | 1 << 8);
	const __m256i hundreds = _mm256_set1_epi32(100 | 1 << 16);
	const __m256i fours =
		_mm256_packs_epi32(_mm256_madd_epi16(_mm256_maddubs_epi16(a, tens), hundreds),
			_mm256_madd_epi16(_mm256_maddubs_epi16(b, tens), hundreds));
	const __m256i eights = _mm256_madd_epi16(fours, _mm256_set1_epi32(10000 | 1 << 16));

	return _mm256_add_epi64(_mm256_mul_epu32(eights, _mm256_set1_epi64x(100000000)),
		_mm256_srli_epi64(eights, 32));
}
#endif

/* The numbers that stand there. Whether they are digits all; else they are left as they are. The 16
 * bytes before each end are read, which may begin before the text, and so may those where there is
 * none. */
static inline bool pm_places_read(
	const struct pm_places *places, const char *text, uint64_t number[PM_NUMBERS])
{
#if defined(PM_LANES_AVX512)
	const __m512i a = pm_places_digits(places, text, 0), b = pm_places_digits(places, text, 1);
	const __m512i nine = _mm512_set1_epi8(9), tens = _mm512_set1_epi16(10 | 1 << 8);
	const __m512i hundreds = _mm512_set1_epi32(100 | 1 << 16);
	const __m512i fours =
		_mm512_packs_epi32(_mm512_madd_epi16(_mm512_maddubs_epi16(a, tens), hundreds),
			_mm512_madd_epi16(_mm512_maddubs_epi16(b, tens), hundreds));
	const __m512i eights = _mm512_madd_epi16(fours, _mm512_set1_epi32(10000 | 1 << 16));

	if ((_mm512_cmpgt_epu8_mask(a, nine) | _mm512_cmpgt_epu8_mask(b, nine)) != 0)
		return false;
	_mm512_mask_storeu_epi64(number, 0x3f,
		_mm512_add_epi64(_mm512_mul_epu32(eights, _mm512_set1_epi64(100000000)),
			_mm512_srli_epi64(eights, 32)));
	return true;
#elif defined(PM_LANES_SSE2)
	__m128i digits[PM_NUMBERS], most = _mm_setzero_si128();

	for (int i = 0; i < PM_NUMBERS; i++) {
		digits[i] = pm_places_digits(places, text, i);
		most = _mm_max_epu8(most, digits[i]);
	}
	/* bit 7 of each byte that is 10 or more */
	if (_mm_movemask_epi8(_mm_or_si128(most, _mm_add_epi8(most, _mm_set1_epi8(0x76)))) != 0)
		return false;
#ifdef PM_LANES_AVX2
	_mm256_storeu_si256((void *)number,
		pm_numbers_four(_mm256_set_m128i(digits[2], digits[0]),
			_mm256_set_m128i(digits[3], digits[1])));
#else
	for (int i = 0; i < 4; i += 2)
		_mm_storeu_si128((void *)(number + i), pm_numbers_two(digits[i], digits[i + 1]));
#endif
	_mm_storeu_si128((void *)(number + 4), pm_numbers_two(digits[4], digits[5]));
	return true;
#else
	const uint64_t high = UINT64_C(0x8080808080808080);
	uint64_t read[PM_NUMBERS], odd = 0;

	for (int i = 0; i < PM_NUMBERS; i++) {
		const char *at = text + places->end[i] - 16, *kept = pm_bytes_last(places->n[i]);
		const uint64_t zeros = UINT64_C(0x3030303030303030);
		const uint64_t last = (pm_bytes_load(at + 8) ^ zeros) & pm_bytes_load(kept + 8);

		odd |= last | (last + UINT64_C(0x7676767676767676));
		read[i] = pm_bytes_number(last);
		if (places->n[i] > 8) {
			const uint64_t first = (pm_bytes_load(at) ^ zeros) & pm_bytes_load(kept);

			odd |= first | (first + UINT64_C(0x7676767676767676));
			read[i] += 100000000 * pm_bytes_number(first);
		}
	}
	if ((odd & high) != 0)
		return false;
	memcpy(number, read, sizeof(read));
	return true;
#endif
}

#endif
