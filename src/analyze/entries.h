/* SPDX-License-Identifier: MIT */
/* What this layer itself may see of trends. */
#ifndef POOLMON_ANALYZE_ENTRIES_H
#define POOLMON_ANALYZE_ENTRIES_H

#include "analyze/series.h"

/* Like pm_trends_at(); curves: see pm_figures_of(). */
void pm_trends_at_with(
	const struct pm_trends *trends, size_t i, struct pm_curves *curves, struct pm_trend *trend);

/* What is kept of series i, its buckets complete. */
const struct pm_series *pm_trends_series(const struct pm_trends *trends, size_t i);

/* The levels of a series over its last epoch. */
const struct pm_buckets *pm_trends_levels(const struct pm_trends *trends, size_t i);

#endif
