/* SPDX-License-Identifier: MIT */
/*
 * Units are counted once all is scanned: what the series of the unit tag allocated is known, and
 * the buckets of their last epoch tell when. So units cost nothing per row. The course of another
 * series has buckets on the same grid of time; where neither has a reset, its levels are held
 * against the units done by then, by least squares over at most PM_BUCKETS_MAX points.
 */
#include <poolmon/units.h>

#include "analyze/entries.h"
#include "analyze/selector.h"
#include "analyze/statistics.h"
#include "base/arena.h"
#include "base/array.h"
#include "base/fail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More tags than these are not walked through for each finding: no interval then. */
enum { COURSES_MAX = 16, POINTS_MIN = 8 };

struct unit_host {
	const char *host;
	uint64_t units;
	int64_t span_ms;                              /* the longest of its unit series */
	const struct pm_series *courses[COURSES_MAX]; /* [n], while n <= COURSES_MAX */
	size_t n;
};

struct pm_units {
	const char *what;
	const struct pm_trends *trends;
	struct unit_host *hosts; /* [n], by name; owned */
	size_t n, capacity;
};

static const char prefix[] = "mark:";

const char *pm_units_mark(const char *what)
{
	const size_t n = sizeof(prefix) - 1;

	return what != NULL && strncmp(what, prefix, n) == 0 ? what + n : NULL;
}

const char *pm_units_what(const struct pm_units *units)
{
	return units->what;
}

uint64_t pm_units_count(const struct pm_units *units)
{
	uint64_t n = 0;

	for (size_t i = 0; i < units->n; i++)
		n += units->hosts[i].units;
	return n;
}

void pm_units_destroy(struct pm_units *units)
{
	if (units == NULL)
		return;
	free(units->hosts);
	free(units);
}

/* ---- counting ---- */

static int compare_hosts(const void *a, const void *b)
{
	const struct unit_host *x = a, *y = b;

	return strcmp(x->host, y->host);
}

static const struct unit_host *find_host(const struct pm_units *units, const char *name)
{
	const struct unit_host key = {.host = name};

	return units->n == 0 ? NULL
			     : bsearch(&key, units->hosts, units->n, sizeof(key), compare_hosts);
}

static struct unit_host *add_host(struct pm_units *units, const char *name)
{
	struct unit_host *grown =
		pm_array_room(units->hosts, &units->capacity, units->n, sizeof(*grown));

	if (grown == NULL)
		return NULL;
	units->hosts = grown;
	grown += units->n++;
	*grown = (struct unit_host){.host = name};
	return grown;
}

/* What was added host after host becomes one entry for each. */
static void put_hosts_together(struct pm_units *units)
{
	size_t n = 0;

	if (units->n > 0)
		qsort(units->hosts, units->n, sizeof(*units->hosts), compare_hosts);
	for (size_t i = 0; i < units->n; i++) {
		struct unit_host *host = &units->hosts[i];
		struct unit_host *last = n > 0 ? &units->hosts[n - 1] : NULL;

		if (last == NULL || strcmp(last->host, host->host) != 0) {
			units->hosts[n++] = *host;
			continue;
		}
		last->units += host->units;
		last->span_ms = host->span_ms > last->span_ms ? host->span_ms : last->span_ms;
		if (last->n < COURSES_MAX && host->n > 0)
			last->courses[last->n] = host->courses[0];
		last->n += host->n;
	}
	units->n = n;
}

static enum pm_status count_allocations(struct pm_units *units, struct pm_error *err)
{
	struct pm_arena arena = {0};
	struct pm_selector selector;
	const size_t n = pm_trends_count(units->trends);
	bool fine = pm_selector_parse(&selector, pm_span_of(units->what), &arena), met = false;

	for (size_t i = 0; i < n && fine; i++) {
		const struct pm_series *series = pm_trends_series(units->trends, i);
		const struct pm_key *key = pm_trends_key(units->trends, i);
		struct unit_host *host;

		if (!pm_pool_has_suspects(key->pool) || !pm_selector_takes(&selector, key))
			continue;
		met = true;
		if (!series->counted)
			continue;
		host = add_host(units, series->last.origin->host);
		fine = host != NULL;
		if (fine) {
			host->units = series->allocs;
			host->span_ms = series->span_ms;
			host->courses[host->n++] = series;
		}
	}
	pm_arena_deinit(&arena);
	if (!fine)
		return pm_fail_memory(err);
	put_hosts_together(units);
	if (units->n > 0)
		return PM_OK;
	if (met)
		(void)pm_fail(err, PM_E_INPUT,
			"no units to count: the allocations of \"%s\" are not in these logs",
			units->what);
	else
		(void)pm_fail(err, PM_E_INPUT,
			"no units to count: no tag that was read is called \"%s\"", units->what);
	pm_error_remedy(err,
		met ? "name a tag with allocs and frees, or set marks and give --per mark:TEXT"
		    : "name another tag, or several by a pattern as 'Pr*'; --include and "
		      "--exclude must let it in");
	return PM_E_INPUT;
}

static enum pm_status count_marks(struct pm_units *units, const char *text, struct pm_error *err)
{
	const size_t n = pm_trends_count(units->trends);

	for (size_t i = 0; i < n; i++) {
		const struct pm_series *series = pm_trends_series(units->trends, i);
		const char *name = series->last.origin->host;
		const uint64_t marks = pm_trends_unit_marks(units->trends, name);
		struct unit_host *host;

		if (marks == 0)
			continue;
		host = add_host(units, name);
		if (host == NULL)
			return pm_fail_memory(err);
		*host = (struct unit_host){.host = name, .span_ms = series->span_ms};
	}
	put_hosts_together(units);
	for (size_t i = 0; i < units->n; i++)
		units->hosts[i].units = pm_trends_unit_marks(units->trends, units->hosts[i].host);
	if (units->n > 0)
		return PM_OK;
	(void)pm_fail(err, PM_E_INPUT, "no units to count: no mark begins with \"%s\"", text);
	pm_error_remedy(err, "the marks that there are: poolmon-analyze info");
	return PM_E_INPUT;
}

enum pm_status pm_units_create(struct pm_units **out, const char *what,
	const struct pm_trends *trends, struct pm_error *err)
{
	struct pm_units *units;
	enum pm_status status;

	*out = NULL;
	if (what[0] == '\0')
		return pm_fail(err, PM_E_ARGUMENT, "--per needs a tag, or mark:TEXT");
	units = calloc(1, sizeof(*units));
	if (units == NULL)
		return pm_fail_memory(err);
	units->what = what;
	units->trends = trends;
	status = pm_units_mark(what) != NULL ? count_marks(units, pm_units_mark(what), err)
					     : count_allocations(units, err);
	if (status == PM_OK)
		*out = units;
	else
		pm_units_destroy(units);
	return status;
}

/* ---- when they were done ---- */

/* Whether when the host's units were done is known on the same clock as the series. */
static bool has_courses(const struct unit_host *host, const struct pm_series *series)
{
	if (host->n == 0 || host->n > COURSES_MAX || series->n_epochs != 1)
		return false;
	for (size_t i = 0; i < host->n; i++) {
		if (host->courses[i]->n_epochs != 1 || host->courses[i]->epoch.uncounted ||
			!pm_origin_same_boot(host->courses[i]->last.origin, series->last.origin))
			return false;
	}
	return true;
}

/* Allocations until a moment, to the width of a bucket. */
static uint64_t done_until(const struct pm_series *series, int64_t uptime_ms)
{
	const struct pm_buckets *buckets = &series->epoch.buckets;
	const uint64_t at = (uint64_t)uptime_ms >> buckets->grid.shift;
	const uint64_t off = at - buckets->grid.origin;

	if (at < buckets->grid.origin)
		return 0;
	return pm_buckets_allocs_before(
		buckets, off < buckets->grid.n ? (size_t)off + 1 : buckets->grid.n);
}

static uint64_t units_in_time_of(const struct unit_host *host, const struct pm_series *series)
{
	uint64_t units = 0;

	if (series->span_ms >= host->span_ms)
		return host->units;
	if (!has_courses(host, series))
		return (uint64_t)((double)host->units * (double)series->span_ms /
			(double)host->span_ms);
	for (size_t i = 0; i < host->n; i++)
		units += done_until(host->courses[i], series->last.uptime_ms) -
			done_until(host->courses[i], series->first.uptime_ms);
	return units;
}

/* ---- the slope of a level over units ---- */

struct point {
	double x, y;
};

/* Levels and allocations on a grid of 2^shift ms, which is at least as coarse as their own. */
struct gathered {
	uint64_t n;
	double sum;
	double done; /* the mean of what was done by each sample, as if at an even pace */
};

static struct gathered gather(const struct pm_buckets *buckets, uint64_t at, unsigned shift)
{
	const unsigned finer = shift - buckets->grid.shift;
	const uint64_t first = at << finer, end = (at + 1) << finer;
	const uint64_t origin = buckets->grid.origin;
	struct gathered all = {0};
	size_t i = first > origin ? (size_t)(first - origin) : 0;
	double before = (double)pm_buckets_allocs_before(buckets, i);

	for (; i < buckets->grid.n && origin + i < end; i++) {
		const struct pm_bucket *bucket = pm_buckets_get(buckets, i);
		const double done = (double)bucket->allocs - before;

		if (bucket->n == 0)
			continue;
		all.sum += pm_bucket_sum(bucket);
		/* n samples at an even pace, the last of them at the end */
		all.done += (double)bucket->n * before + done * ((double)bucket->n + 1) / 2;
		all.n += bucket->n;
		before = (double)bucket->allocs;
	}
	if (all.n > 0)
		all.done /= (double)all.n;
	return all;
}

static size_t make_points(const struct unit_host *host, const struct pm_buckets *levels,
	struct point points[PM_BUCKETS_MAX])
{
	unsigned shift = levels->grid.shift;
	uint64_t from, until;
	size_t n = 0;

	for (size_t i = 0; i < host->n; i++)
		shift = host->courses[i]->epoch.buckets.grid.shift > shift
			? host->courses[i]->epoch.buckets.grid.shift
			: shift;
	if (levels->grid.n == 0)
		return 0;
	from = levels->grid.origin >> (shift - levels->grid.shift);
	until = (levels->grid.origin + levels->grid.n - 1) >> (shift - levels->grid.shift);
	for (uint64_t at = from; at <= until && n < PM_BUCKETS_MAX; at++) {
		const struct gathered y = gather(levels, at, shift);
		struct point point = {0};
		bool whole = y.n > 0;

		for (size_t i = 0; i < host->n && whole; i++) {
			const struct gathered x =
				gather(&host->courses[i]->epoch.buckets, at, shift);

			whole = x.n > 0;
			point.x += x.done;
		}
		if (!whole)
			continue;
		point.y = y.sum / (double)y.n;
		points[n++] = point;
	}
	return n;
}

/* How much wider the error is where residuals hang together from one point to the next. */
static double widening_of(const struct point *points, size_t n, double mean_x, double mean_y,
	double slope, double rest)
{
	double product = 0, last = 0, r;

	for (size_t i = 0; i < n; i++) {
		const double residual = points[i].y - mean_y - slope * (points[i].x - mean_x);

		product += i > 0 ? residual * last : 0;
		last = residual;
	}
	r = rest > 0 ? product / rest : 0;
	r = r < 0 ? 0 : r > 0.95 ? 0.95 : r;
	return (1 + r) / (1 - r);
}

static bool fit(const struct point *points, size_t n, double *low, double *high)
{
	double mean_x = 0, mean_y = 0, s_xx = 0, s_yy = 0, s_xy = 0, slope, rest, margin;

	for (size_t i = 0; i < n; i++) {
		mean_x += points[i].x;
		mean_y += points[i].y;
	}
	if (n < POINTS_MIN)
		return false;
	mean_x /= (double)n;
	mean_y /= (double)n;
	for (size_t i = 0; i < n; i++) {
		const double x = points[i].x - mean_x, y = points[i].y - mean_y;

		s_xx += x * x;
		s_yy += y * y;
		s_xy += x * y;
	}
	if (!(s_xx > 0))
		return false;
	slope = s_xy / s_xx;
	rest = s_yy - slope * s_xy;
	rest = rest > 0 ? rest : 0;
	margin = pm_t_limit((double)n - 2) *
		sqrt(rest / ((double)n - 2) / s_xx *
			widening_of(points, n, mean_x, mean_y, slope, rest));
	*low = slope - margin;
	*high = slope + margin;
	return true;
}

struct pm_per_unit pm_units_per(const struct pm_units *units, size_t i)
{
	const struct pm_series *series = pm_trends_series(units->trends, i);
	const struct unit_host *host = find_host(units, series->last.origin->host);
	struct pm_per_unit per = {0};
	struct pm_trend trend;

	if (host == NULL)
		return per;
	per.units = units_in_time_of(host, series);
	if (per.units == 0)
		return per;
	pm_trends_at(units->trends, i, &trend);
	per.has_diff = trend.diff.n > 0;
	per.has_bytes = trend.bytes.n > 0;
	per.diff = (double)trend.diff.growth / (double)per.units;
	per.bytes = (double)trend.bytes.growth / (double)per.units;
	if (has_courses(host, series)) {
		struct point points[PM_BUCKETS_MAX];
		const size_t n = make_points(host, &series->epoch.buckets, points);

		per.bounded = fit(points, n, &per.low, &per.high);
	}
	return per;
}
