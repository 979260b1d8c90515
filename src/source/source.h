/* SPDX-License-Identifier: MIT */
/* What a source implements. To add one: a file with one struct pm_source_kind, and its name in the
 * registry of the systems it runs on. scripted.c is the one to copy from. */
#ifndef POOLMON_SOURCE_SOURCE_H
#define POOLMON_SOURCE_SOURCE_H

#include <poolmon/source.h>

struct pm_source_kind {
	struct pm_source_info info;
	/* argument: what stands behind the colon, "" where there is none. Probing is opening and
	 * closing, so it fails where no snapshot can be had. */
	enum pm_status (*open)(struct pm_source **source, const char *argument,
		const struct pm_source_config *config, struct pm_error *err);
	/* The snapshot is empty and has the present times, which a source with its own clock
	 * replaces with another pm_snapshot_begin(). */
	enum pm_status (*sample)(
		struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err);
	/* May be NULL. The snapshot is empty. */
	enum pm_status (*describe)(
		struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err);
	/* May be NULL. */
	bool (*remark)(struct pm_source *source, size_t i, struct pm_error *err);
	void (*close)(struct pm_source *source);
};

/* First member of every source's own struct. */
struct pm_source {
	const struct pm_source_kind *kind;
	struct pm_origin origin; /* texts are the source's */
	unsigned revision;
	const struct pm_clock *clock; /* NULL: the system's */
};

extern const struct pm_source_kind pm_source_slab, pm_source_system, pm_source_session,
	pm_source_replay, pm_source_scripted, pm_source_live;

/* pm_source_open() once the kind is found. */
PM_MUST_USE enum pm_status pm_source_open_kind(struct pm_source **source,
	const struct pm_source_kind *kind, const char *argument,
	const struct pm_source_config *config, struct pm_error *err);

/* By system: registry-*.c. The first one is the default. */
extern const struct pm_source_kind *const pm_source_kinds[];
extern const size_t pm_n_source_kinds;

#endif
