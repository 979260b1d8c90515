/* SPDX-License-Identifier: MIT */
/* From a trend to a verdict. Everything else takes verdict and score as they come; the evidence is
 * put into words in evidence.c. */
#include <poolmon/findings.h>

#include "base/real.h"

#include <string.h>

/* Scores from which a verdict is given. In a short recording much moves that will settle. */
static const struct bar {
	uint64_t samples; /* or more */
	double leak, probable;
} bars[] = {{100, 0.81, 0.5}, {0, 0.93, 0.7}};

enum { RISES_MIN = 6 }; /* a leak, or what follows load, has shown itself that often */

static const double steepness = 1.3; /* of the score, per point of strength */
static const double score_if_not_grown = 0.45;

#define ENTRY(id, name, what) name,

static const char *const names[PM_N_VERDICTS] = {PM_VERDICTS(ENTRY)};

const char *pm_verdict_name(enum pm_verdict verdict)
{
	return names[verdict];
}

bool pm_verdict_of_name(const char *name, enum pm_verdict *verdict)
{
	for (int i = 0; i < PM_N_VERDICTS; i++) {
		if (strcmp(names[i], name) == 0) {
			*verdict = (enum pm_verdict)i;
			return true;
		}
	}
	return false;
}

/* A share of the slope of all of it that counts as going on. */
static const double goes_on = 0.3;

bool pm_trend_still_grows(const struct pm_trend *trend)
{
	return trend->shape.known && trend->shape.moves && trend->shape.late_share >= goes_on &&
		trend->shape.late_t > 0;
}

static bool is_shrinking(const struct pm_shape *shape)
{
	return shape->change < -0.4 && shape->trend_t < -3;
}

static bool follows_load(const struct pm_trend *trend)
{
	return trend->shape.smooth && trend->rose >= RISES_MIN && trend->load_share > 0.5 &&
		(trend->points[PM_TEST_LOAD] > 0.5 || trend->shape.trend_t < 3);
}

/* What it is, if not a leak. */
static enum pm_verdict other(const struct pm_trend *trend)
{
	const struct pm_shape *shape = &trend->shape;
	const bool higher = shape->change > 0.4;

	if (!shape->known || !shape->moves)
		return PM_VERDICT_STABLE;
	if (follows_load(trend))
		return PM_VERDICT_FOLLOWS_LOAD;
	if (is_shrinking(shape))
		return PM_VERDICT_SHRINKING;
	if (shape->turns >= 3 && shape->smooth)
		return PM_VERDICT_CYCLIC;
	if (higher && shape->stepped)
		return PM_VERDICT_STEP;
	if (higher && shape->levelled)
		return shape->abrupt ? PM_VERDICT_PINNED : PM_VERDICT_WARMING_UP;
	if (higher && !pm_trend_still_grows(trend))
		return PM_VERDICT_PINNED;
	return PM_VERDICT_STABLE;
}

/* Neither its first and last sample nor its beginning and end say that it grew. */
static bool has_not_grown(const struct pm_trend *trend)
{
	const struct pm_line *line = trend->diff.n > 0 ? &trend->diff : &trend->bytes;

	return line->growth <= 0 && !(trend->shape.known && trend->shape.change > 0);
}

/* One rise, however large, is a step; some are a trend. Of none the strength says enough. */
static double witnesses(const struct pm_trend *trend)
{
	const double n = (double)trend->rose;

	return trend->rose > 0 && trend->rose < RISES_MIN ? n / (n + 1) : 1;
}

/* Of too few samples to test anything: a place in the ranking by the share that a rising line
 * explains, the share of the range that was kept, and the number of rises; never as good as even
 * odds. */
static double score_if_short(const struct pm_trend *trend)
{
	const struct pm_line *line = trend->diff.n > 0 ? &trend->diff : &trend->bytes;
	const double range = (double)line->max - (double)line->min;
	double kept;

	if (!(line->per_hour > 0) || !(range > 0) || line->growth <= 0)
		return 0;
	kept = (double)line->growth / range;
	return 0.49 * line->r_squared * (kept < 1 ? kept : 1) * witnesses(trend);
}

/* A number between 0 and 1 for that many points. */
static double score_of(const struct pm_trend *trend, double strength)
{
	return witnesses(trend) / (1 + pm_exp(-steepness * strength));
}

/* Whether it can be said of something with such a score that it grows now: it does in the last
 * third, and is as sure if what speaks against its going on is counted too. */
static bool is_growing(const struct pm_trend *trend, double bar)
{
	return trend->rose >= RISES_MIN && pm_trend_still_grows(trend) &&
		score_of(trend, trend->strength - trend->shape.ending) >= bar;
}

struct pm_judgement pm_judge(const struct pm_trend *trend)
{
	const struct bar *bar = bars;
	struct pm_judgement judgement = {PM_VERDICT_TOO_SHORT, 0};

	if (trend->judged == 0) {
		judgement.score = score_if_short(trend);
		return judgement;
	}
	while (trend->judged < bar->samples)
		bar++;
	judgement.score = score_of(trend, trend->strength);
	if (has_not_grown(trend) && judgement.score > score_if_not_grown)
		judgement.score = score_if_not_grown;
	if (judgement.score >= bar->leak && is_growing(trend, bar->leak))
		judgement.verdict = PM_VERDICT_LEAK;
	else if (judgement.score >= bar->probable)
		judgement.verdict = PM_VERDICT_PROBABLE;
	else
		judgement.verdict = other(trend);
	return judgement;
}
