/* SPDX-License-Identifier: MIT */
#include "base/wide.h"

#include <math.h>

/* limb[n] += v * 2^(64 from) */
static void add_at(uint64_t *limb, unsigned n, unsigned from, uint64_t v)
{
	for (unsigned i = from; i < n && v != 0; i++) {
		limb[i] += v;
		v = limb[i] < v;
	}
}

struct pm_wide pm_wide_add(struct pm_wide a, struct pm_wide b)
{
	uint64_t carry = 0;

	for (int i = 0; i < 4; i++) {
		const uint64_t sum = a.limb[i] + carry;

		carry = sum < carry;
		a.limb[i] = sum + b.limb[i];
		carry += a.limb[i] < sum;
	}
	return a;
}

static struct pm_wide negate(struct pm_wide a)
{
	for (int i = 0; i < 4; i++)
		a.limb[i] = ~a.limb[i];
	return pm_wide_add(a, pm_wide_u64(1));
}

struct pm_wide pm_wide_sub(struct pm_wide a, struct pm_wide b)
{
	return pm_wide_add(a, negate(b));
}

struct pm_wide pm_wide_mul(struct pm_wide a, struct pm_wide b)
{
	struct pm_wide out = {{0}};

	for (unsigned i = 0; i < 4; i++) {
		for (unsigned j = 0; i + j < 4; j++) {
			uint64_t low;
			const uint64_t high = pm_multiply(a.limb[i], b.limb[j], &low);

			add_at(out.limb, 4, i + j, low);
			add_at(out.limb, 4, i + j + 1, high);
		}
	}
	return out;
}

struct pm_wide pm_wide_shift_left(struct pm_wide a, unsigned bits)
{
	struct pm_wide out = {{0}};
	const unsigned words = bits / 64, rest = bits % 64;

	for (unsigned i = words; i < 4; i++) {
		out.limb[i] = a.limb[i - words] << rest;
		if (rest != 0 && i > words)
			out.limb[i] |= a.limb[i - words - 1] >> (64 - rest);
	}
	return out;
}

/* (rest * 2^64 + low) / divisor with rest < divisor; the remainder replaces *rest. */
static uint64_t divide(uint64_t *rest, uint64_t low, uint64_t divisor)
{
#ifdef __SIZEOF_INT128__
	__extension__ typedef unsigned __int128 u128;
	const u128 dividend = (u128)*rest << 64 | low;

	*rest = (uint64_t)(dividend % divisor);
	return (uint64_t)(dividend / divisor);
#else
	uint64_t quotient = 0;

	for (int bit = 63; bit >= 0; bit--) {
		const bool carry = *rest >> 63 != 0;

		*rest = *rest << 1 | (low >> bit & 1);
		if (carry || *rest >= divisor) {
			*rest -= divisor;
			quotient |= UINT64_C(1) << bit;
		}
	}
	return quotient;
#endif
}

struct pm_wide pm_wide_div_u64(struct pm_wide a, uint64_t divisor)
{
	const bool negative = pm_wide_is_negative(a);
	uint64_t rest = 0;

	if (negative)
		a = negate(a);
	for (int i = 3; i >= 0; i--)
		a.limb[i] = divide(&rest, a.limb[i], divisor);
	return negative ? negate(a) : a;
}

void pm_wide_add_product(struct pm_wide *sum, uint64_t a, uint64_t b)
{
	uint64_t low;
	uint64_t high = pm_multiply(a, b, &low);

	sum->limb[0] += low;
	high += sum->limb[0] < low; /* can't wrap: high is at most 2^64 - 2 */
	add_at(sum->limb, 4, 1, high);
}

void pm_wide_add_pair(struct pm_wide *sum, struct pm_wide_pair v)
{
	sum->limb[0] += v.low;
	if (sum->limb[0] < v.low && ++v.high == 0) /* 2^64 of them carry into the next */
		add_at(sum->limb, 4, 2, 1);
	add_at(sum->limb, 4, 1, v.high);
}

void pm_wide_add_u64(struct pm_wide *sum, uint64_t v)
{
	add_at(sum->limb, 4, 0, v);
}

/* At most two words carry bits that a double can hold; the third can only break a tie. */
static double double_of(const uint64_t *limb, int n)
{
	double value = 0;
	int top = n - 1;

	while (top > 0 && limb[top] == 0)
		top--;
	for (int i = top; i >= 0 && i >= top - 1; i--)
		value += ldexp((double)limb[i], 64 * i);
	return value;
}

double pm_wide_double(struct pm_wide a)
{
	const bool negative = pm_wide_is_negative(a);

	if (negative)
		a = negate(a);
	return negative ? -double_of(a.limb, 4) : double_of(a.limb, 4);
}

enum { WHOLE = 8 }; /* words of a product of which nothing is cut off */

static void negate_whole(uint64_t out[WHOLE])
{
	uint64_t carry = 1;

	for (int i = 0; i < WHOLE; i++) {
		out[i] = ~out[i] + carry;
		carry = carry != 0 && out[i] == 0;
	}
}

/* sum += a * b */
static void add_whole_product(uint64_t sum[WHOLE], struct pm_wide a, struct pm_wide b)
{
	const bool negative = pm_wide_is_negative(a) != pm_wide_is_negative(b);

	a = pm_wide_is_negative(a) ? negate(a) : a;
	b = pm_wide_is_negative(b) ? negate(b) : b;
	if (negative)
		negate_whole(sum);
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned j = 0; j < 4; j++) {
			uint64_t low;
			const uint64_t high = pm_multiply(a.limb[i], b.limb[j], &low);

			add_at(sum, WHOLE, i + j, low);
			add_at(sum, WHOLE, i + j + 1, high);
		}
	}
	if (negative)
		negate_whole(sum);
}

double pm_wide_minor(struct pm_wide a, struct pm_wide b, struct pm_wide c)
{
	uint64_t minor[WHOLE] = {0};
	bool negative;

	add_whole_product(minor, c, c);
	negate_whole(minor);
	add_whole_product(minor, a, b);
	negative = minor[WHOLE - 1] >> 63 != 0;
	if (negative)
		negate_whole(minor);
	return negative ? -double_of(minor, WHOLE) : double_of(minor, WHOLE);
}

int64_t pm_wide_int64(struct pm_wide a)
{
	const uint64_t sign = pm_wide_is_negative(a) ? UINT64_MAX : 0;

	if (a.limb[1] != sign || a.limb[2] != sign || a.limb[3] != sign ||
		(a.limb[0] >> 63) != (sign & 1))
		return sign != 0 ? INT64_MIN : INT64_MAX;
	return (int64_t)a.limb[0];
}
