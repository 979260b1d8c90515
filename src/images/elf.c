/* SPDX-License-Identifier: MIT */
/*
 * Modules of Linux: relocatable ELF files for x86-64, as the System V ABI and its supplement for
 * that processor describe them. Sections are laid out one behind the other and references between
 * them filled in, as the kernel does when it loads a module; what is called outside lies at made-up
 * addresses. Files are hostile: each offset is checked.
 */
#include "images/image.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

enum {
	SECTION_HEADER = 64,
	SYMBOL = 24,
	RELOCATION = 24,
	NAME_MAX_BYTES = 128, /* longer ones are of no interest */
	FIRST_ADDRESS = 0x10000,
	OUTSIDE = 0x70000000,    /* a function that is of no interest */
	ALLOCATORS = 0x60000000, /* the others, 16 bytes apart */
};

struct elf {
	struct pm_image *image;
	struct pm_bytes file;
	struct pm_bytes sections; /* their headers */
	unsigned n_sections;
	uint64_t *addresses; /* [n_sections], 0: not in memory */
	uint64_t *linked_at; /* [n_sections], where its copy is in `linked`, which begins at 1; 0:
				it has none */
	size_t n_linked;
	struct pm_bytes symbols, strings;
};

struct section {
	uint32_t type, link, info;
	uint64_t flags, offset, size;
	struct pm_bytes bytes; /* in the file */
};

enum { SYMTAB = 2, RELA = 4, NOBITS = 8 };
enum { IN_MEMORY = 2, CODE = 4 };

static struct section section_of(const struct elf *elf, uint32_t i)
{
	const uint64_t at = (uint64_t)i * SECTION_HEADER;
	struct section section = {
		.type = pm_bytes_u32(elf->sections, at + 4),
		.flags = pm_bytes_u64(elf->sections, at + 8),
		.offset = pm_bytes_u64(elf->sections, at + 24),
		.size = pm_bytes_u64(elf->sections, at + 32),
		.link = pm_bytes_u32(elf->sections, at + 40),
		.info = pm_bytes_u32(elf->sections, at + 44),
	};

	if (section.type != NOBITS)
		section.bytes = pm_bytes_part(elf->file, section.offset, section.size);
	return section;
}

static uint64_t header_of(const struct elf *elf, uint32_t i)
{
	return (uint64_t)(elf->sections.at - elf->file.at) + (uint64_t)i * SECTION_HEADER;
}

static bool is_code(const struct section *section)
{
	return section->type != NOBITS && (section->flags & IN_MEMORY) != 0 &&
		(section->flags & CODE) != 0;
}

/* ---- headers ---- */

static enum pm_status read_header(struct elf *elf, struct pm_error *err)
{
	const struct pm_bytes file = elf->file;
	const uint64_t sections = pm_bytes_u64(file, 40);

	if (file.n < 64)
		return pm_image_fail(err, file.n, "the file ends within its header");
	if (pm_bytes_u8(file, 4) != 2 || pm_bytes_u8(file, 5) != 1 || pm_bytes_u16(file, 18) != 62)
		return pm_fail(err, PM_E_UNSUPPORTED,
			"code for another processor than x86-64 (machine %u, %s bits)",
			pm_bytes_u16(file, 18), pm_bytes_u8(file, 4) == 2 ? "64" : "32");
	if (pm_bytes_u16(file, 16) != 1)
		return pm_fail(err, PM_E_INPUT, "an ELF file, but no module: it is linked already");
	elf->n_sections = pm_bytes_u16(file, 60);
	elf->sections = pm_bytes_part(file, sections, (uint64_t)elf->n_sections * SECTION_HEADER);
	if (pm_bytes_u16(file, 58) != SECTION_HEADER || elf->n_sections == 0)
		return pm_image_fail(err, 58, "there are no headers of sections");
	if (elf->sections.at == NULL)
		return pm_image_fail(err, 40,
			"the headers of %u sections lie beyond the end (%zu bytes)",
			elf->n_sections, file.n);
	return PM_OK;
}

/* Where each section is in memory; code is copied to be linked. */
static enum pm_status lay_out(struct elf *elf, struct pm_error *err)
{
	const uint64_t most = ALLOCATORS - FIRST_ADDRESS;
	uint64_t address = FIRST_ADDRESS;

	for (uint32_t i = 0; i < elf->n_sections; i++) {
		const struct section section = section_of(elf, i);

		if (section.type != NOBITS && section.type != 0 && section.bytes.at == NULL)
			return pm_image_fail(err, header_of(elf, i),
				"a section lies beyond the end of the file (%zu bytes)",
				elf->file.n);
		if ((section.flags & IN_MEMORY) == 0 || section.type == 0)
			continue;
		if (section.size > most || address - FIRST_ADDRESS + section.size > most)
			return pm_image_fail(err, header_of(elf, i), "sections are too large");
		elf->addresses[i] = address;
		address += (section.size + 31) / 16 * 16;
		if (is_code(&section)) {
			elf->linked_at[i] = 1 + elf->n_linked;
			elf->n_linked += section.bytes.n;
		}
		if (elf->n_linked > elf->file.n)
			return pm_image_fail(err, header_of(elf, i), "sections share their bytes");
	}
	return PM_OK;
}

static enum pm_status add_sections(struct elf *elf, struct pm_error *err)
{
	elf->image->linked = malloc(elf->n_linked + 1);
	if (elf->image->linked == NULL)
		return pm_fail_memory(err);
	for (uint32_t i = 0; i < elf->n_sections; i++) {
		const struct section section = section_of(elf, i);
		struct pm_image_section added = {
			.address = elf->addresses[i], .bytes = section.bytes};

		if (elf->addresses[i] == 0 || section.bytes.n == 0)
			continue;
		if (elf->linked_at[i] != 0) {
			unsigned char *copy = elf->image->linked + elf->linked_at[i] - 1;

			memcpy(copy, section.bytes.at, section.bytes.n);
			added.bytes.at = copy;
			added.is_code = true;
		}
		if (!pm_image_add_section(elf->image, &added))
			return pm_fail_memory(err);
	}
	return PM_OK;
}

/* ---- symbols ---- */

/* "" where it has none, or a long one. */
static struct pm_span name_of(const struct elf *elf, uint64_t symbol)
{
	const uint32_t at = pm_bytes_u32(elf->symbols, symbol);
	const size_t left = at < elf->strings.n ? elf->strings.n - at : 0;
	const struct pm_bytes rest =
		pm_bytes_part(elf->strings, at, left < NAME_MAX_BYTES ? left : NAME_MAX_BYTES);
	const unsigned char *end = rest.n > 0 ? memchr(rest.at, 0, rest.n) : NULL;

	if (end == NULL)
		return (struct pm_span){"", 0};
	return (struct pm_span){(const char *)rest.at, (size_t)(end - rest.at)};
}

static uint64_t address_of_import(const struct elf *elf, const struct pm_allocator *allocator)
{
	for (size_t i = 0; i < elf->image->n_imports; i++) {
		if (elf->image->imports[i].allocator == allocator)
			return elf->image->imports[i].address;
	}
	return 0;
}

static enum pm_status find_symbols(struct elf *elf, struct pm_error *err)
{
	for (uint32_t i = 0; i < elf->n_sections; i++) {
		const struct section section = section_of(elf, i);

		if (section.type != SYMTAB)
			continue;
		if (section.link >= elf->n_sections)
			return pm_image_fail(err, header_of(elf, i) + 40,
				"the names of symbols are said to be in section %u of %u",
				(unsigned)section.link, elf->n_sections);
		elf->symbols = section.bytes;
		elf->strings = section_of(elf, section.link).bytes;
		return PM_OK;
	}
	return pm_fail(err, PM_E_INPUT, "a module without a table of symbols");
}

/* The allocators among what is undefined, and functions. */
static enum pm_status read_symbols(struct elf *elf, struct pm_error *err)
{
	enum { FUNCTION = 2, UNDEFINED = 0 };

	for (uint64_t at = 0; pm_bytes_have(elf->symbols, at, SYMBOL); at += SYMBOL) {
		const uint16_t section = pm_bytes_u16(elf->symbols, at + 6);
		const uint64_t value = pm_bytes_u64(elf->symbols, at + 8);
		const uint64_t size = pm_bytes_u64(elf->symbols, at + 16);
		struct pm_image_import import = {
			.address = ALLOCATORS + 16 * elf->image->n_imports};

		if (section == UNDEFINED) {
			import.allocator = pm_allocator_find(PM_SYSTEM_LINUX, name_of(elf, at));
			if (import.allocator != NULL &&
				address_of_import(elf, import.allocator) == 0 &&
				!pm_image_add_import(elf->image, &import))
				return pm_fail_memory(err);
		} else if ((pm_bytes_u8(elf->symbols, at + 4) & 15) == FUNCTION &&
			section < elf->n_sections && elf->linked_at[section] != 0) {
			const uint64_t n = section_of(elf, section).bytes.n;
			const uint64_t begin = elf->addresses[section] + value;

			if (value < n && size > 0 && size <= n - value &&
				!pm_image_add_function(elf->image, begin, begin + size))
				return pm_fail_memory(err);
		}
	}
	return PM_OK;
}

/* ---- references ---- */

/* Where a symbol is. */
static uint64_t address_of(const struct elf *elf, uint32_t symbol)
{
	const uint64_t at = (uint64_t)symbol * SYMBOL;
	const uint16_t section = pm_bytes_u16(elf->symbols, at + 6);
	uint64_t address = 0;

	if (section == 0) {
		const struct pm_allocator *allocator =
			pm_allocator_find(PM_SYSTEM_LINUX, name_of(elf, at));

		address = allocator != NULL ? address_of_import(elf, allocator) : 0;
	} else if (section < elf->n_sections && elf->addresses[section] != 0) {
		return elf->addresses[section] + pm_bytes_u64(elf->symbols, at + 8);
	}
	return address != 0 ? address : OUTSIDE;
}

/* Functions begin with a call that the kernel takes out again as it loads them. */
static bool is_tracer(const struct elf *elf, uint32_t symbol)
{
	return pm_span_is(name_of(elf, (uint64_t)symbol * SYMBOL), "__fentry__");
}

static void put(unsigned char *to, uint64_t number, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		to[i] = (unsigned char)(number >> (8 * i));
}

static void link_one(struct elf *elf, unsigned char *code, uint64_t address, size_t n,
	uint64_t entry, struct pm_bytes table)
{
	enum { ABSOLUTE_64 = 1, RELATIVE = 2, CALL = 4, ABSOLUTE_32 = 10, ABSOLUTE_32S = 11 };
	static const unsigned char nop[] = {0x0f, 0x1f, 0x44, 0x00, 0x00};
	const uint64_t at = pm_bytes_u64(table, entry);
	const uint32_t type = pm_bytes_u32(table, entry + 8);
	const uint32_t symbol = pm_bytes_u32(table, entry + 12);
	const uint64_t to = address_of(elf, symbol) + pm_bytes_u64(table, entry + 16);
	const unsigned width = type == ABSOLUTE_64 ? 8 : 4;

	if (at > n || width > n - at)
		return;
	if (type == RELATIVE || type == CALL) {
		put(code + at, to - (address + at), width);
		if (at >= 1 && code[at - 1] == 0xe8 && is_tracer(elf, symbol))
			memcpy(code + at - 1, nop, sizeof(nop));
	} else if (type == ABSOLUTE_32 || type == ABSOLUTE_32S || type == ABSOLUTE_64) {
		put(code + at, to, width);
	}
}

static enum pm_status link_code(struct elf *elf, struct pm_error *err)
{
	uint64_t n_bytes = 0;

	for (uint32_t i = 0; i < elf->n_sections; i++) {
		const struct section table = section_of(elf, i);
		struct section code;

		if (table.type != RELA || table.info >= elf->n_sections ||
			elf->linked_at[table.info] == 0)
			continue;
		n_bytes += table.bytes.n;
		if (n_bytes > elf->file.n)
			return pm_image_fail(err, header_of(elf, i), "sections share their bytes");
		code = section_of(elf, table.info);
		for (uint64_t at = 0; pm_bytes_have(table.bytes, at, RELOCATION); at += RELOCATION)
			link_one(elf, elf->image->linked + elf->linked_at[table.info] - 1,
				elf->addresses[table.info], code.bytes.n, at, table.bytes);
	}
	return PM_OK;
}

static enum pm_status read_all(struct elf *elf, struct pm_error *err)
{
	enum pm_status status = lay_out(elf, err);

	if (status == PM_OK)
		status = add_sections(elf, err);
	if (status == PM_OK)
		status = find_symbols(elf, err);
	if (status == PM_OK)
		status = read_symbols(elf, err);
	if (status == PM_OK)
		status = link_code(elf, err);
	return status;
}

enum pm_status pm_elf_read(struct pm_image *image, struct pm_bytes file, struct pm_error *err)
{
	struct elf elf = {.image = image, .file = file};
	enum pm_status status;

	image->system = PM_SYSTEM_LINUX;
	image->pointer_bytes = 8;
	status = read_header(&elf, err);
	if (status != PM_OK)
		return status;
	elf.addresses = calloc(elf.n_sections, sizeof(*elf.addresses));
	elf.linked_at = calloc(elf.n_sections, sizeof(*elf.linked_at));
	if (elf.addresses == NULL || elf.linked_at == NULL)
		status = pm_fail_memory(err);
	else
		status = read_all(&elf, err);
	free(elf.addresses);
	free(elf.linked_at);
	return status;
}
