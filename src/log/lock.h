/* SPDX-License-Identifier: MIT */
/*
 * One writer for each output. A directory is locked by the file ".poolmon.lock" in it, which says
 * who holds it (a process id and a newline) and goes at the end; a single file is locked itself.
 * Locks are the operating system's, and go with their process.
 */
#ifndef POOLMON_LOG_LOCK_H
#define POOLMON_LOG_LOCK_H

#include "base/file.h"

#define PM_LOCK_NAME  ".poolmon.lock"
#define PM_LOCK_BYTES 24 /* the most that is in it */

struct pm_lock {
	char *path;
	struct pm_file file;
	struct pm_file_info identity;
};

#define PM_LOCK_NONE ((struct pm_lock){.file = PM_FILE_NONE})

/* Locks a directory, or makes sure that it still is: the lock file may have been removed. All three
 * fail with PM_E_SYSTEM, sys_errno EBUSY, where another process holds the lock. */
PM_MUST_USE enum pm_status pm_lock_directory(
	struct pm_lock *lock, const char *directory, struct pm_error *err);
/* Whether it is held, and others see it. */
bool pm_lock_is_in_place(const struct pm_lock *lock);
void pm_lock_release(struct pm_lock *lock);

PM_MUST_USE enum pm_status pm_lock_file(struct pm_file file, struct pm_error *err);

#endif
