/* SPDX-License-Identifier: MIT */
#include "base/array.h"
#include "base/number.h"
#include "base/when.h"
#include "log/recalled.h"

void pm_recall_deinit(struct pm_recall *recall)
{
	pm_arena_deinit(&recall->arena);
	pm_index_deinit(&recall->index);
	free(recall->keys);
	*recall = (struct pm_recall){.in_use = recall->in_use, .way = recall->way};
}

void pm_recall_forget(struct pm_recall *recall)
{
	if (recall->n > 0)
		pm_recall_deinit(recall);
	recall->n_head = 0;
}

/* ---- from moment to moment ---- */

bool pm_recall_move_on(struct pm_recall *recall, const char *at)
{
	struct pm_span time = recall->time, uptime = recall->uptime;
	int64_t time_ms, uptime_ms;
	uint64_t any = 0;

	for (size_t i = 0; i < recall->n_head; i += 64) {
		const size_t left = recall->n_head - i;
		const uint64_t differs = pm_bytes_differ(at + i, recall->head + i) &
			pm_low_bits(left < 64 ? left : 64);

		if ((differs & ~(pm_bytes_digits(at + i) & pm_bytes_digits(recall->head + i))) != 0)
			return false;
		any |= differs;
	}
	if (any == 0) /* nor where there is none */
		return false;
	time.at = at + (time.at - recall->head);
	uptime.at = at + (uptime.at - recall->head);
	if (!pm_time_parse(time.at, time.n, &time_ms) ||
		pm_seconds_parse(uptime.at, uptime.n, &uptime_ms) != PM_NUMBER_OK)
		return false;
	memcpy(recall->head, at, recall->n_head);
	recall->time_ms = time_ms;
	recall->uptime_ms = uptime_ms;
	return true;
}

/* ---- keeping ---- */

static bool is_within(struct pm_span text, const char *at, const char *end)
{
	return text.at >= at && text.at <= end && text.n <= (size_t)(end - text.at);
}

static bool make_literal(struct pm_recalled_literal *literal, const char *at, size_t n)
{
	char text[PM_RECALL_LITERAL] = {0}, mask[PM_RECALL_LITERAL] = {0};

	if (n == 0 || n > PM_RECALL_LITERAL)
		return false;
	memcpy(text, at, n);
	memset(mask, 0xff, n);
	*literal = (struct pm_recalled_literal){
		{pm_bytes_load(text), pm_bytes_load(text + 8)},
		{pm_bytes_load(mask), pm_bytes_load(mask + 8)},
		n,
	};
	return true;
}

static bool same_shape(const struct pm_recalled_shape *a, const struct pm_recalled_shape *b)
{
	if (a->n_values != b->n_values || a->n_end != b->n_end ||
		memcmp(a->value, b->value, (size_t)a->n_values) != 0 ||
		memcmp(a->end, b->end, a->n_end) != 0)
		return false;
	for (int i = 0; i < a->n_values; i++) {
		if (memcmp(&a->before[i], &b->before[i], sizeof(a->before[i])) != 0)
			return false;
	}
	return true;
}

/* The shape of a line from behind its key on, or PM_NO_SHAPE. */
static uint8_t shape_of(struct pm_recall *recall, const char *at, const char *behind,
	const struct pm_fields *fields, const struct pm_row *row)
{
	struct pm_recalled_shape shape = {.brief = true}, *made;

	for (int i = 0; i < PM_N_VALUES; i++) {
		const struct pm_span text = fields->field[PM_FIELD_ALLOCS + i];

		if (!pm_row_has(row, (enum pm_value)i))
			continue;
		if (!is_within(text, at, behind) ||
			!make_literal(&shape.before[shape.n_values], at, (size_t)(text.at - at)))
			return PM_NO_SHAPE;
		shape.brief &= shape.before[shape.n_values].n <= 8;
		shape.value[shape.n_values++] = (unsigned char)i;
		at = text.at + text.n;
	}
	shape.n_end = (size_t)(behind - at);
	if (shape.n_end > PM_RECALL_END)
		return PM_NO_SHAPE;
	memcpy(shape.end, at, shape.n_end);
	if (!make_literal(&shape.end_literal, at, shape.n_end < 8 ? shape.n_end : 8))
		return PM_NO_SHAPE;
	for (size_t i = 0; i < recall->n_shapes; i++) {
		if (same_shape(recall->shapes[i], &shape))
			return (uint8_t)i;
	}
	if (recall->n_shapes == PM_RECALL_SHAPES ||
		(made = pm_arena_alloc(&recall->arena, sizeof(*made))) == NULL)
		return PM_NO_SHAPE;
	*made = shape;
	recall->shapes[recall->n_shapes] = made;
	return (uint8_t)recall->n_shapes++;
}

/* Room for a line of up to `capacity` bytes, of which n_key tell the key. NULL: out of memory,
 * which is only slower. */
static struct pm_recalled *make_room(
	struct pm_recall *recall, const char *body, size_t capacity, size_t n_key)
{
	const size_t size = offsetof(struct pm_recalled, text) + capacity + PM_BYTES_SLACK;
	struct pm_recalled *known, **grown;
	char *memory;

	if (recall->n == 0)
		recall->seed = pm_hash_seed() | 1;
	grown = pm_array_room(recall->keys, &recall->capacity, recall->n, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	recall->keys = grown;
	memory = pm_arena_alloc(&recall->arena, size + PM_CACHE_LINE);
	if (memory == NULL ||
		!pm_index_add(&recall->index, pm_recall_hash(recall->seed, body, n_key), recall->n))
		return NULL;
	memory += -((uintptr_t)memory + offsetof(struct pm_recalled, text)) % PM_CACHE_LINE;
	known = (void *)memory;
	memset(known, 0, size);
	known->next = known;
	known->capacity = (uint16_t)capacity;
	known->n_key = (uint16_t)n_key;
	grown[recall->n++] = known;
	return known;
}

/* A line is kept under the one name that its key has in this format: else there might be any number
 * of them. */
static bool has_plain_key(const struct pm_fields *fields, const struct pm_key *key)
{
	return pm_span_is(fields->field[PM_FIELD_TAG], key->tag) &&
		pm_span_is(fields->field[PM_FIELD_POOL], key->pool_name) &&
		pm_span_is(fields->field[PM_FIELD_TYPE], key->type);
}

/* Where the times of a line end; NULL where they are not what it begins with. */
static const char *end_of_times(const char *at, const char *behind, const struct pm_fields *fields)
{
	const struct pm_span time = fields->field[PM_FIELD_TIME];
	const struct pm_span uptime = fields->field[PM_FIELD_UPTIME];
	const char *end;

	if (!is_within(time, at, behind) || !is_within(uptime, at, behind))
		return NULL;
	end = time.at > uptime.at ? time.at + time.n : uptime.at + uptime.n;
	for (int i = PM_FIELD_POOL; i <= PM_FIELD_FOOTPRINT; i++) {
		if (fields->field[i].n > 0 && !(is_within(fields->field[i], end, behind)))
			return NULL;
	}
	/* and pm_places_read() may read before what is behind it */
	return end - at > PM_RECALL_HEAD || end - at < PM_NUMBER_DIGITS ? NULL : end;
}

/* How many bytes tell the key, from behind the times on; 0: the line can't be kept. */
static size_t key_length_of(const struct pm_codec *codec, const char *body, const char *behind,
	const struct pm_fields *fields)
{
	const struct pm_span pool = fields->field[PM_FIELD_POOL];
	const struct pm_span tag = fields->field[PM_FIELD_TAG];
	const struct pm_span type = fields->field[PM_FIELD_TYPE];
	const char *end = type.at != NULL ? type.at + type.n : tag.at + tag.n;
	const size_t n = codec->key_length(body, behind);

	return n <= PM_RECALL_TEXT && body + n == end && pool.at < tag.at &&
			(type.at == NULL || tag.at < type.at)
		? n
		: 0;
}

/* Where a line of n bytes is kept that has room to grow by `room`; NULL: nowhere. */
static struct pm_recalled *place_of(
	struct pm_recall *recall, const char *body, size_t n, size_t room, size_t n_key)
{
	struct pm_recalled *known = recall->n == 0 ? NULL : pm_recall_find(recall, body, n_key);

	if (known == NULL)
		return make_room(recall, body, n + room, n_key);
	return n <= known->capacity ? known : NULL;
}

/* By how much a line may still grow while its numbers can be recalled. */
static size_t room_to_grow(const struct pm_fields *fields)
{
	size_t room = 0;

	for (int i = PM_FIELD_ALLOCS; i <= PM_FIELD_FOOTPRINT; i++)
		room += fields->field[i].n < PM_RECALL_DIGITS
			? PM_RECALL_DIGITS - fields->field[i].n
			: 0;
	return room;
}

static void keep_head(struct pm_recall *recall, const char *at, const char *end,
	const struct pm_fields *fields, const struct pm_row *row)
{
	const struct pm_span time = fields->field[PM_FIELD_TIME];
	const struct pm_span uptime = fields->field[PM_FIELD_UPTIME];

	recall->n_head = (size_t)(end - at);
	memcpy(recall->head, at, recall->n_head);
	recall->time = (struct pm_span){recall->head + (time.at - at), time.n};
	recall->uptime = (struct pm_span){recall->head + (uptime.at - at), uptime.n};
	recall->time_ms = row->time_ms;
	recall->uptime_ms = row->uptime_ms;
}

void pm_recall_keep(struct pm_recall *recall, const struct pm_codec *codec, const char *at,
	const char *behind, const struct pm_fields *fields, const struct pm_row *row,
	uint64_t *stamp)
{
	const char *body = end_of_times(at, behind, fields);
	size_t n, n_key;
	struct pm_recalled *known;

	if (!recall->in_use || codec->key_length == NULL || body == NULL ||
		row->key->pool == PM_POOL_EVENT)
		return;
	keep_head(recall, at, body, fields, row);
	if (!has_plain_key(fields, row->key))
		return;
	n = (size_t)(behind - body);
	n_key = key_length_of(codec, body, behind, fields);
	if (n > PM_RECALL_TEXT || n_key == 0)
		return;
	known = place_of(recall, body, n, room_to_grow(fields), n_key);
	if (known == NULL)
		return;
	known->shape = shape_of(recall, body + n_key, behind, fields, row);
	known->reading = (struct pm_reading){
		.key = row->key, .stamp = ++*stamp, .id = row->key->id, .has = row->has};
	memcpy(known->reading.value, row->value, sizeof(row->value));
	memset(known->bits, 0, sizeof(known->bits));
	memset(&known->places, 0, sizeof(known->places));
	known->n = (uint16_t)n;
	memcpy(known->text, body, n);
	if (recall->last != NULL)
		recall->last->next = known;
	recall->last = known;
}
