/* SPDX-License-Identifier: MIT */
/* Tag files: lines, and which entry counts for tags of any bytes. */
#include "unit.h"

#include "model/keys.h"

#include <poolmon/drivers.h>

static struct pm_drivers *drivers_of(const char *file)
{
	struct pm_drivers *drivers;

	assert_int_equal(pm_drivers_create(&drivers, NULL), PM_OK);
	if (file == NULL)
		assert_int_equal(pm_drivers_add_builtin(drivers, NULL), PM_OK);
	else
		assert_int_equal(pm_drivers_add(drivers, "file", file, strlen(file), NULL), PM_OK);
	return drivers;
}

/* "driver|description" of a tag by a file (NULL: the one that is built in), NULL: no entry. */
static const char *driver_of(const char *file, const char *pool, const char *tag, size_t n)
{
	static char name[256];
	struct pm_keys *keys = pm_keys_create();
	const struct pm_key *key =
		pm_keys_intern(keys, pm_span_of(pool), (struct pm_span){tag, n}, pm_span_of(""));
	struct pm_drivers *drivers = drivers_of(file);
	struct pm_driver driver;
	const bool found = pm_drivers_find(drivers, key, &driver);

	if (found)
		snprintf(name, sizeof(name), "%s|%s", driver.name, driver.description);
	pm_drivers_destroy(drivers);
	pm_keys_destroy(keys);
	return found ? name : NULL;
}

struct look_up {
	const char *file, *pool, *tag;
	const char *wanted; /* NULL: no entry */
};

static void check_look_ups(const struct look_up *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct look_up *c = &cases[i];
		const char *found = driver_of(c->file, c->pool, c->tag, strlen(c->tag));

		if (c->wanted == NULL)
			assert_null(found);
		else
			assert_string_equal(found == NULL ? "none" : found, c->wanted);
	}
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

#define SLAB "// pools: slab\n"

static void test_tags_of_linux_are_of_any_length(void **state)
{
	static const struct look_up cases[] = {
		{SLAB "kmalloc-64 - mm - x", "slab", "kmalloc-64", "mm|x"},
		{SLAB "TCP - net - x", "slab", "TCP", "net|x"},
		{SLAB "TCP      - net - x", "slab", "TCP", "net|x"},
		{SLAB "TCP - net - x", "slab", "TCPv6", NULL},
		{SLAB "TCP - net - x", "slab", "TCP ", NULL},
		{SLAB "a b c d - net - x - y", "slab", "a b c d", "net|x - y"},
		{SLAB "page->ptl - mm - x", "slab", "page->ptl", "mm|x"},
		{SLAB "UDP-Lite - x", "slab", "UDP-Lite", "|x"},
		{SLAB "dentry - vfs - x\n  y\n\tz", "slab", "dentry", "vfs|x y z"},
		{SLAB "dentry\t- <unknown>\t- x\r\n", "slab", "dentry", "|x"},
		{SLAB "rem a comment\nremote - net - x", "slab", "remote", "net|x"},
	};

	(void)state;
	check_look_ups(cases, N_OF(cases));
}

static void test_the_most_specific_wildcard_of_linux_counts(void **state)
{
	static const char file[] = SLAB "* - any - 0\n"
					"kmalloc-* - mm - 1\n"
					"kmalloc-cg-* - cg - 2\n"
					"kmalloc-cg-?k - cgk - 3\n"
					"kmalloc-cg-8k - exact - 4\n"
					"*-cg-4? - tail - 5\n";
	static const struct look_up cases[] = {
		{file, "slab", "dentry", "any|0"},
		{file, "slab", "kmalloc-64", "mm|1"},
		{file, "slab", "kmalloc-cg-64", "cg|2"},
		{file, "slab", "kmalloc-cg-4k", "cgk|3"},
		{file, "slab", "kmalloc-cg-8k", "exact|4"},
		{file, "slab", "dma-cg-4k", "tail|5"},
		{SLAB "a*a*a*a*a*a*a*a*b - slow - x", "slab",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
	};

	(void)state;
	check_look_ups(cases, N_OF(cases));
}

static void test_entries_are_for_the_pools_that_were_named(void **state)
{
	static const char both[] = "sock - afd.sys - of Windows\n"
				   "//pools: slab kmem\n"
				   "sock - net - of Linux\n"
				   "skb* - net - of Linux\n"
				   "//\tpools:\tsystem\n"
				   "skb? - ndis.sys - of Windows\n"
				   "// pools: slab\n"
				   "only - one - x\n"
				   "// pools: slab kmem\n"
				   "only - two - y\n";
	static const struct look_up cases[] = {
		{both, "system", "sock", "afd.sys|of Windows"},
		{both, "session:1", "sock", "afd.sys|of Windows"},
		{both, "slab", "sock", "net|of Linux"},
		{both, "kmem", "sock", "net|of Linux"},
		{both, "vmalloc", "sock", NULL},
		{both, "system", "skb ", "ndis.sys|of Windows"},
		{both, "session:1", "skb ", NULL},
		{both, "slab", "skbuff", "net|of Linux"},
		{both, "slab", "only", "one|x"},
		{both, "kmem", "only", "two|y"},
		{SLAB "A - <unknown> - x\n// pools: slab kmem\nA - known - y", "slab", "A",
			"known|y"},
		{"// pools: system slab\nTag - a - b", "system", "Tag ", "a|b"},
		{"// pools: system slab\nTag - a - b", "slab", "Tag", "a|b"},
		{"// pools are\nTag - a - b", "system", "Tag ", "a|b"},
		{"// pools: slab memory\nTag - a - b", "system", "Tag ", "a|b"},
		{"// pools: slabs\nTag - a - b", "slab", "Tag", NULL},
		{"// pools:\nTag - a - b", "system", "Tag ", "a|b"},
	};

	(void)state;
	check_look_ups(cases, N_OF(cases));
}

static void test_pools_that_there_are_not_are_told(void **state)
{
	static const char *const files[] = {"Tag - a - b\n// pools: slabs\n",
		"Tag - a - b\n// pools: slab event\n", "Tag - a - b\n// pools:\n"};
	struct pm_error err;

	(void)state;
	for (size_t i = 0; i < N_OF(files); i++) {
		struct pm_drivers *drivers = drivers_of(files[i]);

		assert_true(pm_drivers_remark(drivers, 0, &err));
		assert_int_equal(err.line, 2);
		assert_non_null(strstr(err.message, "the first is '// pools:"));
		pm_drivers_destroy(drivers);
	}
}

static void test_what_is_built_in(void **state)
{
	static const struct {
		const char *tag, *name, *says;
	} cases[] = {
		{"dentry", "vfs", "a name in a directory"},
		{"kmalloc-64", "anyone", "up to this size"},
		{"kmalloc-cg-64", "anyone", "memory cgroup"},
		{"request_sock_TCP", "net/tcp", "not yet completed"},
		{"request_sock_subflow_v4", "net/mptcp", "multipath"},
		{"UNIX", "net/unix", "UNIX socket"},
		{"raid5-md127", "drivers/md", "stripe"},
	};
	struct pm_drivers *drivers = drivers_of(NULL);
	struct pm_driver driver;
	struct pm_error err;

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const size_t n = strlen(cases[i].tag);

		assert_true(pm_drivers_find_tag(drivers, PM_POOL_SLAB, cases[i].tag, n, &driver));
		assert_string_equal(driver.name, cases[i].name);
		assert_non_null(strstr(driver.description, cases[i].says));
		assert_true(pm_drivers_find_tag(drivers, PM_POOL_KMEM, cases[i].tag, n, &driver));
	}
	assert_false(pm_drivers_find_tag(drivers, PM_POOL_SYSTEM, "UNIX", 4, &driver));
	assert_false(pm_drivers_find_tag(drivers, PM_POOL_SLAB, "no such cache", 13, &driver));
	assert_false(pm_drivers_remark(drivers, 0, &err));
	pm_drivers_destroy(drivers);
}

static void test_own_files_count_more_than_what_is_built_in(void **state)
{
	static const char own[] = SLAB "dentry - mine - x\n";
	struct pm_drivers *drivers = drivers_of(own);
	struct pm_driver driver;

	(void)state;
	assert_int_equal(pm_drivers_add_builtin(drivers, NULL), PM_OK);
	assert_true(pm_drivers_find_tag(drivers, PM_POOL_SLAB, "dentry", 6, &driver));
	assert_string_equal(driver.name, "mine");
	assert_true(pm_drivers_find_tag(drivers, PM_POOL_SLAB, "filp", 4, &driver));
	assert_string_equal(driver.name, "vfs");
	pm_drivers_destroy(drivers);
}

static void test_the_text_of_the_column_mapped_driver(void **state)
{
	static const char local[] = "Loca - mine.sys\nBoth - a.sys b.sys\nWi* - wild.sys - x\n";
	static const char general[] = "Both - nt!both - both things\nGene - <unknown> - general\n"
				      "Wild - wild - exact\nName - name.sys -\nNone -\n"
				      "Odd  - \x1b[31m\xff.sys - \xc3\xa4\n";
	static const struct {
		const char *tag, *wanted;
	} cases[] = {
		{"Loca", "[mine.sys]"},
		{"Both", "[a.sys b.sys][nt!both - both things]"},
		{"Gene", "[general]"},
		{"Wild", "[wild.sys - x][wild - exact]"},
		{"Name", "[name.sys]"},
		{"None", "Unknown Driver"},
		{"What", "Unknown Driver"},
		{"Odd ", "[\\x1B[31m\\xFF.sys - \xc3\xa4]"},
	};
	struct pm_drivers *drivers = drivers_of(general);
	struct pm_keys *keys = pm_keys_create();
	struct pm_driver driver;
	char text[80], little[8];

	(void)state;
	assert_int_equal(
		pm_drivers_add_local(drivers, "localtag.txt", local, strlen(local), NULL), PM_OK);
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct pm_key *key = pm_keys_intern(
			keys, pm_span_of("system"), pm_span_of(cases[i].tag), pm_span_of("Nonp"));
		const bool known = strcmp(cases[i].wanted, "Unknown Driver") != 0;

		assert_int_equal(pm_drivers_map(drivers, key, text, sizeof(text)), known);
		assert_string_equal(text, cases[i].wanted);
		assert_int_equal(pm_drivers_map(drivers, key, little, sizeof(little)), known);
		assert_memory_equal(little, cases[i].wanted, sizeof(little) - 1);
		assert_int_equal(little[sizeof(little) - 1], '\0');
	}
	assert_false(pm_drivers_find_tag(drivers, PM_POOL_SYSTEM, "Loca", 4, &driver));
	for (size_t size = 1; size <= 24; size++) { /* never half of the last letter */
		const struct pm_key *key = pm_keys_intern(
			keys, pm_span_of("system"), pm_span_of("Odd "), pm_span_of("Nonp"));

		(void)pm_drivers_map(drivers, key, text, size);
		assert_int_equal(strlen(text), size == 22 ? 20 : size - 1);
	}
	pm_drivers_destroy(drivers);
	pm_keys_destroy(keys);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_lines),
	cmocka_unit_test(test_tags_are_compared_by_bytes),
	cmocka_unit_test(test_what_is_odd_is_counted),
	cmocka_unit_test(test_tags_of_linux_are_of_any_length),
	cmocka_unit_test(test_the_most_specific_wildcard_of_linux_counts),
	cmocka_unit_test(test_entries_are_for_the_pools_that_were_named),
	cmocka_unit_test(test_pools_that_there_are_not_are_told),
	cmocka_unit_test(test_what_is_built_in),
	cmocka_unit_test(test_own_files_count_more_than_what_is_built_in),
	cmocka_unit_test(test_the_text_of_the_column_mapped_driver),
};

RUN(tests)
