/* SPDX-License-Identifier: MIT */
#include "programs/cli/privileges.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The attributes of slab caches that come to be later are opened then, and rotation makes files in
 * a directory that may be somebody else's. */
#define KEPT ((UINT32_C(1) << CAP_DAC_READ_SEARCH) | (UINT32_C(1) << CAP_DAC_OVERRIDE))

void cli_privileges_drop(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct sets[2];

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_capget, &header, sets) != 0 ||
		((sets[0].permitted & ~KEPT) == 0 && sets[1].permitted == 0 &&
			sets[0].inheritable == 0 && sets[1].inheritable == 0))
		return;
	sets[0].permitted &= KEPT;
	sets[0].effective &= KEPT;
	sets[1] = (struct __user_cap_data_struct){0, 0, 0};
	sets[0].inheritable = 0;
	(void)syscall(SYS_capset, &header, sets); /* where it fails, nothing is lost */
}
