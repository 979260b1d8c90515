/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include "base/windows/filetime.h"

int64_t pm_clock_wall_ms(void)
{
	FILETIME now;

	GetSystemTimeAsFileTime(&now);
	return pm_ms_of_filetime(now);
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
