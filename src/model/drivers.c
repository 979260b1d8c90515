/* SPDX-License-Identifier: MIT */
#include <poolmon/drivers.h>

#include "model/linuxtag.h"
#include "model/matching.h"
#include "model/tagline.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/fail.h"
#include "base/hash.h"

struct entry {
	const char *tag; /* [n_tag], without the blanks that pad it */
	size_t n_tag;
	unsigned pools; /* that it is for */
	struct pm_driver driver;
};

struct table {
	struct entry *entries; /* [n], each tag of the same pools once, wildcards too: a ? may be
				  meant as it is */
	size_t n, capacity;
	size_t *wild; /* [n_wild], which of them are wildcards */
	size_t n_wild, wild_capacity;
	struct pm_index index; /* of entries, by tag */
};

struct file {
	const char *name;
	uint64_t n_odd;    /* lines that are neither entry nor comment */
	uint64_t odd_line; /* the first of them */
	char odd_text[60];
};

struct pm_drivers {
	struct pm_arena arena;
	uint64_t seed;
	struct table general, local;
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

static void deinit_table(struct table *table)
{
	free(table->entries);
	free(table->wild);
	pm_index_deinit(&table->index);
}

void pm_drivers_destroy(struct pm_drivers *drivers)
{
	if (drivers == NULL)
		return;
	deinit_table(&drivers->general);
	deinit_table(&drivers->local);
	free(drivers->files);
	pm_arena_deinit(&drivers->arena);
	free(drivers);
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

static bool is_named(const struct entry *entry)
{
	return entry->driver.name[0] != '\0';
}

/* The next entry of this very tag, or SIZE_MAX; *at begins as 0. */
static size_t next_entry(const struct table *table, uint64_t seed, struct pm_span tag, size_t *at)
{
	const uint64_t hash = pm_hash(seed, tag.at, tag.n);
	size_t i;

	while ((i = pm_index_next(&table->index, hash, at)) != SIZE_MAX) {
		if (table->entries[i].n_tag == tag.n &&
			memcmp(table->entries[i].tag, tag.at, tag.n) == 0)
			break;
	}
	return i;
}

static bool note_wildcard(struct table *table, size_t i)
{
	const struct entry *entry = &table->entries[i];
	size_t *grown;

	if (memchr(entry->tag, '?', entry->n_tag) == NULL &&
		memchr(entry->tag, '*', entry->n_tag) == NULL)
		return true;
	grown = pm_array_room(table->wild, &table->wild_capacity, table->n_wild, sizeof(*grown));
	if (grown == NULL)
		return false;
	table->wild = grown;
	grown[table->n_wild++] = i;
	return true;
}

static bool add_entry(struct pm_drivers *drivers, struct table *table, struct entry entry)
{
	struct entry *grown =
		pm_array_room(table->entries, &table->capacity, table->n, sizeof(*grown));

	if (grown == NULL)
		return false;
	table->entries = grown;
	entry.tag = pm_arena_copy(&drivers->arena, entry.tag, entry.n_tag);
	if (entry.tag == NULL ||
		!pm_index_add(
			&table->index, pm_hash(drivers->seed, entry.tag, entry.n_tag), table->n))
		return false;
	grown[table->n] = entry;
	return note_wildcard(table, table->n++);
}

/* Of a tag that is listed again the first entry stays, unless only the later one names a driver.
 * *kept: where the entry is; SIZE_MAX: it was not needed. False: out of memory. */
static bool keep_entry(
	struct pm_drivers *drivers, struct table *table, const struct entry *entry, size_t *kept)
{
	const struct pm_span tag = {entry->tag, entry->n_tag};
	size_t at = 0;

	do
		*kept = next_entry(table, drivers->seed, tag, &at);
	while (*kept != SIZE_MAX && table->entries[*kept].pools != entry->pools);
	if (*kept == SIZE_MAX) {
		*kept = table->n;
		return add_entry(drivers, table, *entry);
	}
	if (!is_named(&table->entries[*kept]) && is_named(entry))
		table->entries[*kept].driver = entry->driver;
	else
		*kept = SIZE_MAX;
	return true;
}

/* ---- files ---- */

/* What is being read, and how far. */
struct reading {
	struct pm_drivers *drivers;
	struct table *table;
	struct file file;
	unsigned pools; /* that entries are for */
	size_t last;    /* the entry that a line may go on with, SIZE_MAX: none */
	size_t n_entries;
};

static bool take_entry(struct reading *reading, const struct pm_tagline *parts)
{
	const struct entry entry = {
		.tag = parts->tag,
		.n_tag = parts->n_tag,
		.pools = reading->pools,
		.driver.name = copy_text(reading->drivers, parts->name),
		.driver.description = copy_text(reading->drivers, parts->description),
	};

	reading->n_entries++;
	return entry.driver.name != NULL && entry.driver.description != NULL &&
		keep_entry(reading->drivers, reading->table, &entry, &reading->last);
}

/* Goes on with the description of the last entry; one of that length is none any more. */
static bool continue_entry(struct reading *reading, struct pm_span text)
{
	enum { DESCRIPTION_MAX = 1000 };
	struct pm_driver *driver = &reading->table->entries[reading->last].driver;
	struct pm_buf whole = {0};
	bool done;

	if (strlen(driver->description) + text.n >= DESCRIPTION_MAX)
		return true;
	pm_buf_add_text(&whole, driver->description);
	pm_buf_add_text(&whole, whole.n > 0 ? " " : "");
	pm_buf_add(&whole, text.at, text.n);
	driver->description = copy_text(reading->drivers, (struct pm_span){whole.at, whole.n});
	done = !whole.failed && driver->description != NULL;
	pm_buf_deinit(&whole);
	return done;
}

static void note_odd(struct file *file, uint64_t number, struct pm_span line)
{
	struct pm_buf text;

	if (file->n_odd++ > 0)
		return;
	file->odd_line = number;
	line = pm_tagline_trim(line);
	pm_buf_init_fixed(&text, file->odd_text, sizeof(file->odd_text));
	pm_buf_add_visible(&text, line.at, line.n < 50 ? line.n : 50);
	pm_buf_terminate(&text);
}

/* False: out of memory. */
static bool take_line(struct reading *reading, struct pm_span line, uint64_t number)
{
	struct pm_tagline parts;

	pm_tagline_split(&parts, line, reading->pools);
	switch (parts.kind) {
	case PM_TAGLINE_ENTRY:
		return take_entry(reading, &parts);
	case PM_TAGLINE_CONTINUES:
		if (reading->last != SIZE_MAX)
			return continue_entry(reading, parts.description);
		if (reading->n_entries == 0)
			note_odd(&reading->file, number, line);
		return true;
	case PM_TAGLINE_ODD:
		note_odd(&reading->file, number, line);
		break;
	case PM_TAGLINE_POOLS:
		reading->pools = parts.pools;
		break;
	case PM_TAGLINE_NOTHING:
		break;
	}
	reading->last = SIZE_MAX;
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

static enum pm_status fail_without_entries(const char *name, uint64_t n_lines, struct pm_error *err)
{
	(void)pm_fail(err, PM_E_INPUT, "not a tag file: none of its %llu lines is an entry",
		(unsigned long long)n_lines);
	pm_error_where(err, name, 0, 0);
	pm_error_remedy(err,
		"entries are like 'Proc - nt!ps - process objects', or those of Linux below a line "
		"'// pools: slab', as text in ASCII or UTF-8");
	return PM_E_INPUT;
}

static enum pm_status read_into(struct pm_drivers *drivers, struct table *table, const char *name,
	const char *text, size_t n, struct pm_error *err)
{
	struct reading reading = {
		.drivers = drivers,
		.table = table,
		.file.name = pm_arena_copy(&drivers->arena, name, strlen(name)),
		.pools = PM_POOLS_WINDOWS,
		.last = SIZE_MAX,
	};
	const char *end = text + n;
	uint64_t number = 0;

	if (reading.file.name == NULL)
		return pm_fail_memory(err);
	while (end > text && end[-1] == 0x1a)
		end--; /* the end of a file, to DOS */
	if (end - text >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3; /* what some editors put before UTF-8 */
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline == NULL ? end : newline;
		const struct pm_span line = {text, (size_t)(line_end - text)};

		if (!take_line(&reading, line, ++number))
			return pm_fail_memory(err);
		text = newline == NULL ? end : newline + 1;
	}
	if (reading.n_entries == 0)
		return fail_without_entries(name, number, err);
	return reading.file.n_odd > 0 ? add_file(drivers, &reading.file, err) : PM_OK;
}

enum pm_status pm_drivers_add(struct pm_drivers *drivers, const char *name, const char *text,
	size_t n, struct pm_error *err)
{
	return read_into(drivers, &drivers->general, name, text, n, err);
}

enum pm_status pm_drivers_add_local(struct pm_drivers *drivers, const char *name, const char *text,
	size_t n, struct pm_error *err)
{
	return read_into(drivers, &drivers->local, name, text, n, err);
}

enum pm_status pm_drivers_add_builtin(struct pm_drivers *drivers, struct pm_error *err)
{
	return pm_drivers_add(drivers, "linuxtag.txt", pm_linuxtag, pm_linuxtag_size, err);
}

/* ---- look-up ---- */

/* Tags of Windows have four bytes, those of entries too unless a * says otherwise. */
static struct pm_span pad(char to[PM_WINDOWS_TAG], struct pm_span tag)
{
	if (tag.n >= PM_WINDOWS_TAG || memchr(tag.at, '*', tag.n) != NULL)
		return tag;
	memset(to, ' ', PM_WINDOWS_TAG);
	memcpy(to, tag.at, tag.n);
	return (struct pm_span){to, PM_WINDOWS_TAG};
}

/* Bytes of its own count most, then each `?`. */
static size_t specificity(struct pm_span pattern)
{
	size_t n = 0;

	for (size_t i = 0; i < pattern.n; i++)
		n += pattern.at[i] == '*' ? 0 : pattern.at[i] == '?' ? 1 : PM_TAG_MAX + 1;
	return n;
}

/* tag: of Windows padded. */
static const struct entry *find_wildcard(
	const struct table *table, enum pm_pool pool, struct pm_span tag)
{
	const bool is_windows = (PM_POOLS_WINDOWS >> pool & 1) != 0;
	const struct entry *best = NULL;
	size_t best_specificity = 0;

	for (size_t i = 0; i < table->n_wild; i++) {
		const struct entry *entry = &table->entries[table->wild[i]];
		char padded[PM_WINDOWS_TAG];
		struct pm_span pattern = {entry->tag, entry->n_tag};

		if (is_windows)
			pattern = pad(padded, pattern);
		if ((entry->pools >> pool & 1) != 0 && pm_bytes_match(pattern, tag) &&
			(best == NULL || specificity(pattern) > best_specificity)) {
			best = entry;
			best_specificity = specificity(pattern);
		}
	}
	return best;
}

/* The entry of this very tag: the first that names a driver, else the first. */
static const struct entry *find_exact(
	const struct table *table, uint64_t seed, enum pm_pool pool, struct pm_span tag)
{
	const struct entry *best = NULL;
	size_t at = 0, i;

	while ((i = next_entry(table, seed, tag, &at)) != SIZE_MAX) {
		const struct entry *entry = &table->entries[i];

		if ((entry->pools >> pool & 1) == 0)
			continue;
		if (best == NULL ||
			(is_named(entry) == is_named(best) ? entry < best : is_named(entry)))
			best = entry;
	}
	return best;
}

static bool find_in(const struct table *table, uint64_t seed, enum pm_pool pool, struct pm_span tag,
	struct pm_driver *driver)
{
	const bool is_windows = (PM_POOLS_WINDOWS >> pool & 1) != 0;
	char padded[PM_WINDOWS_TAG];
	const struct entry *found;

	if (is_windows) {
		if (tag.n > PM_WINDOWS_TAG)
			return false;
		while (tag.n > 0 && tag.at[tag.n - 1] == ' ')
			tag.n--;
	}
	found = find_exact(table, seed, pool, tag);
	if (found == NULL && is_windows) {
		memset(padded, ' ', sizeof(padded));
		memcpy(padded, tag.at, tag.n);
		tag = (struct pm_span){padded, sizeof(padded)};
	}
	if (found == NULL)
		found = find_wildcard(table, pool, tag);
	if (found != NULL)
		*driver = found->driver;
	return found != NULL;
}

bool pm_drivers_find_tag(const struct pm_drivers *drivers, enum pm_pool pool, const char *tag,
	size_t n, struct pm_driver *driver)
{
	return find_in(&drivers->general, drivers->seed, pool, (struct pm_span){tag, n}, driver);
}

bool pm_drivers_find(
	const struct pm_drivers *drivers, const struct pm_key *key, struct pm_driver *driver)
{
	return pm_drivers_find_tag(drivers, key->pool, key->raw_tag, key->n_raw_tag, driver);
}

/* "[driver - description]", or what there is of it. */
static void put_mapped(struct pm_buf *out, const struct pm_drivers *drivers,
	const struct table *table, const struct pm_key *key)
{
	const struct pm_span tag = {key->raw_tag, key->n_raw_tag};
	struct pm_driver driver;

	if (!find_in(table, drivers->seed, key->pool, tag, &driver) ||
		(driver.name[0] == '\0' && driver.description[0] == '\0'))
		return;
	pm_buf_add_char(out, '[');
	pm_buf_add_visible(out, driver.name, strlen(driver.name));
	if (driver.name[0] != '\0' && driver.description[0] != '\0')
		pm_buf_add_text(out, " - ");
	pm_buf_add_visible(out, driver.description, strlen(driver.description));
	pm_buf_add_char(out, ']');
}

/* Text that was cut off may end in a part of a character. */
static void end_whole(char *text)
{
	const size_t n = strlen(text);
	size_t last = n;

	while (last > 0 && (text[last - 1] & 0xc0) == 0x80)
		last--;
	last -= last > 0;
	if (pm_utf8_length(text + last, n - last) == 0)
		text[last] = '\0';
}

bool pm_drivers_map(
	const struct pm_drivers *drivers, const struct pm_key *key, char *text, size_t size)
{
	struct pm_buf out;
	bool known;

	pm_buf_init_fixed(&out, text, size);
	put_mapped(&out, drivers, &drivers->local, key);
	put_mapped(&out, drivers, &drivers->general, key);
	known = out.n > 0;
	if (!known)
		pm_buf_add_text(&out, "Unknown Driver");
	pm_buf_terminate(&out);
	end_whole(text);
	return known;
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
