/* SPDX-License-Identifier: MIT */
/*
 * What a snapshot costs beyond what the kernel takes for the files that it is read from: in turns, tick by tick, the
 * files are read bare, and a snapshot is taken and written. All turns begin alike, with whatever the time since the
 * one before has left in the caches.
 *
 *   snapshot-cost ndjson|csv DIRECTORY N INTERVAL
 *
 * N turns of each kind, INTERVAL ms apart. Prints medians in microseconds of this thread's CPU time: of reading
 * slabinfo; of reading it, meminfo and vmstat; of taking a snapshot; of encoding and writing it.
 */
#include <poolmon/source.h>
#include <poolmon/writer.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLABINFO, ALL, TAKE, WRITE, N_FIGURES };

static const char *const paths[] = {"/proc/slabinfo", "/proc/meminfo", "/proc/vmstat"};
static int files[3];

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void read_bare(int n)
{
	static char buffer[1 << 17];

	for (int i = 0; i < n; i++) {
		off_t at = 0;
		ssize_t got;

		while ((got = pread(files[i], buffer, sizeof(buffer), at)) > 0)
			at += got;
	}
}

static void fail(const struct pm_error *err)
{
	char text[2048];

	fprintf(stderr, "snapshot-cost: %s\n", pm_error_text(err, text, sizeof(text)));
	exit(4);
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct pm_writer_options options = {.sync = PM_SYNC_NEVER};
	struct pm_snapshot snapshot;
	struct pm_source *source;
	struct pm_writer *writer;
	struct pm_error err;
	struct timespec pause;
	double *figures[N_FIGURES];
	long n;

	if (argc != 5 || !pm_format_of_name(argv[1], &options.format) || (n = atol(argv[3])) <= 0) {
		fprintf(stderr, "usage: snapshot-cost ndjson|csv DIRECTORY N INTERVAL\n");
		return 2;
	}
	options.output = argv[2];
	pause = (struct timespec){atol(argv[4]) / 1000, atol(argv[4]) % 1000 * 1000000};
	for (int i = 0; i < 3; i++)
		files[i] = open(paths[i], O_RDONLY);
	for (int i = 0; i < N_FIGURES; i++) {
		figures[i] = calloc((size_t)n, sizeof(double));
		if (figures[i] == NULL)
			return 4;
	}
	if (pm_source_open(&source, "slab", NULL, &err) != PM_OK ||
		pm_snapshot_init(&snapshot, &err) != PM_OK ||
		pm_writer_create(&writer, &options, pm_source_origin(source), &err) != PM_OK)
		fail(&err);
	for (long i = 0; i < 3 * n; i++) {
		double begun, taken;

		nanosleep(&pause, NULL);
		begun = now_us();
		if (i % 3 < 2) {
			read_bare(i % 3 == SLABINFO ? 1 : 3);
			figures[i % 3][i / 3] = now_us() - begun;
			continue;
		}
		if (pm_source_sample(source, &snapshot, &err) != PM_OK)
			fail(&err);
		taken = now_us();
		if (pm_writer_add(writer, &snapshot, &err) != PM_OK)
			fail(&err);
		figures[WRITE][i / 3] = now_us() - taken;
		figures[TAKE][i / 3] = taken - begun;
	}
	for (int i = 0; i < N_FIGURES; i++) {
		qsort(figures[i], (size_t)n, sizeof(double), compare);
		printf("%.2f%c", figures[i][n / 2], i < N_FIGURES - 1 ? ' ' : '\n');
		free(figures[i]);
	}
	if (pm_writer_close(writer, &err) != PM_OK)
		fail(&err);
	pm_snapshot_deinit(&snapshot);
	pm_source_close(source);
	return 0;
}
