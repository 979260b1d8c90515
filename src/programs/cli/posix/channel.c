/* SPDX-License-Identifier: MIT */
/* A socket in the file system, one packet a request. What arrives raises SIGIO, which
 * cli_run_wait() takes like any other signal; nothing here ever waits for a client. */
#include "programs/cli/channel.h"

#include "base/clock.h"
#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 32, SILENT_MS = 1000, ANSWER_S = 30 };

struct cli_channel {
	int fd;
	struct client {
		int fd; /* that has not sent its request yet; -1: none */
		int64_t since_ms;
	} clients[CLIENTS_MAX];
	int asking; /* whose request is to be answered; -1: nobody's */
	char *path;
	dev_t device; /* of the socket at `path`, while it is ours */
	ino_t serial;
};

/* ---- the address ---- */

struct place {
	char path[4096];
	int directory; /* what a long path is shortened by; -1: it is short */
	struct sockaddr_un address;
};

static void leave(struct place *place)
{
	if (place->directory >= 0)
		close(place->directory);
}

/* PM_END: no directory and no regular file. */
static enum pm_status find_place(struct place *place, const char *path, struct pm_error *err)
{
	const char *slash = strrchr(path, '/'), *name;
	struct stat st;
	size_t n_directory;

	place->directory = -1;
	place->address.sun_family = AF_UNIX;
	if (stat(path, &st) != 0 || !(S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)))
		return PM_END;
	if (S_ISDIR(st.st_mode))
		snprintf(place->path, sizeof(place->path), "%s%s.poolmon.sock", path,
			slash != NULL && slash[1] == '\0' ? "" : "/");
	else
		snprintf(place->path, sizeof(place->path), "%.*s.%s.sock",
			slash == NULL ? 0 : (int)(slash + 1 - path), path,
			slash == NULL ? path : slash + 1);
	if (strlen(place->path) < sizeof(place->address.sun_path)) {
		strcpy(place->address.sun_path, place->path);
		return PM_OK;
	}
	name = strrchr(place->path, '/') + 1;
	n_directory = (size_t)(name - place->path);
	place->path[n_directory - 1] = '\0';
	place->directory = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	place->path[n_directory - 1] = '/';
	if (place->directory >= 0 &&
		snprintf(place->address.sun_path, sizeof(place->address.sun_path),
			"/proc/self/fd/%d/%s", place->directory,
			name) < (int)sizeof(place->address.sun_path))
		return PM_OK;
	leave(place);
	return pm_fail(err, PM_E_SYSTEM, "the name is too long for a socket");
}

static int connect_to(const struct place *place)
{
	const struct timeval patience = {.tv_sec = ANSWER_S};
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&place->address, sizeof(place->address)) != 0) {
		const int number = errno;

		close(fd);
		errno = number;
		return -1;
	}
	return fd;
}

/* ---- who listens ---- */

static bool signals_input(int fd)
{
	return fcntl(fd, F_SETOWN, getpid()) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC) == 0;
}

/* Makes the socket at its place. To connect is to write, as the kernel sees it: the group is to be
 * let in wherever the umask lets it read what is recorded. None of our other files is for the group
 * to write, so it is no harm if one is made by another thread at this moment. */
static int make_socket(int fd, const struct place *place)
{
	const mode_t before = umask(S_IRWXO);
	int result, number;

	(void)umask((before & S_IRGRP) != 0 ? before : before & ~(mode_t)S_IWGRP);
	(void)!fchmod(fd, 0660); /* what bind() makes it with */
	result = bind(fd, (const struct sockaddr *)&place->address, sizeof(place->address));
	number = errno;
	(void)umask(before);
	errno = number;
	return result;
}

/* Binds; a socket that a crash left behind is replaced. */
static int bind_to(int fd, const struct place *place)
{
	struct stat st;
	int other;

	if (make_socket(fd, place) == 0)
		return 0;
	if (errno != EADDRINUSE || lstat(place->path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return errno;
	other = connect_to(place);
	if (other >= 0) {
		close(other);
		return EADDRINUSE;
	}
	if (errno != ECONNREFUSED || unlink(place->path) != 0)
		return errno;
	return make_socket(fd, place) == 0 ? 0 : errno;
}

static enum pm_status listen_at(
	struct cli_channel *channel, const struct place *place, struct pm_error *err)
{
	struct stat st;
	int number;
	enum pm_status status;

	channel->path = strdup(place->path);
	if (channel->path == NULL)
		return pm_fail_memory(err);
	channel->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	number = channel->fd < 0 ? errno : bind_to(channel->fd, place);
	if (number == 0 && lstat(place->path, &st) == 0) {
		channel->device = st.st_dev;
		channel->serial = st.st_ino;
	}
	if (number == 0 && (!signals_input(channel->fd) || listen(channel->fd, CLIENTS_MAX) != 0))
		number = errno;
	if (number == 0)
		return PM_OK;
	status = pm_fail_errno(err, number, "can't be listened at");
	pm_error_where(err, place->path, 0, 0);
	return status;
}

enum pm_status cli_channel_open(struct cli_channel **out, const char *path, struct pm_error *err)
{
	struct place place = {.directory = -1};
	struct cli_channel *channel;
	enum pm_status status = find_place(&place, path, err);

	*out = NULL;
	if (status != PM_OK)
		return status == PM_END ? PM_OK : status;
	channel = calloc(1, sizeof(*channel));
	if (channel == NULL) {
		status = pm_fail_memory(err);
	} else {
		channel->fd = channel->asking = -1;
		for (size_t i = 0; i < CLIENTS_MAX; i++)
			channel->clients[i].fd = -1;
		status = listen_at(channel, &place, err);
	}
	leave(&place);
	if (status == PM_OK)
		*out = channel;
	else
		cli_channel_close(channel);
	return status;
}

static void hang_up(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

bool cli_channel_is_in_place(const struct cli_channel *channel)
{
	struct stat st;

	return channel->serial != 0 && lstat(channel->path, &st) == 0 &&
		st.st_dev == channel->device && st.st_ino == channel->serial;
}

void cli_channel_close(struct cli_channel *channel)
{
	if (channel == NULL)
		return;
	if (cli_channel_is_in_place(channel))
		unlink(channel->path);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		hang_up(&channel->clients[i].fd);
	hang_up(&channel->asking);
	hang_up(&channel->fd);
	free(channel->path);
	free(channel);
}

/* A place for one more client; who has said nothing for a while loses its own. NULL: no room. */
static struct client *find_room(struct cli_channel *channel)
{
	const int64_t now = pm_clock_uptime_ms();
	struct client *oldest = &channel->clients[0];

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &channel->clients[i];

		if (client->fd < 0)
			return client;
		if (client->since_ms < oldest->since_ms)
			oldest = client;
	}
	if (now - oldest->since_ms < SILENT_MS)
		return NULL;
	hang_up(&oldest->fd);
	return oldest;
}

static void take_clients(struct cli_channel *channel)
{
	struct client *client;

	while ((client = find_room(channel)) != NULL) {
		client->fd = accept(channel->fd, NULL, NULL);
		client->since_ms = pm_clock_uptime_ms();
		if (client->fd < 0)
			return;
		fcntl(client->fd, F_SETFD, FD_CLOEXEC);
		if (!signals_input(client->fd))
			hang_up(&client->fd);
	}
}

bool cli_channel_next(struct cli_channel *channel, char request[CLI_REQUEST_MAX])
{
	hang_up(&channel->asking);
	take_clients(channel);
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		int *client = &channel->clients[i].fd;
		const ssize_t n = *client < 0 ? -1 : recv(*client, request, CLI_REQUEST_MAX - 1, 0);

		if (n > 0) {
			request[n] = '\0';
			channel->asking = *client;
			*client = -1;
			return true;
		}
		if (*client >= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR)))
			hang_up(client);
	}
	return false;
}

void cli_channel_answer(struct cli_channel *channel, const char *answer)
{
	(void)!send(channel->asking, answer, strlen(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
	hang_up(&channel->asking);
}

/* ---- who asks ---- */

static enum pm_status explain(int number, const char *path, struct pm_error *err)
{
	enum pm_status status;

	if (number == ENOENT || number == ECONNREFUSED)
		return PM_END;
	if (number == 0 || number == ECONNRESET || number == EPIPE)
		status = pm_fail(err, PM_E_SYSTEM, "who listened ended before it answered");
	else if (number == EAGAIN)
		status = pm_fail(err, PM_E_SYSTEM, "no answer within %d s", ANSWER_S);
	else
		status = pm_fail_errno(err, number, "can't be reached");
	pm_error_where(err, path, 0, 0);
	return status;
}

enum pm_status cli_channel_ask(
	const char *path, const char *request, char answer[CLI_REQUEST_MAX], struct pm_error *err)
{
	struct place place = {.directory = -1};
	enum pm_status status = find_place(&place, path, err);
	ssize_t n = -1;
	int fd;

	if (status != PM_OK)
		return status;
	fd = connect_to(&place);
	if (fd < 0)
		status = explain(errno, place.path, err);
	leave(&place);
	if (fd < 0)
		return status;
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) >= 0)
		n = recv(fd, answer, CLI_REQUEST_MAX - 1, 0);
	if (n <= 0)
		status = explain(n == 0 ? 0 : errno, place.path, err);
	if (status == PM_END) /* it was there a moment ago */
		status = explain(0, place.path, err);
	answer[n > 0 ? n : 0] = '\0';
	close(fd);
	return status;
}
