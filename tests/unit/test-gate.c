/* SPDX-License-Identifier: MIT */
/* Selectors and budgets, as they are taken apart. */
#include "unit.h"

#include "analyze/budget.h"
#include "model/keys.h"

static struct pm_arena arena;

static void test_selectors(void **state)
{
	static const struct {
		const char *text, *pool, *type, *tag;
	} cases[] = {
		{"dentry", "*", "*", "dentry"},
		{"slab/dentry", "slab", "*", "dentry"},
		{"Recl/dentry", "*", "Recl", "dentry"},
		{"slab/Recl/dentry", "slab", "Recl", "dentry"},
		{"session:*/Gdi?", "session:*", "*", "Gdi?"},
		{"session:2/Paged/*", "session:2", "Paged", "*"},
		{"mm/slab.c:10", "*", "*", "mm/slab.c:10"},
		{"alloc/mm/slab.c:10", "alloc", "*", "mm/slab.c:10"},
		{"/x", "*", "*", "/x"},
		{"slab//x", "slab", "*", "/x"},
		{"pond/x", "*", "*", "pond/x"},
		{"slab/", "slab", "*", ""},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct pm_selector selector;

		assert_true(pm_selector_parse(&selector, pm_span_of(cases[i].text), &arena));
		assert_string_equal(selector.pool, cases[i].pool);
		assert_string_equal(selector.type, cases[i].type);
		assert_string_equal(selector.tag, cases[i].tag);
		assert_string_equal(selector.text, cases[i].text);
	}
}

static void test_budgets(void **state)
{
	static const struct {
		const char *text;
		enum pm_measure measure;
		double limit;
	} cases[] = {
		{"x<=1MiB/h", PM_MEASURE_BYTES_RATE, 1048576},
		{"x<=1 MiB / h", PM_MEASURE_BYTES_RATE, 1048576},
		{"x<=1.5k/s", PM_MEASURE_BYTES_RATE, 1536 * 3600.0},
		{"x<=24B/d", PM_MEASURE_BYTES_RATE, 1},
		{"x<=2B/min", PM_MEASURE_BYTES_RATE, 120},
		{"x<=2B/m", PM_MEASURE_BYTES_RATE, 120},
		{"x<=0.5 objects/s", PM_MEASURE_OBJECTS_RATE, 1800},
		{"x<=1object/h", PM_MEASURE_OBJECTS_RATE, 1},
		{"x<=7 objects", PM_MEASURE_OBJECTS, 7},
		{"x<=2GB", PM_MEASURE_BYTES, 2147483648.0},
		{"a<=b<=0B", PM_MEASURE_BYTES, 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct pm_budget budget;

		assert_int_equal(pm_budget_parse(&budget, cases[i].text, &arena, NULL), PM_OK);
		assert_int_equal(budget.measure, cases[i].measure);
		assert_true(budget.limit == cases[i].limit);
		assert_string_equal(budget.text, cases[i].text);
	}
}

static void test_a_wrong_budget_leaves_its_place_untouched(void **state)
{
	struct pm_budget budget = {.text = "before"};
	struct pm_error err;

	(void)state;
	assert_int_equal(pm_budget_parse(&budget, "x<=1MiB/y", &arena, &err), PM_E_ARGUMENT);
	assert_int_equal(err.column, 9);
	assert_string_equal(budget.text, "before");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_selectors),
	cmocka_unit_test(test_budgets),
	cmocka_unit_test(test_a_wrong_budget_leaves_its_place_untouched),
};

int main(void)
{
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	pm_arena_deinit(&arena);
	return failed;
}
