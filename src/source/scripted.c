/* SPDX-License-Identifier: MIT */
/*
 * Sources that follow a script: for tests of cases that no system shows on demand. `scripted` has
 * the script's times and comes as fast as it is asked, `live` has those of the clock. One statement
 * a line, `#` begins a comment:
 *
 *   host NAME            boot ID            kernel TEXT
 *   time 2026-01-01T00:00:00Z               of the first snapshot (default)
 *   uptime 100           seconds, likewise  interval 1s
 *   ticks 60             snapshots until the end (default 10)
 *   fail 5 REASON        tick 5 fails; ticks count from 0
 *   mark 5 TEXT          an event row `mark` at tick 5
 *   row POOL TAG TYPE FIELD=EXPR ...        TAG escaped, TYPE "-" for none
 *
 * EXPR is a, a+b, a-b (a plus or minus b for each tick, never below 0), with %m behind it: the tick
 * counts modulo m. `from=T` and `until=T` limit a row to some ticks.
 */
#include "base/array.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/number.h"
#include "base/when.h"
#include "model/lookup.h"
#include "model/note.h"
#include "source/source.h"

#include <poolmon/tag.h>

#include <stdio.h>

enum { WORDS_MAX = 32, SCRIPT_MAX = 16 * 1024 * 1024, TICKS_MAX = 100000000 };
#define INTERVAL_MAX_MS INT64_C(86400000)

struct expression {
	bool given, falls;
	uint64_t base, step, modulus;
};

struct series {
	const char *pool, *type;
	char *tag; /* raw bytes */
	size_t n_tag;
	struct expression values[PM_N_VALUES];
	uint64_t from, until; /* ticks */
};

struct happening {
	uint64_t tick;
	bool failure; /* else a mark */
	const char *text;
};

struct scripted_source {
	struct pm_source base;
	struct pm_buf script; /* words are cut out of it in place */
	struct series *series;
	size_t n_series, series_capacity;
	struct happening *happenings;
	size_t n_happenings, happenings_capacity;
	int64_t time_ms, uptime_ms, interval_ms;
	uint64_t tick, ticks;
};

static struct scripted_source *self(struct pm_source *source)
{
	return (struct scripted_source *)source;
}

static bool parse_u64(const char *text, size_t n, uint64_t *value)
{
	return pm_u64_parse(text, n, value) == PM_NUMBER_OK;
}

/* ---- the script ---- */

static bool parse_expression(const char *text, struct expression *out)
{
	const size_t base = strcspn(text, "+-%");
	const char *rest = text + base;

	*out = (struct expression){.given = true};
	if (!parse_u64(text, base, &out->base))
		return false;
	if (*rest == '+' || *rest == '-') {
		const size_t step = strcspn(rest + 1, "%");

		out->falls = *rest == '-';
		if (!parse_u64(rest + 1, step, &out->step))
			return false;
		rest += 1 + step;
	}
	return *rest == '\0' ||
		(*rest == '%' && parse_u64(rest + 1, strlen(rest + 1), &out->modulus) &&
			out->modulus > 0);
}

static bool parse_assignment(char *word, struct series *series)
{
	char *equals = strchr(word, '=');
	uint64_t *limit = NULL;
	int field;

	if (equals == NULL)
		return false;
	*equals++ = '\0';
	if (strcmp(word, "from") == 0)
		limit = &series->from;
	if (strcmp(word, "until") == 0)
		limit = &series->until;
	if (limit != NULL)
		return parse_u64(equals, strlen(equals), limit);
	field = pm_log_field_of_name(pm_span_of(word));
	return field >= PM_FIELD_ALLOCS && field <= PM_FIELD_FOOTPRINT &&
		parse_expression(equals, &series->values[field - PM_FIELD_ALLOCS]);
}

static enum pm_status add_series(
	struct scripted_source *scripted, char **words, size_t n, struct pm_error *err)
{
	struct series *series = pm_array_room(
		scripted->series, &scripted->series_capacity, scripted->n_series, sizeof(*series));
	enum pm_pool pool;

	if (series == NULL)
		return pm_fail_memory(err);
	scripted->series = series;
	if (n < 5 || !pm_pool_of_name(words[1], strlen(words[1]), &pool) || pool == PM_POOL_EVENT)
		return PM_E_INPUT;
	series += scripted->n_series;
	*series = (struct series){
		.pool = words[1],
		.tag = words[2],
		.n_tag = pm_tag_unescape(words[2], words[2], strlen(words[2])),
		.type = strcmp(words[3], "-") == 0 ? "" : words[3],
		.until = UINT64_MAX,
	};
	if (!pm_type_is_known(series->type, strlen(series->type)) || series->n_tag > PM_TAG_MAX)
		return PM_E_INPUT;
	for (size_t i = 4; i < n; i++) {
		if (!parse_assignment(words[i], series))
			return PM_E_INPUT;
	}
	scripted->n_series++;
	return PM_OK;
}

static enum pm_status add_happening(struct scripted_source *scripted, bool failure,
	const char *tick, const char *text, struct pm_error *err)
{
	struct happening *grown = pm_array_room(scripted->happenings,
		&scripted->happenings_capacity, scripted->n_happenings, sizeof(*grown));

	if (grown == NULL)
		return pm_fail_memory(err);
	scripted->happenings = grown;
	grown += scripted->n_happenings;
	*grown = (struct happening){.failure = failure, .text = text};
	if (!parse_u64(tick, strlen(tick), &grown->tick))
		return PM_E_INPUT;
	scripted->n_happenings++;
	return PM_OK;
}

static enum pm_status take_statement(
	struct scripted_source *scripted, char **words, size_t n, struct pm_error *err)
{
	struct pm_origin *origin = &scripted->base.origin;
	const char *verb = words[0], *value = n > 1 ? words[1] : "";
	const size_t n_value = strlen(value);

	if (strcmp(verb, "row") == 0)
		return add_series(scripted, words, n, err);
	if ((strcmp(verb, "fail") == 0 || strcmp(verb, "mark") == 0) && n == 3)
		return add_happening(scripted, verb[0] == 'f', value, words[2], err);
	if (n != 2)
		return PM_E_INPUT;
	if (strcmp(verb, "host") == 0)
		origin->host = value;
	else if (strcmp(verb, "boot") == 0)
		origin->boot_id = value;
	else if (strcmp(verb, "kernel") == 0)
		origin->kernel = value;
	else if (strcmp(verb, "time") == 0)
		return pm_time_parse_loose(value, n_value, &scripted->time_ms) ? PM_OK : PM_E_INPUT;
	else if (strcmp(verb, "uptime") == 0)
		return pm_seconds_parse(value, n_value, &scripted->uptime_ms) == PM_NUMBER_OK
			? PM_OK
			: PM_E_INPUT;
	else if (strcmp(verb, "interval") == 0)
		return pm_duration_parse(value, n_value, &scripted->interval_ms) &&
				scripted->interval_ms <= INTERVAL_MAX_MS
			? PM_OK
			: PM_E_INPUT;
	else if (strcmp(verb, "ticks") == 0)
		return parse_u64(value, n_value, &scripted->ticks) && scripted->ticks <= TICKS_MAX
			? PM_OK
			: PM_E_INPUT;
	else
		return PM_E_INPUT;
	return PM_OK;
}

/* Cuts a line into words in place; the last word of `fail` and `mark` is the rest of the line. */
static size_t cut_words(char *line, char **words)
{
	size_t n = 0;

	line[strcspn(line, "#")] = '\0';
	for (;;) {
		line += strspn(line, " \t\r");
		if (*line == '\0' || n == WORDS_MAX)
			return n;
		words[n++] = line;
		if (n == 3 && (strcmp(words[0], "fail") == 0 || strcmp(words[0], "mark") == 0))
			return n;
		line += strcspn(line, " \t\r");
		if (*line != '\0')
			*line++ = '\0';
	}
}

static enum pm_status read_script(
	struct scripted_source *scripted, const char *path, struct pm_error *err)
{
	struct pm_file file;
	size_t got = 1;
	enum pm_status status = pm_file_open(&file, path, PM_FILE_READ, err);
	uint64_t number = 0;

	while (status == PM_OK && got > 0 && scripted->script.n < SCRIPT_MAX) {
		char *to = pm_buf_reserve(&scripted->script, 4096);

		if (to == NULL)
			status = pm_fail_memory(err);
		else
			status = pm_file_read(file, to, 4096, &got, err);
		scripted->script.n += status == PM_OK ? got : 0;
	}
	pm_file_discard(&file);
	if (status != PM_OK)
		return status;
	pm_buf_terminate(&scripted->script);
	for (char *line = scripted->script.at; line != NULL && status == PM_OK;) {
		char *newline = strchr(line, '\n'), *words[WORDS_MAX];
		size_t n;

		if (newline != NULL)
			*newline++ = '\0';
		number++;
		n = cut_words(line, words);
		if (n > 0)
			status = take_statement(scripted, words, n, err);
		if (status == PM_E_INPUT) {
			(void)pm_fail(err, PM_E_INPUT, "not a statement of a script (\"%.40s\")",
				words[0]);
			pm_error_where(err, path, number, 0);
		}
		line = newline;
	}
	return status;
}

/* ---- the source ---- */

static void close_scripted(struct pm_source *source)
{
	struct scripted_source *scripted = self(source);

	pm_buf_deinit(&scripted->script);
	free(scripted->series);
	free(scripted->happenings);
	free(scripted);
}

static enum pm_status open_scripted(struct pm_source **source, const char *argument,
	const struct pm_source_config *config, struct pm_error *err)
{
	struct scripted_source *scripted = calloc(1, sizeof(*scripted));
	enum pm_status status;

	(void)config;
	if (scripted == NULL)
		return pm_fail_memory(err);
	scripted->base.origin = (struct pm_origin){
		.host = "scripted",
		.os = "",
		.kernel = "",
		.boot_id = "scripted-boot",
		.sources = "",
		.version = "",
	};
	scripted->time_ms = INT64_C(1767225600000); /* 2026-01-01 */
	scripted->uptime_ms = 100000;
	scripted->interval_ms = 1000;
	scripted->ticks = 10;
	status = read_script(scripted, argument, err);
	if (status != PM_OK) {
		close_scripted(&scripted->base);
		return status;
	}
	*source = &scripted->base;
	return PM_OK;
}

static uint64_t value_at(const struct expression *expression, uint64_t tick)
{
	const uint64_t t = expression->modulus > 0 ? tick % expression->modulus : tick;
	const uint64_t change = expression->step * t;

	if (!expression->falls)
		return expression->base + change;
	return change > expression->base ? 0 : expression->base - change;
}

static enum pm_status add_row(const struct series *series, uint64_t tick,
	struct pm_snapshot *snapshot, struct pm_error *err)
{
	const struct pm_key *key =
		pm_snapshot_key(snapshot, series->pool, series->tag, series->n_tag, series->type);
	struct pm_row *row = key == NULL ? NULL : pm_snapshot_add(snapshot, key);

	if (row == NULL)
		return pm_fail_memory(err);
	for (int i = 0; i < PM_N_VALUES; i++) {
		if (series->values[i].given)
			pm_row_set(row, (enum pm_value)i, value_at(&series->values[i], tick));
	}
	return PM_OK;
}

static enum pm_status add_mark(struct pm_snapshot *snapshot, const char *text, struct pm_error *err)
{
	struct pm_buf note = {0};
	enum pm_status status;

	pm_note_add_text(&note, "text", text);
	status = note.failed ? pm_fail_memory(err)
			     : pm_snapshot_add_event(snapshot, "mark", note.at, note.n, err);
	pm_buf_deinit(&note);
	return status;
}

static enum pm_status sample(
	struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err)
{
	struct scripted_source *scripted = self(source);
	const uint64_t tick = scripted->tick;
	const int64_t passed = (int64_t)tick * scripted->interval_ms;
	enum pm_status status = PM_OK;

	if (tick >= scripted->ticks)
		return PM_END;
	scripted->tick++;
	if (source->kind->info.own_clock)
		pm_snapshot_begin(
			snapshot, scripted->time_ms + passed, scripted->uptime_ms + passed);
	for (size_t i = 0; i < scripted->n_happenings && status == PM_OK; i++) {
		const struct happening *happening = &scripted->happenings[i];

		if (happening->tick == tick && happening->failure)
			return pm_fail(err, PM_E_SYSTEM, "%s", happening->text);
		if (happening->tick == tick)
			status = add_mark(snapshot, happening->text, err);
	}
	for (size_t i = 0; i < scripted->n_series && status == PM_OK; i++) {
		const struct series *series = &scripted->series[i];

		if (tick >= series->from && tick <= series->until)
			status = add_row(series, tick, snapshot, err);
	}
	return status;
}

const struct pm_source_kind pm_source_scripted = {
	.info =
		{
			.name = "scripted",
			.argument = "FILE",
			.help = "made-up numbers that follow a script, for tests",
			.pool = PM_N_POOLS,
			.own_clock = true,
		},
	.open = open_scripted,
	.sample = sample,
	.close = close_scripted,
};

const struct pm_source_kind pm_source_live = {
	.info =
		{
			.name = "live",
			.argument = "FILE",
			.help = "the same at the time of day, a snapshot at each tick",
			.pool = PM_N_POOLS,
		},
	.open = open_scripted,
	.sample = sample,
	.close = close_scripted,
};
