/* SPDX-License-Identifier: MIT */
/* Budgets: "dentry<=1MiB/h". */
#ifndef POOLMON_ANALYZE_BUDGET_H
#define POOLMON_ANALYZE_BUDGET_H

#include "analyze/measures.h"
#include "analyze/selector.h"

struct pm_budget {
	struct pm_selector selector;
	enum pm_measure measure;
	double limit;       /* bytes or objects, of rates per hour */
	const char *period; /* of rates, as they were given: "min", */
	double per_hour;    /* and how many of it there are in an hour */
	const char *text;   /* as it was written */
	bool used;          /* there was a tag to hold it against */
};

/* PM_E_ARGUMENT with the column; PM_E_MEMORY. */
PM_MUST_USE enum pm_status pm_budget_parse(struct pm_budget *budget, const char *expression,
	struct pm_arena *arena, struct pm_error *err);

#endif
