/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"
#include "programs/cli/places.h"

#include "base/fail.h"
#include "base/file.h"

#include <errno.h>
#include <stdlib.h>

/* Leaves the path of what was found. */
static bool look_around(struct pm_buf *path, const char *name)
{
	pm_buf_add_text(path, name);
	for (size_t i = 0; !cli_is_there(pm_buf_terminate(path)); i++) {
		pm_buf_clear(path);
		if (!cli_put_place(path, i))
			return false;
		pm_buf_add_text(path, name);
	}
	return true;
}

enum pm_status cli_find_tag_file(const char *name, char **path, struct pm_error *err)
{
	struct pm_buf found = {0};
	enum pm_status status = PM_OK;

	if (name[0] == '\0' || strpbrk(name, cli_separators) != NULL) {
		pm_buf_add_text(&found, name);
	} else if (!look_around(&found, name)) {
		status = pm_fail_errno(err, ENOENT, "can't be found");
		pm_error_where(err, name, 0, 0);
		pm_error_remedy(err,
			"looked for in the working directory, beside the program%s; give its path",
			cli_more_places);
	}
	pm_buf_terminate(&found);
	if (found.failed)
		status = pm_fail_memory(err);
	if (status != PM_OK)
		pm_buf_deinit(&found);
	*path = found.at;
	return status;
}

bool cli_tag_file_is_output(const char *name, const char *output)
{
	char *path;
	const bool same =
		cli_find_tag_file(name, &path, NULL) == PM_OK && cli_is_output(path, output);

	free(path);
	return same;
}

enum pm_status cli_add_tag_file(
	struct pm_drivers *drivers, const char *name, enum cli_tags tags, struct pm_error *err)
{
	const size_t most = (size_t)4 << 20;
	char *path, *text = NULL;
	size_t n;
	enum pm_status status = cli_find_tag_file(name, &path, err);

	if (status == PM_OK)
		status = cli_read_file(path, most, &text, &n, err);
	if (status == PM_OK)
		status = (tags == CLI_TAGS_LOCAL ? pm_drivers_add_local : pm_drivers_add)(
			drivers, path, text, n, err);
	free(text);
	free(path);
	return status;
}

char *cli_drivers_folder(void)
{
	struct pm_buf folder = {0};

	cli_put_drivers(&folder);
	if (folder.n > 0)
		pm_buf_terminate(&folder);
	if (folder.failed)
		pm_buf_deinit(&folder);
	return folder.at;
}
