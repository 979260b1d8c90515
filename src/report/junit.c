/* SPDX-License-Identifier: MIT */
/*
 * JUnit XML, in the subset that Jenkins, GitLab and the others share: one suite, a case each,
 * failure or skipped within; what was recorded stands in properties. Written without a library:
 * there are texts and attributes only.
 */
#include "base/fail.h"
#include "base/number.h"
#include "base/when.h"
#include "report/cases.h"

/* XML 1.0 can't hold some characters at all: those are shown as \xNN, or as U+FFFD. In attributes a
 * line's end has to be escaped too, or it reads as a blank. */
static void put_xml(struct pm_buf *out, const char *text, size_t n, bool attribute)
{
	while (n > 0) {
		const size_t length = pm_utf8_length(text, n);
		const unsigned char c = (unsigned char)text[0];

		if (length == 0 || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			pm_buf_printf(out, "\\x%02X", c);
		else if ((c < 0x20 && attribute) || c == '"' || c == '&' || c == '<' || c == '>')
			pm_buf_printf(out, "&#%u;", c);
		else if (length == 3 && memcmp(text, "\xef\xbf", 2) == 0 &&
			(unsigned char)text[2] >= 0xbe) /* U+FFFE, U+FFFF */
			pm_buf_add_text(out, "\xef\xbf\xbd");
		else
			pm_buf_add(out, text, length);
		text += length == 0 ? 1 : length;
		n -= length == 0 ? 1 : length;
	}
}

static void put_attribute(struct pm_buf *out, const char *name, const struct pm_buf *value)
{
	pm_buf_printf(out, " %s=\"", name);
	put_xml(out, value->at, value->n, true);
	pm_buf_add_char(out, '"');
}

static void put_property(struct pm_buf *out, const char *name, const struct pm_buf *value)
{
	if (value->n == 0)
		return;
	pm_buf_printf(out, "      <property name=\"%s\"", name);
	put_attribute(out, "value", value);
	pm_buf_add_text(out, "/>\n");
}

/* A cell as people see it; of texts the text. */
static void put_cell_property(struct pm_buf *out, const char *name, const struct pm_table *table,
	const struct pm_cell *row, int field)
{
	struct pm_buf value = {0};

	if (row[field].set && table->fields[field].kind == PM_KIND_TEXT)
		pm_buf_add_text(&value, row[field].as.text);
	else
		pm_cell_put_text(&value, &table->fields[field], &row[field]);
	put_property(out, name, &value);
	out->failed |= value.failed;
	pm_buf_deinit(&value);
}

/* What was recorded, and the result in sentences. */
static void put_properties(struct pm_buf *out, const struct pm_doc *doc)
{
	const struct pm_table *input = pm_doc_table(doc, "input"),
			      *hosts = pm_doc_table(doc, "hosts");
	const struct pm_cell *from = &pm_table_row(input, 0)[PM_INPUT_FIRST_TIME],
			     *until = &pm_table_row(input, 0)[PM_INPUT_LAST_TIME];
	char text[PM_DURATION_TEXT];

	pm_buf_add_text(out, "    <properties>\n");
	for (size_t i = 0; hosts != NULL && i < hosts->n_rows; i++) {
		const struct pm_cell *row = pm_table_row(hosts, i);

		put_cell_property(out, "host", hosts, row, PM_HOST_HOST);
		put_cell_property(out, "system", hosts, row, PM_HOST_OS);
		put_cell_property(out, "kernel", hosts, row, PM_HOST_KERNEL);
		put_cell_property(out, "labels", hosts, row, PM_HOST_LABELS);
	}
	put_cell_property(out, "from", input, pm_table_row(input, 0), PM_INPUT_FIRST_TIME);
	put_cell_property(out, "until", input, pm_table_row(input, 0), PM_INPUT_LAST_TIME);
	if (from->set)
		pm_buf_printf(out, "      <property name=\"span\" value=\"%s\"/>\n",
			pm_duration_format(text, until->as.i - from->as.i));
	put_cell_property(out, "snapshots", input, pm_table_row(input, 0), PM_INPUT_SNAPSHOTS);
	put_cell_property(out, "rejected", input, pm_table_row(input, 0), PM_INPUT_REJECTED);
	for (int i = 0; i < doc->n_sentences; i++) {
		const struct pm_buf sentence = {
			.at = (char *)(uintptr_t)doc->sentences[i], .n = strlen(doc->sentences[i])};

		put_property(out, "summary", &sentence);
	}
	pm_buf_add_text(out, "    </properties>\n");
}

static void put_case(struct pm_buf *out, const struct pm_case *of)
{
	pm_buf_add_text(out, "    <testcase");
	put_attribute(out, "classname", &of->group);
	put_attribute(out, "name", &of->name);
	pm_buf_add_text(out, " time=\"0\"");
	if (of->outcome == PM_GATE_FAIL) {
		pm_buf_add_text(out, ">\n      <failure");
		put_attribute(out, "type", &of->kind);
		put_attribute(out, "message", &of->message);
		pm_buf_add_char(out, '>');
		put_xml(out, of->detail.at, of->detail.n, false);
		pm_buf_add_text(out, "</failure>\n    </testcase>\n");
	} else if (of->outcome == PM_GATE_SUPPRESSED || of->outcome == PM_GATE_KNOWN) {
		pm_buf_add_text(out, ">\n      <skipped");
		put_attribute(out, "message", &of->message);
		pm_buf_add_text(out, "/>\n    </testcase>\n");
	} else if (of->message.n > 0) {
		pm_buf_add_text(out, ">\n      <system-out>");
		put_xml(out, of->message.at, of->message.n, false);
		pm_buf_add_text(out, "</system-out>\n    </testcase>\n");
	} else {
		pm_buf_add_text(out, "/>\n");
	}
}

/* How the suite went, from the cases; it has to stand before them. */
static void put_suite(struct pm_buf *out, const struct pm_doc *doc, struct pm_case *of)
{
	const struct pm_table *input = pm_doc_table(doc, "input");
	const struct pm_cell *row = pm_table_row(input, 0);
	unsigned long long n = 0, n_failed = 0, n_skipped = 0;
	char time[PM_TIME_TEXT], seconds[PM_U64_DIGITS + 4];
	size_t n_seconds = 1;

	for (size_t at = 0; pm_case_next(doc, &at, of); n++) {
		n_failed += of->outcome == PM_GATE_FAIL;
		n_skipped += of->outcome == PM_GATE_SUPPRESSED || of->outcome == PM_GATE_KNOWN;
	}
	seconds[0] = '0';
	if (row[PM_INPUT_FIRST_TIME].set)
		n_seconds = pm_seconds_format(
			seconds, row[PM_INPUT_LAST_TIME].as.i - row[PM_INPUT_FIRST_TIME].as.i);
	pm_buf_printf(out,
		"<testsuites tests=\"%llu\" failures=\"%llu\" errors=\"0\" time=\"%.*s\">\n", n,
		n_failed, (int)n_seconds, seconds);
	pm_buf_printf(out,
		"  <testsuite name=\"poolmon %s\" tests=\"%llu\" failures=\"%llu\" errors=\"0\" "
		"skipped=\"%llu\" time=\"%.*s\"",
		doc->report, n, n_failed, n_skipped, (int)n_seconds, seconds);
	if (row[PM_INPUT_LAST_TIME].set) {
		(void)pm_time_format(time, row[PM_INPUT_LAST_TIME].as.i, 'T');
		pm_buf_printf(out, " timestamp=\"%.19s\"", time); /* to the second, no zone */
	}
	pm_buf_add_text(out, ">\n");
}

static enum pm_status flush(struct pm_buf *out, const struct pm_sink *sink, struct pm_error *err)
{
	const enum pm_status status = out->failed
		? pm_fail_memory(err)
		: sink->write(sink->context, out->at, out->n, err);

	pm_buf_clear(out);
	return status;
}

static enum pm_status render(const struct pm_doc *doc, const struct pm_report_options *options,
	const struct pm_sink *sink, struct pm_error *err)
{
	struct pm_buf out = {0};
	struct pm_case of = {0};
	enum pm_status status = pm_cases_check(doc, err);

	(void)options;
	if (status != PM_OK)
		return status;
	pm_buf_add_text(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	put_suite(&out, doc, &of);
	put_properties(&out, doc);
	status = flush(&out, sink, err);
	for (size_t at = 0; status == PM_OK && pm_case_next(doc, &at, &of);) {
		put_case(&out, &of);
		out.failed |= pm_case_failed(&of);
		status = flush(&out, sink, err);
	}
	pm_buf_add_text(&out, "  </testsuite>\n</testsuites>\n");
	if (status == PM_OK)
		status = flush(&out, sink, err);
	pm_case_deinit(&of);
	pm_buf_deinit(&out);
	return status;
}

const struct pm_renderer pm_renderer_junit = {
	.name = "junit",
	.extension = ".xml",
	.for_ci = true,
	.render = render,
};
