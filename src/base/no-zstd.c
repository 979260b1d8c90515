/* SPDX-License-Identifier: MIT */
#include "base/packing.h"

const struct pm_inflate_kind *pm_inflate_zstd(void)
{
	return NULL;
}

const struct pm_deflate_kind *pm_deflate_zstd(void)
{
	return NULL;
}
