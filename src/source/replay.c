/* SPDX-License-Identifier: MIT */
/* A recorded log as a source: its snapshots one by one, with the times they were taken at. */
#include "base/array.h"
#include "base/fail.h"
#include "source/source.h"

#include <poolmon/reader.h>

#include <inttypes.h>
#include <string.h>

struct replay_source {
	struct pm_source base;
	struct pm_inputs *inputs;
	struct pm_reader *reader;
	const struct pm_row *head; /* first row of the next snapshot; NULL: not read yet */

	const struct pm_keys *keys;       /* table that `translated` refers to */
	const struct pm_key **translated; /* [n_translated], by the reader's key id; NULL: not yet */
	size_t n_translated;

	char **aliases; /* [n_aliases]: notes of the `alias` rows met so far */
	size_t n_aliases, aliases_capacity;
};

static struct replay_source *self(struct pm_source *source)
{
	return (struct replay_source *)source;
}

static void close_replay(struct pm_source *source)
{
	struct replay_source *replay = self(source);

	pm_reader_destroy(replay->reader);
	pm_inputs_destroy(replay->inputs);
	for (size_t i = 0; i < replay->n_aliases; i++)
		free(replay->aliases[i]);
	free(replay->aliases);
	free(replay->translated);
	free(replay);
}

static enum pm_status next_row(struct replay_source *replay, struct pm_error *err)
{
	const enum pm_status status = pm_reader_next(replay->reader, &replay->head, err);

	if (status != PM_OK)
		replay->head = NULL;
	return status;
}

static enum pm_status open_inputs(struct replay_source *replay, const char *path,
	const struct pm_source_config *config, struct pm_error *err)
{
	const struct pm_inputs_options options = {.interval_ms = config->interval_ms};
	const size_t n = config->n_more_paths + 1;
	const char **paths = calloc(n, sizeof(*paths));
	enum pm_status status;

	if (paths == NULL)
		return pm_fail_memory(err);
	paths[0] = path;
	for (size_t i = 1; i < n; i++)
		paths[i] = config->more_paths[i - 1];
	status = pm_inputs_create(&replay->inputs, paths, n, &options, err);
	free(paths);
	return status;
}

static enum pm_status open_replay(struct pm_source **source, const char *argument,
	const struct pm_source_config *config, struct pm_error *err)
{
	struct replay_source *replay = calloc(1, sizeof(*replay));
	enum pm_status status;

	if (replay == NULL)
		return pm_fail_memory(err);
	status = open_inputs(replay, argument, config, err);
	if (status == PM_OK)
		status = pm_reader_create(&replay->reader, replay->inputs, NULL, err);
	if (status == PM_OK)
		status = next_row(replay, err);
	if (status == PM_END) {
		status = pm_fail(err, PM_E_INPUT, "no row can be read");
		pm_error_where(err, argument, 0, 0);
	}
	if (status != PM_OK) {
		close_replay(&replay->base);
		return status;
	}
	replay->base.origin = *replay->head->origin;
	*source = &replay->base;
	return PM_OK;
}

static bool has_alias(const struct replay_source *replay, const struct pm_row *row)
{
	for (size_t i = 0; i < replay->n_aliases; i++) {
		if (strlen(replay->aliases[i]) == row->n_note &&
			memcmp(replay->aliases[i], row->note, row->n_note) == 0)
			return true;
	}
	return false;
}

static enum pm_status add_alias(
	struct replay_source *replay, const struct pm_row *row, struct pm_error *err)
{
	char **grown = pm_array_room(
		replay->aliases, &replay->aliases_capacity, replay->n_aliases, sizeof(*grown));

	if (grown == NULL)
		return pm_fail_memory(err);
	replay->aliases = grown;
	if (has_alias(replay, row))
		return PM_OK;
	grown[replay->n_aliases] = malloc(row->n_note + 1);
	if (grown[replay->n_aliases] == NULL)
		return pm_fail_memory(err);
	memcpy(grown[replay->n_aliases], row->note, row->n_note);
	grown[replay->n_aliases++][row->n_note] = '\0';
	replay->base.revision++;
	return PM_OK;
}

/* Files' own beginnings and ends are not events of the system. */
static enum pm_status add_event(struct replay_source *replay, struct pm_snapshot *snapshot,
	const struct pm_row *row, struct pm_error *err)
{
	if (pm_row_is_event(row, "alias"))
		return add_alias(replay, row, err);
	if (pm_row_is_event(row, "start") || pm_row_is_event(row, "stop") ||
		pm_row_is_event(row, "rotate"))
		return PM_OK;
	return pm_snapshot_add_event(snapshot, row->key->tag, row->note, row->n_note, err);
}

static const struct pm_key *translate(
	struct replay_source *replay, struct pm_snapshot *snapshot, const struct pm_key *key)
{
	if (replay->keys != snapshot->keys) {
		replay->keys = snapshot->keys;
		for (size_t i = 0; i < replay->n_translated; i++)
			replay->translated[i] = NULL;
	}
	if (key->id >= replay->n_translated) {
		size_t n = replay->n_translated;
		const struct pm_key **grown =
			pm_array_room(replay->translated, &n, key->id, sizeof(*grown));

		if (grown == NULL)
			return NULL;
		for (size_t i = replay->n_translated; i < n; i++)
			grown[i] = NULL;
		replay->translated = grown;
		replay->n_translated = n;
	}
	if (replay->translated[key->id] == NULL)
		replay->translated[key->id] = pm_snapshot_key(
			snapshot, key->pool_name, key->raw_tag, key->n_raw_tag, key->type);
	return replay->translated[key->id];
}

static enum pm_status add_row(struct replay_source *replay, struct pm_snapshot *snapshot,
	const struct pm_row *row, struct pm_error *err)
{
	const struct pm_key *key = translate(replay, snapshot, row->key);
	struct pm_row *copy = key == NULL ? NULL : pm_snapshot_add(snapshot, key);

	if (copy == NULL)
		return pm_fail_memory(err);
	copy->has = row->has;
	memcpy(copy->value, row->value, sizeof(copy->value));
	return PM_OK;
}

static enum pm_status sample(
	struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err)
{
	struct replay_source *replay = self(source);
	const struct pm_origin *origin;
	enum pm_status status = PM_OK;

	/* A moment may consist of a file's own events alone: then the next one is meant. */
	do {
		if (replay->head == NULL)
			return PM_END;
		origin = replay->head->origin;
		pm_snapshot_begin(snapshot, replay->head->time_ms, replay->head->uptime_ms);
		while (status == PM_OK && replay->head->uptime_ms == snapshot->uptime_ms &&
			pm_origin_same_boot(replay->head->origin, origin)) {
			origin = replay->head->origin;
			status = replay->head->key->pool == PM_POOL_EVENT
				? add_event(replay, snapshot, replay->head, err)
				: add_row(replay, snapshot, replay->head, err);
			if (status == PM_OK)
				status = next_row(replay, err);
		}
		if (status == PM_END)
			status = PM_OK;
	} while (status == PM_OK && snapshot->n_rows == 0);
	replay->base.origin = *origin;
	return status;
}

static enum pm_status describe(
	struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err)
{
	const struct replay_source *replay = self(source);
	enum pm_status status = PM_OK;

	for (size_t i = 0; i < replay->n_aliases && status == PM_OK; i++)
		status = pm_snapshot_add_event(
			snapshot, "alias", replay->aliases[i], strlen(replay->aliases[i]), err);
	return status;
}

/* ---- remarks ---- */

static bool remark_skipped(const struct replay_source *replay, size_t *i, struct pm_error *err)
{
	size_t n = 0;

	if (pm_inputs_explain_skipped(replay->inputs, *i, err))
		return true;
	while (pm_inputs_explain_skipped(replay->inputs, n, err))
		n++;
	*i -= n;
	return false;
}

static bool remark_times(const struct replay_source *replay, size_t *i, struct pm_error *err)
{
	for (size_t input = 0; input < pm_inputs_count(replay->inputs); input++) {
		if (pm_inputs_explain_times(replay->inputs, input, err) && (*i)-- == 0)
			return true;
	}
	return false;
}

static bool remark_rejects(const struct replay_source *replay, size_t *i, struct pm_error *err)
{
	const struct pm_rejects *rejects = &pm_reader_counts(replay->reader)->rejects;

	for (int kind = 0; kind < PM_N_REJECTS; kind++) {
		for (unsigned which = 0; pm_rejects_explain(
			     rejects, (enum pm_reject_kind)kind, replay->inputs, which, err);
			which++) {
			if ((*i)-- == 0)
				return true;
		}
		if (rejects->kinds[kind].n > PM_REJECTS_KEPT && (*i)-- == 0) {
			(void)pm_fail(err, PM_E_INPUT,
				"... and %" PRIu64 " more lines of this kind (%s)",
				rejects->kinds[kind].n - PM_REJECTS_KEPT,
				pm_reject_infos[kind].name);
			return true;
		}
	}
	return false;
}

static bool remark(struct pm_source *source, size_t i, struct pm_error *err)
{
	const struct replay_source *replay = self(source);

	return remark_skipped(replay, &i, err) || remark_times(replay, &i, err) ||
		remark_rejects(replay, &i, err);
}

const struct pm_source_kind pm_source_replay = {
	.info =
		{
			.name = "replay",
			.argument = "PATH",
			.help = "a recorded log (file or directory), as fast as it can be read",
			.pool = PM_N_POOLS,
			.own_clock = true,
		},
	.open = open_replay,
	.sample = sample,
	.describe = describe,
	.remark = remark,
	.close = close_replay,
};
