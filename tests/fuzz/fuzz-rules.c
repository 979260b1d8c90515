/* SPDX-License-Identifier: MIT */
/* Budgets, suppressions and baselines of any bytes, each held against a few findings. */
#include "base/buf.h"
#include "model/keys.h"

#include <poolmon/gate.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Two tags that grow, one that does not, as a scan would leave them. */
static struct pm_trends *make_trends(struct pm_keys *keys)
{
	static const char *const tags[] = {"leak", "Io  ", "still"};
	static const struct pm_origin origin = {
		.host = "h", .os = "", .kernel = "", .boot_id = "b", .sources = "", .version = ""};
	struct pm_trends *trends = calloc(1, pm_trends_fold.state_size);

	require(pm_trends_fold.init(trends, NULL, NULL) == PM_OK);
	for (int i = 0; i < 60; i++) {
		struct pm_row row = {.time_ms = i, .uptime_ms = i, .origin = &origin};

		row.key = pm_keys_intern(
			keys, pm_span_of("slab"), pm_span_of(tags[i % 3]), pm_span_of("Recl"));
		pm_row_set(&row, PM_VALUE_DIFF, (uint64_t)(i % 3 == 2 ? 5 : i));
		pm_row_set(&row, PM_VALUE_BYTES, (uint64_t)(i % 3 == 2 ? 320 : 64 * i + i % 7));
		require(pm_trends_fold.step(trends, &row, NULL) == PM_OK);
	}
	return trends;
}

static void hold(struct pm_gate *gate, const struct pm_trends *trends)
{
	struct pm_findings findings;
	struct pm_error err;

	require(pm_findings_init(&findings, trends, NULL) == PM_OK);
	require(pm_gate_decide(gate, &findings, trends, NULL) == PM_OK);
	for (size_t i = 0; i < findings.n; i++) {
		const struct pm_gate_result result = pm_gate_result(gate, i);

		require((result.reason[0] != '\0') == (result.outcome > PM_GATE_PASS));
	}
	for (size_t i = 0; pm_gate_remark(gate, i, &err); i++)
		require(err.message[0] != '\0' && err.file[0] != '\0');
	pm_findings_deinit(&findings);
}

static void check(enum pm_status status, const struct pm_error *err)
{
	require(status == PM_OK || (err->message[0] != '\0' && err->remedy[0] != '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pm_keys *keys = pm_keys_create();
	struct pm_trends *trends = make_trends(keys);
	char *text = malloc(size + 1);
	struct pm_error err;
	struct pm_gate *gate;

	memcpy(text, data, size);
	text[size] = '\0';
	require(pm_gate_create(&gate, NULL) == PM_OK);
	pm_gate_fail_on(gate, PM_VERDICT_LEAK);
	pm_gate_set_min_growth(gate, size);
	check(pm_gate_add_budget(gate, text, &err), &err);
	hold(gate, trends);
	check(pm_gate_add_suppressions(gate, "file", text, size, &err), &err);
	hold(gate, trends);
	check(pm_gate_set_baseline(gate, "file", text, size, &err), &err);
	hold(gate, trends);
	pm_gate_destroy(gate);
	free(text);
	pm_trends_fold.deinit(trends);
	free(trends);
	pm_keys_destroy(keys);
	return 0;
}
