/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Under sudo, what is written belongs to the group of who called it, so that a log recorded by root
 * can be read without. Commands that are run get the group of root back (cli_run_start()). */
static void take_group_of_caller(void)
{
	const char *text = getenv("SUDO_GID");
	char *end;
	unsigned long gid;

	if (geteuid() != 0 || text == NULL || text[0] < '0' || text[0] > '9')
		return;
	errno = 0;
	gid = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || gid != (gid_t)gid || setegid((gid_t)gid) != 0)
		return; /* then only root can read it, which is safe */
}

/* What is closed stays useless, but files that are opened don't take its place: messages would go
 * into them. */
static void hold_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return;
	}
}

void cli_start_system(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	hold_standard_streams();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	take_group_of_caller();
}
