/* SPDX-License-Identifier: MIT */
/*
 * The fast path of reading: lines that are like the last one of their key.
 *
 * A log says nearly the same again and again: in each snapshot the same keys in the same order, all
 * with the time of the snapshot, most with the numbers of before. So of each key the last line is
 * kept as it stood there, from behind the times on, along with what it meant. A line of which
 *   - the head, up to the end of the times, is byte for byte that of the row before, and
 *   - the rest is byte for byte the last one of its key
 * means the same with the times of the row before, and is not looked at any further. Which key
 * comes next is foreseen from the order of the last snapshot; where it is not that one, it is found
 * by the bytes of the key. If the key is the same but what follows is not, most often only digits
 * of its numbers are others: these then stand where they stood in the last line. Else the line is
 * held against the shape of the last one: the text between the numbers must be the same, and the
 * numbers must be whole ones of up to 15 digits. Where a moment begins, other digits of its times
 * are read in the same way. Every other line - events, other columns, quotes, escapes, whatever is
 * wrong - is left to the codec, and kept if it can be.
 *
 * That holds for each format whose parsing of a line from the end of the times on depends on
 * nothing before it, and where digits for other digits change no more than that value. What is kept
 * is taken from fields that the codec found in the line itself, not unquoted or unescaped.
 *
 * What a line says is handed out as a reading, by the pointer to what is kept of its key: a line
 * that says the same again costs no more than the two comparisons.
 */
#ifndef POOLMON_LOG_RECALL_H
#define POOLMON_LOG_RECALL_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "log/codec.h"

enum {
	PM_RECALL_HEAD = 128,
	PM_RECALL_SHAPES = 64,
	PM_RECALL_TEXT = 320, /* of a line that is kept, from behind the times on */
	PM_RECALL_SLACK = PM_RECALL_HEAD + PM_RECALL_TEXT + PM_BYTES_SLACK,
};

struct pm_recall;
struct pm_recalled; /* the last line of a key */

typedef size_t pm_recall_runner(struct pm_recall *recall, const struct pm_codec *codec,
	const char **at, const char *end, const struct pm_reading **readings, size_t max,
	uint64_t *stamp);

/* pm_recall_run() with vectors of some kind. */
struct pm_recall_way {
	const char *name;    /* "avx2" */
	bool (*works)(void); /* on this machine */
	pm_recall_runner *run;
};

/* All ways, which give the same, the quickest first, and one without a name behind them. */
extern const struct pm_recall_way pm_recall_ways[];

/* Begins as {0}. */
struct pm_recall {
	bool in_use; /* set by the owner: text may be read up to PM_RECALL_SLACK beyond its end */
	const struct pm_recall_way *way; /* NULL: the first that works is still to be found */
	char head[PM_RECALL_HEAD + PM_BYTES_SLACK]; /* of the last row; n_head == 0: none */
	size_t n_head;
	int64_t time_ms, uptime_ms;  /* what that says */
	struct pm_span time, uptime; /* where in it they stand */
	uint32_t batch;              /* of pm_recall_run() */
	bool lost;                   /* the last key was not the one that was foreseen */
	struct pm_recalled *last;    /* of the last row, or NULL */

	struct pm_arena arena;
	struct pm_index index; /* bytes of a key to its place in keys */
	uint64_t seed;
	struct pm_recalled **keys; /* [n] */
	size_t n, capacity;
	struct pm_recalled_shape *shapes[PM_RECALL_SHAPES]; /* [n_shapes] */
	size_t n_shapes;
};

void pm_recall_deinit(struct pm_recall *recall);

/* Forgets all: what a line means has changed. */
void pm_recall_forget(struct pm_recall *recall);

/*
 * Takes lines from *at on, as long as they are recalled, max at most; moves *at. Returns how many:
 * each says readings[i] at the time of recall->time_ms and uptime_ms. They stay as they are until
 * the next call of this or of pm_recall_keep(). stamp: the last that was given.
 */
pm_recall_runner pm_recall_run;

/* Whether a line begins with a head that differs from the one at hand in digits alone; it is the
 * one at hand then. */
bool pm_recall_move_on(struct pm_recall *recall, const char *at);

/* Keeps a line [at, end), which the codec took apart and which became this row; `behind` is behind
 * its line end. */
void pm_recall_keep(struct pm_recall *recall, const struct pm_codec *codec, const char *at,
	const char *behind, const struct pm_fields *fields, const struct pm_row *row,
	uint64_t *stamp);

#endif
