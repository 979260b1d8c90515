/* SPDX-License-Identifier: MIT */
#include "source/source.h"

const struct pm_source_kind *const pm_source_kinds[] = {
	&pm_source_system,
	&pm_source_session,
	&pm_source_replay,
	&pm_source_scripted,
	&pm_source_live,
};

const size_t pm_n_source_kinds = sizeof(pm_source_kinds) / sizeof(pm_source_kinds[0]);
