/* SPDX-License-Identifier: MIT */
#include "programs/poolmon/feed.h"

#include <poolmon/tag.h>
#include <poolmon/version.h>

#include <string.h>

enum { RECORDED_INTERVAL_MS = 5000 };

/* The source's, with what we know. */
static void take_origin(struct feed *feed)
{
	feed->origin = *pm_source_origin(feed->source);
	if (feed->recorded)
		return;
	feed->origin.version = PM_VERSION;
	feed->origin.sources = pm_source_info(feed->source)->name;
	feed->origin.interval_ms = feed->interval_ms;
}

static enum pm_status open_source(struct feed *feed, struct pm_error *err)
{
	const struct settings *settings = feed->settings;
	const enum pm_status status =
		pm_source_open(&feed->source, settings->source, &settings->source_config, err);

	if (status != PM_OK)
		return status;
	feed->recorded = pm_source_info(feed->source)->own_clock;
	take_origin(feed);
	feed->ended = false;
	return PM_OK;
}

enum pm_status feed_open(struct feed *feed, const struct settings *settings, struct pm_error *err)
{
	enum pm_status status;

	*feed = (struct feed){
		.settings = settings, .interval_ms = settings->interval_ms, .speed = 1};
	status = pm_snapshot_init(&feed->snapshot, err);
	if (status == PM_OK)
		status = pm_snapshot_init(&feed->description, err);
	if (status == PM_OK)
		status = pm_watch_create(&feed->watch, err);
	if (status == PM_OK)
		status = open_source(feed, err);
	if (status != PM_OK)
		return status;
	if (feed->recorded)
		feed->interval_ms = feed->origin.interval_ms > 0 ? feed->origin.interval_ms
								 : RECORDED_INTERVAL_MS;
	feed->due_ms = cli_uptime_ms();
	return PM_OK;
}

void feed_close(struct feed *feed)
{
	if (feed->source != NULL)
		pm_source_close(feed->source);
	pm_watch_destroy(feed->watch);
	pm_snapshot_deinit(&feed->snapshot);
	pm_snapshot_deinit(&feed->description);
	feed->source = NULL;
	feed->watch = NULL;
}

static bool same_boot(const struct pm_origin *a, const struct pm_origin *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->boot_id, b->boot_id) == 0 &&
		a->implied_boots == b->implied_boots;
}

/* When the next one is due: on a grid, or as far from this one as they were recorded. */
static void set_due(struct feed *feed)
{
	const int64_t now = cli_uptime_ms();

	if (feed->recorded) {
		feed->due_ms = now + (int64_t)((double)feed->interval_ms / feed->speed);
		return;
	}
	feed->due_ms += feed->interval_ms;
	if (feed->due_ms <= now)
		feed->due_ms = now + feed->interval_ms;
}

static enum pm_status take(struct feed *feed, struct pm_error *err)
{
	const int64_t before_ms = feed->uptime_ms;
	enum pm_status status = PM_OK;

	if (feed->source == NULL) /* it could not be begun anew */
		status = open_source(feed, err);
	if (status == PM_OK)
		status = pm_source_sample(feed->source, &feed->snapshot, err);
	if (status != PM_OK)
		return status;
	if (!same_boot(&feed->origin, pm_source_origin(feed->source)))
		pm_watch_reset(feed->watch);
	else if (feed->recorded && feed->n > 0 && feed->snapshot.uptime_ms > before_ms)
		feed->interval_ms = feed->snapshot.uptime_ms - before_ms;
	take_origin(feed);
	feed->time_ms = feed->snapshot.time_ms;
	feed->uptime_ms = feed->snapshot.uptime_ms;
	feed->n++;
	return pm_watch_take(feed->watch, &feed->snapshot, err);
}

enum pm_status feed_next(struct feed *feed, struct pm_error *err)
{
	const enum pm_status status = feed->ended ? PM_END : take(feed, err);

	set_due(feed);
	feed->ended |= status == PM_END;
	if (status == PM_OK)
		feed->failure.status = PM_OK;
	else if (status != PM_END)
		feed->failure = *err;
	return status;
}

static enum pm_status begin_anew(struct feed *feed, struct pm_error *err)
{
	pm_source_close(feed->source);
	feed->source = NULL;
	pm_watch_reset(feed->watch);
	feed->n = 0;
	feed->ended = false;
	return open_source(feed, err);
}

enum pm_status feed_seek(struct feed *feed, int64_t time_ms, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	if (feed->n > 0 && time_ms <= feed->time_ms)
		status = begin_anew(feed, err);
	while (status == PM_OK && (feed->n == 0 || feed->time_ms < time_ms))
		status = feed_next(feed, err);
	return status == PM_END ? PM_OK : status;
}

enum pm_status feed_back(struct feed *feed, struct pm_error *err)
{
	const uint64_t wanted = feed->n > 1 ? feed->n - 1 : 1;
	enum pm_status status = begin_anew(feed, err);

	while (status == PM_OK && feed->n < wanted)
		status = feed_next(feed, err);
	return status == PM_END ? PM_OK : status;
}

bool feed_aliases(struct feed *feed, const struct pm_key *key, char *names, size_t size)
{
	const struct pm_snapshot *description = &feed->description;
	char tag[PM_TAG_ESCAPED];

	if (feed->source == NULL ||
		pm_source_describe(feed->source, &feed->description, NULL) != PM_OK)
		return false;
	for (size_t i = 0; i < description->n_rows; i++) {
		const struct pm_row *row = &description->rows[i];

		if (pm_row_is_event(row, "alias") &&
			pm_note_get(row->note, row->n_note, "tag", tag, sizeof(tag)) &&
			strcmp(tag, key->tag) == 0)
			return pm_note_get(row->note, row->n_note, "names", names, size);
	}
	return false;
}
