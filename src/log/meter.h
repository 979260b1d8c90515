/* SPDX-License-Identifier: MIT */
/* How much of the files was read so far, by all threads together. */
#ifndef POOLMON_LOG_METER_H
#define POOLMON_LOG_METER_H

#include "base/thread.h"

#include <stdbool.h>
#include <stddef.h>

struct pm_meter {
	struct pm_mutex mutex;
	uint64_t done, all; /* bytes; guarded by mutex, as all of it */
	bool stopped;
	/* Asked after each block, and after some rows; false: stop. May be NULL. */
	bool (*progress)(void *context, uint64_t done, uint64_t all);
	void *context;
};

void pm_meter_init(struct pm_meter *meter, uint64_t all,
	bool (*progress)(void *context, uint64_t done, uint64_t all), void *context);
void pm_meter_deinit(struct pm_meter *meter);

/* Everything is read once more. */
void pm_meter_begin_again(struct pm_meter *meter);

/* Some more bytes were read. False: nobody wants the rest. meter may be NULL. */
bool pm_meter_add(struct pm_meter *meter, uint64_t bytes);

/* n more rows were worked on by a thread, *rows (0 at first) since the last time that it asked: it
 * asks after some hundred, as each may take memory. Returns likewise. */
bool pm_meter_add_rows(struct pm_meter *meter, size_t *rows, size_t n);

#endif
