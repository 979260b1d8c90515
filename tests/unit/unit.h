/* SPDX-License-Identifier: MIT */
/* cmocka, and what our unit tests share. */
#ifndef POOLMON_TESTS_UNIT_H
#define POOLMON_TESTS_UNIT_H

/* cmocka wants these before itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A small generator of numbers that are the same in every run (xorshift64*). */
static inline uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Under a sanitizer of threads all takes so many times as long: of what is alike, and knows but one
 * thread, the tests look at fewer rounds then. */
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
enum { SLOWNESS = 20 };
#else
enum { SLOWNESS = 1 };
#endif

#define RUN(tests)                                                                                 \
	int main(void)                                                                             \
	{                                                                                          \
		cmocka_set_message_output(CM_OUTPUT_TAP);                                          \
		return cmocka_run_group_tests(tests, NULL, NULL);                                  \
	}

#endif
