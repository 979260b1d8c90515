/* SPDX-License-Identifier: MIT */
/*
 * Files and directories of the operating system: whole reads and writes, interrupted calls retried,
 * failures told with the path. Paths are UTF-8 of any length; '/' separates on every system. On
 * Windows names of devices are no names of files (PM_E_ARGUMENT).
 */
#ifndef POOLMON_BASE_FILE_H
#define POOLMON_BASE_FILE_H

#include <poolmon/error.h>

#include <stdbool.h>

struct pm_file {
	intptr_t handle;
};

#define PM_FILE_NONE ((struct pm_file){-1})

enum pm_file_open {
	PM_FILE_READ,       /* must exist */
	PM_FILE_READ_OWN,   /* the same, but no symbolic link (PM_E_INPUT) and without waiting */
	PM_FILE_UPDATE,     /* made if missing; readable too; writing begins at the end. No symbolic
			       link of somebody else (neither of us nor root): PM_E_INPUT */
	PM_FILE_UPDATE_OWN, /* the same, but no link at all: PM_E_INPUT, sys_errno ELOOP */
	PM_FILE_CREATE_NEW, /* must not exist, not even as a link; readable too. As all that is
			       made it is for its owner and its group to read */
	PM_FILE_CREATE_SHARED,  /* the same, for all that the umask does not keep from it */
	PM_FILE_CREATE_PRIVATE, /* the same, for its owner alone */
};

enum pm_file_kind {
	PM_FILE_REGULAR,
	PM_FILE_DIRECTORY,
	PM_FILE_OTHER, /* pipe, device, socket */
};

struct pm_file_info {
	enum pm_file_kind kind;
	uint64_t size;
	uint64_t device, serial; /* equal for two paths exactly if they name the same file */
	int64_t modified_ms;     /* when it was last written, since 1970-01-01 UTC */
};

/* Whether both are one regular file. */
static inline bool pm_file_is_same(const struct pm_file_info *a, const struct pm_file_info *b)
{
	return a->kind == PM_FILE_REGULAR && b->kind == PM_FILE_REGULAR && a->device == b->device &&
		a->serial == b->serial;
}

enum pm_file_standard {
	PM_FILE_STDIN,
	PM_FILE_STDOUT,
};

static inline bool pm_file_is_open(struct pm_file file)
{
	return file.handle != -1;
}

/* The process's own stdin or stdout, in binary mode. Not to be closed. */
struct pm_file pm_file_standard(enum pm_file_standard which);

/* On failure *file is PM_FILE_NONE. A missing file is PM_E_SYSTEM with sys_errno ENOENT. */
PM_MUST_USE enum pm_status pm_file_open(
	struct pm_file *file, const char *path, enum pm_file_open how, struct pm_error *err);

/* An unlinked file that is gone with its handle. */
PM_MUST_USE enum pm_status pm_file_temporary(struct pm_file *file, struct pm_error *err);

/* Reports what only the close reveals (a delayed write that failed). *file is PM_FILE_NONE after. */
PM_MUST_USE enum pm_status pm_file_close(struct pm_file *file, struct pm_error *err);
/* For files that were only read. */
void pm_file_discard(struct pm_file *file);

/* One read: *got is 0 at the end of the file only. Messages don't name the file: it may have none. */
PM_MUST_USE enum pm_status pm_file_read(
	struct pm_file file, void *to, size_t n, size_t *got, struct pm_error *err);
PM_MUST_USE enum pm_status pm_file_read_at(struct pm_file file, uint64_t offset, void *to, size_t n,
	size_t *got, struct pm_error *err);

/* All n bytes, or a failure after which an unknown part of them is written. */
PM_MUST_USE enum pm_status pm_file_write(
	struct pm_file file, const void *bytes, size_t n, struct pm_error *err);
PM_MUST_USE enum pm_status pm_file_write_at(
	struct pm_file file, uint64_t offset, const void *bytes, size_t n, struct pm_error *err);

/* Cuts the file to `size` bytes, where writing goes on. */
PM_MUST_USE enum pm_status pm_file_truncate(
	struct pm_file file, uint64_t size, struct pm_error *err);
PM_MUST_USE enum pm_status pm_file_sync(struct pm_file file, struct pm_error *err);

/* Keeps other processes from locking the file until it is closed or this process ends, in whatever
 * way; reading and writing it are not kept from anybody. PM_E_SYSTEM with sys_errno EBUSY: another
 * process has locked it; *holder is its id, or 0 where that can't be told. PM_OK too where the file
 * system has no locks. No handle of the same file may be closed meanwhile: that may unlock it. */
PM_MUST_USE enum pm_status pm_file_lock(
	struct pm_file file, uint64_t *holder, struct pm_error *err);
/* Whether another process has locked it; *holder as above. */
bool pm_file_is_locked(struct pm_file file, uint64_t *holder);

/* Lets whoever may read and write another file do so with this one, as far as the system allows it;
 * on Windows the folder decides. */
void pm_file_take_access(struct pm_file file, const char *path);

PM_MUST_USE enum pm_status pm_file_stat(
	struct pm_file file, struct pm_file_info *info, struct pm_error *err);
PM_MUST_USE enum pm_status pm_path_stat(
	const char *path, struct pm_file_info *info, struct pm_error *err);

/* Whether there is something of this name: a link counts, wherever it leads. What can't be told is
 * taken for something. */
bool pm_path_exists(const char *path);

/* Atomic; replaces a file of the name `to`. */
PM_MUST_USE enum pm_status pm_path_rename(const char *from, const char *to, struct pm_error *err);
PM_MUST_USE enum pm_status pm_path_remove(const char *path, struct pm_error *err);

/* Whether it stands between the names in a path: '/' does everywhere. */
bool pm_path_is_separator(char c);

/* Makes one directory; PM_OK too where it exists already. */
PM_MUST_USE enum pm_status pm_directory_create(const char *path, struct pm_error *err);
/* Makes renames and removals in it durable, where the system can. */
void pm_directory_sync(const char *path);

/* Calls each(context, name) for every entry but "." and "..", in no particular order, until it
 * returns something other than PM_OK: that is returned. */
PM_MUST_USE enum pm_status pm_directory_each(const char *path,
	enum pm_status (*each)(void *context, const char *name, struct pm_error *err),
	void *context, struct pm_error *err);

#endif
