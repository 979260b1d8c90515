/* SPDX-License-Identifier: MIT */
/*
 * Findings: trends judged and ranked.
 *
 * Tests (trends.h) take points away from the evidence; what is left is the strength, and the score
 * is the share of findings of that strength that are leaks, as measured on made logs of many shapes
 * (scripts/bench --accuracy). src/analyze/points.c has the tests, judge.c the verdicts.
 */
#ifndef POOLMON_FINDINGS_H
#define POOLMON_FINDINGS_H

#include <poolmon/trends.h>

/* From the worst news to none. */
#define PM_VERDICTS(X)                                                                             \
	X(LEAK, "leak", "grows, and still does")                                                   \
	X(PROBABLE, "probable", "likely grows, but not steadily or long enough to be sure")        \
	X(PINNED, "pinned", "grew, keeps what it has, and grows no more")                          \
	X(WARMING_UP, "warming-up", "grew and levels off")                                         \
	X(FOLLOWS_LOAD, "follows-load", "moves as allocations do")                                 \
	X(CYCLIC, "cyclic", "goes up and comes back, again and again")                             \
	X(STEP, "step", "moved in a step or two, and is flat between them")                        \
	X(STABLE, "stable", "no lasting growth")                                                   \
	X(SHRINKING, "shrinking", "smaller at the end than at the beginning")                      \
	X(TOO_SHORT, "too-short", "too few samples to say anything")

#define PM_VERDICT_ENUM(id, name, what) PM_VERDICT_##id,
enum pm_verdict { PM_VERDICTS(PM_VERDICT_ENUM) PM_N_VERDICTS };
#undef PM_VERDICT_ENUM

PM_API const char *pm_verdict_name(enum pm_verdict verdict);
PM_API bool pm_verdict_of_name(const char *name, enum pm_verdict *verdict);

struct pm_judgement {
	enum pm_verdict verdict;
	double score; /* 0 (surely no leak) to 1: the share of such findings that are leaks */
};

/* Judges one trend. Always gives a verdict and a finite score, whatever the figures. */
PM_API struct pm_judgement pm_judge(const struct pm_trend *trend);

enum { PM_EVIDENCE_TEXT = 320 };

/* Why, in one line. Returns text. */
PM_API const char *pm_evidence(const struct pm_trend *trend, const struct pm_judgement *judgement,
	char text[PM_EVIDENCE_TEXT]);

struct pm_finding {
	size_t trend; /* index for pm_trends_at() */
	struct pm_judgement judgement;
	/* Of a lockstep group: tags whose outstanding objects grow together in a fixed proportion,
	 * so that they have one cause. They stand next to each other, the likely cause first: the
	 * one whose allocations are freed least, or that began to grow first, or takes most. */
	size_t root;    /* index of that finding; its own if it is alone */
	size_t members; /* of the group; 1 if it is alone */
	double ratio;   /* growth in objects for each object of the root; 1 if it is alone */
};

/* The series of all pools that have suspects, likeliest leak first: by verdict, score (to a
 * hundredth), slope, then by host, pool, tag and type, so that the order is always the same. */
struct pm_findings {
	struct pm_finding *at; /* [n] */
	size_t n;
};

/* PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_findings_init(
	struct pm_findings *findings, const struct pm_trends *trends, struct pm_error *err);
PM_API void pm_findings_deinit(struct pm_findings *findings);

#endif
