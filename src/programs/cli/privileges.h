/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_CLI_PRIVILEGES_H
#define POOLMON_CLI_PRIVILEGES_H

/* Gives up what is not needed by who only reads and writes files: on Linux all capabilities but
 * those to do so whatever their permissions, and for good. To be called before there are threads,
 * and not by programs that run a command, which would inherit it. */
void cli_privileges_drop(void);

#endif
