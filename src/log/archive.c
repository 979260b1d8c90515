/* SPDX-License-Identifier: MIT */
#include "log/archive.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/fail.h"
#include "base/gzip.h"
#include "base/number.h"
#include "base/thread.h"
#include "base/when.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define STEM "poolmon-"

enum { READ_BYTES = 128 * 1024, MEMBER_BYTES = 2 * 1024 * 1024, NAME_MAX_BYTES = 64 };

struct rotated {
	int64_t time_ms;
	uint64_t number; /* within the second, 1 for the first */
	bool compressed;
	bool temporary;
	char name[NAME_MAX_BYTES];
};

struct pm_archive {
	/* set once */
	char *directory;
	const char *extension;
	int level;
	size_t keep;
	bool threaded;
	struct pm_thread thread;
	struct pm_mutex mutex;
	struct pm_condition changed;

	/* guarded by mutex */
	bool wanted; /* something was rotated since the thread last looked */
	bool stop;
	enum pm_status failed;
	struct pm_error failure;

	/* whoever tidies: the thread, or the caller where there is none */
	struct rotated *files; /* [n] */
	size_t n, capacity;
};

/* ---- names ---- */

static bool take_suffix(struct pm_span *name, const char *suffix)
{
	const size_t n = strlen(suffix);

	if (name->n < n || memcmp(name->at + name->n - n, suffix, n) != 0)
		return false;
	name->n -= n;
	return true;
}

static bool parse_name(const struct pm_archive *archive, const char *text, struct rotated *file)
{
	const size_t n_stem = strlen(STEM);
	struct pm_span name = pm_span_of(text);

	if (name.n >= sizeof(file->name))
		return false;
	snprintf(file->name, sizeof(file->name), "%s", text);
	file->temporary = name.n > 0 && text[0] == '.' && take_suffix(&name, ".tmp");
	name.at += file->temporary;
	name.n -= file->temporary;
	file->compressed = take_suffix(&name, ".gz");
	if (file->temporary && !file->compressed)
		return false;
	if (!take_suffix(&name, archive->extension) || name.n < n_stem + PM_TIME_STAMP ||
		memcmp(name.at, STEM, n_stem) != 0 ||
		!pm_time_stamp_parse(name.at + n_stem, PM_TIME_STAMP, &file->time_ms))
		return false;
	name.at += n_stem + PM_TIME_STAMP;
	name.n -= n_stem + PM_TIME_STAMP;
	file->number = 1;
	return name.n == 0 ||
		(name.at[0] == '-' && name.n > 1 &&
			pm_u64_parse(name.at + 1, name.n - 1, &file->number) == PM_NUMBER_OK);
}

static char *path_of(
	const struct pm_archive *archive, const char *prefix, const char *name, const char *suffix)
{
	const size_t size =
		strlen(archive->directory) + strlen(prefix) + strlen(name) + strlen(suffix) + 2;
	char *path = malloc(size);

	if (path != NULL)
		snprintf(path, size, "%s/%s%s%s", archive->directory, prefix, name, suffix);
	return path;
}

static bool exists(const char *path)
{
	struct pm_file_info info;

	return pm_path_stat(path, &info, NULL) == PM_OK;
}

/* ---- compression ---- */

/* Where in line[n] the second comma is: what stands before it is the moment, in either format. */
static size_t moment_length(const char *line, size_t n)
{
	const char *comma = memchr(line, ',', n);

	if (comma != NULL)
		comma = memchr(comma + 1, ',', n - (size_t)(comma + 1 - line));
	return comma == NULL ? n : (size_t)(comma - line);
}

/* The offset in block[n], which consists of whole lines, of the first line that begins a new
 * moment, or n. `moment` is that of the line before (empty: none was looked at), and is kept up. */
static size_t find_moment(const char *block, size_t n, struct pm_buf *moment)
{
	for (size_t i = 0; i < n;) {
		const char *newline = memchr(block + i, '\n', n - i);
		const size_t length = newline == NULL ? n - i : (size_t)(newline - block) - i;
		const size_t m = moment_length(block + i, length);

		if (moment->n != m || memcmp(moment->at, block + i, m) != 0) {
			if (moment->n > 0)
				return i;
			pm_buf_add(moment, block + i, m);
		}
		i += length + 1;
	}
	return n;
}

/* Adds whole lines, and ends the member between two moments once it is large enough. */
static enum pm_status pack_lines(struct pm_gzip_writer *gzip, const char *block, size_t n,
	struct pm_buf *moment, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	while (n > 0 && status == PM_OK) {
		size_t cut = n;

		if (gzip->member_plain >= MEMBER_BYTES)
			cut = find_moment(block, n, moment);
		if (cut > 0)
			status = pm_gzip_writer_add(gzip, block, cut, false, err);
		if (status == PM_OK && cut < n) {
			status = pm_gzip_writer_end_member(gzip, err);
			pm_buf_clear(moment);
		}
		block += cut;
		n -= cut;
	}
	return status;
}

static enum pm_status pack(
	struct pm_file from, struct pm_gzip_writer *gzip, char *block, struct pm_error *err)
{
	struct pm_buf moment = {0};
	size_t n = 0, got = 1;
	enum pm_status status = PM_OK;

	while (got > 0 && status == PM_OK) {
		size_t whole;

		status = pm_file_read(from, block + n, READ_BYTES - n, &got, err);
		if (status != PM_OK)
			break;
		n += got;
		for (whole = n; whole > 0 && block[whole - 1] != '\n';)
			whole--;
		if (got == 0 || (whole == 0 && n == READ_BYTES))
			whole = n; /* the end, or a line that can't be one of ours */
		status = pack_lines(gzip, block, whole, &moment, err);
		memmove(block, block + whole, n - whole);
		n -= whole;
	}
	if (status == PM_OK)
		status = pm_gzip_writer_end_member(gzip, err);
	pm_buf_deinit(&moment);
	return status;
}

static enum pm_status pack_to(
	struct pm_file from, struct pm_file to, int level, struct pm_error *err)
{
	char *block = malloc(READ_BYTES);
	struct pm_gzip_writer gzip;
	enum pm_status status = block == NULL ? pm_fail_memory(err) : PM_OK;

	if (status == PM_OK)
		status = pm_gzip_writer_init(&gzip, to, true, 0, level, err);
	if (status == PM_OK) {
		status = pack(from, &gzip, block, err);
		pm_gzip_writer_deinit(&gzip);
	}
	if (status == PM_OK)
		status = pm_file_sync(to, err);
	free(block);
	return status;
}

/* NAME becomes NAME.gz: complete under a temporary name first, then renamed, then the original
 * goes. */
static enum pm_status compress_file(
	const struct pm_archive *archive, const char *name, struct pm_error *err)
{
	char *plain = path_of(archive, "", name, ""), *packed = path_of(archive, "", name, ".gz");
	char *temporary = path_of(archive, ".", name, ".gz.tmp");
	struct pm_file from = PM_FILE_NONE, to = PM_FILE_NONE;
	enum pm_status status = PM_OK;

	if (plain == NULL || packed == NULL || temporary == NULL) {
		status = pm_fail_memory(err);
	} else if (!exists(packed)) {
		(void)!pm_path_remove(temporary, NULL);
		status = pm_file_open(&from, plain, PM_FILE_READ, err);
		if (status == PM_OK)
			status = pm_file_open(&to, temporary, PM_FILE_CREATE_NEW, err);
		if (status == PM_OK) {
			status = pack_to(from, to, archive->level, err);
			if (status == PM_OK)
				status = pm_file_close(&to, err);
			if (status != PM_OK)
				pm_error_where(err, temporary, 0, 0);
		}
		pm_file_discard(&from);
		pm_file_discard(&to);
		if (status == PM_OK)
			status = pm_path_rename(temporary, packed, err);
		if (status != PM_OK)
			(void)!pm_path_remove(temporary, NULL);
	}
	if (status == PM_OK) {
		pm_directory_sync(archive->directory);
		status = pm_path_remove(plain, err);
	}
	free(plain);
	free(packed);
	free(temporary);
	return status;
}

/* ---- tidying ---- */

static enum pm_status collect(void *context, const char *name, struct pm_error *err)
{
	struct pm_archive *archive = context;
	struct rotated *grown =
		pm_array_room(archive->files, &archive->capacity, archive->n, sizeof(*grown));

	if (grown == NULL)
		return pm_fail_memory(err);
	archive->files = grown;
	if (parse_name(archive, name, &archive->files[archive->n]))
		archive->n++;
	return PM_OK;
}

/* Oldest first; of one name, the compressed file before the plain one it was made of. */
static int compare_rotated(const void *a, const void *b)
{
	const struct rotated *x = a, *y = b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (int)y->compressed - (int)x->compressed;
}

static bool same_stem(const struct rotated *a, const struct rotated *b)
{
	return a->time_ms == b->time_ms && a->number == b->number;
}

static enum pm_status remove_file(
	const struct pm_archive *archive, const char *name, struct pm_error *err)
{
	char *path = path_of(archive, "", name, "");
	enum pm_status status = path == NULL ? pm_fail_memory(err) : pm_path_remove(path, err);

	if (status == PM_E_SYSTEM && err != NULL && err->sys_errno == ENOENT)
		status = PM_OK; /* somebody else was faster */
	free(path);
	return status;
}

static enum pm_status look(struct pm_archive *archive, struct pm_error *err)
{
	enum pm_status status;

	archive->n = 0;
	status = pm_directory_each(archive->directory, collect, archive, err);
	if (archive->n > 0)
		qsort(archive->files, archive->n, sizeof(*archive->files), compare_rotated);
	return status;
}

static enum pm_status remove_old(struct pm_archive *archive, struct pm_error *err)
{
	enum pm_status status = PM_OK;
	const struct rotated *newer = NULL;
	size_t n_stems = 0;

	for (size_t i = archive->n; i-- > 0 && status == PM_OK;) {
		const struct rotated *file = &archive->files[i];

		if (file->temporary)
			continue;
		n_stems += newer == NULL || !same_stem(file, newer);
		newer = file;
		if (n_stems > archive->keep)
			status = remove_file(archive, file->name, err);
	}
	return status;
}

static enum pm_status tidy(struct pm_archive *archive, struct pm_error *err)
{
	struct pm_error local;
	enum pm_status status;

	if (err == NULL)
		err = &local;
	status = look(archive, err);
	if (status == PM_OK && archive->keep > 0)
		status = remove_old(archive, err);
	if (status == PM_OK && archive->level > 0)
		status = look(archive, err);
	for (size_t i = 0; status == PM_OK && archive->level > 0 && i < archive->n; i++) {
		const struct rotated *file = &archive->files[i];

		if (file->temporary)
			status = remove_file(archive, file->name, err);
		else if (!file->compressed)
			status = compress_file(archive, file->name, err);
	}
	return status;
}

static void thread_body(void *context)
{
	struct pm_archive *archive = context;

	pm_thread_background();
	pm_mutex_lock(&archive->mutex);
	for (;;) {
		struct pm_error err;
		enum pm_status status;

		while (!archive->wanted && !archive->stop)
			pm_condition_wait(&archive->changed, &archive->mutex);
		if (!archive->wanted)
			break;
		archive->wanted = false;
		pm_mutex_unlock(&archive->mutex);
		status = tidy(archive, &err);
		pm_mutex_lock(&archive->mutex);
		if (status != PM_OK) {
			archive->failed = status;
			archive->failure = err;
		}
	}
	pm_mutex_unlock(&archive->mutex);
}

/* ---- interface ---- */

enum pm_status pm_archive_create(struct pm_archive **out, const char *directory,
	const char *extension, int level, size_t keep, struct pm_error *err)
{
	struct pm_archive *archive = calloc(1, sizeof(*archive));
	const size_t n = strlen(directory) + 1;
	enum pm_status status = PM_OK;

	*out = NULL;
	if (archive == NULL || (archive->directory = malloc(n)) == NULL) {
		free(archive);
		return pm_fail_memory(err);
	}
	memcpy(archive->directory, directory, n);
	archive->extension = extension;
	archive->level = level;
	archive->keep = keep;
	pm_mutex_init(&archive->mutex);
	pm_condition_init(&archive->changed);
	if (level > 0) {
		archive->wanted = true; /* what an earlier run left behind */
		status = pm_thread_start(&archive->thread, thread_body, archive, err);
		archive->threaded = status == PM_OK;
	}
	if (status != PM_OK) {
		(void)pm_archive_destroy(archive, NULL);
		return status;
	}
	*out = archive;
	return PM_OK;
}

enum pm_status pm_archive_rotate(struct pm_archive *archive, const char *path, int64_t time_ms,
	char *name, size_t size, struct pm_error *err)
{
	char stamp[PM_TIME_STAMP];
	enum pm_status status;

	pm_time_stamp(stamp, time_ms);
	for (unsigned number = 1;; number++) {
		char suffix[16] = "";
		char *to, *packed;
		bool taken;

		if (number > 1)
			snprintf(suffix, sizeof(suffix), "-%u", number);
		snprintf(name, size, STEM "%.*s%s%s", PM_TIME_STAMP, stamp, suffix,
			archive->extension);
		to = path_of(archive, "", name, "");
		packed = path_of(archive, "", name, ".gz");
		taken = to != NULL && packed != NULL && (exists(to) || exists(packed));
		status = to == NULL || packed == NULL ? pm_fail_memory(err) : PM_OK;
		if (status == PM_OK && !taken)
			status = pm_path_rename(path, to, err);
		free(to);
		free(packed);
		if (!taken)
			break;
	}
	if (status != PM_OK)
		return status;
	if (!archive->threaded)
		return tidy(archive, err);
	pm_mutex_lock(&archive->mutex);
	archive->wanted = true;
	pm_condition_wake_all(&archive->changed);
	pm_mutex_unlock(&archive->mutex);
	return PM_OK;
}

enum pm_status pm_archive_failure(struct pm_archive *archive, struct pm_error *err)
{
	enum pm_status status;

	pm_mutex_lock(&archive->mutex);
	status = archive->failed;
	archive->failed = PM_OK;
	if (status != PM_OK && err != NULL)
		*err = archive->failure;
	pm_mutex_unlock(&archive->mutex);
	return status;
}

enum pm_status pm_archive_destroy(struct pm_archive *archive, struct pm_error *err)
{
	enum pm_status status;

	if (archive == NULL)
		return PM_OK;
	if (archive->threaded) {
		pm_mutex_lock(&archive->mutex);
		archive->stop = true;
		pm_condition_wake_all(&archive->changed);
		pm_mutex_unlock(&archive->mutex);
		pm_thread_join(&archive->thread);
	}
	status = pm_archive_failure(archive, err);
	pm_condition_deinit(&archive->changed);
	pm_mutex_deinit(&archive->mutex);
	free(archive->files);
	free(archive->directory);
	free(archive);
	return status;
}
