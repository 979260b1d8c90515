/* SPDX-License-Identifier: MIT */
/* Reads the end of the log, then four times as much of it, and so on until there is a `start` row. */
#include "log/continued.h"

#include "base/array.h"
#include "base/fail.h"
#include "base/member.h"
#include "log/cursor.h"

#include <stdlib.h>
#include <string.h>

#define STEP_BYTES                                                                                 \
	((uint64_t)1 << 20) /* of a plain log; a member of a compressed one has 2 or 4 MiB */
enum { STEPS_MAX = 1024 };

struct search {
	struct pm_file file;
	const struct pm_codec *codec;
	uint64_t size;
	uint64_t *members; /* [n_members]: where they begin; compressed logs only */
	size_t n_members, members_capacity;
	struct pm_keys *keys;
	struct pm_origins *origins;
	struct pm_rejects rejects; /* of a first line that is cut; nobody's business */
	struct pm_columns columns;
};

static enum pm_status find_members(
	struct search *search, enum pm_packing packing, struct pm_error *err)
{
	unsigned char header[PM_MEMBER_HEADER_MAX];
	uint64_t packed = 0, plain;

	for (uint64_t at = 0; at < search->size; at += packed) {
		uint64_t *grown = pm_array_room(search->members, &search->members_capacity,
			search->n_members, sizeof(*grown));
		enum pm_status status;
		size_t got;

		if (grown == NULL)
			return pm_fail_memory(err);
		search->members = grown;
		grown[search->n_members++] = at;
		status = pm_file_read_at(search->file, at, header, sizeof(header), &got, err);
		if (status != PM_OK)
			return status;
		if (!pm_member_size(packing, header, got, &packed, &plain))
			break; /* not ended: the last one */
	}
	return PM_OK;
}

/* Where the last n steps begin. */
static uint64_t begin_of(const struct search *search, size_t n)
{
	if (search->n_members > 0)
		return n < search->n_members ? search->members[search->n_members - n] : 0;
	return n < search->size / STEP_BYTES ? search->size - n * STEP_BYTES : 0;
}

/* Reads rows from `from` on; *origin is that of the last one. With `first` just one, which goes
 * there. */
static enum pm_status read_rows(struct search *search, uint64_t from, struct pm_continued *first,
	const struct pm_origin **origin, struct pm_error *err)
{
	const struct pm_cursor_start start = {
		.origin = pm_origins_unknown(search->origins), .columns = search->columns};
	struct pm_stream stream;
	struct pm_cursor cursor;
	struct pm_row *row;
	enum pm_status status =
		pm_stream_open(&stream, search->file, true, true, from, search->size, err);

	if (status == PM_OK)
		status = pm_cursor_open(&cursor, &stream, search->codec, search->keys,
			&search->rejects, search->origins, 0, &start, err);
	if (status != PM_OK)
		return status;
	do
		status = pm_cursor_next(&cursor, &row, err);
	while (status == PM_OK && first == NULL);
	if (status == PM_OK) {
		first->known = true;
		first->first_time_ms = row->time_ms;
		first->uptime_ms = row->uptime_ms;
	}
	*origin = cursor.origin;
	search->columns = cursor.decoder.columns;
	pm_cursor_close(&cursor);
	return status == PM_END ? PM_OK : status;
}

/* The origin of the last rows; NULL: none of the last gigabyte says. */
static enum pm_status search_backwards(
	struct search *search, const struct pm_origin **origin, struct pm_error *err)
{
	enum pm_status status = PM_OK;
	uint64_t from = search->size;

	*origin = NULL;
	for (size_t n = 1; status == PM_OK && *origin == NULL && n <= STEPS_MAX && from > 0;
		n *= 4) {
		from = begin_of(search, n);
		status = read_rows(search, from, NULL, origin, err);
		if (status == PM_OK && *origin == pm_origins_unknown(search->origins))
			*origin = NULL;
	}
	return status;
}

static void compare(const struct pm_origin *first, const struct pm_origin *last,
	struct pm_span start, struct pm_continued *continued)
{
	char host[256] = "", boot_id[PM_BOOT_ID] = "";

	(void)pm_note_get(start.at, start.n, "host", host, sizeof(host));
	(void)pm_note_get(start.at, start.n, "boot_id", boot_id, sizeof(boot_id));
	if (boot_id[0] == '\0')
		return;
	continued->same_boot =
		strcmp(host, first->host) == 0 && strcmp(boot_id, first->boot_id) == 0;
	if (strcmp(host, last->host) == 0 && strcmp(boot_id, last->boot_id) != 0 &&
		strlen(last->boot_id) < PM_BOOT_ID)
		strcpy(continued->earlier_boot, last->boot_id);
}

enum pm_status pm_continued_read(struct pm_file file, const struct pm_codec *codec,
	enum pm_packing packing, struct pm_span start, struct pm_continued *continued,
	struct pm_error *err)
{
	struct search search = {
		.file = file,
		.codec = codec,
		.keys = pm_keys_create(),
		.origins = pm_origins_create(),
	};
	const struct pm_origin *first, *last = NULL;
	struct pm_file_info info;
	enum pm_status status = pm_file_stat(file, &info, err);

	*continued = (struct pm_continued){.known = false};
	if (status == PM_OK && (search.keys == NULL || search.origins == NULL))
		status = pm_fail_memory(err);
	search.size = status == PM_OK ? info.size : 0;
	if (status == PM_OK && packing != PM_PACKING_NONE)
		status = find_members(&search, packing, err);
	if (status == PM_OK)
		status = read_rows(&search, 0, continued, &first, err);
	if (status == PM_OK)
		status = search_backwards(&search, &last, err);
	if (status == PM_OK)
		compare(first, last != NULL ? last : first, start, continued);
	pm_keys_destroy(search.keys);
	pm_origins_destroy(search.origins);
	free(search.members);
	return status;
}

int64_t pm_continued_since_ms(
	const struct pm_continued *continued, int64_t now_time_ms, int64_t now_uptime_ms)
{
	if (!continued->known)
		return now_uptime_ms;
	if (continued->same_boot && continued->uptime_ms <= now_uptime_ms)
		return continued->uptime_ms;
	if (continued->first_time_ms > now_time_ms) /* the clock was set back */
		return now_uptime_ms;
	return now_uptime_ms - (now_time_ms - continued->first_time_ms);
}
