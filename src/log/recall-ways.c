/* SPDX-License-Identifier: MIT */
#include "log/recalled.h"

static bool works_anywhere(void)
{
	return true;
}

#ifdef PM_RECALL_VECTORS
/* Like meson.build says to the compiler; whether the system saves these registers is part of it. */
static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
		__builtin_cpu_supports("bmi2");
}

static bool has_avx512(void)
{
	return has_avx2() && __builtin_cpu_supports("avx512f") &&
		__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
		__builtin_cpu_supports("avx512dq");
}
#endif

const struct pm_recall_way pm_recall_ways[] = {
#ifdef PM_RECALL_VECTORS
	{"avx512", has_avx512, pm_recall_run_avx512},
	{"avx2", has_avx2, pm_recall_run_avx2},
#endif
	{"plain", works_anywhere, pm_recall_run_plain},
	{0},
};

size_t pm_recall_run(struct pm_recall *recall, const struct pm_codec *codec, const char **at,
	const char *end, const struct pm_reading **readings, size_t max, uint64_t *stamp)
{
	if (recall->way == NULL) {
		recall->way = pm_recall_ways;
		while (!recall->way->works())
			recall->way++;
	}
	return recall->way->run(recall, codec, at, end, readings, max, stamp);
}
