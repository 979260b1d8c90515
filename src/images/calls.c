/* SPDX-License-Identifier: MIT */
/*
 * First the functions that may call an allocator: those with bytes that would be a reference to one
 * in some instruction. Few are, and only those are followed. A function that hands on a tag of its
 * caller is looked for in turn, until there is none that is new.
 */
#include "images/calls.h"

#include "images/flow.h"

#include "base/array.h"
#include "base/fail.h"

#include <stdlib.h>

enum { ROUNDS_MAX = 16, RANGE_MAX_BYTES = 1 << 20 };

/* Code that is followed in one go: a function, or what is between two. */
struct range {
	uint64_t begin, end;
	const struct pm_image_section *section;
	bool wanted; /* in this round */
};

struct search {
	struct pm_calls *calls;
	const struct pm_image *image;
	struct pm_targets targets;
	struct range *ranges; /* [n_ranges], section by section, by `begin` in each */
	size_t n_ranges, ranges_capacity;
	const struct range *current;
};

/* ---- ranges ---- */

static bool add_range(
	struct search *search, const struct pm_image_section *section, uint64_t begin, uint64_t end)
{
	while (begin < end) {
		const uint64_t n = end - begin < RANGE_MAX_BYTES ? end - begin : RANGE_MAX_BYTES;
		struct range *grown = pm_array_room(
			search->ranges, &search->ranges_capacity, search->n_ranges, sizeof(*grown));

		if (grown == NULL)
			return false;
		search->ranges = grown;
		grown[search->n_ranges++] =
			(struct range){.begin = begin, .end = begin + n, .section = section};
		begin += n;
	}
	return true;
}

/* The first function that begins there or later; n: none does. */
static size_t first_from(const struct pm_image_function *functions, size_t n, uint64_t address)
{
	size_t low = 0, high = n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (functions[middle].begin < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Divides a section by the functions that are known in it. */
static bool divide(struct search *search, const struct pm_image_section *section,
	const struct pm_image_function *functions, size_t n)
{
	const uint64_t section_end = section->address + section->bytes.n;
	uint64_t at = section->address;

	for (size_t i = first_from(functions, n, at); i < n && functions[i].begin < section_end;
		i++) {
		const struct pm_image_function *function = &functions[i];
		const uint64_t end = function->end < section_end ? function->end : section_end;

		if (!add_range(search, section, at, function->begin) ||
			!add_range(search, section, function->begin, end))
			return false;
		at = end;
	}
	return add_range(search, section, at, section_end);
}

static bool make_ranges(struct search *search)
{
	const struct pm_image *image = search->image;

	for (size_t i = 0; i < image->n_sections; i++) {
		const struct pm_image_section *section = &image->sections[i];

		if (section->is_code &&
			!divide(search, section, image->functions, image->n_functions))
			return false;
	}
	return true;
}

/* ---- which of them may call ---- */

static bool is_new_target(const struct search *search, uint64_t address, size_t first_new)
{
	return pm_targets_may_be_at(&search->targets, address) &&
		(pm_targets_find(&search->targets, address, true, first_new) < search->targets.n ||
			pm_targets_find(&search->targets, address, false, first_new) <
				search->targets.n);
}

/* Whether 4 bytes, wherever they belong to, may refer to a target, as a distance or an address. */
static bool may_refer(const struct search *search, const struct pm_image_section *section,
	size_t offset, size_t first_new)
{
	const uint32_t number = pm_bytes_u32(section->bytes, offset);
	const uint64_t distance = (uint64_t)(int64_t)(int32_t)number;
	uint64_t to = section->address + offset + 4 + distance;

	if (search->image->pointer_bytes == 4) {
		to &= UINT32_MAX;
		if (is_new_target(search, number, first_new))
			return true;
	}
	return is_new_target(search, to, first_new);
}

static size_t want_ranges(struct search *search, size_t first_new)
{
	size_t n_wanted = 0;

	for (size_t i = 0; i < search->n_ranges; i++) {
		struct range *range = &search->ranges[i];
		const struct pm_image_section *section = range->section;
		const size_t begin = (size_t)(range->begin - section->address);
		const size_t end = (size_t)(range->end - section->address);

		range->wanted = false;
		for (size_t at = begin; at < end && !range->wanted; at++)
			range->wanted = pm_bytes_have(section->bytes, at, 4) &&
				may_refer(search, section, at, first_new);
		n_wanted += range->wanted;
	}
	return n_wanted;
}

/* ---- calls ---- */

static enum pm_status add_call(
	struct search *search, const struct pm_call *call, struct pm_error *err)
{
	struct pm_calls *calls = search->calls;
	struct pm_call *grown =
		pm_array_room(calls->at, &calls->capacity, calls->n, sizeof(*grown));

	if (grown == NULL)
		return pm_fail_memory(err);
	calls->at = grown;
	grown[calls->n++] = *call;
	return PM_OK;
}

/* The function at hand hands on a tag of its caller. */
static enum pm_status add_forwarder(struct search *search, const struct pm_flow_call *found,
	const struct pm_allocator *allocator, struct pm_error *err)
{
	const struct pm_target target = {
		.address = search->current->begin,
		.tag_place = (uint8_t)found->tag.number,
		.zero_place = PM_NO_REGISTER,
		.n_words = PM_NO_REGISTER,
		.allocator = allocator,
	};

	return pm_targets_add(&search->targets, &target) ? PM_OK : pm_fail_memory(err);
}

static enum pm_status add_tagged(struct search *search, struct pm_call call,
	const struct pm_known *tag, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	call.kind = PM_CALL_TAGGED;
	call.tag = tag->number;
	if (tag->kind == PM_CONSTANT)
		return add_call(search, &call, err);
	for (unsigned i = 0; i < tag->n && status == PM_OK; i++) {
		call.tag = tag->numbers[i];
		status = add_call(search, &call, err);
	}
	return status;
}

/* A linker's jump, whose callers are seen: it has no tag of its own. */
static bool is_thunk(const struct search *search, const struct pm_flow_call *found)
{
	return pm_targets_find(&search->targets, found->address, false, 0) < search->targets.n &&
		(found->tag.kind != PM_ARGUMENT || found->address == search->current->begin);
}

static enum pm_status take_call(
	void *context, const struct pm_flow_call *found, struct pm_error *err)
{
	struct search *search = context;
	struct pm_call call = {
		.address = found->address,
		.target = found->target,
		.kind = PM_CALL_COMPUTED,
		.allocator = search->targets.at[found->target].allocator,
	};
	enum pm_status status = PM_OK;

	if (found->zero.kind != PM_CONSTANT || (uint32_t)found->zero.number != 0)
		return PM_OK; /* about something else */
	if (found->tag.kind == PM_CONSTANT || found->tag.kind == PM_EITHER)
		return add_tagged(search, call, &found->tag, err);
	if (is_thunk(search, found))
		return PM_OK;
	if (found->tag.kind == PM_ARGUMENT) {
		status = add_forwarder(search, found, call.allocator, err);
		call.kind = PM_CALL_FORWARDED;
	}
	return status == PM_OK ? add_call(search, &call, err) : status;
}

static enum pm_status follow_ranges(
	struct search *search, struct pm_flow *flow, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	for (size_t i = 0; i < search->n_ranges && status == PM_OK; i++) {
		const struct range *range = &search->ranges[i];

		search->current = range;
		if (range->wanted)
			status = pm_flow_follow(flow, range->section, range->begin, range->end,
				take_call, search, err);
	}
	return status;
}

static int compare_calls(const void *left, const void *right)
{
	const struct pm_call *a = left, *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->target != b->target)
		return a->target < b->target ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->tag > b->tag) - (a->tag < b->tag);
}

/* Functions that were followed again told their calls again. */
static void make_unique(struct pm_calls *calls)
{
	size_t n = 0;

	if (calls->n > 1)
		qsort(calls->at, calls->n, sizeof(calls->at[0]), compare_calls);
	for (size_t i = 0; i < calls->n; i++) {
		if (n == 0 || compare_calls(&calls->at[n - 1], &calls->at[i]) != 0)
			calls->at[n++] = calls->at[i];
	}
	calls->n = n;
}

static enum pm_status run_rounds(struct search *search, struct pm_error *err)
{
	struct pm_flow *flow = pm_flow_create(search->image, &search->targets);
	size_t first_new = 0;
	enum pm_status status = flow == NULL ? pm_fail_memory(err) : PM_OK;

	for (int i = 0; i < ROUNDS_MAX && status == PM_OK && first_new < search->targets.n; i++) {
		const size_t n_known = search->targets.n;

		if (want_ranges(search, first_new) > 0)
			status = follow_ranges(search, flow, err);
		first_new = n_known;
	}
	pm_flow_destroy(flow);
	return status;
}

enum pm_status pm_calls_find(
	struct pm_calls *calls, const struct pm_image *image, struct pm_error *err)
{
	struct search search = {.calls = calls, .image = image};
	enum pm_status status = PM_OK;

	if (image->n_imports == 0)
		return PM_OK;
	if (!pm_targets_init(&search.targets, image) || !make_ranges(&search))
		status = pm_fail_memory(err);
	if (status == PM_OK)
		status = run_rounds(&search, err);
	if (status == PM_OK)
		make_unique(calls);
	pm_targets_deinit(&search.targets);
	free(search.ranges);
	return status;
}

void pm_calls_deinit(struct pm_calls *calls)
{
	free(calls->at);
	*calls = (struct pm_calls){0};
}
