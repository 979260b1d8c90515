/* SPDX-License-Identifier: MIT */
/* diff: scan each recording of both sides, compare, render. */
#include "programs/poolmon-analyze/rendering.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEFORE = OPTION_OWN, AFTER, TOP, ALL, FDR, FAIL_ON };

struct settings {
	struct reading reading;
	struct cli_list sides[PM_N_SIDES];
	const struct pm_renderer *renderer;
	struct pm_report_options report;
	double false_discovery_rate;
	bool fail, fail_on_new;
};

static const struct cli_option options[] = {
	{0, 0, "What to compare:", NULL, NULL},
	{BEFORE, 'b', "before", "LOG", "a recording of before; may be repeated"},
	{AFTER, 'a', "after", "LOG", "a recording of after; may be repeated"},
	{FDR, 0, "fdr", "RATE",
		"how many of the differences found may be chance (default 0.05): the false discovery "
		"rate"},
	{0, 0, "What to show:", NULL, NULL},
	FORMAT_OPTION,
	OUTPUT_OPTION,
	{TOP, 0, "top", "N", "show N tags of each verdict (default 10)"},
	{ALL, 0, "all", NULL, "show every tag, those without a difference too"},
	{FAIL_ON, 0, "fail-on", "VERDICT",
		"exit with 1 if a tag is worse (grows faster after, or is new and grows), or new (or "
		"worse)"},
	READING_OPTIONS,
	JOBS_OPTION,
	{0, 0, NULL, NULL, NULL},
};

static const struct cli_help help = {
	.usage = "poolmon-analyze diff [OPTION]... BEFORE AFTER\n"
		 "poolmon-analyze diff [OPTION]... --before LOG... --after LOG...",
	.about =
		"Compares two builds, two loads, with and without a driver: which tags grow faster "
		"after than before, by how much, and how sure that is; which are new, which are gone. "
		"Each LOG is a recording: a file, a directory with the logs of one or more hosts, or "
		"- for standard input. Several hosts or recordings of a side are weighed together.",
	.options = options,
	.tail = "Examples:\n"
		"  poolmon-analyze diff before/ after/\n"
		"  poolmon-analyze diff --fail-on worse build-41.ndjson build-42.ndjson\n"
		"  poolmon-analyze diff -b web1/old -b web2/old -a web1/new -a web2/new\n"
		"\n"
		"Exit status:\n"
		"  0  done\n"
		"  1  a tag with the verdict of --fail-on\n"
		"  2  wrong usage\n"
		"  3  input rejected: no log, no row that can be read, or damage with --strict\n"
		"  4  system error: permissions, files, memory\n",
};

static bool take_fail_on(struct settings *settings, const char *argument)
{
	settings->fail = true;
	settings->fail_on_new = strcmp(argument, "new") == 0;
	if (settings->fail_on_new || strcmp(argument, "worse") == 0)
		return true;
	cli_usage_error("--fail-on: '%s' is neither worse nor new", argument);
	return false;
}

static bool take_option(
	struct settings *settings, const struct cli_parser *parser, int id, const char *argument)
{
	uint64_t n;

	switch (id) {
	case BEFORE:
		return cli_list_add(&settings->sides[PM_BEFORE], argument);
	case AFTER:
		return cli_list_add(&settings->sides[PM_AFTER], argument);
	case FDR:
		return cli_take_share(parser, argument, &settings->false_discovery_rate);
	case OPTION_FORMAT:
		return rendering_take_format(&settings->renderer, argument);
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

/* Operands stand for a --before and a --after. */
static enum cli_exit take_operands(struct settings *settings, const struct cli_parser *parser)
{
	struct cli_list *sides = settings->sides;
	size_t n_standard_input = 0;
	char **paths;
	int n;

	paths = cli_operands(parser, &n, NULL);
	if (n == 2 && sides[PM_BEFORE].n == 0 && sides[PM_AFTER].n == 0) {
		for (int side = 0; side < PM_N_SIDES; side++) {
			if (!cli_list_add(&sides[side], paths[side]))
				return CLI_SYSTEM;
		}
	} else if (n > 0) {
		return cli_usage_error(sides[PM_BEFORE].n > 0 || sides[PM_AFTER].n > 0
				? "'%s' is on neither side; put --before or --after in front of it"
				: n == 1
				? "'%s' is compared with what? name BEFORE and AFTER"
				: "'%s' and others: name BEFORE and AFTER, or use --before and "
				  "--after for more than one log a side",
			paths[0]);
	}
	if (sides[PM_BEFORE].n == 0 || sides[PM_AFTER].n == 0)
		return cli_usage_error("what is to be compared? name BEFORE and AFTER, or use "
				       "--before and --after");
	for (int side = 0; side < PM_N_SIDES; side++) {
		for (size_t i = 0; i < sides[side].n; i++)
			n_standard_input += strcmp(sides[side].at[i], "-") == 0;
	}
	if (n_standard_input > 1)
		return cli_usage_error("standard input ('-') can be one recording only");
	return CLI_DONE;
}

/* ---- recordings ---- */

struct recording {
	struct pm_inputs *inputs;
	struct pm_scan_result scan;
	struct pm_trends *trends; /* NULL: not scanned */
};

static void close_recording(struct recording *recording)
{
	if (recording->trends != NULL) {
		pm_trends_fold.deinit(recording->trends);
		pm_scan_result_deinit(&recording->scan);
	}
	free(recording->trends);
	pm_inputs_destroy(recording->inputs);
}

/* Patterns may leave out all tags of one recording - that of a new tag is not there before - times
 * may not. */
static bool may_be_empty(const struct reading *reading)
{
	return (reading->include.n > 0 || reading->exclude.n > 0) && reading->read.since_ms == 0 &&
		reading->read.until_ms == 0;
}

static enum cli_exit open_recording(
	struct recording *recording, struct reading *reading, const char *path)
{
	struct pm_trends *trends = calloc(1, pm_trends_fold.state_size);
	enum cli_exit result;

	if (trends == NULL) {
		cli_say("out of memory");
		return CLI_SYSTEM;
	}
	result = reading_open_paths(reading, &path, 1, &recording->inputs);
	if (result == CLI_DONE)
		result = reading_scan(reading, recording->inputs, may_be_empty(reading), trends,
			&recording->scan);
	if (result != CLI_DONE) {
		free(trends);
		return result;
	}
	recording->trends = trends;
	return reading_warn(reading, recording->inputs, &recording->scan.counts.rejects,
		recording->scan.counts.duplicates);
}

/* ---- all of it ---- */

struct comparison { /* arrays of all recordings, those of before first */
	struct recording *recordings;
	struct pm_recording *views;
	const struct pm_trends **trends;
	size_t n;
};

static bool make_room(struct comparison *comparison, size_t n)
{
	comparison->recordings = calloc(n, sizeof(*comparison->recordings));
	comparison->views = calloc(n, sizeof(*comparison->views));
	comparison->trends = calloc(n, sizeof(*comparison->trends));
	return comparison->recordings != NULL && comparison->views != NULL &&
		comparison->trends != NULL;
}

static void free_comparison(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->n; i++)
		close_recording(&comparison->recordings[i]);
	free(comparison->recordings);
	free(comparison->views);
	free(comparison->trends);
}

static enum cli_exit open_all(struct comparison *comparison, struct settings *settings)
{
	enum cli_exit result = CLI_DONE;

	for (int side = 0; side < PM_N_SIDES; side++) {
		for (size_t i = 0; i < settings->sides[side].n && result == CLI_DONE; i++) {
			const char *path = settings->sides[side].at[i];
			const size_t at = comparison->n++;
			struct recording *recording = &comparison->recordings[at];

			result = open_recording(recording, &settings->reading, path);
			comparison->trends[at] = recording->trends;
			comparison->views[at] = (struct pm_recording){
				path, recording->inputs, &recording->scan, recording->trends};
		}
	}
	return result;
}

static enum cli_exit conclude(const struct settings *settings, const struct comparison *comparison)
{
	const size_t n_before = settings->sides[PM_BEFORE].n;
	const size_t n_after = settings->sides[PM_AFTER].n;
	const struct pm_diff_side sides[PM_N_SIDES] = {
		[PM_BEFORE] = {comparison->trends, n_before},
		[PM_AFTER] = {comparison->trends + n_before, n_after},
	};
	struct pm_diff diff;
	const struct pm_report_data data = {
		.diff = &diff,
		.recordings = {comparison->views, comparison->views + n_before},
		.n_recordings = {n_before, n_after},
	};
	struct pm_error err;
	enum cli_exit result;

	if (pm_diff_init(&diff, sides, settings->false_discovery_rate, &err) != PM_OK)
		return cli_fail(&err);
	if (diff.n == 0) {
		cli_say("there is no tag on either side to compare");
		result = CLI_REJECTED;
	} else {
		result = rendering_write(
			settings->renderer, &settings->report, &data, settings->reading.output);
	}
	if (result == CLI_DONE && settings->fail &&
		(diff.n_of[PM_CHANGE_WORSE] > 0 ||
			(settings->fail_on_new && diff.n_of[PM_CHANGE_NEW] > 0)))
		result = CLI_FOUND;
	pm_diff_deinit(&diff);
	return result;
}

static enum cli_exit run(struct settings *settings, const struct cli_parser *parser)
{
	struct comparison comparison = {0};
	enum cli_exit result = take_operands(settings, parser);

	if (result != CLI_DONE)
		return result;
	if (!make_room(&comparison, settings->sides[PM_BEFORE].n + settings->sides[PM_AFTER].n)) {
		cli_say("out of memory");
		result = CLI_SYSTEM;
	}
	if (result == CLI_DONE)
		result = open_all(&comparison, settings);
	if (result == CLI_DONE)
		result = conclude(settings, &comparison);
	free_comparison(&comparison);
	return result;
}

int command_diff(int argc, char **argv)
{
	struct cli_parser parser = {.argc = argc, .argv = argv, .help = &help};
	struct settings settings = {
		.report = {.kind = PM_REPORT_DIFF, .top = 10},
		.false_discovery_rate = 0.05,
	};
	const char *argument;
	int id, result = CLI_USAGE;

	rendering_begin(false);
	while ((id = cli_next(&parser, &argument)) > 0 &&
		take_option(&settings, &parser, id, argument))
		;
	if (id == CLI_HELPED) {
		result = cli_printed();
	} else if (id == CLI_NO_MORE) {
		rendering_choose(&settings.renderer, &settings.report, settings.reading.output);
		if (settings.renderer->for_ci)
			cli_usage_error("--format %s is for report and validate; to fail on a "
					"difference give --fail-on",
				settings.renderer->name);
		else
			result = (int)run(&settings, &parser);
	}
	for (int side = 0; side < PM_N_SIDES; side++)
		cli_list_free(&settings.sides[side]);
	reading_free(&settings.reading);
	return result;
}
