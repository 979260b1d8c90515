/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_BASE_CLOCK_H
#define POOLMON_BASE_CLOCK_H

#include <poolmon/clock.h>

/* Milliseconds since 1970-01-01 UTC. */
int64_t pm_clock_wall_ms(void);

/* Milliseconds since boot, time spent suspended included; never goes backwards. */
int64_t pm_clock_uptime_ms(void);

/* Likewise, but not counting what was spent suspended; with a beginning of its own. */
int64_t pm_clock_awake_ms(void);

#endif
