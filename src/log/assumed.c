/* SPDX-License-Identifier: MIT */
/* When PoolMon printed what tells no times. */
#include "base/fail.h"
#include "base/when.h"
#include "log/inputs.h"

#include <stdlib.h>

/* Counts the blocks that tell no time. */
static enum pm_status count_untimed(const struct pm_inputs *inputs, const struct pm_input *input,
	struct pm_file file, uint64_t *n, struct pm_error *err)
{
	const struct pm_cursor_start start = {.origin = pm_origins_unknown(inputs->origins)};
	struct pm_cursor *cursor = malloc(sizeof(*cursor));
	struct pm_keys *keys = pm_keys_create();
	struct pm_rejects rejects = {0};
	struct pm_stream stream;
	struct pm_row *row;
	enum pm_status status = cursor == NULL || keys == NULL ? pm_fail_memory(err) : PM_OK;

	if (status == PM_OK)
		status = pm_stream_open(&stream, file, true, true, 0, PM_STREAM_ALL, err);
	if (status == PM_OK)
		status = pm_cursor_open(cursor, &stream, input->codec, keys, &rejects,
			inputs->origins, 0, &start, err);
	if (status == PM_OK) {
		cursor->decoder.textlog.counting = true;
		while ((status = pm_cursor_next(cursor, &row, err)) == PM_OK)
			;
		*n = cursor->decoder.textlog.n_untimed;
		pm_cursor_close(cursor);
	}
	pm_keys_destroy(keys);
	free(cursor);
	return status == PM_END ? PM_OK : status;
}

enum pm_status pm_input_assume_times(const struct pm_inputs *inputs, struct pm_input *input,
	struct pm_file file, struct pm_error *err)
{
	const int64_t interval_ms = inputs->interval_ms;
	uint64_t n = 0;
	enum pm_status status;

	input->clock = (struct pm_text_clock){PM_TEXT_EPOCH_MS, interval_ms, false};
	if (input->piped)
		return PM_OK;
	status = count_untimed(inputs, input, file, &n, err);
	if (status != PM_OK) {
		pm_error_where(err, input->name, 0, 0);
		return status;
	}
	input->clock.single = n <= 1;
	input->clock.first_ms = input->info.modified_ms;
	if (input->clock.first_ms < 0)
		input->clock.first_ms = 0;
	if (n > 1 && n - 1 <= (uint64_t)(input->clock.first_ms / interval_ms))
		input->clock.first_ms -= (int64_t)(n - 1) * interval_ms;
	else if (n > 1)
		input->clock.first_ms = 0;
	return PM_OK;
}

bool pm_inputs_explain_times(const struct pm_inputs *inputs, size_t i, struct pm_error *err)
{
	const struct pm_input *input = &inputs->at[i];
	char interval[PM_DURATION_TEXT], moment[PM_TIME_TEXT];
	const int64_t ms = input->piped ? input->clock.first_ms : input->info.modified_ms;
	const int n = (int)pm_time_format(moment, ms, ' ') - (int)strlen(".000");

	if (!input->tells_no_times)
		return false;
	pm_duration_format(interval, input->clock.interval_ms);
	if (input->clock.single)
		(void)pm_fail(err, PM_E_INPUT,
			"tells no time: taken as of %.*s UTC, when the file was last written", n,
			moment);
	else if (!input->piped)
		(void)pm_fail(err, PM_E_INPUT,
			"tells no times: a block every %s is assumed, the last at %.*s UTC, when "
			"the file was last written",
			interval, n, moment);
	else
		(void)pm_fail(err, PM_E_INPUT,
			"tells no times: a block every %s is assumed, from %.*s UTC on, which is "
			"made up",
			interval, n, moment);
	if (!input->clock.single)
		pm_error_remedy(err, "give --interval if it was another");
	pm_error_where(err, input->name, 0, 0);
	return true;
}
