/* SPDX-License-Identifier: MIT */
#include "source/linux/root.h"

#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { STEP_BYTES = 16 * 1024 };

static enum pm_status fail(const struct pm_root *root, const char *path, int number,
	const char *what, struct pm_error *err)
{
	char whole[512];
	const enum pm_status status = pm_fail_errno(err, number, "%s", what);

	snprintf(whole, sizeof(whole), "%s/%s", root->path, path);
	pm_error_where(err, whole, 0, 0);
	return status;
}

enum pm_status pm_root_open(struct pm_root *root, const char *path, struct pm_error *err)
{
	root->live = path == NULL || strcmp(path, "/") == 0;
	root->path = root->live ? "" : path;
	root->fd = open(root->live ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root->fd < 0) {
		const enum pm_status status =
			pm_fail_errno(err, errno, "can't be opened as a directory");

		pm_error_where(err, path, 0, 0);
		return status;
	}
	return PM_OK;
}

void pm_root_close(struct pm_root *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

int pm_root_open_file(const struct pm_root *root, const char *path, struct pm_error *err)
{
	const int fd = openat(root->fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		(void)fail(root, path, errno, "can't be opened", err);
	return fd;
}

enum pm_status pm_root_read_again(const struct pm_root *root, int fd, const char *path, size_t n,
	struct pm_buf *text, struct pm_error *err)
{
	off_t at = 0;

	pm_buf_clear(text);
	while (text->n < n) {
		char *to = pm_buf_reserve(text, STEP_BYTES);
		size_t room = text->capacity - text->n;
		ssize_t got;

		if (to == NULL)
			return pm_fail_memory(err);
		if (room > n - text->n)
			room = n - text->n;
		got = pread(fd, to, room, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(root, path, errno, "can't be read", err);
		if (got == 0)
			break;
		at += got;
		text->n += (size_t)got;
	}
	pm_buf_terminate(text);
	return PM_OK;
}

void pm_root_read_line(const struct pm_root *root, const char *path, char *line, size_t size)
{
	const int fd = pm_root_open_file(root, path, NULL);
	const ssize_t n = fd < 0 ? 0 : read(fd, line, size - 1);

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}
