/* SPDX-License-Identifier: MIT */
#include "model/tagline.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

struct pm_span pm_tagline_trim(struct pm_span span)
{
	while (span.n > 0 && is_blank(*span.at)) {
		span.at++;
		span.n--;
	}
	while (span.n > 0 && is_blank(span.at[span.n - 1]))
		span.n--;
	return span;
}

static struct pm_span from(struct pm_span span, size_t i)
{
	return (struct pm_span){span.at + i, span.n - i};
}

/* Where a dash stands by itself, blanks (or an end) on both sides; n if nowhere from `from` on. */
static size_t find_dash(struct pm_span text, size_t at)
{
	for (size_t i = at; i < text.n; i++) {
		if (text.at[i] == '-' && (i == 0 || is_blank(text.at[i - 1])) &&
			(i + 1 == text.n || is_blank(text.at[i + 1])))
			return i;
	}
	return text.n;
}

static size_t skip_blanks(struct pm_span text, size_t i)
{
	while (i < text.n && is_blank(text.at[i]))
		i++;
	return i;
}

/* Behind the first four columns there is a dash; for short tags that were not padded it may be
 * nearer. *n_tag: columns that are the tag's. Returns where the dash is, or the end. */
static size_t find_windows_dash(struct pm_span line, size_t *n_tag)
{
	size_t i;

	*n_tag = PM_WINDOWS_TAG;
	if (line.n > *n_tag && (is_blank(line.at[*n_tag]) || line.at[*n_tag] == '-')) {
		i = skip_blanks(line, *n_tag);
		if (i < line.n && line.at[i] == '-' &&
			(i + 1 == line.n || is_blank(line.at[i + 1])))
			return i;
	}
	i = find_dash(line, 1);
	if (i > *n_tag || is_blank(line.at[0]))
		return line.n;
	*n_tag = i;
	return i;
}

/* Tags of Linux are of any length, and so reach to the first dash. */
static size_t find_linux_dash(struct pm_span line, size_t *n_tag)
{
	*n_tag = is_blank(line.at[0]) ? line.n : find_dash(line, 1);
	return *n_tag;
}

/* `rem`, as in batch files; but "ReMo" is a tag, and "Rem  -" begins an entry for the tag "Rem ". */
static bool is_comment(struct pm_span line)
{
	static const char rem[] = "REM";

	if (line.n >= 2 && line.at[0] == '/' && line.at[1] == '/')
		return true;
	if (line.n < 3 || (line.n > 3 && !is_blank(line.at[3])))
		return false;
	for (int i = 0; i < 3; i++) {
		if (line.at[i] != rem[i] && line.at[i] != rem[i] - 'A' + 'a')
			return false;
	}
	return !(line.n > 5 && line.at[4] == ' ' && line.at[5] == '-');
}

/* ---- "// pools: slab kmem" ---- */

static bool take_pool(struct pm_span word, unsigned *pools)
{
	enum pm_pool pool = PM_POOL_SESSION;

	if (!pm_span_is(word, "session") && !pm_pool_of_name(word.at, word.n, &pool))
		return false;
	*pools |= 1U << pool;
	return pm_pool_has_suspects(pool);
}

/* Whether a comment says what pools entries are for; *pools is 0 if what it says is no such thing. */
static bool says_pools(struct pm_span comment, unsigned *pools)
{
	static const char says[] = "pools:";
	struct pm_span rest = pm_tagline_trim(from(comment, 2));

	if (rest.n < sizeof(says) - 1 || memcmp(rest.at, says, sizeof(says) - 1) != 0)
		return false;
	rest = pm_tagline_trim(from(rest, sizeof(says) - 1));
	*pools = 0;
	while (rest.n > 0) {
		size_t n = 0;

		while (n < rest.n && !is_blank(rest.at[n]))
			n++;
		if (!take_pool((struct pm_span){rest.at, n}, pools)) {
			*pools = 0;
			break;
		}
		rest = pm_tagline_trim(from(rest, n));
	}
	return true;
}

static enum pm_tagline_kind kind_of_comment(struct pm_span comment, unsigned *pools)
{
	if (comment.at[0] != '/' || !says_pools(comment, pools))
		return PM_TAGLINE_NOTHING;
	return *pools == 0 ? PM_TAGLINE_ODD : PM_TAGLINE_POOLS;
}

/* ---- entries ---- */

/* What stands behind the first dash: "driver - description", or a description alone. */
static void split_rest(struct pm_tagline *parts, struct pm_span rest)
{
	const size_t dash = find_dash(rest, 0);

	parts->name = (struct pm_span){rest.at, 0};
	parts->description = pm_tagline_trim(rest);
	if (dash < rest.n) {
		parts->name = pm_tagline_trim((struct pm_span){rest.at, dash});
		parts->description = pm_tagline_trim(from(rest, dash + 1));
	}
	if (pm_span_is(parts->name, "<unknown>"))
		parts->name.n = 0;
}

void pm_tagline_split(struct pm_tagline *parts, struct pm_span line, unsigned pools)
{
	const bool is_linux = (pools & PM_POOLS_LINUX) != 0;
	const struct pm_span text = pm_tagline_trim(line);
	size_t dash;

	parts->kind = PM_TAGLINE_NOTHING;
	if (text.n == 0)
		return;
	if (is_comment(line) || is_comment(text)) {
		parts->kind = kind_of_comment(text, &parts->pools);
		return;
	}
	dash = is_linux ? find_linux_dash(line, &parts->n_tag)
			: find_windows_dash(line, &parts->n_tag);
	while (dash < line.n && parts->n_tag > 0 && is_blank(line.at[parts->n_tag - 1]))
		parts->n_tag--;
	if (dash == line.n || parts->n_tag == 0 || parts->n_tag > sizeof(parts->tag)) {
		parts->kind = is_blank(line.at[0]) ? PM_TAGLINE_CONTINUES : PM_TAGLINE_ODD;
		parts->description = text;
		return;
	}
	parts->kind = PM_TAGLINE_ENTRY;
	for (size_t i = 0; i < parts->n_tag; i++)
		parts->tag[i] = is_blank(line.at[i]) ? ' ' : line.at[i];
	split_rest(parts, from(line, dash + 1));
}
