/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_CLI_WINDOWS_QUOTE_H
#define POOLMON_CLI_WINDOWS_QUOTE_H

#include "base/buf.h"

/* Adds one argument to a command line, so that CommandLineToArgvW() and the C library take it off
 * again as it is. Not for the program's name, which knows no backslashes but in paths. */
void cli_quote(struct pm_buf *line, const char *argument);

/* Whether cmd.exe, which runs files of this name, would not hand on the argument as it is: it takes
 * some characters for its own, quoted or not. */
bool cli_is_batch(const char *program);
bool cli_batch_spoils(const char *argument);

#endif
