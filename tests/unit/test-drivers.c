/* SPDX-License-Identifier: MIT */
/* Tag files: lines, and which entry counts for tags of any bytes. */
#include "unit.h"

#include "model/keys.h"

#include <poolmon/drivers.h>

/* The driver of a tag by a file, "" for none, NULL: no entry. */
static const char *driver_of(const char *file, const char *pool, const char *tag, size_t n)
{
	static char name[64];
	struct pm_keys *keys = pm_keys_create();
	const struct pm_key *key =
		pm_keys_intern(keys, pm_span_of(pool), (struct pm_span){tag, n}, pm_span_of(""));
	struct pm_drivers *drivers;
	struct pm_driver driver;
	bool found;

	assert_int_equal(pm_drivers_create(&drivers, NULL), PM_OK);
	assert_int_equal(pm_drivers_add(drivers, "file", file, strlen(file), NULL), PM_OK);
	found = pm_drivers_find(drivers, key, &driver);
	if (found)
		snprintf(name, sizeof(name), "%s|%s", driver.name, driver.description);
	pm_drivers_destroy(drivers);
	pm_keys_destroy(keys);
	return found ? name : NULL;
}

static void test_lines(void **state)
{
	static const struct {
		const char *line, *tag, *wanted;
	} cases[] = {
		{"Proc - nt!ps - objects", "Proc", "nt!ps|objects"},
		{"Proc - nt!ps -", "Proc", "nt!ps|"},
		{"Proc - - objects", "Proc", "|objects"},
		{"Proc - objects", "Proc", "|objects"},
		{"Proc -", "Proc", "|"},
		{"Io   - a - b", "Io  ", "a|b"},
		{"Io - a - b", "Io  ", "a|b"},
		{"A-b  - a - b", "A-b ", "a|b"},
		{"A-bc - a-b.sys - c-d", "A-bc", "a-b.sys|c-d"},
		{" Io  - a - b", " Io ", "a|b"},
		{"rem  - a - b", "rem ", "a|b"},
		{"Proc - a - b\n  c\n\td", "Proc", "a|b c d"},
		{"Proc - a - b\n\n  c", "Proc", "a|b"},
		{"Proc - a - b\nProc - c - d\n  e", "Proc", "a|b"},
		{"\xef\xbb\xbfProc - a - b", "Proc", "a|b"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++)
		assert_string_equal(
			driver_of(cases[i].line, "system", cases[i].tag, 4), cases[i].wanted);
}

static void test_tags_are_compared_by_bytes(void **state)
{
	(void)state;
	assert_string_equal(driver_of("A??? - a - b", "system", "A\0\xff ", 4), "a|b");
	assert_string_equal(driver_of("A*\xff  - a - b", "session:7", "A\0\0\xff", 4), "a|b");
	assert_string_equal(driver_of("Io   - a - b", "system", "Io", 2), "a|b");
	assert_null(driver_of("Io   - a - b", "system", "io  ", 4));
	assert_null(driver_of("Io   - a - b", "system", " Io ", 4));
	assert_null(driver_of("I*   - a - b", "system", "Irp toolong", 11));
	assert_null(driver_of("*    - a - b", "slab", "filp", 4));
}

static void test_what_is_odd_is_counted(void **state)
{
	static const char file[] = "prose\nProc - a - b\nmore of it\n// no\n  c\n";
	struct pm_drivers *drivers;
	struct pm_error err;

	(void)state;
	assert_int_equal(pm_drivers_create(&drivers, NULL), PM_OK);
	assert_int_equal(pm_drivers_add(drivers, "x", file, strlen(file), NULL), PM_OK);
	assert_true(pm_drivers_remark(drivers, 0, &err));
	assert_int_equal(err.line, 1);
	assert_string_equal(
		err.message, "2 lines are neither entry nor comment, the first is 'prose'");
	assert_false(pm_drivers_remark(drivers, 1, &err));
	assert_int_equal(pm_drivers_add(drivers, "y", "prose", 5, &err), PM_E_INPUT);
	assert_string_equal(err.file, "y");
	pm_drivers_destroy(drivers);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_lines),
	cmocka_unit_test(test_tags_are_compared_by_bytes),
	cmocka_unit_test(test_what_is_odd_is_counted),
};

RUN(tests)
