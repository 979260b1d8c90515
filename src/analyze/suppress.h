/* SPDX-License-Identifier: MIT */
/* Suppressions: what may break a rule, why, and until when. */
#ifndef POOLMON_ANALYZE_SUPPRESS_H
#define POOLMON_ANALYZE_SUPPRESS_H

#include "analyze/selector.h"

struct pm_suppression {
	struct pm_selector selector;
	const char *reason;
	const char *file;
	uint64_t line;
	const char *until; /* "2026-12-31"; NULL: for ever */
	int64_t until_ms;  /* the first moment at which it no longer holds */
	bool used;
};

struct pm_suppressions {
	struct pm_suppression *at; /* [n] */
	size_t n, capacity;
};

/* Adds those of a text. PM_E_INPUT: nothing was added. */
PM_MUST_USE enum pm_status pm_suppressions_parse(struct pm_suppressions *suppressions,
	const char *name, const char *text, size_t n, struct pm_arena *arena, struct pm_error *err);

static inline bool pm_suppression_holds(const struct pm_suppression *suppression, int64_t now_ms)
{
	return suppression->until == NULL || now_ms < suppression->until_ms;
}

#endif
