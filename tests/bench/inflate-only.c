/* SPDX-License-Identifier: MIT */
/* Inflates compressed files on some threads, a file each, with the library that reports are built with, and throws
 * away what comes out: what no reader of compressed logs can be faster than.
 *
 *   inflate-only THREADS FILE...
 */
#include "base/thread.h"
#include "log/stream.h"

#include <stdio.h>
#include <stdlib.h>

struct work {
	struct pm_mutex mutex;
	char **paths;
	int n, next;
	unsigned long long bytes;
	bool failed;
};

static bool inflate_file(const char *path, unsigned long long *bytes)
{
	enum { BYTES = 256 * 1024 };
	char *buffer = malloc(BYTES);
	struct pm_file file;
	struct pm_stream stream;
	size_t got = 1;
	bool fine = buffer != NULL && pm_file_open(&file, path, PM_FILE_READ, NULL) == PM_OK &&
		pm_stream_open(&stream, file, false, true, 0, PM_STREAM_ALL, NULL) == PM_OK;

	while (fine && got > 0) {
		fine = pm_stream_read(&stream, buffer, BYTES, &got, NULL) == PM_OK;
		*bytes += got;
	}
	if (fine)
		pm_stream_close(&stream);
	free(buffer);
	return fine && !stream.damaged;
}

static void run(void *context)
{
	struct work *work = context;
	int i;

	do {
		unsigned long long bytes = 0;
		bool fine = true;

		pm_mutex_lock(&work->mutex);
		i = work->next++;
		pm_mutex_unlock(&work->mutex);
		if (i < work->n)
			fine = inflate_file(work->paths[i], &bytes);
		pm_mutex_lock(&work->mutex);
		work->failed |= !fine;
		work->bytes += bytes;
		pm_mutex_unlock(&work->mutex);
	} while (i < work->n);
}

int main(int argc, char **argv)
{
	struct work work = {.paths = argv + 2, .n = argc - 2};
	struct pm_thread threads[64];
	int n = argc > 2 ? atoi(argv[1]) - 1 : 0, started = 0;

	pm_mutex_init(&work.mutex);
	while (started < n && started < 64 && pm_thread_start(&threads[started], run, &work, NULL) == PM_OK)
		started++;
	run(&work);
	while (started > 0)
		pm_thread_join(&threads[--started]);
	pm_mutex_deinit(&work.mutex);
	printf("%llu bytes\n", work.bytes);
	return work.failed || work.n <= 0 ? 4 : 0;
}
