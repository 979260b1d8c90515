/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_BASE_ARRAY_H
#define POOLMON_BASE_ARRAY_H

#include <stdlib.h>

/* An array of *capacity elements with room for more than n: `at` itself, or a larger copy that
 * replaces it. NULL when out of memory; `at` is untouched then. New elements are not cleared. */
static inline void *pm_array_room(void *at, size_t *capacity, size_t n, size_t element_size)
{
	size_t wanted = *capacity < 16 ? 16 : *capacity;

	if (n < *capacity)
		return at;
	while (wanted <= n) {
		if (wanted > (size_t)-1 / 2 / element_size)
			return NULL;
		wanted *= 2;
	}
	at = realloc(at, wanted * element_size);
	if (at != NULL)
		*capacity = wanted;
	return at;
}

#endif
