/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_MODEL_LOOKUP_H
#define POOLMON_MODEL_LOOKUP_H

#include "base/buf.h"

/* The enum pm_log_field of this name, or -1. */
int pm_log_field_of_name(struct pm_span name);

#endif
