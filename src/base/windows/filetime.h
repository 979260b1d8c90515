/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_BASE_WINDOWS_FILETIME_H
#define POOLMON_BASE_WINDOWS_FILETIME_H

#include <stdint.h>
#include <windows.h>

/* Milliseconds since 1970, of 100 ns since 1601. */
static inline int64_t pm_ms_of_filetime(FILETIME time)
{
	const int64_t unix_epoch = INT64_C(116444736000000000);

	return ((int64_t)((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime) - unix_epoch) /
		10000;
}

#endif
