/* SPDX-License-Identifier: MIT */
#include "images/flow.h"

#include "images/step.h"

#include "base/array.h"
#include "base/fail.h"

#include <stdlib.h>

enum {
	PIECE = 16384, /* instructions that are followed in one go; of longer functions, the rest
			  begins with nothing known */
	SWEEPS_MAX = 24,
	WORK_PER_BYTE = 16,
	WORK_AT_LEAST = 1 << 24,
	WORK_OF_JUMP = 8, /* as that of so many instructions */
};

/* A place that jumps lead to. */
struct label {
	uint64_t address;
	size_t state; /* index */
};

struct pm_flow {
	struct pm_stepper stepper;
	struct pm_code *code;
	struct pm_instruction *instructions; /* [n] */
	size_t n, capacity;
	struct label *labels; /* [n_labels], by address */
	size_t n_labels, labels_capacity;
	struct pm_state *states; /* [n_labels] */
	size_t states_capacity;
	struct pm_state begins; /* what is known as the piece begins */
	uint64_t work_left;
};

struct pm_flow *pm_flow_create(const struct pm_image *image, const struct pm_targets *targets)
{
	struct pm_flow *flow = calloc(1, sizeof(*flow));

	if (flow == NULL)
		return NULL;
	flow->stepper.image = image;
	flow->stepper.targets = targets;
	flow->code = pm_code_create(image->pointer_bytes);
	flow->work_left = WORK_AT_LEAST;
	for (size_t i = 0; i < image->n_sections; i++) {
		if (image->sections[i].is_code)
			flow->work_left += image->sections[i].bytes.n * (uint64_t)WORK_PER_BYTE;
	}
	if (flow->code == NULL) {
		free(flow);
		return NULL;
	}
	return flow;
}

void pm_flow_destroy(struct pm_flow *flow)
{
	if (flow == NULL)
		return;
	pm_code_destroy(flow->code);
	free(flow->instructions);
	free(flow->labels);
	free(flow->states);
	free(flow);
}

/* ---- instructions and labels ---- */

/* Reads what fits in a piece; returns where it ends. */
static enum pm_status read_piece(struct pm_flow *flow, const struct pm_image_section *section,
	uint64_t *at, uint64_t end, struct pm_error *err)
{
	flow->n = 0;
	while (*at < end && flow->n < PIECE) {
		const uint64_t offset = *at - section->address;
		struct pm_instruction *grown =
			pm_array_room(flow->instructions, &flow->capacity, flow->n, sizeof(*grown));

		if (grown == NULL)
			return pm_fail_memory(err);
		flow->instructions = grown;
		pm_code_read(flow->code, pm_bytes_part(section->bytes, offset, end - *at), *at,
			&grown[flow->n]);
		*at += grown[flow->n++].n_bytes;
	}
	return PM_OK;
}

static bool is_jump(const struct pm_instruction *instruction)
{
	return instruction->operation == PM_JUMP || instruction->operation == PM_JUMP_IF;
}

static bool is_end(const struct pm_instruction *instruction)
{
	return instruction->operation == PM_JUMP || instruction->operation == PM_RETURN ||
		instruction->operation == PM_TRAP || instruction->operation == PM_UNREADABLE;
}

static int compare_labels(const void *left, const void *right)
{
	const struct label *a = left, *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

static int compare_with_instruction(const void *key, const void *element)
{
	const uint64_t *address = key;
	const struct pm_instruction *instruction = element;

	return (*address > instruction->address) - (*address < instruction->address);
}

static bool begins_instruction(const struct pm_flow *flow, uint64_t address)
{
	return bsearch(&address, flow->instructions, flow->n, sizeof(flow->instructions[0]),
		       compare_with_instruction) != NULL;
}

/* Where the piece's jumps lead within it, each place once. */
static enum pm_status find_labels(struct pm_flow *flow, struct pm_error *err)
{
	size_t n = 0;

	flow->n_labels = 0;
	for (size_t i = 0; i < flow->n; i++) {
		const struct pm_instruction *instruction = &flow->instructions[i];
		struct label *grown;

		if (!is_jump(instruction) || instruction->to.kind != PM_NUMBER ||
			!begins_instruction(flow, instruction->to.number))
			continue;
		grown = pm_array_room(
			flow->labels, &flow->labels_capacity, flow->n_labels, sizeof(*grown));
		if (grown == NULL)
			return pm_fail_memory(err);
		flow->labels = grown;
		grown[flow->n_labels++].address = instruction->to.number;
	}
	if (flow->n_labels > 1)
		qsort(flow->labels, flow->n_labels, sizeof(flow->labels[0]), compare_labels);
	for (size_t i = 0; i < flow->n_labels; i++) {
		if (n == 0 || flow->labels[n - 1].address != flow->labels[i].address)
			flow->labels[n++] = flow->labels[i];
	}
	flow->n_labels = n;
	return PM_OK;
}

static enum pm_status clear_states(struct pm_flow *flow, struct pm_error *err)
{
	if (flow->n_labels > flow->states_capacity) {
		struct pm_state *grown = realloc(flow->states, flow->n_labels * sizeof(*grown));

		if (grown == NULL)
			return pm_fail_memory(err);
		flow->states = grown;
		flow->states_capacity = flow->n_labels;
	}
	for (size_t i = 0; i < flow->n_labels; i++) {
		flow->labels[i].state = i;
		flow->states[i].reached = false;
	}
	return PM_OK;
}

static struct pm_state *state_at(struct pm_flow *flow, uint64_t address)
{
	const struct label key = {.address = address};
	const struct label *label = flow->n_labels == 0
		? NULL
		: bsearch(&key, flow->labels, flow->n_labels, sizeof(key), compare_labels);

	return label != NULL ? &flow->states[label->state] : NULL;
}

/* ---- sweeps ---- */

struct sweep {
	struct pm_flow *flow;
	struct pm_state state; /* before the instruction at hand */
	size_t label;          /* the next one */
	bool opened;           /* code that nothing is seen to lead to is followed too */
	bool changed;          /* some label knows less than before */
	enum pm_status (*found)(
		void *context, const struct pm_flow_call *call, struct pm_error *err);
	void *context;
};

/* Follows the jump at hand. */
static void follow_jump(struct sweep *sweep, const struct pm_instruction *instruction)
{
	struct pm_flow *flow = sweep->flow;
	struct pm_state *there =
		instruction->to.kind == PM_NUMBER ? state_at(flow, instruction->to.number) : NULL;

	flow->work_left -= flow->work_left < WORK_OF_JUMP ? flow->work_left : WORK_OF_JUMP;
	if (there != NULL)
		sweep->changed |= pm_state_merge(there, &sweep->state,
			pm_frame_before(&flow->stepper, instruction->to.number));
}

/* What is known before an instruction, given how one comes to it. */
static void enter(struct sweep *sweep, const struct pm_instruction *instruction)
{
	struct pm_flow *flow = sweep->flow;
	const uint64_t address = instruction->address;
	const uint32_t frame = pm_frame_before(&flow->stepper, address);

	if (sweep->label < flow->n_labels && flow->labels[sweep->label].address == address) {
		struct pm_state *here = &flow->states[flow->labels[sweep->label++].state];

		sweep->changed |= pm_state_merge(here, &sweep->state, frame);
		sweep->state = *here;
	}
	if (!sweep->state.reached && sweep->opened && instruction->operation != PM_NOTHING_DONE) {
		/* The cases of a switch find the stack alike, so one frame is for all. */
		sweep->state.pointer_bytes = flow->begins.pointer_bytes;
		pm_state_forget(&sweep->state, PM_FRAME_OF_CASES);
	}
}

/* Tells each target of the call (or jump) at hand, as a function may take several tags. */
static enum pm_status tell_call(
	struct sweep *sweep, const struct pm_instruction *instruction, struct pm_error *err)
{
	const struct pm_stepper *stepper = &sweep->flow->stepper;
	const struct pm_targets *targets = stepper->targets;
	const bool jumps = instruction->operation != PM_CALL;
	size_t i = pm_step_target(stepper, &sweep->state, instruction);
	enum pm_status status = PM_OK;

	while (i < targets->n && status == PM_OK) {
		const struct pm_target *target = &targets->at[i];
		const uint64_t address = target->address;
		const bool is_slot = target->is_slot;
		const unsigned n_bytes = stepper->image->system == PM_SYSTEM_LINUX ? 8 : 4;
		struct pm_flow_call call = {
			.address = instruction->address,
			.target = i,
			.tag = pm_step_argument(&sweep->state, target->tag_place, n_bytes, jumps),
			.zero = {.kind = PM_CONSTANT},
		};

		if (target->zero_place != PM_NO_REGISTER)
			call.zero = pm_step_argument(&sweep->state, target->zero_place, 4, jumps);
		status = sweep->found(sweep->context, &call, err);
		i = pm_targets_find(targets, address, is_slot, i + 1);
	}
	return status;
}

static enum pm_status sweep_instruction(struct sweep *sweep, size_t i, struct pm_error *err)
{
	const struct pm_instruction *instruction = &sweep->flow->instructions[i];
	const struct pm_instruction *next = i + 1 < sweep->flow->n ? instruction + 1 : NULL;
	enum pm_status status = PM_OK;

	enter(sweep, instruction);
	if (sweep->state.reached) {
		if (sweep->found != NULL &&
			(instruction->operation == PM_CALL || is_jump(instruction)))
			status = tell_call(sweep, instruction, err);
		if (is_jump(instruction))
			follow_jump(sweep, instruction);
		pm_step(&sweep->flow->stepper, &sweep->state, instruction, next);
	}
	if (is_end(instruction))
		sweep->state.reached = false;
	return status;
}

/* Once through the piece; what labels know shrinks, never grows. */
static enum pm_status run_sweep(struct sweep *sweep, struct pm_error *err)
{
	struct pm_flow *flow = sweep->flow;
	enum pm_status status = PM_OK;

	sweep->state = flow->begins;
	sweep->label = 0;
	sweep->changed = false;
	if (flow->work_left < flow->n)
		return pm_fail(err, PM_E_INPUT,
			"the code is too entangled to be followed; no compiler makes such");
	flow->work_left -= flow->n;
	for (size_t i = 0; i < flow->n && status == PM_OK; i++)
		status = sweep_instruction(sweep, i, err);
	return status;
}

/* Where nothing comes to an agreement, nothing is known. */
static void forget_labels(struct pm_flow *flow)
{
	for (size_t i = 0; i < flow->n_labels; i++) {
		struct pm_state *state = &flow->states[i];

		state->pointer_bytes = flow->begins.pointer_bytes;
		pm_state_forget(state, pm_frame_before(&flow->stepper, flow->labels[i].address));
	}
}

/*
 * Until nothing changes, and then once more to tell. First come only ways that are seen; then code
 * that nothing is seen to lead to, such as the cases of a switch, is added, which begins with
 * nothing known.
 */
static enum pm_status follow_piece(struct sweep *sweep, struct pm_error *err)
{
	enum pm_status (*const found)(void *, const struct pm_flow_call *, struct pm_error *) =
		sweep->found;
	enum pm_status status = PM_OK;
	bool done = false;

	sweep->found = NULL;
	sweep->opened = false;
	for (int i = 0; i < SWEEPS_MAX && status == PM_OK && !done; i++) {
		status = run_sweep(sweep, err);
		done = !sweep->changed && sweep->opened;
		sweep->opened |= !sweep->changed;
	}
	if (status == PM_OK && !done)
		forget_labels(sweep->flow);
	sweep->opened = true;
	sweep->found = found;
	return status == PM_OK ? run_sweep(sweep, err) : status;
}

enum pm_status pm_flow_follow(struct pm_flow *flow, const struct pm_image_section *section,
	uint64_t begin, uint64_t end,
	enum pm_status (*found)(
		void *context, const struct pm_flow_call *call, struct pm_error *err),
	void *context, struct pm_error *err)
{
	struct sweep sweep = {.flow = flow, .found = found, .context = context};
	enum pm_status status = PM_OK;

	flow->stepper.begin = begin;
	pm_state_begin(&flow->begins, flow->stepper.image->pointer_bytes);
	for (uint64_t at = begin; at < end && status == PM_OK;) {
		if (at != begin)
			pm_state_forget(&flow->begins, pm_frame_before(&flow->stepper, at));
		status = read_piece(flow, section, &at, end, err);
		if (status == PM_OK)
			status = find_labels(flow, err);
		if (status == PM_OK)
			status = clear_states(flow, err);
		if (status == PM_OK)
			status = follow_piece(&sweep, err);
	}
	return status;
}
