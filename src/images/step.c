/* SPDX-License-Identifier: MIT */
#include "images/step.h"

static const struct pm_known unknown = {.kind = PM_UNKNOWN};

uint32_t pm_frame_before(const struct pm_stepper *stepper, uint64_t address)
{
	return 2 * (uint32_t)(address - stepper->begin) + 1;
}

static uint32_t frame_behind(
	const struct pm_stepper *stepper, const struct pm_instruction *instruction)
{
	return 2 * (uint32_t)(instruction->address - stepper->begin) + 2;
}

static uint64_t cut(uint64_t number, unsigned n_bytes)
{
	return n_bytes >= 8 ? number : number & ((UINT64_C(1) << (8 * n_bytes)) - 1);
}

/* ---- operands ---- */

/* Where an operand in memory is. */
static struct pm_known address_of(const struct pm_state *state, const struct pm_operand *operand)
{
	struct pm_known address = {.kind = PM_CONSTANT, .number = operand->number};

	if (operand->kind != PM_MEMORY)
		return unknown;
	if (operand->base != PM_NO_REGISTER)
		address = pm_known_add(state->registers[operand->base], operand->number);
	if (address.kind == PM_CONSTANT)
		address.number = cut(address.number, state->pointer_bytes);
	return address;
}

/* Data that nobody can write. */
static struct pm_known data_at(const struct pm_stepper *stepper, uint64_t address, unsigned n_bytes)
{
	const struct pm_bytes data = pm_image_constants_at(stepper->image, address);

	if ((n_bytes != 4 && n_bytes != 8) || !pm_bytes_have(data, 0, n_bytes))
		return unknown;
	return (struct pm_known){.kind = PM_CONSTANT, .number = pm_bytes_number(data, 0, n_bytes)};
}

static struct pm_known load(const struct pm_stepper *stepper, const struct pm_state *state,
	const struct pm_operand *operand)
{
	const struct pm_known address = address_of(state, operand);
	size_t target;

	if (address.kind != PM_CONSTANT)
		return pm_state_load(state, address, operand->n_bytes);
	target = pm_targets_find(stepper->targets, address.number, true, 0);
	if (target == stepper->targets->n)
		return data_at(stepper, address.number, operand->n_bytes);
	if (operand->n_bytes != state->pointer_bytes)
		return unknown;
	return (struct pm_known){.kind = PM_FUNCTION, .number = target};
}

static struct pm_known read_operand(const struct pm_stepper *stepper, const struct pm_state *state,
	const struct pm_operand *operand)
{
	switch (operand->kind) {
	case PM_REGISTER:
		return operand->n_bytes >= 4 ? state->registers[operand->base] : unknown;
	case PM_NUMBER:
		return (struct pm_known){.kind = PM_CONSTANT, .number = operand->number};
	case PM_MEMORY:
		return load(stepper, state, operand);
	default:
		return unknown;
	}
}

/* What is left of a value in so many bytes. */
static struct pm_known narrow(const struct pm_state *state, struct pm_known value, unsigned n_bytes)
{
	if (n_bytes < 4)
		return unknown;
	if (value.kind == PM_CONSTANT)
		value.number = cut(value.number, n_bytes);
	else if (value.kind != PM_ARGUMENT && value.kind != PM_EITHER &&
		n_bytes < state->pointer_bytes)
		return unknown;
	return value;
}

static void set_stack(const struct pm_stepper *stepper, struct pm_state *state,
	const struct pm_instruction *instruction, struct pm_known value)
{
	if (value.kind != PM_STACK)
		value = (struct pm_known){
			.kind = PM_STACK, .frame = frame_behind(stepper, instruction)};
	state->registers[PM_SP] = value;
}

static void write_operand(const struct pm_stepper *stepper, struct pm_state *state,
	const struct pm_instruction *instruction, struct pm_known value)
{
	const struct pm_operand *to = &instruction->to;

	value = narrow(state, value, to->n_bytes);
	if (to->kind == PM_REGISTER && to->base == PM_SP)
		set_stack(stepper, state, instruction, value);
	else if (to->kind == PM_REGISTER)
		state->registers[to->base] = value;
	else if (to->kind == PM_MEMORY)
		pm_state_store(state, address_of(state, to), to->n_bytes, value);
}

/* ---- operations ---- */

static bool is_constant(const struct pm_known *value)
{
	return value->kind == PM_CONSTANT;
}

static struct pm_known add(struct pm_known a, struct pm_known b)
{
	return is_constant(&b)    ? pm_known_add(a, b.number)
		: is_constant(&a) ? pm_known_add(b, a.number)
				  : unknown;
}

static struct pm_known combine(
	const struct pm_instruction *instruction, struct pm_known a, struct pm_known b)
{
	const bool itself = instruction->to.kind == PM_REGISTER &&
		instruction->from.kind == PM_REGISTER &&
		instruction->to.base == instruction->from.base;

	switch (instruction->operation) {
	case PM_ADD:
		return add(a, b);
	case PM_SUBTRACT:
		if (itself)
			return (struct pm_known){.kind = PM_CONSTANT};
		return is_constant(&b) ? pm_known_add(a, -b.number) : unknown;
	case PM_XOR:
		if (itself)
			return (struct pm_known){.kind = PM_CONSTANT};
		break;
	default:
		break;
	}
	if (!is_constant(&a) || !is_constant(&b))
		return unknown;
	a.number = instruction->operation == PM_AND ? a.number & b.number
		: instruction->operation == PM_OR   ? a.number | b.number
						    : a.number ^ b.number;
	return a;
}

static struct pm_known address_loaded(
	const struct pm_state *state, const struct pm_instruction *instruction)
{
	return address_of(state, &instruction->from);
}

static void move_if(const struct pm_stepper *stepper, struct pm_state *state,
	const struct pm_instruction *instruction)
{
	const struct pm_known old = read_operand(stepper, state, &instruction->to);
	const struct pm_known new = read_operand(stepper, state, &instruction->from);

	write_operand(stepper, state, instruction, pm_known_either(&old, &new));
}

static void push(const struct pm_stepper *stepper, struct pm_state *state,
	const struct pm_instruction *instruction)
{
	const struct pm_known value = read_operand(stepper, state, &instruction->to);
	struct pm_known *stack = &state->registers[PM_SP];

	state->pushed = true;
	*stack = pm_known_add(*stack, -(uint64_t)state->pointer_bytes);
	pm_state_store(state, *stack, state->pointer_bytes, value);
}

static void pop(const struct pm_stepper *stepper, struct pm_state *state,
	const struct pm_instruction *instruction)
{
	struct pm_known *stack = &state->registers[PM_SP];
	const struct pm_known value = pm_state_load(state, *stack, state->pointer_bytes);

	*stack = pm_known_add(*stack, state->pointer_bytes);
	write_operand(stepper, state, instruction, value);
}

static void leave(const struct pm_stepper *stepper, struct pm_state *state,
	const struct pm_instruction *instruction)
{
	set_stack(stepper, state, instruction, state->registers[PM_BP]);
	state->registers[PM_BP] =
		pm_state_load(state, state->registers[PM_SP], state->pointer_bytes);
	set_stack(stepper, state, instruction,
		pm_known_add(state->registers[PM_SP], state->pointer_bytes));
}

/* Registers that a call may change, by the system's convention. */
static uint16_t changed_by_call(const struct pm_image *image)
{
	enum { COMMON = 1 << PM_AX | 1 << PM_CX | 1 << PM_DX };

	if (image->pointer_bytes == 4)
		return COMMON;
	return COMMON | 0x0f00 | (image->system == PM_SYSTEM_LINUX ? 1 << PM_SI | 1 << PM_DI : 0);
}

static void forget_registers(struct pm_state *state, uint16_t which)
{
	for (unsigned i = 0; i < PM_N_REGISTERS; i++) {
		if ((which >> i & 1) != 0 && i != PM_SP)
			state->registers[i] = unknown;
	}
}

static bool moves_stack(const struct pm_instruction *instruction, enum pm_operation operation)
{
	return instruction != NULL && instruction->operation == operation &&
		instruction->to.kind == PM_REGISTER && instruction->to.base == PM_SP &&
		instruction->from.kind == PM_NUMBER;
}

/* Of a function that is not known, by what its caller does next: to take off what it pushed itself,
 * or to make room again where it pushes nothing. */
static uint16_t taken_it_seems(const struct pm_state *state, const struct pm_instruction *next)
{
	if (moves_stack(next, PM_SUBTRACT) && next->from.number < PM_TAKES_UNKNOWN)
		return (uint16_t)next->from.number;
	return moves_stack(next, PM_ADD) || !state->pushed ? 0 : PM_TAKES_UNKNOWN;
}

/* Bytes that a function of x86 takes from the stack as it returns. */
static uint16_t taken_by(const struct pm_stepper *stepper, const struct pm_state *state,
	const struct pm_instruction *instruction, const struct pm_instruction *next)
{
	const size_t target = pm_step_target(stepper, state, instruction);
	const struct pm_image_function *function = NULL;

	if (target < stepper->targets->n && stepper->targets->at[target].n_words != PM_NO_REGISTER)
		return (uint16_t)(4 * stepper->targets->at[target].n_words);
	if (instruction->to.kind == PM_NUMBER)
		function = pm_image_function_at(
			stepper->image, cut(instruction->to.number, state->pointer_bytes));
	return function != NULL && function->taken != PM_TAKES_UNKNOWN
		? function->taken
		: taken_it_seems(state, next);
}

static void call(const struct pm_stepper *stepper, struct pm_state *state,
	const struct pm_instruction *instruction, const struct pm_instruction *next)
{
	enum { HOME_BYTES = 32 };
	struct pm_known stack = state->registers[PM_SP];
	uint16_t taken = 0;

	if (state->pointer_bytes == 4)
		taken = taken_by(stepper, state, instruction, next);
	else if (stepper->image->system == PM_SYSTEM_WINDOWS)
		pm_state_drop(state, stack, HOME_BYTES); /* the function may write there */
	state->pushed = false;
	forget_registers(state, changed_by_call(stepper->image));
	set_stack(stepper, state, instruction,
		taken != PM_TAKES_UNKNOWN ? pm_known_add(stack, taken) : unknown);
}

static void other(const struct pm_stepper *stepper, struct pm_state *state,
	const struct pm_instruction *instruction)
{
	if (instruction->writes_memory)
		pm_state_drop(state, address_of(state, &instruction->to), instruction->to.n_bytes);
	if ((instruction->written >> PM_SP & 1) != 0)
		set_stack(stepper, state, instruction, unknown);
	forget_registers(state, instruction->written);
}

void pm_step(const struct pm_stepper *stepper, struct pm_state *state,
	const struct pm_instruction *instruction, const struct pm_instruction *next)
{
	switch (instruction->operation) {
	case PM_MOVE:
		write_operand(stepper, state, instruction,
			read_operand(stepper, state, &instruction->from));
		break;
	case PM_ADDRESS:
		write_operand(stepper, state, instruction, address_loaded(state, instruction));
		break;
	case PM_PUSH:
		push(stepper, state, instruction);
		break;
	case PM_POP:
		pop(stepper, state, instruction);
		break;
	case PM_LEAVE:
		leave(stepper, state, instruction);
		break;
	case PM_ADD:
	case PM_SUBTRACT:
	case PM_AND:
	case PM_OR:
	case PM_XOR:
		if (moves_stack(instruction, PM_SUBTRACT))
			state->pushed = false;
		write_operand(stepper, state, instruction,
			combine(instruction, read_operand(stepper, state, &instruction->to),
				read_operand(stepper, state, &instruction->from)));
		break;
	case PM_MOVE_IF:
		move_if(stepper, state, instruction);
		break;
	case PM_CALL:
		call(stepper, state, instruction, next);
		break;
	case PM_STRINGS:
		state->n_slots = 0;
		forget_registers(state, instruction->written);
		break;
	case PM_NOTHING_DONE:
	case PM_JUMP:
	case PM_JUMP_IF:
	case PM_RETURN:
	case PM_TRAP:
	case PM_UNREADABLE:
		break;
	default:
		other(stepper, state, instruction);
		break;
	}
}

/* ---- calls ---- */

size_t pm_step_target(const struct pm_stepper *stepper, const struct pm_state *state,
	const struct pm_instruction *instruction)
{
	const struct pm_operand *to = &instruction->to;
	const struct pm_known value = read_operand(stepper, state, to);

	if (value.kind == PM_FUNCTION)
		return (size_t)value.number;
	if (value.kind != PM_CONSTANT)
		return stepper->targets->n;
	return pm_targets_find(stepper->targets, cut(value.number, state->pointer_bytes), false, 0);
}

struct pm_known pm_step_argument(
	const struct pm_state *state, unsigned place, unsigned n_bytes, bool is_jump)
{
	const unsigned word = place - PM_PLACE_STACK + is_jump;

	if (place < PM_PLACE_STACK)
		return state->registers[place];
	return pm_state_load(state,
		pm_known_add(state->registers[PM_SP], (uint64_t)word * state->pointer_bytes),
		n_bytes);
}
