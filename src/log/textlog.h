/* SPDX-License-Identifier: MIT */
/*
 * Text that PoolMon printed: blocks, one for each snapshot (see model/text.h). What a row of them
 * means depends on the header before it, so such a log is read in one piece; and a line of the
 * header makes several rows. Here is what is carried from line to line.
 */
#ifndef POOLMON_LOG_TEXTLOG_H
#define POOLMON_LOG_TEXTLOG_H

#include "base/number.h"
#include "base/when.h"
#include "log/textrow.h"
#include "model/text.h"

/* When the blocks were printed that don't tell. Uptime counts from 1970 in them, so that logs which
 * tell nothing of their boot have one clock. */
struct pm_text_clock {
	int64_t first_ms;    /* the first of them, since 1970 */
	int64_t interval_ms; /* from one to the next */
	bool single;         /* there is but one */
};

enum { PM_TEXT_INTERVAL_MS = 5000 }; /* PoolMon's own, which can't be changed */

/* The first block of what can be read once only, and so has no time at all: 2000-01-01. */
#define PM_TEXT_EPOCH_MS INT64_C(946684800000)

struct pm_textlog {
	struct pm_text_clock clock; /* to be set before anything is read */
	bool counting;              /* no rows are wanted, only n_untimed */
	uint64_t n_untimed;         /* blocks so far that tell no time */

	/* private: the block at hand */
	enum {
		PM_TEXT_OUTSIDE, /* before the first block */
		PM_TEXT_HEADER,
		PM_TEXT_ROWS,
	} place;
	unsigned seen; /* lines of its header, a bit for each kind */
	bool of_ours;  /* it tells its time */
	bool any;      /* there was a block before it */
	int64_t time_ms;
	char time[PM_TIME_TEXT], uptime[PM_U64_DIGITS + 4];
	size_t n_uptime;
	char pool[PM_TEXT_POOL]; /* "": as the type of a row says */
	struct pm_text_columns columns;

	/* private: the line at hand */
	struct pm_buf note; /* of the last `start` row */
	bool start_due;     /* a `start` row with that note comes first */
	size_t rest;        /* where in a line of figures to go on; 0: the line is new */
	const struct pm_text_figure *figure; /* the one before that */
	char value[PM_U64_DIGITS];
	uint64_t faults; /* PoolMon prints page faults since the block before; a log has their sum
			  */
};

#endif
