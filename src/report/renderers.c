/* SPDX-License-Identifier: MIT */
#include "report/doc.h"

static const struct pm_renderer *const renderers[] = {
	&pm_renderer_text,
	&pm_renderer_json,
	&pm_renderer_csv,
	&pm_renderer_markdown,
	&pm_renderer_html,
	&pm_renderer_junit,
	&pm_renderer_github,
};

size_t pm_renderer_count(void)
{
	return sizeof(renderers) / sizeof(renderers[0]);
}

const struct pm_renderer *pm_renderer_at(size_t i)
{
	return renderers[i];
}

const struct pm_renderer *pm_renderer_of_name(const char *name)
{
	for (size_t i = 0; i < pm_renderer_count(); i++) {
		if (strcmp(renderers[i]->name, name) == 0)
			return renderers[i];
	}
	return NULL;
}

const struct pm_renderer *pm_renderer_of_path(const char *path)
{
	const size_t n = strlen(path);

	for (size_t i = 0; i < pm_renderer_count(); i++) {
		const size_t n_extension = strlen(renderers[i]->extension);

		if (n > n_extension && strcmp(path + n - n_extension, renderers[i]->extension) == 0)
			return renderers[i];
	}
	return NULL;
}
