/* SPDX-License-Identifier: MIT */
/*
 * A chain is what one thread reads: parts that follow each other, one after the other, folded into
 * one state. What the first part of a chain follows is not known yet when it is read, so chains are
 * read on the assumption that each simply follows the one before. When two are joined, that is
 * checked:
 *   - what a chain was told about its beginning (origin, columns) was wrong: all of it is read
 * again, rightly;
 *   - a part of it overlaps what came before, or was cut in the wrong place: the inputs in question
 * are marked, and everything is done once more with those inputs in one part, where the reader
 * merges them row by row. Both are rare; a second run marks at least one input more than the first,
 * so there is an end to it.
 *
 * There are few chains, so that there are few states: with one thread it is one.
 */
#include <poolmon/scan.h>

#include "base/array.h"
#include "base/fail.h"
#include "base/thread.h"
#include "base/workers.h"
#include "log/parts.h"
#include "log/rejecting.h"

#include <stdlib.h>

enum {
	PARTS_PER_JOB = 24, /* what a thread can take over from another are parts */
	PART_BYTES_MIN = 16 << 20,
	PART_BYTES_MAX = 512 << 20,
	AHEAD_BYTES_MIN = 8 << 20, /* less is not worth a thread that inflates ahead */
};

struct scan {
	/* for all threads to read */
	struct pm_inputs *inputs;
	const struct pm_fold *fold;
	const void *config;
	const struct pm_scan_options *options;
	struct pm_parts parts;
	size_t part_bytes;
	void *state; /* of the first chain */

	/* of the inputs before the end of the first chain; for whoever has that to write */
	struct pm_scan_result *result;

	struct pm_mutex mutex; /* guards what follows, while threads are about */
	bool *joined, *whole;  /* [n inputs] */
	size_t n_marked;       /* flags set in the two */
	bool again;            /* something was marked: results of this run are of no use */
};

struct piece { /* what is known of a part that was read, for what it is checked against */
	struct pm_part part;
	struct pm_admission admission;  /* of its rows, but not which keys they had */
	struct pm_input_counts *inputs; /* [part.n_inputs] */
	bool cut_wrong, reached_orphan;
};

struct chain {
	size_t first, n;                   /* parts */
	struct pm_cursor_start start, end; /* what it was assumed to begin with; how it ends */
	void *state;                       /* NULL: there is none (any more) */
	struct pm_keys *keys;
	struct pm_admission admission; /* of all its parts that simply follow each other */
	struct pm_read_counts counts;
	uint64_t lines;       /* that were read of its last input */
	struct piece *pieces; /* [n_pieces]: those of a chain that others may come before */
	size_t n_pieces, capacity;
};

/* Nothing comes before it any more. */
static bool is_front(const struct chain *chain)
{
	return chain->first == 0;
}

static void drop_piece(struct piece *piece)
{
	pm_admission_deinit(&piece->admission);
	free(piece->inputs);
}

static void drop_chain(void *context, void *result)
{
	const struct scan *scan = context;
	struct chain *chain = result;

	if (chain->state != NULL)
		scan->fold->deinit(chain->state);
	if (chain->state != scan->state)
		free(chain->state);
	for (size_t i = 0; i < chain->n_pieces; i++)
		drop_piece(&chain->pieces[i]);
	free(chain->pieces);
	pm_admission_deinit(&chain->admission);
	pm_keys_destroy(chain->keys);
	free(chain);
}

static enum pm_status make_state(const struct scan *scan, struct chain *chain, struct pm_error *err)
{
	void *state = is_front(chain) ? scan->state : calloc(1, scan->fold->state_size);
	const enum pm_status status =
		state == NULL ? pm_fail_memory(err) : scan->fold->init(state, scan->config, err);

	if (status == PM_OK) {
		chain->state = state;
		if (is_front(chain) && scan->fold->begin != NULL)
			scan->fold->begin(state);
	} else if (!is_front(chain)) {
		free(state);
	}
	return status;
}

static enum pm_status make_chain(struct scan *scan, size_t first, struct pm_cursor_start start,
	struct chain **out, struct pm_error *err)
{
	struct chain *chain = calloc(1, sizeof(*chain));
	enum pm_status status;

	if (chain == NULL)
		return pm_fail_memory(err);
	*chain = (struct chain){.first = first, .start = start, .keys = pm_keys_create()};
	pm_admission_init(&chain->admission, scan->inputs->origins);
	status = chain->keys == NULL ? pm_fail_memory(err) : make_state(scan, chain, err);
	if (status != PM_OK) {
		drop_chain(scan, chain);
		return status;
	}
	*out = chain;
	return PM_OK;
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
	size_t n, n_rows = 0;
	enum pm_status status;

	while ((status = pm_reader_next_rows(reader, &rows, &n, err)) == PM_OK) {
		status = fold_moment(fold, state, rows, n, err);
		if (status == PM_OK && fold->more != NULL)
			status = fold_again(fold, state, reader, err);
		if (status == PM_OK && !pm_meter_add_rows(reader->inputs->meter, &n_rows, n))
			status = pm_fail(err, PM_E_STOPPED, "reading was stopped");
		if (status != PM_OK)
			return status;
	}
	if (status == PM_END)
		status = fold->settle == NULL ? PM_OK : fold->settle(state, err);
	return status;
}

/* ---- what a part begins with ---- */

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

/* Whether an input says itself whose its first rows are. */
static bool tells_origin(const struct scan *scan, size_t input)
{
	return scan->inputs->at[input].origin != pm_origins_unknown(scan->inputs->origins);
}

static bool same_columns(const struct pm_columns *a, const struct pm_columns *b)
{
	return a->n == b->n && memcmp(a->field, b->field, (size_t)a->n) == 0;
}

/* Whether a guess of what stands before a part is right; `end` is how all that does ends. */
static bool is_right(const struct scan *scan, struct pm_part part,
	const struct pm_cursor_start *guessed, const struct pm_cursor_start *end)
{
	return ((part.from == 0 && tells_origin(scan, part.first)) ||
		       guessed->origin == end->origin) &&
		(part.from == 0 || same_columns(&guessed->columns, &end->columns));
}

/* What a part begins with where it was guessed wrong. */
static struct pm_cursor_start known_start(struct pm_part part, const struct pm_cursor_start *end)
{
	struct pm_cursor_start start = *end;

	if (part.from == 0)
		start.columns.n = 0;
	return start;
}

static struct pm_cursor_start next_start(const struct scan *scan, const struct chain *chain)
{
	const struct pm_part part = scan->parts.at[chain->first + chain->n];
	const struct pm_cursor_start start = guess_start(scan, part);

	if (chain->n == 0)
		return chain->start;
	return is_right(scan, part, &start, &chain->end) ? start : known_start(part, &chain->end);
}

/* ---- putting parts behind each other ---- */

static bool is_last_of_input(const struct scan *scan, struct pm_part part)
{
	return part.to == PM_STREAM_ALL || part.to >= scan->inputs->at[part.first].info.size;
}

/* A part that ends in the middle of a line, or of a compressed member, was cut where it must not
 * be. */
static bool is_cut_wrong(const struct scan *scan, const struct pm_reader *reader)
{
	const struct pm_rejects *rejects = &reader->counts.rejects;
	bool wrong = rejects->kinds[PM_REJECT_TORN].n > 0;

	for (int kind = 0; kind < PM_N_REJECTS; kind++)
		wrong |= pm_reject_is_packed(kind) && rejects->kinds[kind].n > 0;
	return wrong && !is_last_of_input(scan, reader->part);
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
	pm_mutex_lock(&scan->mutex);
	set(scan, &scan->whole[input]);
	for (size_t i = collides + 1; i <= input; i++)
		set(scan, &scan->joined[i]);
	pm_mutex_unlock(&scan->mutex);
}

static bool is_done_again(struct scan *scan)
{
	bool again;

	pm_mutex_lock(&scan->mutex);
	again = scan->again;
	pm_mutex_unlock(&scan->mutex);
	return again;
}

static void add_input_counts(struct scan *scan, const struct piece *piece)
{
	for (size_t i = 0; i < piece->part.n_inputs; i++) {
		struct pm_input_counts *to = &scan->result->inputs[piece->part.first + i];
		const struct pm_input_counts *from = &piece->inputs[i];

		if (to->rows == 0)
			to->first_ms = from->first_ms;
		if (from->rows > 0)
			to->last_ms = from->last_ms;
		to->lines += from->lines;
		to->rows += from->rows;
	}
}

static enum pm_status keep_piece(struct chain *chain, struct piece *piece, struct pm_error *err)
{
	struct piece *grown =
		pm_array_room(chain->pieces, &chain->capacity, chain->n_pieces, sizeof(*grown));

	if (grown == NULL) {
		drop_piece(piece);
		return pm_fail_memory(err);
	}
	chain->pieces = grown;
	grown[chain->n_pieces++] = *piece;
	return PM_OK;
}

/* Takes the piece of a part that is read already. */
static enum pm_status take_piece(
	struct scan *scan, struct chain *chain, struct piece *piece, struct pm_error *err)
{
	const struct pm_part part = piece->part;
	const uint64_t lines = piece->inputs[part.n_inputs - 1].lines;
	size_t collides;
	enum pm_status status = PM_OK;

	chain->lines = part.from > 0 ? chain->lines + lines : lines;
	if (piece->cut_wrong)
		mark(scan, part.first, part.first);
	else if (!pm_admission_is_followed_by(&chain->admission, &piece->admission, &collides))
		mark(scan, part.first, collides);
	else if (piece->reached_orphan)
		/* What that input inherits depends on how far this one was read when it began. */
		mark(scan, part.first + part.n_inputs, part.first + part.n_inputs - 1);
	else if (!pm_admission_append(
			 &chain->admission, &piece->admission, part.first + part.n_inputs - 1))
		status = pm_fail_memory(err);
	if (status == PM_OK && !is_front(chain))
		return keep_piece(chain, piece, err);
	if (status == PM_OK)
		add_input_counts(scan, piece);
	drop_piece(piece);
	return status;
}

static void add_counts(struct pm_read_counts *counts, const struct pm_read_counts *later,
	size_t input, uint64_t lines_before)
{
	pm_rejects_merge(&counts->rejects, &later->rejects, (uint32_t)input, lines_before);
	counts->rows += later->rows;
	counts->duplicates += later->duplicates;
	counts->filtered += later->filtered;
}

/* Lines of the input that a part begins with that stand before it in the chain. */
static uint64_t lines_before(const struct chain *chain, struct pm_part part)
{
	return part.from > 0 ? chain->lines : 0;
}

/* Puts a part behind that its reader has read to the end. */
static enum pm_status take_part(
	struct scan *scan, struct chain *chain, struct pm_reader *reader, struct pm_error *err)
{
	const struct pm_part part = reader->part;
	struct piece piece = {
		.part = part,
		.inputs = reader->input_counts,
		.cut_wrong = is_cut_wrong(scan, reader),
		.reached_orphan = reader->reached_orphan,
	};

	reader->input_counts = NULL;
	chain->end = reader->end;
	add_counts(&chain->counts, &reader->counts, part.first, lines_before(chain, part));
	pm_admission_init(&piece.admission, scan->inputs->origins);
	if (!pm_admission_append(&piece.admission, &reader->admission, part.first)) {
		drop_piece(&piece);
		return pm_fail_memory(err);
	}
	return take_piece(scan, chain, &piece, err);
}

/* Parts that are read in one, as long as no other thread takes the next one over. */
struct joint {
	const struct scan *scan;
	struct pm_claim *claim;
	size_t item;        /* the last of them */
	unsigned n_threads; /* that inflate ahead */
};

static uint64_t end_of_joint(void *context)
{
	struct joint *joint = context;
	const struct pm_parts *parts = &joint->scan->parts;
	const struct pm_part *part = &parts->at[joint->item];

	if (joint->item + 1 < parts->n && part[1].first == part->first &&
		pm_claim_next(joint->claim)) {
		joint->item++;
		part++;
	}
	return part->to;
}

/* Whoever has nothing to read inflates; of what was cut others take parts over. */
static bool may_start_thread(void *context)
{
	struct joint *joint = context;
	const bool may = pm_claim_thread(joint->claim);

	joint->n_threads += may;
	return may;
}

static struct pm_stream_hooks hooks_of(struct joint *joint)
{
	const struct scan *scan = joint->scan;
	const struct pm_part part = scan->parts.at[joint->item];
	const size_t bytes =
		scan->part_bytes < AHEAD_BYTES_MIN ? scan->part_bytes : (size_t)AHEAD_BYTES_MIN;
	struct pm_stream_hooks hooks = {.context = joint};

	if (joint->claim == NULL)
		return hooks;
	if (part.to != PM_STREAM_ALL)
		hooks.more = end_of_joint;
	else if (pm_part_bytes(scan->inputs, part) >= bytes)
		hooks.may_start = may_start_thread;
	return hooks;
}

/* claim: NULL: there is none. */
static enum pm_status add_part(
	void *context, void *result, size_t item, struct pm_claim *claim, struct pm_error *err)
{
	struct scan *scan = context;
	struct chain *chain = result;
	struct joint joint = {.scan = scan, .claim = claim, .item = item};
	const struct pm_cursor_start start = next_start(scan, chain);
	struct pm_reader reader;
	enum pm_status status = pm_reader_open_part(&reader, scan->inputs, scan->parts.at[item],
		&start, chain->keys, &scan->options->read, err);

	if (status != PM_OK)
		return status;
	reader.hooks = hooks_of(&joint);
	status = fold_rows(scan->fold, chain->state, &reader, err);
	reader.part.to = scan->parts.at[joint.item].to;
	if (status == PM_OK)
		status = take_part(scan, chain, &reader, err);
	pm_reader_close_part(&reader);
	for (; joint.n_threads > 0; joint.n_threads--)
		pm_claim_give_back(claim);
	chain->n += joint.item + 1 - item;
	return status;
}

static enum pm_status begin_chain(void *context, size_t item, void **result, struct pm_error *err)
{
	struct scan *scan = context;
	struct pm_cursor_start start = {.origin = pm_origins_unknown(scan->inputs->origins)};
	struct chain *chain = NULL;
	enum pm_status status;

	if (item < scan->parts.n)
		start = guess_start(scan, scan->parts.at[item]);
	status = make_chain(scan, item, start, &chain, err);
	*result = chain;
	return status;
}

/* Reads a chain again, now that it is known what it begins with. */
static enum pm_status read_again(
	struct scan *scan, struct chain **chain, struct pm_cursor_start start, struct pm_error *err)
{
	const size_t first = (*chain)->first, n = (*chain)->n;
	enum pm_status status;

	drop_chain(scan, *chain);
	*chain = NULL;
	status = make_chain(scan, first, start, chain, err);
	for (size_t i = 0; i < n && status == PM_OK; i++)
		status = add_part(scan, *chain, first + i, NULL, err);
	return status;
}

static enum pm_status put_behind(
	struct scan *scan, struct chain *chain, struct chain *later, struct pm_error *err)
{
	const struct pm_part part = scan->parts.at[later->first];
	enum pm_status status = PM_OK;

	add_counts(&chain->counts, &later->counts, part.first, lines_before(chain, part));
	chain->n += later->n;
	chain->end = later->end;
	for (size_t i = 0; i < later->n_pieces && status == PM_OK; i++) {
		struct piece piece = later->pieces[i];

		later->pieces[i] = (struct piece){0};
		status = take_piece(scan, chain, &piece, err);
	}
	if (status == PM_OK && !is_done_again(scan))
		status = scan->fold->merge(chain->state, later->state, err);
	return status;
}

static enum pm_status join_chains(
	void *context, void *result, void *result_of_later, struct pm_error *err)
{
	struct scan *scan = context;
	struct chain *chain = result, *later = result_of_later;
	const struct pm_part part = scan->parts.at[later->first];
	enum pm_status status = PM_OK;

	if (!is_right(scan, part, &later->start, &chain->end))
		status = read_again(scan, &later, known_start(part, &chain->end), err);
	if (status == PM_OK)
		status = put_behind(scan, chain, later, err);
	if (later != NULL)
		drop_chain(scan, later);
	return status;
}

/* ---- all of it ---- */

static uint64_t weigh_part(void *context, size_t item)
{
	const struct scan *scan = context;

	return 1 + pm_part_bytes(scan->inputs, scan->parts.at[item]);
}

/* What it begins with need not be guessed. */
static bool part_begins_well(void *context, size_t item)
{
	const struct scan *scan = context;
	const struct pm_part part = scan->parts.at[item];

	return part.from == 0 && tells_origin(scan, part.first);
}

/* A chain takes memory, so that what a thread may wait for at the end is not worth one. */
static uint64_t worth_of_chain(void *context)
{
	const struct scan *scan = context;

	return 2 * (uint64_t)scan->part_bytes;
}

/* With one thread nothing has to be cut. */
static size_t part_bytes_of(const struct scan *scan, unsigned jobs)
{
	const struct pm_part all = {.n_inputs = scan->inputs->n, .to = PM_STREAM_ALL};
	uint64_t bytes;

	if (scan->options->part_bytes != 0)
		return scan->options->part_bytes;
	if (jobs <= 1)
		return SIZE_MAX;
	bytes = pm_part_bytes(scan->inputs, all) / ((uint64_t)PARTS_PER_JOB * jobs);
	return bytes < PART_BYTES_MIN    ? PART_BYTES_MIN
		: bytes > PART_BYTES_MAX ? PART_BYTES_MAX
					 : (size_t)bytes;
}

static enum pm_status run_once(struct scan *scan, struct pm_error *err)
{
	static const struct pm_run_work how = {
		.weight = weigh_part,
		.worth = worth_of_chain,
		.begins_well = part_begins_well,
		.begin = begin_chain,
		.add = add_part,
		.join = join_chains,
		.drop = drop_chain,
	};
	const unsigned jobs =
		scan->options->jobs != 0 ? scan->options->jobs : pm_thread_processors();
	void *result = NULL;
	struct chain *chain;
	enum pm_status status;

	scan->again = false;
	pm_meter_begin_again(scan->inputs->meter);
	memset(scan->result->inputs, 0, scan->inputs->n * sizeof(*scan->result->inputs));
	memset(scan->state, 0, scan->fold->state_size);
	scan->part_bytes = part_bytes_of(scan, jobs);
	status = pm_parts_plan(
		&scan->parts, scan->inputs, scan->joined, scan->whole, scan->part_bytes, err);
	if (status != PM_OK)
		return status;
	status = pm_workers_run(jobs, scan->parts.n, &how, scan, &result, err);
	chain = result;
	if (status == PM_OK && !scan->again) {
		scan->result->counts = chain->counts;
		scan->result->counts.snapshots = chain->admission.n_snapshots;
		chain->state = NULL; /* the caller has it */
	}
	if (chain != NULL)
		drop_chain(scan, chain);
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
	enum pm_status status = PM_OK;

	result->inputs = calloc(inputs->n + 1, sizeof(*result->inputs));
	if (result->inputs == NULL || scan.joined == NULL || scan.whole == NULL)
		status = pm_fail_memory(err);
	pm_meter_init(&meter, pm_inputs_bytes(inputs), scan.options->progress,
		scan.options->progress_context);
	inputs->meter = &meter;
	pm_mutex_init(&scan.mutex);
	do {
		const size_t n_marked = scan.n_marked;

		if (status == PM_OK)
			status = run_once(&scan, err);
		if (status == PM_OK && scan.again && scan.n_marked == n_marked)
			status = pm_fail_memory(
				err); /* what else could keep parts from following? */
	} while (status == PM_OK && scan.again);
	pm_mutex_deinit(&scan.mutex);
	inputs->meter = NULL;
	pm_meter_deinit(&meter);
	if (status == PM_E_STOPPED)
		status = PM_END;
	if (status != PM_OK)
		pm_scan_result_deinit(result);
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
