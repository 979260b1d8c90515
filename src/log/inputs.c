/* SPDX-License-Identifier: MIT */
#include "log/inputs.h"

#include "base/array.h"
#include "base/fail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static enum pm_status skip_input(
	struct pm_inputs *inputs, const char *path, const char *reason, struct pm_error *err)
{
	struct pm_input_skipped *entry = pm_array_room(
		inputs->skipped, &inputs->skipped_capacity, inputs->n_skipped, sizeof(*entry));

	if (entry == NULL)
		return pm_fail_memory(err);
	inputs->skipped = entry;
	entry += inputs->n_skipped;
	entry->path = pm_arena_copy(&inputs->arena, path, strlen(path));
	entry->reason = pm_arena_copy(&inputs->arena, reason, strlen(reason));
	if (entry->path == NULL || entry->reason == NULL)
		return pm_fail_memory(err);
	inputs->n_skipped++;
	return PM_OK;
}

/* ---- files ---- */

static const struct pm_input *find_same(
	const struct pm_inputs *inputs, const struct pm_file_info *info)
{
	for (size_t i = 0; i < inputs->n; i++) {
		if (pm_file_is_same(&inputs->at[i].info, info))
			return &inputs->at[i];
	}
	return NULL;
}

static void release(struct pm_input *input)
{
	if (!input->seekable)
		pm_stream_close(&input->live);
	pm_file_discard(&input->held);
}

/* in_directory: what is no log there is told, but is no failure. */
static enum pm_status add_file(struct pm_inputs *inputs, const char *path, bool in_directory,
	bool may_stream, struct pm_error *err)
{
	const bool is_standard = strcmp(path, "-") == 0;
	struct pm_input input = {
		.path = pm_arena_copy(&inputs->arena, path, strlen(path)),
		.held = PM_FILE_NONE,
		.live = {.file = PM_FILE_NONE},
	};
	struct pm_input *grown;
	struct pm_error why;
	struct pm_file file;
	enum pm_status status;

	grown = pm_array_room(inputs->at, &inputs->capacity, inputs->n, sizeof(*grown));
	if (input.path == NULL || grown == NULL)
		return pm_fail_memory(err);
	inputs->at = grown;
	input.name = is_standard ? "standard input" : input.path;
	if (is_standard) {
		file = pm_file_standard(PM_FILE_STDIN);
	} else {
		status = pm_file_open(&file, path, PM_FILE_READ, err);
		if (status == PM_E_ACCESS)
			pm_error_remedy(err, "run as its owner, or as root or administrator");
		if (status != PM_OK)
			return status;
	}
	status = pm_input_examine(inputs, &input, file, may_stream, &why);
	if (status == PM_OK) {
		if (find_same(inputs, &input.info) == NULL) {
			inputs->at[inputs->n++] = input;
			return PM_OK;
		}
		release(&input);
		inputs->n_twice++;
		return skip_input(inputs, path, "named twice, read once", err);
	}
	release(&input);
	if (in_directory && status == PM_E_INPUT)
		return skip_input(inputs, path, why.message, err);
	if (err != NULL)
		*err = why;
	return status;
}

/* ---- directories ---- */

struct listing {
	struct pm_arena arena;
	const char **names;
	size_t n, capacity;
};

static enum pm_status list_name(void *context, const char *name, struct pm_error *err)
{
	struct listing *listing = context;

	const char **grown;

	if (name[0] == '.')
		return PM_OK;
	grown = pm_array_room(listing->names, &listing->capacity, listing->n, sizeof(*grown));
	if (grown == NULL)
		return pm_fail_memory(err);
	listing->names = grown;
	listing->names[listing->n] = pm_arena_copy(&listing->arena, name, strlen(name));
	return listing->names[listing->n++] == NULL ? pm_fail_memory(err) : PM_OK;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* *moved: a file that was listed was gone when it was opened (rotation goes on while we look). */
static enum pm_status add_listed(struct pm_inputs *inputs, const char *directory,
	const struct listing *listing, bool *moved, struct pm_error *err)
{
	const size_t n_directory = strlen(directory);
	const char *slash =
		n_directory > 0 && pm_path_is_separator(directory[n_directory - 1]) ? "" : "/";
	enum pm_status status = PM_OK;

	for (size_t i = 0; i < listing->n && status == PM_OK; i++) {
		struct pm_buf path = {0};
		struct pm_file_info info;
		struct pm_error why;

		pm_buf_add_text(&path, directory);
		pm_buf_add_text(&path, slash);
		pm_buf_add_text(&path, listing->names[i]);
		pm_buf_terminate(&path);
		if (path.failed) {
			status = pm_fail_memory(err);
		} else if (pm_path_stat(path.at, &info, &why) != PM_OK) {
			*moved |= why.sys_errno == ENOENT;
		} else if (info.kind == PM_FILE_REGULAR) {
			status = add_file(inputs, path.at, true, false, &why);
			if (status == PM_E_SYSTEM && why.sys_errno == ENOENT) {
				*moved = true;
				status = PM_OK;
			} else if (status != PM_OK && err != NULL) {
				*err = why;
			}
		}
		pm_buf_deinit(&path);
	}
	return status;
}

static enum pm_status add_directory(
	struct pm_inputs *inputs, const char *path, struct pm_error *err)
{
	const size_t n_before = inputs->n, n_skipped_before = inputs->n_skipped;
	const size_t n_twice_before = inputs->n_twice;
	enum pm_status status;
	bool moved;
	int tries = 0;

	do {
		struct listing listing = {0};

		while (inputs->n > n_before)
			release(&inputs->at[--inputs->n]);
		inputs->n_skipped = n_skipped_before;
		inputs->n_twice = n_twice_before;
		moved = false;
		status = pm_directory_each(path, list_name, &listing, err);
		if (status == PM_OK && listing.n > 0) {
			qsort(listing.names, listing.n, sizeof(*listing.names), compare_names);
			status = add_listed(inputs, path, &listing, &moved, err);
		}
		free(listing.names);
		pm_arena_deinit(&listing.arena);
	} while (status == PM_OK && moved && ++tries < 5);
	if (status != PM_OK || inputs->n > n_before || inputs->n_twice > n_twice_before)
		return status;
	if (inputs->n_skipped == n_skipped_before)
		status = pm_fail(err, PM_E_INPUT, "the directory holds no log");
	else
		status = pm_fail(err, PM_E_INPUT,
			"none of the files in the directory is a log (%s: %s)",
			inputs->skipped[n_skipped_before].path,
			inputs->skipped[n_skipped_before].reason);
	pm_error_remedy(err, "name one that poolmon-log -o recorded to, or a log");
	pm_error_where(err, path, 0, 0);
	return status;
}

/* ---- order ---- */

static int compare_times(const void *a, const void *b)
{
	const struct pm_input *x = a, *y = b;

	if (x->has_row != y->has_row)
		return x->has_row ? -1 : 1;
	if (x->first_time_ms != y->first_time_ms)
		return x->first_time_ms < y->first_time_ms ? -1 : 1;
	if (x->first_uptime_ms != y->first_uptime_ms)
		return x->first_uptime_ms < y->first_uptime_ms ? -1 : 1;
	return strcmp(x->path, y->path);
}

static bool one_clock(const struct pm_input *a, const struct pm_input *b)
{
	return a->has_row && b->has_row && a->origin->boot_id[0] != '\0' &&
		pm_origin_same_boot(a->origin, b->origin);
}

/* By wall clock; but logs of one boot keep the order of its monotonic clock, however the wall clock
 * was set meanwhile. */
static void sort_inputs(struct pm_inputs *inputs)
{
	struct pm_input *at = inputs->at;

	if (inputs->n == 0)
		return;
	qsort(at, inputs->n, sizeof(*at), compare_times);
	for (size_t i = 1; i < inputs->n; i++) {
		/* Insertion sort over the logs of one boot, each of which moves within their
		 * places. */
		for (size_t later = i, j = i; j-- > 0;) {
			if (!one_clock(&at[j], &at[later]))
				continue;
			if (at[j].first_uptime_ms <= at[later].first_uptime_ms)
				break;

			const struct pm_input moved = at[j];

			at[j] = at[later];
			at[later] = moved;
			later = j;
		}
	}
}

/* ---- all of them ---- */

enum pm_status pm_inputs_create(struct pm_inputs **out, const char *const *paths, size_t n_paths,
	const struct pm_inputs_options *options, struct pm_error *err)
{
	struct pm_inputs *inputs = calloc(1, sizeof(*inputs));
	enum pm_status status = PM_OK;

	*out = NULL;
	if (inputs == NULL || (inputs->origins = pm_origins_create()) == NULL) {
		free(inputs);
		return pm_fail_memory(err);
	}
	inputs->interval_ms = options != NULL && options->interval_ms > 0 ? options->interval_ms
									  : PM_TEXT_INTERVAL_MS;
	for (size_t i = 0; i < n_paths && status == PM_OK; i++) {
		struct pm_file_info info = {.kind = PM_FILE_OTHER};

		if (strcmp(paths[i], "-") != 0)
			status = pm_path_stat(paths[i], &info, err);
		if (status == PM_E_SYSTEM)
			pm_error_remedy(
				err, "name a log, a directory with logs, or - for standard input");
		if (status != PM_OK)
			break;
		if (info.kind == PM_FILE_DIRECTORY)
			status = add_directory(inputs, paths[i], err);
		else
			status = add_file(inputs, paths[i], false, n_paths == 1, err);
	}
	if (status != PM_OK) {
		pm_inputs_destroy(inputs);
		return status;
	}
	sort_inputs(inputs);
	*out = inputs;
	return PM_OK;
}

void pm_inputs_destroy(struct pm_inputs *inputs)
{
	if (inputs == NULL)
		return;
	for (size_t i = 0; i < inputs->n; i++)
		release(&inputs->at[i]);
	pm_origins_destroy(inputs->origins);
	pm_arena_deinit(&inputs->arena);
	free(inputs->at);
	free(inputs->skipped);
	free(inputs);
}

size_t pm_inputs_count(const struct pm_inputs *inputs)
{
	return inputs->n;
}

struct pm_input_info pm_inputs_at(const struct pm_inputs *inputs, size_t i)
{
	const struct pm_input *input = &inputs->at[i];

	return (struct pm_input_info){
		.path = input->path,
		.format = input->format,
		.packing = input->packing,
		.tells_no_times = input->tells_no_times,
		.bytes = input->seekable ? input->info.size : 0,
	};
}

bool pm_inputs_have(const struct pm_inputs *inputs, const char *path)
{
	struct pm_file_info info;

	return pm_path_stat(path, &info, NULL) == PM_OK && find_same(inputs, &info) != NULL;
}

uint64_t pm_inputs_bytes(const struct pm_inputs *inputs)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < inputs->n; i++)
		bytes += pm_inputs_at(inputs, i).bytes;
	return bytes;
}

size_t pm_inputs_n_skipped(const struct pm_inputs *inputs)
{
	return inputs->n_skipped;
}

struct pm_input_skipped pm_inputs_skipped_at(const struct pm_inputs *inputs, size_t i)
{
	return inputs->skipped[i];
}

bool pm_inputs_explain_skipped(const struct pm_inputs *inputs, size_t i, struct pm_error *err)
{
	enum { EACH = 5 };
	const struct pm_input_skipped *skipped;

	if (i >= inputs->n_skipped || i > EACH)
		return false;
	if (i == EACH && inputs->n_skipped > EACH + 1) {
		(void)pm_fail(
			err, PM_E_INPUT, "... and %zu others left out", inputs->n_skipped - i);
		return true;
	}
	skipped = &inputs->skipped[i];
	(void)pm_fail(err, PM_E_INPUT, "left out: %s", skipped->reason);
	pm_error_where(err, skipped->path, 0, 0);
	return true;
}

enum pm_status pm_input_open(struct pm_input *input, uint64_t from, uint64_t to,
	struct pm_stream *stream, struct pm_error *err)
{
	struct pm_file file = input->held;
	struct pm_file_info info;
	enum pm_status status = PM_OK;

	if (!input->seekable) {
		*stream = input->live;
		input->live = (struct pm_stream){.file = PM_FILE_NONE};
		return PM_OK;
	}
	if (!pm_file_is_open(file)) {
		status = pm_file_open(&file, input->path, PM_FILE_READ, err);
		if (status == PM_OK)
			status = pm_file_stat(file, &info, err);
		if (status == PM_OK &&
			(info.device != input->info.device || info.serial != input->info.serial)) {
			pm_file_discard(&file);
			status = pm_fail(err, PM_E_SYSTEM, "was replaced while it was being read");
			pm_error_remedy(err, "run the command again");
		}
	}
	if (status == PM_OK)
		status = pm_stream_open(
			stream, file, pm_file_is_open(input->held), true, from, to, err);
	if (status == PM_OK && !input->utf16)
		pm_stream_expect_bytes(stream);
	if (status != PM_OK)
		pm_error_where(err, input->name, 0, 0);
	return status;
}
