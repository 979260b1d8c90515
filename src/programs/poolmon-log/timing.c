/* SPDX-License-Identifier: MIT */
/*
 * Ticks on an absolute grid: tick k is due k intervals after the first, however long anything took,
 * so there is no drift. Ticks that went by are told and never filled in.
 */
#include "programs/poolmon-log/recording.h"

#include <inttypes.h>
#include <stdio.h>

/* From where on it is no noise of the clocks. */
enum { STEP_MS = 1000, SLEPT_MS = 100, LATE_MS = 1000 };

struct pm_now recording_now(const struct recording *recording)
{
	struct pm_now now;

	pm_clock_read(cli_clock_interface(recording->clock), &now);
	return now;
}

void timing_begin(struct recording *recording)
{
	const struct pm_now now = recording_now(recording);

	recording->timing = (struct timing){
		.begun_ms = now.uptime_ms,
		.wall_ahead_ms = now.time_ms - now.uptime_ms,
		.slept_ms = now.uptime_ms - now.awake_ms,
		.n_ticks = 1,
	};
}

int64_t timing_due_ms(const struct recording *recording)
{
	const struct settings *settings = recording->settings;
	const struct timing *timing = &recording->timing;
	const int64_t due = timing->begun_ms + (timing->tick + 1) * settings->interval_ms;
	const int64_t end = timing->begun_ms + settings->duration_ms;

	if (recording->own_clock)
		return 0; /* at once; the wait only looks for signals */
	return settings->duration_ms != 0 && due > end ? end : due;
}

enum cli_event timing_wait(struct recording *recording, int64_t due_ms)
{
	if (recording->clock == NULL || recording->own_clock)
		return service_wait(recording, due_ms);
	cli_clock_advance(recording->clock, due_ms);
	return cli_run_wait(recording->run, 0);
}

static bool tell(struct recording *recording, const char *event, const char *note)
{
	struct pm_error err;

	return recording_event_now(recording, event, note, &err) == PM_OK ||
		recording_failed(recording, &err);
}

/* What happened to the clocks since they were looked at last; *slept: the machine did. */
static bool watch(struct recording *recording, const struct pm_now *now, bool *slept)
{
	struct timing *timing = &recording->timing;
	const int64_t wall_ahead_ms = now->time_ms - now->uptime_ms;
	const int64_t step_ms = wall_ahead_ms - timing->wall_ahead_ms;
	const int64_t slept_ms = now->uptime_ms - now->awake_ms - timing->slept_ms;
	char note[64];

	*slept = slept_ms >= SLEPT_MS;
	if (*slept) {
		timing->slept_ms += slept_ms;
		snprintf(note, sizeof(note), "slept_s=%.3f", (double)slept_ms / 1000);
		if (!tell(recording, "resume", note))
			return false;
	}
	if (step_ms > STEP_MS || step_ms < -STEP_MS) {
		timing->wall_ahead_ms = wall_ahead_ms;
		snprintf(note, sizeof(note), "by_s=%+.3f", (double)step_ms / 1000);
		return tell(recording, "clock-step", note);
	}
	return true;
}

bool timing_watch(struct recording *recording)
{
	const struct pm_now now = recording_now(recording);
	bool slept;

	return recording->own_clock || watch(recording, &now, &slept);
}

/* One that came late is told too, if it is by much: the rows say when they were taken. */
static bool tell_gap(
	struct recording *recording, int64_t missed, int64_t due_ms, int64_t now_ms, bool slept)
{
	struct timing *timing = &recording->timing;
	const int64_t interval_ms = recording->settings->interval_ms;
	/* the one before was not done yet, or we were not run */
	const char *cause = slept ? "suspend" : timing->busy_until_ms > due_ms ? "slow" : "late";
	char note[96];

	timing->n_missed += (uint64_t)missed;
	timing->n_late += (now_ms - due_ms) * 10 > interval_ms;
	if (missed == 0 && (now_ms - due_ms < LATE_MS || (now_ms - due_ms) * 2 < interval_ms))
		return true;
	snprintf(note, sizeof(note), "missed=%" PRId64 " late_s=%.3f cause=%s", missed,
		(double)(now_ms - due_ms) / 1000, cause);
	return tell(recording, "gap", note);
}

bool timing_tick(struct recording *recording)
{
	struct timing *timing = &recording->timing;
	const struct pm_now now = recording_now(recording);
	const int64_t due_ms = timing_due_ms(recording);
	const int64_t tick = (now.uptime_ms - timing->begun_ms) / recording->settings->interval_ms;
	const int64_t missed = tick > timing->tick ? tick - timing->tick - 1 : 0;
	bool slept;

	timing->n_ticks++;
	if (recording->own_clock)
		return true;
	if (tick > timing->tick)
		timing->tick = tick;
	return watch(recording, &now, &slept) &&
		tell_gap(recording, missed, due_ms, now.uptime_ms, slept);
}

void timing_done(struct recording *recording)
{
	recording->timing.busy_until_ms = recording_now(recording).uptime_ms;
}
