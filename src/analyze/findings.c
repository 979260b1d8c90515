/* SPDX-License-Identifier: MIT */
#include <poolmon/findings.h>

#include "analyze/entries.h"
#include "analyze/groups.h"
#include "base/fail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ranked { /* what findings are sorted and grouped by */
	struct pm_finding finding;
	double slope;
	const char *host;
	const struct pm_key *key;
	struct pm_group_candidate growth; /* of objects, or of bytes */
	double freed;                     /* frees per allocation; 1 where they are not counted */
	int64_t onset_ms, span_ms;
	size_t group; /* index of another of its group, or its own: a tree up to the best of them */
};

static int compare_doubles(double a, double b)
{
	return a < b ? 1 : a > b ? -1 : 0; /* larger first */
}

/* Scores are no better than to a hundredth. What leaks for sure and what does for almost sure is
 * not for them to put in order, to a tenth: there the faster one is the worse. */
static double rounded(const struct pm_judgement *judgement)
{
	const double steps = judgement->verdict <= PM_VERDICT_PROBABLE ? 10 : 100;

	return floor(judgement->score * steps + 0.5);
}

static int compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	int order = (int)x->finding.judgement.verdict - (int)y->finding.judgement.verdict;

	/* Verdicts past `probable` say what else it is, not how bad: there the score goes first. */
	if (x->finding.judgement.verdict > PM_VERDICT_PROBABLE &&
		y->finding.judgement.verdict > PM_VERDICT_PROBABLE)
		order = 0;
	if (order == 0)
		order = compare_doubles(
			rounded(&x->finding.judgement), rounded(&y->finding.judgement));
	if (order == 0)
		order = compare_doubles(x->slope, y->slope);
	if (order == 0)
		order = strcmp(x->host, y->host);
	if (order == 0)
		order = strcmp(x->key->pool_name, y->key->pool_name);
	if (order == 0)
		order = strcmp(x->key->tag, y->key->tag);
	if (order == 0)
		order = strcmp(x->key->type, y->key->type);
	return order;
}

static struct ranked rank_of(const struct pm_trends *trends, size_t i)
{
	const struct pm_line *line;
	struct pm_trend trend;

	pm_trends_at(trends, i, &trend);
	line = trend.diff.n > 0 ? &trend.diff : &trend.bytes;
	return (struct ranked){
		.finding = {.trend = i, .judgement = pm_judge(&trend), .members = 1, .ratio = 1},
		.slope = trend.bytes.per_hour,
		.host = trend.origin->host,
		.key = trend.key,
		.growth =
			{
				.buckets = pm_trends_levels(trends, i),
				.host = trend.origin->host,
				.per_hour = line->per_hour,
				.error = pm_trend_error(&trend, line),
			},
		.freed = trend.allocs > 0 ? (double)trend.frees / (double)trend.allocs : 1,
		.onset_ms = trend.shape.onset_ms,
		.span_ms = trend.span_ms,
	};
}

/* ---- lockstep groups ---- */

/* More growing tags than this are not compared with each other. */
enum { CANDIDATES_MAX = 300 };

static size_t group_of(struct ranked *ranked, size_t i)
{
	while (ranked[i].group != i)
		i = ranked[i].group = ranked[ranked[i].group].group;
	return i;
}

/* How many are compared. */
static size_t count_candidates(const struct ranked *ranked, size_t n)
{
	size_t count = 0;

	while (count < n && count < CANDIDATES_MAX &&
		ranked[count].finding.judgement.verdict <= PM_VERDICT_PROBABLE)
		count++;
	return count;
}

/* False: out of memory. */
static bool find_groups(struct ranked *ranked, size_t n)
{
	const size_t n_candidates = count_candidates(ranked, n);
	struct pm_group_course *courses = malloc((n_candidates + 1) * sizeof(*courses));

	if (courses == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		ranked[i].group = i;
	for (size_t i = 0; i < n_candidates; i++) {
		pm_group_course_of(ranked[i].growth.buckets, &courses[i]);
		ranked[i].growth.course = &courses[i];
		for (size_t j = 0; j < i && ranked[i].growth.per_hour > 0; j++) {
			const size_t a = group_of(ranked, i), b = group_of(ranked, j);

			if (a != b && ranked[j].growth.per_hour > 0 &&
				pm_in_lockstep(&ranked[i].growth, &ranked[j].growth))
				ranked[a > b ? a : b].group = a > b ? b : a;
		}
	}
	free(courses);
	return true;
}

/* Whether a is likelier the cause than b. */
static bool is_cause(const struct ranked *a, const struct ranked *b)
{
	const double freed = a->freed - b->freed;
	const int64_t onset = a->onset_ms - b->onset_ms;

	if (freed < -0.01 || freed > 0.01)
		return freed < 0;
	if (onset < -a->span_ms / 20 || onset > a->span_ms / 20)
		return onset < 0;
	return a->slope > b->slope;
}

static size_t root_of(struct ranked *ranked, size_t n, size_t group)
{
	size_t root = group;

	for (size_t i = group + 1; i < n; i++) {
		if (group_of(ranked, i) == group && is_cause(&ranked[i], &ranked[root]))
			root = i;
	}
	return root;
}

/* Puts the group, which begins here, behind the others: its cause first. */
static void put_group(struct pm_findings *findings, struct ranked *ranked, size_t n, size_t group)
{
	const size_t root = root_of(ranked, n, group), at = findings->n;

	findings->at[findings->n++] = ranked[root].finding;
	for (size_t i = group; i < n; i++) {
		if (i == root || group_of(ranked, i) != group)
			continue;
		findings->at[findings->n] = ranked[i].finding;
		findings->at[findings->n++].ratio =
			ranked[i].growth.per_hour / ranked[root].growth.per_hour;
	}
	for (size_t i = at; i < findings->n; i++) {
		findings->at[i].root = at;
		findings->at[i].members = findings->n - at;
	}
}

/* ranked[n_series]: room for them. False: out of memory. */
static bool fill(
	struct pm_findings *findings, const struct pm_trends *trends, struct ranked *ranked)
{
	const size_t n_series = pm_trends_count(trends);
	size_t n = 0, n_compared;

	for (size_t i = 0; i < n_series; i++) {
		if (pm_pool_has_suspects(pm_trends_key(trends, i)->pool))
			ranked[n++] = rank_of(trends, i);
	}
	qsort(ranked, n, sizeof(*ranked), compare);
	if (!find_groups(ranked, n))
		return false;
	n_compared = n < CANDIDATES_MAX ? n : CANDIDATES_MAX;
	for (size_t i = 0; i < n; i++) {
		if (group_of(ranked, i) == i)
			put_group(findings, ranked, i < n_compared ? n_compared : i + 1, i);
	}
	return true;
}

enum pm_status pm_findings_init(
	struct pm_findings *findings, const struct pm_trends *trends, struct pm_error *err)
{
	const size_t n_series = pm_trends_count(trends);
	struct ranked *ranked = malloc((n_series + 1) * sizeof(*ranked));
	bool filled;

	*findings = (struct pm_findings){.at = malloc((n_series + 1) * sizeof(*findings->at))};
	filled = ranked != NULL && findings->at != NULL && fill(findings, trends, ranked);
	free(ranked);
	if (!filled) {
		pm_findings_deinit(findings);
		return pm_fail_memory(err);
	}
	return PM_OK;
}

void pm_findings_deinit(struct pm_findings *findings)
{
	free(findings->at);
	*findings = (struct pm_findings){0};
}
