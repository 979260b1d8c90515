/* SPDX-License-Identifier: MIT */
#include "programs/poolmon-analyze/analyze.h"

#include <poolmon/convert.h>

enum { TO = OPTION_OWN, COMPRESS, GZIP };

struct settings {
	struct reading reading;
	bool to_given;
	enum pm_format format;
	struct cli_packing packing;
};

static const struct cli_option options[] = {
	{0, 0, "What to write:", NULL, NULL},
	{TO, 't', "to", "FORMAT", "ndjson or csv; without it as FILE's name says"},
	{TO, 'f', "format", "FORMAT", "the same"},
	{OPTION_OUTPUT, 'o', "output", "FILE", "write to FILE, in one go when it is complete"},
	{COMPRESS, 0, "compress", "HOW", "gzip, zstd or none; without it as FILE's name says"},
	{GZIP, 'z', "gzip", "[LEVEL]", "the same as --compress=gzip; LEVEL 1 (fast) to 9 (small)"},
	READING_OPTIONS,
	MEMORY_OPTION,
	{0, 0, NULL, NULL, NULL},
};

static const struct cli_help help = {
	.usage = "poolmon-analyze convert [--to FORMAT] [OPTION]... LOG...",
	.about =
		"Writes logs of any format and number as one log, in the order of time, each row once.",
	.options = options,
	.tail = "Examples:\n"
		"  poolmon-analyze convert logs/ -o all.csv\n"
		"  poolmon-analyze convert --since 2026-11-21 logs/ -o day.ndjson.gz\n"
		"  poolmon-analyze convert --to ndjson poolmon.log > modern.ndjson\n"
		"  poolmon-analyze convert --to csv --include 'kmalloc-*' logs/ | less\n"
		"\n" EXIT_HELP,
};

static bool take_option(
	struct settings *settings, const struct cli_parser *parser, int id, const char *argument)
{
	switch (id) {
	case TO:
		settings->to_given = true;
		if (pm_format_of_name(argument, &settings->format))
			return true;
		cli_usage_error(
			"--%s: '%s' is neither ndjson nor csv", parser->option->name, argument);
		return false;
	case COMPRESS:
		return cli_take_packing(parser, argument, &settings->packing);
	case GZIP:
		return cli_take_gzip(parser, argument, &settings->packing);
	default:
		return reading_take(&settings->reading, parser, id, argument);
	}
}

static enum cli_exit convert(const struct settings *settings, struct pm_inputs *inputs)
{
	const struct reading *reading = &settings->reading;
	struct pm_convert_options convert_options = {
		.format = settings->format, .read = reading->read};
	struct reading_progress progress;
	struct pm_read_counts counts;
	struct cli_output *output;
	struct pm_sink sink;
	struct pm_error err;
	enum cli_exit warned = CLI_DONE;
	enum pm_status status;

	status = cli_output_open_log(&output, reading->output, settings->packing, &err);
	if (status != PM_OK)
		return cli_fail(&err);
	sink = cli_output_sink(output);
	reading_progress_begin(&progress, reading, reading->output != NULL);
	convert_options.progress = reading_progress_note(&progress);
	convert_options.progress_context = &progress;
	status = pm_convert(inputs, &convert_options, &sink, &counts, &err);
	reading_progress_end(&progress);
	if (status == PM_END)
		warned = reading_fail_memory(reading);
	else
		warned = reading_warn(reading, inputs, &counts.rejects, counts.duplicates);
	if (status == PM_OK && warned != CLI_DONE)
		status = PM_END; /* --strict: the file is not to be there */
	status = cli_output_close(output, status, &err);
	if (status == PM_OK || status == PM_END)
		return warned;
	if (reading->output == NULL && cli_reader_left(&err))
		return CLI_DONE;
	return cli_fail(&err);
}

int command_convert(int argc, char **argv)
{
	struct cli_parser parser = {.argc = argc, .argv = argv, .help = &help};
	struct settings settings = {0};
	struct pm_inputs *inputs = NULL;
	const char *argument;
	int id, result = CLI_USAGE;

	while ((id = cli_next(&parser, &argument)) > 0 &&
		take_option(&settings, &parser, id, argument))
		;
	if (id == CLI_HELPED)
		result = cli_printed();
	else if (id == CLI_NO_MORE && !settings.to_given &&
		!cli_name_says_format(settings.reading.output, &settings.format))
		cli_usage_error("to which format? --to csv or --to ndjson, or -o with such a name");
	else if (id == CLI_NO_MORE &&
		cli_packing_of_output(&settings.packing, settings.reading.output))
		result = reading_open(&settings.reading, &parser, &inputs);
	if (inputs != NULL)
		result = convert(&settings, inputs);
	pm_inputs_destroy(inputs);
	reading_free(&settings.reading);
	return result;
}
