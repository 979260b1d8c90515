/* SPDX-License-Identifier: MIT */
#include "log/parts.h"

#include "base/array.h"
#include "base/fail.h"
#include "base/member.h"

#define WINDOW_BYTES ((size_t)256 << 10)

enum { PACKED_RATIO = 8 }; /* how much smaller files are, compressed */

static enum pm_status add_part(struct pm_parts *parts, struct pm_part part, struct pm_error *err)
{
	struct pm_part *grown =
		pm_array_room(parts->at, &parts->capacity, parts->n, sizeof(*grown));

	if (grown == NULL)
		return pm_fail_memory(err);
	parts->at = grown;
	parts->at[parts->n++] = part;
	return PM_OK;
}

/* Looks in window[n], which begins at the beginning of a line, for the first row whose moment
 * differs from that of the row before. Returns the offset of its line, or 0. *n_lines: bytes that
 * are whole lines. */
static size_t find_new_moment(struct pm_decoder *decoder, const char *window, size_t n, bool *known,
	struct pm_row *last, size_t *n_lines)
{
	const char *at = window, *end = window + n;
	struct pm_row row;

	while (end > window && end[-1] != '\n')
		end--;
	*n_lines = (size_t)(end - window);
	while (pm_decoder_run(decoder, &at, end, &row, 1) == 1) {
		if (*known && (row.uptime_ms != last->uptime_ms || row.time_ms != last->time_ms)) {
			const char *line =
				at - 1; /* the newline of this row; go back to its line */

			while (line > window && line[-1] != '\n')
				line--;
			return (size_t)(line - window);
		}
		*last = row;
		*known = true;
	}
	return 0;
}

/* What looks for cuts in one file; what it has met at one it knows again at the next. */
struct cutter {
	struct pm_file file;
	struct pm_keys *keys;
	struct pm_rejects rejects;
	struct pm_decoder decoder;
	char *window; /* [WINDOW_BYTES + PM_RECALL_SLACK] */
};

static void cutter_deinit(struct cutter *cutter)
{
	pm_decoder_deinit(&cutter->decoder);
	pm_keys_destroy(cutter->keys);
	free(cutter->window);
}

static enum pm_status cutter_init(struct cutter *cutter, const struct pm_input *input,
	struct pm_file file, struct pm_error *err)
{
	*cutter = (struct cutter){
		.file = file,
		.keys = pm_keys_create(),
		.window = calloc(1, WINDOW_BYTES + PM_RECALL_SLACK),
	};
	pm_decoder_init(&cutter->decoder, input->codec, cutter->keys, &cutter->rejects, 0);
	cutter->decoder.columns = input->columns;
	cutter->decoder.recall.in_use = true;
	if (cutter->keys != NULL && cutter->window != NULL)
		return PM_OK;
	cutter_deinit(cutter);
	return pm_fail_memory(err);
}

/* The first place in [from, limit) where a new moment begins; `limit` if there is none. */
static enum pm_status find_cut(
	struct cutter *cutter, uint64_t from, uint64_t limit, uint64_t *cut, struct pm_error *err)
{
	char *window = cutter->window;
	struct pm_row last;
	bool known = false, at_line = false;
	enum pm_status status = PM_OK;

	*cut = limit;
	while (status == PM_OK && from < limit && *cut == limit) {
		size_t got, n_lines, skip = 0;

		status = pm_file_read_at(cutter->file, from, window, WINDOW_BYTES, &got, err);
		if (status != PM_OK || got == 0)
			break;
		if (!at_line) {
			const char *newline = memchr(window, '\n', got);

			if (newline == NULL) {
				from += got;
				continue;
			}
			skip = (size_t)(newline + 1 - window);
			at_line = true;
		}
		const size_t found = find_new_moment(
			&cutter->decoder, window + skip, got - skip, &known, &last, &n_lines);

		if (found > 0)
			*cut = from + skip + found < limit ? from + skip + found : limit;
		if (n_lines == 0 && skip == 0) { /* a line longer than the window */
			at_line = false;
			n_lines = got;
		}
		from += skip + n_lines;
		if (cutter->decoder.failed)
			status = pm_fail_memory(err);
	}
	return status;
}

static enum pm_status cut_plain(struct pm_parts *parts, size_t i, struct pm_input *input,
	struct pm_file file, size_t part_bytes, struct pm_error *err)
{
	const uint64_t size = input->info.size;
	struct cutter cutter;
	uint64_t from = 0;
	enum pm_status status = cutter_init(&cutter, input, file, err);

	if (status != PM_OK)
		return status;
	while (status == PM_OK && (size - from) / 2 > part_bytes) {
		uint64_t cut;

		status = find_cut(&cutter, from + part_bytes, size, &cut, err);
		if (status != PM_OK || cut == size)
			break;
		status = add_part(parts, (struct pm_part){i, 1, from, cut}, err);
		from = cut;
	}
	cutter_deinit(&cutter);
	if (status == PM_OK)
		status = add_part(parts, (struct pm_part){i, 1, from, size}, err);
	return status;
}

/* Cuts between members that tell their size; where one does not, the rest is one part. */
static enum pm_status cut_packed(struct pm_parts *parts, size_t i, struct pm_input *input,
	struct pm_file file, size_t part_bytes, struct pm_error *err)
{
	const uint64_t size = input->info.size;
	uint64_t from = 0, at = 0;
	enum pm_status status = PM_OK;

	while (status == PM_OK && at < size) {
		unsigned char header[PM_MEMBER_HEADER_MAX];
		uint64_t packed, plain;
		size_t got;

		status = pm_file_read_at(file, at, header, sizeof(header), &got, err);
		if (status != PM_OK ||
			!pm_member_size(input->packing, header, got, &packed, &plain) ||
			packed >= size - at)
			break;
		if (at - from >= part_bytes) {
			status = add_part(parts, (struct pm_part){i, 1, from, at}, err);
			from = at;
		}
		at += packed;
	}
	if (status == PM_OK)
		status = add_part(parts, (struct pm_part){i, 1, from, size}, err);
	return status;
}

static enum pm_status cut_input(struct pm_parts *parts, size_t i, struct pm_input *input,
	size_t part_bytes, struct pm_error *err)
{
	struct pm_stream stream;
	enum pm_status status;

	if (input->packing != PM_PACKING_NONE)
		part_bytes /= PACKED_RATIO;
	if (!input->seekable || input->codec->in_one_piece || input->utf16 ||
		input->info.size / 2 <= part_bytes)
		return add_part(parts, (struct pm_part){i, 1, 0, PM_STREAM_ALL}, err);
	status = pm_input_open(input, 0, PM_STREAM_ALL, &stream, err);
	if (status != PM_OK)
		return status;
	if (input->packing != PM_PACKING_NONE)
		status = cut_packed(parts, i, input, stream.file, part_bytes, err);
	else
		status = cut_plain(parts, i, input, stream.file, part_bytes, err);
	if (status != PM_OK)
		pm_error_where(err, input->name, 0, 0);
	pm_stream_close(&stream);
	return status;
}

enum pm_status pm_parts_plan(struct pm_parts *parts, struct pm_inputs *inputs, const bool *joined,
	const bool *whole, size_t part_bytes, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	parts->n = 0;
	for (size_t i = 0, n; i < inputs->n && status == PM_OK; i += n) {
		for (n = 1; i + n < inputs->n && joined[i + n]; n++)
			;
		if (n > 1 || whole[i])
			status = add_part(parts, (struct pm_part){i, n, 0, PM_STREAM_ALL}, err);
		else
			status = cut_input(parts, i, &inputs->at[i], part_bytes, err);
	}
	return status;
}

uint64_t pm_part_bytes(const struct pm_inputs *inputs, struct pm_part part)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < part.n_inputs; i++) {
		const struct pm_input *input = &inputs->at[part.first + i];
		const uint64_t size = input->seekable ? input->info.size : 0;
		const uint64_t all = part.to == PM_STREAM_ALL ? size : part.to - part.from;

		bytes += all * (input->packing != PM_PACKING_NONE ? PACKED_RATIO : 1);
	}
	return bytes;
}

void pm_parts_deinit(struct pm_parts *parts)
{
	free(parts->at);
	*parts = (struct pm_parts){0};
}
