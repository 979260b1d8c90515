/* SPDX-License-Identifier: MIT */
#include "images/functions.h"

#include "images/code.h"

static bool is_in(const struct pm_image_section *section, uint64_t address)
{
	return address >= section->address && address - section->address < section->bytes.n;
}

static void skim(struct pm_code *code, const struct pm_image_section *section, size_t offset,
	struct pm_instruction *instruction)
{
	pm_code_skim(code, pm_bytes_part(section->bytes, offset, section->bytes.n - offset),
		section->address + offset, instruction);
}

/* Where the calls of a section lead to within it, and where the driver begins. */
static bool find_begins(
	struct pm_image *image, struct pm_code *code, const struct pm_image_section *section)
{
	const uint64_t most = image->pointer_bytes == 4 ? UINT32_MAX : UINT64_MAX;
	struct pm_instruction instruction;
	bool good = true;

	for (size_t i = 0; good && i < section->bytes.n; i += instruction.n_bytes) {
		skim(code, section, i, &instruction);
		if (instruction.operation == PM_CALL &&
			is_in(section, instruction.to.number & most))
			good = pm_image_add_function(
				image, instruction.to.number & most, UINT64_MAX);
	}
	if (good && is_in(section, image->entry))
		good = pm_image_add_function(image, image->entry, UINT64_MAX);
	return good;
}

/* What a function takes from the stack, by its first return. One that is a jump to another is not
 * known. */
static uint16_t taken_by(struct pm_code *code, const struct pm_image_section *section,
	const struct pm_image_function *function)
{
	struct pm_instruction instruction;
	size_t i;

	if (section == NULL) /* sections that overlap */
		return PM_TAKES_UNKNOWN;
	i = (size_t)(function->begin - section->address);
	if (pm_bytes_u16(section->bytes, i) == 0x25ff)
		return PM_TAKES_UNKNOWN;
	for (; i < section->bytes.n && section->address + i < function->end;
		i += instruction.n_bytes) {
		skim(code, section, i, &instruction);
		if (instruction.operation == PM_RETURN)
			return (uint16_t)instruction.to.number;
	}
	return PM_TAKES_UNKNOWN;
}

bool pm_functions_guess(struct pm_image *image)
{
	struct pm_code *code = pm_code_create(image->pointer_bytes);
	bool good = code != NULL;

	for (size_t i = 0; good && i < image->n_sections; i++) {
		if (image->sections[i].is_code)
			good = find_begins(image, code, &image->sections[i]);
	}
	pm_image_order_functions(image);
	for (size_t i = 0; good && i < image->n_functions && image->pointer_bytes == 4; i++) {
		struct pm_image_function *function = &image->functions[i];

		function->taken =
			taken_by(code, pm_image_code_at(image, function->begin), function);
	}
	pm_code_destroy(code);
	return good;
}
