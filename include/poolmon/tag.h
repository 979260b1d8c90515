/* SPDX-License-Identifier: MIT */
/*
 * Tags as text. A tag is any string of bytes (four on Windows, a cache name on Linux). Its escaped
 * form is plain ASCII that no consumer changes on the way: `\xNN` stands for
 *   - bytes outside printable ASCII, and `,` `"` `\`
 *   - a space at either end (spreadsheets and some databases strip them)
 *   - a leading `=` `+` `-` `@` (spreadsheets take them for formulas)
 * So an escaped tag never needs quotes in CSV, and two tags are equal exactly if their escaped
 * forms are.
 */
#ifndef POOLMON_TAG_H
#define POOLMON_TAG_H

#include <poolmon/error.h>

#include <stdbool.h>

#define PM_TAG_MAX     511                  /* bytes of the longest tag that a log may hold */
#define PM_TAG_ESCAPED (4 * PM_TAG_MAX + 1) /* room for its escaped form and the NUL */

/* Writes the escaped form of tag[n], n <= PM_TAG_MAX, and a NUL. Returns its length. */
PM_API size_t pm_tag_escape(char text[PM_TAG_ESCAPED], const char *tag, size_t n);

/* The inverse, for escaped and for carelessly escaped text alike: a backslash that begins no `\xNN`
 * is taken as it is. tag has room for n bytes and may be the same memory as text. Returns the
 * length. */
PM_API size_t pm_tag_unescape(char *tag, const char *text, size_t n);

/* Shell-like pattern over escaped tags: `*` any bytes, `?` one byte, all else itself, upper and
 * lower case apart. Time is O(length of pattern x length of text). */
PM_API bool pm_pattern_matches(const char *pattern, const char *text);

/* Which tags to take: those that match any of `include` (or all, if there is none) and none of
 * `exclude`. The strings belong to the caller. */
struct pm_filter {
	const char *const *include;
	size_t n_include;
	const char *const *exclude;
	size_t n_exclude;
};

/* filter == NULL takes everything. */
PM_API bool pm_filter_takes(const struct pm_filter *filter, const char *escaped_tag);

#endif
