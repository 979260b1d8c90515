/* SPDX-License-Identifier: MIT */
/* Lines to rows: blocks of whole lines in, batches of checked rows out, rejects counted. */
#ifndef POOLMON_LOG_DECODER_H
#define POOLMON_LOG_DECODER_H

#include "base/arena.h"
#include "log/codec.h"
#include "log/recall.h"
#include "log/textlog.h"
#include "model/keys.h"

enum { PM_COLUMNS_MAX = 256 };

/* Which field stands in which column of a CSV file; field -1: none that is known. */
struct pm_columns {
	int n;
	signed char field[PM_COLUMNS_MAX];
};

/* Whether every required field has a column and none has two; else *problem (PM_REJECT_MISSING or
 * PM_REJECT_REPEATED) and the *name of the field. */
bool pm_columns_ok(
	const struct pm_columns *columns, enum pm_reject_kind *problem, const char **name);

struct pm_decoder {
	const struct pm_codec *codec;
	struct pm_keys *keys;       /* the caller's, may be shared by decoders of one thread */
	struct pm_rejects *rejects; /* the caller's */
	uint32_t input;             /* goes into rejects */
	uint64_t line;             /* lines consumed so far = number of the line at hand, 1-based */
	struct pm_columns columns; /* CSV; n == 0 until a header was met */
	struct pm_textlog textlog; /* text that PoolMon printed */
	bool more;                 /* set by a codec: the line at hand makes another row */
	bool failed;               /* out of memory: rows may be missing */
	struct pm_recall recall;   /* in_use: not so, unless the owner sets it */

	/* private */
	const char *at, *end;  /* the line at hand */
	struct pm_buf scratch; /* unescaped text of the line at hand; never moves within a line */
	struct pm_arena notes; /* unescaped notes of the batch at hand */
	char time_text[40];    /* the last time and uptime and what they mean */
	size_t n_time_text;
	int64_t time_ms;
	char uptime_text[24];
	size_t n_uptime_text;
	int64_t uptime_ms;
	uint32_t *followers; /* [n_followers]: the key that came after key i the last time */
	size_t n_followers;
	uint32_t last_key;
};

void pm_decoder_init(struct pm_decoder *decoder, const struct pm_codec *codec, struct pm_keys *keys,
	struct pm_rejects *rejects, uint32_t input);
void pm_decoder_deinit(struct pm_decoder *decoder);

/* Decodes lines from *at on, which are whole (the byte before end is a newline, or *at == end; with
 * recall.in_use, PM_RECALL_SLACK bytes can be read from end on, whatever they are),
 * until rows[max] is full or end is reached; moves *at. Returns the number of rows; notes of rows
 * stay valid until the next call, and only while the block does. origin is NULL in all of them. */
size_t pm_decoder_run(struct pm_decoder *decoder, const char **at, const char *end,
	struct pm_row *rows, size_t max);

/* Takes lines from *at on, which are like above, as long as they are recalled, max at most; moves
 * *at. Returns how many there are, none an event: readings[i] each, at the time of
 * decoder->recall.time_ms and uptime_ms. They stay until the next call. */
size_t pm_decoder_recall(struct pm_decoder *decoder, const char **at, const char *end,
	const struct pm_reading **readings, size_t max);

/* For codecs: counts a reject of the line at hand. place: where in the line, or NULL. */
enum pm_line pm_decoder_reject(struct pm_decoder *decoder, enum pm_reject_kind kind, int field,
	const char *place, size_t n_seen);

/* For codecs: room for n bytes that stays until the next line. NULL when out of memory. */
char *pm_decoder_scratch(struct pm_decoder *decoder, size_t n);

#endif
