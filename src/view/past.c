/* SPDX-License-Identifier: MIT */
/* Two spans of snapshots, one behind the other. When the second is full it takes the place of the
 * first, so that at least one full span is always there. */
#include "base/array.h"
#include "base/fail.h"
#include "view/watch.h"

#include <string.h>

enum {
	SPAN_SNAPSHOTS = 64,  /* of so many, or */
	SPAN_ROWS = 64 * 1024 /* once it has so many rows, a span is full */
};

struct moment {
	int64_t time_ms, uptime_ms;
	struct pm_row *rows; /* [n_rows] */
	size_t n_rows, capacity;
};

struct span {
	struct pm_watch *before; /* what was known before the first */
	uint64_t first;          /* its number */
	size_t n, n_rows;
	struct moment at[SPAN_SNAPSHOTS]; /* [n] */
};

struct pm_past {
	struct span *older, *newer;
};

static struct span *new_span(void)
{
	struct span *span = calloc(1, sizeof(*span));

	if (span != NULL && pm_watch_create(&span->before, NULL) == PM_OK)
		return span;
	free(span);
	return NULL;
}

static void free_span(struct span *span)
{
	if (span == NULL)
		return;
	for (size_t i = 0; i < SPAN_SNAPSHOTS; i++)
		free(span->at[i].rows);
	pm_watch_destroy(span->before);
	free(span);
}

enum pm_status pm_past_create(struct pm_past **out, struct pm_error *err)
{
	struct pm_past *past = calloc(1, sizeof(*past));

	*out = past;
	if (past == NULL)
		return pm_fail_memory(err);
	past->older = new_span();
	past->newer = new_span();
	if (past->older != NULL && past->newer != NULL)
		return PM_OK;
	pm_past_destroy(past);
	*out = NULL;
	return pm_fail_memory(err);
}

void pm_past_destroy(struct pm_past *past)
{
	if (past == NULL)
		return;
	free_span(past->older);
	free_span(past->newer);
	free(past);
}

void pm_past_clear(struct pm_past *past)
{
	past->older->n = past->newer->n = 0;
}

/* Room for another snapshot in the newer span. */
static enum pm_status make_room(
	struct pm_past *past, uint64_t n, const struct pm_watch *before, struct pm_error *err)
{
	struct span *span = past->newer;

	if (span->n == SPAN_SNAPSHOTS || (span->n > 0 && span->n_rows >= SPAN_ROWS)) {
		past->newer = past->older;
		past->older = span;
		span = past->newer;
		span->n = 0;
	}
	if (span->n > 0)
		return PM_OK;
	span->first = n;
	span->n_rows = 0;
	return pm_watch_copy(span->before, before, err);
}

enum pm_status pm_past_keep(struct pm_past *past, uint64_t n, const struct pm_snapshot *snapshot,
	const struct pm_watch *before, struct pm_error *err)
{
	enum pm_status status = make_room(past, n, before, err);
	struct moment *moment = &past->newer->at[past->newer->n];
	struct pm_row *grown =
		pm_array_room(moment->rows, &moment->capacity, snapshot->n_rows, sizeof(*grown));

	if (grown != NULL)
		moment->rows = grown;
	else if (status == PM_OK)
		status = pm_fail_memory(err);
	if (status != PM_OK) {
		pm_past_clear(past);
		return status;
	}
	if (snapshot->n_rows > 0)
		memcpy(moment->rows, snapshot->rows, snapshot->n_rows * sizeof(*moment->rows));
	for (size_t i = 0; i < snapshot->n_rows; i++) {
		moment->rows[i].note = NULL; /* the snapshot's */
		moment->rows[i].n_note = 0;
	}
	moment->time_ms = snapshot->time_ms;
	moment->uptime_ms = snapshot->uptime_ms;
	moment->n_rows = snapshot->n_rows;
	past->newer->n_rows += snapshot->n_rows;
	past->newer->n++;
	return PM_OK;
}

static bool has(const struct span *span, uint64_t n)
{
	return n >= span->first && n - span->first < span->n;
}

bool pm_past_get(const struct pm_past *past, uint64_t n, struct pm_snapshot *snapshot)
{
	const struct span *span = has(past->newer, n) ? past->newer : past->older;
	const struct moment *moment;

	if (!has(span, n))
		return false;
	moment = &span->at[n - span->first];
	*snapshot = (struct pm_snapshot){.time_ms = moment->time_ms,
		.uptime_ms = moment->uptime_ms,
		.rows = moment->rows,
		.n_rows = moment->n_rows};
	return true;
}

enum pm_status pm_past_restore(
	const struct pm_past *past, uint64_t n, struct pm_watch *watch, struct pm_error *err)
{
	const struct span *span = has(past->newer, n) ? past->newer : past->older;
	struct pm_snapshot snapshot;
	enum pm_status status = pm_watch_copy(watch, span->before, err);

	for (uint64_t i = span->first; status == PM_OK && i <= n; i++) {
		if (pm_past_get(past, i, &snapshot))
			status = pm_watch_take(watch, &snapshot, err);
	}
	if (status != PM_OK)
		pm_watch_reset(watch);
	return status;
}
