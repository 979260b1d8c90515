/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <poolmon/tag.h>

static void tags_are_escaped_as_documented(void **state)
{
	static const struct {
		const char *tag;
		size_t n;
		const char *escaped;
	} cases[] = {
		{"dentry", 6, "dentry"},
		{"Io  ", 4, "Io\\x20\\x20"},
		{"  Io", 4, "\\x20\\x20Io"},
		{"a b", 3, "a b"},
		{"    ", 4, "\\x20\\x20\\x20\\x20"},
		{"=1+1", 4, "\\x3D1+1"},
		{"-foo", 4, "\\x2Dfoo"},
		{"+foo", 4, "\\x2Bfoo"},
		{"@foo", 4, "\\x40foo"},
		{"a=b", 3, "a=b"},
		{"a,b\"c", 5, "a\\x2Cb\\x22c"},
		{"a\\b", 3, "a\\x5Cb"},
		{"\0\x01\x7f\xff", 4, "\\x00\\x01\\x7F\\xFF"},
		{"0012", 4, "0012"},
		{"kmalloc-rnd-01-64", 17, "kmalloc-rnd-01-64"},
		{"", 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		char escaped[PM_TAG_ESCAPED], back[PM_TAG_ESCAPED];
		size_t n = pm_tag_escape(escaped, cases[i].tag, cases[i].n);

		assert_string_equal(escaped, cases[i].escaped);
		assert_int_equal(n, strlen(escaped));
		n = pm_tag_unescape(back, escaped, n);
		assert_int_equal(n, cases[i].n);
		assert_memory_equal(back, cases[i].tag, n);
	}
}

static void any_bytes_survive_and_stay_apart(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char tag[PM_TAG_MAX], escaped[PM_TAG_ESCAPED], back[PM_TAG_ESCAPED];
		const size_t n = next_random(&seed) % (i < 100 ? PM_TAG_MAX + 1 : 6);
		size_t n_escaped;

		for (size_t j = 0; j < n; j++)
			tag[j] = (char)next_random(&seed);
		n_escaped = pm_tag_escape(escaped, tag, n);
		for (size_t j = 0; j < n_escaped; j++)
			assert_true(escaped[j] >= ' ' && escaped[j] <= '~' && escaped[j] != ',' &&
				escaped[j] != '"');
		assert_int_equal(pm_tag_unescape(back, escaped, n_escaped), n);
		assert_memory_equal(back, tag, n);
	}
}

static void careless_escapes_are_taken_as_they_are(void **state)
{
	static const char *const cases[][2] = {
		{"a\\b", "a\\b"},
		{"a\\x2", "a\\x2"},
		{"a\\xg0", "a\\xg0"},
		{"\\", "\\"},
		{"\\x41b", "Ab"},
		{"\\x4a\\x4B", "JK"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		char tag[64];
		const size_t n = pm_tag_unescape(tag, cases[i][0], strlen(cases[i][0]));

		assert_int_equal(n, strlen(cases[i][1]));
		assert_memory_equal(tag, cases[i][1], n);
	}
}

static void patterns_match_like_a_shell_does(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{"*", "", true},
		{"", "", true},
		{"", "a", false},
		{"?", "", false},
		{"kmalloc-*", "kmalloc-64", true},
		{"kmalloc-*", "Kmalloc-64", false},
		{"*-64", "kmalloc-64", true},
		{"k*c-?4", "kmalloc-64", true},
		{"k*c-?", "kmalloc-64", false},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXbYbZ", false},
		{"Afd?", "AfdB", true},
		{"Afd?", "Afd", false},
		{"**a**", "bab", true},
	};
	char text[2001], pattern[64];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		if (pm_pattern_matches(cases[i].pattern, cases[i].text) != cases[i].matches)
			fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].text);
	}
	/* A pattern that makes a backtracking matcher try every split must still come to an end. */
	memset(text, 'a', 2000);
	text[2000] = '\0';
	strcpy(pattern, "a*a*a*a*a*a*a*a*a*a*a*a*a*a*b");
	assert_false(pm_pattern_matches(pattern, text));
}

static void filters_include_then_exclude(void **state)
{
	static const char *const include[] = {"kmalloc-*", "dentry"};
	static const char *const exclude[] = {"*-64"};
	const struct pm_filter filter = {include, 2, exclude, 1},
			       only_exclude = {NULL, 0, exclude, 1};

	(void)state;
	assert_true(pm_filter_takes(NULL, "anything"));
	assert_true(pm_filter_takes(&filter, "kmalloc-32"));
	assert_true(pm_filter_takes(&filter, "dentry"));
	assert_false(pm_filter_takes(&filter, "kmalloc-64"));
	assert_false(pm_filter_takes(&filter, "filp"));
	assert_true(pm_filter_takes(&only_exclude, "filp"));
	assert_false(pm_filter_takes(&only_exclude, "kmalloc-64"));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(tags_are_escaped_as_documented),
	cmocka_unit_test(any_bytes_survive_and_stay_apart),
	cmocka_unit_test(careless_escapes_are_taken_as_they_are),
	cmocka_unit_test(patterns_match_like_a_shell_does),
	cmocka_unit_test(filters_include_then_exclude),
};

RUN(tests)
