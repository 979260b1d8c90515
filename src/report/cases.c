/* SPDX-License-Identifier: MIT */
#include "report/cases.h"

#include "base/fail.h"

enum pm_status pm_cases_check(const struct pm_doc *doc, struct pm_error *err)
{
	if (pm_doc_table(doc, "input") != NULL)
		return PM_OK;
	return pm_fail(err, PM_E_UNSUPPORTED,
		"a report of this kind (%s) has no cases that pass or fail", doc->report);
}

static const char *text_of(const struct pm_cell *row, int field)
{
	return row[field].set ? row[field].as.text : "";
}

static void clear(struct pm_case *of)
{
	pm_buf_clear(&of->group);
	pm_buf_clear(&of->name);
	pm_buf_clear(&of->kind);
	pm_buf_clear(&of->message);
	pm_buf_clear(&of->detail);
}

bool pm_case_failed(const struct pm_case *of)
{
	return of->group.failed || of->name.failed || of->kind.failed || of->message.failed ||
		of->detail.failed;
}

void pm_case_deinit(struct pm_case *of)
{
	pm_buf_deinit(&of->group);
	pm_buf_deinit(&of->name);
	pm_buf_deinit(&of->kind);
	pm_buf_deinit(&of->message);
	pm_buf_deinit(&of->detail);
}

/* The last line needs no end. */
static void end_line(struct pm_buf *lines)
{
	if (lines->n > 0 && lines->at[lines->n - 1] == '\n')
		lines->n--;
}

/* ---- findings ---- */

/* What people see below a finding, a line each, but for what the message says already. */
static void add_lines(struct pm_buf *out, const struct pm_table *table, const struct pm_cell *row)
{
	for (int i = 0; table->below[i] >= 0; i++) {
		const int field = table->below[i];

		if (!row[field].set || field == PM_FINDING_GATE_REASON)
			continue;
		if (field != PM_FINDING_EVIDENCE)
			pm_buf_printf(out, "%s ", table->fields[field].heading);
		pm_buf_add_text(out, text_of(row, field));
		pm_buf_add_char(out, '\n');
	}
}

/* The figures that people see, a line each. */
static void add_figures(struct pm_buf *out, const struct pm_table *table, const struct pm_cell *row)
{
	static const int figures[] = {PM_FINDING_VERDICT, PM_FINDING_SCORE, PM_FINDING_GROWTH,
		PM_FINDING_SLOPE, PM_FINDING_LAST_BYTES, PM_FINDING_SAMPLES, PM_FINDING_SPAN};

	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		if (!row[figures[i]].set)
			continue;
		pm_buf_printf(out, "%s: ", table->fields[figures[i]].heading);
		pm_cell_put_text(out, &table->fields[figures[i]], &row[figures[i]]);
		pm_buf_add_char(out, '\n');
	}
}

static bool next_finding(
	const struct pm_doc *doc, const struct pm_table *table, size_t *at, struct pm_case *out)
{
	const struct pm_table *hosts = pm_doc_table(doc, "hosts");
	const struct pm_cell *row = NULL;

	out->outcome = PM_GATE_NONE;
	while (*at < table->n_rows && out->outcome == PM_GATE_NONE) {
		row = pm_table_row(table, (*at)++);
		(void)pm_gate_outcome_of_name(text_of(row, PM_FINDING_GATE), &out->outcome);
	}
	if (row == NULL || out->outcome == PM_GATE_NONE)
		return false;
	pm_buf_add_text(&out->group, text_of(row, PM_FINDING_POOL));
	if (hosts != NULL && hosts->n_rows > 1)
		pm_buf_printf(&out->group, " on %s", text_of(row, PM_FINDING_HOST));
	pm_buf_add_text(&out->name, text_of(row, PM_FINDING_TAG));
	if (row[PM_FINDING_TYPE].set)
		pm_buf_printf(&out->name, " %s", text_of(row, PM_FINDING_TYPE));
	pm_buf_add_text(&out->kind, text_of(row, PM_FINDING_VERDICT));
	pm_buf_add_text(&out->message, text_of(row, PM_FINDING_GATE_REASON));
	add_lines(&out->detail, table, row);
	add_figures(&out->detail, table, row);
	end_line(&out->detail);
	return true;
}

/* ---- rejected lines ---- */

static void add_place(struct pm_buf *out, const struct pm_cell *row)
{
	const int place = row[PM_REJECTED_LINE].set ? PM_REJECTED_LINE : PM_REJECTED_OFFSET;

	pm_buf_add_text(out, text_of(row, PM_REJECTED_PATH));
	if (row[place].set)
		pm_buf_printf(out, ":%s%llu", place == PM_REJECTED_OFFSET ? "byte " : "",
			(unsigned long long)row[place].as.u);
	if (row[PM_REJECTED_COLUMN].set)
		pm_buf_printf(out, ":%llu", (unsigned long long)row[PM_REJECTED_COLUMN].as.u);
}

/* Rows of one kind follow each other. */
static bool next_kind(const struct pm_table *table, size_t *at, struct pm_case *out)
{
	const struct pm_cell *row;
	const char *kind;

	if (*at > 0 && *at >= table->n_rows)
		return false;
	pm_buf_add_text(&out->group, "lines");
	if (table->n_rows == 0) {
		++*at;
		out->outcome = PM_GATE_PASS;
		pm_buf_add_text(&out->name, "all can be read");
		return true;
	}
	row = pm_table_row(table, *at);
	kind = text_of(row, PM_REJECTED_KIND);
	out->outcome = PM_GATE_FAIL;
	pm_buf_add_text(&out->name, kind);
	pm_buf_add_text(&out->kind, kind);
	pm_buf_printf(&out->message, "%llu of them, the first at ",
		(unsigned long long)row[PM_REJECTED_COUNT].as.u);
	add_place(&out->message, row);
	pm_buf_printf(&out->message, ": %s", text_of(row, PM_REJECTED_MESSAGE));
	for (; *at < table->n_rows; ++*at) {
		row = pm_table_row(table, *at);
		if (strcmp(text_of(row, PM_REJECTED_KIND), kind) != 0)
			break;
		add_place(&out->detail, row);
		if (row[PM_REJECTED_SEEN].set)
			pm_buf_printf(&out->detail, ": %s", text_of(row, PM_REJECTED_SEEN));
		pm_buf_add_char(&out->detail, '\n');
	}
	end_line(&out->detail);
	return true;
}

bool pm_case_next(const struct pm_doc *doc, size_t *at, struct pm_case *out)
{
	const struct pm_table *findings = pm_doc_table(doc, "findings");
	const struct pm_table *rejects = pm_doc_table(doc, "rejects");

	clear(out);
	if (findings != NULL)
		return next_finding(doc, findings, at, out);
	if (rejects != NULL && strcmp(doc->report, "validate") == 0)
		return next_kind(rejects, at, out);
	return false;
}
