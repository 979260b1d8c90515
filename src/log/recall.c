/* SPDX-License-Identifier: MIT */
#include "log/recall.h"

#include "base/array.h"
#include "base/number.h"
#include "base/when.h"
#include "base/wide.h"

enum {
	DIGITS_MAX = 15,  /* of a number; see pm_bytes_number_of() */
	LITERAL_MAX = 16, /* between two numbers */
	END_MAX = 256,    /* behind the last number */
	NO_SHAPE = PM_RECALL_SHAPES,
	LOOK_AHEAD = 64, /* lines */
	FOUND_AGAIN = 4, /* keys that come as foreseen, where the order was lost */
	PLACES = 256,    /* bytes of a line of which it is known where its numbers stand */
};

static const uint64_t eight_digits = 100000000;

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

/* Where a number of a line stands, or up to 8 digits of it. */
struct place {
	uint8_t end, length;
	uint8_t value; /* which it is */
};

/* Where all numbers of a line stand, which has up to PLACES bytes. */
struct places {
	uint64_t digits[PLACES / 64]; /* of these numbers: bit i stands for byte i; 0: not known */
	uint64_t leads[PLACES / 64];  /* first digits of those that have more */
	struct place at[PM_N_VALUES + 1]; /* [n], and the last once more: their last 8 digits */
	struct place high[PM_N_VALUES];   /* [n_high]: the digits before, of those that have more */
	uint8_t n, n_high;
};

/* Small, and laid out so that what is touched of a line that says the same again begins where a
 * cache line does: with the stamp. */
struct pm_recalled {
	struct places places;
	struct pm_reading reading;
	struct pm_recalled *next; /* what came behind it the last time, or NULL */
	uint32_t batch;           /* in which it was taken last */
	uint16_t n, n_key, capacity;
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

static inline void put_place(struct places *places, int i, size_t end, unsigned n, uint8_t value)
{
	const unsigned n_low = n < 8 ? n : 8;

	places->at[i] = (struct place){(uint8_t)end, (uint8_t)n_low, value};
	if (n > 8)
		places->high[places->n_high++] =
			(struct place){(uint8_t)(end - 8), (uint8_t)(n - 8), value};
}

/* The numbers of a line of a known shape, from behind the key on, and where they stand. Returns
 * where the line ends; NULL: it is of another shape. */
static inline const char *take_numbers(const struct pm_recalled_shape *shape, const char *body,
	size_t n_key, uint64_t values[PM_N_VALUES], struct places *places, bool brief)
{
	const char *at = body + n_key;
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
		put_place(places, i, (size_t)(at - body), n, shape->value[i]);
		n_known -= (unsigned)before->n + n;
	}
	if (!has_literal(at, &shape->end_literal, true) ||
		(shape->n_end > 8 && !pm_bytes_equal(at, shape->end, shape->n_end)))
		return NULL;
	return at + shape->n_end;
}

static void set_bits(uint64_t bits[PLACES / 64], size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		bits[i / 64] |= UINT64_C(1) << i % 64;
}

/* Notes where the n_values numbers of a line of n bytes stand, which have their places already. */
static void keep_places(struct places *places, int n_values, size_t n)
{
	places->n = (uint8_t)n_values;
	if (n > PLACES || n_values == 0)
		return;
	places->at[n_values] = places->at[n_values - 1];
	for (int i = 0; i < n_values; i++) {
		const struct place *place = &places->at[i];

		set_bits(places->digits, (size_t)place->end - place->length, place->length);
		set_bits(places->leads, (size_t)place->end - place->length, place->length > 1);
	}
	for (int i = 0; i < places->n_high; i++) {
		const struct place *place = &places->high[i];

		places->leads[place->end / 64] &= ~(UINT64_C(1) << place->end % 64);
		set_bits(places->digits, (size_t)place->end - place->length, place->length);
		set_bits(places->leads, (size_t)place->end - place->length, 1);
	}
}

static inline void keep_text(struct pm_recalled *known, const char *body, size_t n)
{
	for (size_t i = 0; i < n; i += 64)
		memcpy(known->text + i, body + i, 64);
	known->n = (uint16_t)n;
}

/* Takes a line of a known key with other numbers. Whether it is one of this shape. */
static PM_APART bool take_changed(struct pm_recalled *known, const struct pm_recalled_shape *shape,
	const char *body, uint64_t *stamp)
{
	uint64_t values[PM_N_VALUES] = {0};
	struct places places = {.n = 0};
	const char *end = shape->brief
		? take_numbers(shape, body, known->n_key, values, &places, true)
		: take_numbers(shape, body, known->n_key, values, &places, false);
	size_t n;

	if (end == NULL || (size_t)(end - body) > known->capacity)
		return false;
	n = (size_t)(end - body);
	keep_places(&places, shape->n_values, n);
	known->places = places;
	memcpy(known->reading.value, values, sizeof(values));
	known->reading.stamp = ++*stamp;
	keep_text(known, body, n);
	return true;
}

static inline bool has_leading_zero(const char *at, uint64_t leads)
{
	for (; leads != 0; leads &= leads - 1) {
		if (at[pm_lowest_bit(leads)] == '0')
			return true;
	}
	return false;
}

/* Whether a line differs from the last one of a key in its numbers alone, if they stand where they
 * stood. */
static inline bool has_other_numbers(const struct pm_recalled *known, const char *body)
{
	const size_t n = known->n;

	if (n > PLACES)
		return false;
	for (size_t i = 0; i < n; i += 64) {
		uint64_t differs = ~pm_bytes_same(body + i, known->text + i);

		if (n - i < 64)
			differs &= (UINT64_C(1) << (n - i)) - 1;
		if ((differs & ~known->places.digits[i / 64]) != 0 ||
			has_leading_zero(body + i, differs & known->places.leads[i / 64]))
			return false;
	}
	return true;
}

static inline struct pm_digits digits_at(const struct place *place, const char *body)
{
	return (struct pm_digits){body + place->end, place->length};
}

/* The numbers of a line that stand where they are known to be. Whether they are numbers. */
static inline bool read_numbers(struct pm_recalled *known, const char *body)
{
	const struct place *place = known->places.at, *end = place + known->places.n;
	uint64_t *value = known->reading.value, two[2], odd_high = 0;
	pm_lane odd = pm_lane_zero();

	for (; place < end; place += 2) {
		pm_bytes_numbers(digits_at(place, body), digits_at(place + 1, body), two, &odd);
		value[place->value] = two[0];
		value[place[1].value] = two[1];
	}
	for (int i = 0; i < known->places.n_high; i++) {
		place = &known->places.high[i];
		value[place->value] +=
			eight_digits * pm_bytes_number_plainly(digits_at(place, body), &odd_high);
	}
	return !pm_bytes_are_odd(odd) && (odd_high & UINT64_C(0x8080808080808080)) == 0;
}

static PM_APART void restore_numbers(struct pm_recalled *known)
{
	(void)read_numbers(known, known->text);
}

/* Takes a line that differs from the last one of this key in digits alone. Whether it is one. */
static inline bool take_digits(struct pm_recalled *known, const char *body, uint64_t *stamp)
{
	if (!has_other_numbers(known, body))
		return false;
	if (!read_numbers(known, body)) {
		restore_numbers(known);
		return false;
	}
	known->reading.stamp = ++*stamp;
	keep_text(known, body, known->n);
	return true;
}

/* Of the bytes of a key, of which PM_BYTES_SLACK more can be read: quick where there are few. What
 * they are multiplied by nobody knows who may want them to collide. */
static inline uint64_t hash_key(uint64_t seed, const char *at, size_t n)
{
	uint64_t hash = seed ^ n;

	for (size_t i = 0; i < n; i += 8) {
		const uint64_t kept = n - i >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * (n - i)) - 1;
		uint64_t low;
		const uint64_t high =
			pm_multiply(hash ^ (pm_bytes_load(at + i) & kept), seed, &low);

		hash = low ^ high;
	}
	return hash;
}

static inline struct pm_recalled *find(
	const struct pm_recall *recall, const char *body, size_t n_key)
{
	const uint64_t hash = hash_key(recall->seed, body, n_key);
	size_t at = 0, i;

	while ((i = pm_index_next(&recall->index, hash, &at)) != SIZE_MAX) {
		struct pm_recalled *known = recall->keys[i];

		if (known->n_key == n_key && pm_bytes_equal(known->text, body, n_key))
			return known;
	}
	return NULL;
}

/* The key of a line, by its bytes; NULL: it is not known. */
static inline struct pm_recalled *look_up(const struct pm_recall *recall,
	const struct pm_codec *codec, const char *body, const char *end)
{
	const size_t n_key = codec->key_length(body, end);

	return n_key == 0 || n_key > PM_RECALL_TEXT ? NULL : find(recall, body, n_key);
}

/* Whether the last line of a key need not stay as it is, as it is in no reading of this batch. */
static inline bool is_free(const struct pm_recall *recall, const struct pm_recalled *known)
{
	return known->batch != recall->batch;
}

/* Takes a line of this key that has its text, or numbers of the same shape. Whether it is one. */
static bool take_line_of(const struct pm_recall *recall, struct pm_recalled *known,
	const char *body, uint64_t *stamp)
{
	if (pm_bytes_equal(body, known->text, known->n))
		return true;
	return is_free(recall, known) &&
		(take_digits(known, body, stamp) ||
			(known->shape != NO_SHAPE &&
				take_changed(known, recall->shapes[known->shape], body, stamp)));
}

/* A line that is not as it was foreseen. Returns its key, with that line as its last one, or NULL. */
static PM_APART struct pm_recalled *take_unforeseen(struct pm_recall *recall,
	const struct pm_codec *codec, struct pm_recalled *last, const char *body, const char *end,
	uint64_t *stamp)
{
	struct pm_recalled *known = last->next;

	recall->lost = known == NULL || !pm_bytes_equal(body, known->text, known->n_key);
	if (recall->lost)
		known = look_up(recall, codec, body, end);
	if (known == NULL || !take_line_of(recall, known, body, stamp))
		return NULL;
	last->next = known;
	return known;
}

struct foreseen {
	size_t n;                 /* lines */
	struct pm_recalled *last; /* key of the last */
	const char *behind;
	struct other { /* line i, if it has another text than the last one of its key */
		size_t i;
		const char *body;
	} others[LOOK_AHEAD];
	size_t n_others;
};

static inline bool has_head(const struct pm_recall *recall, size_t n_head, const char *line)
{
	pm_lane differ;

	if (n_head < PM_DIFFER_MIN || n_head > 64)
		return pm_bytes_equal(line, recall->head, n_head);
	differ = pm_bytes_differ(line, recall->head, 0);
	if (n_head > PM_DIFFER_MIN)
		differ = pm_lane_or(differ, pm_bytes_differ(line, recall->head, n_head - 32));
	return pm_lane_is_zero(differ);
}

static inline bool has_text(const struct pm_recalled *known, const char *body)
{
	const size_t n = known->n;

	return n >= PM_DIFFER_MIN && n <= PM_DIFFER_MAX
		? pm_lane_is_zero(pm_bytes_differ_within(body, known->text, n))
		: pm_bytes_equal(body, known->text, n);
}

/*
 * Looks at lines as if each were as long as the last one of its key. That key is the one that came
 * next the last time or, where the order is `lost`, is looked up. Whether a line has the same text
 * is noted, but nothing is decided by it: that would be a branch that nobody can foresee.
 *
 * One that is longer or shorter has another text, so it is among the others. It, and whatever was
 * taken for lines behind it, are for take_foreseen() to sort out.
 */
static inline void foresee(struct pm_recall *recall, const struct pm_codec *codec, bool lost,
	const char *line, const char *end, const struct pm_reading **readings, size_t max,
	struct foreseen *foreseen)
{
	const size_t n_head = recall->n_head;
	const uint32_t batch = recall->batch;
	struct pm_recalled *last = recall->last;
	size_t n = 0, n_others = 0, n_found = 0;

	while (n < max && line < end && n_found < FOUND_AGAIN && has_head(recall, n_head, line)) {
		const char *body = line + n_head;
		struct pm_recalled *known = lost ? look_up(recall, codec, body, end) : last->next;

		if (known == NULL || known->batch == batch)
			break;
		if (lost) {
			n_found = last->next == known ? n_found + 1 : 0;
			last->next = known;
		}
		foreseen->others[n_others] = (struct other){n, body};
		n_others += !has_text(known, body);
		known->batch = batch;
		readings[n++] = &known->reading;
		last = known;
		line = body + known->n;
	}
	recall->lost &= n_found < FOUND_AGAIN;
	foreseen->n = n;
	foreseen->last = last;
	foreseen->behind = line;
	foreseen->n_others = n_others;
}

static struct pm_recalled *recalled_of(const struct pm_reading *reading)
{
	return (struct pm_recalled *)((uintptr_t)reading - offsetof(struct pm_recalled, reading));
}

/* Takes the lines that were foreseen, up to the first that is not one: which differs from the last
 * of its key in more than digits, and may be longer or shorter. Whether all. */
static inline bool take_foreseen(struct pm_recall *recall, struct foreseen *foreseen,
	const struct pm_reading *const *readings, uint64_t *stamp)
{
	for (size_t i = 0; i < foreseen->n_others; i++) {
		const struct other *other = &foreseen->others[i];

		if (take_digits(recalled_of(readings[other->i]), other->body, stamp))
			continue;
		for (size_t j = other->i; j < foreseen->n; j++)
			recalled_of(readings[j])->batch = recall->batch - 1;
		foreseen->n = other->i;
		foreseen->last = other->i > 0 ? recalled_of(readings[other->i - 1]) : recall->last;
		foreseen->behind = other->body - recall->n_head;
		return false;
	}
	return true;
}

size_t pm_recall_run(struct pm_recall *recall, const struct pm_codec *codec, const char **at,
	const char *end, const struct pm_reading **readings, size_t max, uint64_t *stamp)
{
	const size_t n_head = recall->n_head;
	struct foreseen foreseen;
	size_t n = 0;

	if (n_head == 0 || recall->last == NULL)
		return 0;
	recall->batch++;
	while (n < max && *at < end) {
		const size_t most = max - n < LOOK_AHEAD ? max - n : LOOK_AHEAD;
		struct pm_recalled *known;
		bool all;

		if (recall->lost)
			foresee(recall, codec, true, *at, end, readings + n, most, &foreseen);
		else
			foresee(recall, codec, false, *at, end, readings + n, most, &foreseen);
		all = take_foreseen(recall, &foreseen, readings + n, stamp);
		n += foreseen.n;
		recall->last = foreseen.last;
		*at = foreseen.behind;
		if (n == max || *at >= end)
			break;
		if (all && foreseen.n == most)
			continue;
		if (!pm_bytes_equal(*at, recall->head, n_head))
			break;
		known = take_unforeseen(recall, codec, recall->last, *at + n_head, end, stamp);
		if (known == NULL)
			break;
		known->batch = recall->batch;
		readings[n++] = &known->reading;
		recall->last = known;
		*at += n_head + known->n;
	}
	return n;
}

/* ---- from moment to moment ---- */

bool pm_recall_move_on(struct pm_recall *recall, const char *at)
{
	struct pm_span time = recall->time, uptime = recall->uptime;
	int64_t time_ms, uptime_ms;
	uint64_t any = 0;

	for (size_t i = 0; i < recall->n_head; i += 64) {
		uint64_t differs = ~pm_bytes_same(at + i, recall->head + i);

		if (recall->n_head - i < 64)
			differs &= (UINT64_C(1) << (recall->n_head - i)) - 1;
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
	const size_t size = offsetof(struct pm_recalled, text) + capacity + PM_BYTES_SLACK;
	struct pm_recalled *known, **grown;
	char *memory;

	if (recall->n == 0)
		recall->seed = pm_hash_seed() | 1;
	grown = pm_array_room(recall->keys, &recall->capacity, recall->n, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	recall->keys = grown;
	memory = pm_arena_alloc(&recall->arena, size + CACHE_LINE);
	if (memory == NULL ||
		!pm_index_add(&recall->index, hash_key(recall->seed, body, n_key), recall->n))
		return NULL;
	memory += -((uintptr_t)memory + offsetof(struct pm_recalled, reading.stamp)) % CACHE_LINE;
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

	return n <= PM_RECALL_TEXT && body + n == end && pool.at < tag.at &&
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
	memset(&known->places, 0, sizeof(known->places));
	known->n = (uint16_t)n;
	memcpy(known->text, body, n);
	if (recall->last != NULL)
		recall->last->next = known;
	recall->last = known;
}
