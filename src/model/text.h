/* SPDX-License-Identifier: MIT */
/*
 * Blocks of text as PoolMon prints them, one for each snapshot: what both who prints and who reads
 * them must know. A block is a header, a line with the names of the columns, an empty line, rows.
 *
 * PoolMon tells no times. A block of ours begins with one line more:
 *
 *    Time: 2026-11-21 21:45:00.000 UTC  Uptime: 12345.678 s  schema=poolmon-log/1 host=north ...
 *
 * When it was sampled, how long after boot (suspend included), and the note of a `start` row
 * (logfmt, see poolmon-log(5)): host, os, kernel, boot_id, interval_s, labels. So a log of such
 * blocks says as much as one of rows. Each block stands alone.
 */
#ifndef POOLMON_MODEL_TEXT_H
#define POOLMON_MODEL_TEXT_H

#include <poolmon/row.h>

#include "base/buf.h"

/* Adds the first line of a block, its newline included. origin may be NULL. */
void pm_text_block_write(
	struct pm_buf *out, int64_t time_ms, int64_t uptime_ms, const struct pm_origin *origin);

struct pm_text_block {
	int64_t time_ms, uptime_ms;
	struct pm_span note; /* within the line */
};

/* The inverse, of the line at[n] without its newline; blanks at either end don't matter. False: it
 * is no such line. */
bool pm_text_block_parse(const char *at, size_t n, struct pm_text_block *block);

/* The line of the header that tells the pool, without blank and newline: "System pool information".
 * Adds nothing for a pool that has none. */
void pm_text_pool_write(struct pm_buf *out, const char *pool_name);

#define PM_TEXT_POOL 24 /* room for the name of a pool and the NUL */

/* The inverse, of a line without blanks at its ends. */
bool pm_text_pool_parse(const char *at, size_t n, char pool_name[PM_TEXT_POOL]);

#endif
