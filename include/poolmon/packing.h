/* SPDX-License-Identifier: MIT */
/* How a log can be compressed. */
#ifndef POOLMON_PACKING_H
#define POOLMON_PACKING_H

#include <poolmon/error.h>

#include <stdbool.h>

enum pm_packing {
	PM_PACKING_NONE,
	PM_PACKING_GZIP,
	PM_PACKING_ZSTD,
	PM_N_PACKINGS,
};

/* "none", "gzip", "zstd". */
PM_API const char *pm_packing_name(enum pm_packing packing);
/* "", ".gz", ".zst". */
PM_API const char *pm_packing_extension(enum pm_packing packing);
PM_API bool pm_packing_of_name(const char *name, enum pm_packing *packing);
/* Whether this build reads and writes it: without libzstd it can't do zstd. */
PM_API bool pm_packing_is_built(enum pm_packing packing);

#endif
