/* SPDX-License-Identifier: MIT */
#include "log/stream.h"

#include "base/fail.h"
#include "log/ahead.h"

#include <stdlib.h>
#include <string.h>

enum pm_status pm_stream_open(struct pm_stream *stream, struct pm_file file, bool keeps_file,
	bool seekable, uint64_t at, uint64_t end, struct pm_error *err)
{
	enum pm_status status;

	*stream = (struct pm_stream){
		.file = file,
		.keeps_file = keeps_file,
		.seekable = seekable,
		.begun = at > 0,
		.unpack = calloc(1, sizeof(*stream->unpack)),
	};
	if (stream->unpack == NULL)
		status = pm_fail_memory(err);
	else
		status = pm_unpack_open(stream->unpack, file, seekable, at, end, err);
	if (status == PM_OK)
		stream->packing = stream->unpack->packing;
	else
		pm_stream_close(stream);
	return status;
}

void pm_stream_close(struct pm_stream *stream)
{
	pm_ahead_stop(stream->ahead);
	stream->ahead = NULL;
	if (stream->unpack != NULL)
		pm_unpack_close(stream->unpack);
	free(stream->unpack);
	stream->unpack = NULL;
	free(stream->head);
	stream->head = NULL;
	if (stream->keeps_file)
		stream->file = PM_FILE_NONE;
	pm_file_discard(&stream->file);
}

void pm_stream_expect_bytes(struct pm_stream *stream)
{
	stream->begun = true;
}

void pm_stream_set_meter(struct pm_stream *stream, struct pm_meter *meter)
{
	stream->unpack->meter = meter;
}

void pm_stream_set_hooks(struct pm_stream *stream, const struct pm_stream_hooks *hooks)
{
	stream->hooks = *hooks;
	stream->unpack->more = hooks->more;
	stream->unpack->more_context = hooks->context;
}

static bool can_read_ahead(const struct pm_stream *stream)
{
	return stream->packing != PM_PACKING_NONE && stream->seekable && stream->ahead == NULL;
}

void pm_stream_read_ahead(struct pm_stream *stream)
{
	if (can_read_ahead(stream))
		(void)!pm_ahead_start(&stream->ahead, stream->unpack, NULL);
}

/* Once it may, it is not asked again, even if no thread can be had. */
static void start_if_allowed(struct pm_stream *stream)
{
	if (stream->hooks.may_start == NULL || !can_read_ahead(stream) ||
		!stream->hooks.may_start(stream->hooks.context))
		return;
	stream->hooks.may_start = NULL;
	pm_stream_read_ahead(stream);
}

static enum pm_status read_unpacked(
	struct pm_stream *stream, void *to, size_t n, size_t *got, struct pm_error *err)
{
	enum pm_status status;

	start_if_allowed(stream);
	status = stream->ahead != NULL ? pm_ahead_read(stream->ahead, to, n, got, err)
				       : pm_unpack_read(stream->unpack, to, n, got, err);

	if (status == PM_OK && *got == 0) {
		stream->damaged = stream->unpack->damaged;
		stream->damage = stream->unpack->damage;
		stream->damage_at = stream->unpack->damage_at;
	}
	return status;
}

/* Takes the first two bytes: they tell whether it is UTF-16. */
static enum pm_status begin(struct pm_stream *stream, struct pm_error *err)
{
	size_t got = 1;

	while (stream->n_first < sizeof(stream->first) && got > 0) {
		const enum pm_status status = read_unpacked(stream, stream->first + stream->n_first,
			sizeof(stream->first) - stream->n_first, &got, err);

		if (status != PM_OK)
			return status;
		stream->n_first += got;
	}
	stream->begun = true;
	if (stream->n_first == 2 &&
		(memcmp(stream->first, "\xFF\xFE", 2) == 0 ||
			memcmp(stream->first, "\xFE\xFF", 2) == 0)) {
		stream->utf16 = true;
		stream->recoded.big_endian = stream->first[0] == '\xFE';
		stream->n_first = 0;
	}
	return PM_OK;
}

static enum pm_status read_on(
	struct pm_stream *stream, void *to, size_t n, size_t *got, struct pm_error *err)
{
	enum pm_status status = stream->begun ? PM_OK : begin(stream, err);

	if (status == PM_OK && stream->first_at < stream->n_first) {
		*got = stream->n_first - stream->first_at < n ? stream->n_first - stream->first_at
							      : n;
		memcpy(to, stream->first + stream->first_at, *got);
		stream->first_at += *got;
		return PM_OK;
	}
	for (size_t n_read = 1; status == PM_OK && n_read > 0;) {
		status = read_unpacked(stream, to, n, &n_read, err);
		if (status != PM_OK)
			break;
		*got = stream->utf16 ? pm_utf16_take(&stream->recoded, to, n_read) : n_read;
		if (*got > 0)
			break;
	}
	return status;
}

enum pm_status pm_stream_read(
	struct pm_stream *stream, void *to, size_t n, size_t *got, struct pm_error *err)
{
	if (stream->head_at == stream->n_head)
		return read_on(stream, to, n, got, err);
	*got = stream->n_head - stream->head_at < n ? stream->n_head - stream->head_at : n;
	memcpy(to, stream->head + stream->head_at, *got);
	stream->head_at += *got;
	return PM_OK;
}

enum pm_status pm_stream_peek(
	struct pm_stream *stream, size_t n, const char **head, size_t *n_head, struct pm_error *err)
{
	stream->head = malloc(n);
	if (stream->head == NULL)
		return pm_fail_memory(err);
	while (stream->n_head < n) {
		size_t got;
		const enum pm_status status = read_on(
			stream, stream->head + stream->n_head, n - stream->n_head, &got, err);

		if (status != PM_OK)
			return status;
		if (got == 0)
			break;
		stream->n_head += got;
	}
	*head = stream->head;
	*n_head = stream->n_head;
	return PM_OK;
}
