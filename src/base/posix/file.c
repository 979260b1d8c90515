/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include "base/fail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int descriptor(struct pm_file file)
{
	return (int)file.handle;
}

static enum pm_status fail_path(
	struct pm_error *err, const char *path, int number, const char *what)
{
	const enum pm_status status = pm_fail_errno(err, number, "%s", what);

	pm_error_where(err, path, 0, 0);
	return status;
}

static enum pm_status fail_link(struct pm_error *err, const char *path)
{
	(void)pm_fail(err, PM_E_INPUT, "is a symbolic link, and what it points to is not touched");
	if (err != NULL)
		err->sys_errno = ELOOP;
	pm_error_where(err, path, 0, 0);
	pm_error_remedy(err, "see who made it, and remove it");
	return PM_E_INPUT;
}

/* Whether somebody else has made the link at `path`, neither we nor root. */
static bool is_foreign_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && st.st_uid != 0 &&
		st.st_uid != geteuid();
}

struct pm_file pm_file_standard(enum pm_file_standard which)
{
	return (struct pm_file){which == PM_FILE_STDIN ? STDIN_FILENO : STDOUT_FILENO};
}

enum pm_status pm_file_open(
	struct pm_file *file, const char *path, enum pm_file_open how, struct pm_error *err)
{
	static const int flags[] = {
		[PM_FILE_READ] = O_RDONLY,
		[PM_FILE_READ_OWN] = O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
		[PM_FILE_UPDATE] = O_RDWR | O_CREAT,
		[PM_FILE_UPDATE_OWN] = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
		[PM_FILE_CREATE_NEW] = O_RDWR | O_CREAT | O_EXCL,
		[PM_FILE_CREATE_SHARED] = O_RDWR | O_CREAT | O_EXCL,
		[PM_FILE_CREATE_PRIVATE] = O_RDWR | O_CREAT | O_EXCL,
	};
	const mode_t mode = how == PM_FILE_CREATE_SHARED ? 0666
		: how == PM_FILE_CREATE_PRIVATE          ? 0600
							 : 0640;
	int fd;

	*file = PM_FILE_NONE;
	if (how == PM_FILE_UPDATE && is_foreign_link(path))
		return fail_link(err, path);
	do
		fd = open(path, flags[how] | O_CLOEXEC | O_NOCTTY, mode);
	while (fd < 0 && errno == EINTR);
	*file = (struct pm_file){fd};
	if (fd < 0 && (flags[how] & O_NOFOLLOW) != 0 && (errno == ELOOP || errno == EMLINK))
		return fail_link(err, path);
	if (fd < 0)
		return fail_path(err, path, errno, "can't be opened");
	if (how == PM_FILE_UPDATE || how == PM_FILE_UPDATE_OWN)
		lseek(fd, 0, SEEK_END);
	return PM_OK;
}

enum pm_status pm_file_temporary(struct pm_file *file, struct pm_error *err)
{
	const char *directory = getenv("TMPDIR");
	char path[4096];
	int fd = -1;

	if (directory == NULL || directory[0] == '\0')
		directory = P_tmpdir;
	if (snprintf(path, sizeof(path), "%s/poolmon-XXXXXX", directory) < (int)sizeof(path))
		fd = mkstemp(path);
	*file = (struct pm_file){fd};
	if (fd < 0)
		return fail_path(err, directory, errno, "no temporary file can be made here");
	unlink(path);
	return PM_OK;
}

enum pm_status pm_file_close(struct pm_file *file, struct pm_error *err)
{
	const int fd = descriptor(*file);

	*file = PM_FILE_NONE;
	if (fd >= 0 && close(fd) != 0 && errno != EINTR)
		return pm_fail_errno(err, errno, "can't be closed");
	return PM_OK;
}

void pm_file_discard(struct pm_file *file)
{
	if (file->handle > STDERR_FILENO)
		close(descriptor(*file));
	*file = PM_FILE_NONE;
}

enum pm_status pm_file_read(
	struct pm_file file, void *to, size_t n, size_t *got, struct pm_error *err)
{
	ssize_t r;

	do
		r = read(descriptor(file), to, n);
	while (r < 0 && errno == EINTR);
	*got = r < 0 ? 0 : (size_t)r;
	return r < 0 ? pm_fail_errno(err, errno, "can't be read") : PM_OK;
}

enum pm_status pm_file_read_at(
	struct pm_file file, uint64_t offset, void *to, size_t n, size_t *got, struct pm_error *err)
{
	ssize_t r;

	do
		r = pread(descriptor(file), to, n, (off_t)offset);
	while (r < 0 && errno == EINTR);
	*got = r < 0 ? 0 : (size_t)r;
	return r < 0 ? pm_fail_errno(err, errno, "can't be read") : PM_OK;
}

enum pm_status pm_file_write(struct pm_file file, const void *bytes, size_t n, struct pm_error *err)
{
	const char *at = bytes;

	while (n > 0) {
		const ssize_t r = write(descriptor(file), at, n);

		if (r < 0 && errno != EINTR)
			return pm_fail_errno(err, errno, "can't be written");
		if (r > 0) {
			at += r;
			n -= (size_t)r;
		}
	}
	return PM_OK;
}

enum pm_status pm_file_write_at(
	struct pm_file file, uint64_t offset, const void *bytes, size_t n, struct pm_error *err)
{
	const char *at = bytes;

	while (n > 0) {
		const ssize_t r = pwrite(descriptor(file), at, n, (off_t)offset);

		if (r < 0 && errno != EINTR)
			return pm_fail_errno(err, errno, "can't be written");
		if (r > 0) {
			at += r;
			offset += (uint64_t)r;
			n -= (size_t)r;
		}
	}
	return PM_OK;
}

enum pm_status pm_file_truncate(struct pm_file file, uint64_t size, struct pm_error *err)
{
	int r;

	do
		r = ftruncate(descriptor(file), (off_t)size);
	while (r != 0 && errno == EINTR);
	if (r != 0 || lseek(descriptor(file), (off_t)size, SEEK_SET) < 0)
		return pm_fail_errno(
			err, errno, "can't be cut back to %llu bytes", (unsigned long long)size);
	return PM_OK;
}

enum pm_status pm_file_sync(struct pm_file file, struct pm_error *err)
{
	int r;

	do
		r = fdatasync(descriptor(file));
	while (r != 0 && errno == EINTR);
	if (r != 0 && errno != EINVAL && errno != EROFS)
		return pm_fail_errno(err, errno, "can't be made durable");
	return PM_OK;
}

bool pm_file_is_locked(struct pm_file file, uint64_t *holder)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	*holder = 0;
	if (fcntl(descriptor(file), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
		return false;
	*holder = lock.l_pid > 0 ? (uint64_t)lock.l_pid : 0;
	return true;
}

enum pm_status pm_file_lock(struct pm_file file, uint64_t *holder, struct pm_error *err)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int r;

	*holder = 0;
	do
		r = fcntl(descriptor(file), F_SETLK, &lock);
	while (r != 0 && errno == EINTR);
	if (r == 0 || (errno != EACCES && errno != EAGAIN))
		return PM_OK;
	(void)pm_file_is_locked(file, holder);
	return pm_fail_errno(err, EBUSY, "is locked");
}

/* A group that it can't be given to gets no more than everybody does. Where somebody's link leads
 * says nothing. */
void pm_file_take_access(struct pm_file file, const char *path)
{
	const int fd = descriptor(file);
	struct stat st;
	mode_t mode;

	if (is_foreign_link(path) || stat(path, &st) != 0)
		return;
	mode = st.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
	if (fchown(fd, st.st_uid, st.st_gid) != 0 && fchown(fd, (uid_t)-1, st.st_gid) != 0)
		mode = (mode & ~(mode_t)S_IRWXG) | (mode & S_IRWXO) << 3;
	(void)!fchmod(fd, mode);
}

static void fill_info(struct pm_file_info *info, const struct stat *st)
{
	info->kind = S_ISREG(st->st_mode) ? PM_FILE_REGULAR
		: S_ISDIR(st->st_mode)    ? PM_FILE_DIRECTORY
					  : PM_FILE_OTHER;
	info->size = (uint64_t)st->st_size;
	info->device = (uint64_t)st->st_dev;
	info->serial = (uint64_t)st->st_ino;
	info->modified_ms = (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

enum pm_status pm_file_stat(struct pm_file file, struct pm_file_info *info, struct pm_error *err)
{
	struct stat st;

	if (fstat(descriptor(file), &st) != 0)
		return pm_fail_errno(err, errno, "can't be examined");
	fill_info(info, &st);
	return PM_OK;
}

enum pm_status pm_path_stat(const char *path, struct pm_file_info *info, struct pm_error *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return fail_path(err, path, errno, "can't be examined");
	fill_info(info, &st);
	return PM_OK;
}

bool pm_path_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

enum pm_status pm_path_rename(const char *from, const char *to, struct pm_error *err)
{
	int r;

	do
		r = rename(from, to);
	while (r != 0 && errno == EINTR);
	return r == 0 ? PM_OK : fail_path(err, from, errno, "can't be renamed");
}

enum pm_status pm_path_remove(const char *path, struct pm_error *err)
{
	int r;

	do
		r = unlink(path);
	while (r != 0 && errno == EINTR);
	return r == 0 ? PM_OK : fail_path(err, path, errno, "can't be removed");
}

bool pm_path_is_separator(char c)
{
	return c == '/';
}

enum pm_status pm_directory_create(const char *path, struct pm_error *err)
{
	struct stat st;
	int number;

	do
		number = mkdir(path, 0750) == 0 ? 0 : errno;
	while (number == EINTR);
	if (number == 0 || (number == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
		return PM_OK;
	return fail_path(err, path, number, "can't be made a directory");
}

void pm_directory_sync(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!fsync(fd); /* best effort: some file systems can't */
		close(fd);
	}
}

enum pm_status pm_directory_each(const char *path,
	enum pm_status (*each)(void *context, const char *name, struct pm_error *err),
	void *context, struct pm_error *err)
{
	enum pm_status status = PM_OK;
	struct dirent *entry;
	DIR *directory = opendir(path);

	if (directory == NULL)
		return fail_path(err, path, errno, "can't be listed");
	while (status == PM_OK && (errno = 0, entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			status = each(context, entry->d_name, err);
	}
	if (status == PM_OK && errno != 0)
		status = fail_path(err, path, errno, "can't be listed");
	closedir(directory);
	return status;
}
