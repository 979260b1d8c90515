/* SPDX-License-Identifier: MIT */
#include "programs/poolmon-analyze/analyze.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool reading_take(
	struct reading *reading, const struct cli_parser *parser, int id, const char *argument)
{
	uint64_t n;

	switch (id) {
	case OPTION_JOBS:
		if (!cli_take_count(parser, argument, 1, 1024, &n))
			return false;
		reading->jobs = (unsigned)n;
		return true;
	case OPTION_MEMORY:
		return cli_take_size(parser, argument, &reading->memory);
	case OPTION_SINCE:
		return cli_take_time(parser, argument, &reading->read.since_ms);
	case OPTION_UNTIL:
		return cli_take_time(parser, argument, &reading->read.until_ms);
	case OPTION_INCLUDE:
		return cli_list_add(&reading->include, argument);
	case OPTION_EXCLUDE:
		return cli_list_add(&reading->exclude, argument);
	case OPTION_INTERVAL:
		if (!cli_take_duration(parser, argument, &reading->inputs.interval_ms))
			return false;
		if (reading->inputs.interval_ms > 0)
			return true;
		cli_usage_error("--interval: '%s' is no time at all", argument);
		return false;
	case OPTION_STRICT:
		reading->strict = true;
		return true;
	case OPTION_QUIET:
		reading->quiet = true;
		return true;
	default:
		return cli_take_name(parser, argument, &reading->output);
	}
}

static void say_skipped(const struct pm_inputs *inputs)
{
	struct pm_error err;

	for (size_t i = 0; pm_inputs_explain_skipped(inputs, i, &err); i++)
		cli_remark(&err);
}

/* Tells whose times are assumed. */
static void say_times(const struct pm_inputs *inputs)
{
	size_t n = 0;
	struct pm_error err;

	for (size_t i = 0; i < pm_inputs_count(inputs); i++) {
		if (pm_inputs_explain_times(inputs, i, &err) && n++ < PM_REJECTS_KEPT)
			cli_remark(&err);
	}
	if (n > PM_REJECTS_KEPT)
		cli_say("... and %zu more logs that tell no times", n - PM_REJECTS_KEPT);
}

enum cli_exit reading_open_paths(
	struct reading *reading, const char *const *paths, size_t n, struct pm_inputs **inputs)
{
	struct pm_error err;

	*inputs = NULL;
	if (reading->read.until_ms != 0 && reading->read.until_ms < reading->read.since_ms)
		return cli_usage_error("--until is earlier than --since");
	reading->filter = (struct pm_filter){
		.include = reading->include.at,
		.n_include = reading->include.n,
		.exclude = reading->exclude.at,
		.n_exclude = reading->exclude.n,
	};
	if (reading->include.n > 0 || reading->exclude.n > 0)
		reading->read.filter = &reading->filter;
	if (pm_inputs_create(inputs, paths, n, &reading->inputs, &err) != PM_OK)
		return cli_fail(&err);
	if (reading->output != NULL && strcmp(reading->output, "-") != 0 &&
		pm_inputs_have(*inputs, reading->output)) {
		pm_inputs_destroy(*inputs);
		*inputs = NULL;
		return cli_refuse_output(reading->output);
	}
	if (!reading->quiet) {
		say_skipped(*inputs);
		say_times(*inputs);
	}
	return CLI_DONE;
}

enum cli_exit reading_open(
	struct reading *reading, const struct cli_parser *parser, struct pm_inputs **inputs)
{
	int n;
	char **paths = cli_operands(parser, &n, NULL);

	*inputs = NULL;
	if (n == 0)
		return cli_usage_error(
			"which log? name a file, a directory, or - for standard input");
	return reading_open_paths(reading, (const char *const *)paths, (size_t)n, inputs);
}

void reading_free(struct reading *reading)
{
	cli_list_free(&reading->include);
	cli_list_free(&reading->exclude);
}

/* ---- progress, and how much memory it takes ---- */

enum cli_exit reading_fail_memory(const struct reading *reading)
{
	char limit[CLI_TEXT];

	cli_say("more than the %s that --memory allows would be taken; raise it, read less "
		"(--include, --exclude, --since, --until) or with fewer threads (-j 1)",
		cli_size_text(limit, (double)reading->memory));
	return CLI_SYSTEM;
}

enum cli_exit reading_check_memory(const struct reading *reading)
{
	return reading->memory == 0 || cli_memory_bytes() <= reading->memory
		? CLI_DONE
		: reading_fail_memory(reading);
}

static void show_progress(
	struct reading_progress *progress, int64_t now, uint64_t done, uint64_t all)
{
	const double seconds = (double)(now - progress->begun_ms) / 1000;

	if (seconds < 1 || now - progress->shown_ms < 200 || done == 0 || done > all)
		return;
	progress->shown_ms = now;
	progress->any = true;
	fprintf(stderr, "\r%3.0f %%  %.0f MB/s  %.0f s left ", 100 * (double)done / (double)all,
		(double)done / 1e6 / seconds, seconds * (double)(all - done) / (double)done);
	fflush(stderr);
}

/* Memory is looked at every millisecond: in that time not much can be added. */
static bool note_progress(void *context, uint64_t done, uint64_t all)
{
	struct reading_progress *progress = context;
	const uint64_t memory = progress->reading->memory;
	const int64_t now = cli_uptime_ms();

	if (progress->shows)
		show_progress(progress, now, done, all);
	if (memory == 0 || now == progress->looked_ms)
		return true;
	progress->looked_ms = now;
	return cli_memory_bytes() <= memory;
}

void reading_progress_begin(
	struct reading_progress *progress, const struct reading *reading, bool may_show)
{
	*progress = (struct reading_progress){
		.reading = reading,
		.shows = may_show && cli_stderr_is_terminal() && !reading->quiet,
		.begun_ms = cli_uptime_ms(),
	};
	cli_interrupt_clears(progress->shows);
}

reading_note *reading_progress_note(const struct reading_progress *progress)
{
	return progress->shows || progress->reading->memory > 0 ? note_progress : NULL;
}

void reading_progress_end(struct reading_progress *progress)
{
	cli_interrupt_clears(false);
	if (progress->any)
		fprintf(stderr, "\r%40s\r", "");
}

/* ---- scanning ---- */

/* A log without a tag may be whole: where pools can't be read, there are the machine's totals. But
 * where options left rows out, none of its tags was meant to be left out, too. */
static bool any_to_judge(const struct pm_trends *trends, const struct pm_read_counts *counts)
{
	size_t i = 0;

	while (i < pm_trends_count(trends) && counts->filtered > 0 &&
		!pm_pool_has_suspects(pm_trends_key(trends, i)->pool))
		i++;
	return i < pm_trends_count(trends);
}

static enum cli_exit fail_empty(const struct reading *reading, const struct pm_inputs *inputs,
	const struct pm_scan_result *result, bool any)
{
	const struct pm_read_counts *counts = &result->counts;

	(void)reading_warn(reading, inputs, &counts->rejects, 0);
	if (any)
		cli_say("no tag is left: --since, --until, --include or --exclude left out %" PRIu64
			" rows; are patterns as you meant them?",
			counts->filtered);
	else if (counts->filtered > 0)
		cli_say("nothing is left: --since, --until, --include or --exclude left out all of %" PRIu64
			" rows",
			counts->filtered);
	else
		cli_say("%s: not one row with numbers could be read", pm_inputs_at(inputs, 0).path);
	return CLI_REJECTED;
}

enum cli_exit reading_scan(const struct reading *reading, struct pm_inputs *inputs,
	bool may_be_empty, struct pm_trends *trends, struct pm_scan_result *result)
{
	struct pm_scan_options options = {.jobs = reading->jobs, .read = reading->read};
	struct reading_progress progress;
	struct pm_error err;
	enum pm_status status;
	enum cli_exit ended;

	reading_progress_begin(&progress, reading, true);
	options.progress = reading_progress_note(&progress);
	options.progress_context = &progress;
	status = pm_scan(inputs, &pm_trends_fold, &reading->trends, trends, &options, result, &err);
	reading_progress_end(&progress);
	if (status == PM_END) /* more memory than may be */
		return reading_fail_memory(reading);
	if (status != PM_OK)
		return cli_fail(&err);
	ended = reading_check_memory(reading);
	if (ended == CLI_DONE && !may_be_empty && !any_to_judge(trends, &result->counts))
		ended = fail_empty(reading, inputs, result, pm_trends_count(trends) > 0);
	if (ended == CLI_DONE)
		return CLI_DONE;
	pm_trends_fold.deinit(trends);
	pm_scan_result_deinit(result);
	return ended;
}

enum cli_exit reading_warn(const struct reading *reading, const struct pm_inputs *inputs,
	const struct pm_rejects *rejects, uint64_t duplicates)
{
	const uint64_t total = pm_rejects_total(rejects);

	if (reading->quiet && !reading->strict)
		return CLI_DONE;
	for (int kind = 0; kind < PM_N_REJECTS; kind++) {
		struct pm_error err;

		for (unsigned i = 0;
			pm_rejects_explain(rejects, (enum pm_reject_kind)kind, inputs, i, &err);
			i++)
			cli_remark(&err);
		if (rejects->kinds[kind].n > PM_REJECTS_KEPT)
			cli_say("... and %" PRIu64 " more lines of this kind (%s)",
				rejects->kinds[kind].n - PM_REJECTS_KEPT,
				pm_reject_infos[kind].name);
	}
	if (duplicates > 0)
		cli_say(duplicates == 1 ? "%" PRIu64 " row was there twice and is counted once"
					: "%" PRIu64 " rows were there twice and are counted once",
			duplicates);
	if (total > 0 && reading->strict) {
		cli_say(total == 1 ? "%" PRIu64 " line was rejected, and --strict allows none"
				   : "%" PRIu64 " lines were rejected, and --strict allows none",
			total);
		return CLI_REJECTED;
	}
	return CLI_DONE;
}
