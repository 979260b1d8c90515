/* SPDX-License-Identifier: MIT */
/* What cli_run_wait() waits for besides its own. */
#ifndef POOLMON_CLI_WINDOWS_HANDLES_H
#define POOLMON_CLI_WINDOWS_HANDLES_H

#include "programs/cli/channel.h"

#include <windows.h>

/* Set while there is something for cli_channel_next() to do. */
HANDLE cli_channel_handle(const struct cli_channel *channel);

#endif
