/* SPDX-License-Identifier: MIT */
/* JSON: every table with all its columns, values as they are; see schemas/report.schema.json. */
#include "base/fail.h"
#include "base/number.h"
#include "base/when.h"
#include "report/doc.h"

#include <math.h>

static void put_key(struct pm_buf *out, const char *key)
{
	pm_buf_add_json(out, key, strlen(key));
	pm_buf_add_char(out, ':');
}

static void put_i64(struct pm_buf *out, int64_t value)
{
	if (value < 0)
		pm_buf_add_char(out, '-');
	pm_buf_add_u64(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void put_value(struct pm_buf *out, enum pm_kind kind, const struct pm_cell *cell)
{
	char text[PM_DOUBLE_DIGITS];

	switch (kind) {
	case PM_KIND_TEXT:
		pm_buf_add_json(out, cell->as.text, strlen(cell->as.text));
		break;
	case PM_KIND_TIME:
		pm_buf_add_json(out, text, pm_time_format(text, cell->as.i, 'T'));
		break;
	case PM_KIND_SECONDS:
		pm_buf_add(out, text, pm_seconds_format(text, cell->as.i));
		break;
	case PM_KIND_COUNTER:
	case PM_KIND_GAUGE:
		pm_buf_add_u64(out, cell->as.u);
		break;
	case PM_KIND_CHANGE:
		put_i64(out, cell->as.i);
		break;
	case PM_KIND_FLAG:
		pm_buf_add_text(out, cell->as.u != 0 ? "true" : "false");
		break;
	case PM_KIND_REAL:
		pm_buf_add_text(out, pm_double_format(text, cell->as.r));
		break;
	}
}

static void put_row(struct pm_buf *out, const struct pm_table *table, size_t row)
{
	const struct pm_cell *cells = &table->cells[row * (size_t)table->n_fields];
	const char *separator = "";

	pm_buf_add_char(out, '{');
	for (int i = 0; i < table->n_fields; i++) {
		if (!cells[i].set)
			continue;
		pm_buf_add_text(out, separator);
		separator = ",";
		put_key(out, table->fields[i].name);
		put_value(out, table->fields[i].kind, &cells[i]);
	}
	pm_buf_add_char(out, '}');
}

static enum pm_status flush(struct pm_buf *out, const struct pm_sink *sink, struct pm_error *err)
{
	const enum pm_status status = out->failed
		? pm_fail_memory(err)
		: sink->write(sink->context, out->at, out->n, err);

	pm_buf_clear(out);
	return status;
}

static enum pm_status put_table(struct pm_buf *out, const struct pm_table *table,
	const struct pm_sink *sink, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	pm_buf_add_text(out, ",\n");
	put_key(out, table->name);
	if (table->single) {
		put_row(out, table, 0);
		return flush(out, sink, err);
	}
	pm_buf_add_char(out, '[');
	for (size_t i = 0; i < table->n_rows && status == PM_OK; i++) {
		pm_buf_add_text(out, i == 0 ? "\n" : ",\n");
		put_row(out, table, i);
		status = flush(out, sink, err);
	}
	pm_buf_add_text(out, table->n_rows == 0 ? "]" : "\n]");
	return status == PM_OK ? flush(out, sink, err) : status;
}

static enum pm_status render(const struct pm_doc *doc, const struct pm_report_options *options,
	const struct pm_sink *sink, struct pm_error *err)
{
	struct pm_buf out = {0};
	enum pm_status status = PM_OK;

	(void)options;
	pm_buf_add_text(&out, "{\"schema\":\"poolmon-report/1\",\n\"report\":");
	pm_buf_add_json(&out, doc->report, strlen(doc->report));
	pm_buf_add_text(&out, ",\n\"summary\":[");
	for (int i = 0; i < doc->n_sentences; i++) {
		pm_buf_add_text(&out, i == 0 ? "\n" : ",\n");
		pm_buf_add_json(&out, doc->sentences[i], strlen(doc->sentences[i]));
	}
	pm_buf_add_char(&out, ']');
	for (int i = 0; i < doc->n_tables && status == PM_OK; i++)
		status = put_table(&out, &doc->tables[i], sink, err);
	pm_buf_add_text(&out, "}\n");
	if (status == PM_OK)
		status = flush(&out, sink, err);
	pm_buf_deinit(&out);
	return status;
}

const struct pm_renderer pm_renderer_json = {
	.name = "json",
	.extension = ".json",
	.render = render,
};
