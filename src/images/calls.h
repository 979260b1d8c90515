/* SPDX-License-Identifier: MIT */
/* The calls of an image that take memory under a tag. */
#ifndef POOLMON_IMAGES_CALLS_H
#define POOLMON_IMAGES_CALLS_H

#include "images/image.h"

enum pm_call_kind {
	PM_CALL_TAGGED,    /* `tag` is known */
	PM_CALL_FORWARDED, /* the tag is its caller's */
	PM_CALL_COMPUTED,  /* it could not be found out */
};

struct pm_call {
	uint64_t address; /* of the call; one with several tags is there several times */
	size_t target;
	enum pm_call_kind kind;
	uint64_t tag; /* 4 bytes, or the address of a name */
	const struct pm_allocator *allocator;
};

/* Begins as {0}. */
struct pm_calls {
	struct pm_call *at; /* [n], by address */
	size_t n, capacity;
};

/* PM_E_MEMORY; PM_E_INPUT: the code is made to be hard to follow. */
PM_MUST_USE enum pm_status pm_calls_find(
	struct pm_calls *calls, const struct pm_image *image, struct pm_error *err);
void pm_calls_deinit(struct pm_calls *calls);

#endif
