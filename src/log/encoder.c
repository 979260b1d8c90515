/* SPDX-License-Identifier: MIT */
#include "log/encoder.h"

#include "base/array.h"
#include "base/fail.h"

struct pm_encoded_key {
	const struct pm_key
		*key; /* whose text this is: ids of another table may meet the same slot */
	const char *text;
	size_t n;
	/* Its last row without the times: most rows are as they were. */
	uint32_t has;
	uint64_t value[PM_N_VALUES];
	struct pm_buf row; /* empty: there is none */
};

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
		pm_buf_clear(&encoder->keys[i].row);
}

void pm_encoder_deinit(struct pm_encoder *encoder)
{
	pm_buf_deinit(&encoder->times);
	pm_buf_deinit(&encoder->end);
	pm_arena_deinit(&encoder->arena);
	for (size_t i = 0; i < encoder->n_keys; i++)
		pm_buf_deinit(&encoder->keys[i].row);
	free(encoder->keys);
	encoder->keys = NULL;
}

void pm_encoder_put_header(struct pm_encoder *encoder, struct pm_buf *out)
{
	encoder->codec->put_header(out, encoder->labels, encoder->n_labels);
}

static struct pm_encoded_key *slot_of(struct pm_encoder *encoder, uint32_t id)
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
	return &encoder->keys[id];
}

static void put_key(struct pm_encoder *encoder, struct pm_encoded_key *slot,
	const struct pm_key *key, struct pm_buf *out)
{
	const size_t from = out->n;

	if (slot->key == key) {
		pm_buf_add(out, slot->text, slot->n);
		return;
	}
	encoder->codec->put_key(out, key);
	/* Events are rare, and come with keys of more than one table. */
	if (slot->key == NULL && key->pool != PM_POOL_EVENT && !out->failed) {
		slot->text = pm_arena_copy(&encoder->arena, out->at + from, out->n - from);
		slot->n = out->n - from;
		slot->key = slot->text == NULL ? NULL : key;
	}
}

static bool is_as_it_was(const struct pm_encoded_key *slot, const struct pm_row *row)
{
	return slot->key == row->key && slot->row.n > 0 && slot->has == row->has &&
		memcmp(slot->value, row->value, sizeof(slot->value)) == 0;
}

static void keep_row(
	struct pm_encoded_key *slot, const struct pm_row *row, const char *text, size_t n)
{
	pm_buf_clear(&slot->row);
	pm_buf_add(&slot->row, text, n);
	if (slot->row.failed)
		pm_buf_clear(&slot->row);
	slot->has = row->has;
	memcpy(slot->value, row->value, sizeof(slot->value));
}

/* All but the times. */
static void put_rest(struct pm_encoder *encoder, const struct pm_row *row, struct pm_buf *out)
{
	struct pm_encoded_key *slot = slot_of(encoder, row->key->id);
	const size_t from = out->n;

	if (slot == NULL) {
		out->failed = true;
		return;
	}
	if (is_as_it_was(slot, row)) {
		pm_buf_add(out, slot->row.at, slot->row.n);
		return;
	}
	put_key(encoder, slot, row->key, out);
	encoder->codec->put_values(out, row);
	pm_buf_add(out, encoder->end.at, encoder->end.n);
	if (slot->key == row->key && row->note == NULL && !out->failed)
		keep_row(slot, row, out->at + from, out->n - from);
}

void pm_encoder_put_row(struct pm_encoder *encoder, const struct pm_row *row, struct pm_buf *out)
{
	if (row->time_ms != encoder->time_ms || row->uptime_ms != encoder->uptime_ms) {
		pm_buf_clear(&encoder->times);
		encoder->codec->put_times(&encoder->times, row->time_ms, row->uptime_ms);
		encoder->time_ms = row->time_ms;
		encoder->uptime_ms = row->uptime_ms;
	}
	pm_buf_add(out, encoder->times.at, encoder->times.n);
	put_rest(encoder, row, out);
	out->failed |= encoder->times.failed || encoder->end.failed;
}
