/* SPDX-License-Identifier: MIT */
#include "analyze/told.h"

#include "base/array.h"
#include "base/number.h"
#include "model/note.h"

#include <poolmon/tag.h>

#include <stdlib.h>
#include <string.h>

struct pm_told_alias {    /* other names of a tag */
	const char *host; /* interned */
	const char *pool, *tag, *names;
};

void pm_told_init(struct pm_told *told)
{
	*told = (struct pm_told){.seed = pm_hash_seed()};
}

void pm_told_deinit(struct pm_told *told)
{
	pm_index_deinit(&told->alias_index);
	pm_index_deinit(&told->origin_index);
	pm_arena_deinit(&told->arena);
	free(told->aliases);
	free(told->origins);
}

static bool add_origin(struct pm_told *told, const struct pm_origin *origin)
{
	const uint64_t hash = pm_hash(told->seed, &origin, sizeof(origin));
	const struct pm_origin **grown;
	size_t at = 0, i;

	while ((i = pm_index_next(&told->origin_index, hash, &at)) != SIZE_MAX) {
		if (told->origins[i] == origin)
			return true;
	}
	grown = pm_array_room(
		told->origins, &told->origins_capacity, told->n_origins, sizeof(*grown));
	if (grown == NULL)
		return false;
	told->origins = grown;
	if (!pm_index_add(&told->origin_index, hash, told->n_origins))
		return false;
	told->origins[told->n_origins++] = origin;
	return true;
}

static uint64_t hash_alias(
	const struct pm_told *told, const char *host, const char *pool, const char *tag)
{
	const uint64_t hash = pm_hash(told->seed, &host, sizeof(host));

	return pm_hash(pm_hash(hash, pool, strlen(pool)), tag, strlen(tag));
}

static struct pm_told_alias *find_alias(
	const struct pm_told *told, const char *host, const char *pool, const char *tag)
{
	const uint64_t hash = hash_alias(told, host, pool, tag);
	size_t at = 0, i;

	while ((i = pm_index_next(&told->alias_index, hash, &at)) != SIZE_MAX) {
		struct pm_told_alias *alias = &told->aliases[i];

		if (alias->host == host && strcmp(alias->pool, pool) == 0 &&
			strcmp(alias->tag, tag) == 0)
			return alias;
	}
	return NULL;
}

/* What was told last about a tag holds. The texts are copied. */
static bool set_alias(struct pm_told *told, const struct pm_told_alias *news)
{
	struct pm_told_alias *alias = find_alias(told, news->host, news->pool, news->tag);
	struct pm_arena *arena = &told->arena;

	if (alias == NULL) {
		alias = pm_array_room(
			told->aliases, &told->aliases_capacity, told->n_aliases, sizeof(*alias));
		if (alias == NULL)
			return false;
		told->aliases = alias;
		alias += told->n_aliases;
		alias->host = news->host;
		alias->pool = pm_arena_copy(arena, news->pool, strlen(news->pool));
		alias->tag = pm_arena_copy(arena, news->tag, strlen(news->tag));
		alias->names = "";
		if (alias->pool == NULL || alias->tag == NULL ||
			!pm_index_add(&told->alias_index,
				hash_alias(told, news->host, news->pool, news->tag),
				told->n_aliases))
			return false;
		told->n_aliases++;
	}
	if (strcmp(alias->names, news->names) != 0)
		alias->names = pm_arena_copy(arena, news->names, strlen(news->names));
	return alias->names != NULL;
}

static bool add_alias(struct pm_told *told, const struct pm_row *row)
{
	char pool[64], tag[PM_TAG_ESCAPED], names[4096];

	if (!pm_note_get(row->note, row->n_note, "pool", pool, sizeof(pool)) ||
		!pm_note_get(row->note, row->n_note, "tag", tag, sizeof(tag)) ||
		!pm_note_get(row->note, row->n_note, "names", names, sizeof(names)))
		return true; /* nothing that can be used */
	return set_alias(told, &(struct pm_told_alias){row->origin->host, pool, tag, names});
}

static void count_event(struct pm_event_counts *events, const struct pm_row *row)
{
	char missed[24];
	uint64_t n;

	events->starts += pm_row_is_event(row, "start");
	events->marks += pm_row_is_event(row, "mark");
	events->source_errors += pm_row_is_event(row, "source-error");
	if (pm_row_is_event(row, "gap")) {
		events->gaps++;
		if (pm_note_get(row->note, row->n_note, "missed", missed, sizeof(missed)) &&
			pm_u64_parse(missed, strlen(missed), &n) == PM_NUMBER_OK)
			events->missed += n;
	}
}

bool pm_told_add(struct pm_told *told, const struct pm_row *row)
{
	count_event(&told->events, row);
	if (pm_row_is_event(row, "start"))
		return add_origin(told, row->origin);
	return !pm_row_is_event(row, "alias") || add_alias(told, row);
}

bool pm_told_is_empty(const struct pm_told *told)
{
	return told->n_aliases == 0 && told->n_origins == 0;
}

bool pm_told_join(struct pm_told *told, const struct pm_told *later)
{
	for (size_t i = 0; i < later->n_aliases; i++) {
		if (!set_alias(told, &later->aliases[i]))
			return false;
	}
	for (size_t i = 0; i < later->n_origins; i++) {
		if (!add_origin(told, later->origins[i]))
			return false;
	}
	told->events.starts += later->events.starts;
	told->events.marks += later->events.marks;
	told->events.gaps += later->events.gaps;
	told->events.missed += later->events.missed;
	told->events.source_errors += later->events.source_errors;
	return true;
}

const char *pm_told_aliases(
	const struct pm_told *told, const char *host, const char *pool, const char *tag)
{
	const struct pm_told_alias *alias = find_alias(told, host, pool, tag);

	return alias == NULL ? "" : alias->names;
}
