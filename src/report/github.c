/* SPDX-License-Identifier: MIT */
/*
 * Annotations of GitHub Actions: what fails, is suppressed, known or unsure, each as a workflow
 * command on a line of its own. Nothing else is written, so nothing can be taken for a command.
 */
#include "base/fail.h"
#include "report/cases.h"

static const char *const commands[PM_N_GATE_OUTCOMES] = {
	[PM_GATE_FAIL] = "error",
	[PM_GATE_KNOWN] = "warning",
	[PM_GATE_SUPPRESSED] = "notice",
	[PM_GATE_UNSURE] = "notice",
};

/* Escaped as the runner wants it: % and line ends everywhere, in properties `:` and `,` too. Other
 * control characters are shown as \xNN. */
static void put_escaped(struct pm_buf *out, const struct pm_buf *text, const char *special)
{
	for (size_t i = 0; i < text->n;) {
		const size_t length = pm_utf8_length(text->at + i, text->n - i);
		const unsigned char c = (unsigned char)text->at[i];

		if (c == '\n' || (c != '\0' && strchr(special, c) != NULL))
			pm_buf_printf(out, "%%%02X", c);
		else
			pm_buf_add_visible(out, text->at + i, length == 0 ? 1 : length);
		i += length == 0 ? 1 : length;
	}
}

static void put_command(struct pm_buf *out, const struct pm_case *of)
{
	pm_buf_printf(out, "::%s title=", commands[of->outcome]);
	put_escaped(out, &of->group, "%:,");
	pm_buf_add_text(out, "/");
	put_escaped(out, &of->name, "%:,");
	pm_buf_printf(out, " (%s)::", pm_gate_outcome_name(of->outcome));
	put_escaped(out, &of->message, "%");
	pm_buf_add_text(out, "%0A");
	put_escaped(out, &of->detail, "%");
	pm_buf_add_char(out, '\n');
}

static enum pm_status render(const struct pm_doc *doc, const struct pm_report_options *options,
	const struct pm_sink *sink, struct pm_error *err)
{
	struct pm_buf out = {0};
	struct pm_case of = {0};
	enum pm_status status = pm_cases_check(doc, err);

	(void)options;
	for (size_t at = 0; status == PM_OK && pm_case_next(doc, &at, &of);) {
		if (commands[of.outcome] == NULL)
			continue;
		pm_buf_clear(&out);
		put_command(&out, &of);
		status = out.failed || pm_case_failed(&of)
			? pm_fail_memory(err)
			: sink->write(sink->context, out.at, out.n, err);
	}
	pm_case_deinit(&of);
	pm_buf_deinit(&out);
	return status;
}

const struct pm_renderer pm_renderer_github = {
	.name = "github",
	.extension = ".txt",
	.for_ci = true,
	.render = render,
};
