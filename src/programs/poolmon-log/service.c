/* SPDX-License-Identifier: MIT */
/* What a service manager is told: that it records, that it lives, how it goes, that it ends. */
#include "programs/poolmon-log/recording.h"

#include "programs/cli/service.h"

#include <inttypes.h>
#include <stdio.h>

enum { STATUS_MS = 60000, LINES_MAX = 1200 };

void service_begin(struct recording *recording)
{
	recording->service.managed = cli_service_begin();
	recording->service.watchdog_ms = cli_service_watchdog_ms();
}

static void tell(struct recording *recording, const char *first)
{
	char lines[LINES_MAX];

	snprintf(lines, sizeof(lines),
		"%sSTATUS=%" PRIu64 " snapshots, %" PRIu64 " missed, to %.1000s\n", first,
		recording->n_snapshots, recording->timing.n_missed,
		pm_writer_path(recording->writer));
	cli_service_notify(lines);
	recording->service.told_ms = recording->service.alive_ms = cli_uptime_ms();
}

void service_ready(struct recording *recording)
{
	if (recording->service.managed)
		tell(recording, "READY=1\nWATCHDOG=1\n");
}

void service_reloading(struct recording *recording)
{
	const struct pm_now now = recording_now(recording);
	char lines[LINES_MAX];

	snprintf(lines, sizeof(lines), "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\n",
		now.awake_ms * 1000);
	if (recording->service.managed)
		cli_service_notify(lines);
}

void service_stopping(struct recording *recording)
{
	if (recording->service.managed)
		cli_service_notify("STOPPING=1\nSTATUS=ending\n");
}

static void alive(struct recording *recording)
{
	struct service *service = &recording->service;
	const int64_t now = cli_uptime_ms();

	if (now - service->told_ms >= STATUS_MS) {
		tell(recording, "WATCHDOG=1\n");
	} else if (service->watchdog_ms > 0 &&
		now - service->alive_ms >= service->watchdog_ms / 4) {
		cli_service_notify("WATCHDOG=1\n");
		service->alive_ms = now;
	}
}

enum cli_event service_wait(struct recording *recording, int64_t due_ms)
{
	const int64_t watchdog_ms = recording->service.watchdog_ms;
	const int64_t step_ms = watchdog_ms > 0 ? watchdog_ms / 3 + 1 : STATUS_MS;

	if (!recording->service.managed)
		return cli_run_wait(recording->run, due_ms);
	for (;;) {
		const int64_t next_ms = cli_uptime_ms() + step_ms;
		const int64_t until_ms = next_ms < due_ms ? next_ms : due_ms;
		enum cli_event event;

		alive(recording);
		event = cli_run_wait(recording->run, until_ms);
		if (event != CLI_TICK || until_ms == due_ms)
			return event;
	}
}
