/* SPDX-License-Identifier: MIT */
#include "analyze/entries.h"
#include "analyze/moments.h"
#include "analyze/told.h"
#include "analyze/waiting.h"
#include "analyze/work.h"
#include "base/arena.h"
#include "base/array.h"
#include "base/bytes.h"
#include "base/fail.h"
#include "base/hash.h"
#include "base/number.h"
#include "model/keys.h"

#include <poolmon/tag.h>

#include <math.h>
#include <stdlib.h>

struct entry {
	struct pm_trend *trend;   /* its figures, once they are worked out; NULL: not yet */
	const struct pm_key *key; /* of trends->keys */
	const struct pm_origin *origin;
	struct pm_series series;
	struct pm_work *work; /* NULL: no sample of it follows a mark; owned */
};

struct pm_trends {
	struct pm_trends_config config;
	bool begun; /* nothing comes before it */
	struct pm_arena arena;
	struct pm_keys *keys; /* its own copies: those of the rows go with their part */
	uint64_t seed;
	struct pm_index index;  /* (host, key) to entry */
	struct entry **entries; /* [n] */
	size_t n, capacity;

	const char *host;                  /* that `known` and `waiting` are of */
	const struct pm_work_host *marked; /* its marks; NULL: there are none */
	struct entry **known;              /* [n_known], by the rows' key id; NULL: not met yet */
	size_t n_known;
	struct pm_waiting waiting; /* samples that series have not been given yet */

	struct pm_told told;
	struct pm_moments moments;
	struct pm_work_hosts marks;
};

static enum pm_status init(void *state, const void *config, struct pm_error *err)
{
	struct pm_trends *trends = state;

	if (config != NULL)
		trends->config = *(const struct pm_trends_config *)config;
	trends->keys = pm_keys_create();
	trends->seed = pm_hash_seed();
	pm_told_init(&trends->told);
	pm_moments_init(&trends->moments);
	pm_work_hosts_init(&trends->marks);
	return trends->keys == NULL ? pm_fail_memory(err) : PM_OK;
}

static void begin(void *state)
{
	struct pm_trends *trends = state;

	trends->begun = true;
	for (size_t i = 0; i < trends->n; i++)
		pm_series_begin(&trends->entries[i]->series);
}

static void deinit(void *state)
{
	struct pm_trends *trends = state;

	for (size_t i = 0; i < trends->n; i++) {
		pm_series_deinit(&trends->entries[i]->series);
		free(trends->entries[i]->trend);
		free(trends->entries[i]->work);
	}
	pm_keys_destroy(trends->keys);
	pm_index_deinit(&trends->index);
	pm_arena_deinit(&trends->arena);
	pm_told_deinit(&trends->told);
	pm_moments_deinit(&trends->moments);
	pm_work_hosts_deinit(&trends->marks);
	free(trends->entries);
	free(trends->known);
	pm_waiting_deinit(&trends->waiting);
	*trends = (struct pm_trends){0};
}

/* ---- series ---- */

static const struct pm_key *own_key(struct pm_trends *trends, const struct pm_key *key)
{
	return pm_keys_intern(trends->keys, pm_span_of(key->pool_name),
		(struct pm_span){key->raw_tag, key->n_raw_tag}, pm_span_of(key->type));
}

/* One in whose series the cells begin with a cache line; NULL: out of memory. */
static struct entry *make_entry(struct pm_trends *trends)
{
	char *memory = pm_arena_alloc(&trends->arena, sizeof(struct entry) + PM_CACHE_LINE);
	const size_t cells = offsetof(struct entry, series) + PM_SERIES_CELLS;

	return memory == NULL ? NULL
			      : (void *)(memory + -((uintptr_t)memory + cells) % PM_CACHE_LINE);
}

/* The entry of a tag of a host, made if it is new. NULL when out of memory. */
static struct entry *find_entry(
	struct pm_trends *trends, const char *host, const struct pm_key *key)
{
	const struct pm_key *own = own_key(trends, key);
	const struct {
		const void *host, *key;
	} parts = {host, own};
	const uint64_t hash = pm_hash(trends->seed, &parts, sizeof(parts));
	struct entry **grown, *entry;
	size_t at = 0, i;

	if (own == NULL)
		return NULL;
	while ((i = pm_index_next(&trends->index, hash, &at)) != SIZE_MAX) {
		if (trends->entries[i]->key == own && trends->entries[i]->origin->host == host)
			return trends->entries[i];
	}
	grown = pm_array_room(trends->entries, &trends->capacity, trends->n, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	trends->entries = grown;
	entry = make_entry(trends);
	if (entry == NULL || !pm_index_add(&trends->index, hash, trends->n))
		return NULL;
	*entry = (struct entry){.key = own,
		.series.uncounted = trends->config.no_counters,
		.series.begun = trends->begun};
	trends->entries[trends->n++] = entry;
	return entry;
}

/* Makes `known` hold for the host of this row. */
static bool use_host(struct pm_trends *trends, const char *host)
{
	if (trends->host == host)
		return true;
	if (!pm_waiting_settle(&trends->waiting))
		return false;
	trends->host = host;
	trends->marked = pm_work_hosts_find(&trends->marks, host);
	for (size_t i = 0; i < trends->n_known; i++)
		trends->known[i] = NULL;
	return true;
}

static struct entry *entry_of(struct pm_trends *trends, const struct pm_key *key, const char *host)
{
	size_t n = trends->n_known;
	struct entry **known = pm_array_room(trends->known, &n, key->id, sizeof(struct entry *));

	if (known == NULL)
		return NULL;
	for (size_t i = trends->n_known; i < n; i++)
		known[i] = NULL;
	trends->known = known;
	trends->n_known = n;
	if (known[key->id] == NULL)
		known[key->id] = find_entry(trends, host, key);
	return known[key->id];
}

static bool add_after_marks(
	struct entry *entry, const struct pm_work_host *marked, const struct pm_row *row)
{
	struct pm_series *series = &entry->series;
	const uint64_t epochs = series->n_epochs;

	if (!pm_work_begin(&entry->work, series) || !pm_series_add(series, row))
		return false;
	pm_work_add(entry->work, marked, &series->last, epochs > 0 && series->n_epochs > epochs);
	return true;
}

/* Gives the series a sample, behind which none waits. */
static bool add_sample(struct pm_trends *trends, struct entry *entry, const struct pm_row *row)
{
	entry->origin = row->origin;
	return trends->marked == NULL ? pm_series_add(&entry->series, row)
				      : add_after_marks(entry, trends->marked, row);
}

/* The like for pm_waiting_step(). */
static struct pm_series *give(void *context, const struct pm_row *row, bool *alone)
{
	struct pm_trends *trends = context;
	struct entry *entry = entry_of(trends, row->key, row->origin->host);

	*alone = trends->marked != NULL;
	return entry != NULL && add_sample(trends, entry, row) ? &entry->series : NULL;
}

static bool step_readings(
	struct pm_trends *trends, const struct pm_reading *const *readings, size_t n)
{
	const struct pm_waiting_owner owner = {trends, give};

	return pm_waiting_step(&trends->waiting, &owner, readings, n);
}

static enum pm_status more(
	void *state, const struct pm_reading *const *readings, size_t n, struct pm_error *err)
{
	return step_readings(state, readings, n) ? PM_OK : pm_fail_memory(err);
}

static bool step_row(struct pm_trends *trends, const struct pm_row *row)
{
	struct pm_reading reading = {.key = row->key, .id = row->key->id, .has = row->has};
	const struct pm_reading *readings = &reading;

	memcpy(reading.value, row->value, sizeof(reading.value));
	return step_readings(trends, &readings, 1);
}

static enum pm_status steps(void *state, const struct pm_row *rows, size_t n, struct pm_error *err)
{
	struct pm_trends *trends = state;

	if (pm_moments_wants(&trends->moments, rows) && !pm_moments_add(&trends->moments, rows))
		return pm_fail_memory(err);
	if (!use_host(trends, rows->origin->host) || !pm_waiting_move_on(&trends->waiting, rows))
		return pm_fail_memory(err);
	for (size_t i = 0; i < n; i++) {
		if (!step_row(trends, &rows[i]))
			return pm_fail_memory(err);
	}
	return PM_OK;
}

static enum pm_status settle(void *state, struct pm_error *err)
{
	struct pm_trends *trends = state;

	return pm_waiting_settle(&trends->waiting) ? PM_OK : pm_fail_memory(err);
}

/* A sample that nothing waits behind. */
static enum pm_status step_sample(
	struct pm_trends *trends, const struct pm_row *row, struct pm_error *err)
{
	struct entry *entry = NULL;

	if (pm_waiting_settle(&trends->waiting) && use_host(trends, row->origin->host))
		entry = entry_of(trends, row->key, row->origin->host);
	return entry != NULL && add_sample(trends, entry, row) ? PM_OK : pm_fail_memory(err);
}

/* ---- events ---- */

static bool add_mark(struct pm_trends *trends, const struct pm_row *row)
{
	char text[PM_MOMENT_TEXT];

	if (!pm_waiting_settle(&trends->waiting))
		return false;
	if (!pm_note_get(row->note, row->n_note, "text", text, sizeof(text)))
		text[0] = '\0';
	if (!pm_work_hosts_mark(&trends->marks, row->origin->host, text, trends->config.unit_mark))
		return false;
	if (trends->host != NULL)
		trends->marked = pm_work_hosts_find(&trends->marks, trends->host);
	return true;
}

static enum pm_status step(void *state, const struct pm_row *row, struct pm_error *err)
{
	struct pm_trends *trends = state;

	if (pm_moments_wants(&trends->moments, row) && !pm_moments_add(&trends->moments, row))
		return pm_fail_memory(err);
	if (row->key->pool != PM_POOL_EVENT)
		return step_sample(trends, row, err);
	if (!pm_told_add(&trends->told, row) ||
		(pm_row_is_event(row, "mark") && !add_mark(trends, row)))
		return pm_fail_memory(err);
	return PM_OK;
}

static bool join_work(const struct pm_trends *trends, struct entry *entry,
	const struct pm_trends *later, struct entry *add)
{
	const char *name = add->origin->host;
	const struct pm_work_host *host = pm_work_hosts_find(&trends->marks, name);
	const struct pm_work_host *later_host = pm_work_hosts_find(&later->marks, name);

	if (host == NULL && add->work == NULL)
		return true;
	if (!pm_work_begin(&entry->work, &entry->series) ||
		!pm_work_begin(&add->work, &add->series))
		return false;
	pm_work_join(entry->work, host, add->work, later_host,
		!pm_series_continues(&entry->series, &add->series));
	return true;
}

static bool is_empty(const struct pm_trends *trends)
{
	return trends->n == 0 && pm_told_is_empty(&trends->told) && trends->moments.n_hosts == 0 &&
		trends->marks.n == 0;
}

static enum pm_status merge(void *into, void *from, struct pm_error *err)
{
	struct pm_trends *trends = into;
	struct pm_trends *later = from;

	if (is_empty(trends)) {
		const struct pm_trends empty = *trends;

		*trends = *later;
		*later = empty;
		if (empty.begun)
			begin(trends);
		trends->host = NULL; /* rows that may come are not of that part */
		return PM_OK;
	}
	for (size_t i = 0; i < later->n; i++) {
		struct entry *add = later->entries[i];
		struct entry *entry = find_entry(trends, add->origin->host, add->key);

		if (entry == NULL)
			return pm_fail_memory(err);
		entry->origin = add->origin;
		if (!join_work(trends, entry, later, add) ||
			!pm_series_join(&entry->series, &add->series))
			return pm_fail_memory(err);
	}
	if (!pm_told_join(&trends->told, &later->told) ||
		!pm_work_hosts_join(&trends->marks, &later->marks))
		return pm_fail_memory(err);
	return pm_moments_join(&trends->moments, &later->moments) ? PM_OK : pm_fail_memory(err);
}

const struct pm_fold pm_trends_fold = {
	.state_size = sizeof(struct pm_trends),
	.init = init,
	.begin = begin,
	.step = step,
	.steps = steps,
	.more = more,
	.settle = settle,
	.merge = merge,
	.deinit = deinit,
};

/* ---- figures ---- */

size_t pm_trends_count(const struct pm_trends *trends)
{
	return trends->n;
}

static void figure(const struct pm_trends *trends, struct entry *entry, struct pm_curves *curves,
	struct pm_trend *trend)
{
	pm_series_figure(&entry->series, curves, trend);
	pm_work_figure(entry->work, pm_work_hosts_find(&trends->marks, entry->origin->host),
		&entry->series, trend);
	trend->origin = entry->origin;
	trend->key = entry->key;
	trend->aliases = pm_told_aliases(
		&trends->told, entry->origin->host, entry->key->pool_name, entry->key->tag);
}

/* Figures are asked for again and again, and take a while: they are kept, if there is memory. */
void pm_trends_at_with(
	const struct pm_trends *trends, size_t i, struct pm_curves *curves, struct pm_trend *trend)
{
	struct entry *entry = trends->entries[i];

	if (entry->trend == NULL) {
		figure(trends, entry, curves, trend);
		entry->trend = malloc(sizeof(*trend));
		if (entry->trend != NULL)
			*entry->trend = *trend;
		return;
	}
	*trend = *entry->trend;
}

void pm_trends_at(const struct pm_trends *trends, size_t i, struct pm_trend *trend)
{
	pm_trends_at_with(trends, i, &(struct pm_curves){.n = 0}, trend);
}

const struct pm_series *pm_trends_series(const struct pm_trends *trends, size_t i)
{
	(void)pm_series_levels(
		&trends->entries[i]->series); /* puts the bucket at hand to the others */
	return &trends->entries[i]->series;
}

const struct pm_key *pm_trends_key(const struct pm_trends *trends, size_t i)
{
	return trends->entries[i]->key;
}

const struct pm_buckets *pm_trends_levels(const struct pm_trends *trends, size_t i)
{
	return pm_series_levels(&trends->entries[i]->series);
}

double pm_trend_error(const struct pm_trend *trend, const struct pm_line *line)
{
	return line->stderr_per_hour * sqrt(trend->widening);
}

size_t pm_trends_course(
	const struct pm_trends *trends, size_t i, struct pm_course_point points[PM_COURSE_MAX])
{
	return pm_course_points(&trends->entries[i]->series.course, points);
}

size_t pm_trends_cuts(
	const struct pm_trends *trends, size_t i, struct pm_course_cut cuts[PM_COURSE_CUTS_MAX])
{
	const struct pm_course *course = &trends->entries[i]->series.course;

	for (size_t j = 0; j < course->n_cuts; j++)
		cuts[j] = course->cuts[j];
	return course->n_cuts;
}

uint64_t pm_trends_n_moments(const struct pm_trends *trends, enum pm_moment_kind kind)
{
	return trends->moments.kinds[kind].total;
}

size_t pm_trends_n_moments_kept(const struct pm_trends *trends, enum pm_moment_kind kind)
{
	return trends->moments.kinds[kind].n;
}

struct pm_moment pm_trends_moment(
	const struct pm_trends *trends, enum pm_moment_kind kind, size_t i)
{
	const struct pm_moment_kept *kept = &trends->moments.kinds[kind].at[i];

	return (struct pm_moment){kept->origin, kept->time_ms, kept->missed, kept->text};
}

uint64_t pm_trends_unit_marks(const struct pm_trends *trends, const char *host)
{
	const struct pm_work_host *marked = pm_work_hosts_find(&trends->marks, host);

	return marked == NULL ? 0 : marked->units;
}

size_t pm_trends_n_origins(const struct pm_trends *trends)
{
	return trends->told.n_origins;
}

const struct pm_origin *pm_trends_origin(const struct pm_trends *trends, size_t i)
{
	return trends->told.origins[i];
}

struct pm_event_counts pm_trends_events(const struct pm_trends *trends)
{
	return trends->told.events;
}
