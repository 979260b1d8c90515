/* SPDX-License-Identifier: MIT */
/* Compiled once for each kind of vectors; LANES: the name of it. */
#include "lanes.h"

const struct lanes LANES = {
	.differ = pm_bytes_differ,
	.where = pm_bytes_where,
	.where_any = pm_bytes_where_any,
	.digits = pm_bytes_digits,
	.equal = pm_bytes_equal,
	.read = pm_places_read,
};
