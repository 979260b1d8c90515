/* SPDX-License-Identifier: MIT */
/*
 * Comparing two sides, before and after: which tag grows faster than it did?
 *
 * A side is one recording or many. What is compared of a tag is the slope of its bytes in each host
 * of each recording (a series). Several series of a side are combined by random-effects
 * meta-analysis (DerSimonian and Laird 1986): hosts may differ in truth, and what they say of other
 * hosts like them is then less sure. Two sides are compared by Welch's t. Of the tags that come out
 * as different at most a chosen share is expected to be so by chance (the false discovery rate;
 * Benjamini and Hochberg 1995).
 */
#ifndef POOLMON_DIFF_H
#define POOLMON_DIFF_H

#include <poolmon/trends.h>

enum pm_side { PM_BEFORE, PM_AFTER, PM_N_SIDES };

/* In the order in which they are told. */
#define PM_CHANGES(X)                                                                              \
	X(WORSE, "worse", "grows, and faster than before; also a new tag that grows")              \
	X(BETTER, "better", "grew before, and grows slower now or is gone")                        \
	X(CHANGED, "changed", "differs, but surely grows on neither side")                         \
	X(NEW, "new", "was not there before, and does not surely grow")                            \
	X(VANISHED, "vanished", "is there no more, and did not surely grow")                       \
	X(SAME, "same", "no difference that chance would not explain")                             \
	X(UNCLEAR, "unclear", "too few samples on a side where it is")

#define PM_CHANGE_ENUM(id, name, what) PM_CHANGE_##id,
enum pm_change_verdict { PM_CHANGES(PM_CHANGE_ENUM) PM_N_CHANGES };
#undef PM_CHANGE_ENUM

PM_API const char *pm_change_name(enum pm_change_verdict verdict);

/* A slope, from one or more series. All 0 where it rests on none. */
struct pm_rate {
	size_t n;         /* series with enough samples to tell it */
	size_t n_growing; /* those of them that grow: the 95 % interval of each is above 0 */
	double per_hour;
	double error;     /* standard error; greater than 0 where n > 0 */
	double freedom;   /* degrees of freedom behind it */
	double low, high; /* 95 % confidence interval */
	double tau;       /* how far the series truly differ: standard deviation of their slopes */
	double i_squared; /* share of their differences that chance does not explain, 0 to 1 */
};

/* A tag on one side. All 0 where it is not there. */
struct pm_standing {
	size_t n_series; /* hosts, of each recording, that have it */
	uint64_t samples;
	int64_t span_ms; /* time covered, summed over them */
	struct pm_rate bytes, diff;
	size_t n_bytes, n_diff;         /* series that have the value, so that the next hold: */
	uint64_t last_bytes, last_diff; /* in the last row; mean of the series */
	int64_t growth_bytes;           /* last minus first within epochs; mean of the series */
	bool counted;                   /* allocs and frees are known: */
	uint64_t allocs, frees;         /* made while recorded; sums */
};

struct pm_change {
	const struct pm_key *key;
	const char *aliases; /* other names of the tag, by comma; "" */
	struct pm_standing side[PM_N_SIDES];
	bool by_objects;           /* bytes are not known, and diff is compared instead */
	bool tested;               /* so that the next three hold: */
	struct pm_rate difference; /* after minus before; where it is not there it grows by 0 */
	double p;                  /* chance of a difference as large, were there none in truth */
	double q;                  /* smallest false discovery rate at which it still counts */
	enum pm_change_verdict verdict;
};

struct pm_diff_side {
	const struct pm_trends *const *recordings; /* [n] */
	size_t n;
};

/* Ordered by verdict, q (to a thousandth), the size of the difference, then pool, tag and type. */
struct pm_diff {
	struct pm_change *at; /* [n] */
	size_t n;
	size_t n_of[PM_N_CHANGES];
	size_t n_tested;
	size_t n_series[PM_N_SIDES]; /* hosts of recordings */
	bool hosts_repeat;           /* some host is in several recordings of a side */
	double false_discovery_rate;
};

/*
 * Compares all tags of all pools that have suspects. Tags are the same if pool, tag and type are;
 * hosts if their names are. Always gives verdicts and finite figures, whatever is in the trends,
 * which must outlive the diff. false_discovery_rate is above 0 and below 1.
 *
 * PM_E_MEMORY: *diff is empty then. O(n log n) for n series.
 */
PM_API PM_MUST_USE enum pm_status pm_diff_init(struct pm_diff *diff,
	const struct pm_diff_side sides[PM_N_SIDES], double false_discovery_rate,
	struct pm_error *err);
PM_API void pm_diff_deinit(struct pm_diff *diff);

#endif
