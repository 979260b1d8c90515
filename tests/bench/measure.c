/* SPDX-License-Identifier: MIT */
/*
 * Runs a command with its standard output thrown away, or going to FILE, and prints what it took: wall seconds,
 * user and system CPU seconds, peak resident KiB. A small program of its own, as what a process is measured by
 * begins with the one that it was forked from.
 *
 *   measure FILE|- COMMAND [ARGUMENT]...
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	const double begun = now();
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: measure FILE|- COMMAND [ARGUMENT]...\n");
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		const char *path = strcmp(argv[1], "-") == 0 ? "/dev/null" : argv[1];
		const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

		dup2(fd, STDOUT_FILENO);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 4;
	printf("%.6f %.6f %.6f %ld\n", now() - begun, seconds(usage.ru_utime), seconds(usage.ru_stime),
		usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
