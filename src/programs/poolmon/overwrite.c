/* SPDX-License-Identifier: MIT */
/* What a snapshot file or a tag file may take the place of. PoolMon overwrites its snapshot file;
 * what is read, and what was recorded, is worth more than that. */
#include "programs/poolmon/settings.h"

#include <poolmon/inputs.h>

#include <string.h>

/* A log as poolmon-log writes them; PoolMon's text is what snapshot files are. */
static bool is_recorded(const char *path)
{
	struct pm_inputs *inputs;
	bool found;

	if (!cli_is_file(path) || pm_inputs_create(&inputs, &path, 1, NULL, NULL) != PM_OK)
		return false;
	found = pm_format_is_written(pm_inputs_at(inputs, 0).format);
	pm_inputs_destroy(inputs);
	return found;
}

/* Whether the output is this log, or one of those in this directory. */
static bool is_played(const char *path, const char *output)
{
	struct pm_inputs *inputs;
	bool found;

	if (!cli_is_directory(path))
		return cli_is_output(path, output);
	if (pm_inputs_create(&inputs, &path, 1, NULL, NULL) != PM_OK)
		return false;
	found = pm_inputs_have(inputs, output);
	pm_inputs_destroy(inputs);
	return found;
}

static bool are_tags(bool used, const char *name, const char *usual, const char *output)
{
	return used && cli_tag_file_is_output(name != NULL ? name : usual, output);
}

static bool snapshot_is_read(const struct settings *settings)
{
	static const char kind[] = "replay:";
	const char *output = settings->snapshot;
	const struct pm_source_config *config = &settings->source_config;
	bool found = are_tags(settings->tags, settings->tag_file, "pooltag.txt", output) ||
		are_tags(settings->local_tags, settings->local_tag_file, "localtag.txt", output);

	if (strncmp(settings->source, kind, sizeof(kind) - 1) == 0)
		found |= is_played(settings->source + sizeof(kind) - 1, output);
	for (size_t i = 0; i < config->n_more_paths; i++)
		found |= is_played(config->more_paths[i], output);
	return found;
}

enum cli_exit settings_check_output(const struct settings *settings)
{
	for (size_t i = 0; i < settings->to_scan.n; i++) {
		if (cli_is_output(settings->to_scan.at[i], settings->output))
			return cli_refuse_output(settings->output);
	}
	if (settings->snapshot == NULL)
		return CLI_DONE;
	if (snapshot_is_read(settings))
		return cli_refuse_output(settings->snapshot);
	if (is_recorded(settings->snapshot))
		return cli_usage_error("'%s' is a log, which a snapshot does not replace; name "
				       "another file, or remove it",
			settings->snapshot);
	return CLI_DONE;
}
