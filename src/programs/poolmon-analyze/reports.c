/* SPDX-License-Identifier: MIT */
/* report, info and validate: scan, judge, render. */
#include "programs/poolmon-analyze/analyze.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT = OPTION_OWN, TOP, ALL, FAIL_ON };

struct settings {
	struct reading reading;
	const struct pm_renderer *renderer;
	struct pm_report_options report;
	bool fail;
	enum pm_verdict fail_on;
};

#define FORMAT_OPTION                                                                              \
	{                                                                                          \
		FORMAT, 'f', "format", "FORMAT", format_help                                       \
	}
#define OUTPUT_OPTION                                                                              \
	{                                                                                          \
		OPTION_OUTPUT, 'o', "output", "FILE",                                              \
			"write to FILE, in one go when it is complete"                             \
	}

/* The formats there are; see list_formats(). */
static char format_names[128], format_help[256];

static const struct cli_option report_options[] = {
	{0, 0, "What to show:", NULL, NULL},
	FORMAT_OPTION,
	OUTPUT_OPTION,
	{TOP, 0, "top", "N", "show the N likeliest leaks (default 10)"},
	{ALL, 0, "all", NULL, "show every tag"},
	{FAIL_ON, 0, "fail-on", "VERDICT",
		"exit with 1 if a tag has this verdict or a worse one: leak or probable"},
	READING_OPTIONS,
	JOBS_OPTION,
	{0, 0, NULL, NULL, NULL},
};

static const struct cli_help report_help = {
	.usage = "poolmon-analyze report [OPTION]... LOG...",
	.about =
		"Ranks the tags of a log by how likely they leak, and says why. LOG is a file, a "
		"directory with logs, or - for standard input; CSV or newline-delimited JSON, gzipped "
		"or not, in any mixture.",
	.options = report_options,
	.tail = "Examples:\n"
		"  poolmon-analyze report logs/\n"
		"  poolmon-analyze report logs/ -o report.html\n"
		"  poolmon-analyze report --format json --all logs/ > report.json\n"
		"  poolmon-analyze report --fail-on leak --include 'kmalloc-*' logs/\n"
		"\n"
		"Exit status:\n"
		"  0  done\n"
		"  1  a tag with the verdict of --fail-on, or a worse one\n"
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

static void list_formats(void)
{
	const size_t n = pm_renderer_count();
	size_t at = 0;

	for (size_t i = 0; i < n && at < sizeof(format_names); i++)
		at += (size_t)snprintf(format_names + at, sizeof(format_names) - at, "%s%s",
			i == 0               ? ""
				: i == n - 1 ? " or "
					     : ", ",
			pm_renderer_at(i)->name);
	snprintf(format_help, sizeof(format_help),
		"%s; without it as FILE's name says, or else text", format_names);
}

static bool take_format(struct settings *settings, const char *argument)
{
	settings->renderer = pm_renderer_of_name(argument);
	if (settings->renderer == NULL)
		cli_usage_error(
			"--format: there is no format '%s', but %s", argument, format_names);
	return settings->renderer != NULL;
}

static bool take_fail_on(struct settings *settings, const char *argument)
{
	settings->fail = true;
	if (pm_verdict_of_name(argument, &settings->fail_on) &&
		settings->fail_on <= PM_VERDICT_PROBABLE)
		return true;
	cli_usage_error("--fail-on: '%s' is neither leak nor probable", argument);
	return false;
}

static bool take_option(
	struct settings *settings, const struct cli_parser *parser, int id, const char *argument)
{
	uint64_t n;

	switch (id) {
	case FORMAT:
		return take_format(settings, argument);
	case TOP:
		if (!cli_take_count(parser, argument, 1, SIZE_MAX, &n))
			return false;
		settings->report.top = (size_t)n;
		return true;
	case ALL:
		settings->report.top = 0;
		return true;
	case FAIL_ON:
		return take_fail_on(settings, argument);
	default:
		return reading_take(&settings->reading, parser, id, argument);
	}
}

static enum cli_exit render(const struct settings *settings, const struct pm_report_data *data)
{
	struct cli_output *output;
	struct pm_doc *doc;
	struct pm_sink sink;
	struct pm_error err;
	enum pm_status status = cli_output_open(&output, settings->reading.output, 0, &err);

	if (status != PM_OK)
		return cli_fail(&err);
	sink = cli_output_sink(output);
	status = pm_doc_create(&doc, data, &settings->report, &err);
	if (status == PM_OK) {
		status = settings->renderer->render(doc, &settings->report, &sink, &err);
		pm_doc_destroy(doc);
	}
	status = cli_output_close(output, status, &err);
	if (status == PM_OK || (settings->reading.output == NULL && cli_reader_left(&err)))
		return CLI_DONE;
	return cli_fail(&err);
}

static bool has_verdict(const struct pm_findings *findings, enum pm_verdict worst_allowed)
{
	for (size_t i = 0; i < findings->n; i++) {
		if (findings->at[i].judgement.verdict <= worst_allowed)
			return true;
	}
	return false;
}

/* From what was scanned to what is shown and returned. */
static enum cli_exit conclude(const struct settings *settings, const struct pm_inputs *inputs,
	const struct pm_scan_result *scan, const struct pm_trends *trends)
{
	struct pm_findings findings = {0};
	const struct pm_report_data data = {inputs, scan, trends, &findings};
	const bool is_report = settings->report.kind == PM_REPORT_LEAKS;
	struct pm_error err;
	enum cli_exit result = CLI_DONE;

	if (is_report)
		result = reading_warn(
			&settings->reading, inputs, &scan->counts.rejects, scan->counts.duplicates);
	if (result != CLI_DONE)
		return result;
	if (is_report && pm_findings_init(&findings, trends, &err) != PM_OK)
		return cli_fail(&err);
	result = render(settings, &data);
	if (result == CLI_DONE && settings->fail && has_verdict(&findings, settings->fail_on))
		result = CLI_FOUND;
	if (result == CLI_DONE && pm_rejects_total(&scan->counts.rejects) > 0 &&
		(settings->report.kind == PM_REPORT_VALIDATE || settings->reading.strict))
		result = CLI_REJECTED;
	pm_findings_deinit(&findings);
	return result;
}

static enum cli_exit scan_and_conclude(struct settings *settings, const struct cli_parser *parser)
{
	struct pm_inputs *inputs;
	struct pm_scan_result scan;
	struct pm_trends *trends = calloc(1, pm_trends_fold.state_size);
	enum cli_exit result = reading_open(&settings->reading, parser, &inputs);

	if (trends == NULL) {
		cli_say("out of memory");
		result = CLI_SYSTEM;
	}
	if (result == CLI_DONE)
		result = reading_scan(&settings->reading, inputs,
			settings->report.kind != PM_REPORT_LEAKS, trends, &scan);
	if (result == CLI_DONE) {
		result = conclude(settings, inputs, &scan, trends);
		pm_trends_fold.deinit(trends);
		pm_scan_result_deinit(&scan);
	}
	free(trends);
	pm_inputs_destroy(inputs);
	return result;
}

static void choose_renderer(struct settings *settings)
{
	if (settings->renderer == NULL && settings->reading.output != NULL)
		settings->renderer = pm_renderer_of_path(settings->reading.output);
	if (settings->renderer == NULL)
		settings->renderer = pm_renderer_of_name("text");
}

static int run(const struct cli_help *help, enum pm_report_kind kind, int argc, char **argv)
{
	struct cli_parser parser = {.argc = argc, .argv = argv, .help = help};
	struct settings settings = {
		.report = {.kind = kind, .top = 10},
	};
	const char *argument;
	int id, result = CLI_USAGE;

	list_formats();
	while ((id = cli_next(&parser, &argument)) > 0 &&
		take_option(&settings, &parser, id, argument))
		;
	if (id == CLI_HELPED) {
		result = CLI_DONE;
	} else if (id == CLI_NO_MORE) {
		choose_renderer(&settings);
		if (settings.reading.output == NULL) {
			const struct cli_terminal terminal = cli_stdout_terminal();

			settings.report.colour = terminal.colour;
			settings.report.ascii = terminal.ascii;
			settings.report.width = terminal.width;
		}
		result = scan_and_conclude(&settings, &parser);
	}
	reading_free(&settings.reading);
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
