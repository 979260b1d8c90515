/* SPDX-License-Identifier: MIT */
/* Functions that take memory under a tag, or make a cache of a name. */
#ifndef POOLMON_IMAGES_ALLOCATORS_H
#define POOLMON_IMAGES_ALLOCATORS_H

#include "base/buf.h"

#include <stdint.h>

enum pm_system {
	PM_SYSTEM_WINDOWS,
	PM_SYSTEM_LINUX,
	PM_N_SYSTEMS,
};

struct pm_allocator {
	const char *name;
	uint8_t argument; /* which is the tag, from 0 on */
	uint8_t word;     /* on x86 the word of the stack that holds it, likewise: arguments of 64
			     bits take two */
	uint8_t n_words;  /* words that it takes from the stack there */
	uint8_t must_be_0; /* 1 + the argument that says it is about a tag at all, if it is 0; or 0 */
};

/* The one of this name; NULL: it is none. */
const struct pm_allocator *pm_allocator_find(enum pm_system system, struct pm_span name);

#endif
