/* SPDX-License-Identifier: MIT */
/* Reads ahead: a thread inflates while another takes lines apart. */
#ifndef POOLMON_LOG_AHEAD_H
#define POOLMON_LOG_AHEAD_H

#include "log/unpack.h"

struct pm_ahead;

/* From here on nobody else may use `unpack`, until it is stopped. PM_E_MEMORY, PM_E_SYSTEM: no
 * thread can be had; then nothing has changed. */
PM_MUST_USE enum pm_status pm_ahead_start(
	struct pm_ahead **ahead, struct pm_unpack *unpack, struct pm_error *err);

/* Like pm_unpack_read(). After the end, what `unpack` says of damage may be looked at. */
PM_MUST_USE enum pm_status pm_ahead_read(
	struct pm_ahead *ahead, void *to, size_t n, size_t *got, struct pm_error *err);

/* Ends the thread as soon as it is through with a block. */
void pm_ahead_stop(struct pm_ahead *ahead);

#endif
