/* SPDX-License-Identifier: MIT */
/* Snapshots that could not be written: how many, why, and their events, until one can be again. */
#ifndef POOLMON_LOG_TROUBLE_H
#define POOLMON_LOG_TROUBLE_H

#include <poolmon/snapshot.h>

#include "log/encoder.h"

struct pm_trouble {
	uint64_t missed;            /* since the last snapshot that could be written */
	const char *cause;          /* of the first of them */
	struct pm_buf events;       /* their event rows, encoded */
	uint64_t lost_events;       /* for which there was no room in that */
	int64_t time_ms, uptime_ms; /* of the first of these rows */
};

/* A snapshot could not be written, for the reason that err holds. */
void pm_trouble_add(struct pm_trouble *trouble, struct pm_encoder *encoder,
	const struct pm_snapshot *snapshot, const struct pm_error *err);

/* What a `gap` row says of it. */
void pm_trouble_note(const struct pm_trouble *trouble, struct pm_buf *note);

/* All is well again, and told. */
void pm_trouble_end(struct pm_trouble *trouble);

#endif
