/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"
#include "programs/cli/places.h"

#include "base/buf.h"
#include "base/fail.h"
#include "base/hash.h"
#include "base/packer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cli_output {
	struct pm_file file;
	const char *name;       /* for messages; the caller's */
	char *path, *temporary; /* NULL: written in place */
	struct pm_buf buffer;
	bool packed;
	struct pm_packer packer;
};

enum { BUFFER_BYTES = 256 * 1024 };

static enum pm_status write_out(
	struct cli_output *output, const char *bytes, size_t n, struct pm_error *err)
{
	enum pm_status status;

	if (output->packed)
		status = pm_packer_add(&output->packer, bytes, n, false, err);
	else
		status = pm_file_write(output->file, bytes, n, err);
	if (status == PM_OK && output->packed && pm_packer_is_full(&output->packer))
		status = pm_packer_end_member(&output->packer, err);
	if (status != PM_OK)
		pm_error_where(err, output->name, 0, 0);
	if (status == PM_E_SPACE && err != NULL && err->sys_errno == EFBIG)
		pm_error_remedy(err, "there is a limit on the size of files: 'ulimit -f' tells it");
	return status;
}

static enum pm_status flush(struct cli_output *output, struct pm_error *err)
{
	const enum pm_status status = write_out(output, output->buffer.at, output->buffer.n, err);

	pm_buf_clear(&output->buffer);
	return status;
}

static enum pm_status write_sink(void *context, const char *bytes, size_t n, struct pm_error *err)
{
	struct cli_output *output = context;

	if (output->buffer.n == 0 && n >= BUFFER_BYTES)
		return write_out(output, bytes, n, err);
	pm_buf_add(&output->buffer, bytes, n);
	if (output->buffer.failed)
		return pm_fail_memory(err);
	return output->buffer.n >= BUFFER_BYTES ? flush(output, err) : PM_OK;
}

/* Bytes of a path before the name in it. */
static size_t folder_bytes(const char *path)
{
	size_t n = strlen(path);

	while (n > 0 && strchr(cli_separators, path[n - 1]) == NULL)
		n--;
	return n;
}

/* Whatever has a temporary file's name already is somebody else's, so another one is taken. Hidden,
 * as one that a killed run leaves beside logs is none of them. */
static enum pm_status create_temporary(
	struct cli_output *output, enum pm_file_open how, struct pm_error *err)
{
	enum { TRIES = 100, NAME_BYTES = 64 };
	const size_t n = folder_bytes(output->path), size = n + NAME_BYTES;
	enum pm_status status = PM_OK;

	output->temporary = malloc(size);
	if (output->temporary == NULL)
		return pm_fail_memory(err);
	memcpy(output->temporary, output->path, n);
	for (uint64_t i = 0, seed = pm_hash_seed(); i < TRIES; i++) {
		struct pm_error why;

		snprintf(output->temporary + n, NAME_BYTES, ".poolmon-%016" PRIx64 ".tmp",
			pm_hash(seed, &i, sizeof(i)));
		cli_interrupt_removes(output->temporary);
		status = pm_file_open(&output->file, output->temporary, how, &why);
		if (status == PM_OK)
			return PM_OK;
		cli_interrupt_removes(NULL);
		if (err != NULL)
			*err = why;
		if (why.sys_errno != EEXIST)
			break;
	}
	free(output->temporary); /* it is not ours */
	output->temporary = NULL;
	return status;
}

/* What the user named is what messages are about. */
static enum pm_status open_temporary(
	struct cli_output *output, enum pm_file_open how, struct pm_error *err)
{
	const bool replaces = cli_is_there(output->path);
	const enum pm_status status =
		create_temporary(output, replaces ? PM_FILE_CREATE_PRIVATE : how, err);

	if (status == PM_OK && replaces)
		pm_file_take_access(output->file, output->path);
	if (status == PM_OK || status == PM_E_MEMORY)
		return status;
	pm_error_where(err, output->name, 0, 0);
	if (err != NULL && err->sys_errno == ENOENT)
		pm_error_remedy(err, "is its folder there? none is made");
	return status;
}

/* /dev/stdout is another name for whatever the standard output goes to. */
static bool is_standard_output(const struct pm_file_info *info)
{
	struct pm_file_info standard;

	return pm_file_stat(pm_file_standard(PM_FILE_STDOUT), &standard, NULL) == PM_OK &&
		pm_file_is_same(&standard, info);
}

/* Opens the file below `output`; a regular one under a temporary name. */
static enum pm_status open_file(
	struct cli_output *output, const char *path, enum pm_file_open how, struct pm_error *err)
{
	struct pm_file_info info;

	output->name = path;
	if (path == NULL || strcmp(path, "-") == 0) {
		output->name = "standard output";
		output->file = pm_file_standard(PM_FILE_STDOUT);
		return PM_OK;
	}
	if (pm_path_stat(path, &info, NULL) != PM_OK) {
		info.kind = PM_FILE_REGULAR; /* it will be */
	} else if (is_standard_output(&info)) {
		output->file = pm_file_standard(PM_FILE_STDOUT);
		return PM_OK;
	}
	if (info.kind == PM_FILE_OTHER)
		return pm_file_open(
			&output->file, path, PM_FILE_UPDATE, err); /* /dev/null, a pipe */
	if (info.kind == PM_FILE_DIRECTORY) {
		const enum pm_status status = pm_fail_errno(err, EISDIR, "can't be written");

		pm_error_where(err, path, 0, 0);
		pm_error_remedy(err, "name a file in it");
		return status;
	}
	output->path = malloc(strlen(path) + 1);
	if (output->path == NULL)
		return pm_fail_memory(err);
	strcpy(output->path, path);
	return open_temporary(output, how, err);
}

static enum pm_status open_output(struct cli_output **out, const char *path, enum pm_file_open how,
	struct cli_packing packing, struct pm_error *err)
{
	struct cli_output *output = calloc(1, sizeof(*output));
	enum pm_status status;

	*out = NULL;
	if (output == NULL)
		return pm_fail_memory(err);
	output->file = PM_FILE_NONE;
	status = open_file(output, path, how, err);
	if (status == PM_OK && packing.packing != PM_PACKING_NONE) {
		status = pm_packer_init(&output->packer, packing.packing, packing.level,
			output->file, output->path != NULL, 0, err);
		output->packed = status == PM_OK;
	}
	if (status != PM_OK) {
		(void)!cli_output_close(output, status, NULL);
		return status;
	}
	*out = output;
	return PM_OK;
}

enum pm_status cli_output_open(struct cli_output **output, const char *path, struct pm_error *err)
{
	return open_output(output, path, PM_FILE_CREATE_SHARED,
		(struct cli_packing){PM_PACKING_NONE, 0, false}, err);
}

enum pm_status cli_output_open_log(struct cli_output **output, const char *path,
	struct cli_packing packing, struct pm_error *err)
{
	return open_output(output, path, PM_FILE_CREATE_NEW, packing, err);
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
	if (status == PM_OK && output->packed)
		status = pm_packer_end_member(&output->packer, err);
	if (output->packed)
		pm_packer_deinit(&output->packer);
	if (output->path != NULL) {
		if (status == PM_OK) {
			status = pm_file_close(&output->file, err);
			if (status == PM_OK)
				status = pm_path_rename(output->temporary, output->path, err);
			if (status != PM_OK)
				pm_error_where(err, output->name, 0, 0);
		}
		pm_file_discard(&output->file);
		if (status != PM_OK && output->temporary != NULL)
			(void)!pm_path_remove(output->temporary, NULL);
		cli_interrupt_removes(NULL);
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

static bool is_of_kind(const char *path, enum pm_file_kind kind)
{
	struct pm_file_info info;

	return pm_path_stat(path, &info, NULL) == PM_OK && info.kind == kind;
}

bool cli_is_file(const char *path)
{
	return is_of_kind(path, PM_FILE_REGULAR);
}

bool cli_is_directory(const char *path)
{
	return is_of_kind(path, PM_FILE_DIRECTORY);
}

bool cli_is_output(const char *path, const char *output)
{
	struct pm_file_info one, other;

	return output != NULL && strcmp(output, "-") != 0 &&
		pm_path_stat(path, &one, NULL) == PM_OK &&
		pm_path_stat(output, &other, NULL) == PM_OK && pm_file_is_same(&one, &other);
}

enum cli_exit cli_refuse_output(const char *output)
{
	return cli_usage_error("'%s' is read and can't be written at the same time", output);
}

static bool has_suffix(const char *text, const char *suffix)
{
	const size_t n = strlen(text), m = strlen(suffix);

	return n > m && strcmp(text + n - m, suffix) == 0;
}

/* As ".gz" or ".zst" at its end says. */
static enum pm_packing packing_of_path(const char *path)
{
	for (int i = PM_PACKING_NONE + 1; path != NULL && i < PM_N_PACKINGS; i++) {
		if (has_suffix(path, pm_packing_extension((enum pm_packing)i)))
			return (enum pm_packing)i;
	}
	return PM_PACKING_NONE;
}

bool cli_name_says_format(const char *path, enum pm_format *format)
{
	const enum pm_packing packing = packing_of_path(path);

	for (int i = 0; path != NULL && i < PM_N_FORMATS; i++) {
		char suffix[32];

		snprintf(suffix, sizeof(suffix), "%s%s", pm_format_extension((enum pm_format)i),
			pm_packing_extension(packing));
		if (pm_format_is_written((enum pm_format)i) && has_suffix(path, suffix)) {
			*format = (enum pm_format)i;
			return true;
		}
	}
	return false;
}

bool cli_take_packing(
	const struct cli_parser *parser, const char *argument, struct cli_packing *packing)
{
	packing->given = true;
	packing->level = 0;
	if (!pm_packing_of_name(argument, &packing->packing)) {
		cli_usage_error("--%s: '%s' is neither gzip, zstd nor none", parser->option->name,
			argument);
		return false;
	}
	if (pm_packing_is_built(packing->packing))
		return true;
	cli_usage_error("--%s: %s is not built into this program: build it with lib%s",
		parser->option->name, argument, argument);
	return false;
}

bool cli_take_gzip(
	const struct cli_parser *parser, const char *argument, struct cli_packing *packing)
{
	uint64_t level = 0;

	if (argument != NULL && !cli_take_count(parser, argument, 1, 9, &level))
		return false;
	*packing = (struct cli_packing){PM_PACKING_GZIP, (int)level, true};
	return true;
}

bool cli_packing_of_output(struct cli_packing *packing, const char *path)
{
	if (packing->given)
		return true;
	packing->packing = packing_of_path(path);
	if (pm_packing_is_built(packing->packing))
		return true;
	cli_usage_error("'%s': %s is not built into this program: build it with lib%s", path,
		pm_packing_name(packing->packing), pm_packing_name(packing->packing));
	return false;
}
