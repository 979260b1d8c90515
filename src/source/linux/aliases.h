/* SPDX-License-Identifier: MIT */
/*
 * Caches that the kernel merged. In /sys/kernel/slab the name of each is a link to one directory
 * (":A-0001152"); /proc/slabinfo shows one of the names only, that of the first cache (mm/slub.c,
 * sysfs_slab_add()).
 */
#ifndef POOLMON_SOURCE_LINUX_ALIASES_H
#define POOLMON_SOURCE_LINUX_ALIASES_H

#include "base/arena.h"
#include "source/linux/root.h"

struct pm_alias {
	const char *name;   /* of the cache */
	const char *target; /* what its link points to */
};

struct pm_aliases {
	struct pm_alias *at; /* [n], by target, then by name */
	size_t n, capacity;
	struct pm_arena arena;
};

/* Reads all links anew. A system without them has no aliases. *changed: it is not what it was. */
PM_MUST_USE enum pm_status pm_aliases_read(struct pm_aliases *aliases, const struct pm_root *root,
	bool *changed, struct pm_error *err);
void pm_aliases_deinit(struct pm_aliases *aliases);

#endif
