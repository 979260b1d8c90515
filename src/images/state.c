/* SPDX-License-Identifier: MIT */
#include "images/state.h"

#include <string.h>

static bool is_same(const struct pm_known *a, const struct pm_known *b)
{
	return a->kind == b->kind && a->number == b->number && a->frame == b->frame &&
		a->n == b->n && memcmp(a->numbers, b->numbers, a->n * sizeof(a->numbers[0])) == 0;
}

static bool is_constant(const struct pm_known *value)
{
	return value->kind == PM_CONSTANT || value->kind == PM_EITHER;
}

/* The numbers that it may be, in numbers[PM_EITHER_MAX]; returns how many. */
static unsigned numbers_of(const struct pm_known *value, uint32_t *numbers)
{
	if (value->kind == PM_CONSTANT) {
		numbers[0] = (uint32_t)value->number;
		return 1;
	}
	memcpy(numbers, value->numbers, sizeof(value->numbers));
	return value->n;
}

struct pm_known pm_known_either(const struct pm_known *a, const struct pm_known *b)
{
	struct pm_known both = {.kind = PM_EITHER};
	uint32_t of_a[PM_EITHER_MAX], of_b[PM_EITHER_MAX];
	unsigned n_a, n_b, i = 0, j = 0;

	if (is_same(a, b))
		return *a;
	if (!is_constant(a) || !is_constant(b))
		return (struct pm_known){0};
	n_a = numbers_of(a, of_a);
	n_b = numbers_of(b, of_b);
	while (i < n_a || j < n_b) {
		const bool take_a = j == n_b || (i < n_a && of_a[i] <= of_b[j]);
		const uint32_t number = take_a ? of_a[i] : of_b[j];

		if (both.n == PM_EITHER_MAX)
			return (struct pm_known){0};
		both.numbers[both.n++] = number;
		i += i < n_a && of_a[i] == number;
		j += j < n_b && of_b[j] == number;
	}
	return both;
}

struct pm_known pm_known_add(struct pm_known value, uint64_t n)
{
	if (value.kind != PM_CONSTANT && value.kind != PM_STACK)
		return (struct pm_known){0};
	value.number += n;
	return value;
}

void pm_state_begin(struct pm_state *state, unsigned pointer_bytes)
{
	state->reached = true;
	state->pointer_bytes = (uint8_t)pointer_bytes;
	state->n_slots = state->next_slot = 0;
	state->overwritten = 0;
	state->pushed = false;
	for (unsigned i = 0; i < PM_N_REGISTERS; i++)
		state->registers[i] = (struct pm_known){.kind = PM_ARGUMENT, .number = i};
	state->registers[PM_SP] = (struct pm_known){.kind = PM_STACK};
}

void pm_state_forget(struct pm_state *state, uint32_t frame)
{
	memset(state->registers, 0, sizeof(state->registers));
	state->reached = true;
	state->n_slots = state->next_slot = 0;
	state->overwritten = 0;
	state->pushed = false;
	state->registers[PM_SP] = (struct pm_known){.kind = PM_STACK, .frame = frame};
}

/* ---- the stack ---- */

static bool overlaps(const struct pm_slot *slot, const struct pm_known *address, unsigned n_bytes)
{
	const int64_t from = (int64_t)address->number;

	return slot->frame == address->frame &&
		(uint64_t)from - (uint64_t)slot->offset + n_bytes - 1 <
		(uint64_t)slot->n_bytes + n_bytes - 1;
}

/* The place of the argument there, if the function's caller left one. */
static unsigned place_at(const struct pm_state *state, const struct pm_known *address)
{
	const uint64_t word = address->number / state->pointer_bytes;

	if (address->frame != 0 || word < 1 || word > PM_PLACE_END - PM_PLACE_STACK)
		return PM_PLACE_END;
	return (unsigned)(PM_PLACE_STACK + word - 1);
}

static void overwrite_arguments(struct pm_state *state, struct pm_known address, unsigned n_bytes)
{
	for (unsigned i = 0; i < n_bytes; i += 4) {
		const unsigned place = place_at(state, &address);

		if (place != PM_PLACE_END)
			state->overwritten |= UINT64_C(1) << (place - PM_PLACE_STACK);
		address.number += 4;
	}
}

static void remove_slot(struct pm_state *state, unsigned i)
{
	state->slots[i] = state->slots[--state->n_slots];
}

void pm_state_drop(struct pm_state *state, struct pm_known address, unsigned n_bytes)
{
	if (address.kind != PM_STACK || n_bytes == 0)
		return;
	for (unsigned i = 0; i < state->n_slots;) {
		if (overlaps(&state->slots[i], &address, n_bytes))
			remove_slot(state, i);
		else
			i++;
	}
	overwrite_arguments(state, address, n_bytes);
}

void pm_state_store(
	struct pm_state *state, struct pm_known address, unsigned n_bytes, struct pm_known value)
{
	struct pm_slot *slot;

	pm_state_drop(state, address, n_bytes);
	if (address.kind != PM_STACK || value.kind == PM_UNKNOWN || n_bytes < 4 || n_bytes > 8)
		return;
	if (state->n_slots < PM_SLOTS_MAX) {
		slot = &state->slots[state->n_slots++];
	} else {
		slot = &state->slots[state->next_slot];
		state->next_slot = (uint8_t)((state->next_slot + 1) % PM_SLOTS_MAX);
	}
	*slot = (struct pm_slot){
		.frame = address.frame,
		.n_bytes = (uint8_t)n_bytes,
		.offset = (int64_t)address.number,
		.value = value,
	};
}

/* An argument that lies there since the function began. */
static struct pm_known argument_at(const struct pm_state *state, const struct pm_known *address)
{
	const unsigned place = place_at(state, address);

	if (place == PM_PLACE_END || address->number % state->pointer_bytes != 0 ||
		(state->overwritten >> (place - PM_PLACE_STACK) & 1) != 0)
		return (struct pm_known){0};
	return (struct pm_known){.kind = PM_ARGUMENT, .number = place};
}

struct pm_known pm_state_load(
	const struct pm_state *state, struct pm_known address, unsigned n_bytes)
{
	if (address.kind != PM_STACK || n_bytes < 4)
		return (struct pm_known){0};
	for (unsigned i = 0; i < state->n_slots; i++) {
		const struct pm_slot *slot = &state->slots[i];

		if (!overlaps(slot, &address, n_bytes))
			continue;
		if (slot->offset == (int64_t)address.number && slot->n_bytes >= n_bytes)
			return slot->value;
		return (struct pm_known){0};
	}
	return argument_at(state, &address);
}

/* ---- merging ---- */

static const struct pm_slot *find_slot(const struct pm_state *state, const struct pm_slot *wanted)
{
	for (unsigned i = 0; i < state->n_slots; i++) {
		const struct pm_slot *slot = &state->slots[i];

		if (slot->frame == wanted->frame && slot->offset == wanted->offset &&
			slot->n_bytes == wanted->n_bytes)
			return slot;
	}
	return NULL;
}

/* False: it knows as much as before. */
static bool merge_value(struct pm_known *into, const struct pm_known *from)
{
	const struct pm_known merged = pm_known_either(into, from);
	const bool changed = !is_same(into, &merged);

	*into = merged;
	return changed;
}

static bool merge_slots(struct pm_state *into, const struct pm_state *from)
{
	bool changed = false;

	for (unsigned i = 0; i < into->n_slots;) {
		const struct pm_slot *other = find_slot(from, &into->slots[i]);

		if (other != NULL)
			changed |= merge_value(&into->slots[i].value, &other->value);
		if (other == NULL || into->slots[i].value.kind == PM_UNKNOWN) {
			remove_slot(into, i);
			changed = true;
		} else {
			i++;
		}
	}
	return changed;
}

bool pm_state_merge(struct pm_state *into, const struct pm_state *from, uint32_t frame)
{
	struct pm_known *stack = &into->registers[PM_SP];
	bool changed = false;

	if (!from->reached)
		return false;
	if (!into->reached) {
		*into = *from;
		return true;
	}
	for (unsigned i = 0; i < PM_N_REGISTERS; i++) {
		if (i != PM_SP)
			changed |= merge_value(&into->registers[i], &from->registers[i]);
	}
	if (!is_same(stack, &from->registers[PM_SP]) &&
		(stack->frame != frame || stack->number != 0)) {
		*stack = (struct pm_known){.kind = PM_STACK, .frame = frame};
		changed = true;
	}
	changed |= from->pushed && !into->pushed;
	into->pushed |= from->pushed;
	changed |= (from->overwritten & ~into->overwritten) != 0;
	into->overwritten |= from->overwritten;
	return merge_slots(into, from) || changed;
}
