/* SPDX-License-Identifier: MIT */
/* Where logs can be cut into parts that are read on their own: between two moments. */
#ifndef POOLMON_LOG_PARTS_H
#define POOLMON_LOG_PARTS_H

#include "log/reading.h"

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

/* About how many bytes a part has, inflated; those of what can be read once only are not known and
 * left out. */
uint64_t pm_part_bytes(const struct pm_inputs *inputs, struct pm_part part);

void pm_parts_deinit(struct pm_parts *parts);

#endif
