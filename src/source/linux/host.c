/* SPDX-License-Identifier: MIT */
#include "source/linux/host.h"

void pm_host_read(struct pm_host *host, const struct pm_root *root, struct pm_origin *origin)
{
	pm_root_read_line(root, "proc/sys/kernel/hostname", host->name, sizeof(host->name));
	pm_root_read_line(root, "proc/sys/kernel/osrelease", host->kernel, sizeof(host->kernel));
	pm_root_read_line(
		root, "proc/sys/kernel/random/boot_id", host->boot_id, sizeof(host->boot_id));
	*origin = (struct pm_origin){
		.host = host->name,
		.os = "Linux",
		.kernel = host->kernel,
		.boot_id = host->boot_id,
		.sources = "",
		.version = "",
	};
}
