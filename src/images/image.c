/* SPDX-License-Identifier: MIT */
#include "images/image.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum pm_status pm_image_fail(struct pm_error *err, uint64_t offset, const char *format, ...)
{
	char what[200];
	va_list list;

	va_start(list, format);
	vsnprintf(what, sizeof(what), format, list);
	va_end(list);
	return pm_fail(
		err, PM_E_INPUT, "damaged: at byte 0x%llx %s", (unsigned long long)offset, what);
}

static enum pm_status fail_unknown(struct pm_bytes file, struct pm_error *err)
{
	char text[64];
	struct pm_buf seen;

	if (file.n == 0)
		return pm_fail(err, PM_E_INPUT, "the file is empty");
	pm_buf_init_fixed(&seen, text, sizeof(text));
	pm_buf_add_visible(&seen, (const char *)file.at, file.n < 8 ? file.n : 8);
	return pm_fail(err, PM_E_INPUT,
		"neither a driver of Windows nor a module of Linux (it begins with \"%s\")",
		pm_buf_terminate(&seen));
}

enum pm_status pm_image_init(struct pm_image *image, struct pm_bytes file, struct pm_error *err)
{
	enum pm_status status;

	*image = (struct pm_image){0};
	if (file.n >= 2 && memcmp(file.at, "MZ", 2) == 0)
		status = pm_pe_read(image, file, err);
	else if (file.n >= 4 && memcmp(file.at, "\177ELF", 4) == 0)
		status = pm_elf_read(image, file, err);
	else
		status = fail_unknown(file, err);
	if (status == PM_OK)
		pm_image_order_functions(image);
	return status;
}

void pm_image_deinit(struct pm_image *image)
{
	free(image->sections);
	free(image->imports);
	free(image->functions);
	free(image->linked);
	*image = (struct pm_image){0};
}

bool pm_image_add_section(struct pm_image *image, const struct pm_image_section *section)
{
	struct pm_image_section *grown = pm_array_room(
		image->sections, &image->sections_capacity, image->n_sections, sizeof(*grown));

	if (grown == NULL)
		return false;
	image->sections = grown;
	grown[image->n_sections++] = *section;
	return true;
}

bool pm_image_add_import(struct pm_image *image, const struct pm_image_import *import)
{
	struct pm_image_import *grown = pm_array_room(
		image->imports, &image->imports_capacity, image->n_imports, sizeof(*grown));

	if (grown == NULL)
		return false;
	image->imports = grown;
	grown[image->n_imports++] = *import;
	return true;
}

bool pm_image_add_function(struct pm_image *image, uint64_t begin, uint64_t end)
{
	struct pm_image_function *grown = pm_array_room(
		image->functions, &image->functions_capacity, image->n_functions, sizeof(*grown));

	if (grown == NULL)
		return false;
	image->functions = grown;
	grown[image->n_functions++] = (struct pm_image_function){begin, end, PM_TAKES_UNKNOWN};
	return true;
}

static int compare_functions(const void *left, const void *right)
{
	const struct pm_image_function *a = left, *b = right;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return a->end < b->end ? 1 : a->end > b->end ? -1 : 0;
}

void pm_image_order_functions(struct pm_image *image)
{
	struct pm_image_function *all = image->functions;
	size_t n = 0;

	if (image->n_functions > 1)
		qsort(all, image->n_functions, sizeof(*all), compare_functions);
	for (size_t i = 0; i < image->n_functions; i++) {
		if (n > 0 && all[n - 1].begin == all[i].begin)
			continue; /* another name of the same */
		if (n > 0 && all[n - 1].end > all[i].begin)
			all[n - 1].end = all[i].begin;
		all[n++] = all[i];
	}
	image->n_functions = n;
}

const struct pm_image_function *pm_image_function_at(const struct pm_image *image, uint64_t address)
{
	size_t low = 0, high = image->n_functions;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (image->functions[middle].begin < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < image->n_functions && image->functions[low].begin == address
		? &image->functions[low]
		: NULL;
}

static bool is_within(const struct pm_image_section *section, uint64_t address)
{
	return address >= section->address && address - section->address < section->bytes.n;
}

/* Of Linux there may be thousands, by address; of Windows few, in any order. */
static const struct pm_image_section *section_at(const struct pm_image *image, uint64_t address)
{
	size_t low = 0, high = image->n_sections;

	while (image->system == PM_SYSTEM_LINUX && high - low > 1) {
		const size_t middle = low + (high - low) / 2;

		if (image->sections[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	for (; low < high; low++) {
		if (is_within(&image->sections[low], address))
			return &image->sections[low];
	}
	return NULL;
}

static struct pm_bytes bytes_from(const struct pm_image_section *section, uint64_t address)
{
	const uint64_t offset = address - section->address;

	return pm_bytes_part(section->bytes, offset, section->bytes.n - offset);
}

struct pm_bytes pm_image_at(const struct pm_image *image, uint64_t address)
{
	const struct pm_image_section *section = section_at(image, address);

	return section != NULL ? bytes_from(section, address) : (struct pm_bytes){NULL, 0};
}

struct pm_bytes pm_image_constants_at(const struct pm_image *image, uint64_t address)
{
	const struct pm_image_section *section = section_at(image, address);

	return section != NULL && section->is_constant ? bytes_from(section, address)
						       : (struct pm_bytes){NULL, 0};
}

const struct pm_image_section *pm_image_code_at(const struct pm_image *image, uint64_t address)
{
	const struct pm_image_section *section = section_at(image, address);

	return section != NULL && section->is_code ? section : NULL;
}
