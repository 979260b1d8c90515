/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

int64_t cli_cpu_us(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) != 0)
		return 0;
	return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
		usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/* The peak that getrusage() knows begins with that of whoever started us, so Linux is asked first. */
uint64_t cli_memory_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long pages = 0;
	struct rusage usage;
	bool known;

	if (file != NULL) {
		known = fscanf(file, "%*s %llu", &pages) == 1;
		fclose(file);
		if (known)
			return pages * (uint64_t)sysconf(_SC_PAGESIZE);
	}
	return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}
