/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_SOURCE_WINDOWS_KERNEL_H
#define POOLMON_SOURCE_WINDOWS_KERNEL_H

#include "source/nt/kernel.h"

/* The kernel of this machine. */
void pm_kernel_here(struct pm_nt_kernel *kernel);

#endif
