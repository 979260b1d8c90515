/* SPDX-License-Identifier: MIT */
/* Growth held against work: per unit, from cycle to cycle, and after the load stopped. */
#include "report/cells.h"

#include "base/when.h"

static void add_part(struct pm_buf *text)
{
	pm_buf_add_text(text, text->n > 0 ? "; " : "");
}

/* Three digits, or all before the point up to a billion. */
static void add_number(struct pm_buf *text, double number)
{
	const double size = number < 0 ? -number : number;

	pm_buf_printf(text, size >= 999.5 && size < 1e9 ? "%.0f" : "%.3g", number);
}

/* "+50 objects", or "+3.1 KiB" where objects are not known. */
static void add_amount(struct pm_buf *text, bool objects, double diff, double bytes)
{
	const double size = bytes < 0 ? -bytes : bytes;
	char formatted[PM_SIZE_TEXT];

	if (objects) {
		pm_buf_add_text(text, diff > 0 ? "+" : "");
		add_number(text, diff);
		pm_buf_add_text(text, diff == 1 || diff == -1 ? " object" : " objects");
	} else if (size < 10) {
		pm_buf_printf(text, "%+.3g bytes", bytes);
	} else {
		pm_buf_add_text(text, bytes < 0 ? "-" : "+");
		pm_buf_add_text(text, pm_size_format(formatted, pm_size_of_real(size + 0.5)));
	}
}

/* What counted the units, as the user wrote it, but for control characters. */
static void add_what(struct pm_buf *text, const struct pm_units *units)
{
	const char *what = pm_units_what(units), *mark = pm_units_mark(what);

	if (mark == NULL) {
		pm_buf_add_visible(text, what, strlen(what));
	} else if (mark[0] == '\0') {
		pm_buf_add_text(text, "any mark");
	} else {
		pm_buf_add_text(text, "mark ");
		pm_buf_add_visible(text, mark, strlen(mark));
	}
}

static void fill_units(struct pm_build *build, struct pm_cell *row, size_t i, struct pm_buf *text)
{
	const struct pm_units *units = build->data->units;
	const struct pm_per_unit per = pm_units_per(units, i);

	if (per.units == 0 || (!per.has_diff && !per.has_bytes))
		return;
	set_u64(&row[PM_FINDING_UNITS], per.units);
	if (per.has_diff)
		set_real(&row[PM_FINDING_PER_UNIT_DIFF], per.diff);
	if (per.has_bytes)
		set_real(&row[PM_FINDING_PER_UNIT_BYTES], per.bytes);
	add_part(text);
	add_amount(text, per.has_diff, per.diff, per.bytes);
	pm_buf_add_text(text, " per unit (");
	add_what(text, units);
	pm_buf_printf(text, ": %llu unit%s", (unsigned long long)per.units, plural(per.units));
	if (per.bounded) {
		set_real(&row[PM_FINDING_PER_UNIT_LOW], per.low);
		set_real(&row[PM_FINDING_PER_UNIT_HIGH], per.high);
		pm_buf_add_text(text, "; by its slope ");
		add_number(text, per.low);
		pm_buf_add_text(text, " to ");
		add_number(text, per.high);
	}
	pm_buf_add_char(text, ')');
}

static void fill_cycles(struct pm_cell *row, const struct pm_cycles *cycles, struct pm_buf *text)
{
	if (cycles->n == 0)
		return;
	set_u64(&row[PM_FINDING_CYCLES], cycles->n);
	if (cycles->n < 2)
		return;
	set_u64(&row[PM_FINDING_ROSE_IN_CYCLES], cycles->rose);
	if (cycles->has_diff)
		set_real(&row[PM_FINDING_PER_CYCLE_DIFF], cycles->diff);
	if (cycles->has_bytes)
		set_real(&row[PM_FINDING_PER_CYCLE_BYTES], cycles->bytes);
	add_part(text);
	pm_buf_printf(text, "higher after %llu of %llu cycles, ", (unsigned long long)cycles->rose,
		(unsigned long long)(cycles->n - 1));
	add_amount(text, cycles->has_diff, cycles->diff, cycles->bytes);
	pm_buf_add_text(text, " a cycle");
}

static void fill_quiet(struct pm_cell *row, const struct pm_quiet *quiet, struct pm_buf *text)
{
	const double kept = quiet->kept_share;

	if (quiet->has_bytes)
		set_i64(&row[PM_FINDING_QUIET_FREED], quiet->freed_bytes);
	if (!quiet->grew)
		return;
	set_real(&row[PM_FINDING_QUIET_KEPT], kept);
	add_part(text);
	pm_buf_add_text(text, "after the load stopped ");
	if (kept <= 0)
		pm_buf_add_text(text, "all of the growth was freed");
	else if (kept <= 1)
		pm_buf_printf(text, "%.3g %% of the growth stayed", 100 * kept);
	else
		pm_buf_printf(text, "it grew further, to %.3g %% of that", 100 * kept);
}

void pm_fill_work(
	struct pm_build *build, struct pm_cell *row, size_t i, const struct pm_trend *trend)
{
	struct pm_buf text = {0};

	if (build->data->units != NULL)
		fill_units(build, row, i, &text);
	fill_cycles(row, &trend->cycles, &text);
	fill_quiet(row, &trend->quiet, &text);
	if (text.n > 0)
		set_text(build, &row[PM_FINDING_WORK], pm_buf_terminate(&text));
	build->failed |= text.failed;
	pm_buf_deinit(&text);
}

void pm_say_units(struct pm_build *build)
{
	const struct pm_units *units = build->data->units;
	struct pm_buf text = {0};

	if (units == NULL)
		return;
	pm_buf_printf(&text, "Work: %llu unit%s (", (unsigned long long)pm_units_count(units),
		plural(pm_units_count(units)));
	pm_buf_add_text(
		&text, pm_units_mark(pm_units_what(units)) == NULL ? "allocations of " : "");
	add_what(&text, units);
	pm_buf_add_text(&text, ").");
	add_sentence(build, &text);
}
