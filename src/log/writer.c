/* SPDX-License-Identifier: MIT */
#include <poolmon/writer.h>

#include "base/array.h"
#include "base/fail.h"
#include "log/continued.h"
#include "log/output.h"
#include "log/trouble.h"
#include "model/note.h"
#include "model/origin.h"

struct pm_writer {
	const struct pm_writer_options *options;
	struct pm_encoder encoder;
	struct pm_snapshot own; /* keys of the rows that the writer itself adds */
	struct pm_buf origin;   /* the note of `start` rows */
	const struct pm_snapshot *preamble;
	struct pm_output output;
	struct pm_continued continued; /* what is in the file; nothing once it is begun */
	int64_t begun_uptime_ms;       /* of the file */
	struct pm_trouble trouble;

	struct pm_buf out;  /* what is about to be written */
	signed char *taken; /* [n_taken], by key id: 1 write, -1 don't, 0 not asked yet */
	size_t n_taken;
	uint64_t n_rows; /* in that */
	struct pm_writer_stats stats;
};

/* ---- rows ---- */

static void put_event(struct pm_writer *writer, int64_t time_ms, int64_t uptime_ms,
	const char *event, const char *note, size_t n_note)
{
	struct pm_row row = {
		.time_ms = time_ms,
		.uptime_ms = uptime_ms,
		.key = pm_snapshot_key(&writer->own, "event", event, strlen(event), ""),
		.note = note,
		.n_note = n_note,
	};

	if (row.key == NULL)
		writer->out.failed = true;
	else
		pm_encoder_put_row(&writer->encoder, &row, &writer->out);
	writer->n_rows++;
}

/* What a file begins with, or what says that an earlier one goes on. */
static void put_beginning(struct pm_writer *writer, int64_t time_ms, int64_t uptime_ms)
{
	struct pm_buf note = {0};

	if (!writer->output.file.has_rows)
		pm_encoder_put_header(&writer->encoder, &writer->out);
	put_event(writer, time_ms, uptime_ms, "start", writer->origin.at, writer->origin.n);
	for (size_t i = 0; writer->preamble != NULL && i < writer->preamble->n_rows; i++) {
		const struct pm_row *row = &writer->preamble->rows[i];

		put_event(writer, time_ms, uptime_ms, row->key->tag, row->note, row->n_note);
	}
	if (writer->output.previous[0] != '\0') {
		pm_note_add_text(&note, "previous", writer->output.previous);
		put_event(writer, time_ms, uptime_ms, "rotate", note.at, note.n);
	} else if (writer->output.cut_bytes > 0) {
		pm_note_add_u64(&note, "cut_bytes", writer->output.cut_bytes);
		put_event(writer, time_ms, uptime_ms, "repair", note.at, note.n);
	}
	if (writer->continued.earlier_boot[0] != '\0') {
		pm_buf_clear(&note);
		pm_note_add_text(&note, "previous", writer->continued.earlier_boot);
		put_event(writer, time_ms, uptime_ms, "boot", note.at, note.n);
	}
	writer->out.failed |= note.failed;
	pm_buf_deinit(&note);
}

/* What is missing before this snapshot, and the events of that time. */
static void put_gap(struct pm_writer *writer, const struct pm_snapshot *snapshot)
{
	struct pm_buf note = {0};

	pm_buf_add(&writer->out, writer->trouble.events.at, writer->trouble.events.n);
	if (writer->trouble.missed == 0)
		return;
	pm_trouble_note(&writer->trouble, &note);
	put_event(writer, snapshot->time_ms, snapshot->uptime_ms, "gap", note.at, note.n);
	writer->out.failed |= note.failed;
	pm_buf_deinit(&note);
}

static bool is_taken(struct pm_writer *writer, const struct pm_key *key)
{
	if (writer->options->filter == NULL || !pm_pool_has_suspects(key->pool))
		return true;
	if (key->id >= writer->n_taken) {
		size_t n = writer->n_taken;
		signed char *grown = pm_array_room(writer->taken, &n, key->id, sizeof(*grown));

		if (grown == NULL) {
			writer->out.failed = true;
			return false;
		}
		memset(grown + writer->n_taken, 0, n - writer->n_taken);
		writer->taken = grown;
		writer->n_taken = n;
	}
	if (writer->taken[key->id] == 0)
		writer->taken[key->id] =
			pm_filter_takes(writer->options->filter, key->tag) ? 1 : -1;
	return writer->taken[key->id] > 0;
}

static void put_rows(struct pm_writer *writer, const struct pm_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_rows; i++) {
		if (is_taken(writer, snapshot->rows[i].key)) {
			pm_encoder_put_row(&writer->encoder, &snapshot->rows[i], &writer->out);
			writer->n_rows++;
		}
	}
}

/* ---- writing ---- */

/* Encodes what is to be written. */
static void encode(struct pm_writer *writer, const struct pm_snapshot *snapshot)
{
	const bool events_first = writer->trouble.events.n > 0;

	pm_buf_clear(&writer->out);
	writer->n_rows = 0;
	if (!writer->output.begun)
		put_beginning(writer, events_first ? writer->trouble.time_ms : snapshot->time_ms,
			events_first ? writer->trouble.uptime_ms : snapshot->uptime_ms);
	put_gap(writer, snapshot);
	put_rows(writer, snapshot);
}

/* Once after the file was opened: what is in it already. */
static enum pm_status look_back(struct pm_writer *writer, struct pm_error *err)
{
	struct pm_output *output = &writer->output;
	const struct pm_logfile *file = &output->file;
	enum pm_status status = PM_OK;

	if (!output->opened)
		return PM_OK;
	writer->continued = (struct pm_continued){.known = false};
	if (file->lasting && file->has_rows)
		status = pm_continued_read(file->file, writer->encoder.codec, file->packing,
			(struct pm_span){writer->origin.at, writer->origin.n}, &writer->continued,
			err);
	output->opened = status != PM_OK;
	return status;
}

static enum pm_status write_snapshot(
	struct pm_writer *writer, const struct pm_snapshot *snapshot, struct pm_error *err)
{
	struct pm_output *output = &writer->output;
	enum pm_status status = pm_output_keep_open(output, snapshot->time_ms, err);

	if (status == PM_OK)
		status = look_back(writer, err);
	if (status != PM_OK)
		return status;
	encode(writer, snapshot);
	if (pm_output_is_due(
		    output, writer->out.n, snapshot->uptime_ms - writer->begun_uptime_ms)) {
		status = pm_output_rotate(output, snapshot->time_ms, err);
		if (status == PM_OK)
			status = look_back(writer, err);
		if (status != PM_OK)
			return status;
		encode(writer, snapshot);
	}
	if (writer->out.failed)
		return pm_fail_memory(err);
	return pm_output_add(output, writer->out.at, writer->out.n, err);
}

enum pm_status pm_writer_add(
	struct pm_writer *writer, const struct pm_snapshot *snapshot, struct pm_error *err)
{
	struct pm_output *output = &writer->output;
	const uint64_t missed = writer->trouble.missed;
	struct pm_error local;
	enum pm_status status;

	if (err == NULL)
		err = &local;
	status = write_snapshot(writer, snapshot, err);
	if (status != PM_OK) {
		pm_trouble_add(&writer->trouble, &writer->encoder, snapshot, err);
		writer->stats.missed += writer->trouble.missed - missed;
		return status;
	}
	pm_trouble_end(&writer->trouble);
	if (!output->begun) {
		output->begun = true;
		writer->begun_uptime_ms = pm_continued_since_ms(
			&writer->continued, snapshot->time_ms, snapshot->uptime_ms);
		writer->continued = (struct pm_continued){.known = false};
		writer->stats.files++;
		writer->stats.repaired_bytes += output->cut_bytes;
		output->cut_bytes = 0;
		output->previous[0] = '\0';
	}
	writer->stats.rows += writer->n_rows;
	writer->stats.bytes += writer->out.n;
	writer->stats.snapshots++;
	return PM_OK;
}

enum pm_status pm_writer_sync(struct pm_writer *writer, struct pm_error *err)
{
	return pm_output_sync(&writer->output, err);
}

void pm_writer_reopen(struct pm_writer *writer)
{
	pm_output_reopen(&writer->output);
}

/* ---- beginning and end ---- */

static void deinit(struct pm_writer *writer)
{
	pm_snapshot_deinit(&writer->own);
	pm_encoder_deinit(&writer->encoder);
	pm_buf_deinit(&writer->origin);
	pm_buf_deinit(&writer->out);
	pm_buf_deinit(&writer->trouble.events);
	free(writer->taken);
	free(writer);
}

enum pm_status pm_writer_create(struct pm_writer **out, const struct pm_writer_options *options,
	const struct pm_origin *origin, struct pm_error *err)
{
	struct pm_writer *writer = calloc(1, sizeof(*writer));
	enum pm_status status;

	*out = NULL;
	if (writer == NULL)
		return pm_fail_memory(err);
	writer->options = options;
	pm_encoder_init(&writer->encoder, options->format, options->labels, options->n_labels);
	pm_origin_write(&writer->origin, origin);
	status = pm_labels_check(options->labels, options->n_labels, err);
	if (status == PM_OK)
		status = pm_snapshot_init(&writer->own, err);
	if (status == PM_OK && writer->origin.failed)
		status = pm_fail_memory(err);
	if (status == PM_OK) {
		status = pm_output_init(&writer->output, options, &writer->encoder, err);
		if (status != PM_OK)
			(void)pm_output_deinit(&writer->output, NULL);
	}
	if (status != PM_OK) {
		deinit(writer);
		return status;
	}
	*out = writer;
	return PM_OK;
}

void pm_writer_set_preamble(struct pm_writer *writer, const struct pm_snapshot *preamble)
{
	writer->preamble = preamble;
}

enum pm_status pm_writer_set_origin(
	struct pm_writer *writer, const struct pm_origin *origin, struct pm_error *err)
{
	pm_buf_clear(&writer->origin);
	pm_origin_write(&writer->origin, origin);
	writer->output.begun = false;
	return writer->origin.failed ? pm_fail_memory(err) : PM_OK;
}

bool pm_writer_recovers(const struct pm_writer *writer)
{
	return writer->output.file.lasting;
}

enum pm_status pm_writer_background_failure(struct pm_writer *writer, struct pm_error *err)
{
	return pm_output_failure(&writer->output, err);
}

const char *pm_writer_path(const struct pm_writer *writer)
{
	return writer->output.file.path;
}

struct pm_writer_stats pm_writer_stats(const struct pm_writer *writer)
{
	return writer->stats;
}

enum pm_status pm_writer_close(struct pm_writer *writer, struct pm_error *err)
{
	const enum pm_status status = pm_output_deinit(&writer->output, err);

	deinit(writer);
	return status;
}
