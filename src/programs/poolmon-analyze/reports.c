/* SPDX-License-Identifier: MIT */
/* report, info and validate: scan, judge, render. */
#include "programs/poolmon-analyze/gating.h"
#include "programs/poolmon-analyze/rendering.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOP = OPTION_OWN, ALL, NO_COUNTERS, PER, GATING };

struct settings {
	struct reading reading;
	const struct pm_renderer *renderer;
	struct pm_report_options report;
	bool top_given;
	struct gating gating;
	const char *per; /* what counts units of work; NULL: nothing */
};

static const struct cli_option report_options[] = {
	{0, 0, "What to show:", NULL, NULL},
	FORMAT_OPTION,
	OUTPUT_OPTION,
	{TOP, 0, "top", "N", "show the N likeliest leaks (default 10)"},
	{ALL, 0, "all", NULL, "show every tag"},
	{PER, 0, "per", "UNIT",
		"tell growth per unit of work: per allocation of a tag (Proc), or per mark "
		"(mark:TEXT)"},
	TAGS_OPTION(GATING),
	GATING_OPTIONS(GATING),
	READING_OPTIONS,
	{NO_COUNTERS, 0, "no-counters", NULL, "don't hold growth against the rate of allocations"},
	JOBS_OPTION,
	{0, 0, NULL, NULL, NULL},
};

static const struct cli_help report_help = {
	.usage = "poolmon-analyze report [OPTION]... LOG...",
	.about = "Ranks the tags of a log by how likely they leak, and says why. LOG is a file, a "
		 "directory with logs, or - for standard input; CSV, newline-delimited JSON or "
		 "what PoolMon printed, compressed with gzip, zstd or not, in any mixture.",
	.options = report_options,
	.tail = "Examples:\n"
		"  poolmon-analyze report logs/\n"
		"  poolmon-analyze report logs/ -o report.html\n"
		"  poolmon-analyze report --format json --all logs/ > report.json\n"
		"  poolmon-analyze report --per Proc logs/\n"
		"  poolmon-analyze report --fail-on leak --include 'kmalloc-*' logs/\n"
		"  poolmon-analyze report --fail-on leak --budget 'dentry<=1MiB/h' --suppress known.txt logs/\n"
		"\n"
		"Exit status:\n"
		"  0  done\n"
		"  1  a tag fails: --fail-on, --budget\n"
		"  2  wrong usage\n"
		"  3  input rejected: no log, no row that can be read, or damage with --strict\n"
		"  4  system error: permissions, files, memory\n",
};

static const struct cli_option info_options[] = {
	{0, 0, "What to show:", NULL, NULL},
	FORMAT_OPTION,
	OUTPUT_OPTION,
	READING_OPTIONS,
	JOBS_OPTION,
	{0, 0, NULL, NULL, NULL},
};

static const struct cli_help info_help = {
	.usage = "poolmon-analyze info [OPTION]... LOG...",
	.about =
		"Shows what logs hold: times, hosts, files, pools, memory totals, and what could not be "
		"read.",
	.options = info_options,
	.tail = "Example:\n"
		"  poolmon-analyze info logs/\n"
		"\n" EXIT_HELP,
};

static const struct cli_help validate_help = {
	.usage = "poolmon-analyze validate [OPTION]... LOG...",
	.about =
		"Checks that every line of the logs can be read, and shows the first of each kind that "
		"can't.",
	.options = info_options,
	.tail = "Example:\n"
		"  poolmon-analyze validate logs/ && echo fine\n"
		"\n" EXIT_HELP,
};

static bool take_option(
	struct settings *settings, const struct cli_parser *parser, int id, const char *argument)
{
	uint64_t n;

	switch (id) {
	case OPTION_FORMAT:
		return rendering_take_format(&settings->renderer, argument);
	case TOP:
		if (!cli_take_count(parser, argument, 1, SIZE_MAX, &n))
			return false;
		settings->report.top = (size_t)n;
		settings->top_given = true;
		return true;
	case ALL:
		settings->report.top = 0;
		return true;
	case PER:
		if (argument[0] == '\0') {
			(void)cli_usage_error("--per needs a tag, or mark:TEXT");
			return false;
		}
		settings->per = argument;
		settings->reading.trends.unit_mark = pm_units_mark(argument);
		return true;
	case NO_COUNTERS:
		settings->reading.trends.no_counters = true;
		return true;
	default:
		if (id >= GATING && id < GATING + GATING_N)
			return gating_take(&settings->gating, parser, id - GATING, argument);
		return reading_take(&settings->reading, parser, id, argument);
	}
}

/* From what was scanned and counted to what is shown and returned. */
static enum cli_exit conclude(struct settings *settings, const struct pm_inputs *inputs,
	const struct pm_scan_result *scan, const struct pm_trends *trends,
	const struct pm_units *units)
{
	struct pm_findings findings = {0};
	const struct gating *gating = &settings->gating;
	const struct pm_report_data data = {
		.inputs = inputs,
		.scan = scan,
		.trends = trends,
		.findings = &findings,
		.gate = gating->gate,
		.drivers = gating->drivers,
		.units = units,
	};
	const bool is_report = settings->report.kind == PM_REPORT_LEAKS;
	struct pm_error err;
	enum cli_exit result = CLI_DONE;

	if (is_report)
		result = reading_warn(
			&settings->reading, inputs, &scan->counts.rejects, scan->counts.duplicates);
	if (result != CLI_DONE)
		return result;
	if (is_report)
		pm_trends_prepare(trends, settings->reading.jobs);
	if (is_report && pm_findings_init(&findings, trends, &err) != PM_OK)
		return cli_fail(&err);
	if (is_report)
		result = reading_check_memory(&settings->reading);
	if (is_report && result == CLI_DONE)
		result = gating_decide(&settings->gating, &findings, trends,
			settings->reading.quiet && !settings->reading.strict);
	if (result == CLI_DONE)
		result = rendering_write(
			settings->renderer, &settings->report, &data, settings->reading.output);
	if (result == CLI_DONE && gating_fails(gating))
		result = CLI_FOUND;
	if (result == CLI_DONE && settings->reading.strict && gating_misses(gating))
		result = CLI_REJECTED;
	if (result == CLI_DONE && pm_rejects_total(&scan->counts.rejects) > 0 &&
		(settings->report.kind == PM_REPORT_VALIDATE || settings->reading.strict))
		result = CLI_REJECTED;
	if (result == CLI_DONE && settings->report.kind == PM_REPORT_INFO && scan->counts.rows == 0)
		result = CLI_REJECTED;
	pm_findings_deinit(&findings);
	return result;
}

static enum cli_exit count_and_conclude(struct settings *settings, const struct pm_inputs *inputs,
	const struct pm_scan_result *scan, const struct pm_trends *trends)
{
	struct pm_units *units = NULL;
	struct pm_error err;
	enum cli_exit result;

	if (settings->per != NULL && pm_units_create(&units, settings->per, trends, &err) != PM_OK)
		return cli_fail(&err);
	result = conclude(settings, inputs, scan, trends, units);
	pm_units_destroy(units);
	return result;
}

static enum cli_exit scan_and_conclude(struct settings *settings, const struct cli_parser *parser)
{
	struct pm_inputs *inputs;
	struct pm_scan_result scan;
	struct pm_trends *trends = calloc(1, pm_trends_fold.state_size);
	enum cli_exit result = reading_open(&settings->reading, parser, &inputs);

	if (result == CLI_DONE && settings->report.kind == PM_REPORT_LEAKS)
		result = gating_open(
			&settings->gating, settings->reading.output, settings->reading.quiet);
	if (trends == NULL) {
		cli_say("out of memory");
		result = CLI_SYSTEM;
	}
	if (result == CLI_DONE)
		result = reading_scan(&settings->reading, inputs,
			settings->report.kind != PM_REPORT_LEAKS, trends, &scan);
	if (result == CLI_DONE) {
		result = count_and_conclude(settings, inputs, &scan, trends);
		pm_trends_fold.deinit(trends);
		pm_scan_result_deinit(&scan);
	}
	free(trends);
	pm_inputs_destroy(inputs);
	return result;
}

/* What a CI system reads has every finding, unless told otherwise, and needs something to fail. */
static void prepare_for_ci(struct settings *settings)
{
	const struct gating *gating = &settings->gating;

	if (!settings->renderer->for_ci || settings->report.kind != PM_REPORT_LEAKS)
		return;
	if (!settings->top_given)
		settings->report.top = 0;
	if (!gating->fail_on && gating->budgets.n == 0 && !settings->reading.quiet)
		cli_say("nothing can fail, so --format %s has no results: give --fail-on or "
			"--budget",
			settings->renderer->name);
}

static int run(const struct cli_help *help, enum pm_report_kind kind, int argc, char **argv)
{
	struct cli_parser parser = {.argc = argc, .argv = argv, .help = help};
	struct settings settings = {
		.report = {.kind = kind, .top = 10},
	};
	const char *argument;
	int id, result = CLI_USAGE;

	rendering_begin(kind != PM_REPORT_INFO);
	while ((id = cli_next(&parser, &argument)) > 0 &&
		take_option(&settings, &parser, id, argument))
		;
	if (id == CLI_HELPED) {
		result = cli_printed();
	} else if (id == CLI_NO_MORE) {
		rendering_choose(&settings.renderer, &settings.report, settings.reading.output);
		prepare_for_ci(&settings);
		result = scan_and_conclude(&settings, &parser);
	}
	reading_free(&settings.reading);
	gating_free(&settings.gating);
	return result;
}

int command_report(int argc, char **argv)
{
	return run(&report_help, PM_REPORT_LEAKS, argc, argv);
}

int command_info(int argc, char **argv)
{
	return run(&info_help, PM_REPORT_INFO, argc, argv);
}

int command_validate(int argc, char **argv)
{
	return run(&validate_help, PM_REPORT_VALIDATE, argc, argv);
}
