/* SPDX-License-Identifier: MIT */
/* What cli_run_wait() waits for besides its own. */
#ifndef POOLMON_CLI_WINDOWS_HANDLES_H
#define POOLMON_CLI_WINDOWS_HANDLES_H

#include "programs/cli/channel.h"

#include <stdint.h>
#include <windows.h>

/* Set while there is something for cli_channel_next() to do. */
HANDLE cli_channel_handle(const struct cli_channel *channel);

/* How much of the time that is left may be waited, before the channel is to be looked at again. Who
 * has been silent for too long is hung up on. */
int64_t cli_channel_patience_ms(struct cli_channel *channel, int64_t left_ms);

#endif
