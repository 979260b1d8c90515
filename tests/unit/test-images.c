/* SPDX-License-Identifier: MIT */
/* What is known of values as code is followed, and which calls come of it. Here Capstone is not
 * there (code-none.c is linked), so that it can be seen what a build without it says. */
#include "unit.h"

#include "images/allocators.h"
#include "images/state.h"

#include <poolmon/images.h>

static const struct pm_known seven = {.kind = PM_CONSTANT, .number = 7};

static struct pm_known stack(int64_t offset)
{
	return (struct pm_known){.kind = PM_STACK, .number = (uint64_t)offset};
}

static void a_build_without_capstone_says_what_to_do(void **state)
{
	struct pm_images *images;
	struct pm_error err;

	(void)state;
	assert_int_equal(pm_images_create(&images, &err), PM_E_UNSUPPORTED);
	assert_null(images);
	assert_non_null(strstr(err.message, "without Capstone"));
	assert_non_null(strstr(err.remedy, "libcapstone-dev"));
}

static void a_store_hides_what_it_overlaps(void **state)
{
	struct pm_state known;

	(void)state;
	pm_state_begin(&known, 8);
	pm_state_store(&known, stack(-32), 8, seven);
	assert_int_equal(pm_state_load(&known, stack(-32), 8).number, 7);
	assert_int_equal(pm_state_load(&known, stack(-32), 4).kind, PM_CONSTANT);
	assert_int_equal(pm_state_load(&known, stack(-28), 4).kind, PM_UNKNOWN);
	for (int64_t offset = -40; offset <= -16; offset++) {
		const bool touches = offset > -36 && offset < -24;

		pm_state_store(&known, stack(-32), 8, seven);
		pm_state_store(&known, stack(offset), 4, seven);
		if (offset != -32)
			assert_int_equal(pm_state_load(&known, stack(-32), 8).kind,
				touches ? PM_UNKNOWN : PM_CONSTANT);
		assert_int_equal(pm_state_load(&known, stack(offset), 4).kind, PM_CONSTANT);
		pm_state_drop(&known, stack(offset), 4);
	}
}

static void arguments_on_the_stack_last_until_they_are_overwritten(void **state)
{
	struct pm_state known, other;

	(void)state;
	for (unsigned pointer_bytes = 4; pointer_bytes <= 8; pointer_bytes += 4) {
		const int64_t third = 3 * pointer_bytes;

		pm_state_begin(&known, pointer_bytes);
		assert_int_equal(pm_state_load(&known, stack(third), 4).kind, PM_ARGUMENT);
		assert_int_equal(pm_state_load(&known, stack(third), 4).number, PM_PLACE_STACK + 2);
		assert_int_equal(pm_state_load(&known, stack(0), 4).kind, PM_UNKNOWN);
		assert_int_equal(pm_state_load(&known, stack(-8), 4).kind, PM_UNKNOWN);
		other = known;
		pm_state_store(&other, stack(third), 4, seven);
		assert_int_equal(pm_state_load(&other, stack(third), 4).kind, PM_CONSTANT);
		assert_true(pm_state_merge(&known, &other, 1));
		assert_int_equal(pm_state_load(&known, stack(third), 4).kind, PM_UNKNOWN);
		assert_false(pm_state_merge(&known, &other, 1));
	}
}

static void what_ways_agree_on_stays(void **state)
{
	struct pm_state known, other;

	(void)state;
	pm_state_begin(&known, 8);
	known.registers[PM_BX] = seven;
	known.registers[PM_SI] = seven;
	pm_state_store(&known, stack(-8), 8, seven);
	other = known;
	other.registers[PM_SI].number = 9;
	pm_state_drop(&other, stack(-8), 8);
	assert_true(pm_state_merge(&known, &other, 5));
	assert_int_equal(known.registers[PM_BX].kind, PM_CONSTANT);
	assert_int_equal(known.registers[PM_SI].kind, PM_EITHER);
	assert_int_equal(known.registers[PM_DI].kind, PM_ARGUMENT);
	assert_int_equal(pm_state_load(&known, stack(-8), 8).kind, PM_UNKNOWN);
	assert_int_equal(known.registers[PM_SP].frame, 0);
	other.registers[PM_SP].number = (uint64_t)-8;
	assert_true(pm_state_merge(&known, &other, 5));
	assert_int_equal(known.registers[PM_SP].frame, 5);
	assert_false(pm_state_merge(&known, &other, 5));
	other.reached = false;
	assert_false(pm_state_merge(&known, &other, 5));
}

static void so_many_numbers_are_known_and_no_more(void **state)
{
	struct pm_known both = seven;

	(void)state;
	for (uint32_t i = 0; i < PM_EITHER_MAX; i++) {
		const struct pm_known next = {.kind = PM_CONSTANT, .number = 7 + (i * 5) % 7};

		both = pm_known_either(&both, &next);
		assert_int_equal(both.kind, i == 0 ? PM_CONSTANT : PM_EITHER);
		both = pm_known_either(&both, &next); /* again: the same */
	}
	assert_int_equal(both.n, PM_EITHER_MAX);
	for (uint32_t i = 0; i < PM_EITHER_MAX; i++)
		assert_int_equal(both.numbers[i], 7 + i);
	both = pm_known_either(&both, &(struct pm_known){.kind = PM_CONSTANT, .number = 1});
	assert_int_equal(both.kind, PM_UNKNOWN);
}

static void allocators_are_told_by_their_whole_names(void **state)
{
	const struct pm_allocator *found;

	(void)state;
	found = pm_allocator_find(PM_SYSTEM_WINDOWS, pm_span_of("ExAllocatePool2"));
	assert_non_null(found);
	assert_int_equal(found->argument, 2);
	assert_int_equal(found->word, 3); /* flags of 64 bits come before it */
	assert_null(pm_allocator_find(PM_SYSTEM_WINDOWS, pm_span_of("ExAllocatePool")));
	assert_null(pm_allocator_find(PM_SYSTEM_WINDOWS, pm_span_of("ExAllocatePool22")));
	assert_null(pm_allocator_find(PM_SYSTEM_WINDOWS, pm_span_of("kmem_cache_create")));
	assert_non_null(pm_allocator_find(PM_SYSTEM_LINUX, pm_span_of("kmem_cache_create")));
	assert_null(pm_allocator_find(PM_SYSTEM_LINUX, (struct pm_span){NULL, 0}));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_build_without_capstone_says_what_to_do),
	cmocka_unit_test(a_store_hides_what_it_overlaps),
	cmocka_unit_test(arguments_on_the_stack_last_until_they_are_overwritten),
	cmocka_unit_test(what_ways_agree_on_stays),
	cmocka_unit_test(so_many_numbers_are_known_and_no_more),
	cmocka_unit_test(allocators_are_told_by_their_whole_names),
};

RUN(tests)
