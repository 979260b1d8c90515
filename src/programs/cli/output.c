/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include "base/buf.h"
#include "base/fail.h"
#include "base/gzip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct cli_output {
	struct pm_file file;
	const char *name;       /* for messages; the caller's */
	char *path, *temporary; /* NULL: written in place */
	struct pm_buf buffer;
	bool gzipped;
	struct pm_gzip_writer gzip;
};

enum { BUFFER_BYTES = 256 * 1024, MEMBER_BYTES = 2 * 1024 * 1024 };

static enum pm_status flush(struct cli_output *output, struct pm_error *err)
{
	enum pm_status status;

	if (output->gzipped)
		status = pm_gzip_writer_add(
			&output->gzip, output->buffer.at, output->buffer.n, false, err);
	else
		status = pm_file_write(output->file, output->buffer.at, output->buffer.n, err);
	if (status == PM_OK && output->gzipped && output->gzip.member_plain >= MEMBER_BYTES)
		status = pm_gzip_writer_end_member(&output->gzip, err);
	pm_buf_clear(&output->buffer);
	if (status != PM_OK)
		pm_error_where(err, output->name, 0, 0);
	return status;
}

static enum pm_status write_sink(void *context, const char *bytes, size_t n, struct pm_error *err)
{
	struct cli_output *output = context;

	pm_buf_add(&output->buffer, bytes, n);
	if (output->buffer.failed)
		return pm_fail_memory(err);
	return output->buffer.n >= BUFFER_BYTES ? flush(output, err) : PM_OK;
}

static char *copy_with(const char *path, const char *suffix)
{
	const size_t size = strlen(path) + strlen(suffix) + 1;
	char *copy = malloc(size);

	if (copy != NULL)
		snprintf(copy, size, "%s%s", path, suffix);
	return copy;
}

/* Opens the file below `output`; a regular one under a temporary name. */
static enum pm_status open_file(struct cli_output *output, const char *path, struct pm_error *err)
{
	struct pm_file_info info;

	output->name = path;
	if (path == NULL || strcmp(path, "-") == 0) {
		output->name = "standard output";
		output->file = pm_file_standard(PM_FILE_STDOUT);
		return PM_OK;
	}
	if (pm_path_stat(path, &info, NULL) == PM_OK && info.kind == PM_FILE_OTHER)
		return pm_file_open(
			&output->file, path, PM_FILE_UPDATE, err); /* /dev/null, a pipe */
	output->path = copy_with(path, "");
	output->temporary = copy_with(path, ".tmp");
	if (output->path == NULL || output->temporary == NULL)
		return pm_fail_memory(err);
	(void)!pm_path_remove(output->temporary, NULL); /* of an earlier run that was killed */
	return pm_file_open(&output->file, output->temporary, PM_FILE_CREATE_NEW, err);
}

enum pm_status cli_output_open(
	struct cli_output **out, const char *path, int gzip_level, struct pm_error *err)
{
	struct cli_output *output = calloc(1, sizeof(*output));
	enum pm_status status;

	*out = NULL;
	if (output == NULL)
		return pm_fail_memory(err);
	output->file = PM_FILE_NONE;
	status = open_file(output, path, err);
	if (status == PM_OK && gzip_level > 0) {
		status = pm_gzip_writer_init(
			&output->gzip, output->file, output->path != NULL, 0, gzip_level, err);
		output->gzipped = status == PM_OK;
	}
	if (status != PM_OK) {
		(void)!cli_output_close(output, status, NULL);
		return status;
	}
	*out = output;
	return PM_OK;
}

struct pm_sink cli_output_sink(struct cli_output *output)
{
	return (struct pm_sink){write_sink, output};
}

enum pm_status cli_output_flush(struct cli_output *output, struct pm_error *err)
{
	return flush(output, err);
}

enum pm_status cli_output_close(
	struct cli_output *output, enum pm_status status, struct pm_error *err)
{
	if (status == PM_OK && output->buffer.n > 0)
		status = flush(output, err);
	if (status == PM_OK && output->gzipped)
		status = pm_gzip_writer_end_member(&output->gzip, err);
	if (output->gzipped)
		pm_gzip_writer_deinit(&output->gzip);
	if (output->path != NULL) {
		if (status == PM_OK) {
			status = pm_file_close(&output->file, err);
			if (status == PM_OK)
				status = pm_path_rename(output->temporary, output->path, err);
		}
		pm_file_discard(&output->file);
		if (status != PM_OK && output->temporary != NULL)
			(void)!pm_path_remove(output->temporary, NULL);
	}
	pm_buf_deinit(&output->buffer);
	free(output->path);
	free(output->temporary);
	free(output);
	return status;
}

bool cli_reader_left(const struct pm_error *err)
{
	return err->sys_errno == EPIPE;
}

/* ---- names ---- */

bool cli_is_there(const char *path)
{
	struct pm_file_info info;

	return pm_path_stat(path, &info, NULL) == PM_OK;
}

static bool has_suffix(const char *text, const char *suffix)
{
	const size_t n = strlen(text), m = strlen(suffix);

	return n > m && strcmp(text + n - m, suffix) == 0;
}

bool cli_name_says_gzip(const char *path)
{
	return path != NULL && has_suffix(path, ".gz");
}

bool cli_name_says_format(const char *path, enum pm_format *format)
{
	static const struct {
		const char *suffix;
		enum pm_format format;
	} endings[] = {
		{".csv", PM_FORMAT_CSV},
		{".csv.gz", PM_FORMAT_CSV},
		{".ndjson", PM_FORMAT_NDJSON},
		{".ndjson.gz", PM_FORMAT_NDJSON},
	};

	for (size_t i = 0; path != NULL && i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (has_suffix(path, endings[i].suffix)) {
			*format = endings[i].format;
			return true;
		}
	}
	return false;
}
