/* SPDX-License-Identifier: MIT */
/*
 * Which tags drivers take memory under, found in their code: drivers of Windows for x86 and x86-64
 * (PE32, PE32+), and modules of Linux for x86-64 (ELF), whose tags are the names of slab caches
 * that they create. Calls of functions that take a tag are followed back to constants, through
 * registers, the stack and functions of the driver that hand a tag on. Files are hostile input.
 *
 * What is not found: tags that are computed or read from data, calls by way of tables of functions
 * (as those of the Windows Driver Framework), and code that is packed.
 */
#ifndef POOLMON_IMAGES_H
#define POOLMON_IMAGES_H

#include <poolmon/row.h>
#include <poolmon/sink.h>

#include <stdbool.h>

struct pm_images;

/* Knows no file yet. PM_E_UNSUPPORTED: this build can't read machine code (the remedy says what to
 * do); PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_images_create(struct pm_images **images, struct pm_error *err);
PM_API void pm_images_destroy(struct pm_images *images);

/* What was done so far. */
struct pm_images_counts {
	uint64_t files;    /* that were scanned */
	uint64_t skipped;  /* that were not, each with a reason */
	uint64_t tags;     /* pairs of tag and file */
	uint64_t calls;    /* of functions that take a tag */
	uint64_t computed; /* of them, those whose tag could not be found out */
	uint64_t odd;      /* of them, those whose tag is none that a tag file can hold */
};
PM_API struct pm_images_counts pm_images_counts(const struct pm_images *images);

/*
 * Scans a file given as bytes[n]; `name` is what stands for it in the tag file. PM_E_INPUT: it is
 * neither a driver nor a module, or damaged (the message has the offset); PM_E_UNSUPPORTED: for
 * another processor, or compressed in a way that this build can't undo; PM_E_MEMORY. After a
 * failure nothing of it was added, and it is counted as skipped (but for PM_E_MEMORY).
 */
PM_API PM_MUST_USE enum pm_status pm_images_add(struct pm_images *images, const char *name,
	const void *bytes, size_t n, struct pm_error *err);

/*
 * Scans a file, or all drivers and modules of a directory and those below it: files named *.sys,
 * *.ko, *.ko.gz, *.ko.xz or *.ko.zst, in the order of their names. Links to directories below are
 * not followed. `skipped` is called for each file or directory that could not be scanned, with the
 * reason (the status is as for pm_images_add(), PM_E_ACCESS, or PM_E_SYSTEM); scanning goes on.
 * PM_E_ACCESS, PM_E_SYSTEM: the path itself can't be read; PM_E_INPUT: there is no such file in the
 * directory; PM_E_MEMORY.
 */
PM_API PM_MUST_USE enum pm_status pm_images_scan(struct pm_images *images, const char *path,
	void (*skipped)(void *context, const struct pm_error *reason), void *context,
	struct pm_error *err);

/*
 * Writes a tag file (see drivers.h): a line for each tag, sorted by its bytes, with the names of
 * its files, sorted. Tags of Windows first; names of slab caches follow a line `// pools: slab`.
 * The same files give the same bytes, in whatever order they were scanned. Returns what the sink
 * returned; PM_E_MEMORY.
 */
PM_API PM_MUST_USE enum pm_status pm_images_write(
	struct pm_images *images, struct pm_sink sink, struct pm_error *err);

#endif
