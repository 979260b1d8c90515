/* SPDX-License-Identifier: MIT */
#include "log/repair.h"

#include "base/fail.h"
#include "log/cursor.h"
#include "log/repairing.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 16 * 1024, TAIL_BYTES = PM_LINE_MAX + 1 };

static enum pm_status check_head(struct pm_file file, const char *path,
	const struct pm_codec *codec, struct pm_span header, enum pm_packing packing,
	bool *other_columns, struct pm_error *err)
{
	static const char *const not_packed[PM_N_PACKINGS][PM_N_PACKINGS] = {
		[PM_PACKING_NONE] = {[PM_PACKING_GZIP] = "exists already, but is gzip",
			[PM_PACKING_ZSTD] = "exists already, but is zstd"},
		[PM_PACKING_GZIP] = {[PM_PACKING_NONE] = "exists already, but is not gzip",
			[PM_PACKING_ZSTD] = "exists already, but is not gzip"},
		[PM_PACKING_ZSTD] = {[PM_PACKING_NONE] = "exists already, but is not zstd",
			[PM_PACKING_GZIP] = "exists already, but is not zstd"},
	};
	struct pm_stream stream;
	const char *head, *problem = NULL;
	size_t n;
	enum pm_status status = pm_stream_open(&stream, file, true, true, 0, PM_STREAM_ALL, err);

	if (status != PM_OK)
		return status;
	status = pm_stream_peek(&stream, HEAD_BYTES, &head, &n, err);
	if (status == PM_OK && n > 0) {
		if (stream.packing != packing)
			problem = not_packed[packing][stream.packing];
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

	*blank = size > 0 && size <= PM_CUT_MAX;
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

/* Whether a file is no more than how its first member begins. */
static enum pm_status check_begun(struct pm_file file, enum pm_packing packing, uint64_t size,
	bool *begun, struct pm_error *err)
{
	unsigned char first[PM_MEMBER_HEADER_MAX];
	size_t got;
	enum pm_status status;

	*begun = false;
	if (packing == PM_PACKING_NONE || size > sizeof(first))
		return PM_OK;
	status = pm_file_read_at(file, 0, first, sizeof(first), &got, err);
	*begun = status == PM_OK && pm_member_begins(packing, first, got);
	return status;
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

/* ---- compressed ---- */

/* The last member, as far as members tell their sizes: it is looked at even if it does, as the data
 * of a file may reach the disk later than its size does. */
static enum pm_status find_last_member(struct pm_file file, enum pm_packing packing, uint64_t size,
	uint64_t *from, struct pm_error *err)
{
	unsigned char header[PM_MEMBER_HEADER_MAX];
	uint64_t packed = 0, plain;

	*from = 0;
	for (uint64_t at = 0; at < size; at += packed) {
		size_t got;
		const enum pm_status status =
			pm_file_read_at(file, at, header, sizeof(header), &got, err);

		if (status != PM_OK)
			return status;
		*from = at;
		if (!pm_member_size(packing, header, got, &packed, &plain) || packed > size - at)
			break;
	}
	return PM_OK;
}

/* Whether what a member of ours begins with, or less of it, or nothing at all, stands there. */
static enum pm_status is_beginning(
	struct pm_file file, enum pm_packing packing, uint64_t at, bool *ours, struct pm_error *err)
{
	unsigned char header[PM_MEMBER_HEADER_MAX];
	size_t got, zeros = 0;
	const enum pm_status status = pm_file_read_at(file, at, header, sizeof(header), &got, err);

	if (status != PM_OK)
		return status;
	while (zeros < got && header[zeros] == 0)
		zeros++;
	*ours = zeros == got || pm_member_begins(packing, header, got);
	return PM_OK;
}

static enum pm_status end_member(const struct pm_walk *walk, enum pm_packing packing, bool ours,
	uint64_t *end, struct pm_error *err)
{
	enum pm_status status = pm_file_write(walk->file, walk->ending, walk->n_ending, err);

	*end = walk->safe_at + walk->n_ending;
	if (status == PM_OK && ours)
		status = pm_member_put_sizes(packing, walk->file, walk->member_at,
			*end - walk->member_at, walk->safe_plain, err);
	return status;
}

/* The member that was left open is ended where its last whole line ends. */
static enum pm_status repair_packed(struct pm_file file, const char *path, enum pm_packing packing,
	uint64_t size, struct pm_repair *repair, struct pm_error *err)
{
	struct pm_walk walk = {.file = file, .size = size};
	uint64_t from, end;
	bool ours = true;
	enum pm_status status = find_last_member(file, packing, size, &from, err);

	if (status == PM_OK && size > 0)
		status = packing == PM_PACKING_GZIP ? pm_walk_gzip(&walk, from, err)
						    : pm_walk_zstd(&walk, from, err);
	if (status == PM_OK && walk.member_at < size)
		status = is_beginning(file, packing, walk.member_at, &ours, err);
	if (status != PM_OK)
		return status;
	end = walk.member_at == size || walk.safe_plain == 0 ? walk.member_at : walk.safe_at;
	if (size - end > PM_CUT_MAX || (end < size && walk.safe_plain == 0 && !ours)) {
		status = pm_fail(err, PM_E_INPUT, "its %s data are damaged from byte %llu on",
			pm_packing_name(packing), (unsigned long long)end);
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
		status = end_member(&walk, packing, ours, &repair->size, err);
	return status;
}

enum pm_status pm_repair_log(struct pm_file file, const char *path, const struct pm_codec *codec,
	struct pm_span header, enum pm_packing packing, struct pm_repair *repair,
	struct pm_error *err)
{
	struct pm_file_info info;
	bool blank = false;
	enum pm_status status = pm_file_stat(file, &info, err);

	*repair = (struct pm_repair){.size = 0};
	if (status == PM_OK)
		status = check_blank(file, info.size, &blank, err);
	if (status == PM_OK && !blank)
		status = check_begun(file, packing, info.size, &blank, err);
	if (status == PM_OK && blank) {
		repair->cut_bytes = info.size;
		return pm_file_truncate(file, 0, err);
	}
	if (status == PM_OK)
		status =
			check_head(file, path, codec, header, packing, &repair->other_columns, err);
	if (status != PM_OK || repair->other_columns)
		return status;
	if (packing != PM_PACKING_NONE)
		status = repair_packed(file, path, packing, info.size, repair, err);
	else
		status = repair_plain(file, info.size, repair, err);
	repair->has_rows = repair->size > 0;
	return status;
}
