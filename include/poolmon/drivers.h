/* SPDX-License-Identifier: MIT */
/*
 * Which driver, or which part of Linux, a tag belongs to, by tag files like pooltag.txt of the
 * debuggers for Windows:
 *
 *   Tag  - driver.sys - what it is for
 *
 * The tag stands in the first four columns, padded with blanks; one with ? or * stands for many.
 * A line without a second dash has no driver, and `<unknown>` is none. What begins with a blank
 * goes on with the description of the line before. `//` and `rem ` begin comments. Files in the
 * wild hold prose, both kinds of line ends and a closing 0x1A: what is neither is counted and
 * passed over.
 *
 * Entries are for the pools of Windows, until a comment names the pools of those that follow:
 *
 *   // pools: slab kmem
 *   dentry - vfs - a name in a directory
 *
 * (any of system, session, slab, alloc, vmalloc, kmem). Where pools of Linux are among them, tags
 * are of any length and end at the first dash between blanks. So `sock` of the one system is never
 * taken for `sock` of the other, and to programs that don't know of it the line is a comment.
 */
#ifndef POOLMON_DRIVERS_H
#define POOLMON_DRIVERS_H

#include <poolmon/row.h>

struct pm_drivers;

/* Knows no tag yet. PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_drivers_create(
	struct pm_drivers **drivers, struct pm_error *err);
PM_API void pm_drivers_destroy(struct pm_drivers *drivers);

/* Takes the text[n] of a tag file, `name` for messages. Of several files the earlier one counts
 * more. PM_E_INPUT: there is no entry in it; PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_drivers_add(struct pm_drivers *drivers, const char *name,
	const char *text, size_t n, struct pm_error *err);

/* Like pm_drivers_add(), of the tag file that is built in: what the slab caches of Linux hold. */
PM_API PM_MUST_USE enum pm_status pm_drivers_add_builtin(
	struct pm_drivers *drivers, struct pm_error *err);

/* Like pm_drivers_add(), of a localtag.txt, which tells what is on this computer. It is kept apart,
 * for pm_drivers_map() alone. */
PM_API PM_MUST_USE enum pm_status pm_drivers_add_local(struct pm_drivers *drivers, const char *name,
	const char *text, size_t n, struct pm_error *err);

struct pm_driver {               /* texts belong to the drivers; may hold any bytes but NUL */
	const char *name;        /* "" where not known */
	const char *description; /* "" likewise */
};

/*
 * Looks a tag up, by its bytes: an entry for it alone, else the wildcard with the most bytes of its
 * own (of equals, the one with more `?`; then the first). Of entries for the same tag the first
 * that names a driver. False where there is none for the tag in this pool. Cost: one look-up, and
 * if that fails each wildcard.
 */
PM_API bool pm_drivers_find(
	const struct pm_drivers *drivers, const struct pm_key *key, struct pm_driver *driver);

/* Like pm_drivers_find(), of tag[n], not escaped. */
PM_API bool pm_drivers_find_tag(const struct pm_drivers *drivers, enum pm_pool pool,
	const char *tag, size_t n, struct pm_driver *driver);

/*
 * Writes what PoolMon's column Mapped_Driver shows: "[local][driver - description]" by the local
 * and the other files, or the one of them that knows the tag; "Unknown Driver" and false if none
 * does. text[size] ends with NUL and is cut off where longer; control characters, and bytes that
 * are not UTF-8, are shown as \xNN.
 */
PM_API bool pm_drivers_map(
	const struct pm_drivers *drivers, const struct pm_key *key, char *text, size_t size);

/* What to say of lines that are neither entry nor comment: file i from 0 on, to the first false.
 * Fills *err with the file, the first such line, and how many there are. */
PM_API bool pm_drivers_remark(const struct pm_drivers *drivers, size_t i, struct pm_error *err);

#endif
