/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "source/slabinfo.h"

#define HEADER_21                                                                                      \
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables " \
	"<limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>"

struct expected {
	const char *header, *line;
	const char *name; /* NULL: the line is not one of a cache */
	uint64_t active_objects, object_size, pages_per_slab, n_slabs;
};

static void lines_are_read_by_the_names_in_the_header(void **state)
{
	static const struct expected cases[] = {
		{HEADER_21,
			"dentry              8537   8631    192   21    1 : tunables    0    0    0 : slabdata    411    412      0",
			"dentry", 8537, 192, 1, 412},
		{HEADER_21, /* a name with spaces and one that looks like the next part */
			"my cache : slabdata 1      5     10    64   64    1 : tunables    0    0    0 : slabdata      1      2      0",
			"my cache : slabdata 1", 5, 64, 1, 2},
		{HEADER_21, /* a name longer than its column */
			"a-very-long-cache-name-that-does-not-fit-in-17 1 2 3 4 5 : tunables 0 0 0 : slabdata 6 7 0",
			"a-very-long-cache-name-that-does-not-fit-in-17", 1, 3, 5, 7},
		{HEADER_21, /* counters beyond 32 bits */
			"big 18446744073709551615 9999999999 4294967296 1 8 : tunables 0 0 0 : slabdata 9 10000000000 0",
			"big", UINT64_MAX, UINT64_C(4294967296), 8, UINT64_C(10000000000)},
		/* 2.0: the same but for the order of the tunables */
		{"# name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <batchcount> <limit> "
		 "<sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>",
			"x 1 2 3 4 5 : tunables 0 0 0 : slabdata 6 7 0", "x", 1, 3, 5, 7},
		/* statistics behind it, as CONFIG_DEBUG_SLAB wrote them */
		{HEADER_21 " : globalstat <listallocs> <maxobjs> : cpustat <allochit>",
			"x 1 2 3 4 5 : tunables 0 0 0 : slabdata 6 7 0 : globalstat 8 9 : cpustat 10",
			"x", 1, 3, 5, 7},
		/* a future version with more columns, in another order */
		{"# name <num_objs> <objsize> <active_objs> <colour> <pagesperslab> : slabdata <num_slabs> <spare>",
			"x 10 20 30 40 50 : slabdata 60 70", "x", 30, 20, 50, 60},
		{HEADER_21, "", NULL, 0, 0, 0, 0},
		{HEADER_21, "dentry 1 2 3", NULL, 0, 0, 0, 0},
		{HEADER_21, "dentry 1 2 3 4 5 : tunables 0 0 0 : slabdata 6", NULL, 0, 0, 0, 0},
		{HEADER_21, "1 2 3 4 5 : tunables 0 0 0 : slabdata 6 7 8", NULL, 0, 0, 0, 0},
		{HEADER_21, "x 1 2 -3 4 5 : tunables 0 0 0 : slabdata 6 7 8", NULL, 0, 0, 0, 0},
		{HEADER_21, "x 1 2 3 4 5 : tunables 0 0 0 : slabdata 6 99999999999999999999 8",
			NULL, 0, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct pm_slabinfo_layout layout;
		struct pm_slab slab;
		bool ok;

		assert_true(pm_slabinfo_parse_header(
			cases[i].header, strlen(cases[i].header), &layout));
		ok = pm_slabinfo_parse_line(&layout, cases[i].line, strlen(cases[i].line), &slab);
		if (ok != (cases[i].name != NULL))
			fail_msg("line was %s: %s", ok ? "taken" : "refused", cases[i].line);
		if (!ok)
			continue;
		assert_true(pm_span_is(slab.name, cases[i].name));
		assert_true(slab.active_objects == cases[i].active_objects);
		assert_true(slab.object_size == cases[i].object_size);
		assert_true(slab.pages_per_slab == cases[i].pages_per_slab);
		assert_true(slab.n_slabs == cases[i].n_slabs);
	}
}

static void headers_without_what_is_needed_are_refused(void **state)
{
	static const char *const headers[] = {
		"",
		"#",
		"slabinfo - version: 1.1",
		"# name <active_objs> <num_objs> <objsize>",
		"# name <active_objs> <objsize> <pagesperslab> : slabdata <active_slabs>",
		"# a : b : c : d : e : f : g : h : i <active_objs> <objsize> <pagesperslab> <num_slabs>",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(headers); i++) {
		struct pm_slabinfo_layout layout;

		assert_false(pm_slabinfo_parse_header(headers[i], strlen(headers[i]), &layout));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(lines_are_read_by_the_names_in_the_header),
	cmocka_unit_test(headers_without_what_is_needed_are_refused),
};

RUN(tests)
