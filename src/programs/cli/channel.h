/* SPDX-License-Identifier: MIT */
/*
 * How another process reaches a program that runs: a request goes in, an answer comes out. The
 * channel belongs to a path that the program writes to, a directory or a file, and who may use it
 * is decided by the permissions there. POSIX: a socket `.poolmon.sock` in the directory,
 * `.NAME.sock` beside the file NAME. Windows: a named pipe.
 */
#ifndef POOLMON_CLI_CHANNEL_H
#define POOLMON_CLI_CHANNEL_H

#include <poolmon/error.h>

#include <stdbool.h>

enum { CLI_REQUEST_MAX = 2048 }; /* bytes of a request or an answer, NUL included */

struct cli_channel;

/* Listens. *channel is NULL where the path is neither a directory nor a regular file. PM_E_MEMORY,
 * PM_E_ACCESS, PM_E_SYSTEM (another process listens already, the file system knows no sockets). */
PM_MUST_USE enum pm_status cli_channel_open(
	struct cli_channel **channel, const char *path, struct pm_error *err);
void cli_channel_close(struct cli_channel *channel);

/* Whether others still find it by its path: what it lies in may have been moved away or removed. */
bool cli_channel_is_in_place(const struct cli_channel *channel);

/* A request that is there, if any; never waits. */
bool cli_channel_next(struct cli_channel *channel, char request[CLI_REQUEST_MAX]);

/* Answers the request that was taken last. */
void cli_channel_answer(struct cli_channel *channel, const char *answer);

/* Sends a request to whoever listens at the path, and waits for the answer. PM_END: nobody does.
 * PM_E_ACCESS, PM_E_SYSTEM (among others: it ended before it answered). */
PM_MUST_USE enum pm_status cli_channel_ask(
	const char *path, const char *request, char answer[CLI_REQUEST_MAX], struct pm_error *err);

#endif
