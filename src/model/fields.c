/* SPDX-License-Identifier: MIT */
#include <poolmon/fields.h>

#include "model/lookup.h"

#define ENTRY(id, name, kind, unit, heading, what) {name, PM_KIND_##kind, unit, heading, what},

const struct pm_field pm_log_fields[PM_N_LOG_FIELDS] = {PM_LOG_FIELDS(ENTRY)};
const struct pm_field pm_finding_fields[PM_N_FINDING_FIELDS] = {PM_FINDING_FIELDS(ENTRY)};
const struct pm_field pm_input_fields[PM_N_INPUT_FIELDS] = {PM_INPUT_FIELDS(ENTRY)};
const struct pm_field pm_file_fields[PM_N_FILE_FIELDS] = {PM_FILE_FIELDS(ENTRY)};
const struct pm_field pm_reject_fields[PM_N_REJECT_FIELDS] = {PM_REJECT_FIELDS(ENTRY)};
const struct pm_field pm_host_fields[PM_N_HOST_FIELDS] = {PM_HOST_FIELDS(ENTRY)};
const struct pm_field pm_pool_fields[PM_N_POOL_FIELDS] = {PM_POOL_FIELDS(ENTRY)};
const struct pm_field pm_memory_fields[PM_N_MEMORY_FIELDS] = {PM_MEMORY_FIELDS(ENTRY)};
const struct pm_field pm_recording_fields[PM_N_RECORDING_FIELDS] = {PM_RECORDING_FIELDS(ENTRY)};
const struct pm_field pm_change_fields[PM_N_CHANGE_FIELDS] = {PM_CHANGE_FIELDS(ENTRY)};
const struct pm_field pm_moment_fields[PM_N_MOMENT_FIELDS] = {PM_MOMENT_FIELDS(ENTRY)};

int pm_log_field_of_name(struct pm_span name)
{
	for (int i = 0; i < PM_N_LOG_FIELDS; i++) {
		if (pm_span_is(name, pm_log_fields[i].name))
			return i;
	}
	return -1;
}
