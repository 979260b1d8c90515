/* SPDX-License-Identifier: MIT */
#include "log/rotated.h"

#include "base/member.h"
#include "base/number.h"
#include "base/when.h"
#include "log/cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEM "poolmon-"

static const struct {
	const char *prefix, *suffix;
	enum pm_packing packing;
} forms[PM_N_ROTATED_FORMS] = {
	[PM_ROTATED_PLAIN] = {"", "", PM_PACKING_NONE},
	[PM_ROTATED_GZIP] = {"", ".gz", PM_PACKING_GZIP},
	[PM_ROTATED_ZSTD] = {"", ".zst", PM_PACKING_ZSTD},
	[PM_ROTATED_GZIP_TEMPORARY] = {".", ".gz.tmp", PM_PACKING_GZIP},
	[PM_ROTATED_ZSTD_TEMPORARY] = {".", ".zst.tmp", PM_PACKING_ZSTD},
};

bool pm_rotated_is_temporary(enum pm_rotated_form form)
{
	return form == PM_ROTATED_GZIP_TEMPORARY || form == PM_ROTATED_ZSTD_TEMPORARY;
}

static enum pm_rotated_form form_of(enum pm_packing packing, bool temporary)
{
	int form = PM_ROTATED_PLAIN;

	while (forms[form].packing != packing ||
		pm_rotated_is_temporary((enum pm_rotated_form)form) != temporary)
		form++;
	return (enum pm_rotated_form)form;
}

enum pm_rotated_form pm_rotated_packed(enum pm_packing packing)
{
	return form_of(packing, false);
}

enum pm_rotated_form pm_rotated_temporary(enum pm_packing packing)
{
	return form_of(packing, true);
}

void pm_rotated_name(
	struct pm_rotated *file, int64_t time_ms, uint64_t number, const char *extension)
{
	char stamp[PM_TIME_STAMP], suffix[24] = "";

	*file = (struct pm_rotated){.time_ms = time_ms, .number = number};
	pm_time_stamp(stamp, time_ms);
	if (number > 1)
		snprintf(suffix, sizeof(suffix), "-%llu", (unsigned long long)number);
	snprintf(file->name, sizeof(file->name), STEM "%.*s%s%s", PM_TIME_STAMP, stamp, suffix,
		extension);
}

static bool take_prefix(struct pm_span *name, const char *prefix)
{
	const size_t n = strlen(prefix);

	if (name->n < n || memcmp(name->at, prefix, n) != 0)
		return false;
	name->at += n;
	name->n -= n;
	return true;
}

static bool take_suffix(struct pm_span *name, const char *suffix)
{
	const size_t n = strlen(suffix);

	if (name->n < n || memcmp(name->at + name->n - n, suffix, n) != 0)
		return false;
	name->n -= n;
	return true;
}

static const char *take_extension(struct pm_span *name)
{
	for (int i = 0; i < PM_N_FORMATS; i++) {
		if (take_suffix(name, pm_codecs[i]->extension))
			return pm_codecs[i]->extension;
	}
	return NULL;
}

bool pm_rotated_parse(const char *text, struct pm_rotated *file, enum pm_rotated_form *form)
{
	struct pm_span name = pm_span_of(text), whole;
	const char *extension;
	uint64_t number = 1;
	int64_t time_ms;

	*form = PM_ROTATED_PLAIN;
	for (int i = PM_ROTATED_PLAIN + 1; i < PM_N_ROTATED_FORMS; i++) {
		if (take_suffix(&name, forms[i].suffix)) {
			*form = (enum pm_rotated_form)i;
			break;
		}
	}
	if (!take_prefix(&name, forms[*form].prefix))
		return false;
	whole = name;
	if ((extension = take_extension(&name)) == NULL || !take_prefix(&name, STEM) ||
		name.n < PM_TIME_STAMP || !pm_time_stamp_parse(name.at, PM_TIME_STAMP, &time_ms))
		return false;
	name.at += PM_TIME_STAMP;
	name.n -= PM_TIME_STAMP;
	if (take_prefix(&name, "-") && pm_u64_parse(name.at, name.n, &number) != PM_NUMBER_OK)
		return false;
	/* Exactly as we would name it. */
	pm_rotated_name(file, time_ms, number, extension);
	return strlen(file->name) == whole.n && memcmp(file->name, whole.at, whole.n) == 0;
}

char *pm_rotated_path(
	const char *directory, const struct pm_rotated *file, enum pm_rotated_form form)
{
	const char *prefix = forms[form].prefix, *suffix = forms[form].suffix;
	const size_t size =
		strlen(directory) + strlen(prefix) + strlen(file->name) + strlen(suffix) + 2;
	char *path = malloc(size);

	if (path != NULL)
		snprintf(path, size, "%s/%s%s%s", directory, prefix, file->name, suffix);
	return path;
}

/* A temporary may have been left with less than a beginning, and with NUL bytes if it never came to
 * the disk. */
static bool begins_as_temporary(enum pm_packing packing, const unsigned char *first, size_t n)
{
	size_t zeros = 0;

	while (zeros < n && first[zeros] == 0)
		zeros++;
	return zeros == n || pm_member_begins(packing, first, n);
}

static bool begins_as_ours(struct pm_file file, const char *name, enum pm_rotated_form form)
{
	enum { HEAD_BYTES = 4096 };
	unsigned char first[PM_MEMBER_HEADER_MAX];
	struct pm_span rest = pm_span_of(name);
	struct pm_stream stream;
	const struct pm_codec *codec;
	const char *head;
	size_t got;
	bool ours;

	if (form != PM_ROTATED_PLAIN) {
		if (pm_file_read_at(file, 0, first, sizeof(first), &got, NULL) != PM_OK)
			return false;
		if (pm_rotated_is_temporary(form))
			return begins_as_temporary(forms[form].packing, first, got);
		if (!pm_member_begins(forms[form].packing, first, got))
			return false;
	}
	if (pm_stream_open(&stream, file, true, true, 0, PM_STREAM_ALL, NULL) != PM_OK)
		return false;
	ours = pm_stream_peek(&stream, HEAD_BYTES, &head, &got, NULL) == PM_OK && got > 0 &&
		(codec = pm_codec_detect(head, got)) != NULL &&
		take_suffix(&rest, codec->extension);
	pm_stream_close(&stream);
	return ours;
}

bool pm_rotated_is_ours(
	const char *path, const struct pm_rotated *file, enum pm_rotated_form form, uint64_t *bytes)
{
	struct pm_file_info info = {.size = 0};
	struct pm_file open;
	bool ours;

	*bytes = 0;
	if (pm_file_open(&open, path, PM_FILE_READ_OWN, NULL) != PM_OK)
		return false;
	ours = pm_file_stat(open, &info, NULL) == PM_OK && info.kind == PM_FILE_REGULAR &&
		begins_as_ours(open, file->name, form);
	pm_file_discard(&open);
	*bytes = info.size;
	return ours;
}

bool pm_rotated_is_gone(const struct pm_rotated *file)
{
	for (int form = 0; form < PM_N_ROTATED_FORMS; form++) {
		if (file->has[form])
			return false;
	}
	return true;
}

int pm_rotated_compare(const void *a, const void *b)
{
	const struct pm_rotated *x = a, *y = b;

	if (x->time_ms != y->time_ms)
		return x->time_ms < y->time_ms ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}
