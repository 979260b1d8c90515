/* SPDX-License-Identifier: MIT */
/* --tagging: the switch by which the system counts allocations by tag. */
#include "programs/poolmon/settings.h"

#include <poolmon/tagging.h>

#include <stdio.h>

int tagging_run(const struct settings *settings)
{
	const char *root = settings->source_config.root;
	const bool asked = settings->tagging == TAGGING_STATUS;
	struct pm_tagging tagging;
	struct pm_error err;
	const enum pm_status status = asked
		? pm_tagging_read(&tagging, root, &err)
		: pm_tagging_set(&tagging, settings->tagging == TAGGING_ON, root, &err);

	if (status != PM_OK)
		return cli_fail(&err);
	printf("%s is %s%s\n%s\n", tagging.name, tagging.on ? "on" : "off",
		asked                     ? ""
			: tagging.changed ? " now"
					  : ", as it was",
		tagging.about);
	if (tagging.changed && tagging.restart)
		printf("Windows must be restarted for the change to take effect.\n");
	return cli_printed();
}
