/* SPDX-License-Identifier: MIT */
/* Where what is shown comes from: the system as it is, or a recorded log at the speed of choice. */
#ifndef POOLMON_FEED_H
#define POOLMON_FEED_H

#include "programs/poolmon/settings.h"

struct feed {
	const struct settings *settings;
	const char *spec; /* of the source: the one that was asked for, or that of session pools */
	struct pm_source *source;
	struct pm_origin origin;        /* of what is shown */
	int64_t time_ms, uptime_ms;     /* likewise */
	struct pm_snapshot snapshot;    /* being taken; its keys stay */
	struct pm_snapshot description; /* event rows */
	struct pm_watch *watch;
	struct pm_past *past; /* NULL: no step back is asked for */
	bool recorded;
	int64_t interval_ms;     /* between updates; of a recorded log, between its snapshots */
	double speed;            /* recorded: 1 is as it was */
	bool paused, ended;      /* ended: there is no further snapshot */
	uint64_t n;              /* snapshots taken; recorded: since its beginning */
	int64_t due_ms;          /* cli_uptime_ms() when the next one is to be shown */
	struct pm_error failure; /* of the last attempt; PM_OK: there was none */
	bool seeks;              /* recorded: it is on its way */
	uint64_t goal;           /* to so many snapshots; 0: */
	int64_t goal_ms;         /* to the first one at or after this moment */
};

/* Opens the source; nothing is sampled yet. */
PM_MUST_USE enum pm_status feed_open(
	struct feed *feed, const struct settings *settings, struct pm_error *err);
void feed_close(struct feed *feed);

/* Before the first snapshot: has what a step back needs kept. PM_E_MEMORY. */
PM_MUST_USE enum pm_status feed_remember(struct feed *feed, struct pm_error *err);

/* The next snapshot, now. PM_END: a recorded log has no more. A failure is kept in feed->failure as
 * well, and the next call tries again. */
PM_MUST_USE enum pm_status feed_next(struct feed *feed, struct pm_error *err);

/* Where session pools come from another source than others (live, on Windows), changes to the one
 * that is wanted and takes a snapshot; nothing changes on failure. */
PM_MUST_USE enum pm_status feed_show_sessions(
	struct feed *feed, bool sessions, struct pm_error *err);

/* Recorded, both: pauses and sets out, forwards from where it stands, backwards from what is
 * remembered or else by beginning anew; feed_go_on() goes the way. Where the way is to: */
/* the first snapshot at or after a moment, or the last one where there is none; */
PM_MUST_USE enum pm_status feed_seek(struct feed *feed, int64_t time_ms, struct pm_error *err);
/* the snapshot before, or the first one. */
PM_MUST_USE enum pm_status feed_back(struct feed *feed, struct pm_error *err);
/* Goes on until it is there, which feed->seeks tells, fails, or cli_uptime_ms() shows until_ms. */
PM_MUST_USE enum pm_status feed_go_on(struct feed *feed, int64_t until_ms, struct pm_error *err);

/* Says what a person should know of what was read, lines rejected for example. */
void feed_say_remarks(struct feed *feed);

/* Other names of a tag, as of slab caches that the kernel merged: "UNIX,UNIX-STREAM". False: none. */
bool feed_aliases(struct feed *feed, const struct pm_key *key, char *names, size_t size);

#endif
