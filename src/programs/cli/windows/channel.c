/* SPDX-License-Identifier: MIT */
/* A named pipe, one client at a time, all of it overlapped: nothing here ever waits for a client. */
#include "programs/cli/channel.h"

#include "base/clock.h"
#include "base/fail.h"
#include "base/hash.h"
#include "base/windows/failure.h"
#include "base/windows/path.h"
#include "programs/cli/windows/handles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* needs what comes with the above */
#include <sddl.h>

enum { ANSWER_MS = 30000, SILENT_MS = 1000, NAME_MAX_CHARS = 64 };

struct cli_channel {
	HANDLE pipe;
	OVERLAPPED pending; /* its event: the step at hand is done */
	enum { CONNECTING, READING, ANSWERING, CLOSING } step;
	bool failed;      /* the step at hand could not be begun */
	int64_t since_ms; /* when it began */
	char buffer[CLI_REQUEST_MAX];
};

/* ---- the name ---- */

/* The path as the system knows it, whatever way leads there; free() it. NULL: it does not tell. */
static wchar_t *final_path(HANDLE file)
{
	static const DWORD ways[] = {VOLUME_NAME_DOS, VOLUME_NAME_NT, /* on no drive */
		VOLUME_NAME_NT | FILE_NAME_OPENED /* a share that does not let us look */};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const DWORD n = GetFinalPathNameByHandleW(file, NULL, 0, ways[i]);
		wchar_t *path = n == 0 ? NULL : malloc(((size_t)n + 1) * sizeof(*path));
		const DWORD got =
			path == NULL ? 0 : GetFinalPathNameByHandleW(file, path, n + 1, ways[i]);

		if (got > 0 && got <= n)
			return path;
		free(path);
	}
	return NULL;
}

/* The pipe's name is made of the path. False: neither a directory nor a regular file. */
static bool make_name(const char *path, wchar_t name[NAME_MAX_CHARS])
{
	wchar_t *wide = pm_path_wide(path, NULL);
	HANDLE file = wide == NULL ? INVALID_HANDLE_VALUE
				   : CreateFileW(wide, FILE_READ_ATTRIBUTES,
					     FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
					     NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
	const bool found = file != INVALID_HANDLE_VALUE && GetFileType(file) == FILE_TYPE_DISK;

	if (found) {
		wchar_t *final = final_path(file);
		const wchar_t *whole = final != NULL ? final : wide;

		swprintf(name, NAME_MAX_CHARS, L"\\\\.\\pipe\\poolmon-%016llx",
			(unsigned long long)pm_hash(0, whole, wcslen(whole) * sizeof(*whole)));
		free(final);
	}
	if (file != INVALID_HANDLE_VALUE)
		CloseHandle(file);
	free(wide);
	return found;
}

/* ---- who listens ---- */

/* Begins a step that was asked for with this result. What could not even be begun is done. */
static void begin(struct cli_channel *channel, bool asked)
{
	channel->failed = !asked && GetLastError() != ERROR_IO_PENDING;
	channel->since_ms = pm_clock_uptime_ms();
	if (channel->failed)
		SetEvent(channel->pending.hEvent);
}

/* A client may have come before us, or have left already: reading will tell. */
static void wait_for_client(struct cli_channel *channel)
{
	channel->step = CONNECTING;
	ResetEvent(channel->pending.hEvent);
	begin(channel, ConnectNamedPipe(channel->pipe, &channel->pending));
}

/* Reading again after the answer tells when the client is gone; to disconnect before would take the
 * answer from it. */
static void begin_read(struct cli_channel *channel, int step)
{
	channel->step = step;
	ResetEvent(channel->pending.hEvent);
	begin(channel,
		ReadFile(channel->pipe, channel->buffer, CLI_REQUEST_MAX - 1, NULL,
			&channel->pending));
}

/* Who may do anything to the pipe, and nobody else: the user that this process runs as, the
 * administrators, and the system. LocalFree() it. NULL: GetLastError() tells. */
static PSECURITY_DESCRIPTOR make_permissions(void)
{
	static const wchar_t format[] = L"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;%ls)";
	PSECURITY_DESCRIPTOR permissions = NULL;
	union {
		TOKEN_USER user;
		char bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	} token;
	wchar_t *sid = NULL, text[256];
	HANDLE handle;
	DWORD n;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &handle))
		return NULL;
	if (GetTokenInformation(handle, TokenUser, &token, sizeof(token), &n) &&
		ConvertSidToStringSidW(token.user.User.Sid, &sid) &&
		swprintf(text, sizeof(text) / sizeof(text[0]), format, sid) > 0)
		ConvertStringSecurityDescriptorToSecurityDescriptorW(
			text, SDDL_REVISION_1, &permissions, NULL);
	LocalFree(sid);
	CloseHandle(handle);
	return permissions;
}

/* False: GetLastError() tells. */
static bool make_pipe(struct cli_channel *channel, const wchar_t *name)
{
	SECURITY_ATTRIBUTES security = {.nLength = sizeof(security)};
	DWORD code;

	channel->pipe = INVALID_HANDLE_VALUE;
	channel->pending.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
	security.lpSecurityDescriptor = make_permissions();
	if (channel->pending.hEvent == NULL || security.lpSecurityDescriptor == NULL)
		return false;
	channel->pipe = CreateNamedPipeW(name,
		PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
		PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_REJECT_REMOTE_CLIENTS, 1,
		CLI_REQUEST_MAX, CLI_REQUEST_MAX, 0, &security);
	code = GetLastError();
	LocalFree(security.lpSecurityDescriptor);
	SetLastError(code);
	return channel->pipe != INVALID_HANDLE_VALUE;
}

enum pm_status cli_channel_open(struct cli_channel **out, const char *path, struct pm_error *err)
{
	struct cli_channel *channel;
	wchar_t name[NAME_MAX_CHARS];

	*out = NULL;
	if (!make_name(path, name))
		return PM_OK;
	channel = calloc(1, sizeof(*channel));
	if (channel == NULL)
		return pm_fail_memory(err);
	if (!make_pipe(channel, name)) {
		const DWORD code = GetLastError();

		cli_channel_close(channel);
		if (code == ERROR_ACCESS_DENIED || code == ERROR_PIPE_BUSY)
			return pm_fail(err, PM_E_SYSTEM, "another process listens already");
		return pm_fail_windows(err, code, path, "can't be listened at");
	}
	wait_for_client(channel);
	*out = channel;
	return PM_OK;
}

/* Gives up the step at hand: until then its memory is the system's. */
static void give_up(struct cli_channel *channel)
{
	DWORD n;

	if (!channel->failed && CancelIo(channel->pipe))
		GetOverlappedResult(channel->pipe, &channel->pending, &n, TRUE);
}

void cli_channel_close(struct cli_channel *channel)
{
	if (channel == NULL)
		return;
	if (channel->pipe != INVALID_HANDLE_VALUE) {
		give_up(channel);
		CloseHandle(channel->pipe);
	}
	if (channel->pending.hEvent != NULL)
		CloseHandle(channel->pending.hEvent);
	free(channel);
}

bool cli_channel_is_in_place(const struct cli_channel *channel)
{
	(void)channel; /* its name is made of the path */
	return true;
}

static void hang_up(struct cli_channel *channel)
{
	DisconnectNamedPipe(channel->pipe);
	wait_for_client(channel);
}

int64_t cli_channel_patience_ms(struct cli_channel *channel, int64_t left_ms)
{
	const bool waits = channel->step == READING || channel->step == CLOSING;
	const int64_t patience_ms = channel->since_ms + SILENT_MS - pm_clock_uptime_ms();

	if (!waits || WaitForSingleObject(channel->pending.hEvent, 0) == WAIT_OBJECT_0)
		return left_ms;
	if (patience_ms > 0)
		return left_ms < patience_ms ? left_ms : patience_ms;
	give_up(channel);
	hang_up(channel);
	return left_ms;
}

HANDLE cli_channel_handle(const struct cli_channel *channel)
{
	return channel->pending.hEvent;
}

bool cli_channel_next(struct cli_channel *channel, char request[CLI_REQUEST_MAX])
{
	while (WaitForSingleObject(channel->pending.hEvent, 0) == WAIT_OBJECT_0) {
		DWORD n = 0;
		const bool done = !channel->failed &&
			GetOverlappedResult(channel->pipe, &channel->pending, &n, FALSE);

		if (channel->step == CONNECTING) {
			begin_read(channel, READING);
		} else if (channel->step == READING && done) {
			ResetEvent(channel->pending.hEvent);
			channel->step = ANSWERING;
			memcpy(request, channel->buffer, n);
			request[n] = '\0';
			return true;
		} else {
			hang_up(channel);
		}
	}
	return false;
}

void cli_channel_answer(struct cli_channel *channel, const char *answer)
{
	DWORD n;

	/* It fits into the pipe's buffer, so it does not wait for the client. */
	ResetEvent(channel->pending.hEvent);
	if (WriteFile(channel->pipe, answer, (DWORD)strlen(answer), NULL, &channel->pending) ||
		GetLastError() == ERROR_IO_PENDING)
		GetOverlappedResult(channel->pipe, &channel->pending, &n, TRUE);
	begin_read(channel, CLOSING);
}

/* ---- who asks ---- */

/* Who listens is told nothing of who we are: it might be somebody who took the name first.
 * INVALID_HANDLE_VALUE: GetLastError() tells. */
static HANDLE connect_to(const wchar_t *name)
{
	const int64_t until_ms = pm_clock_uptime_ms() + ANSWER_MS;
	HANDLE pipe;

	for (;;) {
		const int64_t left = until_ms - pm_clock_uptime_ms();

		pipe = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
			FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, NULL);
		if (pipe != INVALID_HANDLE_VALUE || GetLastError() != ERROR_PIPE_BUSY)
			return pipe;
		if (left <= 0 || !WaitNamedPipeW(name, (DWORD)left))
			return pipe;
	}
}

/* False: GetLastError() tells. */
static bool transact(HANDLE pipe, const char *request, char answer[CLI_REQUEST_MAX])
{
	OVERLAPPED pending = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
	DWORD mode = PIPE_READMODE_MESSAGE, n = 0, code;
	bool done;

	if (pending.hEvent == NULL)
		return false;
	done = SetNamedPipeHandleState(pipe, &mode, NULL, NULL) &&
		TransactNamedPipe(pipe, (void *)(uintptr_t)request, (DWORD)strlen(request), answer,
			CLI_REQUEST_MAX - 1, NULL, &pending);
	if (done || GetLastError() == ERROR_IO_PENDING) {
		const bool late = WaitForSingleObject(pending.hEvent, ANSWER_MS) != WAIT_OBJECT_0;

		if (late)
			CancelIo(pipe);
		done = GetOverlappedResult(pipe, &pending, &n, TRUE);
		if (late && !done)
			SetLastError(ERROR_SEM_TIMEOUT);
	}
	code = GetLastError();
	answer[done ? n : 0] = '\0';
	CloseHandle(pending.hEvent);
	SetLastError(code);
	return done;
}

static enum pm_status explain(DWORD code, const char *path, struct pm_error *err)
{
	enum pm_status status;

	if (code == ERROR_FILE_NOT_FOUND)
		return PM_END;
	if (code == ERROR_SEM_TIMEOUT)
		status = pm_fail(err, PM_E_SYSTEM, "no answer within %d s", ANSWER_MS / 1000);
	else if (code == ERROR_BROKEN_PIPE || code == ERROR_PIPE_NOT_CONNECTED ||
		code == ERROR_NO_DATA)
		status = pm_fail(err, PM_E_SYSTEM, "who listened ended before it answered");
	else
		return pm_fail_windows(err, code, path, "can't be reached");
	pm_error_where(err, path, 0, 0);
	return status;
}

enum pm_status cli_channel_ask(
	const char *path, const char *request, char answer[CLI_REQUEST_MAX], struct pm_error *err)
{
	wchar_t name[NAME_MAX_CHARS];
	enum pm_status status = PM_OK;
	HANDLE pipe;

	answer[0] = '\0';
	if (!make_name(path, name))
		return PM_END;
	pipe = connect_to(name);
	if (pipe == INVALID_HANDLE_VALUE)
		return explain(GetLastError(), path, err);
	if (!transact(pipe, request, answer))
		status = explain(GetLastError(), path, err);
	CloseHandle(pipe);
	return status;
}
