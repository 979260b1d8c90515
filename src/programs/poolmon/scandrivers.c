/* SPDX-License-Identifier: MIT */
/* --scan-drivers, and the localtag.txt that /c makes where there is none. */
#include "programs/poolmon/settings.h"

#include <poolmon/images.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The worst that happened to a file. */
struct outcome {
	enum cli_exit exit;
};

static void tell_skipped(void *context, const struct pm_error *reason)
{
	struct outcome *outcome = context;
	const bool is_input = reason->status == PM_E_INPUT || reason->status == PM_E_UNSUPPORTED;
	const enum cli_exit code = is_input ? CLI_REJECTED : CLI_SYSTEM;

	(void)cli_fail(reason);
	if (code > outcome->exit)
		outcome->exit = code;
}

static void tell_counts(const struct pm_images *images)
{
	const struct pm_images_counts counts = pm_images_counts(images);

	cli_say("%" PRIu64 " file%s scanned, %" PRIu64 " skipped: %" PRIu64 " tag%s; of %" PRIu64
		" calls that take one, %" PRIu64 " compute it and %" PRIu64
		" give one that no tag file can hold",
		counts.files, counts.files == 1 ? "" : "s", counts.skipped, counts.tags,
		counts.tags == 1 ? "" : "s", counts.calls, counts.computed, counts.odd);
}

static enum pm_status scan_all(const struct settings *settings, struct pm_images *images,
	struct outcome *outcome, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	for (size_t i = 0; i < settings->to_scan.n && status == PM_OK; i++)
		status =
			pm_images_scan(images, settings->to_scan.at[i], tell_skipped, outcome, err);
	return status;
}

int scan_drivers(const struct settings *settings)
{
	struct outcome outcome = {CLI_DONE};
	struct pm_images *images;
	struct cli_output *output;
	struct pm_error err;
	enum pm_status status = pm_images_create(&images, &err);

	if (status == PM_OK) {
		status = cli_output_open(&output, settings->output, &err);
		if (status == PM_OK) {
			status = scan_all(settings, images, &outcome, &err);
			if (status == PM_OK)
				status = pm_images_write(images, cli_output_sink(output), &err);
			status = cli_output_close(output, status, &err);
		}
	}
	if (status == PM_OK)
		tell_counts(images);
	else if (cli_reader_left(&err))
		outcome.exit = CLI_DONE;
	else
		outcome.exit = cli_fail(&err);
	pm_images_destroy(images);
	return outcome.exit;
}

/* ---- localtag.txt ---- */

struct text {
	char *at; /* [n], owned */
	size_t n;
};

static enum pm_status take_text(void *context, const char *bytes, size_t n, struct pm_error *err)
{
	struct text *text = context;
	char *grown = realloc(text->at, text->n + n + 1);

	(void)err;
	if (grown == NULL)
		return PM_E_MEMORY;
	text->at = grown;
	if (n > 0)
		memcpy(grown + text->n, bytes, n);
	text->n += n;
	return PM_OK;
}

/* Keeps it for the next time; that it can't be kept is told, and no more. */
static void save(const char *name, const struct text *text)
{
	struct cli_output *output;
	struct pm_error err;
	enum pm_status status = cli_output_open(&output, name, &err);

	if (status == PM_OK) {
		const struct pm_sink sink = cli_output_sink(output);

		status = cli_output_close(
			output, sink.write(sink.context, text->at, text->n, &err), &err);
	}
	if (status != PM_OK)
		(void)cli_fail(&err);
}

static enum pm_status use(
	struct settings *settings, struct pm_images *images, const char *name, struct pm_error *err)
{
	struct text text = {0};
	enum pm_status status = pm_images_write(images, (struct pm_sink){take_text, &text}, err);

	if (status == PM_OK && text.n == 0) {
		cli_say("there is no tag in them, so %s is not made", name);
	} else if (status == PM_OK) {
		save(name, &text);
		status = pm_drivers_add_local(settings->drivers, name, text.at, text.n, err);
	}
	free(text.at);
	return status;
}

enum pm_status make_local_tags(
	struct settings *settings, const char *name, const char *folder, struct pm_error *err)
{
	struct outcome outcome = {CLI_DONE};
	struct pm_images *images;
	enum pm_status status = pm_images_create(&images, err);

	if (status != PM_OK)
		return status;
	cli_say("there is no %s yet; making one of the drivers in %s", name, folder);
	status = pm_images_scan(images, folder, tell_skipped, &outcome, err);
	if (status == PM_OK) {
		tell_counts(images);
		status = use(settings, images, name, err);
	}
	pm_images_destroy(images);
	return status;
}
