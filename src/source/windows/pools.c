/* SPDX-License-Identifier: MIT */
/* The kernel of this machine as the sources `system` and `session`. */
#include "source/nt/pools.h"
#include "source/windows/kernel.h"

static enum pm_status open_system(struct pm_source **source, const char *argument,
	const struct pm_source_config *config, struct pm_error *err)
{
	struct pm_nt_kernel kernel;

	pm_kernel_here(&kernel);
	return pm_nt_open(source, &kernel, PM_NT_SYSTEM, argument, config, err);
}

static enum pm_status open_session(struct pm_source **source, const char *argument,
	const struct pm_source_config *config, struct pm_error *err)
{
	struct pm_nt_kernel kernel;

	pm_kernel_here(&kernel);
	return pm_nt_open(source, &kernel, PM_NT_SESSIONS, argument, config, err);
}

const struct pm_source_kind pm_source_system = {
	.info =
		{
			.name = "system",
			.help = "Windows' pools, as PoolMon shows them",
			.pool = PM_POOL_SYSTEM,
		},
	.open = open_system,
	.sample = pm_nt_sample,
	.close = pm_nt_close,
};

const struct pm_source_kind pm_source_session = {
	.info =
		{
			.name = "session",
			.argument = "[ID]",
			.help = "pools of Windows' sessions, all or one, as PoolMon's /s shows them",
			.pool = PM_POOL_SESSION,
		},
	.open = open_session,
	.sample = pm_nt_sample,
	.close = pm_nt_close,
};
