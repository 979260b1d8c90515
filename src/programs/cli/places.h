/* SPDX-License-Identifier: MIT */
/* Where files may lie that belong to the programs, or to others like them. */
#ifndef POOLMON_CLI_PLACES_H
#define POOLMON_CLI_PLACES_H

#include "base/buf.h"

/* What separates the names in a path. */
extern const char cli_separators[];

/* What there is besides the program's own folder, for messages: " and in ...", or "". */
extern const char cli_more_places[];

/* Adds folder i, from 0 on, with what separates it from a name; nothing where it is not known. The
 * first one is the program's own. False: there are no more. */
bool cli_put_place(struct pm_buf *folder, size_t i);

/* Adds the folder of the system's drivers; nothing where there is none, or it is not known. */
void cli_put_drivers(struct pm_buf *folder);

#endif
