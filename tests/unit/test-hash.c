/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/hash.h"

static void an_index_finds_what_was_added(void **state)
{
	enum { N = 20000 };
	struct pm_index index = {0};
	uint64_t *hashes = calloc(N, sizeof(*hashes));
	uint64_t seed = 9;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		/* Every fourth item has the hash of another one. */
		hashes[i] = i % 4 == 3 ? hashes[i - 1] : next_random(&seed);
		assert_true(pm_index_add(&index, hashes[i], i));
	}
	for (size_t i = 0; i < N; i++) {
		size_t at = 0, found;
		bool met = false;

		while ((found = pm_index_next(&index, hashes[i], &at)) != SIZE_MAX)
			met |= found == i;
		assert_true(met);
	}
	size_t at = 0;
	assert_true(pm_index_next(&index, 12345, &at) == SIZE_MAX);
	pm_index_deinit(&index);
	at = 0;
	assert_true(pm_index_next(&index, 12345, &at) == SIZE_MAX);
	free(hashes);
}

static void hashes_tell_short_strings_apart(void **state)
{
	(void)state;
	assert_true(pm_hash(1, "", 0) != pm_hash(1, "\0", 1));
	assert_true(pm_hash(1, "ab", 2) != pm_hash(1, "ba", 2));
	assert_true(pm_hash(1, "ab", 2) != pm_hash(2, "ab", 2));
	assert_true(pm_hash(1, "12345678", 8) != pm_hash(1, "12345678\0", 9));
}

static void arena_memory_stays_where_it_is(void **state)
{
	struct pm_arena arena = {0};
	char *copies[2000];

	(void)state;
	for (size_t i = 0; i < N_OF(copies); i++) {
		char text[16];

		snprintf(text, sizeof(text), "%zu", i);
		copies[i] = pm_arena_copy(&arena, text, strlen(text));
		if (i % 100 == 0)
			assert_non_null(pm_arena_alloc(&arena, 100000));
	}
	for (size_t i = 0; i < N_OF(copies); i++)
		assert_int_equal(atoi(copies[i]), (int)i);
	assert_null(pm_arena_alloc(&arena, SIZE_MAX));
	pm_arena_deinit(&arena);
}

static void arrays_make_room(void **state)
{
	size_t capacity = 0;
	int *array = NULL;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		array = pm_array_room(array, &capacity, i, sizeof(*array));
		assert_non_null(array);
		assert_true(capacity > i);
		array[i] = (int)i;
	}
	assert_int_equal(array[999], 999);
	assert_null(pm_array_room(NULL, &(size_t){0}, SIZE_MAX / 2, sizeof(*array)));
	free(array);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(an_index_finds_what_was_added),
	cmocka_unit_test(hashes_tell_short_strings_apart),
	cmocka_unit_test(arena_memory_stays_where_it_is),
	cmocka_unit_test(arrays_make_room),
};

RUN(tests)
