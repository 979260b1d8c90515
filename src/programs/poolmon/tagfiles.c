/* SPDX-License-Identifier: MIT */
/* What the column Mapped_Driver is made of: /g and /c. */
#include "programs/poolmon/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Without a name the usual one, which need not be there: what is built in is, and says enough of
 * pools of Linux. */
static enum pm_status add_general(struct settings *settings, struct pm_error *err)
{
	const bool is_named = settings->tag_file != NULL;
	enum pm_status status;

	if (!settings->tags)
		return PM_OK;
	status = cli_add_tag_file(settings->drivers, is_named ? settings->tag_file : "pooltag.txt",
		CLI_TAGS_GENERAL, err);
	return !is_named && status != PM_OK && err->sys_errno == ENOENT ? PM_OK : status;
}

/* Without a name the usual one, which is made where it is not there and the system's drivers can be
 * found. */
static enum pm_status add_local(struct settings *settings, struct pm_error *err)
{
	static const char usual[] = "localtag.txt";
	const bool is_named = settings->local_tag_file != NULL;
	char *folder;
	enum pm_status status;

	if (!settings->local_tags)
		return PM_OK;
	status = cli_add_tag_file(settings->drivers, is_named ? settings->local_tag_file : usual,
		CLI_TAGS_LOCAL, err);
	if (is_named || status == PM_OK || err->sys_errno != ENOENT)
		return status;
	folder = cli_drivers_folder();
	if (folder != NULL)
		status = make_local_tags(settings, usual, folder, err);
	else
		snprintf(err->remedy, sizeof(err->remedy),
			"it is neither in the working directory nor beside the program; make one "
			"with poolmon --scan-drivers");
	free(folder);
	return status;
}

enum pm_status settings_read_tag_files(struct settings *settings, struct pm_error *err)
{
	enum pm_status status = pm_drivers_create(&settings->drivers, err);

	if (status == PM_OK)
		status = add_general(settings, err);
	if (status == PM_OK)
		status = add_local(settings, err);
	if (status == PM_OK)
		status = pm_drivers_add_builtin(settings->drivers, err);
	if (settings->tags || settings->local_tags)
		settings->view.drivers = settings->drivers;
	return status;
}
