/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include "base/buf.h"
#include "base/fail.h"
#include "base/file.h"

enum pm_status cli_read_file(
	const char *path, size_t most, char **text, size_t *n, struct pm_error *err)
{
	enum { PIECE = 65536 };
	struct pm_buf all = {0};
	struct pm_file file;
	size_t got = 1;
	enum pm_status status = pm_file_open(&file, path, PM_FILE_READ, err);

	*text = NULL;
	if (status != PM_OK)
		return status;
	while (status == PM_OK && got > 0 && all.n <= most) {
		char *to = pm_buf_reserve(&all, PIECE);

		if (to == NULL) {
			status = pm_fail_memory(err);
			break;
		}
		status = pm_file_read(file, to, PIECE, &got, err);
		if (status == PM_OK)
			all.n += got;
		else
			pm_error_where(err, path, 0, 0);
	}
	pm_file_discard(&file);
	if (status == PM_OK && all.n > most) {
		status = pm_fail(err, PM_E_INPUT, "larger than %zu MiB", most >> 20);
		pm_error_where(err, path, 0, 0);
		pm_error_remedy(err, "is it the right file?");
	}
	*n = all.n;
	if (status == PM_OK) {
		pm_buf_terminate(&all);
		if (all.failed)
			status = pm_fail_memory(err);
	}
	if (status != PM_OK)
		pm_buf_deinit(&all);
	*text = all.at;
	return status;
}
