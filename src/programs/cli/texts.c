/* SPDX-License-Identifier: MIT */
#include "programs/cli/cli.h"

#include "base/when.h"

#include <string.h>

const char *cli_time_text(char text[CLI_TEXT], int64_t ms)
{
	char all[PM_TIME_TEXT];

	(void)pm_time_format(all, ms, ' ');
	memcpy(text, all, 19); /* to the second */
	text[19] = '\0';
	return text;
}

const char *cli_size_text(char text[CLI_TEXT], double bytes)
{
	return pm_size_format(text, bytes < 1 ? 0 : bytes >= 1e19 ? UINT64_MAX : (uint64_t)bytes);
}

const char *cli_duration_text(char text[CLI_TEXT], int64_t ms)
{
	return pm_duration_format(text, ms);
}

bool cli_parse_time(const char *text, int64_t *ms)
{
	return pm_time_parse_loose(text, strlen(text), ms);
}
