/* SPDX-License-Identifier: MIT */
/* Files of the system, seen from a root directory: the live one, or a captured tree. */
#ifndef POOLMON_SOURCE_LINUX_ROOT_H
#define POOLMON_SOURCE_LINUX_ROOT_H

#include "base/buf.h"

struct pm_root {
	int fd;
	bool live;        /* it is "/" */
	const char *path; /* as given; "" for "/" */
};

/* path NULL or "/": the live system. path must outlive the root. */
PM_MUST_USE enum pm_status pm_root_open(
	struct pm_root *root, const char *path, struct pm_error *err);
void pm_root_close(struct pm_root *root);

/* Opens a file by its path below the root ("proc/slabinfo"): a descriptor, or -1 and an error that
 * names the whole path. */
int pm_root_open_file(const struct pm_root *root, const char *path, struct pm_error *err);

/* Reads the file from its beginning into `text` (emptied first, NUL-terminated): its first n bytes,
 * or all of it where there are fewer (SIZE_MAX: where its end is). */
PM_MUST_USE enum pm_status pm_root_read_again(const struct pm_root *root, int fd, const char *path,
	size_t n, struct pm_buf *text, struct pm_error *err);

/* The first line of a small file, without its newline; "" where it can't be read. */
void pm_root_read_line(const struct pm_root *root, const char *path, char *line, size_t size);

#endif
