/* SPDX-License-Identifier: MIT */
/* CSV (RFC 4180): the foremost table of the document with all its columns, values as they are. */
#include "base/fail.h"
#include "base/number.h"
#include "base/when.h"
#include "report/doc.h"

/* Spreadsheets take what begins so for a formula. */
static bool begins_formula(const char *text)
{
	return text[0] != '\0' && text[1] != '\0' && strchr("=+-@", text[0]) != NULL;
}

/* A text as in logs: bytes that are no visible text, and what would make a formula, as \xNN. */
static void put_text(struct pm_buf *out, const char *text, struct pm_buf *visible)
{
	pm_buf_clear(visible);
	if (begins_formula(text))
		pm_buf_printf(visible, "\\x%02X", (unsigned char)*text++);
	pm_buf_add_visible(visible, text, strlen(text));
	text = pm_buf_terminate(visible);
	out->failed |= visible->failed;
	if (strpbrk(text, ",\"") == NULL) {
		pm_buf_add_text(out, text);
		return;
	}
	pm_buf_add_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			pm_buf_add_char(out, '"');
		pm_buf_add_char(out, *text);
	}
	pm_buf_add_char(out, '"');
}

static void put_cell(
	struct pm_buf *out, enum pm_kind kind, const struct pm_cell *cell, struct pm_buf *visible)
{
	char text[PM_DOUBLE_DIGITS];

	switch (kind) {
	case PM_KIND_TEXT:
		put_text(out, cell->as.text, visible);
		break;
	case PM_KIND_TIME:
		pm_buf_add(out, text, pm_time_format(text, cell->as.i, ' '));
		break;
	case PM_KIND_SECONDS:
		pm_buf_add(out, text, pm_seconds_format(text, cell->as.i));
		break;
	case PM_KIND_COUNTER:
	case PM_KIND_GAUGE:
		pm_buf_add_u64(out, cell->as.u);
		break;
	case PM_KIND_CHANGE:
		pm_buf_printf(out, "%lld", (long long)cell->as.i);
		break;
	case PM_KIND_FLAG:
		pm_buf_add_text(out, cell->as.u != 0 ? "true" : "false");
		break;
	case PM_KIND_REAL:
		pm_buf_add_text(out, pm_double_format(text, cell->as.r));
		break;
	}
}

static enum pm_status render(const struct pm_doc *doc, const struct pm_report_options *options,
	const struct pm_sink *sink, struct pm_error *err)
{
	const struct pm_table *table = doc->foremost;
	const struct pm_cell *cell = table->cells;
	struct pm_buf out = {0}, visible = {0};
	enum pm_status status = PM_OK;

	(void)options;
	for (int i = 0; i < table->n_fields; i++) {
		pm_buf_add_text(&out, i == 0 ? "" : ",");
		pm_buf_add_text(&out, table->fields[i].name);
	}
	pm_buf_add_char(&out, '\n');
	for (size_t row = 0; row <= table->n_rows && status == PM_OK; row++) {
		status = out.failed ? pm_fail_memory(err)
				    : sink->write(sink->context, out.at, out.n, err);
		pm_buf_clear(&out);
		if (row == table->n_rows)
			break;
		for (int i = 0; i < table->n_fields; i++, cell++) {
			pm_buf_add_text(&out, i == 0 ? "" : ",");
			if (cell->set)
				put_cell(&out, table->fields[i].kind, cell, &visible);
		}
		pm_buf_add_char(&out, '\n');
	}
	pm_buf_deinit(&out);
	pm_buf_deinit(&visible);
	return status;
}

const struct pm_renderer pm_renderer_csv = {
	.name = "csv",
	.extension = ".csv",
	.render = render,
};
