/* SPDX-License-Identifier: MIT */
#include "log/stream.h"

#include "base/fail.h"

#include <stdlib.h>

enum { IN_BYTES = 64 * 1024 };

static enum pm_status read_raw(
	struct pm_stream *stream, void *to, size_t n, size_t *got, struct pm_error *err)
{
	const uint64_t left = stream->end - stream->at;
	enum pm_status status;

	if (n > left)
		n = (size_t)left;
	*got = 0;
	if (n == 0)
		return PM_OK;
	if (stream->seekable)
		status = pm_file_read_at(stream->file, stream->at, to, n, got, err);
	else
		status = pm_file_read(stream->file, to, n, got, err);
	stream->at += *got;
	return status;
}

/* Makes at least `want` bytes wait in `in`, unless the file ends before. */
static enum pm_status fill(struct pm_stream *stream, size_t want, struct pm_error *err)
{
	if (stream->n_in - stream->in_at >= want)
		return PM_OK;
	memmove(stream->in, stream->in + stream->in_at, stream->n_in - stream->in_at);
	stream->n_in -= stream->in_at;
	stream->in_at = 0;
	while (stream->n_in < want) {
		size_t got;
		const enum pm_status status = read_raw(
			stream, stream->in + stream->n_in, IN_BYTES - stream->n_in, &got, err);

		if (status != PM_OK)
			return status;
		if (got == 0)
			break;
		stream->n_in += got;
	}
	return PM_OK;
}

static bool at_gzip(const struct pm_stream *stream)
{
	const unsigned char *c = stream->in + stream->in_at;

	return stream->n_in - stream->in_at >= 2 && c[0] == 0x1f && c[1] == 0x8b;
}

enum pm_status pm_stream_open(struct pm_stream *stream, struct pm_file file, bool keeps_file,
	bool seekable, uint64_t at, uint64_t end, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	*stream = (struct pm_stream){
		.file = file,
		.keeps_file = keeps_file,
		.seekable = seekable,
		.at = at,
		.end = end,
		.begun = at > 0,
		.in = malloc(IN_BYTES),
	};
	if (stream->in == NULL)
		status = pm_fail_memory(err);
	if (status == PM_OK)
		status = fill(stream, 2, err);
	if (status == PM_OK && at_gzip(stream)) {
		stream->gzip = true;
		stream->z = calloc(1, sizeof(*stream->z));
		if (stream->z == NULL || inflateInit2(stream->z, 15 + 16) != Z_OK)
			status = pm_fail_memory(err);
	}
	if (status != PM_OK)
		pm_stream_close(stream);
	return status;
}

void pm_stream_close(struct pm_stream *stream)
{
	if (stream->z != NULL)
		inflateEnd(stream->z);
	free(stream->z);
	stream->z = NULL;
	free(stream->in);
	free(stream->head);
	stream->in = NULL;
	stream->head = NULL;
	if (stream->keeps_file)
		stream->file = PM_FILE_NONE;
	pm_file_discard(&stream->file);
}

static void end_damaged(struct pm_stream *stream, enum pm_reject_kind damage)
{
	stream->ended = true;
	stream->damaged = true;
	stream->damage = damage;
	stream->damage_at = stream->at - (stream->n_in - stream->in_at);
}

/* Between members: goes on to the next one, or ends. */
static enum pm_status next_member(struct pm_stream *stream, struct pm_error *err)
{
	for (;;) {
		const enum pm_status status = fill(stream, 2, err);

		if (status != PM_OK)
			return status;
		if (stream->in_at == stream->n_in) {
			stream->ended = true;
			return PM_OK;
		}
		if (at_gzip(stream)) {
			inflateReset(stream->z);
			stream->in_member = true;
			return PM_OK;
		}
		if (stream->in[stream->in_at] != 0) { /* zeros are padding, as gzip itself has it */
			end_damaged(stream, PM_REJECT_GZIP_GARBAGE);
			return PM_OK;
		}
		stream->in_at++;
	}
}

static enum pm_status inflate_some(
	struct pm_stream *stream, void *to, size_t n, size_t *got, struct pm_error *err)
{
	stream->z->next_out = to;
	stream->z->avail_out = n > 1 << 30 ? (uInt)1 << 30 : (uInt)n;
	n = stream->z->avail_out;
	while (stream->z->avail_out == n && !stream->ended) {
		enum pm_status status = PM_OK;
		int r;

		status = stream->in_member ? fill(stream, 1, err) : next_member(stream, err);
		if (status != PM_OK)
			return status;
		if (stream->ended)
			break;
		if (stream->in_at == stream->n_in) {
			end_damaged(stream, PM_REJECT_GZIP_TRUNCATED);
			break;
		}
		stream->z->next_in = stream->in + stream->in_at;
		stream->z->avail_in = (uInt)(stream->n_in - stream->in_at);
		r = inflate(stream->z, Z_NO_FLUSH);
		stream->in_at = stream->n_in - stream->z->avail_in;
		if (r == Z_STREAM_END)
			stream->in_member = false;
		else if (r != Z_OK && r != Z_BUF_ERROR)
			end_damaged(stream, PM_REJECT_GZIP_CORRUPT);
	}
	*got = n - stream->z->avail_out;
	return PM_OK;
}

static enum pm_status read_unpacked(
	struct pm_stream *stream, void *to, size_t n, size_t *got, struct pm_error *err)
{
	if (stream->gzip)
		return inflate_some(stream, to, n, got, err);
	if (stream->in_at < stream->n_in) {
		*got = stream->n_in - stream->in_at < n ? stream->n_in - stream->in_at : n;
		memcpy(to, stream->in + stream->in_at, *got);
		stream->in_at += *got;
		return PM_OK;
	}
	return read_raw(stream, to, n, got, err);
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
