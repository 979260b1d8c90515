/* SPDX-License-Identifier: MIT */
/* What is kept of the last line of a key: for recall.c, which keeps it, and recall-run.c alone. */
#ifndef POOLMON_LOG_RECALLED_H
#define POOLMON_LOG_RECALLED_H

#include "base/lanes.h"
#include "base/wide.h"
#include "log/recall.h"

enum {
	PM_RECALL_DIGITS = 15,  /* of a number; see pm_bytes_number_of() */
	PM_RECALL_LITERAL = 16, /* between two numbers */
	PM_RECALL_END = 256,    /* behind the last number */
	PM_RECALL_PLACES = 256, /* bytes of a line of which it is known where its numbers stand */
	PM_NO_SHAPE = PM_RECALL_SHAPES,
	PM_CACHE_LINE = 64,
};

struct pm_recalled_literal {
	uint64_t word[2], mask[2];
	size_t n;
};

/* What stands between the numbers of a line, the same for many keys. */
struct pm_recalled_shape {
	int n_values;
	bool brief; /* no literal is longer than 8 */
	unsigned char value[PM_N_VALUES];
	/* the last: the first 8 bytes of the end */
	struct pm_recalled_literal before[PM_N_VALUES], end_literal;
	size_t n_end;
	char end[PM_RECALL_END + PM_BYTES_SLACK];
};

/*
 * Begins 8 bytes behind the begin of a cache line, as of each line of a log one of these is
 * touched: the second cache line, which begins with the reading's stamp, and the text if it says
 * the same again, and the others if its numbers differ.
 */
struct pm_recalled {
	struct pm_reading reading;
	struct pm_recalled *next; /* what came behind it the last time, or itself: nothing did */
	uint32_t batch;           /* in which it was taken last */
	uint16_t n, n_key, capacity;
	uint8_t shape;           /* PM_NO_SHAPE: none that is of use */
	struct pm_places places; /* of its numbers, by value */

	/* Of 64 bytes each, bit i stands for byte i: digits of numbers, and the first ones of those
	 * that have more. No digits: it is not known where they are. */
	struct {
		uint64_t digits, leads;
	} bits[PM_RECALL_PLACES / 64];

	char text[]; /* [capacity + PM_BYTES_SLACK]: n bytes, of which n_key tell the key */
};

/* recall-run.c, as it is compiled; the last one for tests. */
pm_recall_runner pm_recall_run_plain, pm_recall_run_avx2, pm_recall_run_avx512, pm_recall_run_none;

/* Of the bytes of a key, of which PM_BYTES_SLACK more can be read: quick where there are few. What
 * they are multiplied by nobody knows who may want them to collide. */
static inline uint64_t pm_recall_hash(uint64_t seed, const char *at, size_t n)
{
	uint64_t hash = seed ^ n;

	for (size_t i = 0; i < n; i += 16) {
		const size_t left = n - i < 16 ? n - i : 16;
		const uint64_t a = pm_bytes_load(at + i) & pm_low_bits(8 * left);
		const uint64_t b =
			pm_bytes_load(at + i + 8) & (left > 8 ? pm_low_bits(8 * (left - 8)) : 0);
		uint64_t low;
		const uint64_t high = pm_multiply(hash ^ a, seed ^ b, &low);

		hash = low ^ high;
	}
	return hash;
}

/* The last line of a key, by its bytes; NULL: there is none. */
static inline struct pm_recalled *pm_recall_find(
	const struct pm_recall *recall, const char *body, size_t n_key)
{
	const uint64_t hash = pm_recall_hash(recall->seed, body, n_key);
	size_t at = 0, i;

	while ((i = pm_index_next(&recall->index, hash, &at)) != SIZE_MAX) {
		struct pm_recalled *known = recall->keys[i];

		if (known->n_key == n_key && pm_bytes_equal(known->text, body, n_key))
			return known;
	}
	return NULL;
}

#endif
