/* SPDX-License-Identifier: MIT */
/* The functions that calls are looked for: allocators, and what hands a tag of its caller to one. */
#ifndef POOLMON_IMAGES_TARGETS_H
#define POOLMON_IMAGES_TARGETS_H

#include "images/image.h"
#include "images/state.h"

struct pm_target {
	uint64_t address;
	bool is_slot;      /* the function's address is read from there */
	uint8_t tag_place; /* where it takes the tag */
	uint8_t zero_place; /* and what must be 0, or it is not about tags; PM_NO_REGISTER: nothing */
	uint8_t n_words;    /* that it takes from the stack on x86; PM_NO_REGISTER: not known */
	const struct pm_allocator *allocator; /* that gets the tag in the end */
};

struct pm_targets {
	struct pm_target *at; /* [n], in the order in which they were found */
	size_t n, capacity;
	uint8_t filter[8192]; /* a bit for each of 65,536 classes of addresses */
};

/* The imports of an image and what jumps straight to them. False: out of memory. */
bool pm_targets_init(struct pm_targets *targets, const struct pm_image *image);
void pm_targets_deinit(struct pm_targets *targets);

/* Adds one unless there is one with this address and place. False: out of memory, or too many. */
bool pm_targets_add(struct pm_targets *targets, const struct pm_target *target);

/* The first from index `from` on that is at this address; targets->n if there is none. */
size_t pm_targets_find(
	const struct pm_targets *targets, uint64_t address, bool is_slot, size_t from);

/* Quick: false if none can be there. */
static inline uint16_t pm_targets_class(uint64_t address)
{
	return (uint16_t)((uint32_t)address * UINT32_C(0x9e3779b1) >> 16);
}

static inline bool pm_targets_may_be_at(const struct pm_targets *targets, uint64_t address)
{
	const uint16_t class = pm_targets_class(address);

	return (targets->filter[class / 8] >> class % 8 & 1) != 0;
}

#endif
