/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include "base/fail.h"
#include "base/windows/console.h"
#include "base/windows/failure.h"
#include "base/windows/filetime.h"
#include "base/windows/path.h"

#include <errno.h>
#include <stdlib.h>
#include <windows.h>

static HANDLE handle_of(struct pm_file file)
{
	return (HANDLE)file.handle;
}

static enum pm_status fail_last(struct pm_error *err, const char *path, const char *what)
{
	return pm_fail_windows(err, GetLastError(), path, what);
}

/* Why there is no wide path: what pm_path_wide() wrote down. */
static enum pm_status path_failed(const struct pm_error *err)
{
	return err != NULL ? err->status : PM_E_ARGUMENT;
}

/* What a name leads to: the file itself, another name, or contents that lie elsewhere (in the
 * cloud, deduplicated), which have to be asked for. */
enum leads { TO_ITSELF, TO_ANOTHER, TO_CONTENTS };

static enum leads leads_to(HANDLE handle)
{
	FILE_ATTRIBUTE_TAG_INFO tag;
	BY_HANDLE_FILE_INFORMATION raw;

	if (!GetFileInformationByHandle(handle, &raw) ||
		(raw.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0)
		return TO_ITSELF;
	if (GetFileInformationByHandleEx(handle, FileAttributeTagInfo, &tag, sizeof(tag)) &&
		!IsReparseTagNameSurrogate(tag.ReparseTag))
		return TO_CONTENTS;
	return TO_ANOTHER;
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

static HANDLE open_handle(const wchar_t *path, DWORD access, DWORD disposition, DWORD flags)
{
	return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
		NULL, disposition, FILE_ATTRIBUTE_NORMAL | flags, NULL);
}

static bool same_file(HANDLE a, HANDLE b)
{
	BY_HANDLE_FILE_INFORMATION one, other;

	return GetFileInformationByHandle(a, &one) && GetFileInformationByHandle(b, &other) &&
		one.dwVolumeSerialNumber == other.dwVolumeSerialNumber &&
		one.nFileIndexHigh == other.nFileIndexHigh &&
		one.nFileIndexLow == other.nFileIndexLow;
}

/* The same file with its contents, unless another one has taken its place; the handle is closed. */
static HANDLE open_contents(HANDLE handle, const wchar_t *path, DWORD access)
{
	HANDLE contents = open_handle(path, access, OPEN_EXISTING, 0);

	if (contents != INVALID_HANDLE_VALUE && !same_file(handle, contents)) {
		CloseHandle(contents);
		contents = INVALID_HANDLE_VALUE;
		SetLastError(ERROR_CANT_RESOLVE_FILENAME);
	}
	CloseHandle(handle);
	return contents;
}

enum pm_status pm_file_open(
	struct pm_file *file, const char *path, enum pm_file_open how, struct pm_error *err)
{
	/* Backup semantics: directories can be opened, for what is asked of them. */
	static const struct {
		DWORD access, disposition, flags;
	} modes[] = {
		[PM_FILE_READ] = {GENERIC_READ, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS},
		[PM_FILE_READ_OWN] = {GENERIC_READ, OPEN_EXISTING,
			FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT},
		[PM_FILE_UPDATE] = {GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS, 0},
		[PM_FILE_UPDATE_OWN] = {GENERIC_READ | GENERIC_WRITE, OPEN_ALWAYS,
			FILE_FLAG_OPEN_REPARSE_POINT},
		[PM_FILE_CREATE_NEW] = {GENERIC_READ | GENERIC_WRITE, CREATE_NEW, 0},
		[PM_FILE_CREATE_SHARED] = {GENERIC_READ | GENERIC_WRITE, CREATE_NEW, 0},
		[PM_FILE_CREATE_PRIVATE] = {GENERIC_READ | GENERIC_WRITE, CREATE_NEW, 0},
	};
	const bool own = (modes[how].flags & FILE_FLAG_OPEN_REPARSE_POINT) != 0;
	wchar_t *wide = pm_path_wide(path, err);
	enum leads leads = TO_ITSELF;
	HANDLE handle;

	*file = PM_FILE_NONE;
	if (wide == NULL)
		return path_failed(err);
	handle = open_handle(wide, modes[how].access, modes[how].disposition, modes[how].flags);
	if (handle != INVALID_HANDLE_VALUE && own)
		leads = leads_to(handle);
	if (leads == TO_CONTENTS)
		handle = open_contents(handle, wide, modes[how].access);
	free(wide);
	if (handle == INVALID_HANDLE_VALUE)
		return fail_last(err, path, "can't be opened");
	if (leads == TO_ANOTHER) {
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
		GetTempFileNameW(directory, L"pm", 0, path) != 0) {
		handle = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
			FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
		if (handle == INVALID_HANDLE_VALUE)
			DeleteFileW(path); /* GetTempFileNameW() has made it */
	}
	if (handle == INVALID_HANDLE_VALUE)
		return fail_last(err, NULL, "no temporary file can be made where TMP says");
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

/* Reading and writing at an offset moves the position too: it is put back. */
static bool position_of(struct pm_file file, LARGE_INTEGER *position)
{
	const LARGE_INTEGER zero = {.QuadPart = 0};

	return SetFilePointerEx(handle_of(file), zero, position, FILE_CURRENT);
}

enum pm_status pm_file_read_at(
	struct pm_file file, uint64_t offset, void *to, size_t n, size_t *got, struct pm_error *err)
{
	OVERLAPPED at = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
	LARGE_INTEGER position;
	enum pm_status status;

	*got = 0;
	if (!position_of(file, &position))
		return fail_last(err, NULL, "can't be read");
	status = read_some(file, to, n, &at, got, err);
	SetFilePointerEx(handle_of(file), position, NULL, FILE_BEGIN);
	return status;
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
	if (pm_console_is(handle_of(file)))
		return pm_console_write(handle_of(file), bytes, n)
			? PM_OK
			: fail_last(err, NULL, "can't be written");
	return write_all(file, bytes, n, NULL, err);
}

enum pm_status pm_file_write_at(
	struct pm_file file, uint64_t offset, const void *bytes, size_t n, struct pm_error *err)
{
	LARGE_INTEGER position;
	enum pm_status status;

	if (!position_of(file, &position))
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

/* Of a pipe it would wait until all was read. */
enum pm_status pm_file_sync(struct pm_file file, struct pm_error *err)
{
	if (GetFileType(handle_of(file)) == FILE_TYPE_DISK && !FlushFileBuffers(handle_of(file)))
		return fail_last(err, NULL, "can't be made durable");
	return PM_OK;
}

void pm_file_take_access(struct pm_file file, const char *path)
{
	(void)file;
	(void)path;
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

/* Asks for no more than what is asked of every file, so one is examined that can't be read, or that
 * somebody shares with nobody. */
enum pm_status pm_path_stat(const char *path, struct pm_file_info *info, struct pm_error *err)
{
	wchar_t *wide = pm_path_wide(path, err);
	struct pm_file file;
	enum pm_status status;
	HANDLE handle;

	*info = (struct pm_file_info){.kind = PM_FILE_OTHER};
	if (wide == NULL)
		return path_failed(err);
	handle = open_handle(wide, FILE_READ_ATTRIBUTES, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
	free(wide);
	if (handle == INVALID_HANDLE_VALUE)
		return fail_last(err, path, "can't be examined");
	file = (struct pm_file){(intptr_t)handle};
	status = pm_file_stat(file, info, err);
	pm_file_discard(&file);
	return status;
}

bool pm_path_exists(const char *path)
{
	wchar_t *wide = pm_path_wide(path, NULL);
	const bool exists = wide == NULL || GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES ||
		pm_errno_of_windows(GetLastError()) != ENOENT;

	free(wide);
	return exists;
}

/* Search indexes and virus scanners open files for a moment as soon as they are there. */
static bool move(const wchar_t *from, const wchar_t *to)
{
	enum { TRIES = 5, PAUSE_MS = 20 };

	for (int tries = 1;; tries++) {
		if (MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
			return true;
		if (tries == TRIES ||
			(GetLastError() != ERROR_ACCESS_DENIED &&
				GetLastError() != ERROR_SHARING_VIOLATION))
			return false;
		Sleep(PAUSE_MS);
	}
}

enum pm_status pm_path_rename(const char *from, const char *to, struct pm_error *err)
{
	wchar_t *wide_from = pm_path_wide(from, err);
	wchar_t *wide_to = wide_from == NULL ? NULL : pm_path_wide(to, err);
	enum pm_status status = PM_OK;

	if (wide_to == NULL)
		status = path_failed(err);
	else if (!move(wide_from, wide_to))
		status = fail_last(err, from, "can't be renamed");
	free(wide_from);
	free(wide_to);
	return status;
}

enum pm_status pm_path_remove(const char *path, struct pm_error *err)
{
	wchar_t *wide = pm_path_wide(path, err);
	enum pm_status status = PM_OK;

	if (wide == NULL)
		return path_failed(err);
	if (!DeleteFileW(wide))
		status = fail_last(err, path, "can't be removed");
	free(wide);
	return status;
}

bool pm_path_is_separator(char c)
{
	return c == '/' || c == '\\';
}

enum pm_status pm_directory_create(const char *path, struct pm_error *err)
{
	wchar_t *wide = pm_path_wide(path, err);
	enum pm_status status = PM_OK;

	if (wide == NULL)
		return path_failed(err);
	if (!CreateDirectoryW(wide, NULL)) {
		const DWORD code = GetLastError(), attributes = GetFileAttributesW(wide);

		if (attributes == INVALID_FILE_ATTRIBUTES ||
			!(attributes & FILE_ATTRIBUTE_DIRECTORY))
			status = pm_fail_windows(err, code, path, "can't be made a directory");
	}
	free(wide);
	return status;
}

void pm_directory_sync(const char *path)
{
	(void)path; /* renames are written through, removals may come back */
}

static enum pm_status call_each(const WIN32_FIND_DATAW *found,
	enum pm_status (*each)(void *context, const char *name, struct pm_error *err),
	void *context, struct pm_error *err)
{
	char *name;
	enum pm_status status;

	if (wcscmp(found->cFileName, L".") == 0 || wcscmp(found->cFileName, L"..") == 0)
		return PM_OK;
	name = pm_utf8_of(found->cFileName);
	if (name == NULL)
		return pm_fail_memory(err);
	status = each(context, name, err);
	free(name);
	return status;
}

enum pm_status pm_directory_each(const char *path,
	enum pm_status (*each)(void *context, const char *name, struct pm_error *err),
	void *context, struct pm_error *err)
{
	wchar_t *pattern = pm_path_wide_pattern(path, err);
	enum pm_status status = PM_OK;
	WIN32_FIND_DATAW found;
	HANDLE search;

	if (pattern == NULL)
		return path_failed(err);
	search = FindFirstFileW(pattern, &found);
	free(pattern);
	if (search == INVALID_HANDLE_VALUE) /* a drive's first directory may be empty */
		return GetLastError() == ERROR_FILE_NOT_FOUND
			? PM_OK
			: fail_last(err, path, "can't be listed");
	do
		status = call_each(&found, each, context, err);
	while (status == PM_OK && FindNextFileW(search, &found));
	if (status == PM_OK && GetLastError() != ERROR_NO_MORE_FILES)
		status = fail_last(err, path, "can't be listed");
	FindClose(search);
	return status;
}
