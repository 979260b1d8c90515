/* SPDX-License-Identifier: MIT */
/*
 * Leaks kernel memory for a while, on purpose: opens pairs of UNIX sockets at a steady rate and
 * keeps them all, then lets them go. Each socket is an object in the kernel's caches for UNIX
 * sockets, socket inodes, files and directory entries.
 *
 *   hoard-sockets RATE SECONDS     RATE sockets a second
 *
 * Where one process may not hold that many descriptors, several share them.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void sleep_until(double moment)
{
	const double left = moment - now();

	if (left > 0) {
		const struct timespec t = {
			(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};

		nanosleep(&t, NULL);
	}
}

/* Opens sockets first .. last, each pair when its time has come, and holds them until the end. */
static int hoard(double begin, double rate, long first, long last, double end)
{
	for (long i = first; i < last; i += 2) {
		int pair[2];

		sleep_until(begin + (double)i / rate);
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
			fprintf(stderr, "hoard-sockets: socket %ld: %s\n", i, strerror(errno));
			return 4;
		}
	}
	sleep_until(end);
	return 0;
}

static long raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 1000000
		? (long)limit.rlim_cur
		: 1000000;
}

int main(int argc, char **argv)
{
	const double rate = argc == 3 ? strtod(argv[1], NULL) : 0;
	const double seconds = argc == 3 ? strtod(argv[2], NULL) : 0;
	const long share = (raise_limit() - 32) & ~1L, n = (long)(rate * seconds);
	const double begin = now();
	int result = 0, status;

	if (!(rate > 0) || !(seconds > 0) || n < 2 || n > 10000000 || share < 2) {
		fprintf(stderr, "usage: hoard-sockets RATE SECONDS\n");
		return 2;
	}
	for (long first = 0; first < n; first += share) {
		const long last = first + share < n ? first + share : n;
		const pid_t pid = fork();

		if (pid < 0) {
			perror("hoard-sockets: fork");
			return 4;
		}
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			_exit(hoard(begin, rate, first, last, begin + seconds));
		}
	}
	while (wait(&status) > 0) {
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			result = 4;
	}
	return result;
}
