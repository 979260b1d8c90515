/* SPDX-License-Identifier: MIT */
#include "log/encoder.h"

#include "base/array.h"
#include "base/fail.h"

/* What was last written of a key: most rows are as they were. All of it is looked at for each row,
 * so it is kept small and together. */
struct pm_encoded_key {
	const struct pm_key
		*key; /* whose text this is: ids of another table may meet the same slot */
	uint64_t value[PM_N_VALUES];
	char *row; /* without the times; it begins with the key */
	uint32_t has;
	uint32_t n_key, n_row; /* n_row == 0: the key's text alone holds */
	uint32_t capacity;
};

enum { ROW_STEP = 32 }; /* a number may get longer */

enum pm_status pm_labels_check(const struct pm_label *labels, size_t n_labels, struct pm_error *err)
{
	for (size_t i = 0; i < n_labels; i++) {
		const char *name = labels[i].name;
		const char *problem = NULL;

		for (const char *c = name; *c != '\0'; c++) {
			if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' ||
				    (c > name && *c >= '0' && *c <= '9')))
				problem = "may hold letters, digits and _ only";
		}
		if (name[0] == '\0' || strlen(name) > 63)
			problem = "must be 1 to 63 characters long";
		if (pm_log_field_of_name(pm_span_of(name)) >= 0)
			problem = "is the name of a column already";
		for (size_t j = 0; j < i; j++) {
			if (strcmp(labels[j].name, name) == 0)
				problem = "is given twice";
		}
		for (const char *c = labels[i].value; *c != '\0'; c++) {
			if ((unsigned char)*c < 0x20 || *c == 0x7f)
				problem = "has a value with a control character";
		}
		if (!pm_utf8_is_valid(labels[i].value, strlen(labels[i].value)))
			problem = "has a value that is not UTF-8";
		if (problem != NULL)
			return pm_fail(err, PM_E_ARGUMENT, "the label '%s' %s", name, problem);
	}
	return PM_OK;
}

void pm_encoder_init(struct pm_encoder *encoder, enum pm_format format,
	const struct pm_label *labels, size_t n_labels)
{
	*encoder = (struct pm_encoder){.codec = pm_codecs[format], .time_ms = INT64_MIN};
	pm_encoder_set_labels(encoder, labels, n_labels);
}

void pm_encoder_set_labels(
	struct pm_encoder *encoder, const struct pm_label *labels, size_t n_labels)
{
	encoder->labels = labels;
	encoder->n_labels = n_labels;
	pm_buf_clear(&encoder->end);
	encoder->codec->put_end(&encoder->end, labels, n_labels);
	for (size_t i = 0; i < encoder->n_keys; i++)
		encoder->keys[i].n_row = 0;
}

void pm_encoder_deinit(struct pm_encoder *encoder)
{
	pm_buf_deinit(&encoder->times);
	pm_buf_deinit(&encoder->end);
	pm_arena_deinit(&encoder->arena);
	free(encoder->keys);
	encoder->keys = NULL;
}

void pm_encoder_put_header(struct pm_encoder *encoder, struct pm_buf *out)
{
	encoder->codec->put_header(out, encoder->labels, encoder->n_labels);
}

static struct pm_encoded_key *slot_of_id(struct pm_encoder *encoder, uint32_t id)
{
	if (id >= encoder->n_keys) {
		size_t n = encoder->n_keys;
		struct pm_encoded_key *grown = pm_array_room(encoder->keys, &n, id, sizeof(*grown));

		if (grown == NULL)
			return NULL;
		memset(grown + encoder->n_keys, 0, (n - encoder->n_keys) * sizeof(*grown));
		encoder->keys = grown;
		encoder->n_keys = n;
	}
	encoder->next = id + 1;
	return &encoder->keys[id];
}

/* Keys mostly follow each other as they were numbered, and then need not be looked into. */
static struct pm_encoded_key *slot_of(struct pm_encoder *encoder, const struct pm_key *key)
{
	if (encoder->next < encoder->n_keys && encoder->keys[encoder->next].key == key)
		return &encoder->keys[encoder->next++];
	return slot_of_id(encoder, key->id);
}

static bool is_as_it_was(const struct pm_encoded_key *slot, const struct pm_row *row)
{
	uint64_t changed = slot->has ^ row->has;

	for (int i = 0; i < PM_N_VALUES; i++)
		changed |= slot->value[i] ^ row->value[i];
	return changed == 0 && slot->key == row->key && slot->n_row > 0;
}

/* Keeps text[n], which begins with n_key bytes of key. Events are not: they are rare, and come with
 * keys of more than one table. */
static void keep_row(struct pm_encoder *encoder, struct pm_encoded_key *slot,
	const struct pm_row *row, const char *text, size_t n_key, size_t n)
{
	if (row->note != NULL || row->key->pool == PM_POOL_EVENT || n > UINT32_MAX / 2 ||
		(slot->key != NULL && slot->key != row->key))
		return;
	if (n > slot->capacity) {
		const size_t capacity = (n + ROW_STEP - 1) / ROW_STEP * ROW_STEP;
		char *grown = pm_arena_alloc(&encoder->arena, capacity);

		slot->n_row = 0;
		if (grown == NULL)
			return;
		slot->row = grown;
		slot->capacity = (uint32_t)capacity;
	}
	memcpy(slot->row, text, n);
	slot->key = row->key;
	slot->n_key = (uint32_t)n_key;
	slot->n_row = (uint32_t)n;
	slot->has = row->has;
	memcpy(slot->value, row->value, sizeof(slot->value));
}

/* A row that is as it was: two copies. */
static void copy_row(
	const struct pm_encoder *encoder, const struct pm_encoded_key *slot, struct pm_buf *out)
{
	const size_t n_times = encoder->times.n, n = slot->n_row;
	char *to = pm_buf_reserve(out, n_times + n);

	if (to == NULL)
		return;
	memcpy(to, encoder->times.at, n_times);
	memcpy(to + n_times, slot->row, n);
	out->n += n_times + n;
}

static void make_row(struct pm_encoder *encoder, struct pm_encoded_key *slot,
	const struct pm_row *row, struct pm_buf *out)
{
	size_t from, n_key;

	pm_buf_add(out, encoder->times.at, encoder->times.n);
	from = out->n;
	if (slot->key == row->key)
		pm_buf_add(out, slot->row, slot->n_key);
	else
		encoder->codec->put_key(out, row->key);
	n_key = out->n - from;
	encoder->codec->put_values(out, row);
	pm_buf_add(out, encoder->end.at, encoder->end.n);
	if (!out->failed)
		keep_row(encoder, slot, row, out->at + from, n_key, out->n - from);
}

void pm_encoder_put_row(struct pm_encoder *encoder, const struct pm_row *row, struct pm_buf *out)
{
	struct pm_encoded_key *slot = slot_of(encoder, row->key);

	if (row->time_ms != encoder->time_ms || row->uptime_ms != encoder->uptime_ms) {
		pm_buf_clear(&encoder->times);
		encoder->codec->put_times(&encoder->times, row->time_ms, row->uptime_ms);
		encoder->time_ms = row->time_ms;
		encoder->uptime_ms = row->uptime_ms;
	}
	if (slot == NULL || encoder->times.failed || encoder->end.failed)
		out->failed = true;
	else if (is_as_it_was(slot, row))
		copy_row(encoder, slot, out);
	else
		make_row(encoder, slot, row, out);
}
