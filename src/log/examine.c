/* SPDX-License-Identifier: MIT */
/* What an input is - which format, compressed how - and its first row. */
#include "log/inputs.h"

#include "base/fail.h"

#include <stdlib.h>

enum { HEAD_BYTES = 16 * 1024 };

/* Looks for the first row among the whole lines at the beginning. */
static enum pm_status survey(struct pm_inputs *inputs, struct pm_input *input, const char *head,
	size_t n_head, struct pm_error *err)
{
	struct pm_rejects rejects = {0};
	struct pm_keys *keys = pm_keys_create();
	struct pm_decoder decoder;
	struct pm_row row;
	const char *at = head, *end = head + n_head, *name;
	enum pm_reject_kind problem;
	enum pm_status status = PM_OK;

	if (keys == NULL)
		return pm_fail_memory(err);
	if (n_head >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0)
		at += 3;
	while (end > at && end[-1] != '\n')
		end--;
	pm_decoder_init(&decoder, input->codec, keys, &rejects, 0);
	decoder.textlog.clock = input->clock;
	input->origin = pm_origins_unknown(inputs->origins);
	if (pm_decoder_run(&decoder, &at, end, &row, 1) == 1) {
		input->has_row = true;
		input->first_time_ms = row.time_ms;
		input->first_uptime_ms = row.uptime_ms;
		if (pm_row_is_event(&row, "start"))
			input->origin = pm_origins_read(inputs->origins, row.note, row.n_note);
	}
	input->columns = decoder.columns;
	input->tells_no_times = decoder.textlog.n_untimed > 0;
	if (decoder.failed || input->origin == NULL) {
		status = pm_fail_memory(err);
	} else if (decoder.columns.n > 0 && !pm_columns_ok(&decoder.columns, &problem, &name)) {
		status = pm_fail(err, PM_E_INPUT, "the CSV header %s the column '%s'",
			problem == PM_REJECT_MISSING ? "lacks" : "repeats", name);
		pm_error_where(err, input->name, 1, 0);
		pm_error_remedy(err, "it needs time, uptime_s, pool and tag, each once");
	}
	pm_decoder_deinit(&decoder);
	pm_keys_destroy(keys);
	return status;
}

static enum pm_status fail_not_a_log(struct pm_error *err, const struct pm_input *input,
	const struct pm_stream *stream, const char *head, size_t n)
{
	const bool is_standard = strcmp(input->path, "-") == 0;
	char text[64];
	struct pm_buf seen;

	if (n == 0 && stream->damaged) {
		(void)pm_fail(err, PM_E_INPUT, "%s", pm_reject_infos[stream->damage].text);
	} else if (n == 0) {
		(void)pm_fail(err, PM_E_INPUT, is_standard ? "is empty" : "the file is empty");
		pm_error_remedy(err,
			is_standard ? "what should write to it wrote nothing"
				    : "nothing was recorded to it; name another");
	} else {
		pm_buf_init_fixed(&seen, text, sizeof(text));
		pm_buf_add_visible(&seen, head, n < 24 ? n : 24);
		(void)pm_fail(err, PM_E_INPUT, "not a poolmon log (it begins with \"%s\")",
			pm_buf_terminate(&seen));
		pm_error_remedy(err,
			"expected CSV with a header line, one JSON object a line, or what PoolMon "
			"prints; compressed with gzip, zstd or not");
	}
	pm_error_where(err, input->name, 0, 0);
	return PM_E_INPUT;
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
		at++;
	return at;
}

/* A JSON report, which lies beside logs as well as anywhere: its lines look like damaged rows. It
 * may have been laid out anew. */
static bool is_report(const char *head, size_t n)
{
	static const char *const tokens[] = {"{", "\"schema\"", ":", "\"poolmon-report/"};
	const char *at = head, *end = head + n;

	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		const size_t n_token = strlen(tokens[i]);

		at = skip_blanks(at, end);
		if ((size_t)(end - at) < n_token || memcmp(at, tokens[i], n_token) != 0)
			return false;
		at += n_token;
	}
	return true;
}

static enum pm_status fail_report(struct pm_error *err, const struct pm_input *input)
{
	(void)pm_fail(err, PM_E_INPUT, "a report of poolmon-analyze, no log");
	pm_error_where(err, input->name, 0, 0);
	pm_error_remedy(err, "name the logs that it was made of");
	return PM_E_INPUT;
}

/* Copies what can't be read twice to a temporary file. */
static enum pm_status spool(struct pm_file *file, struct pm_error *err)
{
	enum { BYTES = 64 * 1024 };
	char *block = malloc(BYTES);
	struct pm_file copy = PM_FILE_NONE;
	enum pm_status status = block == NULL ? pm_fail_memory(err) : pm_file_temporary(&copy, err);

	while (status == PM_OK) {
		size_t got;

		status = pm_file_read(*file, block, BYTES, &got, err);
		if (status != PM_OK || got == 0)
			break;
		status = pm_file_write(copy, block, got, err);
	}
	free(block);
	pm_file_discard(file);
	*file = copy;
	return status;
}

enum pm_status pm_input_examine(struct pm_inputs *inputs, struct pm_input *input,
	struct pm_file file, bool may_stream, struct pm_error *err)
{
	struct pm_stream stream;
	const char *head;
	size_t n_head;
	enum pm_status status = pm_file_stat(file, &input->info, err);

	input->seekable = status == PM_OK && input->info.kind == PM_FILE_REGULAR;
	input->piped = !input->seekable;
	if (status == PM_OK && !input->seekable && !may_stream) {
		status = spool(&file, err);
		if (status == PM_OK)
			status = pm_file_stat(file, &input->info, err);
		input->held = file;
		input->seekable = true;
	}
	if (status != PM_OK) {
		pm_error_where(err, input->name, 0, 0);
		pm_file_discard(&file);
		input->held = PM_FILE_NONE;
		return status;
	}
	if (strcmp(input->path, "-") == 0 && !pm_file_is_open(input->held))
		input->held = file;
	status = pm_stream_open(&stream, file, pm_file_is_open(input->held), input->seekable, 0,
		PM_STREAM_ALL, err);
	if (status != PM_OK) {
		pm_error_where(err, input->name, 0, 0);
		return status;
	}
	input->packing = stream.packing;
	status = pm_stream_peek(&stream, HEAD_BYTES, &head, &n_head, err);
	if (status != PM_OK) {
		pm_error_where(err, input->name, 0, 0);
	} else {
		input->codec = pm_codec_detect(head, n_head);
		if (is_report(head, n_head))
			status = fail_report(err, input);
		else if (input->codec == NULL)
			status = fail_not_a_log(err, input, &stream, head, n_head);
		else
			status = survey(inputs, input, head, n_head, err);
		input->utf16 = stream.utf16;
		if (status == PM_OK && input->tells_no_times) {
			status = pm_input_assume_times(inputs, input, stream.file, err);
			if (status == PM_OK)
				status = survey(inputs, input, head, n_head, err);
		}
	}
	for (int i = 0; i < PM_N_FORMATS; i++) {
		if (pm_codecs[i] == input->codec)
			input->format = (enum pm_format)i;
	}
	if (status == PM_OK && !input->seekable)
		input->live = stream;
	else
		pm_stream_close(&stream);
	return status;
}
