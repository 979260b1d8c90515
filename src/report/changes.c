/* SPDX-License-Identifier: MIT */
/* Why a change has its verdict, in words. */
#include "base/when.h"
#include "report/build.h"

static void put_rate(struct pm_buf *out, double per_hour, bool objects)
{
	static const struct pm_field *const field = &pm_change_fields[PM_CHANGES_AFTER];
	const struct pm_cell cell = {.set = true, .as.r = per_hour};
	char text[PM_OBJECTS_RATE_TEXT];

	if (objects)
		pm_buf_add_text(out, pm_objects_rate_format(text, per_hour));
	else
		pm_cell_put_text(out, field, &cell);
}

/* The rate and its interval. */
static void put_rate_of(struct pm_buf *out, const struct pm_change *change, enum pm_side side)
{
	const struct pm_standing *standing = &change->side[side];
	const struct pm_rate *rate = change->by_objects ? &standing->diff : &standing->bytes;

	if (rate->n == 0) {
		pm_buf_printf(out, "%llu sample%s only", (unsigned long long)standing->samples,
			standing->samples == 1 ? "" : "s");
		return;
	}
	put_rate(out, rate->per_hour, change->by_objects);
	pm_buf_add_text(out, " (");
	put_rate(out, rate->low, change->by_objects);
	pm_buf_add_text(out, " to ");
	put_rate(out, rate->high, change->by_objects);
	pm_buf_add_char(out, ')');
}

/* Objects of the later side, where bytes are compared. */
static void put_objects(struct pm_buf *out, const struct pm_change *change)
{
	const struct pm_standing *standing =
		&change->side[change->side[PM_AFTER].n_series > 0 ? PM_AFTER : PM_BEFORE];

	if (change->by_objects || standing->diff.n == 0)
		return;
	pm_buf_add_text(out, "; ");
	put_rate(out, standing->diff.per_hour, true);
}

static void put_held(struct pm_buf *out, const struct pm_standing *standing, const char *verb)
{
	char size[PM_SIZE_TEXT];

	if (standing->n_bytes > 0)
		pm_buf_printf(out, "; %s %s", verb, pm_size_format(size, standing->last_bytes));
	else if (standing->n_diff > 0)
		pm_buf_printf(out, "; %s %llu object%s", verb,
			(unsigned long long)standing->last_diff,
			standing->last_diff == 1 ? "" : "s");
}

static const struct pm_rate *compared(const struct pm_change *change, enum pm_side side)
{
	return change->by_objects ? &change->side[side].diff : &change->side[side].bytes;
}

/* How many of how many hosts grow, where there are several. */
static void put_hosts(
	struct pm_buf *out, const struct pm_diff *diff, const struct pm_change *change)
{
	const struct pm_rate *before = compared(change, PM_BEFORE);
	const struct pm_rate *after = compared(change, PM_AFTER);
	const char *hosts = diff->hosts_repeat ? "recordings" : "hosts";

	if (diff->n_series[PM_BEFORE] <= 1 && diff->n_series[PM_AFTER] <= 1)
		return;
	if (after->n > 0)
		pm_buf_printf(out, "; %zu of %zu %s grow", after->n_growing, after->n, hosts);
	if (after->n > 0 && before->n > 0)
		pm_buf_printf(out, ", %zu of %zu before", before->n_growing, before->n);
	else if (before->n > 0)
		pm_buf_printf(out, "; %zu of %zu %s grew", before->n_growing, before->n, hosts);
	if (after->i_squared >= 0.75)
		pm_buf_printf(
			out, "; they differ by more than chance (%.0f %%)", 100 * after->i_squared);
}

static bool has_allocs(const struct pm_standing *standing)
{
	return standing->counted && standing->allocs > 0;
}

static double frees_per_alloc(const struct pm_standing *standing)
{
	return (double)standing->frees / (double)standing->allocs;
}

static void put_frees(struct pm_buf *out, const struct pm_change *change)
{
	const struct pm_standing *before = &change->side[PM_BEFORE];
	const struct pm_standing *after = &change->side[PM_AFTER];

	if (has_allocs(after))
		pm_buf_printf(out, "; %.3f frees per allocation", frees_per_alloc(after));
	if (has_allocs(after) && has_allocs(before))
		pm_buf_printf(out, ", %.3f before", frees_per_alloc(before));
}

void pm_change_explain(
	struct pm_buf *out, const struct pm_diff *diff, const struct pm_change *change)
{
	const struct pm_standing *before = &change->side[PM_BEFORE];
	const struct pm_standing *after = &change->side[PM_AFTER];

	if (before->n_series == 0) {
		pm_buf_add_text(out, "was not there before; ");
		put_rate_of(out, change, PM_AFTER);
		put_held(out, after, "holds");
	} else if (after->n_series == 0) {
		pm_buf_add_text(out, "is there no more; ");
		put_rate_of(out, change, PM_BEFORE);
		put_held(out, before, "held");
	} else {
		put_rate_of(out, change, PM_AFTER);
		pm_buf_add_text(out, " after, ");
		put_rate_of(out, change, PM_BEFORE);
		pm_buf_add_text(out, " before");
	}
	if (change->tested && change->q < 0.001)
		pm_buf_add_text(out, "; q < 0.001");
	else if (change->tested)
		pm_buf_printf(out, "; q = %.3f", change->q);
	put_objects(out, change);
	put_hosts(out, diff, change);
	put_frees(out, change);
}
