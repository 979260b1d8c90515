/* SPDX-License-Identifier: MIT */
/* Reads a file from its beginning N times, every INTERVAL ms, and does nothing with it: what a recording costs at
 * the least.
 *
 *   read-loop FILE N INTERVAL
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char buffer[1 << 17];
	const int fd = argc == 4 ? open(argv[1], O_RDONLY) : -1;
	const long n = argc == 4 ? atol(argv[2]) : 0, interval = argc == 4 ? atol(argv[3]) : 0;
	const struct timespec pause = {interval / 1000, interval % 1000 * 1000000};

	if (fd < 0 || n <= 0) {
		fprintf(stderr, "usage: read-loop FILE N INTERVAL\n");
		return 2;
	}
	for (long i = 0; i < n; i++) {
		off_t at = 0;
		ssize_t got;

		while ((got = pread(fd, buffer, sizeof(buffer), at)) > 0)
			at += got;
		nanosleep(&pause, NULL);
	}
	return 0;
}
