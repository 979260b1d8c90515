/* SPDX-License-Identifier: MIT */
#include "log/decoder.h"

#include "base/array.h"
#include "base/number.h"
#include "base/when.h"

#include <poolmon/tag.h>

#include <stdlib.h>

#define NO_KEY UINT32_MAX

enum { ROWS_AT_ONCE = 64 };

void pm_decoder_init(struct pm_decoder *decoder, const struct pm_codec *codec, struct pm_keys *keys,
	struct pm_rejects *rejects, uint32_t input)
{
	*decoder = (struct pm_decoder){
		.codec = codec,
		.keys = keys,
		.rejects = rejects,
		.input = input,
		.last_key = NO_KEY,
	};
}

void pm_decoder_deinit(struct pm_decoder *decoder)
{
	pm_buf_deinit(&decoder->scratch);
	pm_arena_deinit(&decoder->notes);
	pm_buf_deinit(&decoder->textlog.note);
	free(decoder->followers);
	decoder->followers = NULL;
	pm_recall_deinit(&decoder->recall);
}

enum pm_line pm_decoder_reject(struct pm_decoder *decoder, enum pm_reject_kind kind, int field,
	const char *place, size_t n_seen)
{
	const char *seen = place == NULL ? decoder->at : place;
	const size_t left = (size_t)(decoder->end - seen);
	const char *nul = memchr(decoder->at, '\0', (size_t)(decoder->end - decoder->at));

	if (nul != NULL) { /* whatever else is wrong with the line, this is why */
		kind = PM_REJECT_NUL;
		place = nul;
		field = -1;
	}
	pm_rejects_add(decoder->rejects, kind, decoder->input, decoder->line,
		place == NULL ? 0 : (uint64_t)(place - decoder->at) + 1,
		field < 0 ? NULL : pm_log_fields[field].name,
		(struct pm_span){seen, n_seen < left ? n_seen : left});
	return PM_LINE_REJECTED;
}

char *pm_decoder_scratch(struct pm_decoder *decoder, size_t n)
{
	char *at;

	/* One line's texts together are never longer than thrice the line. */
	if (decoder->scratch.n == 0 &&
		pm_buf_reserve(&decoder->scratch, 3 * PM_LINE_MAX + 64) == NULL)
		decoder->failed = true;
	if (decoder->failed || n > decoder->scratch.capacity - decoder->scratch.n)
		return NULL;
	at = decoder->scratch.at + decoder->scratch.n;
	decoder->scratch.n += n;
	return at;
}

static bool reject_field(struct pm_decoder *decoder, enum pm_reject_kind kind, int field,
	const struct pm_fields *fields)
{
	const struct pm_span text = fields->field[field];
	const char *place = fields->place[field] != NULL ? fields->place[field] : text.at;

	pm_decoder_reject(decoder, kind, field, place, text.n);
	return false;
}

static enum pm_reject_kind kind_of_number(enum pm_number number)
{
	switch (number) {
	case PM_NUMBER_NEGATIVE:
		return PM_REJECT_NEGATIVE;
	case PM_NUMBER_FRACTION:
		return PM_REJECT_FRACTION;
	case PM_NUMBER_EXPONENT:
		return PM_REJECT_EXPONENT;
	case PM_NUMBER_LEADING_ZERO:
		return PM_REJECT_LEADING_ZERO;
	case PM_NUMBER_RANGE:
		return PM_REJECT_RANGE;
	default:
		return PM_REJECT_NUMBER;
	}
}

static bool take_times(
	struct pm_decoder *decoder, const struct pm_fields *fields, struct pm_row *row)
{
	const struct pm_span time = fields->field[PM_FIELD_TIME];
	const struct pm_span uptime = fields->field[PM_FIELD_UPTIME];

	if (time.n != decoder->n_time_text || memcmp(time.at, decoder->time_text, time.n) != 0) {
		if (!pm_time_parse(time.at, time.n, &decoder->time_ms)) {
			decoder->n_time_text = 0;
			return reject_field(decoder, PM_REJECT_TIME, PM_FIELD_TIME, fields);
		}
		decoder->n_time_text = time.n <= sizeof(decoder->time_text) ? time.n : 0;
		memcpy(decoder->time_text, time.at, decoder->n_time_text);
	}
	if (uptime.n != decoder->n_uptime_text ||
		memcmp(uptime.at, decoder->uptime_text, uptime.n) != 0) {
		const enum pm_number r = pm_seconds_parse(uptime.at, uptime.n, &decoder->uptime_ms);

		if (r != PM_NUMBER_OK) {
			decoder->n_uptime_text = 0;
			return reject_field(decoder, kind_of_number(r), PM_FIELD_UPTIME, fields);
		}
		decoder->n_uptime_text = uptime.n <= sizeof(decoder->uptime_text) ? uptime.n : 0;
		memcpy(decoder->uptime_text, uptime.at, decoder->n_uptime_text);
	}
	row->time_ms = decoder->time_ms;
	row->uptime_ms = decoder->uptime_ms;
	return true;
}

static bool has_control(struct pm_span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
			return true;
	}
	return false;
}

static void learn_follower(struct pm_decoder *decoder, uint32_t id)
{
	size_t n = decoder->n_followers;
	uint32_t *grown;

	if (decoder->last_key == NO_KEY)
		return;
	grown = pm_array_room(decoder->followers, &n, decoder->last_key, sizeof(*grown));
	if (grown == NULL)
		return; /* only slower without */
	for (size_t i = decoder->n_followers; i < n; i++)
		grown[i] = NO_KEY;
	decoder->followers = grown;
	decoder->n_followers = n;
	grown[decoder->last_key] = id;
}

/* A key that was not foreseen: checked, unescaped, interned. */
static bool intern_key(
	struct pm_decoder *decoder, const struct pm_fields *fields, struct pm_row *row)
{
	const struct pm_span pool = fields->field[PM_FIELD_POOL], tag = fields->field[PM_FIELD_TAG];
	struct pm_span type = fields->field[PM_FIELD_TYPE];
	char raw[PM_TAG_ESCAPED];
	size_t n_raw;
	enum pm_pool kind;

	if (!pm_pool_of_name(pool.at, pool.n, &kind))
		return reject_field(decoder, PM_REJECT_POOL, PM_FIELD_POOL, fields);
	if (type.n > 0 && !pm_type_is_known(type.at, type.n))
		return reject_field(decoder, PM_REJECT_TYPE, PM_FIELD_TYPE, fields);
	if (has_control(tag))
		return reject_field(decoder, PM_REJECT_CONTROL, PM_FIELD_TAG, fields);
	if (tag.n > sizeof(raw) || (n_raw = pm_tag_unescape(raw, tag.at, tag.n)) > PM_TAG_MAX)
		return reject_field(decoder, PM_REJECT_TAG, PM_FIELD_TAG, fields);
	if (type.at == NULL)
		type.at = "";
	row->key = pm_keys_intern(decoder->keys, pool, (struct pm_span){raw, n_raw}, type);
	if (row->key == NULL) {
		decoder->failed = true;
		return false;
	}
	return true;
}

static bool take_key(struct pm_decoder *decoder, const struct pm_fields *fields, struct pm_row *row)
{
	const struct pm_span *f = fields->field;
	const uint32_t guess = decoder->last_key < decoder->n_followers
		? decoder->followers[decoder->last_key]
		: NO_KEY;

	if (guess != NO_KEY) {
		const struct pm_key *key = pm_keys_at(decoder->keys, guess);

		if (f[PM_FIELD_TAG].n == key->n_tag &&
			memcmp(f[PM_FIELD_TAG].at, key->tag, key->n_tag) == 0 &&
			pm_span_is(f[PM_FIELD_POOL], key->pool_name) &&
			pm_span_is(f[PM_FIELD_TYPE], key->type)) {
			row->key = key;
			decoder->last_key = guess;
			return true;
		}
	}
	if (!intern_key(decoder, fields, row))
		return false;
	learn_follower(decoder, row->key->id);
	decoder->last_key = row->key->id;
	return true;
}

static bool take_values(
	struct pm_decoder *decoder, const struct pm_fields *fields, struct pm_row *row)
{
	for (int i = 0; i < PM_N_VALUES; i++) {
		const struct pm_span text = fields->field[PM_FIELD_ALLOCS + i];
		uint64_t value;

		if (text.n > 0) {
			const enum pm_number r = pm_u64_parse(text.at, text.n, &value);

			if (r != PM_NUMBER_OK)
				return reject_field(
					decoder, kind_of_number(r), PM_FIELD_ALLOCS + i, fields);
			pm_row_set(row, (enum pm_value)i, value);
		}
	}
	return true;
}

static bool take_note(
	struct pm_decoder *decoder, const struct pm_fields *fields, struct pm_row *row)
{
	const struct pm_span note = fields->field[PM_FIELD_NOTE];

	row->note = "";
	if (note.n == 0)
		return true;
	if (has_control(note))
		return reject_field(decoder, PM_REJECT_CONTROL, PM_FIELD_NOTE, fields);
	if (!pm_utf8_is_valid(note.at, note.n))
		return reject_field(decoder, PM_REJECT_ENCODING, PM_FIELD_NOTE, fields);
	row->note = note.at;
	row->n_note = note.n;
	if (fields->place[PM_FIELD_NOTE] !=
		NULL) { /* in scratch memory, which the next line takes */
		row->note = pm_arena_copy(&decoder->notes, note.at, note.n);
		decoder->failed |= row->note == NULL;
	}
	return row->note != NULL;
}

static bool take_row(struct pm_decoder *decoder, const struct pm_fields *fields, struct pm_row *row)
{
	static const int required[] = {PM_FIELD_TIME, PM_FIELD_UPTIME, PM_FIELD_POOL, PM_FIELD_TAG};

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		if (fields->field[required[i]].n == 0) {
			pm_decoder_reject(decoder, PM_REJECT_MISSING, required[i], NULL, SIZE_MAX);
			return false;
		}
	}
	*row = (struct pm_row){.line = decoder->line};
	if (!take_times(decoder, fields, row) || !take_values(decoder, fields, row) ||
		!take_key(decoder, fields, row))
		return false;
	if (row->key->pool == PM_POOL_EVENT)
		return take_note(decoder, fields, row);
	if (row->has == 0) {
		pm_decoder_reject(decoder, PM_REJECT_NO_VALUES, -1, NULL, SIZE_MAX);
		return false;
	}
	return true;
}

/* One line by way of the codec; whether it is a row. */
static bool take_line(
	struct pm_decoder *decoder, const char **at, const char *end, struct pm_row *row)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at));
	struct pm_fields fields;
	bool taken = false;

	decoder->at = *at;
	decoder->end = newline;
	if (newline > *at && newline[-1] == '\r')
		decoder->end--;
	decoder->line += !decoder->more;
	decoder->more = false;
	pm_buf_clear(&decoder->scratch);
	if (decoder->end - decoder->at > PM_LINE_MAX)
		pm_decoder_reject(decoder, PM_REJECT_LONG_LINE, -1, NULL, SIZE_MAX);
	else if (decoder->end > decoder->at)
		taken = decoder->codec->split(decoder, decoder->at, decoder->end, &fields) ==
				PM_LINE_ROW &&
			take_row(decoder, &fields, row);
	if (taken)
		pm_recall_keep(&decoder->recall, decoder->codec, *at, newline + 1, &fields, row,
			pm_keys_stamp(decoder->keys));
	if (!decoder->more)
		*at = newline + 1;
	return taken;
}

size_t pm_decoder_recall(struct pm_decoder *decoder, const char **at, const char *end,
	const struct pm_reading **readings, size_t max)
{
	const size_t n = pm_recall_run(&decoder->recall, decoder->codec, at, end, readings, max,
		pm_keys_stamp(decoder->keys));

	decoder->line += n;
	return n;
}

/* Lines that are recalled, as rows. */
static size_t recall_rows(struct pm_decoder *decoder, const char **at, const char *end,
	struct pm_row *rows, size_t max)
{
	const struct pm_reading *readings[ROWS_AT_ONCE];
	const uint64_t line = decoder->line;
	const size_t n = pm_decoder_recall(
		decoder, at, end, readings, max < ROWS_AT_ONCE ? max : ROWS_AT_ONCE);

	for (size_t i = 0; i < n; i++) {
		rows[i] = (struct pm_row){
			.time_ms = decoder->recall.time_ms,
			.uptime_ms = decoder->recall.uptime_ms,
			.key = readings[i]->key,
			.has = readings[i]->has,
			.line = line + i + 1,
		};
		memcpy(rows[i].value, readings[i]->value, sizeof(rows[i].value));
	}
	return n;
}

size_t pm_decoder_run(struct pm_decoder *decoder, const char **at, const char *end,
	struct pm_row *rows, size_t max)
{
	size_t n = 0;

	pm_arena_clear(&decoder->notes);
	while (n < max && *at < end) {
		size_t n_recalled = recall_rows(decoder, at, end, rows + n, max - n);

		if (n_recalled == 0 && pm_recall_move_on(&decoder->recall, *at))
			n_recalled = recall_rows(decoder, at, end, rows + n, max - n);
		n += n_recalled;
		if (n_recalled == 0)
			n += take_line(decoder, at, end, &rows[n]);
	}
	return n;
}
