/* SPDX-License-Identifier: MIT */
/* A named pipe, one client at a time, all of it overlapped: nothing here ever waits for a client. */
#include "programs/cli/channel.h"

#include "base/fail.h"
#include "base/hash.h"
#include "programs/cli/windows/handles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 30000, NAME_MAX_CHARS = 64 };

struct cli_channel {
	HANDLE pipe;
	OVERLAPPED pending; /* its event: the step at hand is done */
	enum { CONNECTING, READING, ANSWERING, CLOSING } step;
	char buffer[CLI_REQUEST_MAX];
};

/* The pipe's name is made of the whole path. False: there is nothing at that path. */
static bool name_of(const char *path, wchar_t name[NAME_MAX_CHARS])
{
	wchar_t given[4096], whole[4096];
	DWORD n;

	if (MultiByteToWideChar(CP_UTF8, 0, path, -1, given, 4096) == 0 ||
		GetFileAttributesW(given) == INVALID_FILE_ATTRIBUTES)
		return false;
	n = GetFullPathNameW(given, 4096, whole, NULL);
	if (n == 0 || n >= 4096)
		return false;
	while (n > 1 && (whole[n - 1] == L'\\' || whole[n - 1] == L'/'))
		whole[--n] = L'\0';
	CharLowerW(whole);
	swprintf(name, NAME_MAX_CHARS, L"\\\\.\\pipe\\poolmon-%016llx",
		(unsigned long long)pm_hash(0, whole, n * sizeof(*whole)));
	return true;
}

static void wait_for_client(struct cli_channel *channel)
{
	channel->step = CONNECTING;
	ResetEvent(channel->pending.hEvent);
	if (!ConnectNamedPipe(channel->pipe, &channel->pending) &&
		GetLastError() == ERROR_PIPE_CONNECTED)
		SetEvent(channel->pending.hEvent);
}

/* Reading again after the answer tells when the client is gone; to disconnect before would take the
 * answer from it. */
static void begin_read(struct cli_channel *channel, int step)
{
	channel->step = step;
	ResetEvent(channel->pending.hEvent);
	if (!ReadFile(
		    channel->pipe, channel->buffer, CLI_REQUEST_MAX - 1, NULL, &channel->pending) &&
		GetLastError() != ERROR_IO_PENDING)
		SetEvent(channel->pending.hEvent);
}

enum pm_status cli_channel_open(struct cli_channel **out, const char *path, struct pm_error *err)
{
	struct cli_channel *channel;
	wchar_t name[NAME_MAX_CHARS];

	*out = NULL;
	if (!name_of(path, name))
		return PM_OK;
	channel = calloc(1, sizeof(*channel));
	if (channel == NULL)
		return pm_fail_memory(err);
	channel->pending.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
	channel->pipe = CreateNamedPipeW(name,
		PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
		PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_REJECT_REMOTE_CLIENTS, 1,
		CLI_REQUEST_MAX, CLI_REQUEST_MAX, 0, NULL);
	if (channel->pipe == INVALID_HANDLE_VALUE || channel->pending.hEvent == NULL) {
		cli_channel_close(channel);
		return pm_fail(err, PM_E_SYSTEM, "another process listens already");
	}
	wait_for_client(channel);
	*out = channel;
	return PM_OK;
}

void cli_channel_close(struct cli_channel *channel)
{
	DWORD n;

	if (channel == NULL)
		return;
	if (channel->pipe != INVALID_HANDLE_VALUE) {
		if (CancelIo(channel->pipe)) /* and until then the memory is the system's */
			GetOverlappedResult(channel->pipe, &channel->pending, &n, TRUE);
		CloseHandle(channel->pipe);
	}
	if (channel->pending.hEvent != NULL)
		CloseHandle(channel->pending.hEvent);
	free(channel);
}

bool cli_channel_is_in_place(const struct cli_channel *channel)
{
	(void)channel; /* pipes lie in no directory */
	return true;
}

HANDLE cli_channel_handle(const struct cli_channel *channel)
{
	return channel->pending.hEvent;
}

bool cli_channel_next(struct cli_channel *channel, char request[CLI_REQUEST_MAX])
{
	while (WaitForSingleObject(channel->pending.hEvent, 0) == WAIT_OBJECT_0) {
		DWORD n = 0;
		const bool done = channel->step == CONNECTING ||
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
			DisconnectNamedPipe(channel->pipe);
			wait_for_client(channel);
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

enum pm_status cli_channel_ask(
	const char *path, const char *request, char answer[CLI_REQUEST_MAX], struct pm_error *err)
{
	wchar_t name[NAME_MAX_CHARS];
	enum pm_status status;
	DWORD n = 0;

	answer[0] = '\0';
	if (!name_of(path, name))
		return PM_END;
	if (CallNamedPipeW(name, (void *)(uintptr_t)request, (DWORD)strlen(request), answer,
		    CLI_REQUEST_MAX - 1, &n, ANSWER_MS)) {
		answer[n] = '\0';
		return PM_OK;
	}
	if (GetLastError() == ERROR_FILE_NOT_FOUND)
		return PM_END;
	status = GetLastError() == ERROR_ACCESS_DENIED
		? pm_fail_errno(err, EACCES, "can't be reached")
		: pm_fail(err, PM_E_SYSTEM, "who listened did not answer");
	pm_error_where(err, path, 0, 0);
	return status;
}
