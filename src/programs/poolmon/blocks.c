/* SPDX-License-Identifier: MIT */
/* Where there is no screen: one block of text for each update, to standard output or a file. */
#include "programs/cli/run.h"
#include "programs/poolmon/display.h"

#include <errno.h>
#include <stdio.h>

/* What is complete is written at once, so that it can be followed. */
static enum pm_status print_block(
	struct feed *feed, struct pm_view *view, struct cli_output *output, struct pm_error *err)
{
	enum pm_status status = pm_view_make(view, feed->watch, &feed->settings->view, err);

	if (status == PM_OK)
		status = pm_view_print(view, &feed->origin, cli_output_sink(output), err);
	if (status == PM_OK)
		status = cli_output_flush(output, err);
	return status;
}

/* A snapshot that can't be had is told, and the next one may succeed; without a first there is
 * nothing to go on with, unless that is for the moment only. */
static bool goes_on(struct feed *feed, const struct pm_error *err, bool *told)
{
	char text[2048];

	if ((feed->n == 0 && err->sys_errno != EAGAIN) || feed->recorded)
		return false;
	if (!*told)
		cli_say("a snapshot failed: %s; going on", pm_error_text(err, text, sizeof(text)));
	*told = true;
	return true;
}

/* Why there is nothing to print. */
static const char *why_empty(const struct settings *settings, const struct pm_view *view)
{
	const bool patterns = settings->include.n > 0 || settings->exclude.n > 0;

	if (view->n_all == 0)
		return "there is no tag";
	if (settings->view.session == PM_ALL_SESSIONS && !patterns)
		return "there are no pools of sessions here (Windows has them)";
	if (settings->view.session != PM_NO_SESSIONS && !patterns)
		return "there are no pools of this session here";
	return patterns ? "no tag of these pools matches --include (/i) and --exclude (/x)"
			: "no tag is of these pools";
}

/* Tells it once, at the first block. */
static void look_at_first(const struct feed *feed, const struct pm_view *view)
{
	if (feed->n == 1 && view->n_rows == 0)
		cli_say("the table is empty: %s", why_empty(feed->settings, view));
}

static enum pm_status print_blocks(
	struct feed *feed, struct cli_run *run, struct cli_output *output, struct pm_error *err)
{
	const uint64_t count = feed->settings->snapshot != NULL ? 1 : feed->settings->count;
	struct pm_view view = {0};
	enum pm_status status = PM_OK;
	bool told = false;

	while (status == PM_OK && (count == 0 || feed->n < count) &&
		cli_run_wait(run, feed->recorded ? 0 : feed->due_ms) == CLI_TICK) {
		status = feed_next(feed, err);
		if (status == PM_OK) {
			told = false;
			status = print_block(feed, &view, output, err);
			look_at_first(feed, &view);
		} else if (status != PM_END && goes_on(feed, err, &told)) {
			status = PM_OK;
		}
	}
	pm_view_deinit(&view);
	return status == PM_END ? PM_OK : status;
}

int display_blocks(struct feed *feed)
{
	const char *path = feed->settings->snapshot;
	struct cli_output *output;
	struct cli_run *run = NULL;
	struct pm_error err;
	enum pm_status status = cli_output_open(&output, path, &err);

	if (status != PM_OK)
		return cli_fail(&err);
	status = cli_run_create(&run, false, &err);
	if (status == PM_OK)
		status = print_blocks(feed, run, output, &err);
	status = cli_output_close(output, status, &err);
	cli_run_destroy(run);
	if (status != PM_OK && path == NULL && cli_reader_left(&err))
		return CLI_DONE;
	return status == PM_OK ? CLI_DONE : cli_fail(&err);
}
