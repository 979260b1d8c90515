/* SPDX-License-Identifier: MIT */
/*
 * Follows values through one function and tells what it hands to the functions it is looked at for.
 * That is constant propagation over the function's jumps: where ways meet, what they agree on
 * stays. Loops begin as if only entered from above, and are gone through until nothing changes, so
 * that a register that is set before a loop is still known in it.
 */
#ifndef POOLMON_IMAGES_FLOW_H
#define POOLMON_IMAGES_FLOW_H

#include "images/targets.h"

struct pm_flow;

struct pm_flow_call {
	uint64_t address;     /* of the call */
	size_t target;        /* its index */
	struct pm_known tag;  /* the lower 4 bytes count, of an address all */
	struct pm_known zero; /* what must be 0; a constant 0 where nothing must */
};

/* NULL: out of memory. Image and targets must outlive it; targets may become more. */
struct pm_flow *pm_flow_create(const struct pm_image *image, const struct pm_targets *targets);
void pm_flow_destroy(struct pm_flow *flow);

/*
 * Follows the code of a section from begin to end and calls `found` for each call of a target, in
 * order. Returns PM_OK, what `found` returned, PM_E_MEMORY, or PM_E_INPUT: more work than code of
 * this size is worth, added up over all calls.
 */
PM_MUST_USE enum pm_status pm_flow_follow(struct pm_flow *flow,
	const struct pm_image_section *section, uint64_t begin, uint64_t end,
	enum pm_status (*found)(
		void *context, const struct pm_flow_call *call, struct pm_error *err),
	void *context, struct pm_error *err);

#endif
