/* SPDX-License-Identifier: MIT */
/* How it was measured and judged, and what a report does not show. */
#include "report/build.h"

static void add(struct pm_build *build, const char **list, int *n, const struct pm_buf *text)
{
	const char *copy = pm_arena_copy(&build->doc->arena, text->at, text->n);

	build->failed |= text->failed || copy == NULL;
	if (copy != NULL && *n < PM_SENTENCES_MAX)
		list[(*n)++] = copy;
}

/* ---- method ---- */

void pm_say_method(struct pm_build *build)
{
	static const struct {
		const char *name, *what;
	} verdicts[PM_N_VERDICTS] = {
#define ENTRY(id, name, what) {name, what},
		PM_VERDICTS(ENTRY)
#undef ENTRY
	};
	static const char *const sentences[] = {
		"At each snapshot the outstanding bytes and objects of every allocation tag were read "
		"from the kernel's own counts.",
		"Each tag is judged on its own by its whole course; where its counters start again, at "
		"a reboot or when a driver is loaded anew, the course is cut, and nothing is compared "
		"across the cut.",
		"Rates are least-squares slopes over the monotonic clock, which does not jump when the "
		"clock is set.",
		"Seven tests take from the evidence for a leak: whether it grows at a given rate of "
		"allocations, outgrows that rate, grows between steps, goes on rather than levels off, "
		"is higher the later it is, keeps what it grew by, and grows in the end as in the "
		"beginning.",
		"The score is the share of findings with as much evidence left that are leaks, from 0 to "
		"1; growth that stops with the load that causes it is no leak, so the load should have "
		"come and gone while it was recorded.",
	};
	struct pm_doc *doc = build->doc;
	struct pm_buf text = {0};

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		doc->method[doc->n_method++] = sentences[i];
	pm_buf_add_text(&text, "Verdicts: ");
	for (int i = 0; i < PM_N_VERDICTS; i++)
		pm_buf_printf(
			&text, "%s%s (%s)", i == 0 ? "" : ", ", verdicts[i].name, verdicts[i].what);
	pm_buf_add_char(&text, '.');
	add(build, doc->method, &doc->n_method, &text);
	pm_buf_deinit(&text);
}

/* ---- limits ---- */

static void say(struct pm_build *build, uint64_t n, const char *one, const char *many)
{
	struct pm_buf text = {0};

	if (n == 0)
		return;
	pm_buf_printf(&text, "%llu %s", (unsigned long long)n, n == 1 ? one : many);
	add(build, build->doc->limits, &build->doc->n_limits, &text);
	pm_buf_deinit(&text);
}

static uint64_t count_moments_left_out(const struct pm_trends *trends)
{
	uint64_t n = 0;

	for (int kind = 0; kind < PM_N_MOMENTS; kind++)
		n += pm_trends_n_moments(trends, kind) - pm_trends_n_moments_kept(trends, kind);
	return n;
}

/* Whose times are assumed: the first few by name. */
static void say_times(struct pm_build *build)
{
	enum { NAMED = 2 };
	const struct pm_inputs *inputs = build->data->inputs;
	struct pm_error err;
	uint64_t n = 0;

	for (size_t i = 0; i < pm_inputs_count(inputs); i++) {
		struct pm_buf text = {0};

		if (!pm_inputs_explain_times(inputs, i, &err) || n++ >= NAMED)
			continue;
		pm_buf_printf(&text, "%s %s.", err.file, err.message);
		add(build, build->doc->limits, &build->doc->n_limits, &text);
		pm_buf_deinit(&text);
	}
	if (n > NAMED)
		say(build, n - NAMED, "more log tells no times.", "more logs tell no times.");
}

void pm_say_limits(struct pm_build *build)
{
	const struct pm_report_data *data = build->data;
	const struct pm_read_counts *counts = &data->scan->counts;
	const struct pm_event_counts events = pm_trends_events(data->trends);

	if (build->options->kind == PM_REPORT_LEAKS && build->options->top != 0 &&
		data->findings->n > build->options->top)
		say(build, data->findings->n - build->options->top,
			"tag that ranks lower is not shown.",
			"tags that rank lower are not shown.");
	say(build, counts->filtered, "row was left out, as the options say.",
		"rows were left out, as the options say.");
	say(build, pm_inputs_n_skipped(data->inputs), "file was left out.", "files were left out.");
	say_times(build);
	say(build, pm_rejects_total(&counts->rejects), "line could not be read.",
		"lines could not be read.");
	say(build, counts->duplicates, "row was there twice and counts once.",
		"rows were there twice and count once.");
	say(build, events.missed, "snapshot is missing: it could not be taken or written.",
		"snapshots are missing: they could not be taken or written.");
	say(build, events.source_errors, "failure to sample was recorded.",
		"failures to sample were recorded.");
	say(build, count_moments_left_out(data->trends), "event is not listed.",
		"events are not listed.");
}
