/* SPDX-License-Identifier: MIT */
/* The lines above the table. */
#include "model/text.h"
#include "view/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Bytes of a row of the pool `memory` as "123K", "" where there is none. */
static const char *kib(const struct pm_watch *watch, const char *tag, char text[32])
{
	text[0] = '\0';
	for (size_t i = 0; i < watch->n_rows; i++) {
		const struct pm_row *row = &watch->rows[i];

		if (row->key->pool == PM_POOL_MEMORY && strcmp(row->key->tag, tag) == 0 &&
			pm_row_has(row, PM_VALUE_BYTES))
			snprintf(text, 32, "%" PRIu64 "K", row->value[PM_VALUE_BYTES] / 1024);
	}
	return text;
}

/* Page faults since before; none where their counter began anew. */
static const char *faults(const struct pm_watch *watch, char text[32])
{
	text[0] = '\0';
	for (size_t i = 0; i < watch->n_rows; i++) {
		const struct pm_row *row = &watch->rows[i];
		int64_t change;

		if (row->key->pool != PM_POOL_MEMORY || strcmp(row->key->tag, "PageFlts") != 0 ||
			!pm_row_has(row, PM_VALUE_ALLOCS))
			continue;
		change = pm_change_of(pm_watch_tag(watch, row->key), PM_VALUE_ALLOCS);
		snprintf(text, 32, "%" PRId64, change > 0 ? change : 0);
	}
	return text;
}

static const char *pool_line(
	const struct pm_watch *watch, const struct pm_view_options *options, char text[64])
{
	const char *pool = "system";
	char session[32];
	struct pm_buf line;

	for (size_t i = 0; i < watch->n_rows; i++) {
		const struct pm_key *key = watch->rows[i].key;

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

enum { LINE = 320, N_ITEMS = 5 };

struct item {
	const char *name;
	char value[32];
};

/* Items one behind the other, to the first that is not within the width. */
static void join(const struct item *items, size_t width, char line[LINE])
{
	size_t at = 0;

	line[0] = '\0';
	for (size_t i = 0; i < N_ITEMS; i++) {
		const size_t length = 1 + strlen(items[i].name) + 1 + strlen(items[i].value);

		if (items[i].value[0] == '\0')
			continue;
		if (at + length > width)
			return;
		at += (size_t)snprintf(
			line + at, LINE - at, " %s %s", items[i].name, items[i].value);
	}
}

/* The two lines as PoolMon has them; where there is no room for that, what is known, closer. */
static void memory_lines(const struct pm_watch *watch, size_t width, char lines[2][LINE])
{
	struct item first[N_ITEMS] = {{"Memory:", ""}, {"Avail:", ""}, {"PageFlts:", ""},
		{"InRam Krnl:", ""}, {"P:", ""}};
	struct item second[N_ITEMS] = {
		{"Commit:", ""}, {"Limit:", ""}, {"Peak:", ""}, {"Pool N:", ""}, {"P:", ""}};
	char left[2][LINE];
	int n[2], widest;

	kib(watch, "Total", first[0].value);
	kib(watch, "Avail", first[1].value);
	faults(watch, first[2].value);
	kib(watch, "KrnlN", first[3].value);
	kib(watch, "KrnlP", first[4].value);
	kib(watch, "Commit", second[0].value);
	kib(watch, "Limit", second[1].value);
	kib(watch, "Peak", second[2].value);
	kib(watch, "PoolN", second[3].value);
	kib(watch, "PoolP", second[4].value);
	n[0] = snprintf(left[0], LINE, " Memory: %8s Avail: %8s  PageFlts: %5s", first[0].value,
		first[1].value, first[2].value);
	n[1] = snprintf(left[1], LINE, " Commit: %7s Limit: %7s Peak: %7s", second[0].value,
		second[1].value, second[2].value);
	widest = n[0] > n[1] - 6 ? n[0] : n[1] - 6;
	n[0] = snprintf(lines[0], LINE, "%-*s   InRam Krnl: %5s P:%6s", widest, left[0],
		first[3].value, first[4].value);
	n[1] = snprintf(lines[1], LINE, "%-*s Pool N: %5s P:%6s", widest + 6, left[1],
		second[3].value, second[4].value);
	if (width > 0 && ((size_t)n[0] > width || (size_t)n[1] > width)) {
		join(first, width, lines[0]);
		join(second, width, lines[1]);
	}
}

void pm_view_make_header(
	struct pm_view *view, const struct pm_watch *watch, const struct pm_view_options *options)
{
	char lines[2][LINE], line[64];

	memory_lines(watch, options->width, lines);
	view->header[0] = pm_view_keep(view, lines[0]);
	view->header[1] = pm_view_keep(view, lines[1]);
	view->header[2] = pm_view_keep(view, pool_line(watch, options, line));
}
