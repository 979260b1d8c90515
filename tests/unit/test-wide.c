/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/wide.h"

#include <math.h>

/* Arithmetic is checked against identities that only hold if carries and signs are right. */
static struct pm_wide random_wide(uint64_t *seed)
{
	struct pm_wide out;

	for (int i = 0; i < 4; i++) {
		out.limb[i] = next_random(seed);
		if (next_random(seed) % 4 == 0)
			out.limb[i] = next_random(seed) % 2 == 0 ? 0 : UINT64_MAX;
	}
	return out;
}

static bool equal(struct pm_wide a, struct pm_wide b)
{
	return pm_wide_is_zero(pm_wide_sub(a, b));
}

static void sums_and_products_keep_the_laws(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		const struct pm_wide a = random_wide(&seed), b = random_wide(&seed),
				     c = random_wide(&seed);

		assert_true(equal(pm_wide_add(pm_wide_sub(a, b), b), a));
		assert_true(equal(pm_wide_mul(a, pm_wide_add(b, c)),
			pm_wide_add(pm_wide_mul(a, b), pm_wide_mul(a, c))));
		assert_true(equal(pm_wide_mul(a, b), pm_wide_mul(b, a)));
		assert_true(equal(pm_wide_shift_left(a, (unsigned)i % 256),
			pm_wide_mul(a, pm_wide_shift_left(pm_wide_u64(1), (unsigned)i % 256))));
	}
}

static void products_of_words_are_exact(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		const uint64_t a = next_random(&seed) >> (i % 64), b = next_random(&seed);
		struct pm_wide sum = random_wide(&seed);
		const struct pm_wide expected =
			pm_wide_add(sum, pm_wide_mul(pm_wide_u64(a), pm_wide_u64(b)));

		pm_wide_add_product(&sum, a, b);
		assert_true(equal(sum, expected));
		pm_wide_add_u64(&sum, a);
		assert_true(equal(sum, pm_wide_add(expected, pm_wide_u64(a))));
	}
	struct pm_wide top = {{0}};
	pm_wide_add_product(&top, UINT64_MAX, UINT64_MAX);
	assert_true(top.limb[0] == 1 && top.limb[1] == UINT64_MAX - 1 && top.limb[2] == 0);
}

/* Of a pair, the same modulo 2^128. */
static bool is_low_part(struct pm_wide_pair pair, struct pm_wide of)
{
	return pair.low == of.limb[0] && pair.high == of.limb[1];
}

static void pairs_are_exact_modulo_their_size(void **state)
{
	uint64_t seed = 17;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		const uint64_t a = random_wide(&seed).limb[0], b = random_wide(&seed).limb[1];
		const struct pm_wide of = random_wide(&seed);
		const struct pm_wide_pair pair = {of.limb[0], of.limb[1]};
		struct pm_wide_pair sum = pair;

		pm_wide_pair_add_product(&sum, a, b);
		assert_true(is_low_part(
			sum, pm_wide_add(of, pm_wide_mul(pm_wide_u64(a), pm_wide_u64(b)))));
		sum = pair;
		pm_wide_pair_add_signed(&sum, a, b);
		assert_true(is_low_part(sum,
			pm_wide_add(of,
				pm_wide_mul(pm_wide_i64((int64_t)a), pm_wide_i64((int64_t)b)))));
		assert_true(is_low_part(
			pm_wide_pair_multiply(pair, a), pm_wide_mul(of, pm_wide_u64(a))));
	}
}

static void division_rounds_towards_zero(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		const uint64_t divisor = (next_random(&seed) >> (i % 64)) | 1;
		const uint64_t rest = next_random(&seed) % divisor;
		/* a = q * divisor + rest, with q small enough not to overflow */
		struct pm_wide q = random_wide(&seed);
		struct pm_wide a;

		q.limb[3] = 0;
		q.limb[2] &= UINT64_MAX >> 1;
		a = pm_wide_add(pm_wide_mul(q, pm_wide_u64(divisor)), pm_wide_u64(rest));
		assert_true(equal(pm_wide_div_u64(a, divisor), q));
		a = pm_wide_sub(pm_wide_i64(0), a);
		assert_true(equal(pm_wide_div_u64(a, divisor), pm_wide_sub(pm_wide_i64(0), q)));
	}
}

static void conversions_keep_size_and_sign(void **state)
{
	const struct pm_wide big = pm_wide_shift_left(pm_wide_u64(3), 200);

	(void)state;
	assert_true(pm_wide_double(big) == ldexp(3, 200));
	assert_true(pm_wide_double(pm_wide_sub(pm_wide_i64(0), big)) == -ldexp(3, 200));
	assert_true(pm_wide_double(pm_wide_i64(-1)) == -1);
	assert_true(pm_wide_int64(pm_wide_i64(INT64_MIN)) == INT64_MIN);
	assert_true(pm_wide_int64(pm_wide_u64(UINT64_MAX)) == INT64_MAX);
	assert_true(
		pm_wide_int64(pm_wide_sub(pm_wide_i64(INT64_MIN), pm_wide_u64(1))) == INT64_MIN);
	assert_true(pm_wide_int64(big) == INT64_MAX);
	assert_true(pm_wide_is_negative(pm_wide_i64(-5)));
	assert_false(pm_wide_is_negative(pm_wide_u64(UINT64_MAX)));
}

/* What doubles lose: products of many digits that are all but the same. */
static void minors_are_exact(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		const struct pm_wide c = random_wide(&seed);
		const uint64_t by = next_random(&seed) >> (i % 64);
		const struct pm_wide more = pm_wide_add(c, pm_wide_u64(by));
		const struct pm_wide less = pm_wide_sub(c, pm_wide_u64(by));
		const double square = (double)by * (double)by;
		const double minor = pm_wide_minor(more, less, c);

		if (pm_wide_is_negative(c) == pm_wide_is_negative(more) &&
			pm_wide_is_negative(c) == pm_wide_is_negative(less))
			assert_true(fabs(minor + square) <= square * 1e-15);
		assert_true(minor == pm_wide_minor(less, more, c));
		assert_true(pm_wide_minor(c, c, c) == 0);
	}
	assert_true(pm_wide_minor(pm_wide_u64(7), pm_wide_u64(6), pm_wide_i64(-5)) == 17);
	assert_true(pm_wide_minor(pm_wide_u64(7), pm_wide_i64(-6), pm_wide_u64(5)) == -67);
	const struct pm_wide top = pm_wide_shift_left(pm_wide_u64(1), 250);
	assert_true(pm_wide_minor(top, top, pm_wide_u64(1)) == ldexp(1, 500));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(sums_and_products_keep_the_laws),
	cmocka_unit_test(products_of_words_are_exact),
	cmocka_unit_test(pairs_are_exact_modulo_their_size),
	cmocka_unit_test(division_rounds_towards_zero),
	cmocka_unit_test(conversions_keep_size_and_sign),
	cmocka_unit_test(minors_are_exact),
};

RUN(tests)
