/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_CLI_POSIX_TERMINFO_H
#define POOLMON_CLI_POSIX_TERMINFO_H

#include <stdbool.h>

/* Whether the terminal of standard output is one that is known and can move its cursor: any other
 * would show one picture below the other. */
bool terminfo_moves_cursor(void);

#endif
