/* SPDX-License-Identifier: MIT */
#include "analyze/selector.h"

#include <poolmon/tag.h>

/* The part before the next slash; false where there is no slash. */
static bool next_part(const struct pm_span *rest, struct pm_span *part)
{
	const char *slash = rest->n == 0 ? NULL : memchr(rest->at, '/', rest->n);

	if (slash == NULL)
		return false;
	*part = (struct pm_span){rest->at, (size_t)(slash - rest->at)};
	return true;
}

static void drop_part(struct pm_span *rest, const struct pm_span *part)
{
	rest->at += part->n + 1;
	rest->n -= part->n + 1;
}

bool pm_selector_parse(struct pm_selector *selector, struct pm_span text, struct pm_arena *arena)
{
	struct pm_span rest = text, part;
	enum pm_pool pool;

	*selector = (struct pm_selector){.pool = "*", .type = "*"};
	selector->text = pm_arena_copy(arena, text.at, text.n);
	if (next_part(&rest, &part) &&
		(pm_pool_of_name(part.at, part.n, &pool) || pm_span_is(part, "session:*"))) {
		selector->pool = pm_arena_copy(arena, part.at, part.n);
		drop_part(&rest, &part);
	}
	if (next_part(&rest, &part) && part.n > 0 && pm_type_is_known(part.at, part.n)) {
		selector->type = pm_arena_copy(arena, part.at, part.n);
		drop_part(&rest, &part);
	}
	selector->tag = pm_arena_copy(arena, rest.at, rest.n);
	return selector->text != NULL && selector->pool != NULL && selector->type != NULL &&
		selector->tag != NULL;
}

bool pm_selector_takes(const struct pm_selector *selector, const struct pm_key *key)
{
	return pm_pattern_matches(selector->pool, key->pool_name) &&
		pm_pattern_matches(selector->type, key->type) &&
		pm_pattern_matches(selector->tag, key->tag);
}
