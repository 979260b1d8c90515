/* SPDX-License-Identifier: MIT */
#include <poolmon/drivers.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/buf.h"
#include "base/fail.h"
#include "base/hash.h"

enum { TAG = 4 }; /* bytes of a tag */

struct entry {
	char tag[TAG]; /* padded with blanks; of a wildcard n_tag bytes of it */
	size_t n_tag;
	struct pm_driver driver;
};

struct file {
	const char *name;
	uint64_t n_odd;    /* lines that are neither entry nor comment */
	uint64_t odd_line; /* the first of them */
	char odd_text[60];
};

struct pm_drivers {
	struct pm_arena arena;
	struct entry *entries; /* [n], each tag once, wildcards too: a ? may be meant as it is */
	size_t n, capacity;
	size_t *wild; /* [n_wild], which of them are wildcards */
	size_t n_wild, wild_capacity;
	struct pm_index index; /* of entries, by tag */
	uint64_t seed;
	struct file *files; /* [n_files], those with odd lines */
	size_t n_files, files_capacity;
};

enum pm_status pm_drivers_create(struct pm_drivers **out, struct pm_error *err)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return pm_fail_memory(err);
	(*out)->seed = pm_hash_seed();
	return PM_OK;
}

void pm_drivers_destroy(struct pm_drivers *drivers)
{
	if (drivers == NULL)
		return;
	free(drivers->entries);
	free(drivers->wild);
	free(drivers->files);
	pm_index_deinit(&drivers->index);
	pm_arena_deinit(&drivers->arena);
	free(drivers);
}

/* ---- lines ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

static struct pm_span trim(struct pm_span span)
{
	while (span.n > 0 && is_blank(*span.at)) {
		span.at++;
		span.n--;
	}
	while (span.n > 0 && is_blank(span.at[span.n - 1]))
		span.n--;
	return span;
}

/* Where a dash stands by itself, blanks (or an end) on both sides; n if nowhere from `from` on. */
static size_t find_dash(struct pm_span text, size_t from)
{
	for (size_t i = from; i < text.n; i++) {
		if (text.at[i] == '-' && (i == 0 || is_blank(text.at[i - 1])) &&
			(i + 1 == text.n || is_blank(text.at[i + 1])))
			return i;
	}
	return text.n;
}

static size_t skip_blanks(struct pm_span text, size_t i)
{
	while (i < text.n && is_blank(text.at[i]))
		i++;
	return i;
}

/* Behind the first four columns there is a dash; for short tags that were not padded it may be
 * nearer. *n_tag: columns that are the tag's. Returns where the dash is, or the end. */
static size_t find_first_dash(struct pm_span line, size_t *n_tag)
{
	size_t i;

	*n_tag = TAG;
	if (line.n > TAG && (is_blank(line.at[TAG]) || line.at[TAG] == '-')) {
		i = skip_blanks(line, TAG);
		if (i < line.n && line.at[i] == '-' &&
			(i + 1 == line.n || is_blank(line.at[i + 1])))
			return i;
	}
	i = find_dash(line, 1);
	if (i > TAG || is_blank(line.at[0]))
		return line.n;
	*n_tag = trim((struct pm_span){line.at, i}).n;
	return i;
}

/* `rem`, as in batch files; but "ReMo" is a tag, and "Rem  -" begins an entry for the tag "Rem ". */
static bool is_comment(struct pm_span line)
{
	static const char rem[] = "REM";

	if (line.n >= 2 && line.at[0] == '/' && line.at[1] == '/')
		return true;
	if (line.n < 3 || (line.n > 3 && !is_blank(line.at[3])))
		return false;
	for (int i = 0; i < 3; i++) {
		if (line.at[i] != rem[i] && line.at[i] != rem[i] - 'A' + 'a')
			return false;
	}
	return !(line.n > 5 && line.at[4] == ' ' && line.at[5] == '-');
}

/* ---- entries ---- */

/* A copy without NUL bytes. */
static const char *copy_text(struct pm_drivers *drivers, struct pm_span text)
{
	char *copy = pm_arena_copy(&drivers->arena, text.at, text.n);

	for (size_t i = 0; copy != NULL && i < text.n; i++) {
		if (copy[i] == '\0')
			copy[i] = ' ';
	}
	return copy;
}

static uint64_t hash_of(const struct pm_drivers *drivers, const char tag[TAG])
{
	return pm_hash(drivers->seed, tag, TAG);
}

/* The entry of this very tag, or SIZE_MAX. */
static size_t find_entry(const struct pm_drivers *drivers, const char tag[TAG])
{
	size_t at = 0, i;

	while ((i = pm_index_next(&drivers->index, hash_of(drivers, tag), &at)) != SIZE_MAX) {
		if (memcmp(drivers->entries[i].tag, tag, TAG) == 0)
			break;
	}
	return i;
}

static bool note_wildcard(struct pm_drivers *drivers, size_t i)
{
	const char *tag = drivers->entries[i].tag;
	size_t *grown;

	if (memchr(tag, '?', TAG) == NULL && memchr(tag, '*', TAG) == NULL)
		return true;
	grown = pm_array_room(
		drivers->wild, &drivers->wild_capacity, drivers->n_wild, sizeof(*grown));
	if (grown == NULL)
		return false;
	drivers->wild = grown;
	grown[drivers->n_wild++] = i;
	return true;
}

/* Of a tag that is listed again the first entry stays, unless only the later one names a driver.
 * *kept: where the entry is; SIZE_MAX: it was not needed. False: out of memory. */
static bool keep_entry(struct pm_drivers *drivers, const struct entry *entry, size_t *kept)
{
	struct entry *grown;

	*kept = find_entry(drivers, entry->tag);
	if (*kept != SIZE_MAX) {
		if (drivers->entries[*kept].driver.name[0] == '\0' && entry->driver.name[0] != '\0')
			drivers->entries[*kept].driver = entry->driver;
		else
			*kept = SIZE_MAX;
		return true;
	}
	grown = pm_array_room(drivers->entries, &drivers->capacity, drivers->n, sizeof(*grown));
	if (grown == NULL)
		return false;
	drivers->entries = grown;
	grown[drivers->n] = *entry;
	if (!pm_index_add(&drivers->index, hash_of(drivers, entry->tag), drivers->n))
		return false;
	*kept = drivers->n++;
	return note_wildcard(drivers, *kept);
}

/* What stands behind the first dash: "driver - description", or a description alone. */
static bool parse_rest(struct pm_drivers *drivers, struct pm_span rest, struct pm_driver *driver)
{
	const size_t dash = find_dash(rest, 0);
	struct pm_span name = {rest.at, 0}, description = trim(rest);

	if (dash < rest.n) {
		name = trim((struct pm_span){rest.at, dash});
		description = trim((struct pm_span){rest.at + dash + 1, rest.n - dash - 1});
	}
	if (pm_span_is(name, "<unknown>"))
		name.n = 0;
	driver->name = copy_text(drivers, name);
	driver->description = copy_text(drivers, description);
	return driver->name != NULL && driver->description != NULL;
}

/* Goes on with the description of an entry; one of that length is none any more. */
static bool continue_entry(struct pm_drivers *drivers, size_t i, struct pm_span text)
{
	enum { DESCRIPTION_MAX = 1000 };
	struct pm_driver *driver = &drivers->entries[i].driver;
	struct pm_buf whole = {0};
	bool done;

	if (strlen(driver->description) + text.n >= DESCRIPTION_MAX)
		return true;
	pm_buf_add_text(&whole, driver->description);
	pm_buf_add_text(&whole, whole.n > 0 ? " " : "");
	pm_buf_add(&whole, text.at, text.n);
	driver->description = copy_text(drivers, (struct pm_span){whole.at, whole.n});
	done = !whole.failed && driver->description != NULL;
	pm_buf_deinit(&whole);
	return done;
}

enum line_kind { LINE_ENTRY, LINE_NOTHING, LINE_CONTINUES, LINE_ODD };

static enum line_kind split_line(
	struct pm_span line, char tag[TAG], size_t *n_tag, struct pm_span *rest)
{
	size_t dash;

	if (trim(line).n == 0 || is_comment(line) || is_comment(trim(line)))
		return LINE_NOTHING;
	dash = find_first_dash(line, n_tag);
	if (dash == line.n || trim((struct pm_span){line.at, *n_tag}).n == 0)
		return is_blank(line.at[0]) ? LINE_CONTINUES : LINE_ODD;
	memset(tag, ' ', TAG);
	for (size_t i = 0; i < *n_tag; i++)
		tag[i] = is_blank(line.at[i]) ? ' ' : line.at[i];
	*n_tag = TAG;
	while (memchr(tag, '*', TAG) != NULL && tag[*n_tag - 1] == ' ')
		--*n_tag; /* what pads it is no part of it */
	*rest = (struct pm_span){line.at + dash + 1, line.n - dash - 1};
	return LINE_ENTRY;
}

static void note_odd(struct file *file, uint64_t number, struct pm_span line)
{
	struct pm_buf text;

	if (file->n_odd++ > 0)
		return;
	file->odd_line = number;
	line = trim(line);
	pm_buf_init_fixed(&text, file->odd_text, sizeof(file->odd_text));
	pm_buf_add_visible(&text, line.at, line.n < 50 ? line.n : 50);
	pm_buf_terminate(&text);
}

/* *last: the entry that a line may go on with, SIZE_MAX: none. False: out of memory. */
static bool take_line(struct pm_drivers *drivers, struct pm_span line, uint64_t number,
	struct file *file, size_t *last, size_t *n_entries)
{
	struct entry entry = {.n_tag = TAG};
	struct pm_span rest;

	switch (split_line(line, entry.tag, &entry.n_tag, &rest)) {
	case LINE_ENTRY:
		++*n_entries;
		return parse_rest(drivers, rest, &entry.driver) &&
			keep_entry(drivers, &entry, last);
	case LINE_CONTINUES:
		if (*last != SIZE_MAX)
			return continue_entry(drivers, *last, trim(line));
		if (*n_entries == 0)
			note_odd(file, number, line);
		return true;
	case LINE_ODD:
		note_odd(file, number, line);
		*last = SIZE_MAX;
		return true;
	case LINE_NOTHING:
		*last = SIZE_MAX;
		return true;
	}
	return true;
}

static enum pm_status add_file(
	struct pm_drivers *drivers, const struct file *file, struct pm_error *err)
{
	struct file *grown = pm_array_room(
		drivers->files, &drivers->files_capacity, drivers->n_files, sizeof(*grown));

	if (grown == NULL)
		return pm_fail_memory(err);
	drivers->files = grown;
	grown[drivers->n_files++] = *file;
	return PM_OK;
}

enum pm_status pm_drivers_add(struct pm_drivers *drivers, const char *name, const char *text,
	size_t n, struct pm_error *err)
{
	struct file file = {.name = pm_arena_copy(&drivers->arena, name, strlen(name))};
	const char *end = text + n;
	size_t last = SIZE_MAX, n_entries = 0;
	uint64_t number = 0;

	if (file.name == NULL)
		return pm_fail_memory(err);
	while (end > text && end[-1] == 0x1a)
		end--; /* the end of a file, to DOS */
	if (end - text >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3; /* what some editors put before UTF-8 */
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline == NULL ? end : newline;
		const struct pm_span line = {text, (size_t)(line_end - text)};

		if (!take_line(drivers, line, ++number, &file, &last, &n_entries))
			return pm_fail_memory(err);
		text = newline == NULL ? end : newline + 1;
	}
	if (n_entries == 0) {
		(void)pm_fail(err, PM_E_INPUT, "not a tag file: none of its %llu lines is an entry",
			(unsigned long long)number);
		pm_error_where(err, name, 0, 0);
		pm_error_remedy(err,
			"entries are like 'Proc - nt!ps - process objects', as text in "
			"ASCII or UTF-8");
		return PM_E_INPUT;
	}
	return file.n_odd > 0 ? add_file(drivers, &file, err) : PM_OK;
}

/* ---- look-up ---- */

/* Four bytes at most: no deeper than that. Any byte may be in either. */
static bool matches(const char *pattern, size_t n_pattern, const char *tag, size_t n_tag)
{
	if (n_pattern == 0)
		return n_tag == 0;
	if (*pattern == '*')
		return matches(pattern + 1, n_pattern - 1, tag, n_tag) ||
			(n_tag > 0 && matches(pattern, n_pattern, tag + 1, n_tag - 1));
	return n_tag > 0 && (*pattern == '?' || *pattern == *tag) &&
		matches(pattern + 1, n_pattern - 1, tag + 1, n_tag - 1);
}

/* Bytes of its own count most, then each `?`. */
static unsigned specificity(const struct entry *entry)
{
	unsigned n = 0;

	for (size_t i = 0; i < entry->n_tag; i++)
		n += entry->tag[i] == '*' ? 0 : entry->tag[i] == '?' ? 1 : TAG + 1;
	return n;
}

static const struct entry *find_wildcard(const struct pm_drivers *drivers, const char tag[TAG])
{
	const struct entry *best = NULL;

	for (size_t i = 0; i < drivers->n_wild; i++) {
		const struct entry *entry = &drivers->entries[drivers->wild[i]];

		if (matches(entry->tag, entry->n_tag, tag, TAG) &&
			(best == NULL || specificity(entry) > specificity(best)))
			best = entry;
	}
	return best;
}

bool pm_drivers_find(
	const struct pm_drivers *drivers, const struct pm_key *key, struct pm_driver *driver)
{
	const struct entry *found;
	char tag[TAG];
	size_t i;

	if ((key->pool != PM_POOL_SYSTEM && key->pool != PM_POOL_SESSION) || key->n_raw_tag > TAG)
		return false;
	memset(tag, ' ', TAG);
	memcpy(tag, key->raw_tag, key->n_raw_tag);
	i = find_entry(drivers, tag);
	found = i != SIZE_MAX ? &drivers->entries[i] : find_wildcard(drivers, tag);
	if (found != NULL)
		*driver = found->driver;
	return found != NULL;
}

bool pm_drivers_remark(const struct pm_drivers *drivers, size_t i, struct pm_error *err)
{
	const struct file *file;

	if (i >= drivers->n_files)
		return false;
	file = &drivers->files[i];
	(void)pm_fail(err, PM_E_INPUT, "%llu line%s neither entry nor comment, the first is '%s'",
		(unsigned long long)file->n_odd, file->n_odd == 1 ? " is" : "s are",
		file->odd_text);
	pm_error_where(err, file->name, file->odd_line, 0);
	pm_error_remedy(err, "passed over; an entry is like 'Proc - nt!ps - process objects'");
	return true;
}
