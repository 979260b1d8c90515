/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include <signal.h>

void cli_start_system(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	signal(SIGPIPE, SIG_IGN);
}
