/* SPDX-License-Identifier: MIT */
/*
 * 256-bit two's complement integers, for sums that must be exact: with 64-bit values v, times x
 * below 2^41 ms and n below 2^36 samples, n * sum(v * v) stays below 2^200. Arithmetic wraps modulo
 * 2^256.
 */
#ifndef POOLMON_BASE_WIDE_H
#define POOLMON_BASE_WIDE_H

#include <stdbool.h>
#include <stdint.h>

struct pm_wide {
	uint64_t limb[4]; /* least significant first */
};

/* a * b as high and low word. */
static inline uint64_t pm_multiply(uint64_t a, uint64_t b, uint64_t *low)
{
#ifdef __SIZEOF_INT128__
	__extension__ typedef unsigned __int128 u128;
	const u128 product = (u128)a * b;

	*low = (uint64_t)product;
	return (uint64_t)(product >> 64);
#else
	const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
	const uint64_t low0 = a0 * b0;
	const uint64_t mid0 = a1 * b0 + (low0 >> 32);
	const uint64_t mid1 = a0 * b1 + (uint32_t)mid0;

	*low = mid1 << 32 | (uint32_t)low0;
	return a1 * b1 + (mid0 >> 32) + (mid1 >> 32);
#endif
}

/* What is known to stay below 2^128; on the way it may be anything modulo that. */
struct pm_wide_pair {
	uint64_t low, high;
};

/* *sum += a * b */
static inline void pm_wide_pair_add_product(struct pm_wide_pair *sum, uint64_t a, uint64_t b)
{
	uint64_t low;
	const uint64_t high = pm_multiply(a, b, &low);

	sum->low += low;
	sum->high += high + (sum->low < low);
}

/* Likewise of two's complement integers: those of int64_t. */
static inline void pm_wide_pair_add_signed(struct pm_wide_pair *sum, uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__extension__ typedef __int128 i128;
	const i128 product = (i128)(int64_t)a * (int64_t)b;
	const uint64_t low = (uint64_t)product, high = (uint64_t)(product >> 64);

	sum->low += low;
	sum->high += high + (sum->low < low);
#else
	sum->high -= (a >> 63 != 0 ? b : 0) + (b >> 63 != 0 ? a : 0);
	pm_wide_pair_add_product(sum, a, b);
#endif
}

/* pair * by, modulo 2^128. */
static inline struct pm_wide_pair pm_wide_pair_multiply(struct pm_wide_pair pair, uint64_t by)
{
	struct pm_wide_pair product = {0, pair.high * by};

	pm_wide_pair_add_product(&product, pair.low, by);
	return product;
}

static inline struct pm_wide pm_wide_u64(uint64_t v)
{
	return (struct pm_wide){{v, 0, 0, 0}};
}

static inline struct pm_wide pm_wide_i64(int64_t v)
{
	const uint64_t sign = v < 0 ? UINT64_MAX : 0;

	return (struct pm_wide){{(uint64_t)v, sign, sign, sign}};
}

struct pm_wide pm_wide_add(struct pm_wide a, struct pm_wide b);
struct pm_wide pm_wide_sub(struct pm_wide a, struct pm_wide b);
struct pm_wide pm_wide_mul(struct pm_wide a, struct pm_wide b);
struct pm_wide pm_wide_shift_left(struct pm_wide a, unsigned bits); /* bits < 256 */

/* a / divisor rounded towards zero; divisor not 0. */
struct pm_wide pm_wide_div_u64(struct pm_wide a, uint64_t divisor);

/* *sum += a * b, the one operation done for every row. */
void pm_wide_add_product(struct pm_wide *sum, uint64_t a, uint64_t b);
void pm_wide_add_u64(struct pm_wide *sum, uint64_t v);
void pm_wide_add_pair(struct pm_wide *sum, struct pm_wide_pair v);

static inline bool pm_wide_is_negative(struct pm_wide a)
{
	return a.limb[3] >> 63 != 0;
}

static inline bool pm_wide_is_zero(struct pm_wide a)
{
	return (a.limb[0] | a.limb[1] | a.limb[2] | a.limb[3]) == 0;
}

/* Nearest double but for one rounding in the last place; deterministic. */
double pm_wide_double(struct pm_wide a);

/* The same of a * b - c * c, which is exact before it is rounded: 512 bits hold it. Any signs. */
double pm_wide_minor(struct pm_wide a, struct pm_wide b, struct pm_wide c);

/* Clamped to what int64_t holds. */
int64_t pm_wide_int64(struct pm_wide a);

#endif
