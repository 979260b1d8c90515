/* SPDX-License-Identifier: MIT */
#include "source/nt/pools.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/fail.h"
#include "base/number.h"
#include "model/note.h"
#include "source/nt/bytes.h"
#include "source/nt/totals.h"
#include "source/rows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* Tags mostly stay in their places from table to table: so their keys need not be looked up. */
struct place {
	char tag[4];
	uint32_t session;
	const struct pm_key *paged, *nonpaged; /* NULL: not looked up yet */
};

struct nt_source {
	struct pm_source base;
	struct pm_nt_kernel kernel;
	char boot_id[24];
	enum pm_nt_pools pools;
	bool one_session; /* of all sessions, this one: */
	uint32_t session;
	uint32_t info_class; /* that tags are asked for with; 0: it is to be found out */
	size_t odd_bytes; /* of a table of class 255 that is of no known form; 0: there is none */
	bool odd_told;
	struct pm_nt_machine machine;
	uint64_t peak_bytes;

	struct pm_nt_buffer buffer, totals_buffer;
	const struct pm_keys *keys; /* that places refer to */
	struct place *places;       /* [n_places], over all tables of an answer */
	size_t n_places, places_capacity;
	struct pm_rows rows;
};

static struct nt_source *self(struct pm_source *source)
{
	return (struct nt_source *)source;
}

/* ---- tables ---- */

static enum pm_status fail_form(const struct pm_nt_answer *answer, struct pm_error *err)
{
	(void)pm_fail(err, PM_E_UNSUPPORTED,
		"the kernel's table of class %" PRIu32
		" is of no form that this version knows (%zu bytes, begins with %" PRIu64 ")",
		answer->info_class, answer->told, pm_nt_number(answer->bytes, 4));
	pm_error_remedy(err, "report it with the version of Windows");
	return PM_E_UNSUPPORTED;
}

static enum pm_status query(struct nt_source *nt, uint32_t info_class, struct pm_nt_answer *answer,
	struct pm_error *err)
{
	return pm_nt_query(&nt->kernel, info_class, &nt->buffer, answer, err);
}

static bool is_transient(enum pm_status status, const struct pm_error *err)
{
	return status == PM_E_MEMORY || (status == PM_E_SYSTEM && err->sys_errno == EAGAIN);
}

/* The table of the system's pools: of the class with the wider counters, where there is one that we
 * know. A kernel that is short of memory did not say. */
static enum pm_status take_system(struct nt_source *nt, struct pm_nt_answer *answer,
	struct pm_nt_table *table, struct pm_error *err)
{
	const uint32_t first = nt->info_class != 0 ? nt->info_class : PM_NT_POOL_TAGS_2;
	enum pm_status status = query(nt, first, answer, err);

	if (status == PM_OK && pm_nt_table_open(table, answer)) {
		nt->info_class = first;
		return PM_OK;
	}
	if (nt->info_class != 0 || is_transient(status, err))
		return status == PM_OK ? fail_form(answer, err) : status;
	nt->odd_bytes = status == PM_OK ? answer->told : 0;
	status = query(nt, PM_NT_POOL_TAGS, answer, err);
	if (status != PM_OK)
		return status;
	if (!pm_nt_table_open(table, answer))
		return fail_form(answer, err);
	nt->info_class = PM_NT_POOL_TAGS;
	return PM_OK;
}

static enum pm_status take_sessions(struct nt_source *nt, struct pm_nt_answer *answer,
	struct pm_nt_sessions *sessions, struct pm_error *err)
{
	const enum pm_status status = query(nt, PM_NT_SESSION_POOL_TAGS, answer, err);

	if (status != PM_OK)
		return status;
	return pm_nt_sessions_open(sessions, answer) ? PM_OK : fail_form(answer, err);
}

/* ---- rows ---- */

static struct place *place_of(
	struct nt_source *nt, size_t i, const struct pm_nt_tag *tag, uint32_t session)
{
	struct place *places =
		pm_array_room(nt->places, &nt->places_capacity, i, sizeof(*nt->places));

	if (places == NULL)
		return NULL;
	nt->places = places;
	if (i < nt->n_places && places[i].session == session &&
		memcmp(places[i].tag, tag->tag, sizeof(tag->tag)) == 0)
		return &places[i];
	places[i] = (struct place){.session = session};
	memcpy(places[i].tag, tag->tag, sizeof(tag->tag));
	nt->n_places = i < nt->n_places ? nt->n_places : i + 1;
	return &places[i];
}

static const struct pm_key *look_up(const struct nt_source *nt, struct pm_snapshot *snapshot,
	const struct place *place, const char *type)
{
	char pool[32] = "system";

	if (nt->pools == PM_NT_SESSIONS)
		snprintf(pool, sizeof(pool), "session:%" PRIu32, place->session);
	return pm_snapshot_key(snapshot, pool, place->tag, sizeof(place->tag), type);
}

static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Counters of several tags of one name run over as those of one do. */
static uint64_t sum_counter(uint64_t a, uint64_t b, unsigned bits)
{
	return bits == 32 ? (uint32_t)(a + b) : a + b;
}

static enum pm_status add_row(struct nt_source *nt, struct pm_snapshot *snapshot,
	const struct pm_key *key, const struct pm_nt_counts *counts, struct pm_error *err)
{
	struct pm_row *row = pm_rows_of(&nt->rows, snapshot, key);
	const uint64_t *had;
	uint64_t diff, bytes;

	if (row == NULL)
		return pm_fail_memory(err);
	had = row->value;
	diff = sum(had[PM_VALUE_DIFF], pm_nt_counts_outstanding(counts));
	bytes = sum(had[PM_VALUE_BYTES], counts->bytes);
	pm_row_set(row, PM_VALUE_ALLOCS,
		sum_counter(had[PM_VALUE_ALLOCS], counts->allocs, counts->bits));
	pm_row_set(
		row, PM_VALUE_FREES, sum_counter(had[PM_VALUE_FREES], counts->frees, counts->bits));
	pm_row_set(row, PM_VALUE_DIFF, diff);
	pm_row_set(row, PM_VALUE_BYTES, bytes);
	pm_row_set(row, PM_VALUE_PER_ALLOC, diff == 0 ? 0 : bytes / diff);
	return PM_OK;
}

static enum pm_status add_pool(struct nt_source *nt, struct pm_snapshot *snapshot,
	const struct place *place, const char *type, const struct pm_key **key,
	const struct pm_nt_counts *counts, struct pm_error *err)
{
	if (!pm_nt_counts_used(counts))
		return PM_OK;
	if (*key == NULL)
		*key = look_up(nt, snapshot, place, type);
	return *key == NULL ? pm_fail_memory(err) : add_row(nt, snapshot, *key, counts, err);
}

/* *i counts places. */
static enum pm_status add_table(struct nt_source *nt, struct pm_snapshot *snapshot,
	const struct pm_nt_table *table, uint32_t session, size_t *i, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	for (uint32_t t = 0; t < table->n && status == PM_OK; t++) {
		struct pm_nt_tag tag;
		struct place *place;

		pm_nt_table_at(table, t, &tag);
		place = place_of(nt, (*i)++, &tag, session);
		if (place == NULL)
			return pm_fail_memory(err);
		status =
			add_pool(nt, snapshot, place, "Nonp", &place->nonpaged, &tag.nonpaged, err);
		if (status == PM_OK)
			status = add_pool(
				nt, snapshot, place, "Paged", &place->paged, &tag.paged, err);
	}
	return status;
}

static enum pm_status add_sessions(struct nt_source *nt, struct pm_snapshot *snapshot,
	struct pm_nt_sessions *sessions, struct pm_error *err)
{
	struct pm_nt_table table;
	uint32_t session;
	size_t i = 0;
	enum pm_status status = PM_OK;

	while (status == PM_OK && pm_nt_sessions_next(sessions, &session, &table)) {
		if (!nt->one_session || session == nt->session)
			status = add_table(nt, snapshot, &table, session, &i, err);
	}
	return status;
}

static enum pm_status add_tags(
	struct nt_source *nt, struct pm_snapshot *snapshot, struct pm_error *err)
{
	struct pm_nt_sessions sessions;
	struct pm_nt_answer answer;
	struct pm_nt_table table;
	enum pm_status status;
	size_t i = 0;

	if (nt->pools == PM_NT_SYSTEM) {
		status = take_system(nt, &answer, &table, err);
		return status == PM_OK ? add_table(nt, snapshot, &table, 0, &i, err) : status;
	}
	status = take_sessions(nt, &answer, &sessions, err);
	return status == PM_OK ? add_sessions(nt, snapshot, &sessions, err) : status;
}

/* ---- the whole machine ---- */

static void read_machine(struct nt_source *nt)
{
	const size_t size =
		nt->kernel.word_bytes == 4 ? PM_NT_BASIC_BYTES_32 : PM_NT_BASIC_BYTES_64;
	struct pm_nt_answer answer;
	uint64_t boot = 0;

	if (pm_nt_query_sized(&nt->kernel, PM_NT_BASIC, size, &nt->totals_buffer, &answer, NULL) ==
		PM_OK)
		(void)pm_nt_machine_read(&nt->machine, &answer);
	if (pm_nt_query_sized(&nt->kernel, PM_NT_TIME_OF_DAY, PM_NT_TIME_OF_DAY_BYTES,
		    &nt->totals_buffer, &answer, NULL) == PM_OK)
		boot = pm_nt_boot_time(&answer);
	if (boot != 0)
		snprintf(nt->boot_id, sizeof(nt->boot_id), "%016" PRIx64, boot);
}

static uint64_t highest(struct nt_source *nt, uint64_t bytes)
{
	if (bytes > nt->peak_bytes)
		nt->peak_bytes = bytes;
	return nt->peak_bytes;
}

/* Some kernels leave the peak at 0: then it is the highest that we saw. */
static enum pm_status add_total(struct nt_source *nt, struct pm_snapshot *snapshot,
	const struct pm_nt_total *total, struct pm_error *err)
{
	const bool count = strcmp(total->tag, "PageFlts") == 0;
	uint64_t value = total->value;

	if (strcmp(total->tag, "Commit") == 0)
		(void)highest(nt, value);
	if (strcmp(total->tag, "Peak") == 0)
		value = highest(nt, value);
	return pm_total_add(
		snapshot, total->tag, count ? PM_VALUE_ALLOCS : PM_VALUE_BYTES, value, err);
}

static enum pm_status add_totals(
	struct nt_source *nt, struct pm_snapshot *snapshot, struct pm_error *err)
{
	struct pm_nt_total totals[PM_NT_TOTALS];
	struct pm_nt_answer answer;
	enum pm_status status = PM_OK;
	size_t n = 0;

	if (pm_nt_query(&nt->kernel, PM_NT_PERFORMANCE, &nt->totals_buffer, &answer, NULL) == PM_OK)
		n = pm_nt_totals_read(totals, &answer, nt->machine.page_bytes);
	if (nt->machine.total_bytes != 0)
		status = pm_total_add(
			snapshot, "Total", PM_VALUE_BYTES, nt->machine.total_bytes, err);
	for (size_t i = 0; i < n && status == PM_OK; i++)
		status = add_total(nt, snapshot, &totals[i], err);
	return status;
}

/* ---- the source ---- */

/* Once, that counters are narrower than they could be. */
static enum pm_status tell_odd(
	struct nt_source *nt, struct pm_snapshot *snapshot, struct pm_error *err)
{
	struct pm_buf note = {0}, cause = {0};
	enum pm_status status;

	if (nt->odd_bytes == 0 || nt->odd_told)
		return PM_OK;
	nt->odd_told = true;
	pm_buf_printf(&cause,
		"the kernel's table of class 255 (%zu bytes) is of no known form; class 22 is read",
		nt->odd_bytes);
	pm_note_add_text(&note, "source", "system");
	pm_note_add_text(&note, "cause", pm_buf_terminate(&cause));
	status = note.failed || cause.failed
		? pm_fail_memory(err)
		: pm_snapshot_add_event(snapshot, "source-error", note.at, note.n, err);
	pm_buf_deinit(&cause);
	pm_buf_deinit(&note);
	return status;
}

enum pm_status pm_nt_sample(
	struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err)
{
	struct nt_source *nt = self(source);
	struct pm_error local;
	enum pm_status status;

	err = err != NULL ? err : &local;
	if (nt->keys != snapshot->keys) {
		nt->keys = snapshot->keys;
		nt->n_places = 0;
	}
	pm_rows_begin(&nt->rows);
	status = add_totals(nt, snapshot, err);
	if (status == PM_OK)
		status = add_tags(nt, snapshot, err);
	return status == PM_OK ? tell_odd(nt, snapshot, err) : status;
}

void pm_nt_close(struct pm_source *source)
{
	struct nt_source *nt = self(source);

	free(nt->buffer.at);
	free(nt->totals_buffer.at);
	free(nt->places);
	pm_rows_deinit(&nt->rows);
	free(nt);
}

/* Whether there is the session that was asked for, or any. */
static enum pm_status find_session(
	const struct nt_source *nt, struct pm_nt_sessions *sessions, struct pm_error *err)
{
	char there[128] = "";
	struct pm_nt_table table;
	struct pm_buf list;
	uint32_t session;
	enum pm_status status;

	pm_buf_init_fixed(&list, there, sizeof(there));
	while (pm_nt_sessions_next(sessions, &session, &table)) {
		if (!nt->one_session || session == nt->session)
			return PM_OK;
		pm_buf_printf(&list, "%s%" PRIu32, list.n > 0 ? ", " : "", session);
	}
	if (list.n == 0) {
		status = pm_fail(err, PM_E_UNSUPPORTED, "no session has pools of its own");
		pm_error_remedy(err, "the source 'system' has the pools of the system");
	} else {
		status = pm_fail(err, PM_E_ARGUMENT, "there is no session %" PRIu32, nt->session);
		pm_error_remedy(err, "those there are: %s", pm_buf_terminate(&list));
	}
	return status;
}

static enum pm_status try_it(struct nt_source *nt, struct pm_error *err)
{
	struct pm_nt_sessions sessions;
	struct pm_nt_answer answer;
	struct pm_nt_table table;
	enum pm_status status;

	if (nt->pools == PM_NT_SYSTEM) {
		status = take_system(nt, &answer, &table, err);
	} else {
		status = take_sessions(nt, &answer, &sessions, err);
		if (status == PM_OK)
			return find_session(nt, &sessions, err);
	}
	return status != PM_E_MEMORY && is_transient(status, err) ? PM_OK : status;
}

static enum pm_status take_argument(struct nt_source *nt, const char *argument,
	const struct pm_source_config *config, struct pm_error *err)
{
	uint64_t session;

	if (config->root != NULL)
		return pm_fail(
			err, PM_E_ARGUMENT, "Windows' pools can't be read below a root directory");
	if (argument[0] == '\0')
		return PM_OK;
	if (pm_u64_parse(argument, strlen(argument), &session) != PM_NUMBER_OK ||
		session > UINT32_MAX)
		return pm_fail(err, PM_E_ARGUMENT, "'%.40s' is no number of a session", argument);
	nt->one_session = true;
	nt->session = (uint32_t)session;
	return PM_OK;
}

enum pm_status pm_nt_open(struct pm_source **source, const struct pm_nt_kernel *kernel,
	enum pm_nt_pools pools, const char *argument, const struct pm_source_config *config,
	struct pm_error *err)
{
	struct nt_source *nt = calloc(1, sizeof(*nt));
	enum pm_status status;

	if (nt == NULL)
		return pm_fail_memory(err);
	nt->kernel = *kernel;
	nt->pools = pools;
	status = take_argument(nt, argument, config, err);
	if (status == PM_OK)
		status = try_it(nt, err);
	if (status != PM_OK) {
		pm_nt_close(&nt->base);
		return status;
	}
	read_machine(nt);
	nt->base.origin = (struct pm_origin){
		.host = nt->kernel.host,
		.os = "Windows",
		.kernel = nt->kernel.version,
		.boot_id = nt->boot_id,
		.sources = "",
		.version = "",
	};
	*source = &nt->base;
	return PM_OK;
}
