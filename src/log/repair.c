/* SPDX-License-Identifier: MIT */
#include "log/repair.h"

#include "base/fail.h"
#include "base/gzip.h"
#include "log/cursor.h"

#include <stdlib.h>

enum { HEAD_BYTES = 16 * 1024, TAIL_BYTES = PM_LINE_MAX + 1, SALVAGE_MAX = 64 * 1024 * 1024 };

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

/* Cuts a plain log behind its last newline. */
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
		for (keep = got; keep > 0 && tail[keep - 1] != '\n';)
			keep--;
		end = end - n + keep;
		if (keep > 0)
			break;
	}
	free(tail);
	repair->size = end;
	repair->cut_bytes = size - end;
	return status == PM_OK ? pm_file_truncate(file, end, err) : status;
}

/* Where the first member that has no size begins, or the end. */
static enum pm_status find_open_member(
	struct pm_file file, uint64_t size, uint64_t *at, struct pm_error *err)
{
	unsigned char header[PM_GZIP_HEADER];
	uint64_t packed, plain;

	for (*at = 0; *at < size; *at += packed) {
		size_t got;
		const enum pm_status status =
			pm_file_read_at(file, *at, header, sizeof(header), &got, err);

		if (status != PM_OK)
			return status;
		if (got < sizeof(header) || !pm_gzip_member_size(header, &packed, &plain) ||
			packed > size - *at)
			break;
	}
	return PM_OK;
}

/* A member that was not ended is taken off; its whole lines are kept to be written again. */
static enum pm_status repair_gzip(struct pm_file file, const char *path, uint64_t size,
	struct pm_repair *repair, struct pm_error *err)
{
	uint64_t from;
	struct pm_stream stream;
	struct pm_buf *lines = &repair->salvage;
	size_t got = 1, n_read;
	enum pm_status status = find_open_member(file, size, &from, err);

	repair->size = from;
	if (status != PM_OK || from == size)
		return status == PM_OK ? pm_file_truncate(file, size, err) : status;
	status = pm_stream_open(&stream, file, true, true, from, PM_STREAM_ALL, err);
	if (status != PM_OK)
		return status;
	while (status == PM_OK && got > 0 && stream.gzip) {
		if (lines->n > SALVAGE_MAX || pm_buf_reserve(lines, HEAD_BYTES) == NULL) {
			status = pm_fail(err, PM_E_INPUT,
				"its last gzip member is too large to be repaired");
			pm_error_where(err, path, 0, 0);
			pm_error_remedy(err, "it is left as it is; give another name");
			break;
		}
		status = pm_stream_read(&stream, lines->at + lines->n, HEAD_BYTES, &got, err);
		lines->n += got;
	}
	pm_stream_close(&stream);
	n_read = lines->n;
	while (lines->n > 0 && lines->at[lines->n - 1] != '\n')
		lines->n--;
	repair->cut_bytes = n_read - lines->n;
	return status == PM_OK ? pm_file_truncate(file, from, err) : status;
}

enum pm_status pm_repair_log(struct pm_file file, const char *path, const struct pm_codec *codec,
	struct pm_span header, bool gzip, struct pm_repair *repair, struct pm_error *err)
{
	struct pm_file_info info;
	enum pm_status status = pm_file_stat(file, &info, err);

	*repair = (struct pm_repair){.salvage = {0}};
	if (status == PM_OK && info.kind != PM_FILE_REGULAR)
		return PM_OK; /* a pipe or a device: nothing to continue */
	if (status == PM_OK)
		status = check_head(file, path, codec, header, gzip, &repair->other_columns, err);
	if (status != PM_OK || repair->other_columns)
		return status;
	if (gzip)
		status = repair_gzip(file, path, info.size, repair, err);
	else
		status = repair_plain(file, info.size, repair, err);
	repair->has_rows = repair->size > 0 || repair->salvage.n > 0;
	return status;
}
