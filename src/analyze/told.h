/* SPDX-License-Identifier: MIT */
/* What event rows tell of a log: whose it is, other names of tags, and how much happened. */
#ifndef POOLMON_ANALYZE_TOLD_H
#define POOLMON_ANALYZE_TOLD_H

#include "base/arena.h"
#include "base/hash.h"

#include <poolmon/trends.h>

struct pm_told {
	const struct pm_origin **origins; /* [n_origins], each once, in the order they came */
	size_t n_origins;
	struct pm_event_counts events;

	/* private */
	uint64_t seed;
	struct pm_arena arena;
	struct pm_index origin_index;
	size_t origins_capacity;
	struct pm_index alias_index; /* (host, pool, tag) */
	struct pm_told_alias *aliases;
	size_t n_aliases, aliases_capacity;
};

void pm_told_init(struct pm_told *told);
void pm_told_deinit(struct pm_told *told);

/* Takes down an event row. False: out of memory. */
bool pm_told_add(struct pm_told *told, const struct pm_row *row);

/* Whether no origin and no other name was told. */
bool pm_told_is_empty(const struct pm_told *told);

/* Adds what was told later; that stays as it is. False: out of memory. */
bool pm_told_join(struct pm_told *told, const struct pm_told *later);

/* The other names of a tag, as they were told last; "" if none were. host is interned. */
const char *pm_told_aliases(
	const struct pm_told *told, const char *host, const char *pool, const char *tag);

#endif
