/* SPDX-License-Identifier: MIT */
/* Windows has service managers of another kind. */
#include "programs/cli/service.h"

bool cli_service_begin(void)
{
	return false;
}

void cli_service_notify(const char *lines)
{
	(void)lines;
}

int64_t cli_service_watchdog_ms(void)
{
	return 0;
}
