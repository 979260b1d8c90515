/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <windows.h>

int64_t pm_clock_wall_ms(void)
{
	const int64_t unix_epoch = INT64_C(116444736000000000); /* 1970 in 100 ns since 1601 */
	FILETIME now;

	GetSystemTimeAsFileTime(&now);
	return ((int64_t)((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) - unix_epoch) /
		10000;
}

int64_t pm_clock_uptime_ms(void)
{
	return (int64_t)GetTickCount64(); /* counts time spent suspended */
}

int64_t pm_clock_awake_ms(void)
{
	ULONGLONG awake = 0; /* in 100 ns */

	QueryUnbiasedInterruptTime(&awake);
	return (int64_t)(awake / 10000);
}
