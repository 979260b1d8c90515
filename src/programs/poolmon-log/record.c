/* SPDX-License-Identifier: MIT */
/*
 * The recording loop: ticks on an absolute grid, a snapshot each, until something ends it.
 *
 * Sources with a clock of their own (recorded ones) are drained as fast as they come.
 */
#include "programs/cli/privileges.h"
#include "programs/poolmon-log/recording.h"

#include <poolmon/version.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_standard_output(const struct recording *recording)
{
	return strcmp(pm_writer_path(recording->writer), "-") == 0;
}

bool recording_failed(struct recording *recording, const struct pm_error *err)
{
	if (recording->writer != NULL && cli_reader_left(err) && is_standard_output(recording))
		recording->reason = "reader-left"; /* no failure: it has seen enough */
	else
		recording->result = cli_fail(err);
	return false;
}

/* ---- origin and descriptions ---- */

static void complete_origin(struct recording *recording)
{
	const struct settings *settings = recording->settings;

	recording->origin = *pm_source_origin(recording->source);
	recording->origin.version = PM_VERSION;
	recording->origin.sources = pm_source_info(recording->source)->name;
	if (!recording->own_clock || recording->origin.interval_ms == 0)
		recording->origin.interval_ms = settings->interval_ms;
	recording->origin.labels = settings->output.labels;
	recording->origin.n_labels = settings->output.n_labels;
}

static bool same_boot(const struct pm_origin *a, const struct pm_origin *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->boot_id, b->boot_id) == 0;
}

/* What is recorded may be of another boot from one snapshot to the next. */
static bool follow_origin(struct recording *recording, struct pm_error *err)
{
	if (same_boot(&recording->origin, pm_source_origin(recording->source)))
		return true;
	complete_origin(recording);
	return pm_writer_set_origin(recording->writer, &recording->origin, err) == PM_OK;
}

/* Descriptions go to the beginning of every file, and into the one at hand when they change. */
static bool follow_descriptions(struct recording *recording, struct pm_error *err)
{
	const bool first = recording->n_snapshots == 0;
	enum pm_status status;

	if (recording->revision == pm_source_revision(recording->source))
		return true;
	recording->revision = pm_source_revision(recording->source);
	status = pm_source_describe(recording->source, &recording->preamble, err);
	pm_writer_set_preamble(recording->writer, &recording->preamble);
	for (size_t i = 0; !first && status == PM_OK && i < recording->preamble.n_rows; i++) {
		const struct pm_row *row = &recording->preamble.rows[i];

		status = pm_snapshot_add_event(
			&recording->snapshot, row->key->tag, row->note, row->n_note, err);
	}
	return status == PM_OK;
}

/* ---- rows ---- */

enum { TOLD_AT_FIRST = 8, TOLD_EVERY_MS = 600000 };

/* Whether it is time to tell of a failure of the output. */
static bool may_tell(struct recording *recording)
{
	struct telling *telling = &recording->telling;
	const int64_t now_ms = recording_now(recording).uptime_ms;

	for (; now_ms - telling->since_ms >= TOLD_EVERY_MS; telling->since_ms += TOLD_EVERY_MS)
		telling->n += telling->n < TOLD_AT_FIRST;
	if (telling->n == 0)
		return false;
	telling->n--;
	return true;
}

static void tell_failure(struct recording *recording, const struct pm_error *err)
{
	char text[2048];

	recording->telling.begun = may_tell(recording);
	if (recording->telling.begun)
		cli_say("%s; sampling goes on, and writing as soon as it can be%s",
			pm_error_text(err, text, sizeof(text)),
			recording->telling.n > 0 ? ""
						 : "; as it comes and goes, this is told every "
						   "ten minutes at most from here on");
}

static void tell_recovery(struct recording *recording)
{
	struct telling *telling = &recording->telling;

	if (telling->begun) {
		cli_say("%s is written again; %" PRIu64 " snapshot%s missing",
			pm_writer_path(recording->writer), telling->n_untold,
			telling->n_untold == 1 ? " is" : "s are");
		telling->n_untold = 0;
	}
	telling->begun = false;
}

/* Whether to go on although a snapshot could not be written: a disk may have room again, and a
 * directory come back. What is told is told once, however long it lasts. */
static bool goes_on_without(struct recording *recording, struct pm_error *err)
{
	if (!pm_writer_recovers(recording->writer) || err->status == PM_E_ARGUMENT)
		return false;
	if (!recording->write_failing)
		tell_failure(recording, err);
	recording->write_failing = true;
	return true;
}

static const char *remedy_for_space(const struct recording *recording, const struct pm_error *err)
{
	if (err->sys_errno == EFBIG)
		return "there is a limit on the size of files, which 'ulimit -f' tells: raise it, "
		       "or stay below it with --rotate-size";
	return is_standard_output(recording) ? "free some space where it goes"
					     : "free some space, or limit the log with --keep-size";
}

static enum pm_status write_rows(
	struct recording *recording, const struct pm_snapshot *snapshot, struct pm_error *err)
{
	uint64_t missed;

	if (pm_writer_add(recording->writer, snapshot, err) != PM_OK) {
		if (err->status == PM_E_SPACE && err->remedy[0] == '\0')
			snprintf(err->remedy, sizeof(err->remedy),
				"what was recorded until here is complete; %s",
				remedy_for_space(recording, err));
		return goes_on_without(recording, err) ? PM_OK : err->status;
	}
	missed = pm_writer_stats(recording->writer).missed - recording->missed_told;
	recording->missed_told += missed;
	recording->telling.n_untold += missed;
	if (recording->write_failing)
		tell_recovery(recording);
	recording->write_failing = false;
	return PM_OK;
}

static enum pm_status make_event(struct recording *recording, const char *event, const char *note,
	int64_t time_ms, int64_t uptime_ms, struct pm_error *err)
{
	if (recording->own_clock) {
		time_ms = recording->last_time_ms;
		uptime_ms = recording->last_uptime_ms;
	}
	pm_snapshot_begin(&recording->event, time_ms, uptime_ms);
	return pm_snapshot_add_event(&recording->event, event, note, strlen(note), err);
}

static enum pm_status write_event(struct recording *recording, const char *event, const char *note,
	int64_t time_ms, int64_t uptime_ms, struct pm_error *err)
{
	const enum pm_status status = make_event(recording, event, note, time_ms, uptime_ms, err);

	return status == PM_OK ? write_rows(recording, &recording->event, err) : status;
}

enum pm_status recording_event(
	struct recording *recording, const char *event, const char *note, struct pm_error *err)
{
	return write_event(recording, event, note, recording->snapshot.time_ms,
		recording->snapshot.uptime_ms, err);
}

enum pm_status recording_event_now(
	struct recording *recording, const char *event, const char *note, struct pm_error *err)
{
	const struct pm_now now = recording_now(recording);

	return write_event(recording, event, note, now.time_ms, now.uptime_ms, err);
}

/* A snapshot that can't be had is a row too, and a message the first time in a row. */
static bool note_failed_sample(struct recording *recording, const struct pm_error *why)
{
	char text[2048], note[RECORDING_NOTE] = "";
	struct pm_error err;

	pm_error_text(why, text, sizeof(text));
	if (!recording->sample_failing)
		cli_say("a snapshot failed: %s; going on", text);
	recording->sample_failing = true;
	pm_note_put(note, sizeof(note), "source", pm_source_info(recording->source)->name);
	pm_note_put(note, sizeof(note), "cause", text);
	return recording_event(recording, "source-error", note, &err) == PM_OK ||
		recording_failed(recording, &err);
}

static void tell_background_failure(struct recording *recording)
{
	struct pm_error err;
	char text[2048];

	if (pm_writer_background_failure(recording->writer, &err) == PM_OK ||
		recording->background_told)
		return;
	recording->background_told = true;
	cli_say("%s; recording goes on", pm_error_text(&err, text, sizeof(text)));
}

/* Whoever asked for certain tags wants to know that there is none, before hours have passed. */
static void tell_if_nothing_matches(const struct recording *recording)
{
	const struct pm_filter *filter = recording->settings->output.filter;

	for (size_t i = 0; i < recording->snapshot.n_rows; i++) {
		const struct pm_key *key = recording->snapshot.rows[i].key;

		if (pm_pool_has_suspects(key->pool) &&
			(filter == NULL || pm_filter_takes(filter, key->tag)))
			return;
	}
	cli_say("the first snapshot has no tag%s; going on",
		filter != NULL ? " that --include and --exclude let through" : "");
}

/* Takes and writes one snapshot. False: the recording is over, as it is if the first snapshot can't
 * be had, unless that is for the moment only: the log begins with what is wrong then. */
static bool take_snapshot(struct recording *recording)
{
	struct pm_error err;
	const enum pm_status status =
		pm_source_sample(recording->source, &recording->snapshot, &err);

	if (status == PM_END) {
		recording->reason = "end";
		return false;
	}
	if (status != PM_OK &&
		(recording->n_snapshots > 0 || recording->sample_failing || recording->own_clock ||
			err.sys_errno == EAGAIN))
		return note_failed_sample(recording, &err);
	if (status != PM_OK)
		return recording_failed(recording, &err);
	recording->sample_failing = false;
	if (!follow_origin(recording, &err) || !follow_descriptions(recording, &err) ||
		write_rows(recording, &recording->snapshot, &err) != PM_OK)
		return recording_failed(recording, &err);
	if (recording->n_snapshots++ == 0) {
		recording->first_uptime_ms = recording->snapshot.uptime_ms;
		tell_if_nothing_matches(recording);
	}
	recording->last_uptime_ms = recording->snapshot.uptime_ms;
	recording->last_time_ms = recording->snapshot.time_ms;
	control_keep_open(recording);
	tell_background_failure(recording);
	return true;
}

static bool limit_reached(struct recording *recording)
{
	const struct settings *settings = recording->settings;

	if (settings->count != 0 && recording->n_snapshots >= settings->count)
		recording->reason = "count";
	else if (settings->duration_ms != 0 && recording->n_snapshots > 0 &&
		recording->last_uptime_ms - recording->first_uptime_ms >= settings->duration_ms)
		recording->reason = "duration";
	return recording->reason != NULL;
}

/* ---- all of it ---- */

/* A snapshot out of turn: the grid stays where it is. */
static bool sample_now(struct recording *recording)
{
	return timing_watch(recording) && take_snapshot(recording);
}

static void sample_until_the_end(struct recording *recording)
{
	recording->cpu_us = cli_cpu_us();
	timing_begin(recording);
	recording->telling = (struct telling){
		.n = TOLD_AT_FIRST, .since_ms = recording_now(recording).uptime_ms};
	if (!take_snapshot(recording) || !command_start(recording))
		return;
	service_ready(recording);
	while (!limit_reached(recording)) {
		timing_done(recording);
		switch (timing_wait(recording, timing_due_ms(recording))) {
		case CLI_TICK:
			if (!timing_tick(recording) || !take_snapshot(recording))
				return;
			break;
		case CLI_STOP:
			recording->reason = "signal";
			if (!recording->own_clock)
				(void)sample_now(recording);
			return;
		case CLI_SAMPLE:
			if (!sample_now(recording))
				return;
			break;
		case CLI_REOPEN:
			control_reopen(recording);
			break;
		case CLI_REQUEST:
			if (!control_requests(recording))
				return;
			break;
		case CLI_ENDED:
			if (command_finish(recording))
				(void)sample_now(recording);
			return;
		}
	}
}

static bool open_all(struct recording *recording)
{
	const struct settings *settings = recording->settings;
	struct pm_source_config config = settings->source_config;
	struct pm_error err;

	if (cli_run_create(&recording->run, strcmp(settings->output.output, "-") != 0, &err) !=
			PM_OK ||
		cli_clock_create(&recording->clock, &err) != PM_OK)
		return recording_failed(recording, &err);
	config.clock = cli_clock_interface(recording->clock);
	if (pm_source_open(&recording->source, settings->source, &config, &err) != PM_OK)
		return recording_failed(recording, &err);
	recording->own_clock = pm_source_info(recording->source)->own_clock;
	if (settings->command == NULL)
		cli_privileges_drop();
	complete_origin(recording);
	if (pm_snapshot_init(&recording->snapshot, &err) != PM_OK ||
		pm_snapshot_init(&recording->preamble, &err) != PM_OK ||
		pm_snapshot_init(&recording->event, &err) != PM_OK ||
		pm_writer_create(&recording->writer, &settings->output, &recording->origin, &err) !=
			PM_OK)
		return recording_failed(recording, &err);
	control_open(recording);
	return true;
}

static const char *shown_path(const struct recording *recording)
{
	const char *path = pm_writer_path(recording->writer);

	return strcmp(path, "-") == 0 ? "standard output" : path;
}

static void say_begin(const struct recording *recording)
{
	const struct settings *settings = recording->settings;
	const char *end = settings->command != NULL                  ? "until the command ends"
		: settings->duration_ms != 0 || settings->count != 0 ? "until the limit"
		: recording->own_clock                               ? "until its end"
								     : "until Ctrl-C";

	if (settings->quiet)
		return;
	if (recording->own_clock)
		cli_say("recording %s to %s", settings->source, shown_path(recording));
	else
		cli_say("recording %s of %s every %g s to %s, %s", settings->source,
			recording->origin.host[0] != '\0' ? recording->origin.host : "this machine",
			(double)settings->interval_ms / 1000, shown_path(recording), end);
}

/* Of the snapshots that were taken, those that are in the log. */
static uint64_t n_written(const struct recording *recording)
{
	const uint64_t missed = pm_writer_stats(recording->writer).missed;

	return recording->n_snapshots > missed ? recording->n_snapshots - missed : 0;
}

/* What it cost; CPU time is that of all threads. */
static void say_stats(const struct recording *recording, const struct pm_writer_stats *stats)
{
	const struct timing *timing = &recording->timing;
	const uint64_t n = recording->own_clock ? recording->n_snapshots : timing->n_ticks;

	cli_say("stats: %" PRIu64 " ticks, %" PRIu64 " late, %" PRIu64 " missed, %" PRIu64
		" bytes, %.1f us CPU per tick",
		n, timing->n_late, timing->n_missed, stats->bytes,
		(double)(cli_cpu_us() - recording->cpu_us) / (double)(n > 0 ? n : 1));
}

static void say_end(const struct recording *recording, const struct pm_writer_stats *stats)
{
	const uint64_t written = n_written(recording);
	const bool large = stats->bytes >= 1000000;

	if (recording->settings->stats)
		say_stats(recording, stats);
	if (!recording->settings->quiet)
		cli_say("%" PRIu64 " snapshot%s, %" PRIu64 " rows, %.1f %s in %" PRIu64 " file%s",
			written, written == 1 ? "" : "s", stats->rows,
			(double)stats->bytes / (large ? 1e6 : 1e3), large ? "MB" : "kB",
			stats->files, stats->files == 1 ? "" : "s");
}

/* The last row. It is tried even if the snapshots before it could not be written; that these are
 * missing is said all the same. */
static void write_stop(struct recording *recording)
{
	const uint64_t untold = recording->telling.n_untold;
	const uint64_t missing = pm_writer_stats(recording->writer).missed - recording->missed_told;
	struct pm_error err;
	char note[128];

	if (untold > 0)
		cli_say("%s could not be written now and then: %" PRIu64 " more snapshot%s missing",
			pm_writer_path(recording->writer), untold, untold == 1 ? " is" : "s are");
	if (recording->write_failing) {
		cli_say("%s could not be written to the end: %" PRIu64 " snapshot%s missing",
			pm_writer_path(recording->writer), missing, missing == 1 ? " is" : "s are");
		recording->result = CLI_SYSTEM;
	}
	if (recording->reason == NULL || strcmp(recording->reason, "reader-left") == 0 ||
		recording->n_snapshots == 0)
		return;
	snprintf(note, sizeof(note), "reason=%s snapshots=%" PRIu64, recording->reason,
		n_written(recording));
	if (make_event(recording, "stop", note, recording->snapshot.time_ms,
		    recording->snapshot.uptime_ms, &err) == PM_OK &&
		pm_writer_add(recording->writer, &recording->event, &err) == PM_OK)
		return;
	if (!recording->write_failing)
		(void)recording_failed(recording, &err);
}

static void close_all(struct recording *recording)
{
	struct pm_error err;

	service_stopping(recording);
	cli_channel_close(recording->channel);
	if (recording->writer != NULL) {
		struct pm_writer_stats stats;

		write_stop(recording);
		stats = pm_writer_stats(recording->writer);
		say_end(recording, &stats);
		if (pm_writer_close(recording->writer, &err) != PM_OK)
			(void)recording_failed(recording, &err);
	}
	cli_run_destroy(recording->run);
	pm_snapshot_deinit(&recording->snapshot);
	pm_snapshot_deinit(&recording->preamble);
	pm_snapshot_deinit(&recording->event);
	pm_source_close(recording->source);
	cli_clock_destroy(recording->clock);
}

int record(const struct settings *settings)
{
	struct recording recording = {.settings = settings};

	service_begin(&recording);
	if (open_all(&recording)) {
		say_begin(&recording);
		sample_until_the_end(&recording);
		command_wait(&recording);
	}
	close_all(&recording);
	return recording.result;
}
