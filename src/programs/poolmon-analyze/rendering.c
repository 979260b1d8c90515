/* SPDX-License-Identifier: MIT */
#include "programs/poolmon-analyze/rendering.h"

#include <stdio.h>
#include <string.h>

char rendering_format_help[256];

static bool something_passes; /* or fails: what formats for CI systems tell */

static bool is_offered(size_t i)
{
	return something_passes || !pm_renderer_at(i)->for_ci;
}

static void list_formats(char *text, size_t size, const char *last)
{
	size_t n = pm_renderer_count(), used = 0;

	while (n > 0 && !is_offered(n - 1))
		n--;
	for (size_t i = 0; i < n && used < size; i++) {
		if (is_offered(i))
			used += (size_t)snprintf(text + used, size - used, "%s%s",
				i == 0               ? ""
					: i == n - 1 ? last
						     : ", ",
				pm_renderer_at(i)->name);
	}
}

void rendering_begin(bool passes)
{
	static const char *const otherwise = "; without it as FILE's name says, or else text";
	size_t n;

	something_passes = passes;
	list_formats(rendering_format_help, sizeof(rendering_format_help), " or ");
	n = strlen(rendering_format_help);
	snprintf(rendering_format_help + n, sizeof(rendering_format_help) - n, "%s", otherwise);
}

bool rendering_take_format(const struct pm_renderer **renderer, const char *argument)
{
	char names[sizeof(rendering_format_help)];

	*renderer = pm_renderer_of_name(argument);
	if (*renderer == NULL) {
		list_formats(names, sizeof(names), " and ");
		cli_usage_error("--format: there is no format '%s', but %s", argument, names);
	}
	return *renderer != NULL;
}

void rendering_choose(
	const struct pm_renderer **renderer, struct pm_report_options *options, const char *path)
{
	if (*renderer == NULL && path != NULL)
		*renderer = pm_renderer_of_path(path);
	if (*renderer == NULL)
		*renderer = pm_renderer_of_name("text");
	if (path == NULL) {
		const struct cli_terminal terminal = cli_stdout_terminal();

		options->colour = terminal.colour;
		options->ascii = terminal.ascii;
		options->width = terminal.width;
	}
}

enum cli_exit rendering_write(const struct pm_renderer *renderer,
	const struct pm_report_options *options, const struct pm_report_data *data,
	const char *path)
{
	struct cli_output *output;
	struct pm_doc *doc;
	struct pm_sink sink;
	struct pm_error err;
	enum pm_status status = cli_output_open(&output, path, &err);

	if (status != PM_OK)
		return cli_fail(&err);
	sink = cli_output_sink(output);
	status = pm_doc_create(&doc, data, options, &err);
	if (status == PM_OK) {
		status = renderer->render(doc, options, &sink, &err);
		pm_doc_destroy(doc);
	}
	status = cli_output_close(output, status, &err);
	if (status == PM_OK || (path == NULL && cli_reader_left(&err)))
		return CLI_DONE;
	return cli_fail(&err);
}
