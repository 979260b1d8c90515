/* SPDX-License-Identifier: MIT */
/* What one instruction does to what is known. */
#ifndef POOLMON_IMAGES_STEP_H
#define POOLMON_IMAGES_STEP_H

#include "images/targets.h"

struct pm_stepper {
	const struct pm_image *image;
	const struct pm_targets *targets;
	uint64_t begin; /* of the function, for the names of frames */
};

#define PM_FRAME_OF_CASES                                                                          \
	UINT32_MAX /* where the stack is in code that nothing is seen to lead to */

/* A name for where the stack is from this address on: behind the instruction, or before it. */
uint32_t pm_frame_before(const struct pm_stepper *stepper, uint64_t address);

/* The first target that a call or a jump leads to; targets->n: none. */
size_t pm_step_target(const struct pm_stepper *stepper, const struct pm_state *state,
	const struct pm_instruction *instruction);

/* What is in an argument's place as a function is called; is_jump: as one jumps to it. */
struct pm_known pm_step_argument(
	const struct pm_state *state, unsigned place, unsigned n_bytes, bool is_jump);

/* next: the instruction behind it, which tells of calls what they did to the stack; NULL: none. */
void pm_step(const struct pm_stepper *stepper, struct pm_state *state,
	const struct pm_instruction *instruction, const struct pm_instruction *next);

#endif
