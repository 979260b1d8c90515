/* SPDX-License-Identifier: MIT */
/* Any bytes may come here: what is not as a report has it is refused, never guessed at. */
#include "analyze/baseline.h"
#include "base/fail.h"

#include <poolmon/row.h>

#include <cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char schema[] = "poolmon-report/1";

static enum pm_status refuse(struct pm_error *err, const char *name)
{
	pm_error_where(err, name, 0, 0);
	pm_error_remedy(err,
		"make one with: poolmon-analyze report --format json --all LOG... > "
		"baseline.json");
	return PM_E_INPUT;
}

/* Where in the text cJSON gave up. */
static enum pm_status refuse_syntax(
	struct pm_error *err, const char *name, const char *text, size_t n, const char *at)
{
	uint64_t line = 1, column = 1;

	if (at == NULL || at < text || at > text + n)
		at = text;
	for (const char *c = text; c < at; c++) {
		column = *c == '\n' ? 1 : column + 1;
		line += *c == '\n';
	}
	(void)pm_fail(err, PM_E_INPUT, n == 0 ? "the file is empty" : "not JSON from here on");
	(void)refuse(err, name);
	pm_error_where(err, name, line, column);
	return PM_E_INPUT;
}

static const char *text_of(const cJSON *object, enum pm_finding_field field)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, pm_finding_fields[field].name);

	return cJSON_IsString(item) ? item->valuestring : "";
}

/* False where there is none that can be. */
static bool number_of(const cJSON *object, enum pm_finding_field field, double *value)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, pm_finding_fields[field].name);

	*value = 0;
	if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble))
		return false;
	*value = item->valuedouble;
	return true;
}

/* By how much the interval of the slope is wider than its standard error alone makes it. */
static double widening_of(const cJSON *object)
{
	double low, high, error;

	if (!number_of(object, PM_FINDING_SLOPE_LOW, &low) ||
		!number_of(object, PM_FINDING_SLOPE_HIGH, &high) ||
		!number_of(object, PM_FINDING_SLOPE_ERROR, &error) || !(error > 0) || !(high > low))
		return 1;
	return (high - low) / (2 * 1.96) / error;
}

static struct pm_measured rate_of(
	const cJSON *object, enum pm_finding_field slope, enum pm_finding_field error, bool bounded)
{
	struct pm_measured figure = {.bounded = bounded};

	figure.known = number_of(object, slope, &figure.value);
	figure.bounded &= number_of(object, error, &figure.error);
	figure.error *= widening_of(object);
	figure.highest = figure.value;
	return figure;
}

static struct pm_measured amount_of(
	const cJSON *object, enum pm_finding_field last, enum pm_finding_field highest)
{
	struct pm_measured figure = {.bounded = true};

	figure.known = number_of(object, last, &figure.value) &&
		number_of(object, highest, &figure.highest);
	return figure;
}

static enum pm_status take_finding(struct pm_baseline_finding *finding, const cJSON *object,
	size_t i, const char *name, struct pm_error *err)
{
	const char *verdict = text_of(object, PM_FINDING_VERDICT);
	double samples, epochs;
	bool bounded;

	*finding = (struct pm_baseline_finding){
		.host = text_of(object, PM_FINDING_HOST),
		.pool = text_of(object, PM_FINDING_POOL),
		.tag = text_of(object, PM_FINDING_TAG),
		.type = text_of(object, PM_FINDING_TYPE),
	};
	if (finding->pool[0] == '\0' || finding->tag[0] == '\0') {
		(void)pm_fail(err, PM_E_INPUT, "finding %zu names no pool or no tag", i + 1);
		return refuse(err, name);
	}
	if (!pm_verdict_of_name(verdict, &finding->figures.verdict)) {
		(void)pm_fail(err, PM_E_INPUT,
			"finding %zu (%.40s) has the verdict '%.40s', which is none", i + 1,
			finding->tag, verdict);
		return refuse(err, name);
	}
	bounded = number_of(object, PM_FINDING_SAMPLES, &samples) &&
		number_of(object, PM_FINDING_EPOCHS, &epochs) && samples >= epochs + 2;
	finding->figures.of[PM_MEASURE_BYTES_RATE] =
		rate_of(object, PM_FINDING_SLOPE, PM_FINDING_SLOPE_ERROR, bounded);
	finding->figures.of[PM_MEASURE_OBJECTS_RATE] =
		rate_of(object, PM_FINDING_SLOPE_DIFF, PM_FINDING_SLOPE_DIFF_ERROR, bounded);
	finding->figures.of[PM_MEASURE_BYTES] =
		amount_of(object, PM_FINDING_LAST_BYTES, PM_FINDING_MAX_BYTES);
	finding->figures.of[PM_MEASURE_OBJECTS] =
		amount_of(object, PM_FINDING_LAST_DIFF, PM_FINDING_MAX_DIFF);
	return PM_OK;
}

static uint64_t hash_of(const struct pm_baseline *baseline, const char *const key[4])
{
	uint64_t hash = baseline->seed;

	for (int i = 0; i < 4; i++)
		hash = pm_hash(hash, key[i], strlen(key[i]));
	return hash;
}

/* key: host, pool, tag, type */
static const struct pm_baseline_finding *find(
	const struct pm_baseline *baseline, const char *const key[4])
{
	const uint64_t hash = hash_of(baseline, key);
	size_t at = 0, i;

	while ((i = pm_index_next(&baseline->index, hash, &at)) != SIZE_MAX) {
		const struct pm_baseline_finding *finding = &baseline->at[i];

		if (strcmp(finding->host, key[0]) == 0 && strcmp(finding->pool, key[1]) == 0 &&
			strcmp(finding->tag, key[2]) == 0 && strcmp(finding->type, key[3]) == 0)
			return finding;
	}
	return NULL;
}

static enum pm_status add_finding(
	struct pm_baseline *baseline, const cJSON *object, struct pm_error *err)
{
	struct pm_baseline_finding *finding = &baseline->at[baseline->n];
	enum pm_status status = take_finding(finding, object, baseline->n, baseline->name, err);
	const char *const key[4] = {finding->host, finding->pool, finding->tag, finding->type};

	if (status != PM_OK)
		return status;
	if (find(baseline, key) != NULL) {
		(void)pm_fail(err, PM_E_INPUT, "finding %zu (%.40s) is there twice",
			baseline->n + 1, finding->tag);
		return refuse(err, baseline->name);
	}
	if (!pm_index_add(&baseline->index, hash_of(baseline, key), baseline->n++))
		return pm_fail_memory(err);
	if (strcmp(finding->host, baseline->at[0].host) != 0)
		baseline->many_hosts = true;
	return PM_OK;
}

static enum pm_status take_findings(
	struct pm_baseline *baseline, const cJSON *findings, struct pm_error *err)
{
	const cJSON *object;
	enum pm_status status = PM_OK;

	baseline->at = calloc((size_t)cJSON_GetArraySize(findings) + 1, sizeof(*baseline->at));
	if (baseline->at == NULL)
		return pm_fail_memory(err);
	cJSON_ArrayForEach(object, findings)
	{
		status = add_finding(baseline, object, err);
		if (status != PM_OK)
			break;
	}
	return status;
}

static enum pm_status check_kind(const cJSON *json, const char *name, struct pm_error *err)
{
	const cJSON *version = cJSON_GetObjectItemCaseSensitive(json, "schema");
	const cJSON *findings = cJSON_GetObjectItemCaseSensitive(json, "findings");

	if (!cJSON_IsString(version))
		(void)pm_fail(err, PM_E_INPUT,
			"JSON, but no report of poolmon-analyze: there is no \"schema\"");
	else if (strncmp(version->valuestring, schema, sizeof(schema) - 2) != 0)
		(void)pm_fail(err, PM_E_INPUT,
			"JSON, but no report of poolmon-analyze: its schema is '%.60s'",
			version->valuestring);
	else if (strcmp(version->valuestring, schema) != 0) {
		(void)pm_fail(err, PM_E_UNSUPPORTED, "a report of version '%.60s', but this is %s",
			version->valuestring, schema);
		(void)refuse(err, name);
		return PM_E_UNSUPPORTED;
	} else if (!cJSON_IsArray(findings))
		(void)pm_fail(err, PM_E_INPUT,
			"a report without findings (one of info or "
			"validate?)");
	else
		return PM_OK;
	return refuse(err, name);
}

enum pm_status pm_baseline_parse(
	struct pm_baseline *out, const char *name, const char *text, size_t n, struct pm_error *err)
{
	struct pm_baseline baseline = {.name = name, .seed = pm_hash_seed()};
	const char *end = NULL;
	cJSON *json = cJSON_ParseWithLengthOpts(text, n, &end, 0);
	enum pm_status status;

	if (json == NULL)
		return refuse_syntax(err, name, text, n, end);
	baseline.json = json;
	status = check_kind(json, name, err);
	if (status == PM_OK)
		status = take_findings(
			&baseline, cJSON_GetObjectItemCaseSensitive(json, "findings"), err);
	if (status != PM_OK) {
		pm_baseline_deinit(&baseline);
		return status;
	}
	*out = baseline;
	return PM_OK;
}

void pm_baseline_deinit(struct pm_baseline *baseline)
{
	pm_index_deinit(&baseline->index);
	free(baseline->at);
	cJSON_Delete(baseline->json);
	*baseline = (struct pm_baseline){0};
}

const struct pm_measures *pm_baseline_find(
	const struct pm_baseline *baseline, const struct pm_key *key, const char *host)
{
	const struct pm_baseline_finding *finding;

	if (baseline->n == 0)
		return NULL;
	finding = find(baseline,
		(const char *const[4]){host != NULL ? host : baseline->at[0].host, key->pool_name,
			key->tag, key->type});
	return finding == NULL ? NULL : &finding->figures;
}
