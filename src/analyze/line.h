/* SPDX-License-Identifier: MIT */
/*
 * Exact sums behind a least-squares line (see struct pm_line). Within an epoch, with x in
 * milliseconds of uptime: S_xy = sum (x - mean x)(y - mean y) = (n sum xy - sum x sum y) / n, and
 * S_xx, S_yy likewise. With one slope and a level for each epoch, slope = (sum of S_xy) / (sum of
 * S_xx) over the epochs.
 *
 * The open epochs at either end of a part keep the integer sums, so parts can be joined exactly.
 * Epochs in between are closed: their S are rounded to 2^-48 and added up as integers, so the sum
 * does not depend on how they are grouped.
 */
#ifndef POOLMON_ANALYZE_LINE_H
#define POOLMON_ANALYZE_LINE_H

#include <poolmon/trends.h>

#include "base/wide.h"

struct pm_line_sums { /* of one epoch */
	uint64_t n, first, last;
	struct pm_wide x, xx, y, yy, xy;
};

struct pm_line_closed { /* of any number of epochs */
	uint64_t n, n_epochs;
	struct pm_wide s_xx, s_yy, s_xy; /* times 2^48 */
	struct pm_wide growth;
};

void pm_line_add(struct pm_line_sums *sums, uint64_t x, uint64_t y);
void pm_line_join(struct pm_line_sums *sums, const struct pm_line_sums *later);

/* As if all x had been larger by so much. */
void pm_line_shift(struct pm_line_sums *sums, uint64_t by);

/* Slope of y over x; 0 where all x are the same. */
double pm_line_slope(const struct pm_line_sums *sums);

void pm_line_close(struct pm_line_closed *closed, const struct pm_line_sums *sums);
void pm_line_join_closed(struct pm_line_closed *closed, const struct pm_line_closed *later);

/* Fills all of *line but first, last, min, max. */
void pm_line_figure(const struct pm_line_closed *closed, struct pm_line *line);

#endif
