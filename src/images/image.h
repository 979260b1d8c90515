/* SPDX-License-Identifier: MIT */
/*
 * A driver or a module taken apart: what of it is in memory where, where functions begin, and at
 * which addresses it reaches functions that allocate. The formats differ up to here and no further.
 */
#ifndef POOLMON_IMAGES_IMAGE_H
#define POOLMON_IMAGES_IMAGE_H

#include "images/allocators.h"
#include "images/bytes.h"

#include <poolmon/error.h>

struct pm_image_section {
	uint64_t address;
	struct pm_bytes bytes; /* of the file, or of `linked` */
	bool is_code;
	bool is_constant; /* data that is as in the file, always */
};

/* How code gets at an allocator. */
struct pm_image_import {
	uint64_t address;
	bool is_slot; /* the function's address is to be read there; else it is the function */
	const struct pm_allocator *allocator;
};

struct pm_image_function {
	uint64_t begin, end;
	uint16_t taken; /* bytes that it takes from the stack as it returns; PM_TAKES_UNKNOWN */
};

enum { PM_TAKES_UNKNOWN = 0xffff };

struct pm_image {
	enum pm_system system;
	unsigned pointer_bytes; /* 4 or 8 */
	uint64_t entry;         /* where it begins to run, 0 if that is not told */
	struct pm_image_section *sections;
	size_t n_sections, sections_capacity;
	struct pm_image_import *imports;
	size_t n_imports, imports_capacity;
	struct pm_image_function *functions; /* by `begin`, none within another; maybe not all */
	size_t n_functions, functions_capacity;
	unsigned char *linked; /* owned: code whose references were filled in */
};

/*
 * Takes the bytes of a file apart; they must outlive the image. PM_E_INPUT: it is none, or not
 * whole (the message tells the offset); PM_E_UNSUPPORTED: for another processor; PM_E_MEMORY. The
 * image is to be given to pm_image_deinit() in any case.
 */
PM_MUST_USE enum pm_status pm_image_init(
	struct pm_image *image, struct pm_bytes file, struct pm_error *err);
void pm_image_deinit(struct pm_image *image);

/* What is in memory from this address to the end of its section; none: {NULL, 0}. */
struct pm_bytes pm_image_at(const struct pm_image *image, uint64_t address);
/* Like pm_image_at(), where it never changes. */
struct pm_bytes pm_image_constants_at(const struct pm_image *image, uint64_t address);
const struct pm_image_section *pm_image_code_at(const struct pm_image *image, uint64_t address);

/* ---- for those who read formats ---- */

PM_MUST_USE enum pm_status pm_pe_read(
	struct pm_image *image, struct pm_bytes file, struct pm_error *err);
PM_MUST_USE enum pm_status pm_elf_read(
	struct pm_image *image, struct pm_bytes file, struct pm_error *err);

/* False: out of memory. */
bool pm_image_add_section(struct pm_image *image, const struct pm_image_section *section);
bool pm_image_add_import(struct pm_image *image, const struct pm_image_import *import);
bool pm_image_add_function(struct pm_image *image, uint64_t begin, uint64_t end);
/* The one that begins there; NULL: none does. */
const struct pm_image_function *pm_image_function_at(
	const struct pm_image *image, uint64_t address);
/* Sorts functions and lets each end where the next begins, at the latest. */
void pm_image_order_functions(struct pm_image *image);

/* PM_E_INPUT with the offset: "at byte 0x3c: what". */
PM_MUST_USE enum pm_status pm_image_fail(
	struct pm_error *err, uint64_t offset, const char *format, ...) PM_PRINTF(3, 4);

#endif
