/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include <windows.h>

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
