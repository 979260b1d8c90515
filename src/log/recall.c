/* SPDX-License-Identifier: MIT */
#include "log/recall.h"

#include "base/array.h"

enum {
	TEXT_MAX = 320,   /* of a line, from behind the times on */
	DIGITS_MAX = 15,  /* of a number; see pm_bytes_number_of() */
	LITERAL_MAX = 16, /* between two numbers */
	END_MAX = 256,    /* behind the last number */
	NO_SHAPE = PM_RECALL_SHAPES,
};

struct literal {
	uint64_t word[2], mask[2];
	size_t n;
};

/* What stands between the numbers of a line, the same for many keys. */
struct pm_recalled_shape {
	int n_values;
	bool brief; /* no literal is longer than 8 */
	unsigned char value[PM_N_VALUES];
	struct literal before[PM_N_VALUES], end_literal; /* the first 8 bytes of the end */
	size_t n_end;
	char end[END_MAX + PM_BYTES_SLACK];
};

/* Small, and begun where a cache line does: of every row, this is what is read. */
struct pm_recalled {
	uint64_t value[PM_N_VALUES];
	const struct pm_key *key;
	struct pm_recalled *next; /* what came behind it the last time, or NULL */
	uint16_t n, n_key, capacity;
	uint8_t has;
	uint8_t shape; /* NO_SHAPE: none that is of use */
	char text[];   /* [capacity + PM_BYTES_SLACK]: n bytes, of which n_key tell the key */
};

enum { CACHE_LINE = 64 };

void pm_recall_deinit(struct pm_recall *recall)
{
	pm_arena_deinit(&recall->arena);
	pm_index_deinit(&recall->index);
	free(recall->keys);
	*recall = (struct pm_recall){.in_use = recall->in_use};
}

void pm_recall_forget(struct pm_recall *recall)
{
	if (recall->n > 0)
		pm_recall_deinit(recall);
	recall->n_head = 0;
}

/* ---- recalling ---- */

static bool has_literal(const char *at, const struct literal *literal, bool brief)
{
	uint64_t differs = (pm_bytes_load(at) ^ literal->word[0]) & literal->mask[0];

	if (!brief)
		differs |= (pm_bytes_load(at + 8) ^ literal->word[1]) & literal->mask[1];
	return differs == 0;
}

/* The numbers of a line of a known shape, from behind the key on. Returns where the line ends;
 * NULL: it is of another shape. */
static inline const char *take_numbers(const struct pm_recalled_shape *shape, const char *at,
	uint64_t values[PM_N_VALUES], bool brief)
{
	uint64_t digits = pm_bytes_digits(at);
	unsigned n_known = 64; /* bytes from `at` on that `digits` still tells of */

	for (int i = 0; i < shape->n_values; i++) {
		const struct literal *before = &shape->before[i];
		unsigned n;

		if (n_known < LITERAL_MAX + DIGITS_MAX + 1) {
			digits = pm_bytes_digits(at);
			n_known = 64;
		}
		if (!has_literal(at, before, brief))
			return NULL;
		digits >>= before->n;
		n = pm_lowest_bit(~digits);
		at += before->n;
		if (n == 0 || n > DIGITS_MAX || (*at == '0' && n > 1))
			return NULL;
		values[shape->value[i]] = pm_bytes_number_of(at, n);
		digits >>= n;
		at += n;
		n_known -= (unsigned)before->n + n;
	}
	if (!has_literal(at, &shape->end_literal, true) ||
		(shape->n_end > 8 && !pm_bytes_equal(at, shape->end, shape->n_end)))
		return NULL;
	return at + shape->n_end;
}

/* Takes a line of a known key with other numbers. Returns where it ends, or NULL. */
static const char *take_changed(
	const struct pm_recall *recall, struct pm_recalled *known, const char *body)
{
	const struct pm_recalled_shape *shape;
	uint64_t values[PM_N_VALUES] = {0};
	const char *end;
	size_t n;

	if (known->shape == NO_SHAPE)
		return NULL;
	shape = recall->shapes[known->shape];
	end = shape->brief ? take_numbers(shape, body + known->n_key, values, true)
			   : take_numbers(shape, body + known->n_key, values, false);
	if (end == NULL || (size_t)(end - body) > known->capacity)
		return NULL;
	n = (size_t)(end - body);
	memcpy(known->value, values, sizeof(values));
	for (size_t i = 0; i < n; i += 64)
		memcpy(known->text + i, body + i, 64);
	known->n = (uint16_t)n;
	return end;
}

static struct pm_recalled *find(const struct pm_recall *recall, const char *body, size_t n_key)
{
	const uint64_t hash = pm_hash(recall->seed, body, n_key);
	size_t at = 0, i;

	while ((i = pm_index_next(&recall->index, hash, &at)) != SIZE_MAX) {
		struct pm_recalled *known = recall->keys[i];

		if (known->n_key == n_key && pm_bytes_equal(known->text, body, n_key))
			return known;
	}
	return NULL;
}

/* The key of a line, where it is not the one foreseen. */
static struct pm_recalled *look_up(
	struct pm_recall *recall, const struct pm_codec *codec, const char *body, const char *end)
{
	const size_t n_key = codec->key_length(body, end);
	struct pm_recalled *known =
		n_key == 0 || n_key > TEXT_MAX ? NULL : find(recall, body, n_key);

	if (known != NULL)
		recall->last->next = known;
	return known;
}

/* A line that is not the last one of the key that was foreseen. Returns where it ends, or NULL. */
static const char *take_other(struct pm_recall *recall, const struct pm_codec *codec,
	struct pm_recalled **known, const char *body, const char *end)
{
	if (*known != NULL && pm_bytes_equal(body, (*known)->text, (*known)->n_key))
		return take_changed(recall, *known, body);
	*known = look_up(recall, codec, body, end);
	if (*known == NULL)
		return NULL;
	if (pm_bytes_equal(body, (*known)->text, (*known)->n))
		return body + (*known)->n;
	return take_changed(recall, *known, body);
}

static inline void make_row(const struct pm_recall *recall, const struct pm_recalled *known,
	struct pm_row *row, uint64_t line)
{
	row->time_ms = recall->time_ms;
	row->uptime_ms = recall->uptime_ms;
	row->key = known->key;
	row->origin = NULL;
	row->has = known->has;
	memcpy(row->value, known->value, sizeof(known->value));
	row->note = NULL;
	row->n_note = 0;
	row->line = line;
}

size_t pm_recall_run(struct pm_recall *recall, const struct pm_codec *codec, const char **at,
	const char *end, struct pm_row *rows, size_t max, uint64_t line)
{
	const size_t n_head = recall->n_head;
	size_t n = 0;

	if (n_head == 0 || recall->last == NULL)
		return 0;
	while (n < max && *at < end && pm_bytes_equal(*at, recall->head, n_head)) {
		const char *body = *at + n_head;
		struct pm_recalled *known = recall->last->next;

		if (known != NULL && pm_bytes_equal(body, known->text, known->n))
			body += known->n;
		else
			body = take_other(recall, codec, &known, body, end);
		if (body == NULL)
			break;
		recall->last = known;
		*at = body;
		make_row(recall, known, &rows[n++], ++line);
	}
	return n;
}

/* ---- keeping ---- */

static bool is_within(struct pm_span text, const char *at, const char *end)
{
	return text.at >= at && text.at <= end && text.n <= (size_t)(end - text.at);
}

static bool make_literal(struct literal *literal, const char *at, size_t n)
{
	char text[LITERAL_MAX] = {0}, mask[LITERAL_MAX] = {0};

	if (n == 0 || n > LITERAL_MAX)
		return false;
	memcpy(text, at, n);
	memset(mask, 0xff, n);
	*literal = (struct literal){
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

/* The shape of a line from behind its key on, or NO_SHAPE. */
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
			return NO_SHAPE;
		shape.brief &= shape.before[shape.n_values].n <= 8;
		shape.value[shape.n_values++] = (unsigned char)i;
		at = text.at + text.n;
	}
	shape.n_end = (size_t)(behind - at);
	if (shape.n_end > END_MAX)
		return NO_SHAPE;
	memcpy(shape.end, at, shape.n_end);
	if (!make_literal(&shape.end_literal, at, shape.n_end < 8 ? shape.n_end : 8))
		return NO_SHAPE;
	for (size_t i = 0; i < recall->n_shapes; i++) {
		if (same_shape(recall->shapes[i], &shape))
			return (uint8_t)i;
	}
	if (recall->n_shapes == PM_RECALL_SHAPES ||
		(made = pm_arena_alloc(&recall->arena, sizeof(*made))) == NULL)
		return NO_SHAPE;
	*made = shape;
	recall->shapes[recall->n_shapes] = made;
	return (uint8_t)recall->n_shapes++;
}

/* Room for a line of up to `capacity` bytes, of which n_key tell the key. NULL: out of memory,
 * which is only slower. */
static struct pm_recalled *make_room(
	struct pm_recall *recall, const char *body, size_t capacity, size_t n_key)
{
	const size_t size = sizeof(struct pm_recalled) + capacity + PM_BYTES_SLACK;
	struct pm_recalled *known, **grown;
	char *memory;

	if (recall->n == 0)
		recall->seed = pm_hash_seed();
	grown = pm_array_room(recall->keys, &recall->capacity, recall->n, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	recall->keys = grown;
	memory = pm_arena_alloc(&recall->arena, size + CACHE_LINE);
	if (memory == NULL ||
		!pm_index_add(&recall->index, pm_hash(recall->seed, body, n_key), recall->n))
		return NULL;
	memory += -(uintptr_t)memory % CACHE_LINE;
	known = (void *)memory;
	memset(known, 0, size);
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
	return (size_t)(end - at) > PM_RECALL_HEAD ? NULL : end;
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

	return n <= TEXT_MAX && body + n == end && pool.at < tag.at &&
			(type.at == NULL || tag.at < type.at)
		? n
		: 0;
}

/* Where a line of n bytes is kept that has room to grow by `room`; NULL: nowhere. */
static struct pm_recalled *place_of(
	struct pm_recall *recall, const char *body, size_t n, size_t room, size_t n_key)
{
	struct pm_recalled *known = recall->n == 0 ? NULL : find(recall, body, n_key);

	if (known == NULL)
		return make_room(recall, body, n + room, n_key);
	return n <= known->capacity ? known : NULL;
}

/* By how much a line may still grow while its numbers can be recalled. */
static size_t room_to_grow(const struct pm_fields *fields)
{
	size_t room = 0;

	for (int i = PM_FIELD_ALLOCS; i <= PM_FIELD_FOOTPRINT; i++)
		room += fields->field[i].n < DIGITS_MAX ? DIGITS_MAX - fields->field[i].n : 0;
	return room;
}

static void keep_head(
	struct pm_recall *recall, const char *at, const char *end, const struct pm_row *row)
{
	recall->n_head = (size_t)(end - at);
	memcpy(recall->head, at, recall->n_head);
	recall->time_ms = row->time_ms;
	recall->uptime_ms = row->uptime_ms;
}

void pm_recall_keep(struct pm_recall *recall, const struct pm_codec *codec, const char *at,
	const char *behind, const struct pm_fields *fields, const struct pm_row *row)
{
	const char *body = end_of_times(at, behind, fields);
	size_t n, n_key;
	struct pm_recalled *known;

	if (!recall->in_use || codec->key_length == NULL || body == NULL ||
		row->key->pool == PM_POOL_EVENT)
		return;
	keep_head(recall, at, body, row);
	if (!has_plain_key(fields, row->key))
		return;
	n = (size_t)(behind - body);
	n_key = key_length_of(codec, body, behind, fields);
	if (n > TEXT_MAX || n_key == 0)
		return;
	known = place_of(recall, body, n, room_to_grow(fields), n_key);
	if (known == NULL)
		return;
	known->shape = shape_of(recall, body + n_key, behind, fields, row);
	known->key = row->key;
	known->has = (uint8_t)row->has;
	known->n = (uint16_t)n;
	memcpy(known->value, row->value, sizeof(known->value));
	memcpy(known->text, body, n);
	if (recall->last != NULL)
		recall->last->next = known;
	recall->last = known;
}
