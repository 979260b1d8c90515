/* SPDX-License-Identifier: MIT */
#include "log/stock.h"

#include "base/array.h"
#include "base/fail.h"
#include "base/file.h"
#include "log/lock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pm_rotated *pm_stock_find(struct pm_stock *stock, const char *name)
{
	for (size_t i = stock->n; i-- > 0;) {
		if (strcmp(stock->files[i].name, name) == 0)
			return &stock->files[i];
	}
	return NULL;
}

void pm_stock_set(struct pm_stock *stock, struct pm_rotated *file, enum pm_rotated_form form,
	bool has, uint64_t bytes)
{
	stock->stored_bytes += bytes - file->bytes[form];
	file->has[form] = has;
	file->bytes[form] = bytes;
}

void pm_stock_forget(struct pm_stock *stock, struct pm_rotated *file)
{
	const size_t i = (size_t)(file - stock->files);

	for (int form = 0; form < PM_N_ROTATED_FORMS; form++)
		pm_stock_set(stock, file, (enum pm_rotated_form)form, false, 0);
	memmove(stock->files + i, stock->files + i + 1, (stock->n - i - 1) * sizeof(*stock->files));
	stock->n--;
}

void pm_stock_check(struct pm_stock *stock, struct pm_rotated *file, enum pm_rotated_form form)
{
	char *path = pm_rotated_path(stock->directory, file, form);

	if (path != NULL && !pm_path_exists(path))
		pm_stock_set(stock, file, form, false, 0);
	free(path);
}

static uint64_t used(const struct pm_stock *stock)
{
	return stock->stored_bytes + stock->active_bytes + stock->other_bytes + PM_LOCK_BYTES;
}

static enum pm_status remove_form(struct pm_stock *stock, struct pm_rotated *file,
	enum pm_rotated_form form, struct pm_error *err)
{
	char *path = pm_rotated_path(stock->directory, file, form);
	struct pm_error local;
	enum pm_status status = PM_OK;
	uint64_t bytes;

	if (err == NULL)
		err = &local;
	if (path == NULL)
		return pm_fail_memory(err);
	/* Somebody may have put something else in its place. */
	if (pm_rotated_is_temporary(form) || pm_rotated_is_ours(path, file, form, &bytes))
		status = pm_path_remove(path, err);
	if (status == PM_E_SYSTEM && err->sys_errno == ENOENT)
		status = PM_OK; /* somebody else was faster */
	free(path);
	if (status == PM_OK)
		pm_stock_set(stock, file, form, false, 0);
	return status;
}

enum pm_status pm_stock_remove(struct pm_stock *stock, size_t i, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	for (int form = 0; form < PM_N_ROTATED_FORMS && status == PM_OK; form++) {
		if (stock->files[i].has[form])
			status = remove_form(
				stock, &stock->files[i], (enum pm_rotated_form)form, err);
	}
	if (status == PM_OK)
		pm_stock_forget(stock, &stock->files[i]);
	return status;
}

enum pm_status pm_stock_make_room(
	struct pm_stock *stock, uint64_t limit, bool spare, uint64_t more, struct pm_error *err)
{
	while (used(stock) + more > limit) {
		enum pm_status status;

		if (stock->n == 0 || (spare && strcmp(stock->files[0].name, stock->packing) == 0))
			return pm_fail(err, PM_E_SPACE,
				"%llu bytes are wanted where %llu may be taken",
				(unsigned long long)(used(stock) + more),
				(unsigned long long)limit);
		status = pm_stock_remove(stock, 0, err);
		if (status != PM_OK)
			return status;
	}
	return PM_OK;
}

enum pm_status pm_stock_add(struct pm_stock *stock, const struct pm_rotated *file,
	enum pm_rotated_form form, uint64_t bytes, struct pm_error *err)
{
	struct pm_rotated *known = pm_stock_find(stock, file->name);

	if (known == NULL) {
		struct pm_rotated *grown =
			pm_array_room(stock->files, &stock->capacity, stock->n, sizeof(*grown));

		if (grown == NULL)
			return pm_fail_memory(err);
		stock->files = grown;
		known = &grown[stock->n++];
		*known = *file;
	}
	pm_stock_set(stock, known, form, true, bytes);
	return PM_OK;
}

/* ---- what is there ---- */

/* What is being written counts too, and so does what was written in another format. */
static enum pm_status count_active(struct pm_stock *stock, const char *name, struct pm_error *err)
{
	for (int i = 0; i < PM_N_FORMATS; i++) {
		const char *extension = pm_codecs[i]->extension;
		struct pm_rotated file = {.time_ms = 0};
		uint64_t bytes;
		char *path;

		snprintf(file.name, sizeof(file.name), PM_ACTIVE_STEM "%s", extension);
		if (strcmp(name, file.name) != 0)
			continue;
		path = pm_rotated_path(stock->directory, &file, PM_ROTATED_PLAIN);
		if (path == NULL)
			return pm_fail_memory(err);
		if (!pm_rotated_is_ours(path, &file, PM_ROTATED_PLAIN, &bytes))
			bytes = 0;
		if (strcmp(extension, stock->extension) == 0)
			stock->active_bytes = bytes;
		else
			stock->other_bytes += bytes;
		free(path);
	}
	return PM_OK;
}

static enum pm_status collect(void *context, const char *name, struct pm_error *err)
{
	struct pm_stock *stock = context;
	struct pm_rotated file;
	enum pm_rotated_form form;
	uint64_t bytes;
	enum pm_status status = PM_OK;
	char *path;

	if (!pm_rotated_parse(name, &file, &form))
		return count_active(stock, name, err);
	path = pm_rotated_path(stock->directory, &file, form);
	if (path == NULL)
		return pm_fail_memory(err);
	if (!pm_rotated_is_ours(path, &file, form, &bytes))
		; /* its name is a coincidence */
	else if (!pm_rotated_is_temporary(form) || strcmp(file.name, stock->packing) == 0 ||
		pm_path_remove(path, NULL) != PM_OK) /* or else a crash left it */
		status = pm_stock_add(stock, &file, form, bytes, err);
	free(path);
	return status;
}

enum pm_status pm_stock_load(struct pm_stock *stock, struct pm_error *err)
{
	enum pm_status status;

	stock->n = 0;
	stock->stored_bytes = stock->active_bytes = stock->other_bytes = 0;
	status = pm_directory_each(stock->directory, collect, stock, err);
	if (stock->n > 0)
		qsort(stock->files, stock->n, sizeof(*stock->files), pm_rotated_compare);
	return status;
}

void pm_stock_deinit(struct pm_stock *stock)
{
	free(stock->files);
}
