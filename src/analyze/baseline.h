/* SPDX-License-Identifier: MIT */
/* The findings of an earlier report, from its JSON. */
#ifndef POOLMON_ANALYZE_BASELINE_H
#define POOLMON_ANALYZE_BASELINE_H

#include "analyze/measures.h"
#include "base/hash.h"

struct pm_baseline_finding {
	const char *host, *pool, *tag, *type; /* "" where there is none */
	struct pm_measures figures;
};

/* Begins as {0}. */
struct pm_baseline {
	const char *name; /* of the file */
	void *json;       /* what the texts are in */
	struct pm_baseline_finding *at;
	size_t n;
	bool many_hosts;
	struct pm_index index;
	uint64_t seed;
};

/* *baseline is untouched on failure; `name` must outlive it. PM_E_INPUT, PM_E_UNSUPPORTED,
 * PM_E_MEMORY. */
PM_MUST_USE enum pm_status pm_baseline_parse(struct pm_baseline *baseline, const char *name,
	const char *text, size_t n, struct pm_error *err);
void pm_baseline_deinit(struct pm_baseline *baseline);

/* The finding of this series, or NULL. host NULL: of the only host there is. */
const struct pm_measures *pm_baseline_find(
	const struct pm_baseline *baseline, const struct pm_key *key, const char *host);

#endif
