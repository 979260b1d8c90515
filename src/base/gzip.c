/* SPDX-License-Identifier: MIT */
#include "base/gzip.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

enum { OUT_BYTES = 32 * 1024, EXTRA_HEAD_AT = 10, EXTRA_AT = 16 };

static const unsigned char extra_head[] = {12, 0, 'P', 'M', 8, 0};

static void put32(unsigned char *at, uint64_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t get32(const unsigned char *at)
{
	return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 |
		(uint64_t)at[3] << 24;
}

bool pm_gzip_header_begins(const unsigned char *first, size_t n)
{
	static const unsigned char start[] = {0x1f, 0x8b, 8, 4};

	if (memcmp(first, start, n < sizeof(start) ? n : sizeof(start)) != 0)
		return false;
	return n <= EXTRA_HEAD_AT ||
		memcmp(first + EXTRA_HEAD_AT, extra_head,
			n < EXTRA_AT ? n - EXTRA_HEAD_AT : sizeof(extra_head)) == 0;
}

bool pm_gzip_member_size(
	const unsigned char header[PM_GZIP_HEADER], uint64_t *packed, uint64_t *plain)
{
	if (!pm_gzip_header_begins(header, PM_GZIP_HEADER))
		return false;
	*packed = get32(header + EXTRA_AT);
	*plain = get32(header + EXTRA_AT + 4);
	return *packed > PM_GZIP_HEADER;
}

enum pm_status pm_gzip_writer_init(struct pm_gzip_writer *writer, struct pm_file file,
	bool seekable, uint64_t at, int level, struct pm_error *err)
{
	*writer = (struct pm_gzip_writer){.file = file, .seekable = seekable, .at = at};
	writer->out = malloc(OUT_BYTES);
	/* Raw deflate: the header and the trailer are written here. */
	if (writer->out == NULL ||
		deflateInit2(&writer->z, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(writer->out);
		writer->out = NULL;
		return pm_fail_memory(err);
	}
	return PM_OK;
}

void pm_gzip_writer_deinit(struct pm_gzip_writer *writer)
{
	if (writer->out != NULL)
		deflateEnd(&writer->z);
	free(writer->out);
	writer->out = NULL;
}

static enum pm_status put(
	struct pm_gzip_writer *writer, const void *bytes, size_t n, struct pm_error *err)
{
	enum pm_status status;

	if (writer->may_grow != NULL && !writer->may_grow(writer->context, writer->at + n))
		return PM_END;
	status = pm_file_write(writer->file, bytes, n, err);
	if (status == PM_OK)
		writer->at += n;
	return status;
}

static enum pm_status begin_member(struct pm_gzip_writer *writer, struct pm_error *err)
{
	unsigned char header[PM_GZIP_HEADER] = {
		0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 12, 0, 'P', 'M', 8, 0};

	deflateReset(&writer->z);
	writer->crc = crc32(0, NULL, 0);
	writer->member_at = writer->at;
	writer->member_plain = 0;
	writer->member_open = true;
	return put(writer, header, sizeof(header), err);
}

static enum pm_status pump(struct pm_gzip_writer *writer, int flush, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	do {
		writer->z.next_out = writer->out;
		writer->z.avail_out = OUT_BYTES;
		deflate(&writer->z, flush);
		status = put(writer, writer->out, OUT_BYTES - writer->z.avail_out, err);
	} while (status == PM_OK && writer->z.avail_out == 0);
	return status;
}

enum pm_status pm_gzip_writer_add(struct pm_gzip_writer *writer, const void *bytes, size_t n,
	bool flush, struct pm_error *err)
{
	enum pm_status status = PM_OK;
	const unsigned char *at = bytes;

	if (!writer->member_open)
		status = begin_member(writer, err);
	while (status == PM_OK && n > 0) {
		const uInt part = n > 1 << 30 ? (uInt)1 << 30 : (uInt)n;

		writer->z.next_in = (unsigned char *)(uintptr_t)at; /* zlib only reads it */
		writer->z.avail_in = part;
		writer->crc = crc32(writer->crc, at, part);
		writer->member_plain += part;
		at += part;
		n -= part;
		status = pump(writer, flush && n == 0 ? Z_SYNC_FLUSH : Z_NO_FLUSH, err);
	}
	return status;
}

/* A member's header gets the sizes that were not known when it was written. */
static enum pm_status put_sizes(struct pm_file file, uint64_t member_at, uint64_t packed,
	uint64_t plain, struct pm_error *err)
{
	unsigned char sizes[8];

	if (packed > UINT32_MAX)
		return PM_OK;
	put32(sizes, packed);
	put32(sizes + 4, plain);
	return pm_file_write_at(file, member_at + EXTRA_AT, sizes, sizeof(sizes), err);
}

enum pm_status pm_gzip_end_member(struct pm_file file, uint64_t member_at, uint64_t at,
	unsigned long crc, uint64_t plain, bool sized, uint64_t *end, struct pm_error *err)
{
	unsigned char last[10] = {3, 0}; /* an empty block that says it is the last */
	enum pm_status status;

	put32(last + 2, crc);
	put32(last + 6, plain);
	*end = at + sizeof(last);
	status = pm_file_write(file, last, sizeof(last), err);
	if (status == PM_OK && sized)
		status = put_sizes(file, member_at, *end - member_at, plain, err);
	return status;
}

enum pm_status pm_gzip_writer_end_member(struct pm_gzip_writer *writer, struct pm_error *err)
{
	unsigned char trailer[8];
	enum pm_status status;

	if (!writer->member_open)
		return PM_OK;
	writer->z.next_in = NULL;
	writer->z.avail_in = 0;
	put32(trailer, writer->crc);
	put32(trailer + 4, writer->member_plain);
	status = pump(writer, Z_FINISH, err);
	if (status == PM_OK)
		status = put(writer, trailer, sizeof(trailer), err);
	if (status == PM_OK && writer->seekable)
		status = put_sizes(writer->file, writer->member_at, writer->at - writer->member_at,
			writer->member_plain, err);
	writer->member_open = status != PM_OK;
	if (status == PM_OK)
		writer->member_plain = 0;
	return status;
}
