/* SPDX-License-Identifier: MIT */
/* The evidence in words, one line. */
#include <poolmon/findings.h>

#include "base/buf.h"
#include "base/when.h"

static void add_steps(struct pm_buf *text, const struct pm_trend *trend)
{
	if (trend->steps == 0)
		return;
	pm_buf_printf(text, "rose in %llu of %llu steps", (unsigned long long)trend->rose,
		(unsigned long long)trend->steps);
	if (trend->fell == 0)
		pm_buf_add_text(text, " and never fell");
	else
		pm_buf_printf(text, ", fell in %llu", (unsigned long long)trend->fell);
}

/* per hour -> per second, minute or hour, whichever reads well */
static void add_rate(struct pm_buf *text, double per_hour)
{
	const double size = per_hour < 0 ? -per_hour : per_hour;

	if (size >= 3600)
		pm_buf_printf(text, "%+.3g objects/s", per_hour / 3600);
	else if (size >= 60)
		pm_buf_printf(text, "%+.3g objects/min", per_hour / 60);
	else
		pm_buf_printf(text, "%+.3g objects/h", per_hour);
}

static void add_frees(struct pm_buf *text, const struct pm_trend *trend)
{
	if (!trend->counted || trend->allocs == 0)
		return;
	pm_buf_printf(text, "; %llu frees for %llu allocations (%.3f)",
		(unsigned long long)trend->frees, (unsigned long long)trend->allocs,
		(double)trend->frees / (double)trend->allocs);
}

static void add_resets(struct pm_buf *text, const struct pm_trend *trend)
{
	if (trend->epochs > 1)
		pm_buf_printf(text, "; counters started again %llu time%s",
			(unsigned long long)(trend->epochs - 1), trend->epochs == 2 ? "" : "s");
}

const char *pm_evidence(const struct pm_trend *trend, const struct pm_judgement *judgement,
	char text[PM_EVIDENCE_TEXT])
{
	struct pm_buf out;
	char span[PM_DURATION_TEXT];

	pm_buf_init_fixed(&out, text, PM_EVIDENCE_TEXT);
	if (judgement->verdict == PM_VERDICT_TOO_SHORT) {
		pm_buf_printf(&out, "%llu sample%s only", (unsigned long long)trend->samples,
			trend->samples == 1 ? "" : "s");
	} else if (trend->rose == 0 && trend->fell == 0) {
		pm_buf_printf(
			&out, "did not change in %s", pm_duration_format(span, trend->span_ms));
	} else {
		add_steps(&out, trend);
		if (trend->diff.n > 0) {
			pm_buf_add_text(&out, "; ");
			add_rate(&out, trend->diff.per_hour);
		}
		pm_buf_printf(&out, "; a straight line explains %.1f %%",
			100 * (trend->bytes.n > 0 ? trend->bytes.r_squared : trend->diff.r_squared));
	}
	add_frees(&out, trend);
	add_resets(&out, trend);
	return pm_buf_terminate(&out);
}
