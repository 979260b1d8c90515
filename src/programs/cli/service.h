/* SPDX-License-Identifier: MIT */
/* Telling a service manager how it goes, in the protocol of systemd: see sd_notify(3). Where none
 * has asked to be told, all of this does nothing. */
#ifndef POOLMON_CLI_SERVICE_H
#define POOLMON_CLI_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether there is one; takes what it says out of the environment, as it is not for commands. */
bool cli_service_begin(void);

/* Lines like "READY=1\nSTATUS=recording". */
void cli_service_notify(const char *lines);

/* Within what time it wants "WATCHDOG=1" again and again; 0: not at all. */
int64_t cli_service_watchdog_ms(void);

#endif
