/* SPDX-License-Identifier: MIT */
#include "base/packing.h"

#include <string.h>

enum { FAST_LEVELS = 3 }; /* those that a fast library does, if there is one */

static const struct {
	const char *name, *extension;
} packings[PM_N_PACKINGS] = {
	[PM_PACKING_NONE] = {"none", ""},
	[PM_PACKING_GZIP] = {"gzip", ".gz"},
	[PM_PACKING_ZSTD] = {"zstd", ".zst"},
};

const char *pm_packing_name(enum pm_packing packing)
{
	return packings[packing].name;
}

const char *pm_packing_extension(enum pm_packing packing)
{
	return packings[packing].extension;
}

bool pm_packing_of_name(const char *name, enum pm_packing *packing)
{
	for (int i = 0; i < PM_N_PACKINGS; i++) {
		if (strcmp(name, packings[i].name) == 0) {
			*packing = (enum pm_packing)i;
			return true;
		}
	}
	return false;
}

bool pm_packing_is_built(enum pm_packing packing)
{
	return packing == PM_PACKING_NONE || pm_inflate_kind(packing) != NULL;
}

const struct pm_inflate_kind *pm_inflate_kind(enum pm_packing packing)
{
	switch (packing) {
	case PM_PACKING_GZIP:
		return pm_inflate_fast() != NULL ? pm_inflate_fast() : &pm_inflate_zlib;
	case PM_PACKING_ZSTD:
		return pm_inflate_zstd();
	default:
		return NULL;
	}
}

const struct pm_inflate_kind *pm_inflate_careful(enum pm_packing packing)
{
	return packing == PM_PACKING_GZIP ? &pm_inflate_zlib : pm_inflate_kind(packing);
}

const struct pm_deflate_kind *pm_deflate_kind(enum pm_packing packing, int level)
{
	switch (packing) {
	case PM_PACKING_GZIP:
		return level <= FAST_LEVELS && pm_deflate_fast() != NULL ? pm_deflate_fast()
									 : &pm_deflate_zlib;
	case PM_PACKING_ZSTD:
		return pm_deflate_zstd();
	default:
		return NULL;
	}
}
