/* SPDX-License-Identifier: MIT */
/*
 * Linux slab caches, from /proc/slabinfo and /sys/kernel/slab.
 *
 * Outstanding bytes are active objects x object size (the size a slab gives to each object, padding
 * included); the footprint is slabs x pages per slab x page size. Both are what the kernel counts,
 * which is approximate where objects wait on per-CPU lists.
 */
#include "base/fail.h"
#include "model/note.h"
#include "source/linux/aliases.h"
#include "source/linux/caches.h"
#include "source/linux/host.h"
#include "source/linux/memory.h"
#include "source/slabinfo.h"
#include "source/source.h"

#include <poolmon/tag.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How often links are looked at again although no new cache has shown up. */
#define ALIASES_EVERY_MS 600000

struct slab_source {
	struct pm_source base;
	struct pm_root root;
	struct pm_host host;
	struct pm_memory memory;
	struct pm_aliases aliases;
	int64_t aliases_read_ms;
	int fd;
	struct pm_buf text, before; /* the file, and as it was the last time */
	char header[512];           /* the one that `layout` was made of */
	struct pm_slabinfo_layout layout;

	struct pm_keys *keys; /* table that `caches` refer to */
	struct pm_caches caches;
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
			slab->caches.n = 0; /* what was read of them may mean something else */
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

/* The cache that line i is about, as its numbers tell. NULL: out of memory. */
static struct pm_cache *cache_of(struct slab_source *slab, struct pm_snapshot *snapshot, size_t i,
	struct pm_span name, bool *is_new)
{
	const struct pm_key *key;
	struct pm_cache *cache;

	if (name.n > PM_TAG_MAX)
		name.n = PM_TAG_MAX;
	cache = pm_caches_find(&slab->caches, i, slab->before.at, name);
	if (cache != NULL)
		return cache;
	*is_new = true;
	key = pm_snapshot_key(snapshot, "slab", name.at, name.n, type_of(slab, name));
	return key == NULL ? NULL : pm_caches_insert(&slab->caches, i, key, name.n);
}

/* Line i, unless it is an odd one: *cache is NULL then. */
static enum pm_status take_line(struct slab_source *slab, struct pm_snapshot *snapshot, size_t i,
	struct pm_span line, bool *any_new, struct pm_cache **cache, struct pm_error *err)
{
	struct pm_slab numbers;

	*cache = NULL;
	if (!pm_slabinfo_parse_line(&slab->layout, line.at, line.n, &numbers))
		return tell_odd_line(slab, snapshot, line.at, line.n, err);
	*cache = cache_of(slab, snapshot, i, numbers.name, any_new);
	if (*cache == NULL)
		return pm_fail_memory(err);
	pm_cache_set(*cache, line.n, &numbers, slab->memory.page_bytes);
	return PM_OK;
}

/* Adds a row for each of the lines that begin at `line`. */
static enum pm_status add_lines(struct slab_source *slab, struct pm_snapshot *snapshot,
	const char *line, size_t *n_lines, bool *any_new, struct pm_error *err)
{
	const char *end = slab->text.at + slab->text.n;
	enum pm_status status = PM_OK;

	while (status == PM_OK && line < end) {
		struct pm_cache *cache =
			pm_caches_same(&slab->caches, *n_lines, slab->before.at, line, end);
		size_t n;

		if (cache != NULL) {
			n = cache->n_line;
		} else {
			const char *newline = memchr(line, '\n', (size_t)(end - line));

			n = (size_t)((newline == NULL ? end : newline) - line);
			if (n > 0)
				status = take_line(slab, snapshot, *n_lines,
					(struct pm_span){line, n}, any_new, &cache, err);
		}
		if (cache != NULL) {
			cache->line_at = (size_t)(line - slab->text.at);
			status = pm_cache_add_row(cache, snapshot, err);
			++*n_lines;
		}
		line += n + 1;
	}
	return status;
}

static enum pm_status add_rows(
	struct slab_source *slab, struct pm_snapshot *snapshot, bool *any_new, struct pm_error *err)
{
	const struct pm_buf before = slab->before;
	const char *line;
	size_t n_lines = 0;
	enum pm_status status = find_layout(slab, &line, err);

	if (status == PM_OK)
		status = add_lines(slab, snapshot, line, &n_lines, any_new, err);
	slab->caches.n = status == PM_OK ? n_lines : 0;
	slab->before = slab->text;
	slab->text = before;
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
		slab->caches.n = 0;
	}
	status = pm_root_read_again(
		&slab->root, slab->fd, "proc/slabinfo", SIZE_MAX, &slab->text, err);
	if (status != PM_OK)
		return explain(status, err);
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

/* One event for the caches [from, to) that share one set of slabs. */
static enum pm_status describe_group(const struct slab_source *slab, struct pm_snapshot *snapshot,
	size_t from, size_t to, struct pm_error *err)
{
	struct pm_buf note = {0}, names = {0};
	const struct pm_key *shown = NULL;
	enum pm_status status = PM_OK;

	for (size_t i = from; i < to && shown == NULL; i++)
		shown = pm_caches_key(&slab->caches, slab->aliases.at[i].name);
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
	pm_buf_deinit(&slab->before);
	pm_caches_deinit(&slab->caches);
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
	slab->fd = -1;
	pm_memory_init(&slab->memory);
	status = pm_root_open(&slab->root, config->root, err);
	if (status == PM_OK) {
		slab->fd = pm_root_open_file(&slab->root, "proc/slabinfo", err);
		if (slab->fd < 0)
			status = explain(err != NULL ? err->status : PM_E_SYSTEM, err);
	}
	if (status == PM_OK)
		status = pm_root_read_again(
			&slab->root, slab->fd, "proc/slabinfo", SIZE_MAX, &slab->text, err);
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

const struct pm_source_kind pm_source_slab = {
	.info =
		{
			.name = "slab",
			.help = "Linux slab caches, from /proc/slabinfo",
			.pool = PM_POOL_SLAB,
		},
	.open = open_slab,
	.sample = sample,
	.describe = describe,
	.close = close_slab,
};
