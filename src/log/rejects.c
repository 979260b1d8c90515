/* SPDX-License-Identifier: MIT */
#include "log/rejecting.h"

#include <stdio.h>

#define ENTRY(id, name, text) {name, text},

const struct pm_reject_info pm_reject_infos[PM_N_REJECTS] = {PM_REJECT_KINDS(ENTRY)};

uint64_t pm_rejects_total(const struct pm_rejects *rejects)
{
	uint64_t total = 0;

	for (int kind = 0; kind < PM_N_REJECTS; kind++)
		total += rejects->kinds[kind].n;
	return total;
}

static bool stands_before(const struct pm_reject *a, const struct pm_reject *b)
{
	return a->input != b->input ? a->input < b->input : a->line < b->line;
}

/* Counts a reject; where it stands among the first of its kind, a place for it is made there. NULL:
 * it does not. So the same ones are kept in whatever order they are met. */
static struct pm_reject *make_place(
	struct pm_rejects *rejects, int kind, const struct pm_reject *reject)
{
	struct pm_reject *first = rejects->kinds[kind].first;
	const unsigned n = pm_rejects_kept(rejects, kind);
	unsigned i = n;

	while (i > 0 && stands_before(reject, &first[i - 1]))
		i--;
	rejects->kinds[kind].n++;
	if (i == PM_REJECTS_KEPT)
		return NULL;
	for (unsigned j = n < PM_REJECTS_KEPT ? n : PM_REJECTS_KEPT - 1; j > i; j--)
		first[j] = first[j - 1];
	first[i] = *reject;
	return &first[i];
}

void pm_rejects_add(struct pm_rejects *rejects, enum pm_reject_kind kind, uint32_t input,
	uint64_t line, uint64_t column, const char *field, struct pm_span seen)
{
	const struct pm_reject where = {
		.input = input,
		.line = line,
		.column = column > UINT32_MAX ? UINT32_MAX : (uint32_t)column,
	};
	struct pm_reject *reject = make_place(rejects, kind, &where);
	struct pm_buf text;

	if (reject == NULL)
		return;
	snprintf(reject->field, sizeof(reject->field), "%s", field == NULL ? "" : field);
	pm_buf_init_fixed(&text, reject->seen, sizeof(reject->seen));
	pm_buf_add_visible(
		&text, seen.at, seen.n < sizeof(reject->seen) ? seen.n : sizeof(reject->seen));
	pm_buf_terminate(&text);
}

void pm_rejects_merge(struct pm_rejects *rejects, const struct pm_rejects *later, uint32_t input,
	uint64_t lines_before)
{
	for (int kind = 0; kind < PM_N_REJECTS; kind++) {
		const unsigned kept = pm_rejects_kept(later, kind);

		for (unsigned i = 0; i < kept; i++) {
			struct pm_reject reject = later->kinds[kind].first[i];

			if (reject.input == input && !pm_reject_is_packed(kind))
				reject.line += lines_before;
			(void)make_place(rejects, kind, &reject);
		}
		rejects->kinds[kind].n += later->kinds[kind].n - kept;
	}
}
