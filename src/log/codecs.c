/* SPDX-License-Identifier: MIT */
#include "log/codec.h"

const struct pm_codec *const pm_codecs[PM_N_FORMATS] = {
	[PM_FORMAT_NDJSON] = &pm_codec_ndjson,
	[PM_FORMAT_CSV] = &pm_codec_csv,
	[PM_FORMAT_POOLMON] = &pm_codec_poolmon,
};

const char *pm_format_name(enum pm_format format)
{
	return pm_codecs[format]->name;
}

const char *pm_format_extension(enum pm_format format)
{
	return pm_codecs[format]->extension;
}

bool pm_format_is_written(enum pm_format format)
{
	return pm_codecs[format]->put_header != NULL;
}

bool pm_format_of_name(const char *name, enum pm_format *format)
{
	for (int i = 0; i < PM_N_FORMATS; i++) {
		if (pm_format_is_written((enum pm_format)i) &&
			strcmp(pm_codecs[i]->name, name) == 0) {
			*format = (enum pm_format)i;
			return true;
		}
	}
	return false;
}
