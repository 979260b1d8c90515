/* SPDX-License-Identifier: MIT */
#include "analyze/entries.h"
#include "analyze/moments.h"
#include "analyze/stretch.h"
#include "analyze/told.h"
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
	struct pm_stretch stretch; /* samples that the series has not been given yet */
	struct pm_work *work;      /* NULL: no sample of it follows a mark; owned */
};

enum { NO_TICK = PM_TICKS_MAX, STEPS_MAX = 128 };

/* A key of the rows, as its last one was: where the next is the same, this is all that is touched. */
struct slot {
	struct entry *entry; /* NULL: not met yet */
	uint32_t last;       /* the tick that the stretch has got to; NO_TICK: there is none */
	uint16_t has;
	bool listed; /* in `stretched` */
	uint64_t value[PM_N_VALUES];
};

struct pm_trends {
	struct pm_trends_config config;
	struct pm_arena arena;
	struct pm_keys *keys; /* its own copies: those of the rows go with their part */
	uint64_t seed;
	struct pm_index index;  /* (host, key) to entry */
	struct entry **entries; /* [n] */
	size_t n, capacity;

	const char *host;                  /* that `slots` hold for */
	const struct pm_work_host *marked; /* its marks; NULL: there are none */
	struct slot *slots;                /* [n_slots], by the rows' key id */
	size_t n_slots;
	struct pm_ticks ticks;
	uint32_t *stretched; /* [n_stretched]: slots that may have a stretch */
	size_t n_stretched, stretched_capacity;

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
	free(trends->slots);
	free(trends->stretched);
	*trends = (struct pm_trends){0};
}

/* ---- series ---- */

static const struct pm_key *own_key(struct pm_trends *trends, const struct pm_key *key)
{
	return pm_keys_intern(trends->keys, pm_span_of(key->pool_name),
		(struct pm_span){key->raw_tag, key->n_raw_tag}, pm_span_of(key->type));
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
	entry = pm_arena_alloc(&trends->arena, sizeof(*entry));
	if (entry == NULL || !pm_index_add(&trends->index, hash, trends->n))
		return NULL;
	*entry = (struct entry){.key = own, .series.uncounted = trends->config.no_counters};
	trends->entries[trends->n++] = entry;
	return entry;
}

static bool end_stretch(struct pm_trends *trends, struct slot *slot)
{
	const uint32_t last = slot->last;

	slot->last = NO_TICK;
	return last == NO_TICK ||
		pm_stretch_end(&slot->entry->stretch, &slot->entry->series, &trends->ticks, last);
}

/* Gives all series what they have not been given yet. */
static bool end_stretches(struct pm_trends *trends)
{
	bool ok = true;

	for (size_t i = 0; i < trends->n_stretched; i++) {
		struct slot *slot = &trends->slots[trends->stretched[i]];

		slot->listed = false;
		ok &= end_stretch(trends, slot);
	}
	trends->n_stretched = 0;
	trends->ticks.n = 0;
	return ok;
}

static bool list_stretch(struct pm_trends *trends, uint32_t id)
{
	uint32_t *grown;

	if (trends->slots[id].listed)
		return true;
	grown = pm_array_room(trends->stretched, &trends->stretched_capacity, trends->n_stretched,
		sizeof(*grown));
	if (grown == NULL)
		return false;
	trends->stretched = grown;
	grown[trends->n_stretched++] = id;
	trends->slots[id].listed = true;
	return true;
}

/* Makes slots hold for the host of this row, those that are there. */
static bool use_host(struct pm_trends *trends, const char *host)
{
	if (trends->host == host)
		return true;
	if (!end_stretches(trends))
		return false;
	trends->host = host;
	trends->marked = pm_work_hosts_find(&trends->marks, host);
	for (size_t i = 0; i < trends->n_slots; i++)
		trends->slots[i].entry = NULL;
	return true;
}

static bool make_slots(struct pm_trends *trends, size_t id)
{
	size_t n = trends->n_slots;
	struct slot *grown = pm_array_room(trends->slots, &n, id, sizeof(*grown));

	if (grown == NULL)
		return false;
	for (size_t i = trends->n_slots; i < n; i++)
		grown[i] = (struct slot){.last = NO_TICK};
	trends->slots = grown;
	trends->n_slots = n;
	return true;
}

static struct slot *slot_of(struct pm_trends *trends, const struct pm_row *row)
{
	struct slot *slot;

	if (row->key->id >= trends->n_slots && !make_slots(trends, row->key->id))
		return NULL;
	slot = &trends->slots[row->key->id];
	if (slot->entry == NULL)
		slot->entry = find_entry(trends, row->origin->host, row->key);
	return slot->entry == NULL ? NULL : slot;
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

/* Gives the series a sample; it has no stretch. */
static bool add_sample(struct pm_trends *trends, struct entry *entry, const struct pm_row *row)
{
	entry->origin = row->origin;
	return trends->marked == NULL ? pm_series_add(&entry->series, row)
				      : add_after_marks(entry, trends->marked, row);
}

static void keep_row(struct slot *slot, const struct pm_row *row)
{
	slot->has = (uint16_t)row->has;
	memcpy(slot->value, row->value, sizeof(slot->value));
}

/* A sample at the last tick that does not go with those before it: a new stretch begins with it. */
static bool begin_stretch(struct pm_trends *trends, struct slot *slot, const struct pm_row *row)
{
	struct entry *entry = slot->entry;

	if (!end_stretch(trends, slot) || !add_sample(trends, entry, row))
		return false;
	if (trends->marked != NULL || !pm_stretch_may_begin(&entry->series))
		return true;
	if (!list_stretch(trends, row->key->id))
		return false;
	pm_stretch_begin(&entry->stretch, trends->ticks.n - 1);
	slot->last = trends->ticks.n - 1;
	keep_row(slot, row);
	return true;
}

/* A sample at the last tick; the stretch has got to the tick before. */
static bool change_stretch(struct pm_trends *trends, struct slot *slot, const struct pm_row *row)
{
	struct entry *entry = slot->entry;

	if (slot->has != row->has || !pm_stretch_may_change(slot->value, row))
		return begin_stretch(trends, slot, row);
	if (!pm_stretch_change(&entry->stretch, &entry->series, &trends->ticks, slot->last, row))
		return false;
	slot->last++;
	keep_row(slot, row);
	return true;
}

static bool is_as_it_was(const struct slot *slot, const struct pm_row *row)
{
	uint64_t differs = slot->has ^ row->has;

	for (int i = 0; i < PM_N_VALUES; i++)
		differs |= slot->value[i] ^ row->value[i];
	return differs == 0;
}

/* Moves on to the moment of this row. */
static bool begin_tick(struct pm_trends *trends, const struct pm_row *row)
{
	if (!use_host(trends, row->origin->host))
		return false;
	if (pm_ticks_are_at(&trends->ticks, row) || pm_ticks_add(&trends->ticks, row))
		return true;
	if (!end_stretches(trends))
		return false;
	pm_ticks_begin(&trends->ticks, row);
	return true;
}

/* What a change of level touches. */
static inline void expect_change(const struct entry *entry)
{
	const struct pm_series *series = &entry->series;
	const struct pm_epoch *epoch = &series->first_epoch;

	pm_prefetch(&entry->stretch, sizeof(entry->stretch));
	pm_prefetch(&series->n_epochs, sizeof(series->n_epochs));
	pm_prefetch(&series->last, sizeof(series->last));
	pm_prefetch(&epoch->buckets,
		offsetof(struct pm_epoch, uncounted) - offsetof(struct pm_epoch, buckets));
	pm_prefetch(&series->past,
		offsetof(struct pm_series, course) + offsetof(struct pm_course, at) -
			offsetof(struct pm_series, past));
}

/* Rows of the last tick: first those that are as they were, and what the others are about to touch
 * is fetched meanwhile; then those. */
static bool step_rows(struct pm_trends *trends, const struct pm_row *rows, size_t n)
{
	const uint32_t before = trends->ticks.n - 2; /* no tick where there is none before */
	unsigned char others[STEPS_MAX];
	size_t n_others = 0;

	for (size_t i = 0; i < n; i++) {
		const uint32_t id = rows[i].key->id;
		struct slot *slot = id < trends->n_slots ? &trends->slots[id] : NULL;

		if (slot != NULL && slot->last == before && is_as_it_was(slot, &rows[i])) {
			slot->last++;
			continue;
		}
		others[n_others++] = (unsigned char)i;
		if (slot != NULL && slot->last == before)
			expect_change(slot->entry);
	}
	for (size_t i = 0; i < n_others; i++) {
		const struct pm_row *row = &rows[others[i]];
		struct slot *slot = slot_of(trends, row);

		if (slot == NULL ||
			!(slot->last == before ? change_stretch(trends, slot, row)
					       : begin_stretch(trends, slot, row)))
			return false;
	}
	return true;
}

static enum pm_status steps(void *state, const struct pm_row *rows, size_t n, struct pm_error *err)
{
	struct pm_trends *trends = state;

	if (pm_moments_wants(&trends->moments, rows) && !pm_moments_add(&trends->moments, rows))
		return pm_fail_memory(err);
	if (!begin_tick(trends, rows))
		return pm_fail_memory(err);
	for (size_t i = 0; i < n; i += STEPS_MAX) {
		if (!step_rows(trends, rows + i, n - i < STEPS_MAX ? n - i : STEPS_MAX))
			return pm_fail_memory(err);
	}
	return PM_OK;
}

static enum pm_status settle(void *state, struct pm_error *err)
{
	return end_stretches(state) ? PM_OK : pm_fail_memory(err);
}

/* A sample that nothing waits behind. */
static enum pm_status step_sample(
	struct pm_trends *trends, const struct pm_row *row, struct pm_error *err)
{
	struct slot *slot = NULL;

	if (end_stretches(trends) && use_host(trends, row->origin->host))
		slot = slot_of(trends, row);
	return slot != NULL && add_sample(trends, slot->entry, row) ? PM_OK : pm_fail_memory(err);
}

/* ---- events ---- */

static bool add_mark(struct pm_trends *trends, const struct pm_row *row)
{
	char text[PM_MOMENT_TEXT];

	if (!end_stretches(trends))
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
	.step = step,
	.steps = steps,
	.settle = settle,
	.merge = merge,
	.deinit = deinit,
};

/* ---- figures ---- */

size_t pm_trends_count(const struct pm_trends *trends)
{
	return trends->n;
}

static void figure(const struct pm_trends *trends, struct entry *entry, struct pm_trend *trend)
{
	pm_series_figure(&entry->series, trend);
	pm_work_figure(entry->work, pm_work_hosts_find(&trends->marks, entry->origin->host),
		&entry->series, trend);
	trend->origin = entry->origin;
	trend->key = entry->key;
	trend->aliases = pm_told_aliases(
		&trends->told, entry->origin->host, entry->key->pool_name, entry->key->tag);
}

/* Figures are asked for again and again, and take a while: they are kept, if there is memory. */
void pm_trends_at(const struct pm_trends *trends, size_t i, struct pm_trend *trend)
{
	struct entry *entry = trends->entries[i];

	if (entry->trend == NULL) {
		figure(trends, entry, trend);
		entry->trend = malloc(sizeof(*trend));
		if (entry->trend != NULL)
			*entry->trend = *trend;
		return;
	}
	*trend = *entry->trend;
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
