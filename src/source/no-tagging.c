/* SPDX-License-Identifier: MIT */
/* Systems without a switch that we know. */
#include <poolmon/tagging.h>

#include "base/fail.h"

enum pm_status pm_tagging_read(struct pm_tagging *tagging, const char *root, struct pm_error *err)
{
	(void)tagging;
	(void)root;
	return pm_fail(err, PM_E_UNSUPPORTED, "this system has no switch for tagging");
}

enum pm_status pm_tagging_set(
	struct pm_tagging *tagging, bool on, const char *root, struct pm_error *err)
{
	(void)on;
	return pm_tagging_read(tagging, root, err);
}
