/* SPDX-License-Identifier: MIT */
/* A recording that is going on, and what its parts do with it. */
#ifndef POOLMON_LOG_RECORDING_H
#define POOLMON_LOG_RECORDING_H

#include "programs/cli/channel.h"
#include "programs/cli/clock.h"
#include "programs/cli/run.h"
#include "programs/poolmon-log/settings.h"

/* The grid of ticks, and what the clocks showed. */
struct timing {
	int64_t begun_ms;      /* tick k is due at begun_ms + k x interval */
	int64_t tick;          /* the last one that was due */
	int64_t wall_ahead_ms; /* wall clock minus uptime, as last told */
	int64_t slept_ms;      /* uptime minus time awake, as last told */
	int64_t busy_until_ms; /* when the last snapshot was taken and written */
	uint64_t n_ticks, n_late, n_missed;
};

/* How often it is told that the output fails: now and then it may, again and again, as on a disk
 * that is nearly full. */
struct telling {
	unsigned n;        /* more times, at first */
	int64_t since_ms;  /* then once in a while */
	uint64_t n_untold; /* missing snapshots that nobody was told of */
	bool begun;        /* it was told that it fails now */
};

/* What a service manager was told. */
struct service {
	bool managed; /* there is one */
	int64_t watchdog_ms, told_ms, alive_ms;
};

struct recording {
	const struct settings *settings;
	struct cli_clock *clock; /* NULL: the system's */
	struct timing timing;
	struct service service;
	struct cli_run *run;
	struct cli_channel *channel; /* for requests; NULL: none */
	struct pm_source *source;
	bool own_clock; /* the source has its own times, and comes as fast as it is asked */
	struct pm_origin origin; /* the source's, with what we know */
	struct pm_writer *writer;
	struct pm_snapshot snapshot, preamble, event;
	unsigned revision; /* of the source's descriptions, as far as they are written */
	uint64_t n_snapshots;
	int64_t cpu_us;                                        /* used before the first one */
	int64_t first_uptime_ms, last_uptime_ms, last_time_ms; /* of snapshots */
	bool command_runs;
	bool sample_failing, background_told;
	struct telling telling;
	bool write_failing;   /* the last snapshot could not be written */
	uint64_t missed_told; /* snapshots that were missing when it last could */
	uint64_t files_seen;  /* begun, when the channel was looked at last */
	const char *reason;   /* why it ended, for the `stop` row */
	int result;           /* what the program exits with */
};

/* Notes, longest: of a mark, every byte of it escaped. */
enum { RECORDING_NOTE = 8192 };

/* What the program exits with is that of the failure, which is told; unless it is only that who
 * read the standard output has left. Returns false. */
bool recording_failed(struct recording *recording, const struct pm_error *err);

/* What the clocks show. */
struct pm_now recording_now(const struct recording *recording);

/* Writes an event row with the times of the last snapshot, or (`_now`) with those of now; a source
 * with its own clock has no other times than those of what it gave. PM_OK too where it can't be
 * written now but may later. */
PM_MUST_USE enum pm_status recording_event(
	struct recording *recording, const char *event, const char *note, struct pm_error *err);
PM_MUST_USE enum pm_status recording_event_now(
	struct recording *recording, const char *event, const char *note, struct pm_error *err);

/* ---- timing.c ---- */

/* The first tick is now. */
void timing_begin(struct recording *recording);

/* When the next tick is due, by the clock since boot; the end of the recording is a tick too. */
int64_t timing_due_ms(const struct recording *recording);

/* Waits for an event, at most until due_ms. */
enum cli_event timing_wait(struct recording *recording, int64_t due_ms);

/* Before a snapshot: tells whether the wall clock was set or the machine slept. `_tick`: moves on
 * to the tick that is due now, and tells those that went by in the meantime. */
bool timing_watch(struct recording *recording);
bool timing_tick(struct recording *recording);

/* After it. */
void timing_done(struct recording *recording);

/* ---- control.c ---- */

/* From here on others can reach the recording. */
void control_open(struct recording *recording);
/* Once a file is begun: its directory may be another one, in which nobody would reach it. */
void control_keep_open(struct recording *recording);
/* Does what was asked. False: a mark could not be written. */
bool control_requests(struct recording *recording);
void control_reopen(struct recording *recording);

/* ---- service.c ---- */

void service_begin(struct recording *recording);
void service_ready(struct recording *recording);
void service_reloading(struct recording *recording); /* followed by service_ready() */
void service_stopping(struct recording *recording);

/* Like cli_run_wait(); meanwhile the manager is told that we live. */
enum cli_event service_wait(struct recording *recording, int64_t due_ms);

/* ---- command.c ---- */

/* Starts the command if there is one. False: it can't be. */
bool command_start(struct recording *recording);
/* It has ended; true too where there was none. False: that could not be written. */
bool command_finish(struct recording *recording);
/* Waits until it has. */
void command_wait(struct recording *recording);

#endif
