/* SPDX-License-Identifier: MIT */
/* The evidence in words, one line. */
#include <poolmon/findings.h>

#include "analyze/figures.h"
#include "base/buf.h"
#include "base/when.h"

#include <math.h>

static void add_steps(struct pm_buf *text, const struct pm_trend *trend)
{
	if (trend->steps == 0)
		return;
	if (trend->rose == 0) {
		pm_buf_printf(text, "never rose, fell in %llu of %llu steps",
			(unsigned long long)trend->fell, (unsigned long long)trend->steps);
		return;
	}
	pm_buf_printf(text, "rose in %llu of %llu steps", (unsigned long long)trend->rose,
		(unsigned long long)trend->steps);
	if (trend->fell == 0)
		pm_buf_add_text(text, " and never fell");
	else
		pm_buf_printf(text, ", fell in %llu", (unsigned long long)trend->fell);
}

/* As many objects as before may take more room. */
static void add_resized(struct pm_buf *text, const struct pm_trend *trend)
{
	const int64_t growth = trend->bytes.growth;
	char size[PM_SIZE_TEXT];

	if (trend->diff.n == 0 || growth == 0)
		return;
	pm_buf_printf(text, " in number, but in size by %c%s", growth < 0 ? '-' : '+',
		pm_size_format(size, growth < 0 ? 0 - (uint64_t)growth : (uint64_t)growth));
}

/* Bytes speak for a leak more than objects do. */
static void add_sizes(struct pm_buf *text, const struct pm_trend *trend)
{
	const struct pm_line *bytes = &trend->bytes, *diff = &trend->diff;

	pm_buf_printf(text, "; each grew from %.4g to %.4g bytes",
		diff->first > 0 ? (double)bytes->first / (double)diff->first : 0,
		diff->last > 0 ? (double)bytes->last / (double)diff->last : 0);
}

/* Frees per allocation, with as many digits as it takes not to read 1 or 0 where it is neither: a
 * leak among many that come back is just the rest. */
static void add_share(struct pm_buf *text, uint64_t frees, uint64_t allocs)
{
	const double share = (double)frees / (double)allocs;
	const bool whole = frees == allocs || frees == 0;
	double finest = 0.0005;
	int digits = 3;

	for (; !whole && digits < 12 && (share < finest || fabs(1 - share) <= finest); digits++)
		finest /= 10;
	pm_buf_printf(text, "%.*f", digits, share);
}

static void add_frees(struct pm_buf *text, const struct pm_trend *trend)
{
	if (!trend->counted || trend->allocs == 0)
		return;
	pm_buf_printf(text, "; %llu frees for %llu allocations (", (unsigned long long)trend->frees,
		(unsigned long long)trend->allocs);
	add_share(text, trend->frees, trend->allocs);
	pm_buf_add_char(text, ')');
}

static void add_resets(struct pm_buf *text, const struct pm_trend *trend)
{
	if (trend->epochs > 1)
		pm_buf_printf(text, "; counters started again %llu time%s",
			(unsigned long long)(trend->epochs - 1), trend->epochs == 2 ? "" : "s");
}

/* What speaks against a leak, by test. */
enum { ENDING = PM_N_TESTS, N_DOUBTS };

static const char *const doubts[N_DOUBTS] = {
	[PM_TEST_TREND] = "little growth for its noise",
	[PM_TEST_LOAD] = "allocations rise too",
	[PM_TEST_STEPS] = "it came in steps",
	[PM_TEST_LEVELLING] = "it levels off",
	[PM_TEST_ORDER] = "it went down in between",
	[PM_TEST_RETURNED] = "some of it was given back",
	[PM_TEST_FADING] = "it grew more in the beginning",
	[ENDING] = "it slows down towards the end",
};

/* Points below this are not worth a word. */
static const double worth_telling = 0.5;

static double points_of(const struct pm_trend *trend, int doubt)
{
	return doubt == ENDING ? trend->shape.ending : trend->points[doubt];
}

static bool is_higher_in_the_end(const struct pm_trend *trend)
{
	const struct pm_line *line =
		trend->diff.n > 0 && !trend->by_size ? &trend->diff : &trend->bytes;

	return line->growth > 0;
}

/* The one or two things that speak against a leak most. */
static void add_doubts(struct pm_buf *text, const struct pm_trend *trend)
{
	int first = -1, second = -1;

	for (int i = 0; i < N_DOUBTS; i++) {
		const double points = points_of(trend, i);

		if (points < worth_telling)
			continue;
		if (first < 0 || points > points_of(trend, first)) {
			second = first;
			first = i;
		} else if (second < 0 || points > points_of(trend, second)) {
			second = i;
		}
	}
	if (!is_higher_in_the_end(trend))
		pm_buf_add_text(text, "; though its last sample is no higher than its first");
	if (first >= 0)
		pm_buf_printf(text, "; but %s", doubts[first]);
	if (second >= 0)
		pm_buf_printf(text, ", and %s", doubts[second]);
	if (first < 0)
		pm_buf_add_text(text,
			trend->counted ? "; no step, no levelling off, no matter of load"
				       : "; no step, no levelling off");
}

static const char *const in_words[PM_N_VERDICTS] = {
	[PM_VERDICT_PINNED] = "grew and keeps what it has, but grows no more",
	[PM_VERDICT_WARMING_UP] = "grew and levels off",
	[PM_VERDICT_FOLLOWS_LOAD] = "moves as the rate of allocations does",
	[PM_VERDICT_CYCLIC] = "goes up and comes back",
	[PM_VERDICT_STEP] = "moved in steps and is flat between them",
	[PM_VERDICT_STABLE] = "no lasting growth",
	[PM_VERDICT_SHRINKING] = "is smaller at the end",
};

/* Why it can't be judged: samples in fewer stretches of time than it takes, as there are so few of
 * them, or as all are in some. */
static void add_shortness(struct pm_buf *text, const struct pm_trend *trend)
{
	pm_buf_printf(text, "%llu sample%s", (unsigned long long)trend->samples,
		trend->samples == 1 ? "" : "s");
	if (trend->epochs > 1)
		pm_buf_add_text(text, ", but no stretch without a restart is long enough");
	else if (trend->samples >= PM_BLOCKS_MIN)
		pm_buf_add_text(
			text, ", but most of the time between the first and the last is missing");
	else
		pm_buf_add_text(text, " only");
}

const char *pm_evidence(const struct pm_trend *trend, const struct pm_judgement *judgement,
	char text[PM_EVIDENCE_TEXT])
{
	struct pm_buf out;
	char span[PM_DURATION_TEXT], rate[PM_OBJECTS_RATE_TEXT];

	pm_buf_init_fixed(&out, text, PM_EVIDENCE_TEXT);
	if (judgement->verdict == PM_VERDICT_TOO_SHORT) {
		add_shortness(&out, trend);
	} else if (trend->rose == 0 && trend->fell == 0) {
		pm_buf_printf(
			&out, "did not change in %s", pm_duration_format(span, trend->span_ms));
		add_resized(&out, trend);
		if (judgement->verdict <= PM_VERDICT_PROBABLE)
			add_doubts(&out, trend);
	} else {
		if (in_words[judgement->verdict] != NULL)
			pm_buf_printf(&out, "%s; ", in_words[judgement->verdict]);
		add_steps(&out, trend);
		if (trend->diff.n > 0) {
			pm_buf_add_text(&out, "; ");
			pm_buf_add_text(&out, pm_objects_rate_format(rate, trend->diff.per_hour));
		}
		if (trend->by_size)
			add_sizes(&out, trend);
		if (judgement->verdict <= PM_VERDICT_PROBABLE)
			add_doubts(&out, trend);
	}
	add_frees(&out, trend);
	add_resets(&out, trend);
	return pm_buf_terminate(&out);
}
