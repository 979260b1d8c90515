/* SPDX-License-Identifier: MIT */
/* Which rows are shown, and in which order. */
#include "base/array.h"
#include "view/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool of_pool(const struct pm_key *key, int64_t session)
{
	char name[32];

	if (!pm_pool_has_suspects(key->pool))
		return false;
	if (key->pool != PM_POOL_SESSION)
		return session == PM_NO_SESSIONS;
	if (session < 0)
		return session == PM_ALL_SESSIONS;
	snprintf(name, sizeof(name), "session:%" PRId64, session);
	return strcmp(key->pool_name, name) == 0;
}

static bool of_type(const struct pm_key *key, enum pm_view_types types)
{
	if (types == PM_TYPES_BOTH || key->type[0] == '\0')
		return true;
	return (strcmp(key->type, "Nonp") == 0 || strcmp(key->type, "Unrecl") == 0) ==
		(types == PM_TYPES_NONPAGED);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_in(const char *text, const char *search)
{
	for (; *text != '\0'; text++) {
		size_t n = 0;

		while (search[n] != '\0' && lower(text[n]) == lower(search[n]))
			n++;
		if (search[n] == '\0')
			return true;
	}
	return *search == '\0';
}

/* 32-bit counters run over. */
int64_t pm_change_of(const struct pm_watched_tag *tag, enum pm_value value)
{
	const uint64_t a = tag->before[value], b = tag->value[value];
	const bool counter = value == PM_VALUE_ALLOCS || value == PM_VALUE_FREES;

	if ((tag->had >> value & 1) == 0 || (tag->has >> value & 1) == 0)
		return 0;
	if (counter && b < a && a >= UINT64_C(1) << 31 && a < UINT64_C(1) << 32)
		return (int64_t)(uint32_t)(b - a);
	return (int64_t)(b - a);
}

uint64_t pm_row_per_alloc(const struct pm_row *row, bool *known)
{
	uint64_t bytes;

	*known = pm_row_has(row, PM_VALUE_PER_ALLOC);
	if (*known)
		return row->value[PM_VALUE_PER_ALLOC];
	*known = pm_row_bytes(row, &bytes) && pm_row_has(row, PM_VALUE_DIFF);
	return *known && row->value[PM_VALUE_DIFF] > 0 ? bytes / row->value[PM_VALUE_DIFF] : 0;
}

static double weight_of(const struct pm_watch *watch, const struct pm_watched_tag *tag,
	const struct pm_row *row, const struct pm_view_options *options)
{
	static const enum pm_value by[PM_N_SORTS] = {
		[PM_SORT_ALLOCS] = PM_VALUE_ALLOCS,
		[PM_SORT_FREES] = PM_VALUE_FREES,
		[PM_SORT_DIFF] = PM_VALUE_DIFF,
		[PM_SORT_BYTES] = PM_VALUE_BYTES,
	};
	uint64_t bytes;
	bool known;

	switch (options->sort) {
	case PM_SORT_TAG:
	case PM_N_SORTS:
		return 0;
	case PM_SORT_PER_ALLOC:
		return (double)pm_row_per_alloc(row, &known);
	case PM_SORT_TREND:
		return pm_watch_trend(watch, tag);
	case PM_SORT_BYTES:
		if (options->by_change)
			break;
		return pm_row_bytes(row, &bytes) ? (double)bytes : -1;
	default:
		break;
	}
	if (options->by_change)
		return (double)pm_change_of(tag, by[options->sort]);
	return pm_row_has(row, by[options->sort]) ? (double)row->value[by[options->sort]] : -1;
}

static int compare(const void *x, const void *y)
{
	const struct pm_ranked *a = x, *b = y;
	const struct pm_key *k = a->row->key, *l = b->row->key;
	const size_t n = k->n_raw_tag < l->n_raw_tag ? k->n_raw_tag : l->n_raw_tag;
	int order;

	if (a->weight > b->weight || a->weight < b->weight)
		return a->weight > b->weight ? -1 : 1;
	order = memcmp(k->raw_tag, l->raw_tag, n);
	if (order == 0)
		order = (k->n_raw_tag > l->n_raw_tag) - (k->n_raw_tag < l->n_raw_tag);
	if (order == 0)
		order = strcmp(k->type, l->type);
	return order != 0 ? order : strcmp(k->pool_name, l->pool_name);
}

bool pm_view_rank(
	struct pm_view *view, const struct pm_watch *watch, const struct pm_view_options *options)
{
	for (size_t i = 0; i < watch->n_rows; i++) {
		const struct pm_row *row = &watch->rows[i];
		const struct pm_watched_tag *tag = pm_watch_tag(watch, row->key);
		struct pm_ranked *grown;

		if (!pm_pool_has_suspects(row->key->pool))
			continue;
		view->n_all++;
		if (!of_pool(row->key, options->session) || !of_type(row->key, options->types) ||
			!pm_filter_takes(options->filter, pm_view_tag(row->key)) ||
			(options->search != NULL && !is_in(pm_view_tag(row->key), options->search)))
			continue;
		grown = pm_array_room(view->memory->ranked, &view->memory->capacity, view->n_rows,
			sizeof(*grown));
		if (grown == NULL)
			return false;
		view->memory->ranked = grown;
		grown[view->n_rows].row = row;
		grown[view->n_rows].tag = tag;
		grown[view->n_rows++].weight = weight_of(watch, tag, row, options);
	}
	if (view->n_rows > 0)
		qsort(view->memory->ranked, view->n_rows, sizeof(*view->memory->ranked), compare);
	return true;
}
