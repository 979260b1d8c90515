/* SPDX-License-Identifier: MIT */
/*
 * The judgement of one trend. The one place to change it: everything else takes verdict and score
 * as they come, and the evidence is put into words in evidence.c.
 *
 * The score is the product of two shares, each 1 for a leak at its plainest:
 *   line     r squared: what a straight upward line explains of the movement
 *   held     net growth over the whole range: what was taken and not given back
 * and of how many witnesses there are: with n rises, n / (n + 1).
 */
#include <poolmon/findings.h>

#include <string.h>

enum { SAMPLES_MIN = 8, RISES_MIN = 3 };

static const double leak_score = 0.85, probable_score = 0.6;

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

static double clamp(double share)
{
	return share > 1 ? 1 : share > 0 ? share : 0;
}

static double held(const struct pm_line *line)
{
	const double range = (double)line->max - (double)line->min;

	return range > 0 ? clamp((double)line->growth / range) : 0;
}

struct pm_judgement pm_judge(const struct pm_trend *trend)
{
	const struct pm_line *line = trend->bytes.n > 0 ? &trend->bytes : &trend->diff;
	const double witnesses = (double)trend->rose / (double)(trend->rose + 1);
	struct pm_judgement judgement = {PM_VERDICT_STABLE, 0};

	if (line->n < SAMPLES_MIN) {
		judgement.verdict = PM_VERDICT_TOO_SHORT;
		return judgement;
	}
	if (line->per_hour < 0 && line->growth < 0 && line->r_squared >= probable_score)
		judgement.verdict = PM_VERDICT_SHRINKING;
	if (!(line->per_hour > 0) || line->growth <= 0)
		return judgement;
	judgement.score = line->r_squared * held(line) * witnesses;
	/* One rise, however large, is a step. */
	if (trend->rose >= RISES_MIN && judgement.score >= leak_score)
		judgement.verdict = PM_VERDICT_LEAK;
	else if (trend->rose >= RISES_MIN && judgement.score >= probable_score)
		judgement.verdict = PM_VERDICT_PROBABLE;
	return judgement;
}
