/* SPDX-License-Identifier: MIT */
/* Which series a rule is about: [POOL/][TYPE/]PATTERN. */
#ifndef POOLMON_ANALYZE_SELECTOR_H
#define POOLMON_ANALYZE_SELECTOR_H

#include <poolmon/row.h>

#include "base/arena.h"
#include "base/buf.h"

struct pm_selector {
	const char *text; /* all of it, as it was written */
	const char *pool; /* a pattern; "*" where none was given */
	const char *type; /* likewise */
	const char *tag;
};

/* What stands before the first slash is a pool only if it is the name of one (or `session:*`), so
 * that tags may have slashes; likewise the type. Texts are copied. False: out of memory. */
bool pm_selector_parse(struct pm_selector *selector, struct pm_span text, struct pm_arena *arena);

bool pm_selector_takes(const struct pm_selector *selector, const struct pm_key *key);

#endif
