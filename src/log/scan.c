/* SPDX-License-Identifier: MIT */
/*
 * Parts are read and folded in parallel on the assumption that each simply follows the one before.
 * When a part's turn comes to be merged, the assumption is checked:
 *   - what it was told about its beginning (origin, columns) was wrong: it is read again, rightly;
 *   - it overlaps what came before, or was cut in the wrong place: the inputs in question are
 * marked, and everything is done once more with those inputs in one part, where the reader merges
 * them row by row. Both are rare; a second run marks at least one input more than the first, so
 * there is an end to it.
 *
 * With one thread there is nothing to assume: what a part follows is known when it is read. All are
 * then folded into one state, which is cheaper than to begin with an empty one again and again.
 */
#include <poolmon/scan.h>

#include "base/array.h"
#include "base/fail.h"
#include "base/thread.h"
#include "base/workers.h"
#include "log/parts.h"

#include <stdlib.h>

enum {
	PARTS_PER_JOB = 3,
	PART_BYTES_MIN = 16 << 20,
	PART_BYTES_MAX = 512 << 20,
};

struct scan {
	/* for all threads to read */
	struct pm_inputs *inputs;
	const struct pm_fold *fold;
	const void *config;
	const struct pm_scan_options *options;
	struct pm_parts parts;
	bool in_order; /* one thread folds them all into `state` */

	/* for whoever takes results to write */
	void *state;
	struct pm_keys *keys; /* of all parts, if they are read in order */
	struct pm_scan_result *result;
	struct pm_admission admission;
	struct pm_cursor_start end; /* of what was taken so far */
	bool *joined, *whole;       /* [n inputs] */
	size_t n_marked;            /* flags set in the two */
	bool again;                 /* something was marked: results of this run are of no use */
};

struct piece { /* the result of one part */
	struct pm_reader reader;
	void *state; /* NULL: it is in that of the scan already */
};

static void drop_piece(void *context, void *result)
{
	struct scan *scan = context;
	struct piece *piece = result;

	if (piece == NULL)
		return;
	if (piece->state != NULL)
		scan->fold->deinit(piece->state);
	free(piece->state);
	pm_reader_close_part(&piece->reader);
	free(piece);
}

static enum pm_status make_state(const struct scan *scan, void **out, struct pm_error *err)
{
	void *state = calloc(1, scan->fold->state_size);
	const enum pm_status status =
		state == NULL ? pm_fail_memory(err) : scan->fold->init(state, scan->config, err);

	if (status != PM_OK) {
		free(state);
		state = NULL;
	}
	*out = state;
	return status;
}

/* Rows of one moment. */
static enum pm_status fold_moment(const struct pm_fold *fold, void *state,
	const struct pm_row *rows, size_t n, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	if (fold->steps != NULL && rows->note == NULL)
		return fold->steps(state, rows, n, err);
	for (size_t i = 0; i < n && status == PM_OK; i++)
		status = fold->step(state, &rows[i], err);
	return status;
}

/* The rest of it, as far as it says what was said before. */
static enum pm_status fold_again(
	const struct pm_fold *fold, void *state, struct pm_reader *reader, struct pm_error *err)
{
	const struct pm_reading *const *readings;
	size_t n;
	enum pm_status status;

	while ((status = pm_reader_again(reader, &readings, &n, err)) == PM_OK && n > 0) {
		status = fold->more(state, readings, n, err);
		if (status != PM_OK)
			break;
	}
	return status;
}

static enum pm_status fold_rows(
	const struct pm_fold *fold, void *state, struct pm_reader *reader, struct pm_error *err)
{
	const struct pm_row *rows;
	size_t n;
	enum pm_status status;

	while ((status = pm_reader_next_rows(reader, &rows, &n, err)) == PM_OK) {
		status = fold_moment(fold, state, rows, n, err);
		if (status == PM_OK && fold->more != NULL)
			status = fold_again(fold, state, reader, err);
		if (status != PM_OK)
			return status;
	}
	if (status == PM_END)
		status = fold->settle == NULL ? PM_OK : fold->settle(state, err);
	return status;
}

static enum pm_status fold_part(const struct scan *scan, struct pm_part part,
	const struct pm_cursor_start *start, struct piece **out, struct pm_error *err)
{
	struct piece *piece = calloc(1, sizeof(*piece));
	enum pm_status status;
	void *state;

	if (piece == NULL)
		return pm_fail_memory(err);
	status = pm_reader_open_part(
		&piece->reader, scan->inputs, part, start, scan->keys, &scan->options->read, err);
	if (status == PM_OK && !scan->in_order)
		status = make_state(scan, &piece->state, err);
	state = scan->in_order ? scan->state : piece->state;
	if (status == PM_OK)
		status = fold_rows(scan->fold, state, &piece->reader, err);
	if (status != PM_OK) {
		drop_piece((void *)(uintptr_t)scan, piece);
		return status;
	}
	*out = piece;
	return PM_OK;
}

/* What a part most likely begins with, from what the head of its file told. */
static struct pm_cursor_start guess_start(const struct scan *scan, struct pm_part part)
{
	struct pm_cursor_start start = {.origin = scan->inputs->at[part.first].origin};
	const struct pm_origin *unknown = pm_origins_unknown(scan->inputs->origins);

	for (size_t i = part.first; start.origin == unknown && i-- > 0;)
		start.origin = scan->inputs->at[i].origin;
	if (part.from > 0)
		start.columns = scan->inputs->at[part.first].columns;
	return start;
}

static bool same_columns(const struct pm_columns *a, const struct pm_columns *b)
{
	return a->n == b->n && memcmp(a->field, b->field, (size_t)a->n) == 0;
}

/* Whether a guess of what stands before a part is right; all before it were taken. */
static bool is_right(
	const struct scan *scan, struct pm_part part, const struct pm_cursor_start *guessed)
{
	const bool tells_origin = part.from == 0 &&
		scan->inputs->at[part.first].origin != pm_origins_unknown(scan->inputs->origins);

	return (tells_origin || guessed->origin == scan->end.origin) &&
		(part.from == 0 || same_columns(&guessed->columns, &scan->end.columns));
}

/* What a part begins with where it was guessed wrong. */
static struct pm_cursor_start known_start(const struct scan *scan, struct pm_part part)
{
	struct pm_cursor_start start = scan->end;

	if (part.from == 0)
		start.columns.n = 0;
	return start;
}

static enum pm_status work(void *context, size_t item, void **result, struct pm_error *err)
{
	const struct scan *scan = context;
	const struct pm_part part = scan->parts.at[item];
	struct pm_cursor_start start = guess_start(scan, part);
	struct piece *piece = NULL;
	enum pm_status status;

	if (scan->in_order && !is_right(scan, part, &start))
		start = known_start(scan, part);
	status = fold_part(scan, part, &start, &piece, err);

	*result = piece;
	return status;
}

static bool is_last_of_input(const struct scan *scan, struct pm_part part)
{
	return part.to == PM_STREAM_ALL || part.to >= scan->inputs->at[part.first].info.size;
}

/* A part that ends in the middle of a line, or of a compressed member, was cut where it must not
 * be. */
static bool cut_wrong(const struct scan *scan, const struct piece *piece)
{
	const struct pm_rejects *rejects = &piece->reader.counts.rejects;
	bool wrong = rejects->kinds[PM_REJECT_TORN].n > 0;

	for (int kind = 0; kind < PM_N_REJECTS; kind++)
		wrong |= pm_reject_is_packed(kind) && rejects->kinds[kind].n > 0;
	return wrong && !is_last_of_input(scan, piece->reader.part);
}

static void set(struct scan *scan, bool *flag)
{
	scan->n_marked += !*flag;
	*flag = true;
	scan->again = true;
}

/* The part does not simply follow: its input is joined with those back to the one it collides with.
 */
static void mark(struct scan *scan, size_t input, size_t collides)
{
	set(scan, &scan->whole[input]);
	for (size_t i = collides + 1; i <= input; i++)
		set(scan, &scan->joined[i]);
}

static void add_counts(struct scan *scan, const struct piece *piece)
{
	struct pm_read_counts *counts = &scan->result->counts;
	const struct pm_reader *reader = &piece->reader;
	const size_t first = reader->part.first;

	pm_rejects_merge(&counts->rejects, &reader->counts.rejects,
		reader->part.from > 0 ? scan->result->inputs[first].lines : 0);
	counts->rows += reader->counts.rows;
	counts->duplicates += reader->counts.duplicates;
	counts->filtered += reader->counts.filtered;
	for (size_t i = 0; i < reader->part.n_inputs; i++) {
		struct pm_input_counts *to = &scan->result->inputs[first + i];
		const struct pm_input_counts *from = &reader->input_counts[i];

		if (to->rows == 0)
			to->first_ms = from->first_ms;
		if (from->rows > 0)
			to->last_ms = from->last_ms;
		to->lines += from->lines;
		to->rows += from->rows;
	}
}

static enum pm_status take(void *context, size_t item, void *result, struct pm_error *err)
{
	struct scan *scan = context;
	struct piece *piece = result;
	const struct pm_part part = scan->parts.at[item];
	size_t collides;
	enum pm_status status = PM_OK;

	if (!scan->in_order && !is_right(scan, part, &piece->reader.start)) {
		const struct pm_cursor_start start = known_start(scan, part);

		drop_piece(scan, piece);
		status = fold_part(scan, part, &start, &piece, err);
		if (status != PM_OK)
			return status;
	}
	scan->end = piece->reader.end;
	if (cut_wrong(scan, piece)) {
		set(scan, &scan->whole[part.first]);
	} else if (!pm_admission_is_followed_by(
			   &scan->admission, &piece->reader.admission, &collides)) {
		mark(scan, part.first, collides);
	} else if (piece->reader.reached_orphan) {
		/* What that input inherits depends on how far this one was read when it began. */
		mark(scan, part.first + part.n_inputs, part.first + part.n_inputs - 1);
	} else if (!pm_admission_append(&scan->admission, &piece->reader.admission,
			   part.first + part.n_inputs - 1)) {
		status = pm_fail_memory(err);
	} else if (!scan->again) {
		add_counts(scan, piece);
		if (piece->state != NULL)
			status = scan->fold->merge(scan->state, piece->state, err);
	}
	drop_piece(scan, piece);
	return status;
}

static void reset(struct scan *scan)
{
	pm_admission_deinit(&scan->admission);
	pm_admission_init(&scan->admission, scan->inputs->origins);
	scan->end = (struct pm_cursor_start){.origin = pm_origins_unknown(scan->inputs->origins)};
	scan->again = false;
	pm_meter_begin_again(scan->inputs->meter);
	memset(&scan->result->counts, 0, sizeof(scan->result->counts));
	memset(scan->result->inputs, 0, scan->inputs->n * sizeof(*scan->result->inputs));
}

/* Each part begins with an empty state, so that few large ones cost less; but all threads are to
 * have some of them. */
static size_t part_bytes_of(const struct scan *scan, unsigned jobs)
{
	uint64_t bytes = 0;

	if (scan->options->part_bytes != 0)
		return scan->options->part_bytes;
	for (size_t i = 0; i < scan->inputs->n; i++)
		bytes += pm_inputs_at(scan->inputs, i).bytes *
			(scan->inputs->at[i].packing != PM_PACKING_NONE ? PM_PACKED_RATIO : 1);
	bytes /= (uint64_t)PARTS_PER_JOB * (jobs == 0 ? 1 : jobs);
	return bytes < PART_BYTES_MIN    ? PART_BYTES_MIN
		: bytes > PART_BYTES_MAX ? PART_BYTES_MAX
					 : (size_t)bytes;
}

static enum pm_status run_once(struct scan *scan, struct pm_error *err)
{
	static const struct pm_ordered_work how = {work, take, drop_piece};
	const unsigned jobs =
		scan->options->jobs != 0 ? scan->options->jobs : pm_thread_processors();
	enum pm_status status;

	reset(scan);
	memset(scan->state, 0, scan->fold->state_size);
	status = pm_parts_plan(&scan->parts, scan->inputs, scan->joined, scan->whole,
		part_bytes_of(scan, jobs), err);
	scan->in_order = jobs <= 1 || scan->parts.n <= 1;
	scan->inputs->read_ahead = scan->parts.n < jobs; /* whoever has nothing to read inflates */
	scan->keys = scan->in_order ? pm_keys_create() : NULL;
	if (status == PM_OK && scan->in_order && scan->keys == NULL)
		status = pm_fail_memory(err);
	if (status == PM_OK)
		status = scan->fold->init(scan->state, scan->config, err);
	if (status == PM_OK) {
		status = pm_workers_run(jobs, scan->parts.n, &how, scan, err);
		if (status != PM_OK || scan->again)
			scan->fold->deinit(scan->state);
	}
	pm_keys_destroy(scan->keys);
	return status;
}

enum pm_status pm_scan(struct pm_inputs *inputs, const struct pm_fold *fold, const void *config,
	void *state, const struct pm_scan_options *options, struct pm_scan_result *result,
	struct pm_error *err)
{
	static const struct pm_scan_options defaults;
	struct scan scan = {
		.inputs = inputs,
		.fold = fold,
		.config = config,
		.options = options != NULL ? options : &defaults,
		.state = state,
		.result = result,
		.joined = calloc(inputs->n + 1, sizeof(bool)),
		.whole = calloc(inputs->n + 1, sizeof(bool)),
	};
	struct pm_meter meter;
	uint64_t bytes = 0;
	enum pm_status status = PM_OK;

	result->inputs = calloc(inputs->n + 1, sizeof(*result->inputs));
	if (result->inputs == NULL || scan.joined == NULL || scan.whole == NULL)
		status = pm_fail_memory(err);
	for (size_t i = 0; i < inputs->n; i++)
		bytes += inputs->at[i].seekable ? inputs->at[i].info.size : 0;
	pm_meter_init(&meter, bytes, scan.options->progress, scan.options->progress_context);
	inputs->meter = &meter;
	do {
		const size_t n_marked = scan.n_marked;

		if (status == PM_OK)
			status = run_once(&scan, err);
		if (status == PM_OK && scan.again && scan.n_marked == n_marked)
			status = pm_fail_memory(
				err); /* what else could keep parts from following? */
	} while (status == PM_OK && scan.again);
	inputs->meter = NULL;
	pm_meter_deinit(&meter);
	if (status == PM_E_STOPPED)
		status = PM_END;
	result->counts.snapshots = scan.admission.n_snapshots;
	if (status != PM_OK)
		pm_scan_result_deinit(result);
	pm_admission_deinit(&scan.admission);
	pm_parts_deinit(&scan.parts);
	free(scan.joined);
	free(scan.whole);
	return status;
}

void pm_scan_result_deinit(struct pm_scan_result *result)
{
	free(result->inputs);
	result->inputs = NULL;
}
