/* SPDX-License-Identifier: MIT */
/* The formats in which a log is written and read. */
#ifndef POOLMON_FORMAT_H
#define POOLMON_FORMAT_H

#include <poolmon/error.h>

#include <stdbool.h>

enum pm_format {
	PM_FORMAT_NDJSON,  /* one JSON object a line */
	PM_FORMAT_CSV,     /* RFC 4180, with a header line */
	PM_FORMAT_POOLMON, /* text that PoolMon printed, a block for each snapshot; read only */
	PM_N_FORMATS,
};

/* "ndjson", "csv", "poolmon". */
PM_API const char *pm_format_name(enum pm_format format);
/* ".ndjson", ".csv", ".log". */
PM_API const char *pm_format_extension(enum pm_format format);
/* Whether logs are written in it. */
PM_API bool pm_format_is_written(enum pm_format format);
/* Of those that are written. */
PM_API bool pm_format_of_name(const char *name, enum pm_format *format);

#endif
