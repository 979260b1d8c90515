/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <time.h>

#ifdef CLOCK_BOOTTIME
#define SINCE_BOOT CLOCK_BOOTTIME
#define AWAKE      CLOCK_MONOTONIC
#else
#define SINCE_BOOT CLOCK_MONOTONIC
#define AWAKE      CLOCK_MONOTONIC
#endif

static int64_t read_ms(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t pm_clock_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t pm_clock_uptime_ms(void)
{
	return read_ms(SINCE_BOOT);
}

int64_t pm_clock_awake_ms(void)
{
	return read_ms(AWAKE);
}
