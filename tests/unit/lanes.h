/* SPDX-License-Identifier: MIT */
/* The functions of base/lanes.h as the compiler makes them with some kind of vectors. */
#ifndef POOLMON_TESTS_LANES_H
#define POOLMON_TESTS_LANES_H

#include "base/lanes.h"

struct lanes {
	uint64_t (*differ)(const char *a, const char *b);
	uint64_t (*where)(const char *at, char c);
	uint64_t (*where_any)(const char *at, char a, char b, char c);
	uint64_t (*digits)(const char *at);
	bool (*equal)(const char *a, const char *b, size_t n);
	bool (*read)(const struct pm_places *places, const char *text, uint64_t number[PM_NUMBERS]);
};

extern const struct lanes lanes_none, lanes_plain, lanes_avx2, lanes_avx512;

#endif
