/* SPDX-License-Identifier: MIT */
#include "programs/poolmon-analyze/gating.h"

#include <stdlib.h>
#include <string.h>

#define MIB ((size_t)1 << 20)

static bool take_fail_on(struct gating *gating, const char *argument)
{
	gating->fail_on = true;
	if (pm_verdict_of_name(argument, &gating->verdict) &&
		gating->verdict <= PM_VERDICT_PROBABLE)
		return true;
	cli_usage_error("--fail-on: '%s' is neither leak nor probable", argument);
	return false;
}

bool gating_take(
	struct gating *gating, const struct cli_parser *parser, int id, const char *argument)
{
	switch (id) {
	case GATING_FAIL_ON:
		return take_fail_on(gating, argument);
	case GATING_MIN_GROWTH:
		return cli_take_size(parser, argument, &gating->min_growth);
	case GATING_BUDGET:
		return cli_list_add(&gating->budgets, argument);
	case GATING_SUPPRESS:
		return cli_list_add(&gating->suppress, argument);
	case GATING_BASELINE:
		gating->baseline = argument;
		return true;
	default:
		return cli_list_add(&gating->tags, argument);
	}
}

/* Reads a file and hands it to what takes it. */
static enum cli_exit take_file(const char *path, size_t most,
	enum pm_status (*take)(struct gating *gating, const char *name, const char *text, size_t n,
		struct pm_error *err),
	struct gating *gating)
{
	struct pm_error err;
	char *text;
	size_t n;
	enum pm_status status = cli_read_file(path, most, &text, &n, &err);

	if (status == PM_OK)
		status = take(gating, path, text, n, &err);
	free(text);
	return status == PM_OK ? CLI_DONE : cli_fail(&err);
}

static enum pm_status take_suppressions(
	struct gating *gating, const char *name, const char *text, size_t n, struct pm_error *err)
{
	return pm_gate_add_suppressions(gating->gate, name, text, n, err);
}

static enum pm_status take_baseline(
	struct gating *gating, const char *name, const char *text, size_t n, struct pm_error *err)
{
	return pm_gate_set_baseline(gating->gate, name, text, n, err);
}

static enum cli_exit add_budget(struct gating *gating, const char *expression)
{
	struct pm_error err;

	switch (pm_gate_add_budget(gating->gate, expression, &err)) {
	case PM_OK:
		return CLI_DONE;
	case PM_E_ARGUMENT:
		return cli_usage_error("--budget: '%s': at character %llu: %s; %s", expression,
			(unsigned long long)err.column, err.message, err.remedy);
	default:
		return cli_fail(&err);
	}
}

static enum cli_exit open_gate(struct gating *gating)
{
	const bool rules = gating->fail_on || gating->budgets.n > 0;
	struct pm_error err;
	enum cli_exit result = CLI_DONE;

	if (!rules && (gating->suppress.n > 0 || gating->baseline != NULL))
		return cli_usage_error("%s has nothing to let pass: nothing fails without "
				       "--fail-on or --budget",
			gating->suppress.n > 0 ? "--suppress" : "--baseline");
	if (gating->min_growth > 0 && !gating->fail_on)
		return cli_usage_error("--min-growth has nothing to let pass: no verdict fails "
				       "without --fail-on");
	if (!rules)
		return CLI_DONE;
	if (pm_gate_create(&gating->gate, &err) != PM_OK)
		return cli_fail(&err);
	if (gating->fail_on)
		pm_gate_fail_on(gating->gate, gating->verdict);
	pm_gate_set_min_growth(gating->gate, gating->min_growth);
	for (size_t i = 0; i < gating->budgets.n && result == CLI_DONE; i++)
		result = add_budget(gating, gating->budgets.at[i]);
	for (size_t i = 0; i < gating->suppress.n && result == CLI_DONE; i++)
		result = take_file(gating->suppress.at[i], 4 * MIB, take_suppressions, gating);
	if (gating->baseline != NULL && result == CLI_DONE)
		result = take_file(gating->baseline, 256 * MIB, take_baseline, gating);
	return result;
}

static enum cli_exit open_drivers(struct gating *gating, bool quiet)
{
	struct pm_error err;
	enum pm_status status = PM_OK;

	if (pm_drivers_create(&gating->drivers, &err) != PM_OK)
		return cli_fail(&err);
	for (size_t i = 0; i < gating->tags.n && status == PM_OK; i++)
		status = cli_add_tag_file(
			gating->drivers, gating->tags.at[i], CLI_TAGS_GENERAL, &err);
	if (status == PM_OK)
		status = pm_drivers_add_builtin(gating->drivers, &err);
	if (status != PM_OK)
		return cli_fail(&err);
	for (size_t i = 0; !quiet && pm_drivers_remark(gating->drivers, i, &err); i++)
		cli_remark(&err);
	return CLI_DONE;
}

/* Whether the output would replace a file that is read. */
static bool reads(const struct gating *gating, const char *output)
{
	bool found = gating->baseline != NULL && cli_is_output(gating->baseline, output);

	for (size_t i = 0; i < gating->suppress.n; i++)
		found |= cli_is_output(gating->suppress.at[i], output);
	for (size_t i = 0; i < gating->tags.n; i++)
		found |= cli_tag_file_is_output(gating->tags.at[i], output);
	return found;
}

enum cli_exit gating_open(struct gating *gating, const char *output, bool quiet)
{
	enum cli_exit result;

	if (reads(gating, output))
		return cli_refuse_output(output);
	result = open_gate(gating);
	return result == CLI_DONE ? open_drivers(gating, quiet) : result;
}

void gating_free(struct gating *gating)
{
	cli_list_free(&gating->budgets);
	cli_list_free(&gating->suppress);
	cli_list_free(&gating->tags);
	pm_gate_destroy(gating->gate);
	pm_drivers_destroy(gating->drivers);
}

enum cli_exit gating_decide(struct gating *gating, const struct pm_findings *findings,
	const struct pm_trends *trends, bool quiet)
{
	struct pm_error err;

	if (gating->gate == NULL)
		return CLI_DONE;
	if (pm_gate_decide(gating->gate, findings, trends, &err) != PM_OK)
		return cli_fail(&err);
	for (size_t i = 0; !quiet && pm_gate_remark(gating->gate, i, &err); i++)
		cli_remark(&err);
	return CLI_DONE;
}

bool gating_fails(const struct gating *gating)
{
	return gating->gate != NULL && pm_gate_count(gating->gate, PM_GATE_FAIL) > 0;
}

bool gating_misses(const struct gating *gating)
{
	return gating->gate != NULL && pm_gate_unused_budgets(gating->gate) > 0;
}
