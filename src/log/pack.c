/* SPDX-License-Identifier: MIT */
#include "log/pack.h"

#include "base/buf.h"
#include "base/fail.h"
#include "base/packer.h"
#include "log/stream.h"

#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 128 * 1024 };

/* Where in line[n] the second comma is: what stands before it is the moment, in either format. */
static size_t moment_length(const char *line, size_t n)
{
	const char *comma = memchr(line, ',', n);

	if (comma != NULL)
		comma = memchr(comma + 1, ',', n - (size_t)(comma + 1 - line));
	return comma == NULL ? n : (size_t)(comma - line);
}

/* The offset in block[n], which consists of whole lines, of the first line that begins a new
 * moment, or n. `moment` is that of the line before (empty: none was looked at), and is kept up. */
static size_t find_moment(const char *block, size_t n, struct pm_buf *moment)
{
	for (size_t i = 0; i < n;) {
		const char *newline = memchr(block + i, '\n', n - i);
		const size_t length = newline == NULL ? n - i : (size_t)(newline - block) - i;
		const size_t m = moment_length(block + i, length);

		if (moment->n != m || memcmp(moment->at, block + i, m) != 0) {
			if (moment->n > 0)
				return i;
			pm_buf_add(moment, block + i, m);
		}
		i += length + 1;
	}
	return n;
}

/* Adds whole lines, and ends the member between two moments once it is large enough. */
static enum pm_status pack_lines(struct pm_packer *packer, const char *block, size_t n,
	struct pm_buf *moment, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	while (n > 0 && status == PM_OK) {
		size_t cut = n;

		if (pm_packer_is_full(packer))
			cut = find_moment(block, n, moment);
		if (cut > 0)
			status = pm_packer_add(packer, block, cut, false, err);
		if (status == PM_OK && cut < n) {
			status = pm_packer_end_member(packer, err);
			pm_buf_clear(moment);
		}
		block += cut;
		n -= cut;
	}
	return status;
}

static enum pm_status pack(
	struct pm_file from, struct pm_packer *packer, char *block, struct pm_error *err)
{
	struct pm_buf moment = {0};
	size_t n = 0, got = 1;
	enum pm_status status = PM_OK;

	while (got > 0 && status == PM_OK) {
		size_t whole;

		status = pm_file_read(from, block + n, READ_BYTES - n, &got, err);
		if (status != PM_OK)
			break;
		n += got;
		for (whole = n; whole > 0 && block[whole - 1] != '\n';)
			whole--;
		if (got == 0 || (whole == 0 && n == READ_BYTES))
			whole = n; /* the end, or a line that can't be one of ours */
		status = pack_lines(packer, block, whole, &moment, err);
		memmove(block, block + whole, n - whole);
		n -= whole;
	}
	if (status == PM_OK)
		status = pm_packer_end_member(packer, err);
	pm_buf_deinit(&moment);
	return status;
}

static enum pm_status pack_to(
	const struct pm_pack *how, struct pm_file from, struct pm_file to, struct pm_error *err)
{
	char *block = malloc(READ_BYTES);
	struct pm_packer packer;
	enum pm_status status = block == NULL ? pm_fail_memory(err) : PM_OK;

	if (status == PM_OK)
		status = pm_packer_init(&packer, how->packing, how->level, to, true, 0, err);
	if (status == PM_OK) {
		packer.may_grow = how->may_grow;
		packer.context = how->context;
		status = pack(from, &packer, block, err);
		pm_packer_deinit(&packer);
	}
	if (status == PM_OK)
		status = pm_file_sync(to, err);
	free(block);
	return status;
}

enum pm_status pm_pack_file(
	const struct pm_pack *how, const char *from, const char *to, struct pm_error *err)
{
	struct pm_file plain, packed = PM_FILE_NONE;
	enum pm_status status = pm_file_open(&plain, from, PM_FILE_READ_OWN, err);

	if (status == PM_OK)
		status = pm_file_open(&packed, to, PM_FILE_CREATE_NEW, err);
	if (status == PM_OK) {
		status = pack_to(how, plain, packed, err);
		if (status == PM_OK)
			status = pm_file_close(&packed, err);
		if (status != PM_OK)
			pm_error_where(err, to, 0, 0);
		pm_file_discard(&packed);
		if (status != PM_OK)
			(void)!pm_path_remove(to, NULL);
	}
	pm_file_discard(&plain);
	return status;
}

static enum pm_status compare(struct pm_stream *packed, struct pm_file plain, char *block,
	bool *same, struct pm_error *err)
{
	char *other = block + READ_BYTES;
	size_t got = 1, n;

	for (*same = true; *same && got > 0;) {
		enum pm_status status = pm_stream_read(packed, block, READ_BYTES, &got, err);

		for (n = 0; status == PM_OK && n < got;) {
			size_t more;

			status = pm_file_read(plain, other + n, got - n, &more, err);
			if (more == 0)
				break;
			n += more;
		}
		if (status != PM_OK)
			return status;
		*same = n == got && memcmp(block, other, n) == 0 && !packed->damaged;
	}
	if (*same) {
		const enum pm_status status = pm_file_read(plain, other, 1, &n, err);

		if (status != PM_OK)
			return status;
		*same = n == 0;
	}
	return PM_OK;
}

enum pm_status pm_pack_compare(
	const char *packed, const char *plain, bool *same, struct pm_error *err)
{
	struct pm_file file, from = PM_FILE_NONE;
	struct pm_stream stream;
	char *block = NULL;
	enum pm_status status = pm_file_open(&file, plain, PM_FILE_READ_OWN, err);

	*same = false;
	if (status != PM_OK)
		return status;
	status = pm_file_open(&from, packed, PM_FILE_READ_OWN, err);
	if (status == PM_OK)
		status = pm_stream_open(&stream, from, false, true, 0, PM_STREAM_ALL, err);
	if (status == PM_OK) {
		block = malloc(2 * READ_BYTES);
		status = block == NULL ? pm_fail_memory(err)
				       : compare(&stream, file, block, same, err);
		pm_stream_close(&stream);
	}
	free(block);
	pm_file_discard(&file);
	return status;
}
