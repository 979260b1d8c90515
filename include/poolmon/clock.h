/* SPDX-License-Identifier: MIT */
/* The clocks of the system, and a way to put others in their place. */
#ifndef POOLMON_CLOCK_H
#define POOLMON_CLOCK_H

#include <poolmon/error.h>

/* What the clocks show at one moment, in milliseconds. */
struct pm_now {
	int64_t time_ms;   /* wall clock, since 1970-01-01 UTC; jumps when it is set */
	int64_t uptime_ms; /* since boot, suspend included; never goes backwards */
	int64_t awake_ms;  /* likewise without suspend; the difference of the two is what counts */
};

struct pm_clock {
	void (*read)(void *context, struct pm_now *now);
	void *context;
};

/* Reads all of them; clock NULL: those of the system. */
PM_API void pm_clock_read(const struct pm_clock *clock, struct pm_now *now);

#endif
