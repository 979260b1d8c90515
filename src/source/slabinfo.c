/* SPDX-License-Identifier: MIT */
#include "source/slabinfo.h"

#include "base/number.h"

enum { SECTIONS_MAX = 8 };

static const char *const column_names[PM_N_SLAB_COLUMNS] = {
	[PM_SLAB_ACTIVE_OBJECTS] = "<active_objs>",
	[PM_SLAB_OBJECT_SIZE] = "<objsize>",
	[PM_SLAB_PAGES_PER_SLAB] = "<pagesperslab>",
	[PM_SLAB_N_SLABS] = "<num_slabs>",
};

static bool next_token(const char **at, const char *end, struct pm_span *token)
{
	while (*at < end && (**at == ' ' || **at == '\t'))
		(*at)++;
	token->at = *at;
	while (*at < end && **at != ' ' && **at != '\t')
		(*at)++;
	token->n = (size_t)(*at - token->at);
	return token->n > 0;
}

bool pm_slabinfo_parse_header(const char *line, size_t n, struct pm_slabinfo_layout *layout)
{
	const char *end = line + n;
	struct pm_span token;
	int column = 0;

	*layout = (struct pm_slabinfo_layout){.n_sections = 1};
	for (int i = 0; i < PM_N_SLAB_COLUMNS; i++)
		layout->columns[i].section = -1;
	while (next_token(&line, end, &token)) {
		if (pm_span_is(token, ":")) {
			layout->n_sections++;
			column = 0;
		} else if (token.at[0] == '<') {
			for (int i = 0; i < PM_N_SLAB_COLUMNS; i++) {
				if (pm_span_is(token, column_names[i])) {
					layout->columns[i].section = layout->n_sections - 1;
					layout->columns[i].column = column;
				}
			}
			column++;
			if (layout->n_sections == 1)
				layout->n_first = column;
		}
	}
	for (int i = 0; i < PM_N_SLAB_COLUMNS; i++) {
		if (layout->columns[i].section < 0)
			return false;
	}
	return layout->n_sections <= SECTIONS_MAX;
}

/* Splits at the last separators: a name may hold anything. */
static bool split(const struct pm_slabinfo_layout *layout, const char *line, const char *end,
	struct pm_span sections[SECTIONS_MAX])
{
	for (int i = layout->n_sections - 1; i > 0; i--) {
		const char *c = end;

		while (c - line >= 3 && memcmp(c - 3, " : ", 3) != 0)
			c--;
		if (c - line < 3)
			return false;
		sections[i] = (struct pm_span){c, (size_t)(end - c)};
		end = c - 3;
	}
	sections[0] = (struct pm_span){line, (size_t)(end - line)};
	return true;
}

/* Cuts the numbers off the end of the first part; what is left is the name. */
static bool take_name(struct pm_span *section, int n_numbers, struct pm_span *name)
{
	const char *c = section->at + section->n;

	for (int i = 0; i < n_numbers; i++) {
		while (c > section->at && c[-1] == ' ')
			c--;
		while (c > section->at && c[-1] != ' ')
			c--;
	}
	section->n -= (size_t)(c - section->at);
	*name = (struct pm_span){section->at, (size_t)(c - section->at)};
	section->at = c;
	while (name->n > 0 && name->at[name->n - 1] == ' ')
		name->n--;
	return name->n > 0;
}

static bool get_number(struct pm_span section, bool labelled, int column, uint64_t *value)
{
	const char *at = section.at, *end = section.at + section.n;
	struct pm_span token = {0};

	for (int i = -(int)labelled; i <= column; i++) {
		if (!next_token(&at, end, &token))
			return false;
	}
	return pm_u64_parse(token.at, token.n, value) == PM_NUMBER_OK;
}

bool pm_slabinfo_parse_line(
	const struct pm_slabinfo_layout *layout, const char *line, size_t n, struct pm_slab *slab)
{
	struct pm_span sections[SECTIONS_MAX];
	uint64_t values[PM_N_SLAB_COLUMNS];

	if (!split(layout, line, line + n, sections) ||
		!take_name(&sections[0], layout->n_first, &slab->name))
		return false;
	for (int i = 0; i < PM_N_SLAB_COLUMNS; i++) {
		const int section = layout->columns[i].section;

		if (!get_number(
			    sections[section], section > 0, layout->columns[i].column, &values[i]))
			return false;
	}
	slab->active_objects = values[PM_SLAB_ACTIVE_OBJECTS];
	slab->object_size = values[PM_SLAB_OBJECT_SIZE];
	slab->pages_per_slab = values[PM_SLAB_PAGES_PER_SLAB];
	slab->n_slabs = values[PM_SLAB_N_SLABS];
	return true;
}
