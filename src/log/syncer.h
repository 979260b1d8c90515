/* SPDX-License-Identifier: MIT */
/* A thread that makes a file durable, so that whoever writes it need not wait for the disk. */
#ifndef POOLMON_LOG_SYNCER_H
#define POOLMON_LOG_SYNCER_H

#include "base/file.h"

struct pm_syncer;

PM_MUST_USE enum pm_status pm_syncer_create(struct pm_syncer **syncer, struct pm_error *err);
void pm_syncer_destroy(struct pm_syncer *syncer);

/* Asks for the file, and for the names in `directory` unless it is NULL; both must stay as they are
 * until pm_syncer_wait() has returned, and so must the path, which failures are told with. False:
 * it is still busy with what it was asked for before, and nothing happens. */
bool pm_syncer_ask(
	struct pm_syncer *syncer, struct pm_file file, const char *path, const char *directory);
void pm_syncer_wait(struct pm_syncer *syncer);

/* A failure since the last call, if any. */
enum pm_status pm_syncer_failure(struct pm_syncer *syncer, struct pm_error *err);

#endif
