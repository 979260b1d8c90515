/* SPDX-License-Identifier: MIT */
#include "programs/cli/privileges.h"

void cli_privileges_drop(void)
{
	/* This system has no privileges that could be given up one by one. */
}
