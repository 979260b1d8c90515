/* SPDX-License-Identifier: MIT */
#include "log/archive.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/thread.h"
#include "log/pack.h"
#include "log/stock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pm_archive {
	/* set once */
	struct pm_archive_options options;
	enum pm_rotated_form packed, temporary; /* of the packing */
	bool threaded;
	struct pm_thread thread;
	struct pm_mutex mutex;
	struct pm_condition changed;

	/* guarded by mutex */
	bool stop;
	enum pm_status failed;
	struct pm_error failure;
	struct pm_stock stock;  /* packing: what the thread is at */
	struct pm_rotated last; /* the name that was given last */
};

/* ---- what is kept: all of it with the mutex held ---- */

static void note_failure(
	struct pm_archive *archive, enum pm_status status, const struct pm_error *err)
{
	archive->failed = status;
	archive->failure = *err;
}

static bool limits_anything(const struct pm_archive *archive)
{
	return archive->options.keep > 0 || archive->options.keep_bytes > 0 ||
		archive->options.keep_for_ms > 0;
}

static enum pm_status remove_beyond_count(struct pm_archive *archive, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	while (archive->options.keep > 0 && archive->stock.n > archive->options.keep &&
		status == PM_OK)
		status = pm_stock_remove(&archive->stock, 0, err);
	return status;
}

/* Whatever can't be removed now is tried again later, and keeps nobody from writing, as long as
 * there is room. */
static enum pm_status look(struct pm_archive *archive, struct pm_error *err)
{
	struct pm_error why;
	enum pm_status status = pm_stock_load(&archive->stock, err);

	if (status != PM_OK)
		return status;
	status = remove_beyond_count(archive, &why);
	if (status == PM_OK && archive->options.keep_bytes > 0)
		status = pm_stock_make_room(
			&archive->stock, archive->options.keep_bytes, false, 0, &why);
	if (status != PM_OK && status != PM_E_SPACE)
		note_failure(archive, status, &why);
	return PM_OK;
}

/* ---- compression, in the thread ---- */

static bool may_grow(void *context, uint64_t size)
{
	struct pm_archive *archive = context;
	const uint64_t limit = archive->options.keep_bytes;
	struct pm_rotated *file;
	bool may = false;

	pm_mutex_lock(&archive->mutex);
	file = pm_stock_find(&archive->stock, archive->stock.packing);
	if (file != NULL) {
		const uint64_t before = file->bytes[archive->temporary];

		may = size <= before || limit == 0 ||
			pm_stock_make_room(&archive->stock, limit, true, size - before, NULL) ==
				PM_OK;
		file = pm_stock_find(&archive->stock, archive->stock.packing);
		if (may)
			pm_stock_set(&archive->stock, file, archive->temporary, true, size);
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
	file = pm_stock_find(&archive->stock, archive->stock.packing);
	if (file != NULL) {
		status = pm_path_rename(temporary, packed, err);
		if (status == PM_OK) {
			pm_stock_set(&archive->stock, file, archive->packed, true,
				file->bytes[archive->temporary]);
			pm_stock_set(&archive->stock, file, archive->temporary, false, 0);
		}
	}
	pm_mutex_unlock(&archive->mutex);
	if (status != PM_OK)
		(void)!pm_path_remove(temporary, NULL);
	return status;
}

/* What somebody has packed of a file already, in whatever way; NULL: nothing. */
static const char *find_packed(char *const paths[PM_N_ROTATED_FORMS])
{
	for (int form = PM_ROTATED_PLAIN + 1; form < PM_N_ROTATED_FORMS; form++) {
		if (!pm_rotated_is_temporary((enum pm_rotated_form)form) &&
			pm_path_exists(paths[form]))
			return paths[form];
	}
	return NULL;
}

/* NAME becomes NAME.gz, or NAME.zst: complete and durable under a temporary name first, then
 * renamed; then the original goes. If both are there already, that was as far as an earlier run
 * came. */
static enum pm_status compress_file(
	struct pm_archive *archive, const struct pm_rotated *file, struct pm_error *err)
{
	const struct pm_pack how = {
		archive->options.packing, archive->options.level, may_grow, archive};
	char *paths[PM_N_ROTATED_FORMS];
	const char *packed = NULL, *plain, *temporary;
	bool same = true;
	uint64_t bytes;
	enum pm_status status = PM_OK;

	for (int form = 0; form < PM_N_ROTATED_FORMS; form++) {
		paths[form] = pm_rotated_path(
			archive->options.directory, file, (enum pm_rotated_form)form);
		if (paths[form] == NULL)
			status = pm_fail_memory(err);
	}
	plain = paths[PM_ROTATED_PLAIN];
	temporary = paths[archive->temporary];
	if (status == PM_OK && (packed = find_packed(paths)) != NULL) {
		status = pm_pack_compare(packed, plain, &same, err);
	} else if (status == PM_OK) {
		if (pm_rotated_is_ours(temporary, file, archive->temporary, &bytes))
			(void)!pm_path_remove(temporary, NULL);
		status = pm_pack_file(&how, plain, temporary, err);
		if (status == PM_OK)
			status = put_in_place(archive, temporary, paths[archive->packed], err);
	}
	if (status == PM_OK && same) {
		pm_directory_sync(archive->options.directory);
		status = pm_path_remove(plain, err);
	}
	for (int form = 0; form < PM_N_ROTATED_FORMS; form++)
		free(paths[form]);
	return status;
}

static struct pm_rotated *next_to_pack(struct pm_archive *archive)
{
	for (size_t i = 0; i < archive->stock.n; i++) {
		if (archive->stock.files[i].has[PM_ROTATED_PLAIN] &&
			!archive->stock.files[i].left_plain)
			return &archive->stock.files[i];
	}
	return NULL;
}

/* Takes down how the compression of what was being packed went. */
static void finish_packing(
	struct pm_archive *archive, enum pm_status status, const struct pm_error *err)
{
	struct pm_rotated *file = pm_stock_find(&archive->stock, archive->stock.packing);

	archive->stock.packing[0] = '\0';
	if (file == NULL)
		return; /* removed in the meantime, to make room */
	pm_stock_check(&archive->stock, file, PM_ROTATED_PLAIN);
	pm_stock_check(&archive->stock, file, archive->temporary);
	file->left_plain = true; /* if it is: not tried again before the next rotation */
	if ((status == PM_OK && !limits_anything(archive)) || pm_rotated_is_gone(file))
		pm_stock_forget(&archive->stock, file);
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
		memcpy(archive->stock.packing, file.name, sizeof(file.name));
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
	archive->packed = pm_rotated_packed(options->packing);
	if (options->packing != PM_PACKING_NONE)
		archive->temporary = pm_rotated_temporary(options->packing);
	archive->stock.directory = options->directory;
	archive->stock.extension = options->extension;
	pm_mutex_init(&archive->mutex);
	pm_condition_init(&archive->changed);
	status = look(archive, err);
	if (status == PM_OK && options->packing != PM_PACKING_NONE) {
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

/* Whether there is something of that name, in any form. */
static enum pm_status is_taken(struct pm_archive *archive, const struct pm_rotated *file,
	bool *taken, struct pm_error *err)
{
	*taken = false;
	for (int form = 0; form < PM_N_ROTATED_FORMS && !*taken; form++) {
		char *path = pm_rotated_path(
			archive->options.directory, file, (enum pm_rotated_form)form);

		if (path == NULL)
			return pm_fail_memory(err);
		*taken = !pm_rotated_is_temporary((enum pm_rotated_form)form) &&
			pm_path_exists(path);
		free(path);
	}
	return PM_OK;
}

static enum pm_status rename_to(struct pm_archive *archive, const char *path,
	const struct pm_rotated *file, struct pm_error *err)
{
	char *to = pm_rotated_path(archive->options.directory, file, PM_ROTATED_PLAIN);
	const enum pm_status status =
		to == NULL ? pm_fail_memory(err) : pm_path_rename(path, to, err);

	free(to);
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
		pm_rotated_name(file, time_ms, ++number, archive->options.extension);
		status = is_taken(archive, file, &taken, err);
		if (status == PM_OK && !taken)
			status = rename_to(archive, path, file, err);
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
	for (size_t i = 0; i < archive->stock.n; i++)
		archive->stock.files[i].left_plain = false; /* what failed is tried again */
	archive->stock.active_bytes = 0;
	status = pm_stock_add(&archive->stock, &file, PM_ROTATED_PLAIN, info.size, &why);
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
	before = archive->stock.active_bytes;
	archive->stock.active_bytes = active_bytes;
	status = pm_stock_make_room(&archive->stock, archive->options.keep_bytes, false, 0, err);
	if (status != PM_OK)
		archive->stock.active_bytes = before;
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
	for (size_t i = 0; i < archive->stock.n && status == PM_OK;) {
		if (archive->stock.files[i].time_ms >= now_ms - archive->options.keep_for_ms)
			i++;
		else
			status = pm_stock_remove(&archive->stock, i, &err);
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
	pm_stock_deinit(&archive->stock);
	free(archive);
	return status;
}
