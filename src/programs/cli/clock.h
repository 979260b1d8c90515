/* SPDX-License-Identifier: MIT */
/*
 * A clock that follows a script, for tests: no time passes but that which is waited for, so a month
 * takes as long as its snapshots. The environment variable POOLMON_CLOCK names the script:
 *
 *   time 2026-01-01T00:00:00Z   what the wall clock shows at first (default)
 *   uptime 100                  and the clock since boot, in seconds (default)
 *   at 60 step -3600            when it has shown 60 s more the wall clock is set back an hour
 *   at 90 suspend 1800          the machine sleeps for half an hour
 *   at 95 stall 12              this program is not run for 12 s
 *
 * in the order of their times. `#` begins a comment.
 */
#ifndef POOLMON_CLI_CLOCK_H
#define POOLMON_CLI_CLOCK_H

#include <poolmon/clock.h>

struct cli_clock;

/* *clock is NULL where POOLMON_CLOCK is not set: then the system's clocks are meant. PM_E_INPUT:
 * the script has a mistake; PM_E_MEMORY, or what reading it fails with. */
PM_MUST_USE enum pm_status cli_clock_create(struct cli_clock **clock, struct pm_error *err);
void cli_clock_destroy(struct cli_clock *clock);

/* As the library takes it; valid as long as the clock. NULL for NULL. */
const struct pm_clock *cli_clock_interface(const struct cli_clock *clock);

/* Lets time pass until the clock since boot shows until_ms, or more where the script says so. */
void cli_clock_advance(struct cli_clock *clock, int64_t until_ms);

#endif
