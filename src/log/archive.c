/* SPDX-License-Identifier: MIT */
#include "log/archive.h"

#include "base/array.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/thread.h"
#include "log/lock.h"
#include "log/pack.h"
#include "log/rotated.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pm_archive {
	/* set once */
	struct pm_archive_options options;
	bool threaded;
	struct pm_thread thread;
	struct pm_mutex mutex;
	struct pm_condition changed;

	/* guarded by mutex */
	bool stop;
	enum pm_status failed;
	struct pm_error failure;
	struct pm_rotated *files; /* [n], oldest first: in the order in which they were rotated */
	size_t n, capacity;
	uint64_t stored_bytes;         /* of all of them */
	uint64_t active_bytes;         /* of the file that is being written */
	uint64_t other_bytes;          /* of such a file in another format, which stays as it is */
	struct pm_rotated last;        /* the name that was given last */
	char packing[PM_ROTATED_NAME]; /* what the thread is at; "": nothing */
};

/* ---- files: all of it with the mutex held ---- */

static void note_failure(
	struct pm_archive *archive, enum pm_status status, const struct pm_error *err)
{
	archive->failed = status;
	archive->failure = *err;
}

static struct pm_rotated *find(struct pm_archive *archive, const char *name)
{
	for (size_t i = archive->n; i-- > 0;) {
		if (strcmp(archive->files[i].name, name) == 0)
			return &archive->files[i];
	}
	return NULL;
}

static void set_form(struct pm_archive *archive, struct pm_rotated *file, enum pm_rotated_form form,
	bool has, uint64_t bytes)
{
	archive->stored_bytes += bytes - file->bytes[form];
	file->has[form] = has;
	file->bytes[form] = bytes;
}

static void forget(struct pm_archive *archive, struct pm_rotated *file)
{
	const size_t i = (size_t)(file - archive->files);

	for (int form = 0; form < PM_N_ROTATED_FORMS; form++)
		set_form(archive, file, (enum pm_rotated_form)form, false, 0);
	memmove(archive->files + i, archive->files + i + 1,
		(archive->n - i - 1) * sizeof(*archive->files));
	archive->n--;
}

static bool limits_anything(const struct pm_archive *archive)
{
	return archive->options.keep > 0 || archive->options.keep_bytes > 0 ||
		archive->options.keep_for_ms > 0;
}

static uint64_t used(const struct pm_archive *archive)
{
	return archive->stored_bytes + archive->active_bytes + archive->other_bytes + PM_LOCK_BYTES;
}

static enum pm_status remove_form(struct pm_archive *archive, struct pm_rotated *file,
	enum pm_rotated_form form, struct pm_error *err)
{
	char *path = pm_rotated_path(archive->options.directory, file, form);
	struct pm_error local;
	enum pm_status status = PM_OK;
	uint64_t bytes;

	if (err == NULL)
		err = &local;
	if (path == NULL)
		return pm_fail_memory(err);
	/* Somebody may have put something else in its place. */
	if (form == PM_ROTATED_TEMPORARY || pm_rotated_is_ours(path, file, form, &bytes))
		status = pm_path_remove(path, err);
	if (status == PM_E_SYSTEM && err->sys_errno == ENOENT)
		status = PM_OK; /* somebody else was faster */
	free(path);
	if (status == PM_OK)
		set_form(archive, file, form, false, 0);
	return status;
}

static enum pm_status remove_file(struct pm_archive *archive, size_t i, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	for (int form = 0; form < PM_N_ROTATED_FORMS && status == PM_OK; form++) {
		if (archive->files[i].has[form])
			status = remove_form(
				archive, &archive->files[i], (enum pm_rotated_form)form, err);
	}
	if (status == PM_OK)
		forget(archive, &archive->files[i]);
	return status;
}

/* Removes the oldest files, `spared` excepted, until there is room for `more` bytes. False: there
 * is none; *status says why it could not be made, if it could not. */
static bool make_room(struct pm_archive *archive, const char *spared, uint64_t more,
	enum pm_status *status, struct pm_error *err)
{
	const uint64_t limit = archive->options.keep_bytes;

	*status = PM_OK;
	while (limit > 0 && used(archive) + more > limit) {
		size_t i = 0;

		if (archive->n > 0 && strcmp(archive->files[0].name, spared) == 0)
			i = 1;
		if (i >= archive->n)
			return false;
		*status = remove_file(archive, i, err);
		if (*status != PM_OK)
			return false;
	}
	return true;
}

static enum pm_status remove_beyond_count(struct pm_archive *archive, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	while (archive->options.keep > 0 && archive->n > archive->options.keep && status == PM_OK)
		status = remove_file(archive, 0, err);
	return status;
}

static enum pm_status add(struct pm_archive *archive, const struct pm_rotated *file,
	enum pm_rotated_form form, uint64_t bytes, struct pm_error *err)
{
	struct pm_rotated *known = find(archive, file->name);

	if (known == NULL) {
		struct pm_rotated *grown = pm_array_room(
			archive->files, &archive->capacity, archive->n, sizeof(*grown));

		if (grown == NULL)
			return pm_fail_memory(err);
		archive->files = grown;
		known = &grown[archive->n++];
		*known = *file;
	}
	set_form(archive, known, form, true, bytes);
	return PM_OK;
}

/* What is being written counts too, and so does what was written in another format. */
static enum pm_status count_active(
	struct pm_archive *archive, const char *name, struct pm_error *err)
{
	for (int i = 0; i < PM_N_FORMATS; i++) {
		const char *extension = pm_codecs[i]->extension;
		struct pm_rotated file = {.time_ms = 0};
		uint64_t bytes;
		char *path;

		snprintf(file.name, sizeof(file.name), PM_ACTIVE_STEM "%s", extension);
		if (strcmp(name, file.name) != 0)
			continue;
		path = pm_rotated_path(archive->options.directory, &file, PM_ROTATED_PLAIN);
		if (path == NULL)
			return pm_fail_memory(err);
		if (!pm_rotated_is_ours(path, &file, PM_ROTATED_PLAIN, &bytes))
			bytes = 0;
		if (strcmp(extension, archive->options.extension) == 0)
			archive->active_bytes = bytes;
		else
			archive->other_bytes += bytes;
		free(path);
	}
	return PM_OK;
}

static enum pm_status collect(void *context, const char *name, struct pm_error *err)
{
	struct pm_archive *archive = context;
	struct pm_rotated file;
	enum pm_rotated_form form;
	uint64_t bytes;
	enum pm_status status = PM_OK;
	char *path;

	if (!pm_rotated_parse(name, &file, &form))
		return count_active(archive, name, err);
	path = pm_rotated_path(archive->options.directory, &file, form);
	if (path == NULL)
		return pm_fail_memory(err);
	if (!pm_rotated_is_ours(path, &file, form, &bytes))
		; /* its name is a coincidence */
	else if (form != PM_ROTATED_TEMPORARY)
		status = add(archive, &file, form, bytes, err);
	else if (strcmp(file.name, archive->packing) != 0)
		status = pm_path_remove(path, err); /* a crash left it */
	free(path);
	return status;
}

static enum pm_status look(struct pm_archive *archive, struct pm_error *err)
{
	enum pm_status status, removed;

	archive->n = 0;
	archive->stored_bytes = archive->active_bytes = archive->other_bytes = 0;
	status = pm_directory_each(archive->options.directory, collect, archive, err);
	if (archive->n > 0)
		qsort(archive->files, archive->n, sizeof(*archive->files), pm_rotated_compare);
	if (status == PM_OK)
		status = remove_beyond_count(archive, err);
	if (status == PM_OK && !make_room(archive, "", 0, &removed, err))
		status = removed;
	return status;
}

/* ---- compression, in the thread ---- */

static bool may_grow(void *context, uint64_t size)
{
	struct pm_archive *archive = context;
	struct pm_rotated *file;
	enum pm_status status;
	bool may = false;

	pm_mutex_lock(&archive->mutex);
	file = find(archive, archive->packing);
	if (file != NULL) {
		const uint64_t before = file->bytes[PM_ROTATED_TEMPORARY];

		may = size <= before ||
			make_room(archive, archive->packing, size - before, &status, NULL);
		file = find(archive, archive->packing);
		if (may)
			set_form(archive, file, PM_ROTATED_TEMPORARY, true, size);
		else
			file->left_plain = true; /* it would take more room than there is */
	}
	pm_mutex_unlock(&archive->mutex);
	return may;
}

/* The packed file takes its name, unless its original was removed in the meantime. */
static enum pm_status put_in_place(
	struct pm_archive *archive, const char *temporary, const char *packed, struct pm_error *err)
{
	struct pm_rotated *file;
	enum pm_status status = PM_END;

	pm_mutex_lock(&archive->mutex);
	file = find(archive, archive->packing);
	if (file != NULL) {
		status = pm_path_rename(temporary, packed, err);
		if (status == PM_OK) {
			set_form(archive, file, PM_ROTATED_PACKED, true,
				file->bytes[PM_ROTATED_TEMPORARY]);
			set_form(archive, file, PM_ROTATED_TEMPORARY, false, 0);
		}
	}
	pm_mutex_unlock(&archive->mutex);
	if (status != PM_OK)
		(void)!pm_path_remove(temporary, NULL);
	return status;
}

/* NAME becomes NAME.gz: complete and durable under a temporary name first, then renamed; then the
 * original goes. If both are there already, that was as far as an earlier run came. */
static enum pm_status compress_file(
	struct pm_archive *archive, const struct pm_rotated *file, struct pm_error *err)
{
	const struct pm_pack how = {archive->options.level, may_grow, archive};
	char *paths[PM_N_ROTATED_FORMS];
	bool same = true;
	uint64_t bytes;
	enum pm_status status = PM_OK;

	for (int form = 0; form < PM_N_ROTATED_FORMS; form++) {
		paths[form] = pm_rotated_path(
			archive->options.directory, file, (enum pm_rotated_form)form);
		if (paths[form] == NULL)
			status = pm_fail_memory(err);
	}
	if (status == PM_OK && pm_path_exists(paths[PM_ROTATED_PACKED])) {
		status = pm_pack_compare(
			paths[PM_ROTATED_PACKED], paths[PM_ROTATED_PLAIN], &same, err);
	} else if (status == PM_OK) {
		if (pm_rotated_is_ours(
			    paths[PM_ROTATED_TEMPORARY], file, PM_ROTATED_TEMPORARY, &bytes))
			(void)!pm_path_remove(paths[PM_ROTATED_TEMPORARY], NULL);
		status = pm_pack_file(
			&how, paths[PM_ROTATED_PLAIN], paths[PM_ROTATED_TEMPORARY], err);
		if (status == PM_OK)
			status = put_in_place(archive, paths[PM_ROTATED_TEMPORARY],
				paths[PM_ROTATED_PACKED], err);
	}
	if (status == PM_OK && same) {
		pm_directory_sync(archive->options.directory);
		status = pm_path_remove(paths[PM_ROTATED_PLAIN], err);
	}
	for (int form = 0; form < PM_N_ROTATED_FORMS; form++)
		free(paths[form]);
	return status;
}

static struct pm_rotated *next_to_pack(struct pm_archive *archive)
{
	for (size_t i = 0; i < archive->n; i++) {
		if (archive->files[i].has[PM_ROTATED_PLAIN] && !archive->files[i].left_plain)
			return &archive->files[i];
	}
	return NULL;
}

static void check_form(
	struct pm_archive *archive, struct pm_rotated *file, enum pm_rotated_form form)
{
	char *path = pm_rotated_path(archive->options.directory, file, form);

	if (path != NULL && !pm_path_exists(path))
		set_form(archive, file, form, false, 0);
	free(path);
}

/* Takes down how the compression of what was being packed went. */
static void finish_packing(
	struct pm_archive *archive, enum pm_status status, const struct pm_error *err)
{
	struct pm_rotated *file = find(archive, archive->packing);

	archive->packing[0] = '\0';
	if (file == NULL)
		return; /* removed in the meantime, to make room */
	check_form(archive, file, PM_ROTATED_PLAIN);
	check_form(archive, file, PM_ROTATED_TEMPORARY);
	file->left_plain = true; /* if it is: not tried again before the next rotation */
	if (status == PM_OK && !limits_anything(archive))
		forget(archive, file);
	else if (status != PM_OK && status != PM_END)
		note_failure(archive, status, err);
}

static void thread_body(void *context)
{
	struct pm_archive *archive = context;

	pm_thread_background();
	pm_mutex_lock(&archive->mutex);
	for (;;) {
		struct pm_rotated *next = next_to_pack(archive), file;
		struct pm_error err;
		enum pm_status status;

		if (next == NULL && archive->stop)
			break;
		if (next == NULL) {
			pm_condition_wait(&archive->changed, &archive->mutex);
			continue;
		}
		file = *next;
		memcpy(archive->packing, file.name, sizeof(file.name));
		pm_mutex_unlock(&archive->mutex);
		status = compress_file(archive, &file, &err);
		pm_mutex_lock(&archive->mutex);
		finish_packing(archive, status, &err);
	}
	pm_mutex_unlock(&archive->mutex);
}

/* ---- interface ---- */

enum pm_status pm_archive_create(
	struct pm_archive **out, const struct pm_archive_options *options, struct pm_error *err)
{
	struct pm_archive *archive = calloc(1, sizeof(*archive));
	enum pm_status status;

	*out = NULL;
	if (archive == NULL)
		return pm_fail_memory(err);
	archive->options = *options;
	pm_mutex_init(&archive->mutex);
	pm_condition_init(&archive->changed);
	status = look(archive, err);
	if (status == PM_OK && options->level > 0) {
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

enum pm_status pm_archive_reload(struct pm_archive *archive, struct pm_error *err)
{
	enum pm_status status;

	pm_mutex_lock(&archive->mutex);
	status = look(archive, err);
	pm_condition_wake_all(&archive->changed);
	pm_mutex_unlock(&archive->mutex);
	return status;
}

/* Takes the name that follows the last one, if nothing has it yet. */
static enum pm_status rename_to_next(struct pm_archive *archive, const char *path, int64_t time_ms,
	struct pm_rotated *file, struct pm_error *err)
{
	const bool same_second =
		archive->last.number > 0 && archive->last.time_ms / 1000 == time_ms / 1000;
	uint64_t number = same_second ? archive->last.number : 0;
	enum pm_status status;
	bool taken;

	do {
		char *to, *packed;

		pm_rotated_name(file, time_ms, ++number, archive->options.extension);
		to = pm_rotated_path(archive->options.directory, file, PM_ROTATED_PLAIN);
		packed = pm_rotated_path(archive->options.directory, file, PM_ROTATED_PACKED);
		status = to == NULL || packed == NULL ? pm_fail_memory(err) : PM_OK;
		taken = status == PM_OK && (pm_path_exists(to) || pm_path_exists(packed));
		if (status == PM_OK && !taken)
			status = pm_path_rename(path, to, err);
		free(to);
		free(packed);
	} while (taken);
	if (status == PM_OK)
		archive->last = *file;
	return status;
}

enum pm_status pm_archive_rotate(struct pm_archive *archive, const char *path, int64_t time_ms,
	char *name, size_t size, struct pm_error *err)
{
	struct pm_file_info info;
	struct pm_rotated file;
	struct pm_error why;
	enum pm_status status = pm_path_stat(path, &info, err);

	if (status == PM_OK)
		status = rename_to_next(archive, path, time_ms, &file, err);
	if (status != PM_OK)
		return status;
	snprintf(name, size, "%s", file.name);
	if (!archive->threaded && !limits_anything(archive))
		return PM_OK;
	pm_mutex_lock(&archive->mutex);
	for (size_t i = 0; i < archive->n; i++)
		archive->files[i].left_plain = false; /* what failed is tried again */
	archive->active_bytes = 0;
	status = add(archive, &file, PM_ROTATED_PLAIN, info.size, &why);
	if (status == PM_OK)
		status = remove_beyond_count(archive, &why);
	if (status != PM_OK)
		note_failure(archive, status, &why); /* the rotation itself is done */
	pm_condition_wake_all(&archive->changed);
	pm_mutex_unlock(&archive->mutex);
	return PM_OK;
}

enum pm_status pm_archive_make_room(
	struct pm_archive *archive, uint64_t active_bytes, struct pm_error *err)
{
	enum pm_status status;
	uint64_t before;

	if (archive->options.keep_bytes == 0)
		return PM_OK;
	pm_mutex_lock(&archive->mutex);
	before = archive->active_bytes;
	archive->active_bytes = active_bytes;
	if (!make_room(archive, "", 0, &status, err)) {
		archive->active_bytes = before;
		if (status == PM_OK)
			status = pm_fail(err, PM_E_SPACE,
				"%llu bytes are wanted where %llu may be taken",
				(unsigned long long)(active_bytes + PM_LOCK_BYTES),
				(unsigned long long)archive->options.keep_bytes);
	}
	pm_mutex_unlock(&archive->mutex);
	return status;
}

void pm_archive_expire(struct pm_archive *archive, int64_t now_ms)
{
	struct pm_error err;
	enum pm_status status = PM_OK;

	if (archive->options.keep_for_ms == 0)
		return;
	pm_mutex_lock(&archive->mutex);
	for (size_t i = 0; i < archive->n && status == PM_OK;) {
		if (archive->files[i].time_ms >= now_ms - archive->options.keep_for_ms)
			i++;
		else
			status = remove_file(archive, i, &err);
	}
	if (status != PM_OK)
		note_failure(archive, status, &err);
	pm_mutex_unlock(&archive->mutex);
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
	free(archive);
	return status;
}
