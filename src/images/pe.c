/* SPDX-License-Identifier: MIT */
/*
 * Drivers of Windows: PE32 and PE32+, as Microsoft's "PE Format" describes them. Files are hostile:
 * each offset is checked, tables are read up to limits that no honest file comes near.
 */
#include "images/image.h"

#include "base/fail.h"

#include <string.h>

enum {
	SECTIONS_MAX = 96,
	DESCRIPTORS_MAX = 4096,
	NAMES_MAX = 1 << 17, /* that a file imports or exports in all */
	NAME_MAX_BYTES = 128,
};

enum directory { EXPORTS = 0, IMPORTS = 1, EXCEPTIONS = 3, DELAYED = 13 };

struct pe {
	struct pm_image *image;
	struct pm_bytes file;
	uint64_t base;        /* where it would be loaded */
	uint64_t optional;    /* offset of the optional header */
	uint64_t directories; /* offset of the table of directories */
	uint32_t n_directories;
	uint32_t headers_size;
	size_t n_names; /* looked at so far */
};

/* ---- headers ---- */

static const char *machine_name(uint16_t machine)
{
	switch (machine) {
	case 0xaa64:
		return "ARM64";
	case 0x01c0:
	case 0x01c2:
	case 0x01c4:
		return "ARM";
	case 0x0200:
		return "Itanium";
	default:
		return "a processor unknown here";
	}
}

static enum pm_status read_machine(struct pe *pe, uint64_t at, struct pm_error *err)
{
	const uint16_t machine = pm_bytes_u16(pe->file, at);

	if (machine == 0x14c || machine == 0x8664) {
		pe->image->pointer_bytes = machine == 0x14c ? 4 : 8;
		return PM_OK;
	}
	return pm_fail(err, PM_E_UNSUPPORTED, "code for %s (0x%04x), not for x86 or x86-64",
		machine_name(machine), machine);
}

/* The optional header, and what it says of the directories behind it. */
static enum pm_status read_optional(struct pe *pe, uint16_t size, struct pm_error *err)
{
	const bool is_64 = pe->image->pointer_bytes == 8;
	const uint32_t fixed = is_64 ? 112 : 96;
	const uint16_t magic = pm_bytes_u16(pe->file, pe->optional);
	uint32_t entry;

	if (size < fixed || !pm_bytes_have(pe->file, pe->optional, size))
		return pm_image_fail(err, pe->optional, "the optional header is cut off");
	if (magic != (is_64 ? 0x20b : 0x10b))
		return pm_image_fail(err, pe->optional,
			"the optional header is of kind 0x%x, where the processor wants 0x%x",
			magic, is_64 ? 0x20bU : 0x10bU);
	pe->base = is_64 ? pm_bytes_u64(pe->file, pe->optional + 24)
			 : pm_bytes_u32(pe->file, pe->optional + 28);
	entry = pm_bytes_u32(pe->file, pe->optional + 16);
	pe->image->entry = entry != 0 ? pe->base + entry : 0;
	pe->headers_size = pm_bytes_u32(pe->file, pe->optional + 60);
	pe->directories = pe->optional + fixed;
	pe->n_directories = pm_bytes_u32(pe->file, pe->directories - 4);
	if (pe->n_directories > (size - fixed) / 8U)
		pe->n_directories = (size - fixed) / 8U;
	return PM_OK;
}

/* The bytes of a section that are in the file and in memory. */
static enum pm_status add_section(struct pe *pe, uint64_t at, struct pm_error *err)
{
	enum { CODE = 0x20, EXECUTE = 0x20000000 };
	const uint32_t writable = 0x80000000, flags = pm_bytes_u32(pe->file, at + 36);
	const uint32_t virtual_size = pm_bytes_u32(pe->file, at + 8);
	const uint32_t raw_size = pm_bytes_u32(pe->file, at + 16);
	const uint32_t raw_at = pm_bytes_u32(pe->file, at + 20);
	const uint32_t n = virtual_size != 0 && virtual_size < raw_size ? virtual_size : raw_size;
	const struct pm_image_section section = {
		.address = pe->base + pm_bytes_u32(pe->file, at + 12),
		.bytes = pm_bytes_part(pe->file, raw_at, n),
		.is_code = (flags & (CODE | EXECUTE)) != 0,
		.is_constant = (flags & (CODE | EXECUTE | writable)) == 0,
	};

	if (n == 0)
		return PM_OK; /* of zeros, or nothing */
	if (section.bytes.at == NULL)
		return pm_image_fail(err, at,
			"a section lies at 0x%x for %u bytes, beyond the end of the file (%zu bytes)",
			(unsigned)raw_at, (unsigned)n, pe->file.n);
	return pm_image_add_section(pe->image, &section) ? PM_OK : pm_fail_memory(err);
}

static enum pm_status read_sections(struct pe *pe, uint64_t at, uint16_t n, struct pm_error *err)
{
	const uint32_t n_headers =
		pe->headers_size < pe->file.n ? pe->headers_size : (uint32_t)pe->file.n;
	const struct pm_image_section headers = {
		.address = pe->base, .bytes = pm_bytes_part(pe->file, 0, n_headers)};
	uint64_t n_code = 0;
	enum pm_status status = PM_OK;

	if (n > SECTIONS_MAX)
		return pm_image_fail(
			err, at, "the headers tell of %u sections, Windows takes 96", n);
	if (!pm_bytes_have(pe->file, at, n * UINT64_C(40)))
		return pm_image_fail(err, at, "the table of sections is cut off");
	for (unsigned i = 0; i < n && status == PM_OK; i++)
		status = add_section(pe, at + i * UINT64_C(40), err);
	if (status == PM_OK && !pm_image_add_section(pe->image, &headers))
		status = pm_fail_memory(err);
	for (size_t i = 0; i < pe->image->n_sections && status == PM_OK; i++)
		n_code += pe->image->sections[i].is_code ? pe->image->sections[i].bytes.n : 0;
	if (status == PM_OK && n_code > pe->file.n)
		status = pm_image_fail(err, at, "sections share their bytes");
	return status;
}

static enum pm_status read_headers(struct pe *pe, struct pm_error *err)
{
	const uint32_t header = pm_bytes_u32(pe->file, 0x3c);
	const uint16_t optional_size = pm_bytes_u16(pe->file, header + UINT64_C(20));
	enum pm_status status;

	if (pe->file.n < 0x40)
		return pm_image_fail(err, pe->file.n, "the file ends within its first header");
	if (!pm_bytes_have(pe->file, header, 24))
		return pm_image_fail(err, 0x3c,
			"the PE header lies at 0x%x, beyond the end (%zu bytes)", (unsigned)header,
			pe->file.n);
	if (memcmp(pe->file.at + header, "PE\0\0", 4) != 0)
		return pm_image_fail(
			err, header, "there is no PE header; a program of DOS, perhaps");
	pe->optional = header + UINT64_C(24);
	status = read_machine(pe, header + UINT64_C(4), err);
	if (status == PM_OK)
		status = read_optional(pe, optional_size, err);
	if (status == PM_OK)
		status = read_sections(pe, pe->optional + optional_size,
			pm_bytes_u16(pe->file, header + UINT64_C(6)), err);
	return status;
}

/* ---- directories ---- */

/* What a relative address leads to, to the end of its section. */
static struct pm_bytes at_rva(const struct pe *pe, uint32_t rva)
{
	return pm_image_at(pe->image, pe->base + rva);
}

/* The offset in the file of bytes of a section. */
static uint64_t offset_of(const struct pe *pe, const unsigned char *at)
{
	return (uint64_t)(at - pe->file.at);
}

static uint64_t entry_of(const struct pe *pe, enum directory which)
{
	return pe->directories + 8U * (unsigned)which;
}

/* Where a directory begins, and in *size its length as it is told; 0: there is none. */
static uint32_t directory_rva(const struct pe *pe, enum directory which, uint32_t *size)
{
	if ((unsigned)which >= pe->n_directories)
		return 0;
	*size = pm_bytes_u32(pe->file, entry_of(pe, which) + 4);
	return pm_bytes_u32(pe->file, entry_of(pe, which));
}

/* The text that begins there and ends with NUL; NULL where it doesn't. */
static struct pm_span name_at(struct pm_bytes bytes)
{
	const size_t most = bytes.n < NAME_MAX_BYTES ? bytes.n : NAME_MAX_BYTES;
	const unsigned char *end = most > 0 ? memchr(bytes.at, 0, most) : NULL;

	if (end == NULL)
		return (struct pm_span){NULL, 0};
	return (struct pm_span){(const char *)bytes.at, (size_t)(end - bytes.at)};
}

static enum pm_status count_name(struct pe *pe, uint64_t offset, struct pm_error *err)
{
	if (++pe->n_names > NAMES_MAX)
		return pm_image_fail(err, offset, "there is no end of names");
	return PM_OK;
}

/* One module's functions: names (or ordinals) here, their addresses there. */
static enum pm_status read_lookups(
	struct pe *pe, uint32_t names_rva, uint32_t slots_rva, struct pm_error *err)
{
	const unsigned step = pe->image->pointer_bytes;
	const uint64_t by_ordinal = UINT64_C(1) << (8 * step - 1);
	const struct pm_bytes names = at_rva(pe, names_rva);

	for (uint64_t at = 0;; at += step) {
		const uint64_t name = pm_bytes_number(names, at, step);
		struct pm_image_import import = {.is_slot = true};
		enum pm_status status;

		if (!pm_bytes_have(names, at, step))
			return pm_image_fail(err,
				names.at != NULL ? offset_of(pe, names.at) : entry_of(pe, IMPORTS),
				"the names of imported functions lie outside the file, or have no end");
		if (name == 0)
			return PM_OK;
		status = count_name(pe, offset_of(pe, names.at + at), err);
		if (status != PM_OK)
			return status;
		if ((name & by_ordinal) != 0 || name > UINT32_MAX - 2)
			continue;
		import.address = pe->base + slots_rva + at;
		import.allocator = pm_allocator_find(
			PM_SYSTEM_WINDOWS, name_at(at_rva(pe, (uint32_t)name + 2)));
		if (import.allocator != NULL && !pm_image_add_import(pe->image, &import))
			return pm_fail_memory(err);
	}
}

/* How descriptors of a table of imports are laid out. */
struct descriptor {
	enum directory directory;
	unsigned size, module, names, slots;
};

static enum pm_status read_imports(
	struct pe *pe, const struct descriptor *layout, struct pm_error *err)
{
	uint32_t size = 0;
	const uint32_t rva = directory_rva(pe, layout->directory, &size);
	const struct pm_bytes table = at_rva(pe, rva);
	enum pm_status status = PM_OK;

	if (rva == 0 || size == 0)
		return PM_OK;
	for (unsigned i = 0; status == PM_OK; i++) {
		const uint64_t at = (uint64_t)i * layout->size;
		uint32_t names = pm_bytes_u32(table, at + layout->names);
		const uint32_t slots = pm_bytes_u32(table, at + layout->slots);

		if (!pm_bytes_have(table, at, layout->size) || i == DESCRIPTORS_MAX)
			return pm_image_fail(err, entry_of(pe, layout->directory),
				"the table of imports lies outside the file, or has no end");
		if (pm_bytes_u32(table, at + layout->module) == 0 || slots == 0)
			break;
		if (names == 0)
			names = slots; /* as old linkers have it */
		status = read_lookups(pe, names, slots, err);
	}
	return status;
}

/* The kernel and its companions export what others import, and call it themselves. */
static enum pm_status read_exports(struct pe *pe, struct pm_error *err)
{
	uint32_t size = 0;
	const uint32_t rva = directory_rva(pe, EXPORTS, &size);
	const struct pm_bytes table = at_rva(pe, rva);
	const struct pm_bytes functions = at_rva(pe, pm_bytes_u32(table, 28));
	const struct pm_bytes names = at_rva(pe, pm_bytes_u32(table, 32));
	const struct pm_bytes ordinals = at_rva(pe, pm_bytes_u32(table, 36));
	const uint32_t n = pm_bytes_u32(table, 24);
	enum pm_status status = PM_OK;

	if (rva == 0 || size == 0)
		return PM_OK;
	if (!pm_bytes_have(table, 0, 40) || !pm_bytes_have(names, 0, n * UINT64_C(4)) ||
		!pm_bytes_have(ordinals, 0, n * UINT64_C(2)))
		return pm_image_fail(
			err, entry_of(pe, EXPORTS), "the table of exports lies outside the file");
	for (uint32_t i = 0; i < n && status == PM_OK; i++) {
		const uint32_t name = pm_bytes_u32(names, i * UINT64_C(4));
		const uint16_t ordinal = pm_bytes_u16(ordinals, i * UINT64_C(2));
		struct pm_image_import import = {
			.address = pe->base + pm_bytes_u32(functions, ordinal * UINT64_C(4)),
			.allocator =
				pm_allocator_find(PM_SYSTEM_WINDOWS, name_at(at_rva(pe, name))),
		};

		status = count_name(pe, entry_of(pe, EXPORTS), err);
		if (status == PM_OK && import.allocator != NULL &&
			pm_image_code_at(pe->image, import.address) != NULL &&
			!pm_image_add_import(pe->image, &import))
			status = pm_fail_memory(err);
	}
	return status;
}

/* What unwinding needs to know tells where functions are. It is a help, so what makes no sense is
 * left aside. */
static enum pm_status read_functions(struct pe *pe, struct pm_error *err)
{
	enum { ENTRY = 12 };
	uint32_t size = 0;
	const uint32_t rva = directory_rva(pe, EXCEPTIONS, &size);
	const struct pm_bytes table = at_rva(pe, rva);

	if (rva == 0 || pe->image->pointer_bytes != 8)
		return PM_OK;
	for (uint64_t at = 0; at + ENTRY <= size && pm_bytes_have(table, at, ENTRY); at += ENTRY) {
		const uint64_t begin = pe->base + pm_bytes_u32(table, at);
		const uint64_t end = pe->base + pm_bytes_u32(table, at + 4);
		const struct pm_image_section *code = pm_image_code_at(pe->image, begin);

		if (begin >= end || code == NULL || end - code->address > code->bytes.n)
			continue;
		if (!pm_image_add_function(pe->image, begin, end))
			return pm_fail_memory(err);
	}
	return PM_OK;
}

enum pm_status pm_pe_read(struct pm_image *image, struct pm_bytes file, struct pm_error *err)
{
	static const struct descriptor imports = {IMPORTS, 20, 12, 0, 16};
	static const struct descriptor delayed = {DELAYED, 32, 4, 16, 12};
	struct pe pe = {.image = image, .file = file};
	enum pm_status status;

	image->system = PM_SYSTEM_WINDOWS;
	status = read_headers(&pe, err);
	if (status == PM_OK)
		status = read_imports(&pe, &imports, err);
	if (status == PM_OK)
		status = read_imports(&pe, &delayed, err);
	if (status == PM_OK)
		status = read_exports(&pe, err);
	if (status == PM_OK)
		status = read_functions(&pe, err);
	return status;
}
