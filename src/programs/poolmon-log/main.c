/* SPDX-License-Identifier: MIT */
#include "programs/poolmon-log/settings.h"

#include <string.h>

int main(int argc, char **argv)
{
	struct settings settings;
	int result;

	cli_start("poolmon-log", &argc, &argv);
	if (argc > 1 && strcmp(argv[1], "mark") == 0)
		return mark(argc - 1, argv + 1);
	result = settings_read(&settings, argc, argv);
	if (result == CLI_NO_MORE)
		result = record(&settings);
	else
		result = result == CLI_HELPED ? cli_printed() : CLI_USAGE;
	settings_free(&settings);
	return result;
}
