/* SPDX-License-Identifier: MIT */
/* Where what is shown comes from: the system as it is, or a recorded log at the speed of choice. */
#ifndef POOLMON_FEED_H
#define POOLMON_FEED_H

#include "programs/poolmon/settings.h"

struct feed {
	const struct settings *settings;
	struct pm_source *source;
	struct pm_origin origin;        /* of what is shown */
	int64_t time_ms, uptime_ms;     /* likewise */
	struct pm_snapshot snapshot;    /* being taken; its keys stay */
	struct pm_snapshot description; /* event rows */
	struct pm_watch *watch;
	bool recorded;
	int64_t interval_ms;     /* between updates; of a recorded log, between its snapshots */
	double speed;            /* recorded: 1 is as it was */
	bool paused, ended;      /* ended: there is no further snapshot */
	uint64_t n;              /* snapshots taken; recorded: since its beginning */
	int64_t due_ms;          /* cli_uptime_ms() when the next one is to be shown */
	struct pm_error failure; /* of the last attempt; PM_OK: there was none */
};

/* Opens the source; nothing is sampled yet. */
PM_MUST_USE enum pm_status feed_open(
	struct feed *feed, const struct settings *settings, struct pm_error *err);
void feed_close(struct feed *feed);

/* The next snapshot, now. PM_END: a recorded log has no more. A failure is kept in feed->failure as
 * well, and the next call tries again. */
PM_MUST_USE enum pm_status feed_next(struct feed *feed, struct pm_error *err);

/* Recorded: goes to the first snapshot at or after a moment, backwards by beginning anew; to the
 * last one where there is none. */
PM_MUST_USE enum pm_status feed_seek(struct feed *feed, int64_t time_ms, struct pm_error *err);
/* Recorded: goes to the snapshot before, or stays with the first. */
PM_MUST_USE enum pm_status feed_back(struct feed *feed, struct pm_error *err);

/* Other names of a tag, as of slab caches that the kernel merged: "UNIX,UNIX-STREAM". False: none. */
bool feed_aliases(struct feed *feed, const struct pm_key *key, char *names, size_t size);

#endif
