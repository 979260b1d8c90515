/* SPDX-License-Identifier: MIT */
/*
 * A plot as SVG. It is as wide as there is room, and its texts and lines keep their size: across,
 * all is placed in per cent; curves are in an inner image that is stretched.
 */
#include "base/when.h"
#include "report/html.h"

#include <math.h>

enum { TOP = 18, BOTTOM = 186, HEIGHT = 208, UNITS = 10000, TICKS_MAX = 4, LISTED_MAX = 6 };

#define DAY_MS INT64_C(86400000)

struct frame {
	const struct pm_plot *plot;
	double low, high; /* values at the bottom and at the top */
};

static double share_of_time(const struct frame *frame, int64_t time_ms)
{
	return (double)(time_ms - frame->plot->from_ms) /
		(double)(frame->plot->until_ms - frame->plot->from_ms);
}

static int rounded(double value)
{
	const double most = 100 * (double)UNITS; /* what is further out is not seen anyway */

	return (int)floor((value > most ? most : value < -most ? -most : value) + 0.5);
}

/* In units of the inner image. */
static int x_of(const struct frame *frame, int64_t time_ms)
{
	return rounded(share_of_time(frame, time_ms) * UNITS);
}

static double share_of_value(const struct frame *frame, double value)
{
	return (frame->high - value) / (frame->high - frame->low);
}

static int y_of(const struct frame *frame, double value)
{
	return rounded(share_of_value(frame, value) * UNITS);
}

static struct frame frame_of(const struct pm_plot *plot)
{
	struct frame frame = {plot, plot->min, plot->max};
	double margin;

	if (frame.low < frame.high / 2 || frame.low >= frame.high)
		frame.low = 0; /* near enough to be shown */
	if (frame.high <= 0)
		frame.high = 1;
	margin = (frame.high - frame.low) * 0.06;
	frame.high += margin;
	if (frame.low > 0)
		frame.low = frame.low > margin ? frame.low - margin : 0;
	return frame;
}

/* ---- axes ---- */

static void put_value(struct pm_buf *out, const struct pm_plot *plot, double value)
{
	const struct pm_cell cell = {
		.set = true,
		.as.u = value >= 18446744073709549568.0 ? UINT64_MAX : (uint64_t)(value + 0.5),
	};

	pm_cell_put_text(out, plot->field, &cell);
}

static double value_step(const struct frame *frame)
{
	double step = 1;

	while ((frame->high - frame->low) / step > TICKS_MAX)
		step *= 2;
	return step;
}

static void put_grid(struct pm_buf *out, const struct frame *frame)
{
	const double step = value_step(frame);

	for (double at = ceil(frame->low / step) * step; at < frame->high; at += step) {
		const int y = TOP + rounded(share_of_value(frame, at) * (BOTTOM - TOP));

		pm_buf_printf(out,
			"<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>\n", y, y);
	}
}

/* Labels above their lines, over the curves, and none where it would run into the signs' numbers. */
static void put_value_axis(struct pm_buf *out, const struct frame *frame)
{
	const double step = value_step(frame);

	for (double at = ceil(frame->low / step) * step; at < frame->high; at += step) {
		const int y = TOP + rounded(share_of_value(frame, at) * (BOTTOM - TOP));

		if (y < TOP + 10)
			continue;
		pm_buf_printf(out, "<text class=\"tick\" x=\"2\" y=\"%d\">", y - 4);
		put_value(out, frame->plot, at);
		pm_buf_add_text(out, "</text>\n");
	}
}

static int64_t time_step(int64_t span_ms)
{
	static const int64_t seconds[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600,
		7200, 10800, 21600, 43200, 86400, 2 * 86400, 7 * 86400, 14 * 86400, 30 * 86400,
		91 * 86400, 182 * 86400, 365 * 86400};
	const size_t n = sizeof(seconds) / sizeof(seconds[0]);
	int64_t step = seconds[n - 1] * 1000;

	if (span_ms < TICKS_MAX * 1000)
		return span_ms / TICKS_MAX + 1;
	for (size_t i = 0; i < n; i++) {
		if (span_ms / (seconds[i] * 1000) <= TICKS_MAX)
			return seconds[i] * 1000;
	}
	while (span_ms / step > TICKS_MAX)
		step *= 2;
	return step;
}

/* "2026-11-22 02:58:24.803", or the part of it that tells one tick from another. */
static struct pm_span tick_time(
	char text[PM_TIME_TEXT], int64_t time_ms, int64_t step_ms, bool days_differ)
{
	pm_time_format(text, time_ms, ' ');
	if (step_ms >= DAY_MS)
		return (struct pm_span){text, 10};
	if (days_differ)
		return (struct pm_span){text + 5, 11};
	return (struct pm_span){text + 11, step_ms % 60000 == 0 ? 5 : step_ms % 1000 == 0 ? 8 : 12};
}

/* The width that texts take at most, where the plot is as narrow as on a phone. */
static double share_of_text(size_t n_characters)
{
	return 0.021 * (double)n_characters;
}

/* What is written near an edge must not go over it. */
static const char *anchor_of(double share, double width)
{
	return share < width / 2 ? "start" : share > 1 - width / 2 ? "end" : "middle";
}

static void put_across(struct pm_buf *out, const char *name, double share)
{
	const int hundredths = rounded(share * 10000);

	pm_buf_printf(out, " %s=\"%d.%02d%%\"", name, hundredths / 100, hundredths % 100);
}

static void put_time_axis(struct pm_buf *out, const struct frame *frame)
{
	const struct pm_plot *plot = frame->plot;
	const int64_t step = time_step(plot->until_ms - plot->from_ms);
	const bool days_differ = plot->from_ms / DAY_MS != plot->until_ms / DAY_MS;
	double written = 0; /* up to where */

	pm_buf_printf(out, "<line class=\"axis\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>\n",
		BOTTOM, BOTTOM);
	for (int64_t at = (plot->from_ms + step - 1) / step * step; at <= plot->until_ms;
		at += step) {
		const double share = share_of_time(frame, at);
		char time[PM_TIME_TEXT];
		const struct pm_span text = tick_time(time, at, step, days_differ);
		const double width = share_of_text(text.n);
		const double middle = share < width / 2 ? width / 2
			: share > 1 - width / 2         ? 1 - width / 2
							: share;

		pm_buf_add_text(out, "<line class=\"axis\"");
		put_across(out, "x1", share);
		put_across(out, "x2", share);
		pm_buf_printf(out, " y1=\"%d\" y2=\"%d\"/>\n", BOTTOM, BOTTOM + 4);
		if (middle - width / 2 < written)
			continue;
		written = middle + width / 2 + share_of_text(1);
		pm_buf_printf(
			out, "<text class=\"tick\" text-anchor=\"%s\"", anchor_of(share, width));
		put_across(out, "x", share);
		pm_buf_printf(out, " y=\"%d\">", HEIGHT - 6);
		pm_buf_add(out, text.at, text.n);
		pm_buf_add_text(out, "</text>\n");
	}
}

/* ---- curves ---- */

/* The end (past the last) of the points from i on that the band joins. */
static size_t end_of_band(const struct pm_plot *plot, size_t i)
{
	for (i++; i < plot->n && !pm_plot_breaks(plot, i);)
		i++;
	return i;
}

/* The same for the means, which say nothing where counters started again. */
static size_t end_of_means(const struct pm_plot *plot, size_t from)
{
	size_t i = from + 1;

	while (i < plot->n && !pm_plot_breaks(plot, i) && !plot->mixed[i] && !plot->mixed[from] &&
		plot->n_cuts_before[i] == plot->n_cuts_before[from])
		i++;
	return i;
}

static void put_band(struct pm_buf *out, const struct frame *frame, size_t from, size_t end)
{
	const struct pm_plot *plot = frame->plot;

	pm_buf_add_text(out, "<path class=\"band\" d=\"");
	for (size_t i = from; i < end; i++)
		pm_buf_printf(out, "%c%d %d", i == from ? 'M' : 'L',
			x_of(frame, pm_plot_time(plot, i)), y_of(frame, (double)plot->at[i].max));
	for (size_t i = end; i-- > from;)
		pm_buf_printf(out, "L%d %d", x_of(frame, pm_plot_time(plot, i)),
			y_of(frame, (double)plot->at[i].min));
	pm_buf_add_text(out, "Z\"/>\n");
}

static void put_means(struct pm_buf *out, const struct frame *frame, size_t from, size_t end)
{
	const struct pm_plot *plot = frame->plot;

	pm_buf_add_text(out, "<path class=\"mean\" d=\"");
	for (size_t i = from; i < end; i++)
		pm_buf_printf(out, "%c%d %d", i == from ? 'M' : 'L',
			x_of(frame, pm_plot_time(plot, i)), y_of(frame, plot->at[i].mean));
	if (end == from + 1) /* a point: a line of no length, with round ends */
		pm_buf_add_text(out, "h0");
	pm_buf_add_text(out, "\"/>\n");
}

static void put_curves(struct pm_buf *out, const struct frame *frame)
{
	const struct pm_plot *plot = frame->plot;

	pm_buf_printf(out,
		"<svg x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\" "
		"preserveAspectRatio=\"none\">\n",
		TOP, BOTTOM - TOP, UNITS, UNITS);
	for (size_t i = 0; i < plot->n; i = end_of_band(plot, i))
		put_band(out, frame, i, end_of_band(plot, i));
	for (size_t i = 0; i < plot->n_lines; i++) {
		const struct pm_plot_line *line = &plot->lines[i];

		pm_buf_printf(out, "<path class=\"trend\" d=\"M%d %dL%d %d\"/>\n",
			x_of(frame, line->from_ms), y_of(frame, line->from),
			x_of(frame, line->until_ms), y_of(frame, line->until));
	}
	for (size_t i = 0; i < plot->n; i = end_of_means(plot, i)) {
		if (!plot->mixed[i])
			put_means(out, frame, i, end_of_means(plot, i));
	}
	pm_buf_add_text(out, "</svg>\n");
}

/* ---- signs ---- */

static void put_visible(struct pm_buf *out, const char *text)
{
	struct pm_buf visible = {0};

	pm_buf_add_visible(&visible, text, strlen(text));
	pm_html_put(out, pm_buf_terminate(&visible));
	out->failed |= visible.failed;
	pm_buf_deinit(&visible);
}

static void put_sign_text(struct pm_buf *out, const struct pm_plot_sign *sign)
{
	char time[PM_TIME_TEXT];

	pm_buf_add(out, time, pm_time_format(time, sign->time_ms, ' ') - 4);
	pm_buf_printf(out, " %s", sign->kind);
	if (sign->text[0] != '\0') {
		pm_buf_add_text(out, ": ");
		put_visible(out, sign->text);
	}
}

static void put_signs(struct pm_buf *out, const struct frame *frame)
{
	const struct pm_plot *plot = frame->plot;
	double written = -1; /* where the last number stands */

	for (size_t i = 0; i < plot->n_signs; i++) {
		const double share = share_of_time(frame, plot->signs[i].time_ms);

		pm_buf_printf(out, "<g class=\"sign %s\"><title>", plot->signs[i].kind);
		put_sign_text(out, &plot->signs[i]);
		pm_buf_add_text(out, "</title><line");
		put_across(out, "x1", share);
		put_across(out, "x2", share);
		pm_buf_printf(out, " y1=\"%d\" y2=\"%d\"/>", TOP - 3, BOTTOM);
		if (share - written >= share_of_text(4)) {
			written = share;
			pm_buf_printf(out, "<text text-anchor=\"%s\"",
				anchor_of(share, share_of_text(2)));
			put_across(out, "x", share);
			pm_buf_printf(out, " y=\"%d\">%zu</text>", TOP - 6, i + 1);
		}
		pm_buf_add_text(out, "</g>\n");
	}
}

static void list_some(struct pm_buf *out, const struct pm_plot *plot, size_t from, size_t end)
{
	pm_buf_printf(out, "<ol class=\"signs\" start=\"%zu\">\n", from + 1);
	for (size_t i = from; i < end; i++) {
		pm_buf_printf(out, "<li class=\"sign %s\">", plot->signs[i].kind);
		put_sign_text(out, &plot->signs[i]);
		pm_buf_add_text(out, "</li>\n");
	}
	pm_buf_add_text(out, "</ol>\n");
}

static void list_signs(struct pm_buf *out, const struct pm_plot *plot)
{
	const size_t n = plot->n_signs <= LISTED_MAX + 1 ? plot->n_signs : LISTED_MAX;

	if (plot->n_signs == 0)
		return;
	list_some(out, plot, 0, n);
	if (plot->n_signs > n) {
		pm_buf_printf(out, "<details><summary>%zu more events</summary>\n",
			plot->n_signs - n + plot->n_signs_left_out);
		list_some(out, plot, n, plot->n_signs);
		if (plot->n_signs_left_out > 0)
			pm_buf_printf(out, "<p class=\"muted\">and %zu that are not listed</p>\n",
				plot->n_signs_left_out);
		pm_buf_add_text(out, "</details>\n");
	}
}

/* ---- all of it ---- */

static void put_description(struct pm_buf *out, const struct pm_plot *plot)
{
	char time[PM_TIME_TEXT];

	pm_buf_add_text(out, "Means from ");
	put_value(out, plot, plot->at[0].mean);
	pm_buf_add_text(out, " at ");
	pm_buf_add(out, time, pm_time_format(time, plot->from_ms, ' ') - 4);
	pm_buf_add_text(out, " to ");
	put_value(out, plot, plot->at[plot->n - 1].mean);
	pm_buf_add_text(out, " at ");
	pm_buf_add(out, time, pm_time_format(time, plot->until_ms, ' ') - 4);
	pm_buf_add_text(out, " UTC; least ");
	put_value(out, plot, plot->min);
	pm_buf_add_text(out, ", most ");
	put_value(out, plot, plot->max);
	pm_buf_add_char(out, '.');
}

void pm_html_put_plot(struct pm_buf *out, const struct pm_plot *plot, size_t number)
{
	const struct frame frame = frame_of(plot);
	char time[PM_TIME_TEXT];

	pm_buf_printf(out,
		"<figure>\n<svg class=\"plot%s\" role=\"img\" aria-labelledby=\"t%zu d%zu\" width=\"100%%\" "
		"height=\"%d\">\n<title id=\"t%zu\">Bytes over time</title>\n<desc id=\"d%zu\">",
		plot->n_signs > LISTED_MAX ? " many" : "", number, number, HEIGHT, number, number);
	put_description(out, plot);
	pm_buf_add_text(out, "</desc>\n");
	put_grid(out, &frame);
	put_curves(out, &frame);
	put_signs(out, &frame);
	put_value_axis(out, &frame);
	put_time_axis(out, &frame);
	pm_buf_add_text(out,
		"</svg>\n<figcaption><span class=\"key mean\">mean</span> "
		"<span class=\"key band\">least to most</span> "
		"<span class=\"key trend\">least squares</span> <span class=\"when\">");
	pm_buf_add(out, time, pm_time_format(time, plot->from_ms, ' ') - 4);
	pm_buf_add_text(out, " to ");
	pm_time_format(time, plot->until_ms, ' ');
	if (plot->until_ms / DAY_MS == plot->from_ms / DAY_MS)
		pm_buf_add(out, time + 11, 8);
	else
		pm_buf_add(out, time, 19);
	pm_buf_add_text(out, " UTC</span></figcaption>\n");
	list_signs(out, plot);
	pm_buf_add_text(out, "</figure>\n");
}
