/* SPDX-License-Identifier: MIT */
#ifndef POOLMON_BASE_WINDOWS_FAILURE_H
#define POOLMON_BASE_WINDOWS_FAILURE_H

#include <poolmon/error.h>

/* The errno value that says the same as an error of Windows; EIO where none does. */
int pm_errno_of_windows(unsigned long code);

/* pm_fail_errno() for an error of Windows, which is told in its own words where no errno value says
 * just that. path may be NULL. */
enum pm_status pm_fail_windows(
	struct pm_error *err, unsigned long code, const char *path, const char *what);

#endif
