/* SPDX-License-Identifier: MIT */
/*
 * Moments: what happened while it was recorded. Of each kind the earliest PM_MOMENTS_KEPT are kept,
 * by (time, host, text), which is the same however the log was cut into parts; the rest is counted.
 * A reboot is seen where a row of a host is of another boot than the row of that host before.
 */
#ifndef POOLMON_ANALYZE_MOMENTS_H
#define POOLMON_ANALYZE_MOMENTS_H

#include <poolmon/trends.h>

#include "base/hash.h"

enum { PM_MOMENT_TEXT = 200 };

struct pm_moment_kept {
	const struct pm_origin *origin;
	int64_t time_ms;
	uint64_t missed;
	char text[PM_MOMENT_TEXT];
};

struct pm_moments {
	struct pm_moments_of_kind {
		struct pm_moment_kept *at; /* [n], sorted; owned */
		size_t n, capacity;
		uint64_t total;
	} kinds[PM_N_MOMENTS];
	struct pm_moments_host { /* what boots are told by */
		const struct pm_origin *first, *last;
		int64_t first_ms;
	} * hosts; /* [n_hosts]; owned */
	size_t n_hosts, hosts_capacity;
	struct pm_index index;          /* host to its place in hosts */
	const struct pm_origin *latest; /* of the last row */
	uint64_t seed;
};

void pm_moments_init(struct pm_moments *moments);
void pm_moments_deinit(struct pm_moments *moments);

/* Any row, or just those that pm_moments_wants(). false: out of memory. */
PM_MUST_USE bool pm_moments_add(struct pm_moments *moments, const struct pm_row *row);
PM_MUST_USE bool pm_moments_join(struct pm_moments *moments, const struct pm_moments *later);

/* Whether a row has anything to say here; most have not. */
static inline bool pm_moments_wants(const struct pm_moments *moments, const struct pm_row *row)
{
	return row->origin != moments->latest || row->key->pool == PM_POOL_EVENT;
}

#endif
