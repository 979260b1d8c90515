/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over files instead of a fuzzer: every file of each directory given. */
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *directory;
static size_t n_files;

static enum pm_status run(void *context, const char *name, struct pm_error *err)
{
	enum { MAX = 1 << 20 };
	char path[4096];
	uint8_t *data = malloc(MAX);
	struct pm_file file;
	size_t size = 0, got = 1;
	enum pm_status status;

	(void)context;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	status = pm_file_open(&file, path, PM_FILE_READ, err);
	while (status == PM_OK && got > 0 && size < MAX) {
		status = pm_file_read(file, data + size, MAX - size, &got, err);
		size += got;
	}
	pm_file_discard(&file);
	if (status == PM_OK) {
		/* Every cut of a small one too: that is where parsers fall off the end. */
		for (size_t n = size < 200 ? 0 : size; n <= size; n++)
			LLVMFuzzerTestOneInput(data, n);
		n_files++;
	}
	free(data);
	return status;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct pm_error err;
		char text[1024];

		directory = argv[i];
		if (pm_directory_each(argv[i], run, NULL, &err) != PM_OK) {
			fprintf(stderr, "%s\n", pm_error_text(&err, text, sizeof(text)));
			return 1;
		}
	}
	printf("%zu files\n", n_files);
	return n_files == 0;
}
