/* SPDX-License-Identifier: MIT */
#include "log/repair.h"

#include "base/fail.h"
#include "base/gzip.h"
#include "log/cursor.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 16 * 1024, TAIL_BYTES = PM_LINE_MAX + 1, WALK_BYTES = 32 * 1024 };

/* What a crash leaves behind the last whole line is less; more than that is damage of another kind.
 */
#define CUT_MAX ((uint64_t)16 << 20)

static enum pm_status check_head(struct pm_file file, const char *path,
	const struct pm_codec *codec, struct pm_span header, bool gzip, bool *other_columns,
	struct pm_error *err)
{
	struct pm_stream stream;
	const char *head, *problem = NULL;
	size_t n;
	enum pm_status status = pm_stream_open(&stream, file, true, true, 0, PM_STREAM_ALL, err);

	if (status != PM_OK)
		return status;
	status = pm_stream_peek(&stream, HEAD_BYTES, &head, &n, err);
	if (status == PM_OK && n > 0) {
		if (stream.gzip != gzip)
			problem = gzip ? "exists already, but is not gzip"
				       : "exists already, but is gzip";
		else if (stream.utf16)
			problem = "exists already, but is UTF-16";
		else if (pm_codec_detect(head, n) != codec)
			problem = "exists already and is no log of this format";
		else
			*other_columns = header.n > 0 &&
				memcmp(head, header.at, n < header.n ? n : header.n) != 0;
	}
	if (problem != NULL) {
		status = pm_fail(err, PM_E_INPUT, "%s", problem);
		pm_error_where(err, path, 0, 0);
		pm_error_remedy(err, "it is left as it is; give another name, or move it away");
	}
	pm_stream_close(&stream);
	return status;
}

/* Whether a file is nothing but NUL bytes: it was begun shortly before the power went. */
static enum pm_status check_blank(
	struct pm_file file, uint64_t size, bool *blank, struct pm_error *err)
{
	char block[4096];
	size_t got = 1;

	*blank = size > 0 && size <= CUT_MAX;
	for (uint64_t at = 0; *blank && at < size && got > 0; at += got) {
		const enum pm_status status =
			pm_file_read_at(file, at, block, sizeof(block), &got, err);

		if (status != PM_OK)
			return status;
		for (size_t i = 0; i < got; i++)
			*blank &= block[i] == '\0';
	}
	return PM_OK;
}

/* ---- plain ---- */

/* Where text[n] is to be cut so that it ends with a whole line: one that has its newline, and no
 * NUL bytes (what file systems show where a block was not written before the power went). 0: there
 * is none, but `text` may begin in the middle of one. */
static size_t whole_lines(const char *text, size_t n)
{
	while (n > 0) {
		size_t begin;

		while (n > 0 && text[n - 1] != '\n')
			n--;
		for (begin = n; begin > 1 && text[begin - 2] != '\n';)
			begin--;
		if (begin > 0)
			begin--;
		if (memchr(text + begin, '\0', n - begin) == NULL)
			break;
		n = begin;
	}
	return n;
}

/* Cuts a plain log behind its last whole line. */
static enum pm_status repair_plain(
	struct pm_file file, uint64_t size, struct pm_repair *repair, struct pm_error *err)
{
	char *tail = malloc(TAIL_BYTES);
	enum pm_status status = tail == NULL ? pm_fail_memory(err) : PM_OK;
	uint64_t end = size;

	while (status == PM_OK && end > 0) {
		const size_t n = end < TAIL_BYTES ? (size_t)end : (size_t)TAIL_BYTES;
		size_t got, keep;

		status = pm_file_read_at(file, end - n, tail, n, &got, err);
		if (status != PM_OK)
			break;
		keep = whole_lines(tail, got);
		end = end - n + keep;
		if (keep > 0)
			break;
	}
	free(tail);
	repair->size = end;
	repair->cut_bytes = size - end;
	return status == PM_OK ? pm_file_truncate(file, end, err) : status;
}

/* ---- gzip ---- */

/* How far the members from some offset on can be inflated. */
struct walk {
	struct pm_file file;
	uint64_t size;
	uint64_t member_at; /* the member that is not ended begins here; `size`: there is none */
	uint64_t plain;     /* what could be inflated of it */
	unsigned long crc;  /* of that */
	/* A place in it between two blocks, at a byte's edge and behind a newline: there it can be
	 * ended. safe_plain == 0: there is none. */
	uint64_t safe_at, safe_plain;
	unsigned long safe_crc;
	bool newline; /* the last byte that was inflated is one */
};

/* Inflates what z has got as far as the next block's end, and takes down where that is: `at` is
 * where in the file z's input ends. Returns Z_OK to be gone on with. */
static int walk_block(struct walk *walk, z_stream *z, uint64_t at, unsigned char out[WALK_BYTES])
{
	enum { BEHIND_BLOCK = 128, IN_LAST_BLOCK = 64, BITS = 7 };
	size_t got;
	int result;

	z->next_out = out;
	z->avail_out = WALK_BYTES;
	result = inflate(z, Z_BLOCK);
	got = WALK_BYTES - z->avail_out;
	walk->crc = crc32(walk->crc, out, (uInt)got);
	walk->plain += got;
	if (got > 0)
		walk->newline = out[got - 1] == '\n';
	if (result == Z_STREAM_END) {
		walk->member_at = at - z->avail_in;
		walk->plain = walk->safe_plain = 0;
		walk->crc = crc32(0, NULL, 0);
		return walk->member_at == walk->size ? Z_STREAM_END : inflateReset(z);
	}
	if (result == Z_OK && (z->data_type & (BEHIND_BLOCK | IN_LAST_BLOCK)) == BEHIND_BLOCK &&
		(z->data_type & BITS) == 0 && walk->plain > 0 && walk->newline) {
		walk->safe_at = at - z->avail_in;
		walk->safe_plain = walk->plain;
		walk->safe_crc = walk->crc;
	}
	return result == Z_BUF_ERROR ? Z_OK : result;
}

static enum pm_status walk_members(struct walk *walk, uint64_t from, struct pm_error *err)
{
	unsigned char *in = malloc(2 * WALK_BYTES);
	z_stream z = {.next_in = NULL};
	uint64_t at = from; /* of the file, next to read */
	enum pm_status status = PM_OK;
	int result = Z_OK;

	walk->member_at = from;
	walk->crc = crc32(0, NULL, 0);
	if (in == NULL || inflateInit2(&z, 15 + 16) != Z_OK) {
		free(in);
		return pm_fail_memory(err);
	}
	while (status == PM_OK && result == Z_OK) {
		if (z.avail_in == 0) {
			size_t got;

			status = pm_file_read_at(walk->file, at, in, WALK_BYTES, &got, err);
			if (status != PM_OK || got == 0)
				break;
			at += got;
			z.next_in = in;
			z.avail_in = (uInt)got;
		}
		result = walk_block(walk, &z, at, in + WALK_BYTES);
	}
	inflateEnd(&z);
	free(in);
	return status;
}

/* The last member, as far as members tell their sizes: it is looked at even if it does, as the data
 * of a file may reach the disk later than its size does. */
static enum pm_status find_last_member(
	struct pm_file file, uint64_t size, uint64_t *from, struct pm_error *err)
{
	unsigned char header[PM_GZIP_HEADER];
	uint64_t packed = 0, plain;

	*from = 0;
	for (uint64_t at = 0; at < size; at += packed) {
		size_t got;
		const enum pm_status status =
			pm_file_read_at(file, at, header, sizeof(header), &got, err);

		if (status != PM_OK)
			return status;
		*from = at;
		if (got < sizeof(header) || !pm_gzip_member_size(header, &packed, &plain) ||
			packed > size - at)
			break;
	}
	return PM_OK;
}

/* Whether what a member of ours begins with, or less of it, or nothing at all, stands there. */
static enum pm_status is_beginning(
	struct pm_file file, uint64_t at, bool *ours, struct pm_error *err)
{
	unsigned char header[PM_GZIP_HEADER];
	size_t got, zeros = 0;
	const enum pm_status status = pm_file_read_at(file, at, header, sizeof(header), &got, err);

	if (status != PM_OK)
		return status;
	while (zeros < got && header[zeros] == 0)
		zeros++;
	*ours = zeros == got || pm_gzip_header_begins(header, got);
	return PM_OK;
}

/* The member that was left open is ended where its last whole line ends. */
static enum pm_status repair_gzip(struct pm_file file, const char *path, uint64_t size,
	struct pm_repair *repair, struct pm_error *err)
{
	struct walk walk = {.file = file, .size = size};
	uint64_t from, end;
	bool ours = true;
	enum pm_status status = find_last_member(file, size, &from, err);

	if (status == PM_OK && size > 0)
		status = walk_members(&walk, from, err);
	if (status == PM_OK && walk.member_at < size)
		status = is_beginning(file, walk.member_at, &ours, err);
	if (status != PM_OK)
		return status;
	end = walk.member_at == size || walk.safe_plain == 0 ? walk.member_at : walk.safe_at;
	if (size - end > CUT_MAX || (end < size && walk.safe_plain == 0 && !ours)) {
		status = pm_fail(err, PM_E_INPUT, "its gzip data are damaged from byte %llu on",
			(unsigned long long)end);
		pm_error_where(err, path, 0, 0);
		pm_error_remedy(err, "it is left as it is; give another name, or move it away");
		return status;
	}
	repair->size = end;
	repair->cut_bytes = walk.member_at == size ? 0
		: walk.plain > walk.safe_plain     ? walk.plain - walk.safe_plain
						   : size - end;
	status = pm_file_truncate(file, end, err);
	if (status == PM_OK && end > walk.member_at)
		status = pm_gzip_end_member(file, walk.member_at, end, walk.safe_crc,
			walk.safe_plain, ours, &repair->size, err);
	return status;
}

enum pm_status pm_repair_log(struct pm_file file, const char *path, const struct pm_codec *codec,
	struct pm_span header, bool gzip, struct pm_repair *repair, struct pm_error *err)
{
	struct pm_file_info info;
	bool blank = false;
	enum pm_status status = pm_file_stat(file, &info, err);

	*repair = (struct pm_repair){.size = 0};
	if (status == PM_OK)
		status = check_blank(file, info.size, &blank, err);
	if (status == PM_OK && blank) {
		repair->cut_bytes = info.size;
		return pm_file_truncate(file, 0, err);
	}
	if (status == PM_OK)
		status = check_head(file, path, codec, header, gzip, &repair->other_columns, err);
	if (status != PM_OK || repair->other_columns)
		return status;
	if (gzip)
		status = repair_gzip(file, path, info.size, repair, err);
	else
		status = repair_plain(file, info.size, repair, err);
	repair->has_rows = repair->size > 0;
	return status;
}
