/* SPDX-License-Identifier: MIT */
/*
 * Samples given to trends by whole moments against the same samples given one by one: every figure,
 * and what is kept for those to come, must be the same to the last bit.
 */
#include "unit.h"

#include "analyze/entries.h"
#include "analyze/work.h"

#include <poolmon/trends.h>

enum { TAGS = 20, MOMENTS = 1500 };

struct recording {
	struct pm_key keys[TAGS], mark;
	struct pm_origin origins[3];
	uint64_t value[TAGS][PM_N_VALUES];
	uint32_t has[TAGS];
	uint64_t size[TAGS];   /* of an object */
	unsigned rarely[TAGS]; /* in how many moments it changes once */
	int order[TAGS];
	bool steady; /* nothing is out of the ordinary, but once in a while */
};

static void begin(struct recording *recording, uint64_t *seed)
{
	static char names[TAGS][2];

	memset(recording, 0, sizeof(*recording));
	recording->steady = next_random(seed) % 2 == 0;
	for (uint32_t i = 0; i < TAGS; i++) {
		names[i][0] = (char)('a' + i);
		recording->keys[i] = (struct pm_key){.id = i,
			.pool = PM_POOL_SLAB,
			.pool_name = "slab",
			.type = "",
			.tag = names[i],
			.n_tag = 1,
			.raw_tag = names[i],
			.n_raw_tag = 1};
		recording->has[i] = 1 + (uint32_t)(next_random(seed) % 63);
		if (next_random(seed) % 2 == 0)
			recording->has[i] |= 15;
		recording->size[i] = next_random(seed) % 4 == 0 && !recording->steady
			? next_random(seed) >> next_random(seed) % 64
			: next_random(seed) % 300;
		recording->rarely[i] = next_random(seed) % 3 == 0 ? 100 : 1;
		recording->order[i] = (int)i;
		for (int v = 0; v < PM_N_VALUES; v++)
			recording->value[i][v] = next_random(seed) >>
				(next_random(seed) % 3 == 0 && !recording->steady ? 1 : 40);
	}
	recording->mark = (struct pm_key){.id = TAGS,
		.pool = PM_POOL_EVENT,
		.pool_name = "event",
		.type = "",
		.tag = "mark",
		.n_tag = 4,
		.raw_tag = "mark",
		.n_raw_tag = 4};
	for (int i = 0; i < 3; i++)
		recording->origins[i] = (struct pm_origin){.host = i == 2 ? "south" : "north",
			.os = "",
			.kernel = "",
			.boot_id = i == 0 ? "1" : "2",
			.sources = "",
			.version = "",
			.interval_ms = i == 1 ? 0 : 1000};
}

/* Now and then a tag changes: a little, by what 32 bits hold, to anything, in what is known, or in
 * how large its objects are. */
static void change(struct recording *recording, int tag, uint64_t *seed)
{
	uint64_t *value = recording->value[tag];

	if (next_random(seed) % 5 >= 2 || next_random(seed) % recording->rarely[tag] != 0)
		return;
	value[PM_VALUE_ALLOCS] += next_random(seed) % 100;
	value[PM_VALUE_FREES] += next_random(seed) % 100;
	value[PM_VALUE_DIFF] += next_random(seed) % 100;
	value[PM_VALUE_DIFF] -= value[PM_VALUE_DIFF] < 90 ? 0 : next_random(seed) % 90;
	value[PM_VALUE_BYTES] = value[PM_VALUE_DIFF] * recording->size[tag];
	value[PM_VALUE_FOOTPRINT] = next_random(seed) % 9 * 4096;
	switch (next_random(seed) % (recording->steady ? 20000 : 400)) {
	case 0:
		value[PM_VALUE_ALLOCS] = UINT32_MAX - 50;
		break;
	case 1:
		value[PM_VALUE_ALLOCS] = (uint32_t)(value[PM_VALUE_ALLOCS] + UINT32_MAX / 2);
		break;
	case 2:
		value[next_random(seed) % PM_N_VALUES] = next_random(seed);
		break;
	case 3:
		value[next_random(seed) % PM_N_VALUES] >>= 20;
		break;
	case 4:
		recording->has[tag] = 1 + (uint32_t)(next_random(seed) % 63);
		break;
	case 5:
		recording->size[tag] = next_random(seed) % 5000;
		break;
	case 6:
		value[PM_VALUE_BYTES]++;
		break;
	default:
		break;
	}
}

/* Now and then another tag comes first. */
static void shuffle(struct recording *recording, uint64_t *seed)
{
	const int i = (int)(next_random(seed) % TAGS), first = recording->order[0];

	recording->order[0] = recording->order[i];
	recording->order[i] = first;
}

/* What each tag was last read as, and with which stamp. */
struct stamped {
	struct pm_reading of[TAGS];
	uint64_t stamp;
};

static const struct pm_reading *stamp(struct stamped *stamped, const struct pm_row *row)
{
	struct pm_reading *reading = &stamped->of[row->key->id];

	if (reading->key == NULL || reading->has != row->has ||
		memcmp(reading->value, row->value, sizeof(row->value)) != 0) {
		*reading = (struct pm_reading){.key = row->key,
			.id = row->key->id,
			.has = row->has,
			.stamp = ++stamped->stamp};
		memcpy(reading->value, row->value, sizeof(row->value));
	}
	return reading;
}

enum how { ONE_BY_ONE, AS_ROWS, AS_READINGS };

static void give(struct pm_trends *trends, struct stamped *stamped, const struct pm_row *rows,
	size_t n, enum how how)
{
	const size_t n_steps = how == AS_READINGS && n > 0 ? 1 : n;
	const struct pm_reading *readings[TAGS];

	if (how != ONE_BY_ONE && n > 0)
		assert_int_equal(pm_trends_fold.steps(trends, rows, n_steps, NULL), PM_OK);
	for (size_t i = 0; how == ONE_BY_ONE && i < n; i++)
		assert_int_equal(pm_trends_fold.step(trends, &rows[i], NULL), PM_OK);
	for (size_t i = n_steps; i < n; i++)
		readings[i] = stamp(stamped, &rows[i]);
	if (n_steps < n)
		assert_int_equal(
			pm_trends_fold.more(trends, readings + n_steps, n - n_steps, NULL), PM_OK);
}

/* The same recording for the same seed, given by moments or one by one. */
static struct pm_trends *record(uint64_t seed, enum how how, bool marks)
{
	static struct recording recording;
	static struct stamped stamped;
	struct pm_trends *trends = calloc(1, pm_trends_fold.state_size);
	struct pm_row row = {.time_ms = INT64_C(1767225600000), .uptime_ms = 5000000};
	struct pm_row rows[TAGS];
	const bool slow = next_random(&seed) % 3 == 0; /* hours between moments */

	memset(&stamped, 0, sizeof(stamped));
	begin(&recording, &seed);
	row.origin = &recording.origins[0];
	assert_int_equal(pm_trends_fold.init(trends, NULL, NULL), PM_OK);
	for (int moment = 0; moment < MOMENTS; moment++) {
		size_t n = 0;
		const uint64_t r = next_random(&seed) % (recording.steady ? 2000 : 200);

		row.time_ms += slow ? 5000000 : 1000;
		row.uptime_ms += (slow ? 5000000 : 1000) + (r < 5 ? 4000 : 0);
		row.time_ms -= r == 6 ? 7000 : 0;
		if (r == 7)
			row.origin = &recording.origins[next_random(&seed) % 3];
		if (r == 8)
			row.uptime_ms = INT64_C(1) << (next_random(&seed) % 60);
		if (r == 9 && marks) {
			struct pm_row mark = row;

			mark.key = &recording.mark;
			mark.note = next_random(&seed) % 2 == 0 ? "text=cycle" : "text=quiet";
			mark.n_note = strlen(mark.note);
			assert_int_equal(pm_trends_fold.step(trends, &mark, NULL), PM_OK);
		}
		if (next_random(&seed) % (recording.steady ? 200 : 5) == 0)
			shuffle(&recording, &seed);
		for (int i = 0; i < TAGS; i++) {
			const int tag = recording.order[i];

			change(&recording, tag, &seed);
			if (next_random(&seed) % (recording.steady ? 1000 : 100) == 0 ||
				(tag == 8 && moment % 2 == 0 && !recording.steady))
				continue;
			row.key = &recording.keys[tag];
			row.has = recording.has[tag];
			for (int v = 0; v < PM_N_VALUES; v++)
				row.value[v] =
					(row.has >> v & 1) != 0 ? recording.value[tag][v] : 0;
			rows[n++] = row;
		}
		if (next_random(&seed) % 4 == 0 && n > 2) { /* a moment in two pieces */
			give(trends, &stamped, rows, 2, how);
			give(trends, &stamped, rows + 2, n - 2, how);
		} else {
			give(trends, &stamped, rows, n, how);
		}
		if (next_random(&seed) % 300 == 0)
			assert_int_equal(pm_trends_fold.settle(trends, NULL), PM_OK);
	}
	assert_int_equal(pm_trends_fold.settle(trends, NULL), PM_OK);
	return trends;
}

static void assert_same_epoch(const struct pm_epoch *a, const struct pm_epoch *b)
{
	assert_memory_equal(&a->bytes, &b->bytes, sizeof(a->bytes));
	assert_memory_equal(&a->diff, &b->diff, sizeof(a->diff));
	assert_memory_equal(&a->jumps, &b->jumps, sizeof(a->jumps));
	assert_true(a->n_jumps == b->n_jumps && a->allocs == b->allocs);
	assert_int_equal(a->uncounted, b->uncounted);
	assert_true(a->buckets.grid.n == b->buckets.grid.n &&
		a->buckets.grid.shift == b->buckets.grid.shift &&
		a->buckets.grid.origin == b->buckets.grid.origin &&
		a->buckets.any_bits == b->buckets.any_bits &&
		a->buckets.n_samples == b->buckets.n_samples &&
		a->buckets.grid.n_filled == b->buckets.grid.n_filled);
	assert_memory_equal(
		&a->buckets.grid.filled, &b->buckets.grid.filled, sizeof(a->buckets.grid.filled));
	if (a->buckets.grid.n_filled > 0)
		assert_memory_equal(a->buckets.at, b->buckets.at,
			a->buckets.grid.n_filled * sizeof(*a->buckets.at));
}

static void assert_same_range(const struct pm_range *a, const struct pm_range *b)
{
	assert_int_equal(a->any, b->any);
	assert_true(
		a->first == b->first && a->last == b->last && a->min == b->min && a->max == b->max);
}

static void assert_same_trends(struct pm_trends *a, struct pm_trends *b)
{
	assert_int_equal(pm_trends_count(a), pm_trends_count(b));
	for (size_t i = 0; i < pm_trends_count(a); i++) {
		const struct pm_series *x = pm_trends_series(a, i), *y = pm_trends_series(b, i);
		struct pm_course_point xs[PM_COURSE_MAX], ys[PM_COURSE_MAX];
		struct pm_trend p, q;
		const size_t n = pm_trends_course(a, i, xs);

		pm_trends_at(a, i, &p); /* which puts all buckets in order */
		pm_trends_at(b, i, &q);
		assert_string_equal(pm_trends_key(a, i)->tag, pm_trends_key(b, i)->tag);
		assert_true(x->samples == y->samples && x->n_epochs == y->n_epochs &&
			x->span_ms == y->span_ms && x->steps == y->steps && x->gaps == y->gaps &&
			x->fell == y->fell && x->rose == y->rose && x->allocs == y->allocs &&
			x->frees == y->frees && x->counted == y->counted);
		assert_true(x->last.time_ms == y->last.time_ms &&
			x->last.uptime_ms == y->last.uptime_ms && x->last.bytes == y->last.bytes &&
			x->last.diff == y->last.diff && x->last.allocs == y->last.allocs &&
			x->last.frees == y->last.frees);
		assert_same_range(&x->bytes, &y->bytes);
		assert_same_range(&x->diff, &y->diff);
		assert_same_epoch(&x->epoch, &y->epoch);
		assert_int_equal(n, pm_trends_course(b, i, ys));
		for (size_t j = 0; j < n; j++)
			assert_true(xs[j].n == ys[j].n && xs[j].min == ys[j].min &&
				xs[j].max == ys[j].max && xs[j].time_ms == ys[j].time_ms &&
				xs[j].mean == ys[j].mean);
		assert_true(p.bytes.per_hour == q.bytes.per_hour &&
			p.diff.per_hour == q.diff.per_hour && p.strength == q.strength &&
			p.cycles.n == q.cycles.n && p.quiet.kept_share == q.quiet.kept_share &&
			p.epochs == q.epochs);
	}
}

static void moments_add_up_to_their_samples(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct pm_trends *one_by_one = record(seed, ONE_BY_ONE, seed % 4 == 0);

		for (int how = AS_ROWS; how <= AS_READINGS; how++) {
			struct pm_trends *together = record(seed, how, seed % 4 == 0);

			assert_same_trends(one_by_one, together);
			pm_trends_fold.deinit(together);
			free(together);
		}
		pm_trends_fold.deinit(one_by_one);
		free(one_by_one);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(moments_add_up_to_their_samples),
};

RUN(tests)
