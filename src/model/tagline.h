/* SPDX-License-Identifier: MIT */
/* What the lines of tag files are, and their parts. */
#ifndef POOLMON_MODEL_TAGLINE_H
#define POOLMON_MODEL_TAGLINE_H

#include "base/buf.h"

#include <poolmon/row.h>
#include <poolmon/tag.h>

enum { PM_WINDOWS_TAG = 4 }; /* bytes of a tag of Windows */

/* Sets of pools: bit i is enum pm_pool i. */
enum {
	PM_POOLS_WINDOWS = 1 << PM_POOL_SYSTEM | 1 << PM_POOL_SESSION,
	PM_POOLS_LINUX =
		1 << PM_POOL_SLAB | 1 << PM_POOL_ALLOC | 1 << PM_POOL_VMALLOC | 1 << PM_POOL_KMEM,
};

enum pm_tagline_kind {
	PM_TAGLINE_ENTRY,     /* tag, name, description */
	PM_TAGLINE_CONTINUES, /* description goes on that of the entry before */
	PM_TAGLINE_POOLS,     /* pools of the entries that follow */
	PM_TAGLINE_NOTHING,   /* a comment, or blank */
	PM_TAGLINE_ODD,
};

struct pm_tagline {
	enum pm_tagline_kind kind;
	unsigned pools;
	char tag[PM_TAG_MAX]; /* [n_tag], without the blanks that pad it; the others are spaces */
	size_t n_tag;
	struct pm_span name, description; /* in the line; may hold NUL */
};

/* Without the blanks around it: spaces, tabs, CR, NUL. */
struct pm_span pm_tagline_trim(struct pm_span span);

/* Takes a line apart that stands where entries are for `pools`. */
void pm_tagline_split(struct pm_tagline *parts, struct pm_span line, unsigned pools);

#endif
