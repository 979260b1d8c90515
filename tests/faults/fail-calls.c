/* SPDX-License-Identifier: MIT */
/*
 * To be preloaded: counts the calls by which a program changes files, and makes some of them fail.
 *
 *   FAIL_AT=K       the K-th call, counted from 1; 0 or unset: none
 *   FAIL_TIMES=N    that many calls from there on (default 1)
 *   FAIL_EVERY=K    and again after each K calls
 *   FAIL_WITH=NAME  EIO, ENOSPC, EROFS or EINTR: nothing is done and that is the reason
 *                   short: writes write half of what they should, and say so
 *                   full: the same, and the next write fails with ENOSPC
 *   FAIL_ONLY=NAME  counts calls of this name alone
 *   FAIL_TO=FILE    gets, when the program ends, the number of calls, what failed, and how often
 * each was called
 *
 * Standard input, output and error are left alone.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum call { OPEN, WRITE, PWRITE, FDATASYNC, FSYNC, FTRUNCATE, RENAME, UNLINK, MKDIR, N_CALLS };

static const char *const names[N_CALLS] = {
	"open", "write", "pwrite", "fdatasync", "fsync", "ftruncate", "rename", "unlink", "mkdir"};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counted, called[N_CALLS];
static char hit[64] = "none";
static bool full; /* the next write fails with ENOSPC */

static unsigned long number(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoul(text, NULL, 10);
}

static const char *how(void)
{
	const char *text = getenv("FAIL_WITH");

	return text == NULL ? "EIO" : text;
}

static int error_of(const char *name)
{
	return strcmp(name, "ENOSPC") == 0   ? ENOSPC
		: strcmp(name, "EROFS") == 0 ? EROFS
		: strcmp(name, "EINTR") == 0 ? EINTR
					     : EIO;
}

/* Whether this call is one that fails. */
static bool is_due(enum call call)
{
	const char *only = getenv("FAIL_ONLY");
	const unsigned long at = number("FAIL_AT", 0), times = number("FAIL_TIMES", 1);
	const unsigned long every = number("FAIL_EVERY", ULONG_MAX);
	bool due;

	pthread_mutex_lock(&mutex);
	called[call]++;
	due = (only == NULL || strcmp(only, names[call]) == 0) && ++counted >= at && at > 0 &&
		(counted - at) % every < times;
	if (due)
		snprintf(hit, sizeof(hit), "%s", names[call]);
	pthread_mutex_unlock(&mutex);
	return due;
}

/* What a call does instead of its work: true, and errno says why. */
static bool fails(enum call call)
{
	if (!is_due(call) || strcmp(how(), "short") == 0 || strcmp(how(), "full") == 0)
		return false;
	errno = error_of(how());
	return true;
}

/* How much of n bytes a write writes; -1: it fails. */
static ssize_t share(enum call call, int fd, size_t n)
{
	bool was_full;

	if (fd <= STDERR_FILENO)
		return (ssize_t)n;
	pthread_mutex_lock(&mutex);
	was_full = full;
	full = false;
	pthread_mutex_unlock(&mutex);
	if (was_full) {
		errno = ENOSPC;
		return -1;
	}
	if (!is_due(call))
		return (ssize_t)n;
	if (strcmp(how(), "short") != 0 && strcmp(how(), "full") != 0) {
		errno = error_of(how());
		return -1;
	}
	full = strcmp(how(), "full") == 0;
	return (ssize_t)(n + 1) / 2;
}

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* By way of a number, as ISO C knows no conversion of a pointer to an object to one to a function. */
#define REAL(type, name) ((type)(uintptr_t)next(name))

static int open_real(const char *name, const char *path, int flags, mode_t mode)
{
	if ((flags & O_CREAT) != 0 && fails(OPEN))
		return -1;
	return REAL(int (*)(const char *, int, ...), name)(path, flags, mode);
}

#define OPEN_AS(name)                                                                              \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		mode_t mode = 0;                                                                   \
		va_list args;                                                                      \
                                                                                                   \
		va_start(args, flags);                                                             \
		if ((flags & O_CREAT) != 0)                                                        \
			mode = va_arg(args, mode_t);                                               \
		va_end(args);                                                                      \
		return open_real(#name, path, flags, mode);                                        \
	}

#define PWRITE_AS(name)                                                                            \
	ssize_t name(int fd, const void *bytes, size_t n, off_t offset)                            \
	{                                                                                          \
		const ssize_t part = share(PWRITE, fd, n);                                         \
                                                                                                   \
		return part < 0 ? -1                                                               \
				: REAL(ssize_t(*)(int, const void *, size_t, off_t), #name)(       \
					  fd, bytes, (size_t)part, offset);                        \
	}

#define FTRUNCATE_AS(name)                                                                         \
	int name(int fd, off_t size)                                                               \
	{                                                                                          \
		return fails(FTRUNCATE) ? -1 : REAL(int (*)(int, off_t), #name)(fd, size);         \
	}

#undef open
#undef open64
#undef pwrite
#undef pwrite64
#undef ftruncate
#undef ftruncate64
OPEN_AS(open)
OPEN_AS(open64)
PWRITE_AS(pwrite)
PWRITE_AS(pwrite64)
FTRUNCATE_AS(ftruncate)
FTRUNCATE_AS(ftruncate64)

ssize_t write(int fd, const void *bytes, size_t n)
{
	const ssize_t part = share(WRITE, fd, n);

	return part < 0
		? -1
		: REAL(ssize_t(*)(int, const void *, size_t), "write")(fd, bytes, (size_t)part);
}

int fdatasync(int fd)
{
	return fails(FDATASYNC) ? -1 : REAL(int (*)(int), "fdatasync")(fd);
}

int fsync(int fd)
{
	return fails(FSYNC) ? -1 : REAL(int (*)(int), "fsync")(fd);
}

int rename(const char *from, const char *to)
{
	return fails(RENAME) ? -1 : REAL(int (*)(const char *, const char *), "rename")(from, to);
}

int unlink(const char *path)
{
	return fails(UNLINK) ? -1 : REAL(int (*)(const char *), "unlink")(path);
}

int mkdir(const char *path, mode_t mode)
{
	return fails(MKDIR) ? -1 : REAL(int (*)(const char *, mode_t), "mkdir")(path, mode);
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("FAIL_TO");
	FILE *file = path == NULL ? NULL : fopen(path, "w");

	if (file == NULL)
		return;
	fprintf(file, "{\"calls\": %lu, \"hit\": \"%s\"", counted, hit);
	for (int i = 0; i < N_CALLS; i++)
		fprintf(file, ", \"%s\": %lu", names[i], called[i]);
	fprintf(file, "}\n");
	fclose(file);
}
