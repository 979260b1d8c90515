/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include "base/fail.h"
#include "base/windows/filetime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static HANDLE handle_of(struct pm_file file)
{
	return (HANDLE)file.handle;
}

static int errno_of(DWORD code)
{
	switch (code) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
	case ERROR_INVALID_NAME:
		return ENOENT;
	case ERROR_ACCESS_DENIED:
	case ERROR_SHARING_VIOLATION:
	case ERROR_WRITE_PROTECT:
		return EACCES;
	case ERROR_FILE_EXISTS:
	case ERROR_ALREADY_EXISTS:
		return EEXIST;
	case ERROR_DISK_FULL:
	case ERROR_HANDLE_DISK_FULL:
		return ENOSPC;
	case ERROR_NOT_ENOUGH_MEMORY:
	case ERROR_OUTOFMEMORY:
		return ENOMEM;
	case ERROR_NO_DATA:
	case ERROR_BROKEN_PIPE:
		return EPIPE;
	default:
		return EIO;
	}
}

static enum pm_status fail_last(struct pm_error *err, const char *path, const char *what)
{
	const DWORD code = GetLastError();
	const int number = errno_of(code);
	enum pm_status status;

	if (number == EIO)
		status = pm_fail_errno(err, number, "%s (Windows error %lu)", what, code);
	else
		status = pm_fail_errno(err, number, "%s", what);
	pm_error_where(err, path, 0, 0);
	return status;
}

/* NULL (and an error) where the path is no UTF-8 or memory is short; free() it. */
static wchar_t *wide_path(const char *path, struct pm_error *err)
{
	const int n = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
	wchar_t *wide = n <= 0 ? NULL : malloc((size_t)n * sizeof(*wide));

	if (wide == NULL) {
		(void)pm_fail(err, n <= 0 ? PM_E_ARGUMENT : PM_E_MEMORY,
			n <= 0 ? "the path is not UTF-8" : "out of memory");
		pm_error_where(err, path, 0, 0);
		return NULL;
	}
	MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, n);
	return wide;
}

static bool is_link(HANDLE handle)
{
	BY_HANDLE_FILE_INFORMATION raw;

	return GetFileInformationByHandle(handle, &raw) &&
		(raw.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
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

struct pm_file pm_file_standard(enum pm_file_standard which)
{
	const DWORD id = which == PM_FILE_STDIN ? STD_INPUT_HANDLE : STD_OUTPUT_HANDLE;

	return (struct pm_file){(intptr_t)GetStdHandle(id)};
}

enum pm_status pm_file_open(
	struct pm_file *file, const char *path, enum pm_file_open how, struct pm_error *err)
{
	static const struct {
		DWORD access, disposition, flags;
	} modes[] = {
		[PM_FILE_READ] = {GENERIC_READ, OPEN_EXISTING, 0},
		[PM_FILE_READ_OWN] = {GENERIC_READ, OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT},
		[PM_FILE_UPDATE] = {GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS, 0},
		[PM_FILE_UPDATE_OWN] = {GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS,
			FILE_FLAG_OPEN_REPARSE_POINT},
		[PM_FILE_CREATE_NEW] = {GENERIC_READ | GENERIC_WRITE, CREATE_NEW, 0},
	};
	wchar_t *wide = wide_path(path, err);
	HANDLE handle;

	*file = PM_FILE_NONE;
	if (wide == NULL)
		return err != NULL ? err->status : PM_E_ARGUMENT;
	handle = CreateFileW(wide, modes[how].access,
		FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
		modes[how].disposition,
		FILE_ATTRIBUTE_NORMAL | FILE_FLAG_BACKUP_SEMANTICS | modes[how].flags, NULL);
	free(wide);
	if (handle == INVALID_HANDLE_VALUE)
		return fail_last(err, path, "can't be opened");
	if (modes[how].flags != 0 && is_link(handle)) {
		CloseHandle(handle);
		return fail_link(err, path);
	}
	*file = (struct pm_file){(intptr_t)handle};
	if (how == PM_FILE_UPDATE || how == PM_FILE_UPDATE_OWN) {
		LARGE_INTEGER zero = {.QuadPart = 0};

		SetFilePointerEx(handle, zero, NULL, FILE_END);
	}
	return PM_OK;
}

enum pm_status pm_file_temporary(struct pm_file *file, struct pm_error *err)
{
	wchar_t directory[MAX_PATH + 1], path[MAX_PATH + 1];
	HANDLE handle = INVALID_HANDLE_VALUE;

	*file = PM_FILE_NONE;
	if (GetTempPathW(MAX_PATH, directory) != 0 &&
		GetTempFileNameW(directory, L"pm", 0, path) != 0)
		handle = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
			FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
	if (handle == INVALID_HANDLE_VALUE)
		return fail_last(err, NULL, "no temporary file can be made");
	*file = (struct pm_file){(intptr_t)handle};
	return PM_OK;
}

enum pm_status pm_file_close(struct pm_file *file, struct pm_error *err)
{
	const HANDLE handle = handle_of(*file);

	*file = PM_FILE_NONE;
	if (handle != INVALID_HANDLE_VALUE && !CloseHandle(handle))
		return fail_last(err, NULL, "can't be closed");
	return PM_OK;
}

void pm_file_discard(struct pm_file *file)
{
	const HANDLE handle = handle_of(*file);

	if (handle != INVALID_HANDLE_VALUE && handle != GetStdHandle(STD_INPUT_HANDLE) &&
		handle != GetStdHandle(STD_OUTPUT_HANDLE))
		CloseHandle(handle);
	*file = PM_FILE_NONE;
}

static enum pm_status read_some(
	struct pm_file file, void *to, size_t n, OVERLAPPED *at, size_t *got, struct pm_error *err)
{
	DWORD r = 0;

	*got = 0;
	if (!ReadFile(handle_of(file), to, n > 1 << 30 ? 1 << 30 : (DWORD)n, &r, at)) {
		const DWORD code = GetLastError();

		if (code == ERROR_HANDLE_EOF || code == ERROR_BROKEN_PIPE)
			return PM_OK;
		return fail_last(err, NULL, "can't be read");
	}
	*got = r;
	return PM_OK;
}

enum pm_status pm_file_read(
	struct pm_file file, void *to, size_t n, size_t *got, struct pm_error *err)
{
	return read_some(file, to, n, NULL, got, err);
}

enum pm_status pm_file_read_at(
	struct pm_file file, uint64_t offset, void *to, size_t n, size_t *got, struct pm_error *err)
{
	OVERLAPPED at = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};

	return read_some(file, to, n, &at, got, err);
}

static enum pm_status write_all(
	struct pm_file file, const char *bytes, size_t n, uint64_t *offset, struct pm_error *err)
{
	while (n > 0) {
		OVERLAPPED at = {0};
		DWORD r = 0;

		if (offset != NULL) {
			at.Offset = (DWORD)*offset;
			at.OffsetHigh = (DWORD)(*offset >> 32);
		}
		if (!WriteFile(handle_of(file), bytes, n > 1 << 30 ? 1 << 30 : (DWORD)n, &r,
			    offset != NULL ? &at : NULL))
			return fail_last(err, NULL, "can't be written");
		bytes += r;
		n -= r;
		if (offset != NULL)
			*offset += r;
	}
	return PM_OK;
}

enum pm_status pm_file_write(struct pm_file file, const void *bytes, size_t n, struct pm_error *err)
{
	return write_all(file, bytes, n, NULL, err);
}

enum pm_status pm_file_write_at(
	struct pm_file file, uint64_t offset, const void *bytes, size_t n, struct pm_error *err)
{
	const LARGE_INTEGER zero = {.QuadPart = 0};
	LARGE_INTEGER position;
	enum pm_status status;

	/* A write at an offset moves the position too: put it back. */
	if (!SetFilePointerEx(handle_of(file), zero, &position, FILE_CURRENT))
		return fail_last(err, NULL, "can't be written");
	status = write_all(file, bytes, n, &offset, err);
	SetFilePointerEx(handle_of(file), position, NULL, FILE_BEGIN);
	return status;
}

enum pm_status pm_file_truncate(struct pm_file file, uint64_t size, struct pm_error *err)
{
	const LARGE_INTEGER to = {.QuadPart = (LONGLONG)size};

	if (!SetFilePointerEx(handle_of(file), to, NULL, FILE_BEGIN) ||
		!SetEndOfFile(handle_of(file)))
		return fail_last(err, NULL, "can't be cut back");
	return PM_OK;
}

enum pm_status pm_file_sync(struct pm_file file, struct pm_error *err)
{
	if (!FlushFileBuffers(handle_of(file)) && GetLastError() != ERROR_INVALID_HANDLE)
		return fail_last(err, NULL, "can't be made durable");
	return PM_OK;
}

/* The byte that stands for the whole file: far behind its end, as locked bytes can't be read. */
static const OVERLAPPED lock_place = {.OffsetHigh = 0x40000000};

bool pm_file_is_locked(struct pm_file file, uint64_t *holder)
{
	OVERLAPPED at = lock_place;

	*holder = 0;
	if (!LockFileEx(handle_of(file), LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at))
		return GetLastError() == ERROR_LOCK_VIOLATION || GetLastError() == ERROR_IO_PENDING;
	UnlockFileEx(handle_of(file), 0, 1, 0, &at);
	return false;
}

enum pm_status pm_file_lock(struct pm_file file, uint64_t *holder, struct pm_error *err)
{
	OVERLAPPED at = lock_place;

	*holder = 0;
	if (LockFileEx(handle_of(file), LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1,
		    0, &at) ||
		(GetLastError() != ERROR_LOCK_VIOLATION && GetLastError() != ERROR_IO_PENDING))
		return PM_OK;
	return pm_fail_errno(err, EBUSY, "is locked");
}

enum pm_status pm_file_stat(struct pm_file file, struct pm_file_info *info, struct pm_error *err)
{
	BY_HANDLE_FILE_INFORMATION raw;

	*info = (struct pm_file_info){.kind = PM_FILE_OTHER};
	if (GetFileType(handle_of(file)) != FILE_TYPE_DISK)
		return PM_OK;
	if (!GetFileInformationByHandle(handle_of(file), &raw))
		return fail_last(err, NULL, "can't be examined");
	info->kind = raw.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? PM_FILE_DIRECTORY
								     : PM_FILE_REGULAR;
	info->size = (uint64_t)raw.nFileSizeHigh << 32 | raw.nFileSizeLow;
	info->device = raw.dwVolumeSerialNumber;
	info->serial = (uint64_t)raw.nFileIndexHigh << 32 | raw.nFileIndexLow;
	info->modified_ms = pm_ms_of_filetime(raw.ftLastWriteTime);
	return PM_OK;
}

enum pm_status pm_path_stat(const char *path, struct pm_file_info *info, struct pm_error *err)
{
	struct pm_file file;
	enum pm_status status = pm_file_open(&file, path, PM_FILE_READ, err);

	if (status == PM_OK)
		status = pm_file_stat(file, info, err);
	pm_file_discard(&file);
	return status;
}

bool pm_path_exists(const char *path)
{
	wchar_t *wide = wide_path(path, NULL);
	const bool exists = wide == NULL || GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES ||
		errno_of(GetLastError()) != ENOENT;

	free(wide);
	return exists;
}

enum pm_status pm_path_rename(const char *from, const char *to, struct pm_error *err)
{
	wchar_t *wide_from = wide_path(from, err);
	wchar_t *wide_to = wide_from == NULL ? NULL : wide_path(to, err);
	enum pm_status status = PM_E_ARGUMENT;

	if (wide_to != NULL)
		status = MoveFileExW(wide_from, wide_to, MOVEFILE_REPLACE_EXISTING)
			? PM_OK
			: fail_last(err, from, "can't be renamed");
	free(wide_from);
	free(wide_to);
	return status;
}

enum pm_status pm_path_remove(const char *path, struct pm_error *err)
{
	wchar_t *wide = wide_path(path, err);
	enum pm_status status = PM_E_ARGUMENT;

	if (wide != NULL)
		status = DeleteFileW(wide) ? PM_OK : fail_last(err, path, "can't be removed");
	free(wide);
	return status;
}

enum pm_status pm_directory_create(const char *path, struct pm_error *err)
{
	wchar_t *wide = wide_path(path, err);
	enum pm_status status = PM_OK;

	if (wide == NULL)
		return PM_E_ARGUMENT;
	if (!CreateDirectoryW(wide, NULL)) {
		const DWORD attributes = GetFileAttributesW(wide);

		if (attributes == INVALID_FILE_ATTRIBUTES ||
			!(attributes & FILE_ATTRIBUTE_DIRECTORY))
			status = fail_last(err, path, "can't be made a directory");
	}
	free(wide);
	return status;
}

void pm_directory_sync(const char *path)
{
	(void)path; /* the file system's journal orders renames itself */
}

enum pm_status pm_directory_each(const char *path,
	enum pm_status (*each)(void *context, const char *name, struct pm_error *err),
	void *context, struct pm_error *err)
{
	enum pm_status status = PM_OK;
	char pattern[4096], name[3 * MAX_PATH + 1];
	WIN32_FIND_DATAW found;
	wchar_t *wide;
	HANDLE search;

	if (snprintf(pattern, sizeof(pattern), "%s/*", path) >= (int)sizeof(pattern))
		return pm_fail(err, PM_E_ARGUMENT, "the path is too long");
	wide = wide_path(pattern, err);
	if (wide == NULL)
		return PM_E_ARGUMENT;
	search = FindFirstFileW(wide, &found);
	free(wide);
	if (search == INVALID_HANDLE_VALUE)
		return fail_last(err, path, "can't be listed");
	do {
		WideCharToMultiByte(
			CP_UTF8, 0, found.cFileName, -1, name, sizeof(name), NULL, NULL);
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			status = each(context, name, err);
	} while (status == PM_OK && FindNextFileW(search, &found));
	FindClose(search);
	return status;
}
