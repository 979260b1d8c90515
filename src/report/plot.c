/* SPDX-License-Identifier: MIT */
#include "report/plot.h"

#include <stdlib.h>

static const double ms_per_hour = 3600000;

/* ---- points ---- */

int64_t pm_plot_time(const struct pm_plot *plot, size_t i)
{
	const int64_t from =
		plot->at[i].time_ms < plot->from_ms ? plot->from_ms : plot->at[i].time_ms;
	const int64_t end = plot->at[i].time_ms + (plot->at[i].width_ms - 1);
	const int64_t until = end > plot->until_ms ? plot->until_ms : end;

	return from + (until - from) / 2;
}

bool pm_plot_breaks(const struct pm_plot *plot, size_t i)
{
	const int64_t usual = (plot->until_ms - plot->from_ms) / (int64_t)plot->n;
	const int64_t width = plot->at[i].width_ms;

	return plot->at[i].time_ms - plot->at[i - 1].time_ms > 3 * (usual > width ? usual : width);
}

static void count_cuts(struct pm_plot *plot, const struct pm_course_cut *cuts, size_t n_cuts)
{
	for (size_t i = 0; i < plot->n; i++) {
		const int64_t from = plot->at[i].time_ms, end = from + (plot->at[i].width_ms - 1);

		for (size_t j = 0; j < n_cuts; j++) {
			plot->n_cuts_before[i] += cuts[j].time_ms <= from;
			plot->mixed[i] |= cuts[j].time_ms > from && cuts[j].time_ms <= end;
		}
	}
}

/* ---- lines ---- */

/* The line with the series' slope through the middle of what was sampled from `from` on until
 * `until`; false where that is less than two points. */
static bool lay_line(const struct pm_plot *plot, int64_t from, int64_t until, double per_ms,
	struct pm_plot_line *line)
{
	double n = 0, time = 0, value = 0;
	size_t n_points = 0;

	for (size_t i = 0; i < plot->n; i++) {
		const int64_t at = pm_plot_time(plot, i);

		if (at < from || at > until || plot->mixed[i])
			continue;
		n_points++;
		n += (double)plot->at[i].n;
		time += (double)plot->at[i].n * (double)(at - from);
		value += (double)plot->at[i].n * plot->at[i].mean;
	}
	if (n_points < 2)
		return false;
	*line = (struct pm_plot_line){
		.from_ms = from,
		.until_ms = until,
		.from = value / n - per_ms * (time / n),
		.until = value / n + per_ms * ((double)(until - from) - time / n),
	};
	return true;
}

static void lay_lines(struct pm_plot *plot, const struct pm_trend *trend,
	const struct pm_course_cut *cuts, size_t n_cuts)
{
	int64_t from = plot->from_ms;

	for (size_t i = 0; i <= n_cuts; i++) {
		const int64_t until = i < n_cuts ? cuts[i].time_ms - 1 : plot->until_ms;

		if (i == PM_COURSE_CUTS_MAX) /* more may follow that are not known */
			return;
		if (until > from &&
			lay_line(plot, from, until, trend->bytes.per_hour / ms_per_hour,
				&plot->lines[plot->n_lines]))
			plot->n_lines++;
		from = i < n_cuts ? cuts[i].time_ms : from;
	}
}

/* ---- signs ---- */

static int compare_signs(const void *a, const void *b)
{
	const struct pm_plot_sign *x = a, *y = b;
	int order = x->time_ms < y->time_ms ? -1 : x->time_ms > y->time_ms;

	if (order == 0)
		order = strcmp(x->kind, y->kind);
	return order != 0 ? order : strcmp(x->text, y->text);
}

static void add_sign(struct pm_plot *plot, int64_t time_ms, const char *kind, const char *text)
{
	if (time_ms < plot->from_ms || time_ms > plot->until_ms)
		return;
	if (plot->n_signs == PM_PLOT_SIGNS_MAX)
		plot->n_signs_left_out++;
	else
		plot->signs[plot->n_signs++] = (struct pm_plot_sign){time_ms, kind, text};
}

/* Recordings that begin or end at the edges of the plot are no news, nor is a rotated file. */
static bool is_shown(const struct pm_plot *plot, enum pm_moment_kind kind, int64_t time_ms)
{
	if (kind == PM_MOMENT_START)
		return false;
	return kind != PM_MOMENT_STOP || time_ms < plot->until_ms;
}

static void add_signs(struct pm_plot *plot, const struct pm_trends *trends,
	const struct pm_trend *trend, const struct pm_course_cut *cuts, size_t n_cuts)
{
	/* what matters most first: there may be no room for all */
	static const enum pm_moment_kind kinds[] = {PM_MOMENT_BOOT, PM_MOMENT_MARK, PM_MOMENT_GAP,
		PM_MOMENT_STOP, PM_MOMENT_SOURCE_ERROR, PM_MOMENT_RESUME, PM_MOMENT_CLOCK_STEP,
		PM_MOMENT_COMMAND};

	for (size_t i = 0; i < n_cuts; i++) {
		if (!cuts[i].boot)
			add_sign(plot, cuts[i].time_ms, "reset", "counters started again");
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (size_t i = 0; i < pm_trends_n_moments_kept(trends, kinds[k]); i++) {
			const struct pm_moment moment = pm_trends_moment(trends, kinds[k], i);

			if (moment.origin->host == trend->origin->host &&
				is_shown(plot, kinds[k], moment.time_ms))
				add_sign(plot, moment.time_ms, pm_moment_name(kinds[k]),
					moment.text);
		}
	}
	qsort(plot->signs, plot->n_signs, sizeof(plot->signs[0]), compare_signs);
}

/* ---- all of it ---- */

bool pm_plot_of_row(const struct pm_doc *doc, size_t row, struct pm_plot *plot)
{
	struct pm_course_cut cuts[PM_COURSE_CUTS_MAX];
	struct pm_trend trend;
	size_t i, n_cuts;

	if (doc->plotted == NULL)
		return false;
	i = doc->plotted[row];
	n_cuts = pm_trends_cuts(doc->trends, i, cuts);
	memset(plot, 0, sizeof(*plot));
	plot->field = &pm_finding_fields[PM_FINDING_LAST_BYTES];
	plot->n = pm_trends_course(doc->trends, i, plot->at);
	if (plot->n == 0)
		return false;
	pm_trends_at(doc->trends, i, &trend);
	plot->min = (double)trend.bytes.min;
	plot->max = (double)trend.bytes.max;
	/* the clock may have been set back: then the first row is not the earliest */
	plot->from_ms = plot->at[0].time_ms;
	plot->until_ms = plot->at[plot->n - 1].time_ms + (plot->at[plot->n - 1].width_ms - 1);
	if (trend.first_ms > plot->from_ms && trend.first_ms - plot->from_ms < plot->at[0].width_ms)
		plot->from_ms = trend.first_ms;
	if (trend.last_ms < plot->until_ms && plot->until_ms - trend.last_ms < plot->at[0].width_ms)
		plot->until_ms = trend.last_ms;
	if (plot->until_ms <= plot->from_ms)
		plot->until_ms = plot->from_ms + 1;
	count_cuts(plot, cuts, n_cuts);
	lay_lines(plot, &trend, cuts, n_cuts);
	add_signs(plot, doc->trends, &trend, cuts, n_cuts);
	return true;
}

/* ---- in one line of text ---- */

enum { N_LEVELS = 8, COLUMNS_MAX = PM_COURSE_MAX };

static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char ascii_bars[] = "_.,-~=+#";

void pm_plot_put_bars(struct pm_buf *out, const struct pm_plot *plot, size_t columns, bool ascii)
{
	double sums[COLUMNS_MAX] = {0}, n[COLUMNS_MAX] = {0};
	const double span = (double)(plot->until_ms - plot->from_ms) + 1;
	double least = plot->at[0].mean, most = least;

	if (columns > COLUMNS_MAX)
		columns = COLUMNS_MAX;
	if (columns > plot->n)
		columns = plot->n;
	for (size_t i = 0; i < plot->n; i++) {
		const double share = (double)(pm_plot_time(plot, i) - plot->from_ms) / span;
		/* with a point for each column there is no need to leave any empty */
		const size_t column = columns == plot->n ? i : (size_t)(share * (double)columns);

		sums[column] += plot->at[i].mean;
		n[column]++;
	}
	for (size_t i = 0; i < columns; i++) {
		if (n[i] > 0) {
			sums[i] /= n[i];
			least = sums[i] < least || i == 0 ? sums[i] : least;
			most = sums[i] > most || i == 0 ? sums[i] : most;
		}
	}
	for (size_t i = 0; i < columns; i++) {
		const double share = most > least ? (sums[i] - least) / (most - least) : 0;
		const int level = (int)(share * (N_LEVELS - 1) + 0.5);

		if (n[i] == 0)
			pm_buf_add_char(out, ' ');
		else if (ascii)
			pm_buf_add_char(out, ascii_bars[level]);
		else
			pm_buf_add_text(out, bars[level]);
	}
}
