/* SPDX-License-Identifier: MIT */
/*
 * Linux slab caches, from /proc/slabinfo and /sys/kernel/slab.
 *
 * Outstanding bytes are active objects x object size (the size a slab gives to each object, padding
 * included); the footprint is slabs x pages per slab x page size. Both are what the kernel counts,
 * which is approximate where objects wait on per-CPU lists.
 */
#include "base/array.h"
#include "base/fail.h"
#include "model/note.h"
#include "source/linux/aliases.h"
#include "source/linux/host.h"
#include "source/linux/memory.h"
#include "source/slabinfo.h"
#include "source/source.h"

#include <poolmon/tag.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* How often links are looked at again although no new cache has shown up. */
#define ALIASES_EVERY_MS 600000

struct cache { /* one line of slabinfo, as it was the last time */
	const struct pm_key *key;
	struct pm_slab numbers; /* its name is not kept */
	size_t n_name, n_line;
	char line[176]; /* its beginning: first of all the name */
};

struct slab_source {
	struct pm_source base;
	struct pm_root root;
	struct pm_host host;
	struct pm_memory memory;
	struct pm_aliases aliases;
	int64_t aliases_read_ms;
	int fd;
	struct pm_buf text;
	char header[512]; /* the one that `layout` was made of */
	struct pm_slabinfo_layout layout;

	struct pm_keys *keys; /* table that `caches` and `rows` refer to */
	struct cache *caches; /* [n_caches], by line */
	size_t n_caches, caches_capacity;
	size_t *rows; /* [n_row_slots], by key id: 1 + index of its row in this snapshot */
	size_t n_row_slots;
	bool odd_line_told;
};

static struct slab_source *self(struct pm_source *source)
{
	return (struct slab_source *)source;
}

static enum pm_status explain(enum pm_status status, struct pm_error *err)
{
	if (status == PM_E_ACCESS)
		pm_error_remedy(err, "run as root (sudo), or give the program CAP_DAC_READ_SEARCH");
	else if (status == PM_E_SYSTEM && err != NULL && err->sys_errno == ENOENT) {
		err->status = status = PM_E_UNSUPPORTED;
		pm_error_remedy(err, "this kernel or container does not show its slab caches");
	}
	return status;
}

static enum pm_status find_layout(
	struct slab_source *slab, const char **lines, struct pm_error *err)
{
	const char *at = slab->text.at;
	enum pm_status status;

	/* The columns are named by a comment line; a version line stands before it. */
	while (*at != '\0' && *at != '#') {
		const char *newline = strchr(at, '\n');

		at = newline == NULL ? slab->text.at + slab->text.n : newline + 1;
	}
	*lines = strchr(at, '\n');
	if (*lines != NULL) {
		const size_t n = (size_t)(*lines - at);

		(*lines)++;
		if (strncmp(slab->header, at, n) == 0 && n < sizeof(slab->header) &&
			slab->header[n] == '\0' && n > 0)
			return PM_OK;
		if (n < sizeof(slab->header) && pm_slabinfo_parse_header(at, n, &slab->layout)) {
			memcpy(slab->header, at, n);
			slab->header[n] = '\0';
			slab->n_caches = 0; /* what was read of them may mean something else */
			return PM_OK;
		}
	}
	status = pm_fail(err, PM_E_UNSUPPORTED,
		"not the slabinfo that this version knows (it begins with \"%.40s\")",
		slab->text.at);
	pm_error_where(err, "/proc/slabinfo", 1, 0);
	return status;
}

/* "Recl", "Unrecl", or "" where the system does not tell. */
static const char *type_of(const struct slab_source *slab, struct pm_span name)
{
	char path[320], answer[16];

	if (memchr(name.at, '/', name.n) != NULL || name.n > 255 || name.at[0] == '.')
		return "";
	snprintf(path, sizeof(path), "sys/kernel/slab/%.*s/reclaim_account", (int)name.n, name.at);
	pm_root_read_line(&slab->root, path, answer, sizeof(answer));
	return strcmp(answer, "1") == 0 ? "Recl" : strcmp(answer, "0") == 0 ? "Unrecl" : "";
}

static bool is_cache(const struct cache *cache, struct pm_span name)
{
	const size_t n_kept = name.n < sizeof(cache->line) ? name.n : sizeof(cache->line);

	return cache->n_name == name.n && memcmp(cache->line, name.at, n_kept) == 0 &&
		memcmp(cache->key->raw_tag + n_kept, name.at + n_kept, name.n - n_kept) == 0;
}

/* Makes room for line i, which is a cache that was not there the last time. */
static struct cache *insert_cache(struct slab_source *slab, size_t i)
{
	struct cache *caches = pm_array_room(
		slab->caches, &slab->caches_capacity, slab->n_caches, sizeof(*caches));

	if (caches == NULL)
		return NULL;
	slab->caches = caches;
	memmove(&caches[i + 1], &caches[i], (slab->n_caches - i) * sizeof(*caches));
	slab->n_caches++;
	return &caches[i];
}

/* Forgets the lines [from, to), which are there no more. */
static void remove_caches(struct slab_source *slab, size_t from, size_t to)
{
	memmove(&slab->caches[from], &slab->caches[to],
		(slab->n_caches - to) * sizeof(*slab->caches));
	slab->n_caches -= to - from;
}

/*
 * The cache of line i; remembered, as lines keep their order: the kernel puts a new cache first and
 * takes one out anywhere.
 */
static struct cache *cache_of(struct slab_source *slab, struct pm_snapshot *snapshot, size_t i,
	struct pm_span name, bool *is_new)
{
	const struct pm_key *key;
	struct cache *cache;
	size_t at = i;

	if (name.n > PM_TAG_MAX)
		name.n = PM_TAG_MAX;
	while (at < slab->n_caches && !is_cache(&slab->caches[at], name))
		at++;
	if (at < slab->n_caches) {
		if (at > i)
			remove_caches(slab, i, at);
		return &slab->caches[i];
	}
	*is_new = true;
	key = pm_snapshot_key(snapshot, "slab", name.at, name.n, type_of(slab, name));
	cache = key == NULL ? NULL : insert_cache(slab, i);
	if (cache == NULL)
		return NULL;
	*cache = (struct cache){.key = key, .n_name = name.n};
	return cache;
}

/* Most lines are as they were: they need not be taken apart again. NULL: this one is not. */
static const struct cache *same_line(
	const struct slab_source *slab, size_t i, const char *line, size_t n)
{
	const struct cache *cache = &slab->caches[i];

	return i < slab->n_caches && cache->n_line == n && n <= sizeof(cache->line) &&
			memcmp(cache->line, line, n) == 0
		? cache
		: NULL;
}

static void keep_line(
	struct cache *cache, const char *line, size_t n, const struct pm_slab *numbers)
{
	cache->n_line = n;
	memcpy(cache->line, line, n < sizeof(cache->line) ? n : sizeof(cache->line));
	cache->numbers = *numbers;
}

static uint64_t product(uint64_t a, uint64_t b)
{
	return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Adds the row of a cache; several caches of one name are one row. */
static enum pm_status add_row(struct slab_source *slab, struct pm_snapshot *snapshot,
	const struct pm_key *key, const struct pm_slab *cache, struct pm_error *err)
{
	const uint64_t bytes = product(cache->active_objects, cache->object_size);
	const uint64_t footprint =
		product(product(cache->n_slabs, cache->pages_per_slab), slab->memory.page_bytes);
	struct pm_row *row;

	if (key->id >= slab->n_row_slots) {
		size_t n = slab->n_row_slots, *grown;

		grown = pm_array_room(slab->rows, &n, key->id, sizeof(*grown));
		if (grown == NULL)
			return pm_fail_memory(err);
		memset(grown + slab->n_row_slots, 0, (n - slab->n_row_slots) * sizeof(*grown));
		slab->rows = grown;
		slab->n_row_slots = n;
	}
	if (slab->rows[key->id] != 0) {
		row = &snapshot->rows[slab->rows[key->id] - 1];
		pm_row_set(
			row, PM_VALUE_DIFF, sum(row->value[PM_VALUE_DIFF], cache->active_objects));
		pm_row_set(row, PM_VALUE_BYTES, sum(row->value[PM_VALUE_BYTES], bytes));
		pm_row_set(row, PM_VALUE_FOOTPRINT, sum(row->value[PM_VALUE_FOOTPRINT], footprint));
	} else {
		row = pm_snapshot_add(snapshot, key);
		if (row == NULL)
			return pm_fail_memory(err);
		slab->rows[key->id] = snapshot->n_rows;
		pm_row_set(row, PM_VALUE_DIFF, cache->active_objects);
		pm_row_set(row, PM_VALUE_BYTES, bytes);
		pm_row_set(row, PM_VALUE_FOOTPRINT, footprint);
	}
	pm_row_set(row, PM_VALUE_PER_ALLOC,
		row->value[PM_VALUE_DIFF] == 0
			? 0
			: row->value[PM_VALUE_BYTES] / row->value[PM_VALUE_DIFF]);
	return PM_OK;
}

/* A line that can't be understood is left out, which is told once. */
static enum pm_status tell_odd_line(struct slab_source *slab, struct pm_snapshot *snapshot,
	const char *line, size_t n, struct pm_error *err)
{
	struct pm_buf note = {0};
	enum pm_status status = PM_OK;

	if (slab->odd_line_told)
		return PM_OK;
	slab->odd_line_told = true;
	pm_note_add_text(&note, "source", "slab");
	pm_note_add_text(&note, "cause", "a line of /proc/slabinfo is left out");
	pm_note_add(&note, "line", (struct pm_span){line, n});
	if (note.failed)
		status = pm_fail_memory(err);
	else
		status = pm_snapshot_add_event(snapshot, "source-error", note.at, note.n, err);
	pm_buf_deinit(&note);
	return status;
}

/* Line i, which is no empty one. */
static enum pm_status add_line(struct slab_source *slab, struct pm_snapshot *snapshot, size_t *i,
	struct pm_span line, bool *any_new, struct pm_error *err)
{
	const struct cache *same = same_line(slab, *i, line.at, line.n);
	struct cache *cache;
	struct pm_slab numbers;

	if (same == NULL) {
		if (!pm_slabinfo_parse_line(&slab->layout, line.at, line.n, &numbers))
			return tell_odd_line(slab, snapshot, line.at, line.n, err);
		cache = cache_of(slab, snapshot, *i, numbers.name, any_new);
		if (cache == NULL)
			return pm_fail_memory(err);
		keep_line(cache, line.at, line.n, &numbers);
		same = cache;
	}
	++*i;
	return add_row(slab, snapshot, same->key, &same->numbers, err);
}

static enum pm_status add_rows(
	struct slab_source *slab, struct pm_snapshot *snapshot, bool *any_new, struct pm_error *err)
{
	const char *line, *end = slab->text.at + slab->text.n;
	enum pm_status status = find_layout(slab, &line, err);
	size_t i = 0;

	while (status == PM_OK && line < end) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const size_t n = newline == NULL ? (size_t)(end - line) : (size_t)(newline - line);

		if (n > 0)
			status = add_line(
				slab, snapshot, &i, (struct pm_span){line, n}, any_new, err);
		line += n + 1;
	}
	if (status == PM_OK)
		slab->n_caches = i;
	return status;
}

static enum pm_status sample(
	struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err)
{
	struct slab_source *slab = self(source);
	bool any_new = false;
	enum pm_status status;

	if (slab->keys != snapshot->keys) {
		slab->keys = snapshot->keys;
		slab->n_caches = 0;
	}
	status = pm_root_read_again(&slab->root, slab->fd, "proc/slabinfo", &slab->text, err);
	if (status != PM_OK)
		return explain(status, err);
	if (slab->rows != NULL)
		memset(slab->rows, 0, slab->n_row_slots * sizeof(*slab->rows));
	status = pm_memory_sample(&slab->memory, snapshot, err);
	if (status == PM_OK)
		status = add_rows(slab, snapshot, &any_new, err);
	if (status == PM_OK &&
		(any_new || snapshot->uptime_ms - slab->aliases_read_ms >= ALIASES_EVERY_MS)) {
		bool changed;

		status = pm_aliases_read(&slab->aliases, &slab->root, &changed, err);
		if (status == PM_OK && changed)
			slab->base.revision++;
		slab->aliases_read_ms = snapshot->uptime_ms;
	}
	return status;
}

static const struct pm_key *find_shown(const struct slab_source *slab, const char *name)
{
	for (size_t i = 0; i < slab->n_caches; i++) {
		if (strcmp(slab->caches[i].key->raw_tag, name) == 0)
			return slab->caches[i].key;
	}
	return NULL;
}

/* One event for the caches [from, to) that share one set of slabs. */
static enum pm_status describe_group(const struct slab_source *slab, struct pm_snapshot *snapshot,
	size_t from, size_t to, struct pm_error *err)
{
	struct pm_buf note = {0}, names = {0};
	const struct pm_key *shown = NULL;
	enum pm_status status = PM_OK;

	for (size_t i = from; i < to && shown == NULL; i++)
		shown = find_shown(slab, slab->aliases.at[i].name);
	for (size_t i = from; shown != NULL && i < to; i++) {
		if (strcmp(slab->aliases.at[i].name, shown->raw_tag) == 0)
			continue;
		if (names.n > 0)
			pm_buf_add_char(&names, ',');
		pm_buf_add_text(&names, slab->aliases.at[i].name);
	}
	if (names.n > 0) {
		pm_note_add_text(&note, "pool", "slab");
		pm_note_add_text(&note, "tag", shown->tag);
		pm_note_add(&note, "names", (struct pm_span){names.at, names.n});
		status = note.failed || names.failed
			? pm_fail_memory(err)
			: pm_snapshot_add_event(snapshot, "alias", note.at, note.n, err);
	}
	pm_buf_deinit(&note);
	pm_buf_deinit(&names);
	return status;
}

static enum pm_status describe(
	struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err)
{
	const struct slab_source *slab = self(source);
	const struct pm_aliases *aliases = &slab->aliases;
	enum pm_status status = PM_OK;
	size_t to;

	for (size_t from = 0; from < aliases->n && status == PM_OK; from = to) {
		for (to = from + 1; to < aliases->n; to++) {
			if (strcmp(aliases->at[to].target, aliases->at[from].target) != 0)
				break;
		}
		status = describe_group(slab, snapshot, from, to, err);
	}
	return status;
}

static void close_slab(struct pm_source *source)
{
	struct slab_source *slab = self(source);

	if (slab->fd >= 0)
		close(slab->fd);
	pm_memory_close(&slab->memory);
	pm_aliases_deinit(&slab->aliases);
	pm_root_close(&slab->root);
	pm_buf_deinit(&slab->text);
	free(slab->caches);
	free(slab->rows);
	free(slab);
}

static enum pm_status open_slab(struct pm_source **source, const char *argument,
	const struct pm_source_config *config, struct pm_error *err)
{
	struct slab_source *slab = calloc(1, sizeof(*slab));
	const char *lines;
	enum pm_status status;

	(void)argument;
	if (slab == NULL)
		return pm_fail_memory(err);
	slab->fd = slab->memory.meminfo = slab->memory.vmstat = -1;
	status = pm_root_open(&slab->root, config->root, err);
	if (status == PM_OK) {
		slab->fd = pm_root_open_file(&slab->root, "proc/slabinfo", err);
		if (slab->fd < 0)
			status = explain(err != NULL ? err->status : PM_E_SYSTEM, err);
	}
	if (status == PM_OK)
		status = pm_root_read_again(
			&slab->root, slab->fd, "proc/slabinfo", &slab->text, err);
	if (status == PM_OK)
		status = find_layout(slab, &lines, err);
	if (status == PM_OK) {
		pm_memory_open(&slab->memory, &slab->root);
		pm_host_read(&slab->host, &slab->root, &slab->base.origin);
		*source = &slab->base;
	} else {
		close_slab(&slab->base);
	}
	return status;
}

static enum pm_status probe(
	const char *argument, const struct pm_source_config *config, struct pm_error *err)
{
	struct pm_source *source;
	struct pm_error local;
	const enum pm_status status =
		open_slab(&source, argument, config, err != NULL ? err : &local);

	if (status == PM_OK)
		close_slab(source);
	return status;
}

const struct pm_source_kind pm_source_slab = {
	.info =
		{
			.name = "slab",
			.help = "Linux slab caches, from /proc/slabinfo",
		},
	.probe = probe,
	.open = open_slab,
	.sample = sample,
	.describe = describe,
	.close = close_slab,
};
