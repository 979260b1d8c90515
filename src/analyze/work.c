/* SPDX-License-Identifier: MIT */
#include "analyze/work.h"

#include "base/array.h"

#include <string.h>

/* ---- hosts ---- */

void pm_work_hosts_init(struct pm_work_hosts *hosts)
{
	*hosts = (struct pm_work_hosts){.seed = pm_hash_seed()};
}

void pm_work_hosts_deinit(struct pm_work_hosts *hosts)
{
	free(hosts->at);
	pm_index_deinit(&hosts->index);
	*hosts = (struct pm_work_hosts){0};
}

/* Hosts are interned: one name is one pointer. */
static size_t find(const struct pm_work_hosts *hosts, const char *host, uint64_t hash)
{
	size_t at = 0, i;

	while ((i = pm_index_next(&hosts->index, hash, &at)) != SIZE_MAX) {
		if (hosts->at[i].host == host)
			return i;
	}
	return SIZE_MAX;
}

const struct pm_work_host *pm_work_hosts_find(const struct pm_work_hosts *hosts, const char *host)
{
	size_t i;

	if (hosts->n == 0)
		return NULL;
	i = find(hosts, host, pm_hash(hosts->seed, &host, sizeof(host)));
	return i == SIZE_MAX ? NULL : &hosts->at[i];
}

static struct pm_work_host *find_or_add(struct pm_work_hosts *hosts, const char *host)
{
	const uint64_t hash = pm_hash(hosts->seed, &host, sizeof(host));
	const size_t i = hosts->n == 0 ? SIZE_MAX : find(hosts, host, hash);
	struct pm_work_host *grown;

	if (i != SIZE_MAX)
		return &hosts->at[i];
	grown = pm_array_room(hosts->at, &hosts->capacity, hosts->n, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	hosts->at = grown;
	if (!pm_index_add(&hosts->index, hash, hosts->n))
		return NULL;
	grown += hosts->n++;
	*grown = (struct pm_work_host){.host = host};
	return grown;
}

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Turns go from quiet to not quiet and back, so the first tells all. */
static bool is_quiet(const struct pm_work_host *host, uint64_t turn)
{
	return turn > 0 && host->first_quiet == (turn % 2 == 1);
}

bool pm_work_hosts_mark(
	struct pm_work_hosts *hosts, const char *name, const char *text, const char *unit)
{
	struct pm_work_host *host = find_or_add(hosts, name);
	const bool quiet = begins_with(text, "quiet");

	if (host == NULL)
		return false;
	host->cycles += begins_with(text, "cycle");
	host->units += unit != NULL && begins_with(text, unit);
	if (host->turns == 0)
		host->first_quiet = quiet;
	host->turns += host->turns == 0 || is_quiet(host, host->turns) != quiet;
	return true;
}

/* What the numbers of a later part's turns, from 1 on, go up by: its first turn is the one at hand
 * where both are quiet, or both are not. */
static uint64_t turn_shift(const struct pm_work_host *host, const struct pm_work_host *later)
{
	const bool same = host->turns > 0 && is_quiet(host, host->turns) == is_quiet(later, 1);

	return later->turns > 0 && same ? host->turns - 1 : host->turns;
}

static struct pm_work_host joined_host(
	const struct pm_work_host *host, const struct pm_work_host *later)
{
	return (struct pm_work_host){
		.host = host->host,
		.cycles = host->cycles + later->cycles,
		.turns = later->turns + turn_shift(host, later),
		.first_quiet = host->turns > 0 ? host->first_quiet : later->first_quiet,
		.units = host->units + later->units,
	};
}

bool pm_work_hosts_join(struct pm_work_hosts *hosts, const struct pm_work_hosts *later)
{
	for (size_t i = 0; i < later->n; i++) {
		struct pm_work_host *host = find_or_add(hosts, later->at[i].host);

		if (host == NULL)
			return false;
		*host = joined_host(host, &later->at[i]);
	}
	return true;
}

/* ---- levels ---- */

struct level {
	bool any; /* a sample, though perhaps without numbers */
	bool has_diff, has_bytes;
	uint64_t diff, bytes;
};

static struct level level_of(const struct pm_sample *sample)
{
	return (struct level){
		true, sample->has_diff, sample->has_bytes, sample->diff, sample->bytes};
}

static void lower(struct level *floor, const struct level *level)
{
	if (level->has_diff && (!floor->has_diff || level->diff < floor->diff))
		floor->diff = level->diff;
	if (level->has_bytes && (!floor->has_bytes || level->bytes < floor->bytes))
		floor->bytes = level->bytes;
	floor->any |= level->any;
	floor->has_diff |= level->has_diff;
	floor->has_bytes |= level->has_bytes;
}

/* By objects, or by bytes where there are none: -1, 0, 1; 0 too where they can't be compared. */
static int compare(const struct level *a, const struct level *b)
{
	if (a->has_diff && b->has_diff)
		return a->diff < b->diff ? -1 : a->diff > b->diff;
	if (a->has_bytes && b->has_bytes)
		return a->bytes < b->bytes ? -1 : a->bytes > b->bytes;
	return 0;
}

/* ---- state ---- */

struct stretch { /* from one mark between cycles to the next */
	struct level floor;
	bool spoiled; /* counters started again in it */
};

struct chain { /* whole cycles since counters last started again */
	uint64_t n, rose, fell;
	struct level first, last;
	struct pm_line_sums diff, bytes; /* of the floors, over the number of the mark before */
};

struct cycles {
	uint64_t marks;      /* before the last sample */
	struct stretch head; /* before the first mark, once that has come */
	struct stretch now;  /* the one at hand; the head while marks == 0 */
	struct chain chain;
	bool cut; /* counters started again in this part: what was before does not count */
};

struct quiet {
	uint64_t turn;       /* of the last sample */
	uint64_t phase;      /* turn of the last quiet phase; 0: none */
	struct level before; /* the sample before it; not `any` where it is in an earlier part */
	struct level end;
	struct level head; /* last sample before the first mark */
	bool cut;
};

struct pm_work {
	struct level last;
	struct cycles cycles;
	struct quiet quiet;
};

bool pm_work_begin(struct pm_work **work, const struct pm_series *series)
{
	const bool cut = series->n_epochs > 1;
	struct pm_work *made;

	if (*work != NULL)
		return true;
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return false;
	if (series->samples > 0)
		made->last = level_of(&series->last);
	made->cycles.now.floor = (struct level){
		.any = series->samples > 0,
		.has_diff = series->diff.any,
		.has_bytes = series->bytes.any,
		.diff = series->diff.min,
		.bytes = series->bytes.min,
	};
	made->cycles.now.spoiled = made->cycles.cut = made->quiet.cut = cut;
	made->quiet.head = made->last;
	*work = made;
	return true;
}

/* ---- cycles ---- */

static void count_change(struct chain *chain, const struct level *a, const struct level *b)
{
	const int order = compare(a, b);

	chain->rose += order < 0;
	chain->fell += order > 0;
}

static void add_floor(struct chain *chain, uint64_t number, const struct level *floor)
{
	if (chain->n++ == 0)
		chain->first = *floor;
	else
		count_change(chain, &chain->last, floor);
	chain->last = *floor;
	if (floor->has_diff)
		pm_line_add(&chain->diff, number, floor->diff);
	if (floor->has_bytes)
		pm_line_add(&chain->bytes, number, floor->bytes);
}

static void join_chain(struct chain *chain, const struct chain *later, uint64_t shift)
{
	struct pm_line_sums diff = later->diff, bytes = later->bytes;

	if (later->n == 0)
		return;
	if (chain->n == 0)
		chain->first = later->first;
	else
		count_change(chain, &chain->last, &later->first);
	chain->last = later->last;
	chain->n += later->n;
	chain->rose += later->rose;
	chain->fell += later->fell;
	pm_line_shift(&diff, shift);
	pm_line_shift(&bytes, shift);
	pm_line_join(&chain->diff, &diff);
	pm_line_join(&chain->bytes, &bytes);
}

/* Marks have come since the last sample. */
static void end_stretch(struct cycles *cycles, uint64_t marks)
{
	const struct stretch *now = &cycles->now;

	if (cycles->marks == 0)
		cycles->head = *now;
	else if (!now->spoiled && (now->floor.has_diff || now->floor.has_bytes))
		add_floor(&cycles->chain, cycles->marks, &now->floor);
	cycles->now = (struct stretch){.spoiled = false};
	cycles->marks = marks;
}

static void cut_chain(struct cycles *cycles)
{
	cycles->chain = (struct chain){.n = 0};
	cycles->cut = true;
}

/* A stretch, or a sample of one, that comes after so many marks; its beginning where there was a
 * cut just before it. */
static void add_stretch(
	struct cycles *cycles, uint64_t marks, const struct stretch *stretch, bool cut)
{
	const bool same = marks == cycles->marks;

	if (!same)
		end_stretch(cycles, marks);
	if (cut)
		cut_chain(cycles);
	lower(&cycles->now.floor, &stretch->floor);
	cycles->now.spoiled |= stretch->spoiled || (cut && same);
}

static void join_cycles(struct cycles *cycles, uint64_t marks, const struct cycles *later, bool cut)
{
	const struct stretch *head = later->marks > 0 ? &later->head : &later->now;

	if (head->floor.any)
		add_stretch(cycles, marks, head, cut);
	if (later->marks > 0)
		end_stretch(cycles, marks + later->marks);
	if (later->cut || (cut && !head->floor.any))
		cut_chain(cycles);
	if (later->marks == 0)
		return;
	join_chain(&cycles->chain, &later->chain, marks);
	cycles->now = later->now;
}

/* ---- the quiet phase ---- */

/* A sample in a turn; `last` is the one before it. */
static void add_to_turn(struct quiet *quiet, const struct pm_work_host *host, uint64_t turn,
	const struct level *level, const struct level *last, bool cut)
{
	if (cut) {
		quiet->phase = 0;
		quiet->cut = true;
	}
	if (turn == 0)
		quiet->head = *level;
	if (turn != quiet->turn && is_quiet(host, turn) && !cut) {
		quiet->phase = turn;
		quiet->before = *last;
	}
	if (quiet->phase == turn)
		quiet->end = *level;
	quiet->turn = turn;
}

/* Goes through those samples of `later` that matter, as if they were added one by one. */
static void join_quiet(struct quiet *quiet, const struct pm_work_host *host,
	const struct quiet *later, const struct pm_work_host *later_host, const struct level *last,
	bool cut)
{
	const struct pm_work_host both = joined_host(host, later_host);
	const uint64_t shift = turn_shift(host, later_host);

	cut |= later->cut;
	if (cut) {
		quiet->phase = 0;
		quiet->cut = true;
	}
	if (later->head.any) {
		add_to_turn(quiet, &both, host->turns, &later->head, last, cut);
		last = &later->head;
	}
	if (later->phase > 0) {
		const uint64_t phase = later->phase + shift;
		const bool own = later->before.any && phase != quiet->turn;

		add_to_turn(quiet, &both, phase, &later->end, own ? &later->before : last,
			cut && !own && !later->head.any);
	}
	if (later->turn > 0)
		quiet->turn = later->turn + shift;
}

/* ---- both ---- */

void pm_work_add(struct pm_work *work, const struct pm_work_host *host,
	const struct pm_sample *sample, bool cut)
{
	const struct level level = level_of(sample);
	const struct stretch stretch = {.floor = level};

	add_stretch(&work->cycles, host->cycles, &stretch, cut);
	add_to_turn(&work->quiet, host, host->turns, &level, &work->last, cut);
	work->last = level;
}

void pm_work_join(struct pm_work *work, const struct pm_work_host *host,
	const struct pm_work *later, const struct pm_work_host *later_host, bool cut)
{
	static const struct pm_work_host none = {.host = NULL};

	host = host != NULL ? host : &none;
	later_host = later_host != NULL ? later_host : &none;
	join_cycles(&work->cycles, host->cycles, &later->cycles, cut);
	join_quiet(&work->quiet, host, &later->quiet, later_host, &work->last, cut);
	work->last = later->last;
}

static void figure_cycles(
	const struct pm_work *work, const struct pm_work_host *host, struct pm_trend *trend)
{
	struct cycles cycles = work->cycles;

	if (cycles.marks != host->cycles)
		end_stretch(&cycles, host->cycles);
	trend->cycles = (struct pm_cycles){
		.n = cycles.chain.n,
		.rose = cycles.chain.rose,
		.fell = cycles.chain.fell,
		.has_diff = cycles.chain.diff.n > 1,
		.has_bytes = cycles.chain.bytes.n > 1,
		.diff = pm_line_slope(&cycles.chain.diff),
		.bytes = pm_line_slope(&cycles.chain.bytes),
	};
}

static double grown(uint64_t from, uint64_t to)
{
	return to >= from ? (double)(to - from) : -(double)(from - to);
}

static int64_t fallen(uint64_t from, uint64_t to)
{
	return pm_wide_int64(pm_wide_sub(pm_wide_u64(from), pm_wide_u64(to)));
}

static void figure_quiet(
	const struct quiet *quiet, const struct pm_series *series, struct pm_trend *trend)
{
	const struct pm_epoch *epoch = &series->epoch;
	const struct level *before = &quiet->before, *end = &quiet->end;
	double growth = 0, kept = 0;

	if (quiet->phase == 0 || !before->any)
		return;
	if (before->has_bytes && end->has_bytes) {
		trend->quiet.has_bytes = true;
		trend->quiet.freed_bytes = fallen(before->bytes, end->bytes);
		growth = grown(epoch->bytes.first, before->bytes);
		kept = grown(epoch->bytes.first, end->bytes);
	}
	if (before->has_diff && end->has_diff) {
		growth = grown(epoch->diff.first, before->diff);
		kept = grown(epoch->diff.first, end->diff);
	}
	trend->quiet.grew = growth > 0;
	trend->quiet.kept_share = growth > 0 ? kept / growth : 0;
}

void pm_work_figure(const struct pm_work *work, const struct pm_work_host *host,
	const struct pm_series *series, struct pm_trend *trend)
{
	trend->cycles = (struct pm_cycles){.n = 0};
	trend->quiet = (struct pm_quiet){.grew = false};
	if (work == NULL || host == NULL)
		return;
	figure_cycles(work, host, trend);
	figure_quiet(&work->quiet, series, trend);
}
