/* SPDX-License-Identifier: MIT */
#include "model/origin.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/hash.h"
#include "base/number.h"
#include "base/thread.h"
#include "model/note.h"

#include <stdlib.h>

#define LABEL_PREFIX "label."

void pm_origin_write(struct pm_buf *note, const struct pm_origin *origin)
{
	char digits[PM_U64_DIGITS + 4];
	size_t n = pm_seconds_format(digits, origin->interval_ms);
	const struct {
		const char *key, *value;
	} pairs[] = {
		{"version", origin->version},
		{"host", origin->host},
		{"os", origin->os},
		{"kernel", origin->kernel},
		{"boot_id", origin->boot_id},
	};

	pm_note_add_text(note, "schema", PM_LOG_SCHEMA);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].value[0] != '\0')
			pm_note_add_text(note, pairs[i].key, pairs[i].value);
	}
	while (digits[n - 1] == '0') /* 5.000 -> 5, 0.500 -> 0.5 */
		n--;
	if (digits[n - 1] == '.')
		n--;
	if (origin->interval_ms > 0)
		pm_note_add(note, "interval_s", (struct pm_span){digits, n});
	if (origin->sources[0] != '\0')
		pm_note_add_text(note, "sources", origin->sources);
	for (size_t i = 0; i < origin->n_labels; i++) {
		char key[128];
		struct pm_buf name;

		pm_buf_init_fixed(&name, key, sizeof(key));
		pm_buf_add_text(&name, LABEL_PREFIX);
		pm_buf_add_text(&name, origin->labels[i].name);
		pm_note_add_text(note, pm_buf_terminate(&name), origin->labels[i].value);
	}
}

struct pm_origins {
	struct pm_mutex mutex; /* guards all below */
	struct pm_arena arena;
	struct pm_index index, text_index;
	uint64_t seed;
	struct pm_origin **entries; /* [n] */
	size_t n, capacity;
	const char **texts; /* [n_texts] */
	size_t n_texts, texts_capacity;
	const struct pm_origin *unknown;
};

static const char *intern_text(struct pm_origins *origins, const char *text)
{
	const size_t n = strlen(text);
	const uint64_t hash = pm_hash(origins->seed, text, n);
	size_t at = 0, i;
	const char **grown;

	while ((i = pm_index_next(&origins->text_index, hash, &at)) != SIZE_MAX) {
		if (strcmp(origins->texts[i], text) == 0)
			return origins->texts[i];
	}
	grown = pm_array_room(
		origins->texts, &origins->texts_capacity, origins->n_texts, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	origins->texts = grown;
	text = pm_arena_copy(&origins->arena, text, n);
	if (text == NULL || !pm_index_add(&origins->text_index, hash, origins->n_texts))
		return NULL;
	return origins->texts[origins->n_texts++] = text;
}

/* All pointers are interned, so the bytes of the pointers identify an origin. */
static uint64_t hash_origin(const struct pm_origins *origins, const struct pm_origin *origin)
{
	const void *const parts[] = {origin->host, origin->os, origin->kernel, origin->boot_id,
		origin->sources, origin->version};
	uint64_t hash = pm_hash(origins->seed, parts, sizeof(parts));

	hash = pm_hash(hash, &origin->interval_ms, sizeof(origin->interval_ms));
	hash = pm_hash(hash, &origin->implied_boots, sizeof(origin->implied_boots));
	for (size_t i = 0; i < origin->n_labels; i++) {
		const void *const label[] = {origin->labels[i].name, origin->labels[i].value};

		hash = pm_hash(hash, label, sizeof(label));
	}
	return hash;
}

static bool same_origin(const struct pm_origin *a, const struct pm_origin *b)
{
	if (a->host != b->host || a->os != b->os || a->kernel != b->kernel ||
		a->boot_id != b->boot_id || a->sources != b->sources || a->version != b->version ||
		a->interval_ms != b->interval_ms || a->implied_boots != b->implied_boots ||
		a->n_labels != b->n_labels)
		return false;
	for (size_t i = 0; i < a->n_labels; i++) {
		if (a->labels[i].name != b->labels[i].name ||
			a->labels[i].value != b->labels[i].value)
			return false;
	}
	return true;
}

/* wanted: its texts are interned, its labels are anywhere. */
static const struct pm_origin *intern(struct pm_origins *origins, const struct pm_origin *wanted)
{
	const uint64_t hash = hash_origin(origins, wanted);
	const size_t label_bytes = wanted->n_labels * sizeof(*wanted->labels);
	size_t at = 0, i;
	struct pm_origin *entry, **grown;

	while ((i = pm_index_next(&origins->index, hash, &at)) != SIZE_MAX) {
		if (same_origin(origins->entries[i], wanted))
			return origins->entries[i];
	}
	if (origins->n >= PM_ORIGINS_MAX)
		return NULL;
	grown = pm_array_room(origins->entries, &origins->capacity, origins->n, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	origins->entries = grown;
	entry = pm_arena_alloc(&origins->arena, sizeof(*entry));
	if (entry == NULL)
		return NULL;
	*entry = *wanted;
	entry->labels = NULL;
	if (label_bytes > 0) {
		struct pm_label *labels = pm_arena_alloc(&origins->arena, label_bytes);

		if (labels == NULL)
			return NULL;
		memcpy(labels, wanted->labels, label_bytes);
		entry->labels = labels;
	}
	if (!pm_index_add(&origins->index, hash, origins->n))
		return NULL;
	origins->entries[origins->n++] = entry;
	return entry;
}

struct pm_origins *pm_origins_create(void)
{
	struct pm_origins *origins = calloc(1, sizeof(*origins));

	if (origins == NULL)
		return NULL;
	origins->seed = pm_hash_seed();
	pm_mutex_init(&origins->mutex);
	origins->unknown = pm_origins_read(origins, "", 0);
	if (origins->unknown == NULL) {
		pm_origins_destroy(origins);
		return NULL;
	}
	return origins;
}

void pm_origins_destroy(struct pm_origins *origins)
{
	if (origins == NULL)
		return;
	pm_mutex_deinit(&origins->mutex);
	pm_index_deinit(&origins->index);
	pm_index_deinit(&origins->text_index);
	pm_arena_deinit(&origins->arena);
	free(origins->entries);
	free(origins->texts);
	free(origins);
}

const struct pm_origin *pm_origins_unknown(struct pm_origins *origins)
{
	return origins->unknown;
}

const struct pm_origin *pm_origins_read(struct pm_origins *origins, const char *note, size_t n)
{
	enum { MAX_LABELS = 64 };
	struct pm_label labels[MAX_LABELS];
	char value[1024], name[128];
	const char *key;
	size_t n_key, at = 0;
	struct pm_origin wanted = {.labels = labels};
	const struct {
		const char *key;
		const char **to;
	} texts[] = {
		{"host", &wanted.host},
		{"os", &wanted.os},
		{"kernel", &wanted.kernel},
		{"boot_id", &wanted.boot_id},
		{"sources", &wanted.sources},
		{"version", &wanted.version},
	};
	const size_t n_texts = sizeof(texts) / sizeof(texts[0]), prefix = strlen(LABEL_PREFIX);
	const struct pm_origin *origin = NULL;
	bool ok = true;

	pm_mutex_lock(&origins->mutex);
	for (size_t i = 0; i < n_texts; i++) {
		*texts[i].to = intern_text(origins, "");
		ok = ok && *texts[i].to != NULL;
	}
	while (ok && pm_note_next(note, n, &at, &key, &n_key, value, sizeof(value))) {
		for (size_t i = 0; i < n_texts; i++) {
			if (pm_span_is((struct pm_span){key, n_key}, texts[i].key))
				ok = (*texts[i].to = intern_text(origins, value)) != NULL;
		}
		if (pm_span_is((struct pm_span){key, n_key}, "interval_s"))
			(void)pm_seconds_parse(value, strlen(value), &wanted.interval_ms);
		if (n_key > prefix && n_key - prefix < sizeof(name) &&
			wanted.n_labels < MAX_LABELS && memcmp(key, LABEL_PREFIX, prefix) == 0) {
			struct pm_label *label = &labels[wanted.n_labels++];

			memcpy(name, key + prefix, n_key - prefix);
			name[n_key - prefix] = '\0';
			label->name = intern_text(origins, name);
			label->value = intern_text(origins, value);
			ok = label->name != NULL && label->value != NULL;
		}
	}
	if (ok)
		origin = intern(origins, &wanted);
	pm_mutex_unlock(&origins->mutex);
	return origin;
}

const struct pm_origin *pm_origins_rebooted(
	struct pm_origins *origins, const struct pm_origin *origin, uint32_t implied_boots)
{
	struct pm_origin wanted = *origin;

	if (origin->implied_boots == implied_boots)
		return origin;
	wanted.implied_boots = implied_boots;
	pm_mutex_lock(&origins->mutex);
	origin = intern(origins, &wanted);
	pm_mutex_unlock(&origins->mutex);
	return origin;
}
