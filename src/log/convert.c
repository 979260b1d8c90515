/* SPDX-License-Identifier: MIT */
#include <poolmon/convert.h>

#include "base/array.h"
#include "base/fail.h"
#include "log/encoder.h"
#include "log/reading.h"

enum { FLUSH_BYTES = 256 * 1024 };

struct conversion {
	struct pm_encoder encoder;
	struct pm_keys *keys;           /* of rows that are added here */
	const struct pm_origin *origin; /* of the last row written */
	int64_t time_ms, uptime_ms;     /* of the last row written */
	struct pm_label
		*labels; /* [n_labels]: every label that a file begins with; values of `origin` */
	size_t n_labels, capacity;
	struct pm_buf out;
};

static enum pm_status add_labels(
	struct conversion *conversion, const struct pm_origin *origin, struct pm_error *err)
{
	for (size_t i = 0; i < origin->n_labels; i++) {
		struct pm_label *grown;
		size_t j = 0;

		while (j < conversion->n_labels &&
			strcmp(conversion->labels[j].name, origin->labels[i].name) != 0)
			j++;
		if (j < conversion->n_labels ||
			pm_log_field_of_name(pm_span_of(origin->labels[i].name)) >= 0)
			continue;
		grown = pm_array_room(conversion->labels, &conversion->capacity,
			conversion->n_labels, sizeof(*grown));
		if (grown == NULL)
			return pm_fail_memory(err);
		conversion->labels = grown;
		grown[conversion->n_labels++] = (struct pm_label){origin->labels[i].name, ""};
	}
	return PM_OK;
}

static void use_labels_of(struct conversion *conversion, const struct pm_origin *origin)
{
	for (size_t i = 0; i < conversion->n_labels; i++) {
		conversion->labels[i].value = "";
		for (size_t j = 0; j < origin->n_labels; j++) {
			if (strcmp(conversion->labels[i].name, origin->labels[j].name) == 0)
				conversion->labels[i].value = origin->labels[j].value;
		}
	}
	pm_encoder_set_labels(&conversion->encoder, conversion->labels, conversion->n_labels);
}

static bool is_known(const struct pm_origin *origin)
{
	return origin->host[0] != '\0' || origin->boot_id[0] != '\0';
}

/* Says whose the rows from here on are. */
static void put_start(struct conversion *conversion, const struct pm_row *row)
{
	struct pm_buf note = {0};
	struct pm_row start = {.time_ms = row->time_ms, .uptime_ms = row->uptime_ms};

	pm_origin_write(&note, row->origin);
	start.key = pm_keys_intern(
		conversion->keys, pm_span_of("event"), pm_span_of("start"), pm_span_of(""));
	start.note = note.at;
	start.n_note = note.n;
	if (start.key == NULL || note.failed)
		conversion->out.failed = true;
	else
		pm_encoder_put_row(&conversion->encoder, &start, &conversion->out);
	pm_buf_deinit(&note);
}

static void put_row(struct conversion *conversion, const struct pm_row *row)
{
	if (row->origin != conversion->origin) {
		conversion->origin = row->origin;
		use_labels_of(conversion, row->origin);
		if (!pm_row_is_event(row, "start") && is_known(row->origin))
			put_start(conversion, row);
	}
	pm_encoder_put_row(&conversion->encoder, row, &conversion->out);
	conversion->time_ms = row->time_ms;
	conversion->uptime_ms = row->uptime_ms;
}

static enum pm_status flush(
	struct conversion *conversion, const struct pm_sink *sink, struct pm_error *err)
{
	const enum pm_status status = conversion->out.failed
		? pm_fail_memory(err)
		: sink->write(sink->context, conversion->out.at, conversion->out.n, err);

	pm_buf_clear(&conversion->out);
	return status;
}

static enum pm_status run(struct conversion *conversion, struct pm_reader *reader,
	const struct pm_sink *sink, struct pm_error *err)
{
	struct pm_meter *meter = reader->inputs->meter;
	const struct pm_row *rows;
	size_t n, n_rows = 0;
	bool any = false;
	enum pm_status status;

	while ((status = pm_reader_next_rows(reader, &rows, &n, err)) == PM_OK) {
		if (!any)
			pm_encoder_put_header(&conversion->encoder, &conversion->out);
		any = true;
		if (conversion->out.n >= FLUSH_BYTES &&
			(rows->time_ms != conversion->time_ms ||
				rows->uptime_ms != conversion->uptime_ms))
			status = flush(conversion, sink, err);
		if (status == PM_OK && !pm_meter_add_rows(meter, &n_rows, n))
			status = pm_fail(err, PM_E_STOPPED, "reading was stopped");
		if (status != PM_OK)
			return status;
		for (size_t i = 0; i < n; i++)
			put_row(conversion, &rows[i]);
	}
	if (status == PM_END && !any)
		return pm_fail(err, PM_E_INPUT, "not one row could be read");
	return status == PM_END ? flush(conversion, sink, err) : status;
}

enum pm_status pm_convert(struct pm_inputs *inputs, const struct pm_convert_options *options,
	const struct pm_sink *sink, struct pm_read_counts *counts, struct pm_error *err)
{
	struct conversion conversion = {.keys = pm_keys_create(), .out = {0}};
	struct pm_reader *reader = NULL;
	struct pm_meter meter;
	enum pm_status status = conversion.keys == NULL ? pm_fail_memory(err) : PM_OK;

	memset(counts, 0, sizeof(*counts));
	for (size_t i = 0; i < inputs->n && status == PM_OK; i++)
		status = add_labels(&conversion, inputs->at[i].origin, err);
	pm_encoder_init(
		&conversion.encoder, options->format, conversion.labels, conversion.n_labels);
	pm_meter_init(
		&meter, pm_inputs_bytes(inputs), options->progress, options->progress_context);
	inputs->meter = &meter;
	inputs->read_ahead = pm_thread_processors() > 1;
	if (status == PM_OK)
		status = pm_reader_create(&reader, inputs, &options->read, err);
	if (status == PM_OK) {
		status = run(&conversion, reader, sink, err);
		*counts = *pm_reader_counts(reader);
	}
	pm_reader_destroy(reader);
	inputs->meter = NULL;
	inputs->read_ahead = false;
	pm_meter_deinit(&meter);
	if (status == PM_E_STOPPED)
		status = PM_END;
	pm_encoder_deinit(&conversion.encoder);
	pm_keys_destroy(conversion.keys);
	pm_buf_deinit(&conversion.out);
	free(conversion.labels);
	return status;
}
