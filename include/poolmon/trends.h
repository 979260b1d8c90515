/* SPDX-License-Identifier: MIT */
/*
 * Trends: what a scan keeps of every series (a tag of a pool of a host), and the figures made of it.
 *
 * A series is cut into epochs where its counters start again: at a reboot, and where allocations or
 * frees fall although no 32-bit counter wrapped. Figures never compare across such a cut. All sums
 * are exact integers, so they are the same however the log was cut into parts.
 */
#ifndef POOLMON_TRENDS_H
#define POOLMON_TRENDS_H

#include <poolmon/fold.h>

struct pm_trends_config {
	bool no_counters;      /* growth is not held against the rate of allocations */
	const char *unit_mark; /* each mark that begins so is a unit of work; NULL: none is */
};

/* The fold that makes them, for pm_scan(); its state is a struct pm_trends. config: a
 * struct pm_trends_config, or NULL. */
PM_DATA const struct pm_fold pm_trends_fold;

struct pm_trends;

/* A straight line through (uptime, value) by least squares, with a common slope and a level of its
 * own for each epoch. */
struct pm_line {
	uint64_t n;             /* samples that have the value */
	uint64_t n_epochs;      /* that have any */
	double per_hour;        /* slope; 0 where all samples are at one moment */
	double stderr_per_hour; /* its standard error; 0 where n - n_epochs - 1 < 1 */
	double r_squared; /* share of the variance within epochs that the slope explains; 0 if none */
	uint64_t first, last, min, max; /* values; 0 if n == 0 */
	int64_t growth; /* last minus first, summed over epochs, clamped to int64_t */
};

/* The tests of the judgement. Each takes points away from the evidence for a leak.
 *   id          name         what is asked */
#define PM_TESTS(X)                                                                                \
	X(TREND, "trend", "does it grow, at a given rate of allocations?")                         \
	X(LOAD, "load", "does it outgrow the rate of allocations?")                                \
	X(STEPS, "steps", "does it grow between steps?")                                           \
	X(LEVELLING, "levelling", "does it go on, rather than level off?")                         \
	X(ORDER, "order", "is later higher?")                                                      \
	X(RETURNED, "returned", "is what it grew by never given back?")                            \
	X(FADING, "fading", "does it grow in the end as it did in the beginning?")

#define PM_TEST_ENUM(id, name, what) PM_TEST_##id,
enum pm_test { PM_TESTS(PM_TEST_ENUM) PM_N_TESTS };
#undef PM_TEST_ENUM

#define PM_STRENGTH_MAX 3.2 /* of evidence from which nothing is taken */

/* What the course of a series looks like, over its last stretch without a reset. */
struct pm_shape {
	bool known;    /* it is long enough; else the rest is not set */
	bool moves;    /* it is not flat */
	double change; /* mean of the last quarter less that of the first, over its range: -1 to 1 */
	double late_share; /* slope in the last third over that of all; 1 if that is not positive */
	double late_t;     /* slope in the last third over its standard error */
	double ending;     /* points against its going on, from its pace towards the end; >= 0 */
	double trend_t;    /* that of all of it, the rate of allocations held fixed */
	bool stepped;      /* two steps explain it better than any curve */
	bool levelled;     /* a curve that levels off explains it better than any that goes on */
	bool abrupt;       /* and it levels off at once rather than by and by */
	bool smooth;       /* levels hang together from one moment to the next: no mere noise */
	int turns;         /* how often it turned after half of its range or more */
	double floor_rise; /* by which the smallest level rose and stayed: objects, or bytes */
	int64_t onset_ms;  /* wall clock: when growth began, to about a tenth of the span */
};

/* Whole cycles of work, from a mark that begins with `cycle` to the next, since counters last
 * started again; of each the smallest level. */
struct pm_cycles {
	uint64_t n;          /* that have samples */
	uint64_t rose, fell; /* from one to the next, at most n - 1 in all */
	bool has_diff, has_bytes;
	double diff, bytes; /* least-squares slope of the smallest levels, per cycle */
};

/* The last phase after a mark that begins with `quiet`. */
struct pm_quiet {
	bool has_bytes;
	int64_t freed_bytes; /* from its beginning to its end; below 0: it grew further */
	bool grew;           /* it had grown before: */
	double kept_share;   /* of that, what is there at the end of it: objects, or bytes */
};

struct pm_trend {
	const struct pm_origin *origin; /* of the last row */
	const struct pm_key *key;
	const char *aliases; /* other names of the tag, by comma; "" */
	uint64_t samples;    /* rows */
	uint64_t epochs;
	int64_t first_ms, last_ms; /* wall clock of the first and the last row */
	int64_t span_ms;           /* time covered, by the monotonic clock, summed over epochs */
	struct pm_line bytes;      /* of `bytes`, or of `footprint` in rows without */
	struct pm_line diff;
	uint64_t steps;      /* from one sample to the next within an epoch */
	uint64_t fell, rose; /* steps in which diff (or bytes, where there is no diff) fell, rose */
	bool counted;        /* allocs and frees are known: */
	uint64_t allocs, frees;    /* made while it was recorded, wraps of 32-bit counters undone */
	uint64_t gaps;             /* steps of more than one and a half intervals */
	uint64_t judged;           /* samples in epochs long enough to judge; 0: none is */
	double points[PM_N_TESTS]; /* taken away by each test, >= 0 */
	double strength;           /* PM_STRENGTH_MAX less all of them */
	bool by_size; /* these are of its bytes, as objects grow in size; else of diff, if known */
	double widening;   /* variance of a slope over what independent samples would have; >= 1 */
	double load_share; /* of the variance, what the rate of allocations explains: 0 to 1 */
	struct pm_shape shape;
	struct pm_cycles cycles; /* n == 0: no marks */
	struct pm_quiet quiet;   /* neither has_bytes nor grew: no such mark */
};

/* Works out the figures of all series by so many threads (0: one for each processor). Otherwise each
 * is worked out when pm_trends_at() first asks for it. No other call may be under way. */
PM_API void pm_trends_prepare(const struct pm_trends *trends, unsigned jobs);

/* Series in the order of first sight. */
PM_API size_t pm_trends_count(const struct pm_trends *trends);
PM_API const struct pm_key *pm_trends_key(const struct pm_trends *trends, size_t i);
PM_API void pm_trends_at(const struct pm_trends *trends, size_t i, struct pm_trend *trend);

/* The standard error of a line of the trend, per hour, widened for samples that hang together; 1.96
 * of it to either side make the 95 % interval. */
PM_API double pm_trend_error(const struct pm_trend *trend, const struct pm_line *line);

/* Whether it grows in the last third as well, if more slowly. */
PM_API bool pm_trend_still_grows(const struct pm_trend *trend);

/* Origins, in the order of first sight. */
PM_API size_t pm_trends_n_origins(const struct pm_trends *trends);
PM_API const struct pm_origin *pm_trends_origin(const struct pm_trends *trends, size_t i);

/* What was seen of bytes (or of `footprint` in rows without) in one stretch of the wall clock. */
struct pm_course_point {
	int64_t time_ms,
		width_ms; /* its beginning; a power of two, the same for the whole series */
	uint64_t n;       /* samples, at least 1 */
	uint64_t min, max;
	double mean;
};

enum { PM_COURSE_MAX = 48, PM_COURSE_CUTS_MAX = 16 };

/* The course of series i, for plots: stretches that hold any sample, in order. */
PM_API size_t pm_trends_course(
	const struct pm_trends *trends, size_t i, struct pm_course_point points[PM_COURSE_MAX]);

/* When counters of series i started again: the first ones, in the order of the log. */
struct pm_course_cut {
	int64_t time_ms; /* of the first row after it */
	bool boot;       /* the machine was started again; else the counters alone */
};
PM_API size_t pm_trends_cuts(
	const struct pm_trends *trends, size_t i, struct pm_course_cut cuts[PM_COURSE_CUTS_MAX]);

/* What may happen while it is recorded. */
#define PM_MOMENTS(X)                                                                              \
	X(START, "start", "a recording begins or is continued")                                    \
	X(STOP, "stop", "a recording ends")                                                        \
	X(BOOT, "boot", "the machine was started again")                                           \
	X(MARK, "mark", "set by a user")                                                           \
	X(GAP, "gap", "snapshots could not be taken in time")                                      \
	X(SOURCE_ERROR, "source-error", "a snapshot failed")                                       \
	X(RESUME, "resume", "the machine was suspended until then")                                \
	X(CLOCK_STEP, "clock-step", "the wall clock was set")                                      \
	X(COMMAND, "command", "the command that was recorded began or ended")

#define PM_MOMENT_ENUM(id, name, what) PM_MOMENT_##id,
enum pm_moment_kind { PM_MOMENTS(PM_MOMENT_ENUM) PM_N_MOMENTS };
#undef PM_MOMENT_ENUM

struct pm_moment {
	const struct pm_origin *origin;
	int64_t time_ms;
	uint64_t missed;  /* ticks, of a gap */
	const char *text; /* of a mark; a cause, a reason, by how many seconds; "" */
};

enum { PM_MOMENTS_KEPT = 200 };

PM_API const char *pm_moment_name(enum pm_moment_kind kind);

/* How many moments of a kind there were, and the earliest PM_MOMENTS_KEPT of them by time. */
PM_API uint64_t pm_trends_n_moments(const struct pm_trends *trends, enum pm_moment_kind kind);
PM_API size_t pm_trends_n_moments_kept(const struct pm_trends *trends, enum pm_moment_kind kind);
PM_API struct pm_moment pm_trends_moment(
	const struct pm_trends *trends, enum pm_moment_kind kind, size_t i);

/* Marks of a host (a pointer of its origins) that are units of work, as the config says. */
PM_API uint64_t pm_trends_unit_marks(const struct pm_trends *trends, const char *host);

/* How often an event was met, and what its `missed` values add up to. */
struct pm_event_counts {
	uint64_t starts, marks, gaps, missed, source_errors;
};
PM_API struct pm_event_counts pm_trends_events(const struct pm_trends *trends);

#endif
