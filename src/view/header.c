/* SPDX-License-Identifier: MIT */
/* The lines above the table. */
#include "model/text.h"
#include "view/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Bytes of a row of the pool `memory` as "123K", "" where there is none. */
static const char *kib(const struct pm_snapshot *snapshot, const char *tag, char text[32])
{
	text[0] = '\0';
	for (size_t i = 0; i < snapshot->n_rows; i++) {
		const struct pm_row *row = &snapshot->rows[i];

		if (row->key->pool == PM_POOL_MEMORY && strcmp(row->key->tag, tag) == 0 &&
			pm_row_has(row, PM_VALUE_BYTES))
			snprintf(text, 32, "%" PRIu64 "K", row->value[PM_VALUE_BYTES] / 1024);
	}
	return text;
}

/* Page faults since before. */
static const char *faults(const struct pm_watch *watch, char text[32])
{
	text[0] = '\0';
	for (size_t i = 0; i < watch->snapshot->n_rows; i++) {
		const struct pm_row *row = &watch->snapshot->rows[i];
		const struct pm_watched_tag *tag = pm_watch_tag(watch, row->key);

		if (row->key->pool == PM_POOL_MEMORY && strcmp(row->key->tag, "PageFlts") == 0 &&
			tag != NULL && (row->has & 1u << PM_VALUE_ALLOCS) != 0)
			snprintf(text, 32, "%" PRIu64,
				(tag->had & 1u << PM_VALUE_ALLOCS) != 0
					? row->value[PM_VALUE_ALLOCS] - tag->before[PM_VALUE_ALLOCS]
					: 0);
	}
	return text;
}

static const char *pool_line(
	const struct pm_watch *watch, const struct pm_view_options *options, char text[64])
{
	const char *pool = "system";
	char session[32];
	struct pm_buf line;

	for (size_t i = 0; i < watch->snapshot->n_rows; i++) {
		const struct pm_key *key = watch->snapshot->rows[i].key;

		if (pm_pool_has_suspects(key->pool) && key->pool != PM_POOL_SESSION) {
			pool = key->pool_name;
			break;
		}
	}
	if (options->session >= 0) {
		snprintf(session, sizeof(session), "session:%" PRId64, options->session);
		pool = session;
	} else if (options->session == PM_ALL_SESSIONS) {
		pool = "session:all";
	}
	pm_buf_init_fixed(&line, text, 64);
	pm_buf_add_char(&line, ' ');
	pm_text_pool_write(&line, pool);
	return pm_buf_terminate(&line);
}

void pm_view_make_header(
	struct pm_view *view, const struct pm_watch *watch, const struct pm_view_options *options)
{
	const struct pm_snapshot *snapshot = watch->snapshot;
	char text[10][32], left[2][200], line[400];
	int n[2], widest;

	n[0] = snprintf(left[0], sizeof(left[0]), " Memory: %8s Avail: %8s  PageFlts: %5s",
		kib(snapshot, "Total", text[0]), kib(snapshot, "Avail", text[1]),
		faults(watch, text[2]));
	n[1] = snprintf(left[1], sizeof(left[1]), " Commit: %7s Limit: %7s Peak: %7s",
		kib(snapshot, "Commit", text[3]), kib(snapshot, "Limit", text[4]),
		kib(snapshot, "Peak", text[5]));
	widest = n[0] > n[1] - 6 ? n[0] : n[1] - 6;
	snprintf(line, sizeof(line), "%-*s   InRam Krnl: %5s P:%6s", widest, left[0],
		kib(snapshot, "KrnlN", text[6]), kib(snapshot, "KrnlP", text[7]));
	view->header[0] = pm_view_keep(view, line);
	snprintf(line, sizeof(line), "%-*s Pool N: %5s P:%6s", widest + 6, left[1],
		kib(snapshot, "PoolN", text[8]), kib(snapshot, "PoolP", text[9]));
	view->header[1] = pm_view_keep(view, line);
	view->header[2] = pm_view_keep(view, pool_line(watch, options, line));
}
