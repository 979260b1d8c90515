/* SPDX-License-Identifier: MIT */
/* Counting rejects while reading. */
#ifndef POOLMON_LOG_REJECTING_H
#define POOLMON_LOG_REJECTING_H

#include <poolmon/rejects.h>

#include "base/buf.h"

/* Counts one. field may be NULL; `seen` is copied, as far as it fits, control characters escaped. */
void pm_rejects_add(struct pm_rejects *rejects, enum pm_reject_kind kind, uint32_t input,
	uint64_t line, uint64_t column, const char *field, struct pm_span seen);

/* Adds `later`, whose line numbers in this one input count from after line `lines_before` of it. */
void pm_rejects_merge(struct pm_rejects *rejects, const struct pm_rejects *later, uint32_t input,
	uint64_t lines_before);

#endif
