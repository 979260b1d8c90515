/* SPDX-License-Identifier: MIT */
/*
 * Where snapshots come from. Sources are registered under a name; some take an argument behind a
 * colon: "slab", "replay:logs/", "scripted:test.script".
 */
#ifndef POOLMON_SOURCE_H
#define POOLMON_SOURCE_H

#include <poolmon/clock.h>
#include <poolmon/snapshot.h>

struct pm_source;

struct pm_source_info {
	const char *name;
	const char *argument; /* what stands behind the colon, e.g. "PATH"; "[ID]": it may be left
				 out; NULL: nothing */
	const char *help;     /* one line */
	enum pm_pool pool;    /* that its rows are of, besides totals; PM_N_POOLS: whatever was
				 recorded */
	bool own_clock; /* snapshots bring their own times and come as fast as they are asked for */
};

struct pm_source_config {
	const char *root; /* directory that stands for "/", e.g. a captured tree; NULL: the live
			     system */
	const struct pm_clock *clock;  /* what snapshots are timed with; NULL: the system's clocks.
					  It must outlive the source */
	const char *const *more_paths; /* [n_more_paths], of a recorded log, to be played with the
					  one that the source names; while it is opened */
	size_t n_more_paths;
	int64_t interval_ms; /* likewise, between its blocks where they tell no times; 0: 5 s */
};

PM_API size_t pm_source_count(void);
PM_API const struct pm_source_info *pm_source_at(size_t i);

/* Whether a specification without something behind a colon is none. */
PM_API bool pm_source_needs_argument(const struct pm_source_info *info);

/* Which source a specification is of; NULL: of none. */
PM_API const struct pm_source_info *pm_source_find(const char *spec);

/* The source of live rows of a pool, without an argument; NULL: this system has none. */
PM_API const char *pm_source_of_pool(enum pm_pool pool);

/* The source that is taken where none is named. */
PM_API const char *pm_source_default(void);

/* Whether a source of this specification could be opened now: PM_OK, or why not with a remedy
 * (PM_E_ACCESS, PM_E_UNSUPPORTED, PM_E_ARGUMENT, PM_E_SYSTEM). config may be NULL. */
PM_API PM_MUST_USE enum pm_status pm_source_probe(
	const char *spec, const struct pm_source_config *config, struct pm_error *err);

/* The same, and opens it. PM_E_MEMORY besides. */
PM_API PM_MUST_USE enum pm_status pm_source_open(struct pm_source **source, const char *spec,
	const struct pm_source_config *config, struct pm_error *err);
PM_API void pm_source_close(struct pm_source *source);

PM_API const struct pm_source_info *pm_source_info(const struct pm_source *source);

/* Host, boot and kernel that it samples; interval, version and labels are left empty. */
PM_API const struct pm_origin *pm_source_origin(const struct pm_source *source);

/* Empties the snapshot and fills it with the present state. Always the same snapshot should be
 * passed, as it keeps the keys. PM_END: a recorded source has no further one. After any failure the
 * next call tries again; sys_errno EAGAIN: it may well succeed then, as the kernel was short of
 * memory for a moment. */
PM_API PM_MUST_USE enum pm_status pm_source_sample(
	struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err);

/* Event rows that explain what the tags stand for (`alias`), into a snapshot of their own. Their
 * number changes with pm_source_revision(), which is 0 while there are none. */
PM_API PM_MUST_USE enum pm_status pm_source_describe(
	struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err);
PM_API unsigned pm_source_revision(const struct pm_source *source);

/* What a person should know of that which was read until now, one remark after the other from i = 0
 * on: files left out, times assumed, lines rejected. err is filled with file, line, message and
 * remedy. False: there is no such remark. */
PM_API bool pm_source_remark(struct pm_source *source, size_t i, struct pm_error *err);

#endif
