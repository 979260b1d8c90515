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
	struct pm_work *work; /* NULL: no sample of it follows a mark; owned */
};

enum { STEPS_MAX = 128, FETCH_AHEAD = 4 };

/*
 * A key of the rows, as its last one was: where the next is the same, this is all that is touched.
 * In the lower bits the tick that its stretch has got to; above the stamp of its last sample,
 * NO_STAMP: that had none. No reading has that one: they are counted.
 */
enum {
	TICK_BITS = 10,
	TICK_MASK = (1 << TICK_BITS) - 1,
	NO_TICK = PM_TICKS_MAX, /* there is no stretch */
	NO_TICK_ANY_MORE,       /* likewise, but there was one: it is listed */
	NEVER,                  /* a tick that none has got to */
};

#define NO_STAMP (UINT64_MAX >> TICK_BITS)

static inline uint64_t slot_of(uint64_t stamp, uint32_t tick)
{
	return stamp << TICK_BITS | tick;
}

static inline uint32_t tick_of(uint64_t slot)
{
	return slot & TICK_MASK;
}

/* The same key: where the next sample is another one, this is all that is touched in most cases. */
struct active {
	struct pm_stretch stretch; /* samples that the series has not been given yet */
	struct entry *entry;       /* NULL: not met yet */
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

	const char *host;                  /* that `slots` hold for */
	const struct pm_work_host *marked; /* its marks; NULL: there are none */
	uint64_t *slots;                   /* [n_slots], by the rows' key id */
	struct active *active; /* likewise; where a cache line begins in active_memory */
	void *active_memory;
	size_t n_slots;
	struct pm_ticks ticks; /* the last one is that of the rows at hand */
	uint32_t *stretched;   /* [n_stretched]: slots that may have a stretch */
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
	free(trends->slots);
	free(trends->active_memory);
	free(trends->stretched);
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

static bool end_stretch(struct pm_trends *trends, uint32_t id)
{
	const uint32_t last = tick_of(trends->slots[id]);

	if (last >= NO_TICK)
		return true;
	trends->slots[id] = NO_TICK_ANY_MORE;
	return pm_stretch_end(&trends->active[id].stretch, &trends->ticks, last);
}

/* Gives all series what they have not been given yet. */
static bool end_stretches(struct pm_trends *trends)
{
	bool ok = true;

	for (size_t i = 0; i < trends->n_stretched; i++) {
		const uint32_t id = trends->stretched[i];

		ok &= end_stretch(trends, id);
		trends->slots[id] = NO_TICK;
	}
	trends->n_stretched = 0;
	trends->ticks.n = 0;
	return ok;
}

/* A stretch begins where there was none, or no more. */
static bool list_stretch(struct pm_trends *trends, uint32_t id)
{
	uint32_t *grown;

	if (trends->slots[id] == NO_TICK_ANY_MORE)
		return true;
	grown = pm_array_room(trends->stretched, &trends->stretched_capacity, trends->n_stretched,
		sizeof(*grown));
	if (grown == NULL)
		return false;
	trends->stretched = grown;
	grown[trends->n_stretched++] = id;
	trends->slots[id] = NO_TICK_ANY_MORE;
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
		trends->active[i].entry = NULL;
	return true;
}

/* Makes room for n, which is more than there are. */
static bool make_active(struct pm_trends *trends, size_t n)
{
	char *memory = n < SIZE_MAX / 2 / sizeof(struct active)
		? malloc(n * sizeof(struct active) + PM_CACHE_LINE)
		: NULL;
	struct active *active;

	if (memory == NULL)
		return false;
	active = (void *)(memory + -(uintptr_t)memory % PM_CACHE_LINE);
	if (trends->n_slots > 0)
		memcpy(active, trends->active, trends->n_slots * sizeof(*active));
	for (size_t i = trends->n_slots; i < n; i++)
		active[i] = (struct active){.entry = NULL};
	free(trends->active_memory);
	trends->active_memory = memory;
	trends->active = active;
	return true;
}

static bool make_slots(struct pm_trends *trends, size_t id)
{
	size_t n = trends->n_slots;
	uint64_t *slots = pm_array_room(trends->slots, &n, id, sizeof(*slots));

	if (slots == NULL)
		return false;
	trends->slots = slots;
	if (!make_active(trends, n))
		return false;
	for (size_t i = trends->n_slots; i < n; i++)
		slots[i] = NO_TICK;
	trends->n_slots = n;
	return true;
}

static struct entry *entry_of(struct pm_trends *trends, const struct pm_key *key, const char *host)
{
	struct active *active;

	if (key->id >= trends->n_slots && !make_slots(trends, key->id))
		return NULL;
	active = &trends->active[key->id];
	if (active->entry == NULL)
		active->entry = find_entry(trends, host, key);
	return active->entry;
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

/* The reading as a row of the last tick. */
static struct pm_row row_of(const struct pm_trends *trends, const struct pm_reading *reading)
{
	const struct pm_ticks *ticks = &trends->ticks;
	const struct pm_tick *tick = &ticks->at[ticks->n - 1];
	struct pm_row row = {
		.time_ms = ticks->time_ms + tick->time_ms,
		.uptime_ms = ticks->uptime_ms + tick->uptime_ms,
		.key = reading->key,
		.origin = ticks->origin,
		.has = reading->has,
	};

	memcpy(row.value, reading->value, sizeof(row.value));
	return row;
}

/* The slot of a stretch that has got to this tick with that reading. */
static inline uint64_t slot_with(const struct pm_reading *reading, uint32_t tick)
{
	return slot_of(reading->stamp != 0 ? reading->stamp : NO_STAMP, tick);
}

/* A sample at the last tick that does not go with those before it: a new stretch begins with it. */
static bool begin_stretch(struct pm_trends *trends, const struct pm_reading *reading)
{
	const struct pm_row row = row_of(trends, reading);
	struct entry *entry = entry_of(trends, reading->key, row.origin->host);

	if (entry == NULL || !end_stretch(trends, reading->id) || !add_sample(trends, entry, &row))
		return false;
	if (trends->marked != NULL || !pm_stretch_may_begin(&entry->series))
		return true;
	if (!list_stretch(trends, reading->id))
		return false;
	if (!pm_stretch_begin(&trends->active[reading->id].stretch, &entry->series, &trends->ticks,
		    reading->value, reading->has))
		return false;
	trends->slots[reading->id] = slot_with(reading, trends->ticks.n - 1);
	return true;
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

/* Those of n readings of the last tick that are not as they were, or not known as such; the others
 * are done with. SIZE_MAX: out of memory. */
static inline size_t find_others(struct pm_trends *trends, const struct pm_reading *const *readings,
	size_t n, const struct pm_reading *others[STEPS_MAX])
{
	const uint32_t n_ticks = trends->ticks.n;
	const uint32_t before = n_ticks > 1 ? n_ticks - 2 : NEVER;
	uint64_t *slots = trends->slots;
	size_t n_slots = trends->n_slots, n_others = 0;

	for (size_t i = 0; i < n; i++) {
		const struct pm_reading *reading = readings[i];
		const uint32_t id = reading->id;
		uint64_t other;

		if (id >= n_slots) {
			if (!make_slots(trends, id))
				return SIZE_MAX;
			slots = trends->slots;
			n_slots = trends->n_slots;
		}
		/* without branches, which nobody could foresee */
		other = slots[id] != slot_of(reading->stamp, before);
		slots[id] += 1 - other;
		others[n_others] = reading;
		n_others += other;
	}
	return n_others;
}

/* Samples at the last tick of stretches that have got to the tick before, up to the first that is
 * not one; how many, or SIZE_MAX when out of memory. */
static size_t change_stretches(
	struct pm_trends *trends, const struct pm_reading *const *readings, size_t n)
{
	const struct pm_stretch_now now = pm_stretch_now(&trends->ticks);
	uint64_t *const slots = trends->slots;
	struct active *const active = trends->active;
	const uint32_t tick = trends->ticks.n - 1;

	for (size_t i = 0; i < n; i++) {
		const struct pm_reading *reading = readings[i];
		const uint32_t id = reading->id;

		if (tick_of(slots[id]) + 1 != tick)
			return i;
		if (i + FETCH_AHEAD < n)
			pm_prefetch(&active[readings[i + FETCH_AHEAD]->id].stretch, PM_STRETCH_HOT);
		if (!pm_stretch_is_in_cells(&active[id].stretch, &now)) {
			if (i + 2 * FETCH_AHEAD < n)
				pm_stretch_expect_series(
					&active[readings[i + 2 * FETCH_AHEAD]->id].stretch);
			if (i + FETCH_AHEAD < n)
				pm_stretch_expect_bucket(
					&active[readings[i + FETCH_AHEAD]->id].stretch);
		}
		switch (pm_stretch_change(
			&active[id].stretch, &trends->ticks, &now, reading->value, reading->has)) {
		case PM_STRETCH_GOES_ON:
			slots[id] = slot_with(reading, tick);
			break;
		case PM_STRETCH_HAS_TO_END:
			return i;
		default:
			return SIZE_MAX;
		}
	}
	return n;
}

/* Readings of the last tick: first those that are as they were, and then the others. */
static bool step_readings(
	struct pm_trends *trends, const struct pm_reading *const *readings, size_t n)
{
	const struct pm_reading *others[STEPS_MAX];
	const size_t n_others = find_others(trends, readings, n, others);

	if (n_others == SIZE_MAX)
		return false;
	for (size_t i = 0; i < n_others; i++) {
		const size_t n_changed = change_stretches(trends, others + i, n_others - i);

		if (n_changed == SIZE_MAX)
			return false;
		i += n_changed;
		if (i < n_others && !begin_stretch(trends, others[i]))
			return false;
	}
	return true;
}

static enum pm_status more(
	void *state, const struct pm_reading *const *readings, size_t n, struct pm_error *err)
{
	struct pm_trends *trends = state;

	for (size_t i = 0; i < n; i += STEPS_MAX) {
		if (!step_readings(trends, readings + i, n - i < STEPS_MAX ? n - i : STEPS_MAX))
			return pm_fail_memory(err);
	}
	return PM_OK;
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
	if (!begin_tick(trends, rows))
		return pm_fail_memory(err);
	for (size_t i = 0; i < n; i++) {
		if (!step_row(trends, &rows[i]))
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
	struct entry *entry = NULL;

	if (end_stretches(trends) && use_host(trends, row->origin->host))
		entry = entry_of(trends, row->key, row->origin->host);
	return entry != NULL && add_sample(trends, entry, row) ? PM_OK : pm_fail_memory(err);
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
