/* SPDX-License-Identifier: MIT */
#include "log/output.h"

#include "base/clock.h"
#include "base/fail.h"
#include "log/archive.h"
#include "log/syncer.h"

#include <stdlib.h>
#include <string.h>

/* Without rotate_bytes and rotate_every_ms there are this many files in what may be kept. */
enum { KEPT_PARTS = 8 };

/* The least that keep_bytes may be: room for some files of a row or two. */
enum { KEEP_BYTES_MIN = 4096 };

/* ---- opening ---- */

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

static bool wants_directory(const struct pm_writer_options *options)
{
	return options->rotate_bytes != 0 || options->rotate_every_ms != 0 || options->keep != 0 ||
		options->keep_bytes != 0 || options->keep_for_ms != 0;
}

/* Finds out what kind of output it is, and its path. */
static enum pm_status place(struct pm_output *output, struct pm_error *err)
{
	const struct pm_writer_options *options = output->options;
	const char *text = options->output;
	const size_t n = strlen(text);
	struct pm_file_info info;
	bool is_directory = n > 0 && pm_path_is_separator(text[n - 1]);

	if (strcmp(text, "-") != 0 && pm_path_stat(text, &info, NULL) == PM_OK)
		is_directory = info.kind == PM_FILE_DIRECTORY;
	if (!is_directory && wants_directory(options)) {
		enum pm_status status = pm_fail(
			err, PM_E_ARGUMENT, "rotation needs a directory, and '%s' is none", text);

		pm_error_remedy(err, "name a directory: -o DIR/");
		return status;
	}
	if (!is_directory) {
		output->path = join(text, "", "");
	} else {
		output->directory = join(text, "", "");
		for (size_t end = n; output->directory != NULL && end > 1 &&
			pm_path_is_separator(text[end - 1]);)
			output->directory[--end] = '\0';
		if (output->directory != NULL)
			output->path = join(output->directory, "/" PM_ACTIVE_STEM,
				pm_format_extension(options->format));
	}
	if (output->path == NULL)
		return pm_fail_memory(err);
	pm_logfile_init(&output->file, output->path, output->directory,
		is_directory ? PM_PACKING_NONE : options->packing, options->level);
	return PM_OK;
}

/* What is to be kept says how often a new file is begun, unless that is said. */
static enum pm_status plan_rotation(struct pm_output *output, struct pm_error *err)
{
	const struct pm_writer_options *options = output->options;
	const uint64_t limit = options->keep_bytes;
	uint64_t least = KEEP_BYTES_MIN;

	output->rotate_bytes = options->rotate_bytes;
	output->rotate_every_ms = options->rotate_every_ms;
	if (limit > 0 && output->rotate_bytes == 0)
		output->rotate_bytes = limit / KEPT_PARTS;
	if (options->keep_for_ms > 0 && output->rotate_every_ms == 0 && options->rotate_bytes == 0)
		output->rotate_every_ms = (options->keep_for_ms + KEPT_PARTS - 1) / KEPT_PARTS;
	if (least < options->rotate_bytes * 2)
		least = options->rotate_bytes * 2;
	if (limit > 0 && limit < least) {
		const enum pm_status status = pm_fail(err, PM_E_ARGUMENT,
			"--keep-size: %llu bytes are too few to keep files in",
			(unsigned long long)limit);

		pm_error_remedy(err, "allow %llu at least%s", (unsigned long long)least,
			least > KEEP_BYTES_MIN ? ", twice the size at which files are rotated"
					       : "");
		return status;
	}
	return PM_OK;
}

static enum pm_status open_archive(struct pm_output *output, struct pm_error *err)
{
	const struct pm_archive_options options = {
		.directory = output->directory,
		.extension = pm_format_extension(output->options->format),
		.packing = output->options->packing,
		.level = output->options->level,
		.keep = output->options->keep,
		.keep_bytes = output->options->keep_bytes,
		.keep_for_ms = output->options->keep_for_ms,
	};

	if (output->archive != NULL)
		return pm_archive_reload(output->archive, err);
	return pm_archive_create(&output->archive, &options, err);
}

/* Opens the file; what is there with other columns is rotated away. A single file is left alone. */
static enum pm_status open_file(struct pm_output *output, struct pm_error *err)
{
	enum pm_status status = pm_logfile_open(&output->file, output->encoder, err);

	output->begun = false;
	if (status == PM_OK && output->file.other_columns) {
		(void)!pm_logfile_close(&output->file, false, NULL);
		if (output->archive == NULL) {
			status = pm_fail(err, PM_E_INPUT, "exists already with other columns");
			pm_error_where(err, output->path, 0, 0);
			pm_error_remedy(
				err, "it is left as it is; give another name, or move it away");
			return status;
		}
		status = pm_archive_rotate(output->archive, output->path, pm_clock_wall_ms(),
			output->previous, sizeof(output->previous), err);
		if (status == PM_OK)
			status = pm_logfile_open(&output->file, output->encoder, err);
	}
	if (status != PM_OK)
		return status;
	output->cut_bytes = output->file.cut_bytes;
	output->opened = true;
	return PM_OK;
}

static enum pm_status open_output(struct pm_output *output, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	if (output->directory != NULL) {
		status = pm_directory_create(output->directory, err);
		if (status == PM_OK)
			status = pm_lock_directory(&output->lock, output->directory, err);
		if (status == PM_OK)
			status = open_archive(output, err);
	}
	return status == PM_OK ? open_file(output, err) : status;
}

static void note_failure(
	struct pm_output *output, enum pm_status status, const struct pm_error *err)
{
	if (status == PM_OK)
		return;
	output->failed = status;
	output->failure = *err;
}

static bool syncs(const struct pm_output *output)
{
	return output->options->sync != PM_SYNC_NEVER;
}

enum pm_status pm_output_keep_open(struct pm_output *output, int64_t now_ms, struct pm_error *err)
{
	struct pm_error why;

	if (output->archive != NULL)
		pm_archive_expire(output->archive, now_ms);
	if (pm_logfile_is_open(&output->file) &&
		(!pm_logfile_is_in_place(&output->file) ||
			(output->directory != NULL && !pm_lock_is_in_place(&output->lock))))
		note_failure(output, pm_logfile_close(&output->file, syncs(output), &why), &why);
	return pm_logfile_is_open(&output->file) ? PM_OK : open_output(output, err);
}

/* ---- rotation ---- */

bool pm_output_is_due(const struct pm_output *output, size_t n_next, int64_t age_ms)
{
	if (output->directory == NULL || !output->file.has_rows)
		return false;
	return (output->rotate_bytes != 0 && output->file.good + n_next > output->rotate_bytes) ||
		(output->rotate_every_ms != 0 && output->begun &&
			age_ms >= output->rotate_every_ms);
}

enum pm_status pm_output_rotate(struct pm_output *output, int64_t time_ms, struct pm_error *err)
{
	struct pm_error why;
	enum pm_status status;

	if (syncs(output))
		note_failure(output, pm_logfile_sync(&output->file, &why), &why);
	status = pm_archive_rotate(output->archive, output->path, time_ms, output->previous,
		sizeof(output->previous), &why);
	if (status != PM_OK) {
		output->previous[0] = '\0';
		note_failure(output, status, &why);
		return PM_OK;
	}
	note_failure(output, pm_logfile_close(&output->file, false, &why), &why);
	if (syncs(output))
		pm_directory_sync(output->directory);
	return open_file(output, err);
}

/* ---- writing ---- */

static void make_durable(struct pm_output *output)
{
	const struct pm_writer_options *options = output->options;
	struct pm_error why;
	int64_t now;

	if (options->sync == PM_SYNC_ALWAYS)
		note_failure(output, pm_logfile_sync(&output->file, &why), &why);
	if (options->sync != PM_SYNC_EVERY)
		return;
	now = pm_clock_uptime_ms();
	if (now - output->synced_uptime_ms >= options->sync_every_ms) {
		output->synced_uptime_ms = now;
		pm_logfile_sync_later(&output->file);
	}
}

/* Sees to it that all our files together stay within the limit. */
static enum pm_status make_room(struct pm_output *output, size_t n_next, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	if (output->archive != NULL)
		status = pm_archive_make_room(output->archive, output->file.good + n_next, err);
	if (status != PM_E_SPACE)
		return status;
	pm_error_where(err, output->path, 0, 0);
	pm_error_remedy(err, "allow more with --keep-size, or record fewer tags");
	if (output->written)
		return status;
	if (err != NULL)
		err->status = PM_E_ARGUMENT; /* it can't ever be: better told at once */
	return PM_E_ARGUMENT;
}

enum pm_status pm_output_add(
	struct pm_output *output, const char *bytes, size_t n, struct pm_error *err)
{
	enum pm_status status = make_room(output, n, err);

	if (status == PM_OK)
		status = pm_logfile_add(&output->file, bytes, n, err);
	if (status != PM_OK)
		return status;
	output->written = true;
	make_durable(output);
	return PM_OK;
}

enum pm_status pm_output_sync(struct pm_output *output, struct pm_error *err)
{
	return pm_logfile_is_open(&output->file) ? pm_logfile_sync(&output->file, err) : PM_OK;
}

void pm_output_reopen(struct pm_output *output)
{
	struct pm_error why;

	if (output->file.lasting)
		note_failure(output, pm_logfile_close(&output->file, syncs(output), &why), &why);
}

enum pm_status pm_output_failure(struct pm_output *output, struct pm_error *err)
{
	enum pm_status status = output->failed;

	output->failed = PM_OK;
	if (status != PM_OK && err != NULL)
		*err = output->failure;
	if (status == PM_OK && output->syncer != NULL)
		status = pm_syncer_failure(output->syncer, err);
	if (status == PM_OK && output->archive != NULL)
		status = pm_archive_failure(output->archive, err);
	return status;
}

/* ---- beginning and end ---- */

enum pm_status pm_output_init(struct pm_output *output, const struct pm_writer_options *options,
	struct pm_encoder *encoder, struct pm_error *err)
{
	enum pm_status status;

	*output = (struct pm_output){
		.options = options,
		.encoder = encoder,
		.lock = PM_LOCK_NONE,
		.file = {.file = PM_FILE_NONE},
		.synced_uptime_ms = pm_clock_uptime_ms(),
	};
	status = place(output, err);
	if (status == PM_OK)
		status = plan_rotation(output, err);
	if (status == PM_OK && options->sync == PM_SYNC_EVERY)
		status = pm_syncer_create(&output->syncer, err);
	output->file.syncer = output->syncer;
	return status == PM_OK ? open_output(output, err) : status;
}

enum pm_status pm_output_deinit(struct pm_output *output, struct pm_error *err)
{
	enum pm_status status = pm_logfile_close(&output->file, syncs(output), err), archived;

	archived = pm_archive_destroy(output->archive, status == PM_OK ? err : NULL);
	pm_syncer_destroy(output->syncer);
	pm_lock_release(&output->lock);
	free(output->directory);
	free(output->path);
	return status != PM_OK ? status : archived;
}
