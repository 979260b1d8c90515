/* SPDX-License-Identifier: MIT */
#include "log/reading.h"

#include "base/array.h"
#include "base/fail.h"

#include <stdio.h>

struct pm_lane {
	size_t input;
	struct pm_row *row; /* its head */
	const char *host;   /* of the head; interned */
	struct pm_cursor cursor;
};

struct pm_head {
	const char *host;
	struct pm_lane *lane;
};

enum pm_status pm_reader_open_part(struct pm_reader *reader, struct pm_inputs *inputs,
	struct pm_part part, const struct pm_cursor_start *start, struct pm_keys *keys,
	const struct pm_read_options *options, struct pm_error *err)
{
	*reader = (struct pm_reader){
		.inputs = inputs,
		.part = part,
		.start = *start,
		.end = *start,
		.next_input = part.first,
		.keys = keys != NULL ? keys : pm_keys_create(),
		.owns_keys = keys == NULL,
		.input_counts = calloc(part.n_inputs + 1, sizeof(*reader->input_counts)),
		.lanes = calloc(part.n_inputs + 1, sizeof(*reader->lanes)),
		.latest = calloc(part.n_inputs + 1, sizeof(*reader->latest)),
	};
	if (options != NULL)
		reader->options = *options;
	reader->next_is_orphan = part.first + part.n_inputs < inputs->n &&
		inputs->at[part.first + part.n_inputs].origin ==
			pm_origins_unknown(inputs->origins);
	pm_admission_init(&reader->admission, inputs->origins);
	if (reader->keys == NULL || reader->input_counts == NULL || reader->lanes == NULL ||
		reader->latest == NULL) {
		pm_reader_close_part(reader);
		return pm_fail_memory(err);
	}
	return PM_OK;
}

static void close_lane(struct pm_reader *reader, size_t i)
{
	struct pm_lane *lane = reader->lanes[i];
	struct pm_input_counts *counts = &reader->input_counts[lane->input - reader->part.first];

	counts->lines = lane->cursor.decoder.line;
	reader->end.columns = lane->cursor.decoder.columns;
	pm_cursor_close(&lane->cursor);
	free(lane);
	reader->lanes[i] = reader->lanes[--reader->n_lanes];
}

void pm_reader_close_part(struct pm_reader *reader)
{
	while (reader->n_lanes > 0)
		close_lane(reader, reader->n_lanes - 1);
	pm_admission_deinit(&reader->admission);
	if (reader->owns_keys)
		pm_keys_destroy(reader->keys);
	free(reader->input_counts);
	free(reader->lanes);
	free(reader->heads);
	free(reader->latest);
	free(reader->taken);
	*reader = (struct pm_reader){0};
}

/* Which of two rows of one host comes first; rows of one moment in the order of their inputs. */
static bool comes_first(const struct pm_lane *a, const struct pm_lane *b)
{
	const struct pm_row *x = a->row, *y = b->row;

	if (x->origin->boot_id[0] != '\0' && pm_origin_same_boot(x->origin, y->origin)) {
		if (x->uptime_ms != y->uptime_ms)
			return x->uptime_ms < y->uptime_ms;
	} else if (x->time_ms != y->time_ms) {
		return x->time_ms < y->time_ms;
	}
	return a->input < b->input;
}

/* Finds anew which lane a host's next row comes from. The order of a host's rows does not depend on
 * what other hosts are read along with it. */
static enum pm_status refresh_head(struct pm_reader *reader, const char *host, struct pm_error *err)
{
	struct pm_lane *first = NULL;
	struct pm_head *grown;
	size_t i = 0;

	for (size_t j = 0; j < reader->n_lanes; j++) {
		struct pm_lane *lane = reader->lanes[j];

		if (lane->host == host && (first == NULL || comes_first(lane, first)))
			first = lane;
	}
	while (i < reader->n_heads && reader->heads[i].host != host)
		i++;
	if (first == NULL) {
		if (i < reader->n_heads)
			reader->heads[i] = reader->heads[--reader->n_heads];
		return PM_OK;
	}
	grown = pm_array_room(reader->heads, &reader->heads_capacity, i, sizeof(*grown));
	if (grown == NULL)
		return pm_fail_memory(err);
	reader->heads = grown;
	grown[i] = (struct pm_head){host, first};
	if (i == reader->n_heads)
		reader->n_heads++;
	return PM_OK;
}

/* Steps a lane to its next row, or closes it. */
static enum pm_status advance(struct pm_reader *reader, struct pm_lane *lane, struct pm_error *err)
{
	const char *before = lane->host;
	enum pm_status status = pm_cursor_next(&lane->cursor, &lane->row, err);

	if (status == PM_OK) {
		lane->host = lane->row->origin->host;
		if (reader->n_lanes == 1 && lane->host == before)
			return PM_OK; /* still the only one */
		status = refresh_head(reader, lane->host, err);
		if (status == PM_OK && before != lane->host)
			status = refresh_head(reader, before, err);
		return status;
	}
	if (status != PM_END) {
		pm_error_where(err, reader->inputs->at[lane->input].name, 0, 0);
		return status;
	}
	for (size_t i = 0; i < reader->n_lanes; i++) {
		if (reader->lanes[i] == lane) {
			close_lane(reader, i);
			break;
		}
	}
	return refresh_head(reader, before, err);
}

static enum pm_status open_lane(struct pm_reader *reader, struct pm_error *err)
{
	const size_t i = reader->next_input++, nth = i - reader->part.first;
	struct pm_input *input = &reader->inputs->at[i];
	struct pm_cursor_start start = reader->start;
	struct pm_lane *lane = malloc(sizeof(*lane));
	struct pm_stream stream;
	enum pm_status status;

	if (lane == NULL)
		return pm_fail_memory(err);
	/* A whole file says itself what it is; only what it leaves open comes from before. */
	if (reader->part.from == 0)
		start.columns.n = 0;
	if (nth > 0)
		start.origin = pm_admission_effective(&reader->admission, reader->latest[nth - 1]);
	start.clock = input->clock;
	reader->latest[nth] = reader->end.origin = start.origin;
	if (start.origin == NULL) {
		free(lane);
		return pm_fail_memory(err);
	}
	status = pm_input_open(input, reader->part.from, reader->part.to, &stream, err);
	if (status == PM_OK)
		pm_stream_set_meter(&stream, reader->inputs->meter);
	if (status == PM_OK && input->seekable)
		pm_stream_set_hooks(&stream, &reader->hooks);
	if (status == PM_OK && reader->inputs->read_ahead && reader->n_lanes == 0)
		pm_stream_read_ahead(&stream);
	if (status == PM_OK)
		status = pm_cursor_open(&lane->cursor, &stream, input->codec, reader->keys,
			&reader->counts.rejects, reader->inputs->origins, (uint32_t)i, &start, err);
	if (status != PM_OK) {
		free(lane);
		return status;
	}
	lane->input = i;
	lane->host = NULL;
	reader->lanes[reader->n_lanes++] = lane;
	return advance(reader, lane, err);
}

/* Whether an input has to be opened before this row may be handed out. */
static bool reaches(const struct pm_reader *reader, size_t input, const struct pm_row *row)
{
	const struct pm_input *next = &reader->inputs->at[input];

	if (!next->has_row)
		return false;
	if (next->origin->boot_id[0] != '\0' && pm_origin_same_boot(row->origin, next->origin))
		return next->first_uptime_ms <= row->uptime_ms;
	return next->first_time_ms <= row->time_ms;
}

static enum pm_status find_head(
	struct pm_reader *reader, struct pm_lane **head, struct pm_error *err)
{
	const size_t end = reader->part.first + reader->part.n_inputs;
	enum pm_status status = PM_OK;

	if (reader->spent != NULL) {
		status = advance(reader, reader->spent, err);
		reader->spent = NULL;
	}
	while (status == PM_OK) {
		*head = NULL;
		for (size_t i = 0; i < reader->n_heads; i++) {
			struct pm_lane *lane = reader->heads[i].lane;

			if (*head == NULL || lane->row->time_ms < (*head)->row->time_ms ||
				(lane->row->time_ms == (*head)->row->time_ms &&
					lane->input < (*head)->input))
				*head = lane;
		}
		if (reader->next_input == end ||
			(*head != NULL && !reaches(reader, reader->next_input, (*head)->row)))
			return *head == NULL ? PM_END : PM_OK;
		status = open_lane(reader, err);
	}
	return status;
}

/* 1: wanted, -1: left out by the filter, 0: out of memory. */
static int is_taken(struct pm_reader *reader, const struct pm_key *key)
{
	const struct pm_read_options *options = &reader->options;
	const uint32_t id = key->id;

	if (options->filter == NULL || !pm_pool_has_suspects(key->pool))
		return 1;
	if (id >= reader->n_taken) {
		size_t n = reader->n_taken;
		signed char *grown = pm_array_room(reader->taken, &n, id, sizeof(*grown));

		if (grown == NULL)
			return 0;
		memset(grown + reader->n_taken, 0, n - reader->n_taken);
		reader->taken = grown;
		reader->n_taken = n;
	}
	if (reader->taken[id] == 0)
		reader->taken[id] = pm_filter_takes(options->filter, key->tag) ? 1 : -1;
	return reader->taken[id];
}

/* 1: wanted, -1: left out by the options, 0: out of memory. */
static int is_wanted(struct pm_reader *reader, const struct pm_row *row)
{
	const struct pm_read_options *options = &reader->options;

	/* What tells the names of things counts for the whole of a file. */
	if ((row->time_ms < options->since_ms ||
		    (options->until_ms != 0 && row->time_ms > options->until_ms)) &&
		!pm_row_is_event(row, "start") && !pm_row_is_event(row, "alias"))
		return -1;
	return is_taken(reader, row->key);
}

static void reject_backwards(struct pm_reader *reader, const struct pm_lane *lane)
{
	char text[64];
	struct pm_buf seen;
	const struct pm_row *row = lane->row;

	pm_buf_init_fixed(&seen, text, sizeof(text));
	pm_buf_printf(&seen, "uptime %lld.%03lld s", (long long)(row->uptime_ms / 1000),
		(long long)(row->uptime_ms % 1000));
	pm_rejects_add(&reader->counts.rejects, PM_REJECT_BACKWARDS, (uint32_t)lane->input,
		row->line, 0, pm_log_fields[PM_FIELD_UPTIME].name,
		(struct pm_span){seen.at, seen.n});
}

static enum pm_status end_part(struct pm_reader *reader, struct pm_error *err)
{
	const struct pm_origin *origin =
		pm_admission_effective(&reader->admission, reader->end.origin);

	if (origin == NULL)
		return pm_fail_memory(err);
	reader->end.origin = origin;
	return PM_END;
}

enum pm_status pm_reader_next(
	struct pm_reader *reader, const struct pm_row **row, struct pm_error *err)
{
	for (;;) {
		struct pm_input_counts *counts;
		struct pm_lane *head;
		enum pm_status status = find_head(reader, &head, err);
		int wanted;

		if (status == PM_END)
			return end_part(reader, err);
		if (status != PM_OK)
			return status;
		reader->spent = head;
		if (reader->next_is_orphan && !reader->reached_orphan)
			reader->reached_orphan = reaches(
				reader, reader->part.first + reader->part.n_inputs, head->row);
		reader->latest[head->input - reader->part.first] = head->cursor.origin;
		if (head->input + 1 == reader->next_input)
			reader->end.origin = head->cursor.origin; /* what the next input inherits */
		wanted = is_wanted(reader, head->row);
		if (wanted == 0)
			return pm_fail_memory(err);
		if (wanted < 0) {
			reader->counts.filtered++;
			continue;
		}
		switch (pm_admission_ask(&reader->admission, head->row)) {
		case PM_ADMITTED:
			break;
		case PM_ADMITTED_NOT_DUPLICATE:
			reader->counts.duplicates++;
			continue;
		case PM_ADMITTED_NOT_BACKWARDS:
			reject_backwards(reader, head);
			continue;
		default:
			return pm_fail_memory(err);
		}
		counts = &reader->input_counts[head->input - reader->part.first];
		if (counts->rows++ == 0)
			counts->first_ms = head->row->time_ms;
		counts->last_ms = head->row->time_ms;
		reader->counts.rows++;
		*row = head->row;
		return PM_OK;
	}
}

/* Leaves out of rows[n], of one moment that is wanted, what the filter does. SIZE_MAX: out of
 * memory. */
static size_t filter_rows(struct pm_reader *reader, struct pm_row *rows, size_t n)
{
	size_t n_kept = 0;

	if (reader->options.filter == NULL)
		return n;
	for (size_t i = 0; i < n; i++) {
		const int taken = is_taken(reader, rows[i].key);

		if (taken == 0)
			return SIZE_MAX;
		if (taken > 0)
			rows[n_kept++] = rows[i];
	}
	reader->counts.filtered += n - n_kept;
	return n_kept;
}

static size_t filter_readings(
	struct pm_reader *reader, const struct pm_reading **readings, size_t n)
{
	size_t n_kept = 0;

	if (reader->options.filter == NULL)
		return n;
	for (size_t i = 0; i < n; i++) {
		const int taken = is_taken(reader, readings[i]->key);

		if (taken == 0)
			return SIZE_MAX;
		if (taken > 0)
			readings[n_kept++] = readings[i];
	}
	reader->counts.filtered += n - n_kept;
	return n_kept;
}

static void count_more(struct pm_reader *reader, size_t n_admitted, size_t n_asked)
{
	reader->counts.duplicates += n_asked - n_admitted;
	reader->counts.rows += n_admitted;
	reader->input_counts[reader->spent->input - reader->part.first].rows += n_admitted;
}

/* Whatever a row of this moment was asked before it was handed out, the next one of its lane would
 * be answered the same, but for the filter and for being there twice. */
enum pm_status pm_reader_next_rows(
	struct pm_reader *reader, const struct pm_row **rows, size_t *n, struct pm_error *err)
{
	const enum pm_status status = pm_reader_next(reader, rows, err);
	struct pm_row *more, *kept;
	size_t n_more, n_kept;

	*n = 1;
	if (status != PM_OK || (*rows)->note != NULL)
		return status;
	n_more = pm_cursor_more(&reader->spent->cursor, &more);
	kept = more;
	n_kept = filter_rows(reader, kept, n_more);
	if (n_kept == SIZE_MAX)
		return pm_fail_memory(err);
	n_more = n_kept;
	n_kept = pm_admission_ask_more(&reader->admission, kept, n_more);
	if (n_kept == SIZE_MAX)
		return pm_fail_memory(err);
	count_more(reader, n_kept, n_more);
	*n += n_kept;
	return PM_OK;
}

enum pm_status pm_reader_again(struct pm_reader *reader, const struct pm_reading *const **readings,
	size_t *n, struct pm_error *err)
{
	const struct pm_reading **again;
	size_t n_asked, n_kept;

	*n = 0;
	while (*n == 0 && (n_asked = pm_cursor_again(&reader->spent->cursor, &again)) > 0) {
		n_asked = filter_readings(reader, again, n_asked);
		if (n_asked == SIZE_MAX)
			return pm_fail_memory(err);
		n_kept = pm_admission_ask_again(&reader->admission, again, n_asked);
		if (n_kept == SIZE_MAX)
			return pm_fail_memory(err);
		count_more(reader, n_kept, n_asked);
		*readings = again;
		*n = n_kept;
	}
	return PM_OK;
}

enum pm_status pm_reader_create(struct pm_reader **out, struct pm_inputs *inputs,
	const struct pm_read_options *options, struct pm_error *err)
{
	struct pm_reader *reader = calloc(1, sizeof(*reader));
	const struct pm_part all = {.n_inputs = inputs->n, .to = PM_STREAM_ALL};
	const struct pm_cursor_start start = {.origin = pm_origins_unknown(inputs->origins)};
	enum pm_status status;

	*out = NULL;
	if (reader == NULL)
		return pm_fail_memory(err);
	status = pm_reader_open_part(reader, inputs, all, &start, NULL, options, err);
	if (status != PM_OK) {
		free(reader);
		return status;
	}
	*out = reader;
	return PM_OK;
}

void pm_reader_destroy(struct pm_reader *reader)
{
	if (reader == NULL)
		return;
	pm_reader_close_part(reader);
	free(reader);
}

const struct pm_read_counts *pm_reader_counts(struct pm_reader *reader)
{
	reader->counts.snapshots = reader->admission.n_snapshots;
	return &reader->counts;
}

const struct pm_input_counts *pm_reader_input_counts(const struct pm_reader *reader, size_t input)
{
	return &reader->input_counts[input - reader->part.first];
}

bool pm_rejects_explain(const struct pm_rejects *rejects, enum pm_reject_kind kind,
	const struct pm_inputs *inputs, unsigned which, struct pm_error *err)
{
	const struct pm_reject *reject = &rejects->kinds[kind].first[which];
	const char *name;

	if (which >= pm_rejects_kept(rejects, kind))
		return false;
	name = inputs->at[reject->input].name;
	if (pm_reject_is_packed(kind)) {
		(void)pm_fail(err, PM_E_INPUT, "%s, at byte %llu", pm_reject_infos[kind].text,
			(unsigned long long)reject->line);
		pm_error_where(err, name, 0, 0);
		return true;
	}
	(void)pm_fail(err, PM_E_INPUT, "%s%s%s%s%s%s", reject->field,
		reject->field[0] != '\0' ? ": " : "", pm_reject_infos[kind].text,
		reject->seen[0] != '\0' ? " (\"" : "", reject->seen,
		reject->seen[0] != '\0' ? "\")" : "");
	pm_error_where(err, name, reject->line, reject->column);
	return true;
}
