/* SPDX-License-Identifier: MIT */
#include <poolmon/tagging.h>

#include "base/fail.h"
#include "source/linux/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char path[] = "proc/sys/vm/mem_profiling";

static const char at_boot[] =
	"boot the kernel with 'sysctl.vm.mem_profiling=1' in its command line";

static enum pm_status fail_at(const struct pm_root *root, struct pm_error *err)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s/%s", root->path, path);
	pm_error_where(err, whole, 0, 0);
	return err->status;
}

/* Why it can't be opened or written, and what to do. */
static enum pm_status explain(const struct pm_root *root, int number, struct pm_error *err)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR:
		(void)pm_fail(err, PM_E_UNSUPPORTED, "this kernel has no allocation profiling");
		pm_error_remedy(err,
			"it takes Linux 6.10 or later, built with CONFIG_MEM_ALLOC_PROFILING=y; "
			"slab caches are counted without");
		break;
	case EINVAL: /* and read-only, see set() */
		(void)pm_fail(err, PM_E_UNSUPPORTED, "can't be changed while this kernel runs");
		pm_error_remedy(err,
			"%s; it was booted with 'never', or is one for debugging that lets nobody "
			"change it (CONFIG_MEM_ALLOC_PROFILING_DEBUG)",
			at_boot);
		break;
	case EROFS:
		(void)pm_fail_errno(err, number, "can't be written");
		pm_error_remedy(err, "a container may not change it; do it on its host");
		break;
	case EACCES:
	case EPERM:
		(void)pm_fail_errno(err, number, "can't be opened");
		pm_error_remedy(err, "run as root (sudo); in a container, do it on its host");
		break;
	default:
		(void)pm_fail_errno(err, number, "can't be opened or written");
		break;
	}
	return fail_at(root, err);
}

static enum pm_status read_it(
	const struct pm_root *root, struct pm_tagging *tagging, struct pm_error *err)
{
	const int fd = openat(root->fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char text[16];
	ssize_t n;

	if (fd < 0)
		return explain(root, errno, err);
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0) {
		const int number = errno;

		close(fd);
		return explain(root, number, err);
	}
	close(fd);
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0) {
		(void)pm_fail(err, PM_E_INPUT, "is neither 0 nor 1 (\"%s\")", text);
		return fail_at(root, err);
	}
	*tagging = (struct pm_tagging){
		.on = text[0] == '1',
		.name = "allocation profiling (vm.mem_profiling)",
		.about = "While it is on, the kernel counts memory by the line of code that "
			 "allocates it, in\n/proc/allocinfo. What was allocated before is not "
			 "counted. It costs a pointer for each page\n(from boot on, unless "
			 "'never' is said then) and for each slab object, and some time at "
			 "each\nallocation. Slab caches are counted without. To have it from "
			 "boot on, boot the kernel with\n'sysctl.vm.mem_profiling=1' in its "
			 "command line; with 'never' it costs nothing, and can't be\nturned on "
			 "until the next boot.",
	};
	return PM_OK;
}

static enum pm_status write_it(const struct pm_root *root, bool on, struct pm_error *err)
{
	const char text[2] = {on ? '1' : '0', '\n'};
	const int fd = openat(root->fd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int number = 0;

	if (fd < 0)
		return explain(root, errno, err);
	if (write(fd, text, sizeof(text)) != sizeof(text))
		number = errno;
	if (close(fd) != 0 && number == 0)
		number = errno;
	return number == 0 ? PM_OK : explain(root, number, err);
}

/* A kernel that was told `never` lets nobody write it. */
static bool is_read_only(const struct pm_root *root)
{
	struct stat info;

	return fstatat(root->fd, path, &info, 0) == 0 && (info.st_mode & 0222) == 0;
}

static enum pm_status set(
	const struct pm_root *root, struct pm_tagging *tagging, bool on, struct pm_error *err)
{
	enum pm_status status = read_it(root, tagging, err);

	if (status != PM_OK || tagging->on == on)
		return status;
	if (is_read_only(root))
		return explain(root, EINVAL, err);
	status = write_it(root, on, err);
	if (status == PM_OK)
		status = read_it(root, tagging, err);
	if (status == PM_OK && tagging->on != on) {
		(void)pm_fail(err, PM_E_SYSTEM,
			"stays as it is, though the kernel took what was "
			"written");
		status = fail_at(root, err);
	}
	tagging->changed = status == PM_OK;
	return status;
}

/* on: NULL if it is only to be read. */
static enum pm_status read_or_set(
	struct pm_tagging *tagging, const bool *on, const char *root_path, struct pm_error *err)
{
	struct pm_error local;
	struct pm_root root;
	enum pm_status status;

	err = err != NULL ? err : &local;
	status = pm_root_open(&root, root_path, err);
	if (status == PM_OK)
		status = on == NULL ? read_it(&root, tagging, err)
				    : set(&root, tagging, *on, err);
	pm_root_close(&root);
	return status;
}

enum pm_status pm_tagging_read(
	struct pm_tagging *tagging, const char *root_path, struct pm_error *err)
{
	return read_or_set(tagging, NULL, root_path, err);
}

enum pm_status pm_tagging_set(
	struct pm_tagging *tagging, bool on, const char *root_path, struct pm_error *err)
{
	return read_or_set(tagging, &on, root_path, err);
}
