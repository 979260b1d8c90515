/* SPDX-License-Identifier: MIT */
/* What works on eight bytes at a time, and with each kind of vectors on more, against what works on
 * one. */
#include "unit.h"

#include "lanes.h"
#include "log/recall.h"

static char random_byte(uint64_t *seed)
{
	static const char near[] = "09/:,\"\n\\0123456789\x80\xb0\xff";
	const uint64_t r = next_random(seed);

	return r % 2 == 0 ? (char)(r >> 8) : near[(r >> 8) % (sizeof(near) - 1)];
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether this machine has those vectors. */
static bool has(const char *name)
{
	for (const struct pm_recall_way *way = pm_recall_ways; way->name != NULL; way++) {
		if (strcmp(way->name, name) == 0)
			return way->works();
	}
	return false;
}

static size_t list_lanes(const struct lanes *lanes[4])
{
	size_t n = 0;

	lanes[n++] = &lanes_none;
	lanes[n++] = &lanes_plain;
#ifdef PM_RECALL_VECTORS
	if (has("avx2"))
		lanes[n++] = &lanes_avx2;
	if (has("avx512"))
		lanes[n++] = &lanes_avx512;
#else
	(void)has;
#endif
	return n;
}

static void words_say_what_bytes_say(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint64_t quotes = 0;
		char text[8];

		for (size_t i = 0; i < sizeof(text); i++) {
			text[i] = random_byte(&seed);
			quotes |= (uint64_t)(text[i] == '"') << (8 * i + 7);
		}
		assert_true(pm_bytes_find(pm_bytes_load(text), '"') == quotes);
	}
}

static void check_bits(const struct lanes *lanes, uint64_t *seed)
{
	char a[80], b[80];
	const size_t from = next_random(seed) % 16;
	uint64_t differ = 0, commas = 0, any = 0, digits = 0;

	for (size_t i = 0; i < sizeof(a); i++)
		a[i] = b[i] = random_byte(seed);
	for (int i = 0; i < 9; i++)
		b[next_random(seed) % sizeof(b)] ^= (char)(1 << next_random(seed) % 8);
	for (size_t i = 0; i < 64; i++) {
		differ |= (uint64_t)(a[from + i] != b[from + i]) << i;
		commas |= (uint64_t)(a[from + i] == ',') << i;
		any |= (uint64_t)(strchr("\"\\\n", a[from + i]) != NULL && a[from + i] != '\0')
			<< i;
		digits |= (uint64_t)is_digit(a[from + i]) << i;
	}
	assert_true(lanes->differ(a + from, b + from) == differ);
	assert_true(lanes->where(a + from, ',') == commas);
	assert_true(lanes->where_any(a + from, '"', '\\', '\n') == any);
	assert_true(lanes->digits(a + from) == digits);
}

static void check_equal(const struct lanes *lanes, uint64_t *seed)
{
	char a[512], b[512];
	const size_t n = next_random(seed) % 340;

	for (size_t i = 0; i < sizeof(a); i++)
		a[i] = b[i] = random_byte(seed);
	b[next_random(seed) % 340] ^= (char)(1 << next_random(seed) % 8);
	assert_int_equal(lanes->equal(a, b, n), memcmp(a, b, n) == 0);
}

static void lanes_say_what_bytes_say(void **state)
{
	const struct lanes *lanes[4];
	const size_t n = list_lanes(lanes);
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < n; i++) {
			check_bits(lanes[i], &seed);
			check_equal(lanes[i], &seed);
		}
	}
}

static void numbers_are_read_to_the_last_digit(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		const unsigned n = 1 + (unsigned)(next_random(&seed) % 15);
		uint64_t expected = 0;
		char text[32];

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = random_byte(&seed);
		for (unsigned i = 0; i < n; i++) {
			text[i] = (char)('0' + next_random(&seed) % 10);
			expected = expected * 10 + (uint64_t)(text[i] - '0');
		}
		assert_true(pm_bytes_number_of(text, n) == expected);
	}
}

enum { TEXT = 256 };

/* Numbers one after the other, some of them none, with a byte between them. */
static void put_numbers(char text[TEXT], struct pm_places *places, uint64_t expected[PM_NUMBERS],
	bool *odd, uint64_t *seed)
{
	size_t at = next_random(seed) % 100;

	*odd = false;
	memset(places, 0, sizeof(*places));
	for (size_t i = 0; i < TEXT; i++)
		text[i] = random_byte(seed);
	for (int i = 0; i < PM_NUMBERS; i++) {
		const size_t n = next_random(seed) % 17;

		expected[i] = 0;
		at += 1 + n;
		if (n == 0)
			continue;
		for (size_t j = at - n; j < at; j++) {
			text[j] = next_random(seed) % 300 == 0
				? random_byte(seed)
				: (char)('0' + next_random(seed) % 10);
			*odd |= !is_digit(text[j]);
			expected[i] = expected[i] * 10 + (uint64_t)(text[j] - '0');
		}
		pm_places_set(places, i, at, n);
	}
}

static void all_numbers_are_read_at_once(void **state)
{
	const struct lanes *lanes[4];
	const size_t n_lanes = list_lanes(lanes);
	uint64_t seed = 7, n_odd = 0;

	(void)state;
	for (int round = 0; round < 40000; round++) {
		uint64_t expected[PM_NUMBERS];
		struct pm_places places;
		char before[PM_NUMBER_DIGITS + TEXT] = {0}, *text = before + PM_NUMBER_DIGITS;
		bool odd;

		put_numbers(text, &places, expected, &odd, &seed);
		n_odd += odd;
		for (size_t i = 0; i < n_lanes; i++) {
			const uint64_t left[PM_NUMBERS] = {1, 2, 3, 4, 5, 6};
			uint64_t number[PM_NUMBERS + 1] = {1, 2, 3, 4, 5, 6, 7};

			assert_int_equal(lanes[i]->read(&places, text, number), !odd);
			assert_memory_equal(number, odd ? left : expected, sizeof(left));
			assert_int_equal(number[PM_NUMBERS], 7);
		}
	}
	assert_in_range(n_odd, 1000, 20000);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(words_say_what_bytes_say),
	cmocka_unit_test(lanes_say_what_bytes_say),
	cmocka_unit_test(numbers_are_read_to_the_last_digit),
	cmocka_unit_test(all_numbers_are_read_at_once),
};

RUN(tests)
