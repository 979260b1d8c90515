/* SPDX-License-Identifier: MIT */
/* Scripts of any bytes for the scripted source; some ticks of those that are taken. */
#include "base/file.h"

#include <poolmon/source.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char spec[64];
	const char *path = spec + sizeof("scripted:") - 1;
	struct pm_source *source;
	struct pm_snapshot snapshot;
	struct pm_file file;

	if (spec[0] == '\0')
		snprintf(spec, sizeof(spec), "scripted:/dev/shm/poolmon-fuzz-%ld", (long)getpid());
	if (pm_file_open(&file, path, PM_FILE_UPDATE, NULL) != PM_OK ||
		pm_file_truncate(file, 0, NULL) != PM_OK ||
		pm_file_write(file, data, size, NULL) != PM_OK ||
		pm_file_close(&file, NULL) != PM_OK || pm_snapshot_init(&snapshot, NULL) != PM_OK)
		abort();
	if (pm_source_open(&source, spec, NULL, NULL) == PM_OK) {
		for (int tick = 0; tick < 5; tick++)
			(void)!pm_source_sample(source, &snapshot, NULL);
		pm_source_close(source);
	}
	pm_snapshot_deinit(&snapshot);
	unlink(path);
	return 0;
}
