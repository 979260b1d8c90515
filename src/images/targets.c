/* SPDX-License-Identifier: MIT */
#include "images/targets.h"

#include "base/array.h"

enum { TARGETS_MAX = 1024 };

size_t pm_targets_find(
	const struct pm_targets *targets, uint64_t address, bool is_slot, size_t from)
{
	if (!pm_targets_may_be_at(targets, address))
		return targets->n;
	while (from < targets->n &&
		(targets->at[from].address != address || targets->at[from].is_slot != is_slot))
		from++;
	return from;
}

bool pm_targets_add(struct pm_targets *targets, const struct pm_target *target)
{
	const uint16_t class = pm_targets_class(target->address);
	struct pm_target *grown;
	size_t i = 0;

	while ((i = pm_targets_find(targets, target->address, target->is_slot, i)) < targets->n) {
		if (targets->at[i].tag_place == target->tag_place)
			return true;
		i++;
	}
	if (targets->n == TARGETS_MAX)
		return true; /* no honest file has so many; what it finds is right anyway */
	grown = pm_array_room(targets->at, &targets->capacity, targets->n, sizeof(*grown));
	if (grown == NULL)
		return false;
	targets->at = grown;
	grown[targets->n++] = *target;
	targets->filter[class / 8] |= (uint8_t)(1U << class % 8);
	return true;
}

/* Where a function of the system takes its argument i; `word` is where on x86. */
static uint8_t place_of(const struct pm_image *image, unsigned i, unsigned word)
{
	static const uint8_t windows[] = {PM_CX, PM_DX, PM_R8, PM_R9};
	static const uint8_t of_linux[] = {PM_DI, PM_SI, PM_DX, PM_CX, PM_R8, PM_R9};

	if (image->pointer_bytes == 4)
		return (uint8_t)(PM_PLACE_STACK + word);
	if (image->system == PM_SYSTEM_LINUX)
		return i < sizeof(of_linux) ? of_linux[i]
					    : (uint8_t)(PM_PLACE_STACK + i - sizeof(of_linux));
	return i < sizeof(windows) ? windows[i] : (uint8_t)(PM_PLACE_STACK + i);
}

static struct pm_target target_of(
	const struct pm_image *image, const struct pm_image_import *import)
{
	const struct pm_allocator *allocator = import->allocator;
	struct pm_target target = {
		.address = import->address,
		.is_slot = import->is_slot,
		.tag_place = place_of(image, allocator->argument, allocator->word),
		.zero_place = PM_NO_REGISTER,
		.n_words = allocator->n_words,
		.allocator = allocator,
	};

	if (allocator->must_be_0 != 0)
		target.zero_place =
			place_of(image, allocator->must_be_0 - 1U, allocator->must_be_0 - 1U);
	return target;
}

/* `jmp [slot]`, as linkers put it in for functions that were not declared as imports. */
static bool add_thunks(struct pm_targets *targets, const struct pm_image *image,
	const struct pm_image_section *section, size_t n_imports)
{
	enum { BYTES = 6 };
	const struct pm_bytes code = section->bytes;

	for (size_t i = 0; i + BYTES <= code.n; i++) {
		const uint32_t number = pm_bytes_u32(code, i + 2);
		uint64_t slot = number;
		struct pm_target thunk;
		size_t found;

		if (code.at[i] != 0xff || code.at[i + 1] != 0x25)
			continue;
		if (image->pointer_bytes == 8)
			slot = section->address + i + BYTES + (uint64_t)(int64_t)(int32_t)number;
		found = pm_targets_find(targets, slot, true, 0);
		if (found >= n_imports)
			continue;
		thunk = targets->at[found];
		thunk.is_slot = false;
		thunk.address = section->address + i;
		if (!pm_targets_add(targets, &thunk))
			return false;
		if (i > 0 && image->pointer_bytes == 8 && code.at[i - 1] == 0x48) {
			thunk.address--; /* with a prefix that changes nothing */
			if (!pm_targets_add(targets, &thunk))
				return false;
		}
	}
	return true;
}

bool pm_targets_init(struct pm_targets *targets, const struct pm_image *image)
{
	size_t n_imports;

	*targets = (struct pm_targets){0};
	for (size_t i = 0; i < image->n_imports; i++) {
		const struct pm_target target = target_of(image, &image->imports[i]);

		if (!pm_targets_add(targets, &target))
			return false;
	}
	n_imports = targets->n;
	for (size_t i = 0; i < image->n_sections; i++) {
		if (image->sections[i].is_code &&
			!add_thunks(targets, image, &image->sections[i], n_imports))
			return false;
	}
	return true;
}

void pm_targets_deinit(struct pm_targets *targets)
{
	free(targets->at);
	*targets = (struct pm_targets){0};
}
