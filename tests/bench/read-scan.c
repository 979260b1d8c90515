/* SPDX-License-Identifier: MIT */
/* Reads files and counts their newlines, on one thread: what no reader of logs can be faster than.
 *
 *   read-scan FILE...
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char buffer[256 * 1024];
	unsigned long long lines = 0, bytes = 0;

	for (int i = 1; i < argc; i++) {
		const int fd = open(argv[i], O_RDONLY);
		ssize_t got;

		if (fd < 0) {
			perror(argv[i]);
			return 4;
		}
		while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
			const char *at = buffer, *end = buffer + got;

			while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
				lines++;
				at++;
			}
			bytes += (unsigned long long)got;
		}
		close(fd);
	}
	printf("%llu lines, %llu bytes\n", lines, bytes);
	return 0;
}
