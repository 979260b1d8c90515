/* SPDX-License-Identifier: MIT */
/* What is known of registers and of the stack at one place of a function. */
#ifndef POOLMON_IMAGES_STATE_H
#define POOLMON_IMAGES_STATE_H

#include "images/code.h"

enum pm_known_kind {
	PM_UNKNOWN,
	PM_CONSTANT, /* number */
	PM_EITHER,   /* one of several numbers, of which the lower 4 bytes are known */
	PM_STACK,    /* an address: `number` bytes from where the stack was at `frame` */
	PM_ARGUMENT, /* what was in the place `number` when the function began */
	PM_FUNCTION, /* the address of a known function, which `number` means to the user of this */
};

enum { PM_EITHER_MAX = 7 };

struct pm_known {
	uint8_t kind;
	uint8_t n;      /* of PM_EITHER: how many */
	uint32_t frame; /* 0: the function's beginning, where the stack holds the return address */
	uint64_t number;
	uint32_t numbers[PM_EITHER_MAX]; /* [n], ascending */
};

/* Places of arguments: registers by their number, then words of the stack above the return address.
 */
enum { PM_PLACE_STACK = PM_N_REGISTERS, PM_PLACE_END = PM_PLACE_STACK + 64 };

/* Something on the stack that is known. */
struct pm_slot {
	uint32_t frame;
	uint8_t n_bytes;
	int64_t offset;
	struct pm_known value;
};

enum { PM_SLOTS_MAX = 40 };

struct pm_state {
	bool reached; /* else nothing has led here so far, and the rest means nothing */
	uint8_t pointer_bytes;
	bool pushed; /* something, since the last call or since room was made on the stack */
	uint8_t n_slots, next_slot; /* next_slot: that gives way when there are too many */
	uint64_t overwritten;       /* arguments on the stack, a bit each, that were written over */
	struct pm_known registers[PM_N_REGISTERS];
	struct pm_slot slots[PM_SLOTS_MAX];
};

/* As a function begins: each register is an argument. */
void pm_state_begin(struct pm_state *state, unsigned pointer_bytes);

/* Nothing is known any more but that the stack is somewhere: `frame`. */
void pm_state_forget(struct pm_state *state, uint32_t frame);

/* What is known in either case; true if that is less than `into` knew. frame: of the stack, should
 * it not be the same in both. */
bool pm_state_merge(struct pm_state *into, const struct pm_state *from, uint32_t frame);

/* What n bytes there hold. */
struct pm_known pm_state_load(
	const struct pm_state *state, struct pm_known address, unsigned n_bytes);
void pm_state_store(
	struct pm_state *state, struct pm_known address, unsigned n_bytes, struct pm_known value);
/* Forgets what n bytes there hold. */
void pm_state_drop(struct pm_state *state, struct pm_known address, unsigned n_bytes);

/* What is known where it is the one or the other; both kinds of constants stay known. */
struct pm_known pm_known_either(const struct pm_known *a, const struct pm_known *b);

/* The value n bytes beyond; PM_UNKNOWN unless it is a number or an address of the stack. */
struct pm_known pm_known_add(struct pm_known value, uint64_t n);

#endif
