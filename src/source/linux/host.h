/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_SOURCE_LINUX_HOST_H
#define POOLMON_SOURCE_LINUX_HOST_H

#include <poolmon/row.h>

#include "source/linux/root.h"

struct pm_host {
	char name[128], kernel[128], boot_id[64];
};

/* Reads what the kernel tells about itself, as far as it does, and lets the origin point to it. */
void pm_host_read(struct pm_host *host, const struct pm_root *root, struct pm_origin *origin);

#endif
