/* SPDX-License-Identifier: MIT */
/* What rules look at: of a trend, and of a finding of an earlier report. */
#ifndef POOLMON_ANALYZE_MEASURES_H
#define POOLMON_ANALYZE_MEASURES_H

#include <poolmon/findings.h>

enum pm_measure {
	PM_MEASURE_BYTES_RATE, /* per hour */
	PM_MEASURE_OBJECTS_RATE,
	PM_MEASURE_BYTES, /* of the last sample */
	PM_MEASURE_OBJECTS,
	PM_N_MEASURES,
};

struct pm_measured {
	bool known;
	bool bounded; /* `error` means something: there were samples enough */
	double value;
	double error;   /* standard error; 0 of amounts, which are exact */
	double highest; /* of amounts: while it was recorded; of rates the value again */
};

struct pm_measures {
	enum pm_verdict verdict;
	bool has_growth;
	int64_t growth; /* bytes of the last sample less those of the first */
	struct pm_measured of[PM_N_MEASURES];
};

static inline bool pm_measure_is_rate(enum pm_measure measure)
{
	return measure == PM_MEASURE_BYTES_RATE || measure == PM_MEASURE_OBJECTS_RATE;
}

#endif
