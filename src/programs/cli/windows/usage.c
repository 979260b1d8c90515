/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include <windows.h>
/* after windows.h */
#include <psapi.h>

static int64_t us_of(FILETIME time)
{
	return (int64_t)((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime) / 10;
}

int64_t cli_cpu_us(void)
{
	FILETIME created, ended, kernel, user;

	if (!GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel, &user))
		return 0;
	return us_of(kernel) + us_of(user);
}

uint64_t cli_memory_bytes(void)
{
	PROCESS_MEMORY_COUNTERS counters;

	if (!K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters)))
		return 0;
	return counters.PagefileUsage;
}
