/* SPDX-License-Identifier: MIT */
/*
 * Work, as marks in the log divide it: cycles, and a quiet phase.
 *
 * Marks whose text begins with `cycle` stand between cycles of work, when the machine is in equal
 * states again. A mark that begins with `quiet` says that the load has stopped, until the next mark
 * that does not, or the end. Marks are of their host alone.
 *
 * Of each whole cycle the floor is taken, the smallest level in it: samples come at their own
 * times, so the one next to a mark may have caught work in progress, or what is freed a little
 * later. Of the last quiet phase the samples before its mark and at its end are taken. Nothing is
 * compared across a place where counters start again: cycles count from the last of them.
 *
 * A mark does not touch the series of its host: each learns of it with its next sample, by numbers.
 * A part of a log counts from 0, and what is before its first mark ("head") may be the middle of a
 * cycle or of a quiet phase that began in the part before: it is kept apart until parts are joined.
 */
#ifndef POOLMON_ANALYZE_WORK_H
#define POOLMON_ANALYZE_WORK_H

#include "analyze/series.h"
#include "base/hash.h"

struct pm_work_host { /* what the marks of a host say, in one part */
	const char *host;
	uint64_t cycles;  /* marks between cycles */
	uint64_t turns;   /* marks that begin or end a quiet phase; the first mark is one */
	bool first_quiet; /* the first mark begins one */
	uint64_t units;   /* marks that stand for a unit of work each */
};

struct pm_work_hosts {
	struct pm_work_host *at; /* [n]; owned */
	size_t n, capacity;
	struct pm_index index; /* host to its place */
	uint64_t seed;
};

/* No memory until the first mark. */
void pm_work_hosts_init(struct pm_work_hosts *hosts);
void pm_work_hosts_deinit(struct pm_work_hosts *hosts);

/* A mark. unit: what the text of marks begins with that count units; NULL: none does. False: out of
 * memory. */
PM_MUST_USE bool pm_work_hosts_mark(
	struct pm_work_hosts *hosts, const char *host, const char *text, const char *unit);

/* NULL: no mark of this host. Holds until the next mark. */
const struct pm_work_host *pm_work_hosts_find(const struct pm_work_hosts *hosts, const char *host);

/* Puts the marks of the part that follows behind; series are joined before. */
PM_MUST_USE bool pm_work_hosts_join(struct pm_work_hosts *hosts, const struct pm_work_hosts *later);

struct pm_work; /* of one series; NULL until a sample of it follows a mark */

/* Makes *work where it is NULL, of a series that met no mark so far. False: out of memory. */
PM_MUST_USE bool pm_work_begin(struct pm_work **work, const struct pm_series *series);

/* A sample that the series has taken. cut: its counters started again just before. */
void pm_work_add(struct pm_work *work, const struct pm_work_host *host,
	const struct pm_sample *sample, bool cut);

/* Puts `later`, of the part that follows, behind. cut: counters started again in between. Host
 * NULL: no marks. */
void pm_work_join(struct pm_work *work, const struct pm_work_host *host,
	const struct pm_work *later, const struct pm_work_host *later_host, bool cut);

/* Fills trend->cycles and trend->quiet. work or host NULL: there is neither. */
void pm_work_figure(const struct pm_work *work, const struct pm_work_host *host,
	const struct pm_series *series, struct pm_trend *trend);

#endif
