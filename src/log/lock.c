/* SPDX-License-Identifier: MIT */
#include "log/lock.h"

#include <poolmon/writer.h>

#include "base/fail.h"
#include "base/number.h"
#include "base/thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum pm_status fail_held(uint64_t holder, struct pm_error *err)
{
	char who[32] = "";
	enum pm_status status;

	if (holder != 0)
		snprintf(who, sizeof(who), " (pid %llu)", (unsigned long long)holder);
	status = pm_fail(err, PM_E_SYSTEM, "another poolmon-log%s is writing here", who);
	if (err != NULL)
		err->sys_errno = EBUSY;
	pm_error_remedy(err, "end it first, or give another output");
	return status;
}

enum pm_status pm_lock_file(struct pm_file file, struct pm_error *err)
{
	uint64_t holder;

	return pm_file_lock(file, &holder, NULL) == PM_OK ? PM_OK : fail_held(holder, err);
}

static char *path_in(const char *directory)
{
	const size_t size = strlen(directory) + sizeof("/" PM_LOCK_NAME);
	char *path = malloc(size);

	if (path != NULL)
		snprintf(path, size, "%s/" PM_LOCK_NAME, directory);
	return path;
}

/* What the holder wrote into a lock file; 0: nothing that is a number. */
static uint64_t read_holder(struct pm_file file)
{
	char text[PM_LOCK_BYTES];
	const char *end;
	size_t got;
	uint64_t holder = 0;

	if (pm_file_read_at(file, 0, text, sizeof(text), &got, NULL) != PM_OK ||
		(end = memchr(text, '\n', got)) == NULL ||
		pm_u64_parse(text, (size_t)(end - text), &holder) != PM_NUMBER_OK)
		return 0;
	return holder;
}

bool pm_lock_is_in_place(const struct pm_lock *lock)
{
	struct pm_file_info info;

	return pm_file_is_open(lock->file) && pm_path_stat(lock->path, &info, NULL) == PM_OK &&
		info.device == lock->identity.device && info.serial == lock->identity.serial;
}

/* The number is for others to see; without it the lock is one all the same. */
static void write_holder(struct pm_file file)
{
	char text[PM_LOCK_BYTES];
	const int n = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)pm_process_id());

	(void)!pm_file_truncate(file, 0, NULL);
	(void)!pm_file_write(file, text, (size_t)n, NULL);
}

static enum pm_status take(struct pm_lock *lock, struct pm_error *err)
{
	uint64_t holder;
	enum pm_status status = pm_file_open(&lock->file, lock->path, PM_FILE_UPDATE_OWN, err);

	if (status == PM_OK)
		status = pm_file_stat(lock->file, &lock->identity, err);
	if (status == PM_OK && pm_file_lock(lock->file, &holder, NULL) != PM_OK)
		status = fail_held(holder != 0 ? holder : read_holder(lock->file), err);
	if (status != PM_OK) {
		pm_file_discard(&lock->file);
		if (err != NULL && err->file[0] == '\0')
			pm_error_where(err, lock->path, 0, 0);
		return status;
	}
	return PM_OK;
}

enum pm_status pm_lock_directory(struct pm_lock *lock, const char *directory, struct pm_error *err)
{
	if (lock->path == NULL && (lock->path = path_in(directory)) == NULL)
		return pm_fail_memory(err);
	if (pm_lock_is_in_place(lock))
		return PM_OK;
	/* Who held it may have removed it between our opening and our locking it: once more then. */
	for (int tries = 0; tries < 100; tries++) {
		enum pm_status status;

		pm_file_discard(&lock->file);
		status = take(lock, err);
		if (status != PM_OK)
			return status;
		if (pm_lock_is_in_place(lock))
			break;
	}
	write_holder(lock->file);
	return PM_OK;
}

void pm_lock_release(struct pm_lock *lock)
{
	if (pm_lock_is_in_place(lock))
		(void)!pm_path_remove(lock->path, NULL);
	pm_file_discard(&lock->file);
	free(lock->path);
	*lock = PM_LOCK_NONE;
}

enum pm_status pm_writer_find(const char *directory, uint64_t *holder, struct pm_error *err)
{
	char *path = path_in(directory);
	struct pm_error why;
	struct pm_file file;
	enum pm_status status;

	*holder = 0;
	if (path == NULL)
		return pm_fail_memory(err);
	status = pm_file_open(&file, path, PM_FILE_READ_OWN, &why);
	free(path);
	if (status == PM_E_SYSTEM && why.sys_errno == ENOENT)
		return PM_END;
	if (status != PM_OK && err != NULL)
		*err = why;
	if (status == PM_OK && !pm_file_is_locked(file, holder))
		status = PM_END;
	else if (status == PM_OK && *holder == 0)
		*holder = read_holder(file);
	pm_file_discard(&file);
	return status;
}
