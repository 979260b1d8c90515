/* SPDX-License-Identifier: MIT */
/* Files and directories that are to be scanned. */
#include "images/images.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/fail.h"
#include "base/file.h"

#include <errno.h>
#include <stdlib.h>

enum { DEPTH_MAX = 40, FILE_MAX_BYTES = 1 << 29 };

struct walk {
	struct pm_images *images;
	void (*skipped)(void *context, const struct pm_error *reason);
	void *context;
	uint64_t n_candidates;
	int depth;
};

/* ---- names ---- */

static bool ends_in(struct pm_span name, const char *suffix)
{
	const size_t n = strlen(suffix);

	if (name.n <= n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char c = name.at[name.n - n + i];

		if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != suffix[i])
			return false;
	}
	return true;
}

/* Without an ending that tells of compression. */
static struct pm_span unpacked_name(struct pm_span name)
{
	static const char *const packed[] = {".gz", ".xz", ".zst"};

	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
		if (ends_in(name, packed[i]))
			return (struct pm_span){name.at, name.n - strlen(packed[i])};
	}
	return name;
}

static bool is_candidate(const char *name)
{
	const struct pm_span plain = unpacked_name(pm_span_of(name));

	return ends_in(plain, ".ko") || ends_in(plain, ".sys");
}

static const char *last_part(const char *path)
{
	const char *last = path;

	for (const char *at = path; *at != '\0'; at++) {
		if ((*at == '/' || *at == '\\') && at[1] != '\0')
			last = at + 1;
	}
	return last;
}

/* ---- files ---- */

static enum pm_status read_all(
	struct pm_file file, uint64_t size, unsigned char **bytes, size_t *n, struct pm_error *err)
{
	size_t got = 1;
	enum pm_status status = PM_OK;

	*n = 0;
	*bytes = NULL;
	if (size > FILE_MAX_BYTES)
		return pm_fail(err, PM_E_INPUT, "larger than %d MiB, which no driver is",
			FILE_MAX_BYTES >> 20);
	*bytes = malloc((size_t)size + 1);
	if (*bytes == NULL)
		return pm_fail_memory(err);
	while (status == PM_OK && got > 0 && *n < size) {
		status = pm_file_read(file, *bytes + *n, (size_t)size - *n, &got, err);
		*n += status == PM_OK ? got : 0;
	}
	return status;
}

static enum pm_status scan_opened(
	struct pm_images *images, const char *path, struct pm_file file, struct pm_error *err)
{
	const struct pm_span name = unpacked_name(pm_span_of(last_part(path)));
	struct pm_file_info info;
	struct pm_buf text = {0};
	unsigned char *bytes = NULL;
	size_t n = 0;
	enum pm_status status = pm_file_stat(file, &info, err);

	pm_buf_add(&text, name.at, name.n);
	pm_buf_terminate(&text);
	if (status == PM_OK)
		status = text.failed ? pm_fail_memory(err)
				     : read_all(file, info.size, &bytes, &n, err);
	if (status == PM_OK)
		status = pm_images_add(images, text.at, bytes, n, err);
	else
		images->counts.skipped++;
	pm_buf_deinit(&text);
	free(bytes);
	return status;
}

static enum pm_status scan_file(struct pm_images *images, const char *path, struct pm_error *err)
{
	struct pm_file_info info;
	struct pm_file file;
	enum pm_status status = pm_path_stat(path, &info, err);

	if (status == PM_OK && info.kind != PM_FILE_REGULAR)
		status = pm_fail(err, PM_E_INPUT, "is no regular file");
	if (status == PM_OK)
		status = pm_file_open(&file, path, PM_FILE_READ, err);
	if (status != PM_OK) {
		images->counts.skipped++;
	} else {
		status = scan_opened(images, path, file, err);
		pm_file_discard(&file);
	}
	if (status != PM_OK)
		pm_error_where(err, path, 0, 0);
	return status;
}

/* ---- directories ---- */

struct names {
	char **at; /* [n], owned */
	size_t n, capacity;
};

static enum pm_status add_name(void *context, const char *name, struct pm_error *err)
{
	struct names *names = context;
	char **grown = pm_array_room(names->at, &names->capacity, names->n, sizeof(*grown));
	char *copy = malloc(strlen(name) + 1);

	if (grown != NULL)
		names->at = grown;
	if (grown == NULL || copy == NULL) {
		free(copy);
		return pm_fail_memory(err);
	}
	strcpy(copy, name);
	grown[names->n++] = copy;
	return PM_OK;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static enum pm_status list(struct names *names, const char *path, struct pm_error *err)
{
	enum pm_status status = pm_directory_each(path, add_name, names, err);

	if (status == PM_OK && names->n > 1)
		qsort(names->at, names->n, sizeof(names->at[0]), compare_names);
	return status;
}

static void free_names(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->at[i]);
	free(names->at);
}

/* A failure that concerns one file is told; one that ends it all is returned. */
static enum pm_status tell_skipped(struct walk *walk, enum pm_status status,
	const struct pm_error *reason, struct pm_error *err)
{
	if (status == PM_OK)
		return PM_OK;
	if (status == PM_E_MEMORY)
		return pm_fail_memory(err);
	if (walk->skipped != NULL)
		walk->skipped(walk->context, reason);
	return PM_OK;
}

/* Whether a directory is a link: where it leads is scanned if it is named. */
static bool is_link(const char *path)
{
	struct pm_error err = {0};
	struct pm_file file;
	const enum pm_status status = pm_file_open(&file, path, PM_FILE_READ_OWN, &err);

	pm_file_discard(&file);
	return status != PM_OK && err.sys_errno == ELOOP;
}

static enum pm_status walk_directory(struct walk *walk, const char *path, struct pm_error *err);

static enum pm_status walk_entry(
	struct walk *walk, const char *path, const char *name, struct pm_error *err)
{
	struct pm_file_info info;
	struct pm_error reason = {0};
	enum pm_status status = PM_OK;

	if (pm_path_stat(path, &info, NULL) == PM_OK && info.kind == PM_FILE_DIRECTORY) {
		if (is_link(path))
			return PM_OK;
		status = walk_directory(walk, path, &reason);
		if (status != PM_OK && status != PM_E_MEMORY)
			walk->images->counts.skipped++;
	} else if (is_candidate(name)) {
		walk->n_candidates++;
		status = scan_file(walk->images, path, &reason);
	}
	return tell_skipped(walk, status, &reason, err);
}

static enum pm_status walk_directory(struct walk *walk, const char *path, struct pm_error *err)
{
	struct names names = {0};
	struct pm_buf entry = {0};
	enum pm_status status;

	if (walk->depth == DEPTH_MAX) {
		(void)pm_fail(err, PM_E_INPUT, "more than %d directories deep", DEPTH_MAX);
		pm_error_where(err, path, 0, 0);
		return PM_E_INPUT;
	}
	walk->depth++;
	status = list(&names, path, err);
	for (size_t i = 0; i < names.n && status == PM_OK; i++) {
		pm_buf_clear(&entry);
		pm_buf_printf(&entry, "%s/%s", path, names.at[i]);
		pm_buf_terminate(&entry);
		status = entry.failed ? pm_fail_memory(err)
				      : walk_entry(walk, entry.at, names.at[i], err);
	}
	walk->depth--;
	pm_buf_deinit(&entry);
	free_names(&names);
	return status;
}

enum pm_status pm_images_scan(struct pm_images *images, const char *path,
	void (*skipped)(void *context, const struct pm_error *reason), void *context,
	struct pm_error *err)
{
	struct walk walk = {.images = images, .skipped = skipped, .context = context};
	struct pm_error reason = {0};
	struct pm_file_info info;
	enum pm_status status = pm_path_stat(path, &info, err);

	if (status != PM_OK)
		return status;
	if (info.kind != PM_FILE_DIRECTORY)
		return tell_skipped(&walk, scan_file(images, path, &reason), &reason, err);
	status = walk_directory(&walk, path, err);
	if (status == PM_OK && walk.n_candidates == 0) {
		status = pm_fail(err, PM_E_INPUT, "there are no drivers and no modules in it");
		pm_error_where(err, path, 0, 0);
		pm_error_remedy(err, "they are named *.sys, *.ko, *.ko.gz, *.ko.xz or *.ko.zst");
	}
	return status;
}
