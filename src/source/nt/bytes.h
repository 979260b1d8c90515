/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_SOURCE_NT_BYTES_H
#define POOLMON_SOURCE_NT_BYTES_H

#include <stdint.h>

/* A number of n <= 8 bytes, the lowest one first, as all processors have it that NT runs on. */
static inline uint64_t pm_nt_number(const unsigned char *at, unsigned n)
{
	uint64_t value = 0;

	while (n-- > 0)
		value = value << 8 | at[n];
	return value;
}

#endif
