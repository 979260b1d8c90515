/* SPDX-License-Identifier: MIT */
/* C++ takes every public header, and finds what they declare in the library. */
#include <poolmon/convert.h>
#include <poolmon/inputs.h>
#include <poolmon/reader.h>
#include <poolmon/report.h>
#include <poolmon/source.h>
#include <poolmon/tag.h>
#include <poolmon/version.h>
#include <poolmon/writer.h>

int main()
{
	pm_snapshot snapshot;
	pm_error err;
	char escaped[PM_TAG_ESCAPED];

	if (pm_snapshot_init(&snapshot, &err) != PM_OK)
		return 1;
	pm_snapshot_deinit(&snapshot);
	return pm_source_count() > 0 && pm_tag_escape(escaped, "Io  ", 4) == 10 ? 0 : 1;
}
