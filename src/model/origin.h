/* SPDX-License-Identifier: MIT */
/* Origins: from and to the notes of `start` rows, and the table that interns them. */
#ifndef POOLMON_MODEL_ORIGIN_H
#define POOLMON_MODEL_ORIGIN_H

#include <poolmon/row.h>

#include "base/buf.h"

#define PM_LOG_SCHEMA "poolmon-log/1"

/* The note of a `start` row. */
void pm_origin_write(struct pm_buf *note, const struct pm_origin *origin);

/* Many threads may use one table at a time. */
struct pm_origins;

struct pm_origins *pm_origins_create(void); /* NULL when out of memory */
void pm_origins_destroy(struct pm_origins *origins);

/* The origin of which nothing is known. */
const struct pm_origin *pm_origins_unknown(struct pm_origins *origins);

/* The origin that a `start` note describes. NULL when out of memory or past PM_ORIGINS_MAX. */
const struct pm_origin *pm_origins_read(struct pm_origins *origins, const char *note, size_t n);

/* The same origin with this many implied reboots. NULL likewise. */
const struct pm_origin *pm_origins_rebooted(
	struct pm_origins *origins, const struct pm_origin *origin, uint32_t implied_boots);

/* More than any honest log has; keeps a hostile one from filling the memory. */
#define PM_ORIGINS_MAX 100000

#endif
