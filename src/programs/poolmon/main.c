/* SPDX-License-Identifier: MIT */
#include "programs/poolmon/display.h"

int main(int argc, char **argv)
{
	struct settings settings;
	struct feed feed;
	struct pm_error err;
	int result;

	cli_start("poolmon", &argc, &argv);
	result = settings_read(&settings, argc, argv);
	if (result != CLI_NO_MORE) {
		settings_free(&settings);
		return result == CLI_HELPED ? cli_printed() : CLI_USAGE;
	}
	if (settings_check_output(&settings) != CLI_DONE) {
		settings_free(&settings);
		return CLI_USAGE;
	}
	if (settings.to_scan.n > 0 || settings.tagging != TAGGING_NONE) {
		result = settings.to_scan.n > 0 ? scan_drivers(&settings) : tagging_run(&settings);
		settings_free(&settings);
		return result;
	}
	if (settings_read_tag_files(&settings, &err) != PM_OK) {
		settings_free(&settings);
		return cli_fail(&err);
	}
	if (feed_open(&feed, &settings, &err) != PM_OK)
		result = cli_fail(&err);
	else if (settings.snapshot == NULL && screen_is_possible())
		result = display_screen(&feed);
	else
		result = display_blocks(&feed);
	feed_say_remarks(&feed);
	feed_close(&feed);
	settings_free(&settings);
	return result;
}
