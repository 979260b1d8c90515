/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

/* One after the other is at one moment only if nothing came between: else once more. */
static void read_system(struct pm_now *now)
{
	enum { TRIES = 8, NOISE_MS = 10 };
	int64_t before = pm_clock_uptime_ms();

	for (int i = 0; i < TRIES; i++) {
		now->time_ms = pm_clock_wall_ms();
		now->awake_ms = pm_clock_awake_ms();
		now->uptime_ms = pm_clock_uptime_ms();
		if (now->uptime_ms - before <= NOISE_MS)
			return;
		before = now->uptime_ms;
	}
}

void pm_clock_read(const struct pm_clock *clock, struct pm_now *now)
{
	if (clock == NULL)
		read_system(now);
	else
		clock->read(clock->context, now);
}
