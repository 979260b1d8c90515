/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_MODEL_MATCHING_H
#define POOLMON_MODEL_MATCHING_H

#include "base/buf.h"

/* Like pm_pattern_matches(), but of any bytes, NUL too. */
bool pm_bytes_match(struct pm_span pattern, struct pm_span text);

#endif
