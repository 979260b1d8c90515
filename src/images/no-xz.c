/* SPDX-License-Identifier: MIT */
/* Where there is no liblzma. */
#include "images/unpack.h"

enum pm_status pm_unpack_xz(
	struct pm_bytes packed, struct pm_unpacked *unpacked, struct pm_error *err)
{
	(void)packed;
	(void)unpacked;
	return pm_unpack_lacks("xz", "liblzma", "unxz", err);
}
