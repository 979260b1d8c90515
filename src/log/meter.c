/* SPDX-License-Identifier: MIT */
#include "log/meter.h"

enum { ROWS = 512 };

void pm_meter_init(struct pm_meter *meter, uint64_t all,
	bool (*progress)(void *context, uint64_t done, uint64_t all), void *context)
{
	*meter = (struct pm_meter){.all = all, .progress = progress, .context = context};
	pm_mutex_init(&meter->mutex);
}

void pm_meter_deinit(struct pm_meter *meter)
{
	pm_mutex_deinit(&meter->mutex);
}

void pm_meter_begin_again(struct pm_meter *meter)
{
	pm_mutex_lock(&meter->mutex);
	meter->done = 0;
	pm_mutex_unlock(&meter->mutex);
}

bool pm_meter_add(struct pm_meter *meter, uint64_t bytes)
{
	bool goes_on;

	if (meter == NULL || meter->progress == NULL)
		return true;
	pm_mutex_lock(&meter->mutex);
	meter->done += bytes;
	if (meter->done > meter->all && meter->all > 0) /* what was guessed wrong is read twice */
		meter->done = meter->all;
	if (!meter->stopped)
		meter->stopped = !meter->progress(meter->context, meter->done, meter->all);
	goes_on = !meter->stopped;
	pm_mutex_unlock(&meter->mutex);
	return goes_on;
}

bool pm_meter_add_rows(struct pm_meter *meter, size_t *rows, size_t n)
{
	*rows += n;
	if (*rows < ROWS)
		return true;
	*rows = 0;
	return pm_meter_add(meter, 0);
}
