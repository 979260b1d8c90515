/* SPDX-License-Identifier: MIT */
/* The tag file for Linux that is built in: linuxtag.txt, as embed.py makes it. */
#ifndef POOLMON_MODEL_LINUXTAG_H
#define POOLMON_MODEL_LINUXTAG_H

#include <stddef.h>

extern const char pm_linuxtag[]; /* [pm_linuxtag_size] */
extern const size_t pm_linuxtag_size;

#endif
