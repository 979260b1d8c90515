/* SPDX-License-Identifier: MIT */
#include <poolmon/findings.h>

#include "base/fail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ranked { /* what findings are sorted by */
	struct pm_finding finding;
	double slope;
	const char *host;
	const struct pm_key *key;
};

static int compare_doubles(double a, double b)
{
	return a < b ? 1 : a > b ? -1 : 0; /* larger first */
}

/* Scores are no better than to a hundredth; between equals, the faster one is the worse. */
static double rounded(double score)
{
	return floor(score * 100 + 0.5);
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
			rounded(x->finding.judgement.score), rounded(y->finding.judgement.score));
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

enum pm_status pm_findings_init(
	struct pm_findings *findings, const struct pm_trends *trends, struct pm_error *err)
{
	const size_t n = pm_trends_count(trends);
	struct ranked *ranked = malloc((n + 1) * sizeof(*ranked));

	*findings = (struct pm_findings){.at = malloc((n + 1) * sizeof(*findings->at))};
	if (ranked == NULL || findings->at == NULL) {
		free(ranked);
		pm_findings_deinit(findings);
		return pm_fail_memory(err);
	}
	for (size_t i = 0; i < n; i++) {
		struct pm_trend trend;

		pm_trends_at(trends, i, &trend);
		if (!pm_pool_has_suspects(trend.key->pool))
			continue;
		ranked[findings->n++] = (struct ranked){
			.finding = {.trend = i, .judgement = pm_judge(&trend)},
			.slope = trend.bytes.per_hour,
			.host = trend.origin->host,
			.key = trend.key,
		};
	}
	qsort(ranked, findings->n, sizeof(*ranked), compare);
	for (size_t i = 0; i < findings->n; i++)
		findings->at[i] = ranked[i].finding;
	free(ranked);
	return PM_OK;
}

void pm_findings_deinit(struct pm_findings *findings)
{
	free(findings->at);
	*findings = (struct pm_findings){0};
}
