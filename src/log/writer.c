/* SPDX-License-Identifier: MIT */
#include <poolmon/writer.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/gzip.h"
#include "log/archive.h"
#include "log/encoder.h"
#include "log/repair.h"
#include "model/note.h"
#include "model/origin.h"

#include <errno.h>

/* A live gzip file gets a new member about this often, so that it can be read in parallel. */
#define MEMBER_BYTES ((uint64_t)2 << 20)

struct pm_writer {
	const struct pm_writer_options *options;
	struct pm_encoder encoder;
	struct pm_snapshot own; /* keys of the rows that the writer itself adds */
	struct pm_buf origin;   /* the note of `start` rows */
	const struct pm_snapshot *preamble;

	char *directory; /* without '/' at the end; NULL where the output is none */
	char *path;
	struct pm_archive *archive;
	char previous[64];  /* name of the file that was rotated away last; "" once told */
	uint64_t cut_bytes; /* of a torn line that was cut off; 0 once told */

	struct pm_file file;
	bool seekable;
	bool begun;    /* `start` was written since it was opened */
	bool has_rows; /* the file is not empty */
	bool gzipped;
	struct pm_gzip_writer gzip;
	uint64_t good; /* bytes of the file that are whole snapshots */
	int64_t begun_uptime_ms;

	struct pm_buf out;  /* what is about to be written */
	signed char *taken; /* [n_taken], by key id: 1 write, -1 don't, 0 not asked yet */
	size_t n_taken;
	struct pm_writer_stats stats;
};

/* ---- files ---- */

static char *join(const char *a, const char *b, const char *c)
{
	struct pm_buf text = {0};

	pm_buf_add_text(&text, a);
	pm_buf_add_text(&text, b);
	pm_buf_add_text(&text, c);
	pm_buf_terminate(&text);
	if (text.failed)
		pm_buf_deinit(&text);
	return text.at;
}

static bool rotates(const struct pm_writer_options *options)
{
	return options->rotate_bytes != 0 || options->rotate_every_ms != 0;
}

/* Finds out what kind of output it is, and its path. */
static enum pm_status place(struct pm_writer *writer, struct pm_error *err)
{
	const struct pm_writer_options *options = writer->options;
	const char *output = options->output;
	const size_t n = strlen(output);
	struct pm_file_info info;
	bool is_directory = n > 0 && output[n - 1] == '/';

	if (strcmp(output, "-") != 0 && pm_path_stat(output, &info, NULL) == PM_OK)
		is_directory = info.kind == PM_FILE_DIRECTORY;
	if (!is_directory && (rotates(options) || options->keep != 0)) {
		enum pm_status status = pm_fail(
			err, PM_E_ARGUMENT, "rotation needs a directory, and '%s' is none", output);

		pm_error_remedy(err, "name a directory: -o DIR/");
		return status;
	}
	writer->gzipped = !is_directory && options->gzip_level > 0;
	if (!is_directory) {
		writer->path = join(output, "", "");
	} else {
		writer->directory = join(output, "", "");
		for (size_t end = n;
			writer->directory != NULL && end > 1 && output[end - 1] == '/';)
			writer->directory[--end] = '\0';
		if (writer->directory != NULL)
			writer->path = join(writer->directory, "/poolmon",
				pm_format_extension(options->format));
	}
	return writer->path == NULL ? pm_fail_memory(err) : PM_OK;
}

static enum pm_status write_bytes(
	struct pm_writer *writer, const char *bytes, size_t n, struct pm_error *err)
{
	if (!writer->gzipped)
		return pm_file_write(writer->file, bytes, n, err);
	return pm_gzip_writer_add(&writer->gzip, bytes, n, true, err);
}

/* What is there has other columns: in a directory it is rotated away, a file is not touched. */
static enum pm_status set_aside(struct pm_writer *writer, struct pm_error *err)
{
	enum pm_status status;

	if (writer->archive == NULL) {
		status = pm_fail(err, PM_E_INPUT, "exists already with other columns");
		pm_error_where(err, writer->path, 0, 0);
		pm_error_remedy(err, "it is left as it is; give another name, or move it away");
		return status;
	}
	pm_file_discard(&writer->file);
	status = pm_archive_rotate(writer->archive, writer->path, pm_clock_wall_ms(),
		writer->previous, sizeof(writer->previous), err);
	if (status == PM_OK)
		status = pm_file_open(&writer->file, writer->path, PM_FILE_UPDATE, err);
	return status;
}

/* Opens writer->path and makes it ready to be continued. */
static enum pm_status open_file(struct pm_writer *writer, struct pm_error *err)
{
	struct pm_repair repair = {.salvage = {0}};
	struct pm_buf header = {0};
	struct pm_file_info info;
	enum pm_status status = PM_OK;

	if (strcmp(writer->path, "-") == 0)
		writer->file = pm_file_standard(PM_FILE_STDOUT);
	else
		status = pm_file_open(&writer->file, writer->path, PM_FILE_UPDATE, err);
	if (status != PM_OK)
		return status;
	status = pm_file_stat(writer->file, &info, err);
	writer->seekable =
		status == PM_OK && info.kind == PM_FILE_REGULAR && strcmp(writer->path, "-") != 0;
	writer->begun = writer->has_rows = false;
	pm_encoder_put_header(&writer->encoder, &header);
	if (header.failed)
		status = pm_fail_memory(err);
	if (status == PM_OK && writer->seekable)
		status = pm_repair_log(writer->file, writer->path, writer->encoder.codec,
			(struct pm_span){header.at, header.n}, writer->gzipped, &repair, err);
	if (status == PM_OK && repair.other_columns)
		status = set_aside(writer, err);
	writer->good = repair.size;
	writer->has_rows = repair.has_rows;
	writer->cut_bytes = repair.cut_bytes;
	writer->stats.repaired_bytes += repair.cut_bytes;
	if (status == PM_OK && writer->gzipped)
		status = pm_gzip_writer_init(&writer->gzip, writer->file, writer->seekable,
			repair.size, writer->options->gzip_level, err);
	if (status == PM_OK && repair.salvage.n > 0)
		status = write_bytes(writer, repair.salvage.at, repair.salvage.n, err);
	if (status == PM_OK && writer->gzipped)
		writer->good = writer->gzip.at;
	pm_buf_deinit(&repair.salvage);
	pm_buf_deinit(&header);
	if (status != PM_OK && err != NULL && err->file[0] == '\0')
		pm_error_where(err, writer->path, 0, 0);
	return status;
}

static enum pm_status close_file(struct pm_writer *writer, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	if (!pm_file_is_open(writer->file))
		return PM_OK;
	if (writer->gzipped) {
		status = pm_gzip_writer_end_member(&writer->gzip, err);
		if (status != PM_OK && writer->seekable)
			(void)!pm_file_truncate(writer->file, writer->good, NULL);
		pm_gzip_writer_deinit(&writer->gzip);
	}
	if (status == PM_OK && writer->seekable)
		status = pm_file_sync(writer->file, err);
	if (strcmp(writer->path, "-") == 0)
		writer->file = PM_FILE_NONE;
	else if (status == PM_OK)
		status = pm_file_close(&writer->file, err);
	pm_file_discard(&writer->file);
	if (status != PM_OK)
		pm_error_where(err, writer->path, 0, 0);
	return status;
}

/* ---- rows ---- */

static void put_event(struct pm_writer *writer, const struct pm_snapshot *moment, const char *event,
	const char *note, size_t n_note)
{
	struct pm_row row = {
		.time_ms = moment->time_ms,
		.uptime_ms = moment->uptime_ms,
		.key = pm_snapshot_key(&writer->own, "event", event, strlen(event), ""),
		.note = note,
		.n_note = n_note,
	};

	if (row.key == NULL)
		writer->out.failed = true;
	else
		pm_encoder_put_row(&writer->encoder, &row, &writer->out);
	writer->stats.rows++;
}

/* What a file begins with, or what says that an earlier one goes on. */
static void put_beginning(struct pm_writer *writer, const struct pm_snapshot *moment)
{
	struct pm_buf note = {0};

	if (!writer->has_rows)
		pm_encoder_put_header(&writer->encoder, &writer->out);
	put_event(writer, moment, "start", writer->origin.at, writer->origin.n);
	for (size_t i = 0; writer->preamble != NULL && i < writer->preamble->n_rows; i++) {
		const struct pm_row *row = &writer->preamble->rows[i];

		put_event(writer, moment, row->key->tag, row->note, row->n_note);
	}
	if (writer->previous[0] != '\0') {
		pm_note_add_text(&note, "previous", writer->previous);
		put_event(writer, moment, "rotate", note.at, note.n);
	} else if (writer->cut_bytes > 0) {
		pm_note_add_u64(&note, "cut_bytes", writer->cut_bytes);
		put_event(writer, moment, "repair", note.at, note.n);
	}
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
			writer->stats.rows++;
		}
	}
}

static bool rotation_is_due(
	const struct pm_writer *writer, const struct pm_snapshot *snapshot, size_t n_next)
{
	const struct pm_writer_options *options = writer->options;

	if (writer->directory == NULL || !writer->has_rows)
		return false;
	return (options->rotate_bytes != 0 && writer->good + n_next > options->rotate_bytes) ||
		(options->rotate_every_ms != 0 && writer->begun &&
			snapshot->uptime_ms - writer->begun_uptime_ms >= options->rotate_every_ms);
}

static enum pm_status rotate(
	struct pm_writer *writer, const struct pm_snapshot *snapshot, struct pm_error *err)
{
	enum pm_status status = close_file(writer, err);

	if (status == PM_OK)
		status = pm_archive_rotate(writer->archive, writer->path, snapshot->time_ms,
			writer->previous, sizeof(writer->previous), err);
	if (status == PM_OK)
		pm_directory_sync(writer->directory);
	return status;
}

/* Writes `out` at the end of the file; what was written of it is taken back where that fails. */
static enum pm_status flush(struct pm_writer *writer, struct pm_error *err)
{
	enum pm_status status;

	if (writer->out.failed)
		return pm_fail_memory(err);
	status = write_bytes(writer, writer->out.at, writer->out.n, err);
	if (status == PM_OK && writer->gzipped && writer->gzip.member_plain >= MEMBER_BYTES)
		status = pm_gzip_writer_end_member(&writer->gzip, err);
	if (status == PM_OK) {
		writer->good = writer->gzipped ? writer->gzip.at : writer->good + writer->out.n;
		writer->stats.bytes += writer->out.n;
		writer->has_rows = true;
		return PM_OK;
	}
	if (writer->seekable)
		(void)!pm_file_truncate(writer->file, writer->good, NULL);
	if (writer->gzipped) { /* the member can't be gone on with: open it again, repaired */
		pm_gzip_writer_deinit(&writer->gzip);
		pm_file_discard(&writer->file);
	}
	pm_error_where(err, writer->path, 0, 0);
	return status;
}

/* Encodes and writes the snapshot into the file as it is. */
static enum pm_status write_snapshot(
	struct pm_writer *writer, const struct pm_snapshot *snapshot, struct pm_error *err)
{
	const struct pm_writer_stats before = writer->stats;
	enum pm_status status;

	pm_buf_clear(&writer->out);
	if (!writer->begun)
		put_beginning(writer, snapshot);
	put_rows(writer, snapshot);
	if (rotation_is_due(writer, snapshot, writer->out.n)) {
		writer->stats = before;
		return PM_END;
	}
	status = flush(writer, err);
	if (status != PM_OK) {
		writer->stats.rows = before.rows;
		return status;
	}
	if (!writer->begun) {
		writer->begun = true;
		writer->begun_uptime_ms = snapshot->uptime_ms;
		writer->stats.files++;
		writer->cut_bytes = 0;
		writer->previous[0] = '\0';
	}
	return PM_OK;
}

enum pm_status pm_writer_add(
	struct pm_writer *writer, const struct pm_snapshot *snapshot, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	if (!pm_file_is_open(writer->file))
		status = open_file(writer, err);
	if (status == PM_OK)
		status = write_snapshot(writer, snapshot, err);
	if (status == PM_END) {
		status = rotate(writer, snapshot, err);
		if (status == PM_OK)
			status = open_file(writer, err);
		if (status == PM_OK)
			status = write_snapshot(writer, snapshot, err);
	}
	if (status == PM_OK)
		writer->stats.snapshots++;
	return status;
}

/* ---- beginning and end ---- */

static enum pm_status check_labels(const struct pm_writer_options *options, struct pm_error *err)
{
	for (size_t i = 0; i < options->n_labels; i++) {
		const char *name = options->labels[i].name;
		const char *problem = NULL;

		for (const char *c = name; *c != '\0'; c++) {
			if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' ||
				    (c > name && *c >= '0' && *c <= '9')))
				problem = "may hold letters, digits and _ only";
		}
		if (name[0] == '\0' || strlen(name) > 63)
			problem = "must be 1 to 63 characters long";
		if (pm_log_field_of_name(pm_span_of(name)) >= 0)
			problem = "is the name of a column already";
		for (size_t j = 0; j < i; j++) {
			if (strcmp(options->labels[j].name, name) == 0)
				problem = "is given twice";
		}
		for (const char *c = options->labels[i].value; *c != '\0'; c++) {
			if ((unsigned char)*c < 0x20 || *c == 0x7f)
				problem = "has a value with a control character";
		}
		if (!pm_utf8_is_valid(options->labels[i].value, strlen(options->labels[i].value)))
			problem = "has a value that is not UTF-8";
		if (problem != NULL)
			return pm_fail(err, PM_E_ARGUMENT, "the label '%s' %s", name, problem);
	}
	return PM_OK;
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
	writer->file = PM_FILE_NONE;
	status = check_labels(options, err);
	if (status == PM_OK)
		status = pm_snapshot_init(&writer->own, err);
	pm_encoder_init(&writer->encoder, options->format, options->labels, options->n_labels);
	pm_origin_write(&writer->origin, origin);
	if (status == PM_OK && writer->origin.failed)
		status = pm_fail_memory(err);
	if (status == PM_OK)
		status = place(writer, err);
	if (status == PM_OK && writer->directory != NULL)
		status = pm_directory_create(writer->directory, err);
	if (status == PM_OK && writer->directory != NULL)
		status = pm_archive_create(&writer->archive, writer->directory,
			pm_format_extension(options->format), options->gzip_level, options->keep,
			err);
	if (status == PM_OK)
		status = open_file(writer, err);
	if (status != PM_OK) {
		(void)pm_writer_close(writer, NULL);
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
	writer->begun = false;
	return writer->origin.failed ? pm_fail_memory(err) : PM_OK;
}

enum pm_status pm_writer_background_failure(struct pm_writer *writer, struct pm_error *err)
{
	return writer->archive == NULL ? PM_OK : pm_archive_failure(writer->archive, err);
}

const char *pm_writer_path(const struct pm_writer *writer)
{
	return writer->path;
}

struct pm_writer_stats pm_writer_stats(const struct pm_writer *writer)
{
	return writer->stats;
}

enum pm_status pm_writer_close(struct pm_writer *writer, struct pm_error *err)
{
	enum pm_status status = close_file(writer, err), archived;

	archived = pm_archive_destroy(writer->archive, status == PM_OK ? err : NULL);
	pm_snapshot_deinit(&writer->own);
	pm_encoder_deinit(&writer->encoder);
	pm_buf_deinit(&writer->origin);
	pm_buf_deinit(&writer->out);
	free(writer->directory);
	free(writer->path);
	free(writer->taken);
	free(writer);
	return status != PM_OK ? status : archived;
}
