/* SPDX-License-Identifier: MIT */
#include <poolmon/diff.h>

#include "analyze/statistics.h"
#include "base/fail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fewer samples of a series tell nothing of how it moves by itself. */
enum { SAMPLES_MIN = 8 };

#define ENTRY(id, name, what) name,

static const char *const names[PM_N_CHANGES] = {PM_CHANGES(ENTRY)};

const char *pm_change_name(enum pm_change_verdict verdict)
{
	return names[verdict];
}

/* ---- series ---- */

struct figure { /* what is kept of a line */
	bool known, usable;
	uint64_t last;
	int64_t growth;
	struct pm_estimate slope;
};

struct series {
	const struct pm_key *key;
	const char *host, *aliases;
	enum pm_side side;
	size_t recording;
	uint64_t samples;
	int64_t span_ms;
	struct figure bytes, diff;
	bool counted;
	uint64_t allocs, frees;
};

/* How many independent samples the line is worth; least squares takes all of them for independent.
 * Those that hang together are worth less, and those between two moves say nothing new: m moves are
 * as good as m + 1 samples. */
static double worth_of(const struct pm_trend *trend, const struct pm_line *line)
{
	const uint64_t n_told = trend->rose + trend->fell + 1;
	const double told = (double)(n_told == 1 || n_told > line->n ? line->n : n_told);
	const double apart = (double)line->n / trend->widening;

	return apart < told ? apart : told;
}

/* Values are whole numbers: a line through n of them is known to no better than what rounding to
 * one leaves, 1 / (span sqrt(n)). So no error is 0, not even that of a series that never moved. */
static struct figure figure_of(const struct pm_trend *trend, const struct pm_line *line)
{
	const double ms_per_hour = 3600000, n = (double)line->n;
	struct figure figure = {
		.known = line->n > 0,
		.usable = line->n >= SAMPLES_MIN && line->n >= line->n_epochs + 2 &&
			trend->span_ms > 0,
		.last = line->last,
		.growth = line->growth,
	};
	double worth, freedom, error, least;

	if (!figure.usable)
		return figure;
	worth = worth_of(trend, line);
	freedom = worth - (double)line->n_epochs - 1;
	error = line->stderr_per_hour * sqrt(n / worth);
	least = ms_per_hour / ((double)trend->span_ms * sqrt(n));
	figure.slope = (struct pm_estimate){
		line->per_hour, error > least ? error : least, freedom > 1 ? freedom : 1};
	return figure;
}

static struct series series_of(const struct pm_trend *trend, enum pm_side side, size_t recording)
{
	return (struct series){
		.key = trend->key,
		.host = trend->origin->host,
		.aliases = trend->aliases,
		.side = side,
		.recording = recording,
		.samples = trend->samples,
		.span_ms = trend->span_ms,
		.bytes = figure_of(trend, &trend->bytes),
		.diff = figure_of(trend, &trend->diff),
		.counted = trend->counted,
		.allocs = trend->allocs,
		.frees = trend->frees,
	};
}

static int compare_sizes(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_places(const struct series *a, const struct series *b)
{
	int order = (int)a->side - (int)b->side;

	if (order == 0)
		order = strcmp(a->host, b->host);
	return order != 0 ? order : compare_sizes(a->recording, b->recording);
}

static int compare_keys(const struct pm_key *a, const struct pm_key *b)
{
	int order = strcmp(a->pool_name, b->pool_name);

	if (order == 0)
		order = strcmp(a->tag, b->tag);
	return order != 0 ? order : strcmp(a->type, b->type);
}

static int by_place(const void *a, const void *b)
{
	return compare_places(a, b);
}

static int by_key(const void *a, const void *b)
{
	const struct series *x = a, *y = b;
	const int order = compare_keys(x->key, y->key);

	return order != 0 ? order : compare_places(x, y);
}

/* series[n] are sorted by place. */
static void count_hosts(struct pm_diff *diff, const struct series *series, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct series *a = i == 0 ? NULL : &series[i - 1], *b = &series[i];

		if (a != NULL && compare_places(a, b) == 0)
			continue;
		diff->n_series[b->side]++;
		diff->hosts_repeat |=
			a != NULL && a->side == b->side && strcmp(a->host, b->host) == 0;
	}
}

/* ---- one side of a tag ---- */

static struct pm_rate rate_of(const struct pm_estimate *estimate)
{
	const double reach = pm_t_limit(estimate->freedom) * estimate->error;

	return (struct pm_rate){
		.per_hour = estimate->value,
		.error = estimate->error,
		.freedom = estimate->freedom,
		.low = estimate->value - reach,
		.high = estimate->value + reach,
	};
}

static struct pm_estimate estimate_of(const struct pm_rate *rate)
{
	return (struct pm_estimate){rate->per_hour, rate->error, rate->freedom};
}

/* The rate of series[n] in bytes or in objects; `room` holds n estimates. */
static struct pm_rate pool_rates(
	const struct series *series, size_t n, bool objects, struct pm_estimate *room)
{
	struct pm_rate rate = {0};
	struct pm_pooled pooled;
	size_t n_usable = 0, n_growing = 0;

	for (size_t i = 0; i < n; i++) {
		const struct figure *figure = objects ? &series[i].diff : &series[i].bytes;

		if (!figure->usable)
			continue;
		room[n_usable++] = figure->slope;
		n_growing += rate_of(&figure->slope).low > 0;
	}
	if (n_usable == 0)
		return rate;
	pooled = pm_pool(room, n_usable);
	rate = rate_of(&pooled.estimate);
	rate.n = n_usable;
	rate.n_growing = n_growing;
	rate.tau = pooled.tau;
	rate.i_squared = pooled.i_squared;
	return rate;
}

/* The mean of n values is built up of whole parts and what is left of each, so that none is lost. */
struct mean {
	uint64_t n, whole, rest;
};

static void add_to_mean(struct mean *mean, uint64_t value)
{
	mean->whole += value / mean->n;
	mean->rest += value % mean->n;
	if (mean->rest >= mean->n) {
		mean->whole++;
		mean->rest -= mean->n;
	}
}

static struct pm_standing stand(const struct series *series, size_t n, struct pm_estimate *room)
{
	struct pm_standing standing = {.n_series = n};
	struct mean bytes = {0}, diff = {0};
	double growth = 0;

	for (size_t i = 0; i < n; i++) {
		bytes.n += series[i].bytes.known;
		diff.n += series[i].diff.known;
	}
	for (size_t i = 0; i < n; i++) {
		standing.samples += series[i].samples;
		standing.span_ms += series[i].span_ms;
		standing.counted |= series[i].counted;
		standing.allocs += series[i].allocs;
		standing.frees += series[i].frees;
		if (series[i].bytes.known) {
			add_to_mean(&bytes, series[i].bytes.last);
			growth += (double)series[i].bytes.growth / (double)bytes.n;
		}
		if (series[i].diff.known)
			add_to_mean(&diff, series[i].diff.last);
	}
	standing.n_bytes = (size_t)bytes.n;
	standing.n_diff = (size_t)diff.n;
	standing.last_bytes = bytes.whole;
	standing.last_diff = diff.whole;
	standing.growth_bytes = growth >= 9.2e18 ? INT64_MAX
		: growth <= -9.2e18              ? INT64_MIN
						 : (int64_t)floor(growth + 0.5);
	if (n == 1)
		standing.growth_bytes = series->bytes.growth;
	standing.bytes = pool_rates(series, n, false, room);
	standing.diff = pool_rates(series, n, true, room);
	return standing;
}

/* ---- one tag ---- */

/* Whether its slope is known on each side where it is. */
static bool is_known(const struct pm_change *change, bool objects)
{
	for (int side = 0; side < PM_N_SIDES; side++) {
		const struct pm_standing *standing = &change->side[side];

		if (standing->n_series > 0 && (objects ? standing->diff.n : standing->bytes.n) == 0)
			return false;
	}
	return true;
}

static bool has_bytes(const struct pm_change *change)
{
	return change->side[PM_BEFORE].n_bytes > 0 || change->side[PM_AFTER].n_bytes > 0;
}

static const struct pm_rate *rate_at(const struct pm_change *change, enum pm_side side)
{
	return change->by_objects ? &change->side[side].diff : &change->side[side].bytes;
}

static void compare(struct pm_change *change)
{
	const struct pm_rate *before, *after;
	struct pm_estimate difference, a, b;

	change->p = change->q = 1;
	change->by_objects =
		!has_bytes(change) || (!is_known(change, false) && is_known(change, true));
	if (!is_known(change, change->by_objects))
		return;
	before = rate_at(change, PM_BEFORE);
	after = rate_at(change, PM_AFTER);
	a = estimate_of(after);
	b = estimate_of(before);
	if (after->n == 0) {
		difference = b;
		difference.value = -b.value;
	} else {
		difference = pm_estimate_minus(&a, before->n == 0 ? NULL : &b);
	}
	change->tested = true;
	change->difference = rate_of(&difference);
	change->p = pm_t_tails(difference.value / difference.error, difference.freedom);
}

static enum pm_change_verdict judge(const struct pm_change *change, double false_discovery_rate)
{
	const bool differs = change->tested && change->q <= false_discovery_rate;
	const double difference = change->difference.per_hour;

	if (differs && difference > 0 && rate_at(change, PM_AFTER)->low > 0)
		return PM_CHANGE_WORSE;
	if (differs && difference < 0 && rate_at(change, PM_BEFORE)->low > 0)
		return PM_CHANGE_BETTER;
	if (change->side[PM_BEFORE].n_series == 0)
		return PM_CHANGE_NEW;
	if (change->side[PM_AFTER].n_series == 0)
		return PM_CHANGE_VANISHED;
	if (!change->tested)
		return PM_CHANGE_UNCLEAR;
	return differs ? PM_CHANGE_CHANGED : PM_CHANGE_SAME;
}

/* ---- all of them ---- */

/* Untested ones come last. */
static int by_p(const void *a, const void *b)
{
	const struct pm_change *x = a, *y = b;

	if (x->tested != y->tested)
		return x->tested ? -1 : 1;
	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return compare_keys(x->key, y->key);
}

static int by_verdict(const void *a, const void *b)
{
	const struct pm_change *x = a, *y = b;
	const double q_x = floor(x->q * 1000), q_y = floor(y->q * 1000);
	const double size_x = fabs(x->difference.per_hour), size_y = fabs(y->difference.per_hour);

	if (x->verdict != y->verdict)
		return (int)x->verdict - (int)y->verdict;
	if (q_x != q_y)
		return q_x < q_y ? -1 : 1;
	if (size_x != size_y)
		return size_x > size_y ? -1 : 1;
	return compare_keys(x->key, y->key);
}

static size_t count_series(const struct pm_diff_side sides[PM_N_SIDES])
{
	size_t n = 0;

	for (int side = 0; side < PM_N_SIDES; side++) {
		for (size_t i = 0; i < sides[side].n; i++)
			n += pm_trends_count(sides[side].recordings[i]);
	}
	return n;
}

/* All series that may leak, of all recordings. Returns their number. */
static size_t gather(struct series *series, const struct pm_diff_side sides[PM_N_SIDES])
{
	struct pm_trend trend;
	size_t n = 0;

	for (int side = 0; side < PM_N_SIDES; side++) {
		for (size_t i = 0; i < sides[side].n; i++) {
			const struct pm_trends *trends = sides[side].recordings[i];

			for (size_t j = 0; j < pm_trends_count(trends); j++) {
				pm_trends_at(trends, j, &trend);
				if (pm_pool_has_suspects(trend.key->pool))
					series[n++] = series_of(&trend, (enum pm_side)side, i);
			}
		}
	}
	return n;
}

/* The change that series[0] begins; all of its key are next to each other, those of before first.
 * Returns how many they are. */
static size_t take_change(
	struct pm_change *change, const struct series *series, size_t n, struct pm_estimate *room)
{
	size_t n_before = 0, n_all = 0;

	*change = (struct pm_change){.key = series->key, .aliases = ""};
	while (n_all < n && compare_keys(series[n_all].key, series->key) == 0) {
		n_before += series[n_all].side == PM_BEFORE;
		if (series[n_all].aliases[0] != '\0')
			change->aliases = series[n_all].aliases;
		n_all++;
	}
	change->side[PM_BEFORE] = stand(series, n_before, room);
	change->side[PM_AFTER] = stand(series + n_before, n_all - n_before, room);
	compare(change);
	return n_all;
}

static void adjust(struct pm_diff *diff, double *p)
{
	qsort(diff->at, diff->n, sizeof(*diff->at), by_p);
	while (diff->n_tested < diff->n && diff->at[diff->n_tested].tested) {
		p[diff->n_tested] = diff->at[diff->n_tested].p;
		diff->n_tested++;
	}
	pm_adjust_p(p, diff->n_tested);
	for (size_t i = 0; i < diff->n_tested; i++)
		diff->at[i].q = p[i];
}

enum pm_status pm_diff_init(struct pm_diff *diff, const struct pm_diff_side sides[PM_N_SIDES],
	double false_discovery_rate, struct pm_error *err)
{
	size_t n = count_series(sides);
	struct series *series = malloc((n + 1) * sizeof(*series));
	struct pm_estimate *room = malloc((n + 1) * sizeof(*room));
	double *p = malloc((n + 1) * sizeof(*p));

	*diff = (struct pm_diff){
		.at = malloc((n + 1) * sizeof(*diff->at)),
		.false_discovery_rate = false_discovery_rate,
	};
	if (series == NULL || room == NULL || p == NULL || diff->at == NULL) {
		pm_diff_deinit(diff);
	} else {
		n = gather(series, sides);
		qsort(series, n, sizeof(*series), by_place);
		count_hosts(diff, series, n);
		qsort(series, n, sizeof(*series), by_key);
		for (size_t i = 0; i < n; diff->n++)
			i += take_change(&diff->at[diff->n], &series[i], n - i, room);
		adjust(diff, p);
		for (size_t i = 0; i < diff->n; i++) {
			diff->at[i].verdict = judge(&diff->at[i], false_discovery_rate);
			diff->n_of[diff->at[i].verdict]++;
		}
		qsort(diff->at, diff->n, sizeof(*diff->at), by_verdict);
	}
	free(series);
	free(room);
	free(p);
	return diff->at == NULL ? pm_fail_memory(err) : PM_OK;
}

void pm_diff_deinit(struct pm_diff *diff)
{
	free(diff->at);
	*diff = (struct pm_diff){0};
}
