/* SPDX-License-Identifier: MIT */
#include "log/logfile.h"

#include "base/fail.h"
#include "log/lock.h"
#include "log/repair.h"
#include "log/syncer.h"

#include <string.h>

void pm_logfile_init(struct pm_logfile *log, const char *path, const char *directory,
	enum pm_packing packing, int level)
{
	*log = (struct pm_logfile){.path = path,
		.directory = directory,
		.packing = packing,
		.level = level,
		.file = PM_FILE_NONE};
}

static bool is_standard(const struct pm_logfile *log)
{
	return strcmp(log->path, "-") == 0;
}

/* For messages. */
static const char *name_of(const struct pm_logfile *log)
{
	return is_standard(log) ? "standard output" : log->path;
}

bool pm_logfile_is_open(const struct pm_logfile *log)
{
	return pm_file_is_open(log->file);
}

static void discard(struct pm_logfile *log)
{
	if (log->syncer != NULL)
		pm_syncer_wait(log->syncer);
	if (log->packer_begun)
		pm_packer_deinit(&log->packer);
	log->packer_begun = false;
	if (is_standard(log))
		log->file = PM_FILE_NONE;
	pm_file_discard(&log->file);
}

/* ---- opening ---- */

static enum pm_status open_file(struct pm_logfile *log, struct pm_error *err)
{
	struct pm_file_info info;
	enum pm_status status;

	if (is_standard(log)) {
		log->file = pm_file_standard(PM_FILE_STDOUT);
		log->lasting = false;
		return PM_OK;
	}
	status = pm_file_open(&log->file, log->path,
		log->directory != NULL ? PM_FILE_UPDATE_OWN : PM_FILE_UPDATE, err);
	if (status == PM_OK)
		status = pm_file_stat(log->file, &info, err);
	if (status != PM_OK)
		return status;
	if (log->directory != NULL && info.kind != PM_FILE_REGULAR) {
		status = pm_fail(err, PM_E_INPUT, "exists already and is no regular file");
		pm_error_remedy(err, "it is left as it is; remove it, or name another directory");
		return status;
	}
	log->lasting = info.kind == PM_FILE_REGULAR;
	/* that of a directory, too: somebody may write to it as a single file */
	if (log->lasting)
		status = pm_lock_file(log->file, err);
	/* Of a file whose end could not be cut off it is known where it has to be. */
	if (status == PM_OK && log->dirty && info.device == log->identity.device &&
		info.serial == log->identity.serial && info.size > log->good)
		status = pm_file_truncate(log->file, log->good, err);
	if (status == PM_OK) {
		log->dirty = false;
		log->identity = info;
	}
	return status;
}

/* What was written before is put right. */
static enum pm_status take_over(
	struct pm_logfile *log, struct pm_encoder *encoder, struct pm_error *err)
{
	struct pm_repair repair = {.size = 0};
	struct pm_buf header = {0};
	enum pm_status status = PM_OK;

	pm_encoder_put_header(encoder, &header);
	if (header.failed)
		status = pm_fail_memory(err);
	if (status == PM_OK && log->lasting)
		status = pm_repair_log(log->file, log->path, encoder->codec,
			(struct pm_span){header.at, header.n}, log->packing, &repair, err);
	pm_buf_deinit(&header);
	log->good = repair.size;
	log->cut_bytes = repair.cut_bytes;
	log->has_rows = repair.has_rows;
	log->other_columns = repair.other_columns;
	log->name_done = false;
	return status;
}

enum pm_status pm_logfile_open(
	struct pm_logfile *log, struct pm_encoder *encoder, struct pm_error *err)
{
	enum pm_status status = open_file(log, err);

	if (status == PM_OK)
		status = take_over(log, encoder, err);
	if (status == PM_OK && log->packing != PM_PACKING_NONE) {
		status = pm_packer_init(&log->packer, log->packing, log->level, log->file,
			log->lasting, log->good, err);
		log->packer_begun = status == PM_OK;
	}
	if (status == PM_OK)
		return PM_OK;
	if (err != NULL && err->file[0] == '\0')
		pm_error_where(err, name_of(log), 0, 0);
	discard(log);
	return status;
}

bool pm_logfile_is_in_place(const struct pm_logfile *log)
{
	struct pm_file_info info;

	return !log->lasting ||
		(pm_path_stat(log->path, &info, NULL) == PM_OK &&
			info.device == log->identity.device &&
			info.serial == log->identity.serial && info.size == log->good);
}

/* ---- writing ---- */

static enum pm_status write_bytes(
	struct pm_logfile *log, const char *bytes, size_t n, struct pm_error *err)
{
	enum pm_status status;

	if (!log->packer_begun)
		return pm_file_write(log->file, bytes, n, err);
	status = pm_packer_add(&log->packer, bytes, n, true, err);
	if (status == PM_OK && pm_packer_is_full(&log->packer))
		status = pm_packer_end_member(&log->packer, err);
	return status;
}

/* Cuts off what was written of something that could not be written as a whole. */
static void take_back(struct pm_logfile *log)
{
	if (!log->lasting)
		return;
	log->dirty = pm_file_truncate(log->file, log->good, NULL) != PM_OK;
	/* An open member can't be gone on with: it is ended when the file is opened again. */
	if (log->dirty || log->packer_begun)
		discard(log);
}

enum pm_status pm_logfile_add(
	struct pm_logfile *log, const char *bytes, size_t n, struct pm_error *err)
{
	const enum pm_status status = write_bytes(log, bytes, n, err);

	if (status != PM_OK) {
		pm_error_where(err, name_of(log), 0, 0);
		take_back(log);
		return status;
	}
	log->good = log->packer_begun ? log->packer.at : log->good + n;
	log->has_rows = true;
	return PM_OK;
}

/* ---- making it durable ---- */

enum pm_status pm_logfile_sync(struct pm_logfile *log, struct pm_error *err)
{
	enum pm_status status;

	if (!log->lasting)
		return PM_OK;
	status = pm_file_sync(log->file, err);
	if (status != PM_OK)
		pm_error_where(err, name_of(log), 0, 0);
	else if (!log->name_done && log->directory != NULL)
		pm_directory_sync(log->directory);
	log->name_done = status == PM_OK;
	return status;
}

void pm_logfile_sync_later(struct pm_logfile *log)
{
	if (!log->lasting || log->syncer == NULL)
		return;
	log->name_done |= pm_syncer_ask(
		log->syncer, log->file, log->path, log->name_done ? NULL : log->directory);
}

/* Whether nobody has cut it off: what follows would not stand where it has to. */
static bool is_whole(const struct pm_logfile *log)
{
	struct pm_file_info info;

	return !log->lasting ||
		(pm_file_stat(log->file, &info, NULL) == PM_OK && info.size == log->good);
}

enum pm_status pm_logfile_close(struct pm_logfile *log, bool sync, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	if (!pm_logfile_is_open(log))
		return PM_OK;
	if (log->syncer != NULL)
		pm_syncer_wait(log->syncer);
	if (log->packer_begun && is_whole(log)) {
		status = pm_packer_end_member(&log->packer, err);
		if (status != PM_OK)
			take_back(log);
		else
			log->good = log->packer.at;
	}
	if (status == PM_OK && sync)
		status = pm_logfile_sync(log, err);
	if (status == PM_OK && !is_standard(log))
		status = pm_file_close(&log->file, err);
	discard(log);
	if (status != PM_OK)
		pm_error_where(err, name_of(log), 0, 0);
	return status;
}
