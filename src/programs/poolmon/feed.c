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

/* The source that has what is wanted: that of the command line, unless it has the other pools. */
static const char *spec_of(const struct settings *settings, bool sessions)
{
	const struct pm_source_info *info = pm_source_find(settings->source);
	const char *other;

	if (info == NULL || info->pool == PM_N_POOLS || (info->pool == PM_POOL_SESSION) == sessions)
		return settings->source;
	other = pm_source_of_pool(sessions ? PM_POOL_SESSION : PM_POOL_SYSTEM);
	return other != NULL ? other : settings->source;
}

static enum pm_status open_source(struct feed *feed, struct pm_error *err)
{
	const struct settings *settings = feed->settings;
	const enum pm_status status =
		pm_source_open(&feed->source, feed->spec, &settings->source_config, err);

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
		.settings = settings,
		.spec = spec_of(settings, settings->view.session != PM_NO_SESSIONS),
		.interval_ms = settings->interval_ms,
		.speed = 1,
	};
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
	pm_past_destroy(feed->past);
	pm_snapshot_deinit(&feed->snapshot);
	pm_snapshot_deinit(&feed->description);
	feed->source = NULL;
	feed->watch = NULL;
	feed->past = NULL;
}

enum pm_status feed_remember(struct feed *feed, struct pm_error *err)
{
	return feed->recorded ? pm_past_create(&feed->past, err) : PM_OK;
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

static void stand_at(struct feed *feed, uint64_t n, const struct pm_snapshot *snapshot)
{
	feed->n = n;
	feed->time_ms = snapshot->time_ms;
	feed->uptime_ms = snapshot->uptime_ms;
}

static enum pm_status show(
	struct feed *feed, const struct pm_snapshot *snapshot, struct pm_error *err)
{
	if (feed->recorded && feed->n > 0 && snapshot->uptime_ms > feed->uptime_ms)
		feed->interval_ms = snapshot->uptime_ms - feed->uptime_ms;
	stand_at(feed, feed->n + 1, snapshot);
	return pm_watch_take(feed->watch, snapshot, err);
}

/* What comes is of another boot than all that was. */
static void begin_boot(struct feed *feed)
{
	pm_watch_reset(feed->watch);
	if (feed->past != NULL)
		pm_past_clear(feed->past);
	feed->uptime_ms = INT64_MAX; /* no interval is told by it */
}

static enum pm_status take(struct feed *feed, struct pm_error *err)
{
	struct pm_snapshot kept;
	enum pm_status status = PM_OK;

	if (feed->past != NULL && pm_past_get(feed->past, feed->n + 1, &kept))
		return show(feed, &kept, err);

	if (feed->source == NULL) /* it could not be begun anew */
		status = open_source(feed, err);
	if (status == PM_OK)
		status = pm_source_sample(feed->source, &feed->snapshot, err);
	if (status != PM_OK)
		return status;
	if (!same_boot(&feed->origin, pm_source_origin(feed->source)))
		begin_boot(feed);
	take_origin(feed);
	if (feed->past != NULL) /* without memory for it, steps back take longer */
		(void)!pm_past_keep(feed->past, feed->n + 1, &feed->snapshot, feed->watch, NULL);
	return show(feed, &feed->snapshot, err);
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

enum pm_status feed_show_sessions(struct feed *feed, bool sessions, struct pm_error *err)
{
	const char *before = feed->spec;
	struct pm_source *source = feed->source;
	enum pm_status status;

	feed->spec = spec_of(feed->settings, sessions);
	if (strcmp(feed->spec, before) == 0)
		return PM_OK;
	status = open_source(feed, err);
	if (status != PM_OK) {
		feed->spec = before;
		feed->source = source;
		return status;
	}
	pm_source_close(source);
	/* A failure is kept, and may be none the next time, as with every snapshot. */
	feed->ended |= feed_next(feed, err) == PM_END;
	return PM_OK;
}

/* ---- there and back ---- */

static enum pm_status begin_anew(struct feed *feed, struct pm_error *err)
{
	pm_source_close(feed->source);
	feed->source = NULL;
	pm_watch_reset(feed->watch);
	if (feed->past != NULL)
		pm_past_clear(feed->past);
	feed->n = 0;
	feed->ended = false;
	return open_source(feed, err);
}

/* Back to a snapshot that is remembered. False: it is not. */
static bool recall(struct feed *feed, uint64_t n, enum pm_status *status, struct pm_error *err)
{
	struct pm_snapshot kept;

	if (feed->past == NULL || !pm_past_get(feed->past, n, &kept))
		return false;
	*status = pm_past_restore(feed->past, n, feed->watch, err);
	stand_at(feed, n, &kept);
	feed->ended = false;
	feed->failure.status = PM_OK;
	return true;
}

static enum pm_status set_out(
	struct feed *feed, uint64_t goal, int64_t goal_ms, bool anew, struct pm_error *err)
{
	const enum pm_status status = anew ? begin_anew(feed, err) : PM_OK;

	feed->paused = true;
	feed->seeks = status == PM_OK;
	feed->goal = goal;
	feed->goal_ms = goal_ms;
	return status;
}

enum pm_status feed_seek(struct feed *feed, int64_t time_ms, struct pm_error *err)
{
	const bool back = feed->n > 0 && time_ms <= feed->time_ms;
	struct pm_snapshot kept;
	enum pm_status status;
	uint64_t n = feed->n;

	if (!back)
		return set_out(feed, 0, time_ms, false, err);
	while (n > 1 && feed->past != NULL && pm_past_get(feed->past, n - 1, &kept) &&
		kept.time_ms >= time_ms)
		n--;
	/* The first of those that are remembered need not be the first from then on. */
	if ((n > 1 && (feed->past == NULL || !pm_past_get(feed->past, n - 1, &kept))) ||
		!recall(feed, n, &status, err))
		return set_out(feed, 0, time_ms, true, err);
	return status == PM_OK ? set_out(feed, n, 0, false, err) : status;
}

enum pm_status feed_back(struct feed *feed, struct pm_error *err)
{
	const uint64_t from = feed->seeks && feed->goal > 0 ? feed->goal : feed->n;
	const uint64_t goal = from > 1 ? from - 1 : 1;
	enum pm_status status;

	if (recall(feed, goal, &status, err))
		return status == PM_OK ? set_out(feed, goal, 0, false, err) : status;
	return set_out(feed, goal, 0, true, err);
}

static bool is_there(const struct feed *feed)
{
	return feed->goal > 0 ? feed->n >= feed->goal
			      : feed->n > 0 && feed->time_ms >= feed->goal_ms;
}

enum pm_status feed_go_on(struct feed *feed, int64_t until_ms, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	while (feed->seeks && !is_there(feed)) {
		status = feed_next(feed, err);
		feed->seeks = status == PM_OK;
		if (cli_uptime_ms() >= until_ms)
			return status == PM_END ? PM_OK : status;
	}
	feed->seeks = false;
	return status == PM_END ? PM_OK : status;
}

void feed_say_remarks(struct feed *feed)
{
	struct pm_error err;

	for (size_t i = 0; feed->source != NULL && pm_source_remark(feed->source, i, &err); i++)
		cli_remark(&err);
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
