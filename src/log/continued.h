/* SPDX-License-Identifier: MIT */
/* What a log that is going to be continued says of itself. */
#ifndef POOLMON_LOG_CONTINUED_H
#define POOLMON_LOG_CONTINUED_H

#include "base/file.h"
#include "base/packing.h"
#include "log/codec.h"

enum { PM_BOOT_ID = 64 };

struct pm_continued {
	bool known;                       /* there are rows */
	char earlier_boot[PM_BOOT_ID];    /* what its last rows are of, if not of our boot; "" */
	int64_t first_time_ms, uptime_ms; /* of its first row */
	bool same_boot;                   /* that one is of our boot: its uptime counts */
};

/* Reads it. `start` is the note of a new `start` row: its host and boot are ours; another host is
 * no earlier boot. The last `start` row is usually near the end; a log that goes on for more than a
 * gigabyte after it is taken to have only the one it begins with. The file must be seekable; its
 * position stays. PM_E_MEMORY, or what reading fails with. */
PM_MUST_USE enum pm_status pm_continued_read(struct pm_file file, const struct pm_codec *codec,
	enum pm_packing packing, struct pm_span start, struct pm_continued *continued,
	struct pm_error *err);

/* Since when, by our clock since boot, the file is being written; now_* are the times of a new row.
 */
int64_t pm_continued_since_ms(
	const struct pm_continued *continued, int64_t now_time_ms, int64_t now_uptime_ms);

#endif
