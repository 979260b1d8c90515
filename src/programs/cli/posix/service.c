/* SPDX-License-Identifier: MIT */
#include "programs/cli/service.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int manager = -1;
static int64_t watchdog_ms;

/* A path, or "@" and the name of an abstract socket. */
static void connect_to(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const size_t n = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || n >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, name, n);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (manager >= 0 &&
		connect(manager, (const struct sockaddr *)&address,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) != 0) {
		close(manager);
		manager = -1;
	}
}

bool cli_service_begin(void)
{
	const char *name = getenv("NOTIFY_SOCKET"), *period = getenv("WATCHDOG_USEC"),
		   *pid = getenv("WATCHDOG_PID");

	if (name != NULL)
		connect_to(name);
	if (manager >= 0 && period != NULL &&
		(pid == NULL || strtoll(pid, NULL, 10) == (long long)getpid()))
		watchdog_ms = strtoll(period, NULL, 10) / 1000;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return manager >= 0;
}

void cli_service_notify(const char *lines)
{
	if (manager >= 0)
		(void)!send(manager, lines, strlen(lines), MSG_NOSIGNAL | MSG_DONTWAIT);
}

int64_t cli_service_watchdog_ms(void)
{
	return watchdog_ms > 0 ? watchdog_ms : 0;
}
