/* SPDX-License-Identifier: MIT */
/* Where logs can be cut into parts that are read on their own: between two moments. */
#ifndef POOLMON_LOG_PARTS_H
#define POOLMON_LOG_PARTS_H

#include "log/reading.h"

/* How much smaller parts of compressed files are, as they stand there. */
enum { PM_PACKED_RATIO = 8 };

struct pm_parts {
	struct pm_part *at; /* [n] */
	size_t n, capacity;
};

/*
 * Plans the parts of all inputs. joined[i]: input i overlaps the one before and is read together
 * with it. whole[i]: input i turned out not to be cut safely. part_bytes: about how large parts are
 * to be, inflated. The plan depends on nothing else but the files.
 */
PM_MUST_USE enum pm_status pm_parts_plan(struct pm_parts *parts, struct pm_inputs *inputs,
	const bool *joined, const bool *whole, size_t part_bytes, struct pm_error *err);
void pm_parts_deinit(struct pm_parts *parts);

#endif
