/* SPDX-License-Identifier: MIT */
#include "analyze/suppress.h"
#include "base/array.h"
#include "base/fail.h"
#include "base/when.h"

#define DAY_MS INT64_C(86400000)

struct line {
	const char *file;
	uint64_t number;
	struct pm_span text; /* without what ends it */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct pm_span *rest)
{
	while (rest->n > 0 && is_blank(*rest->at)) {
		rest->at++;
		rest->n--;
	}
}

static struct pm_span take_word(struct pm_span *rest)
{
	struct pm_span word = {rest->at, 0};

	while (word.n < rest->n && !is_blank(word.at[word.n]))
		word.n++;
	rest->at += word.n;
	rest->n -= word.n;
	skip_blanks(rest);
	return word;
}

/* Pieces of a line are parts of its text: where one begins is its column. */
static enum pm_status refuse(
	struct pm_error *err, const struct line *line, struct pm_span piece, const char *what)
{
	if (piece.n == 0)
		(void)pm_fail(err, PM_E_INPUT, "%s", what);
	else
		(void)pm_fail(err, PM_E_INPUT, "%s ('%.*s')", what,
			piece.n < 60 ? (int)piece.n : 60, piece.at);
	pm_error_where(err, line->file, line->number, (uint64_t)(piece.at - line->text.at) + 1);
	pm_error_remedy(err,
		"write a line like 'slab/dentry until=2027-01-31 ticket 1234, fixed "
		"in the next driver'");
	return PM_E_INPUT;
}

/* "expires=..." is a mistake rather than a reason. */
static bool is_setting(struct pm_span word)
{
	size_t n = 0;

	while (n < word.n && word.at[n] >= 'a' && word.at[n] <= 'z')
		n++;
	return n > 0 && n < word.n && word.at[n] == '=';
}

static enum pm_status parse_line(struct pm_suppression *out, const struct line *line,
	struct pm_arena *arena, struct pm_error *err)
{
	static const char key[] = "until=";
	const size_t n_key = sizeof(key) - 1;
	struct pm_span rest = line->text, who, word;

	*out = (struct pm_suppression){.file = line->file, .line = line->number};
	skip_blanks(&rest);
	who = take_word(&rest);
	word = rest;
	if (rest.n > n_key && memcmp(rest.at, key, n_key) == 0) {
		word = take_word(&rest);
		word.at += n_key;
		word.n -= n_key;
		if (word.n != 10 || !pm_time_parse_loose(word.at, word.n, &out->until_ms))
			return refuse(err, line, word, "behind until= there is no day YYYY-MM-DD");
		out->until = pm_arena_copy(arena, word.at, word.n);
		out->until_ms += DAY_MS;
		word = rest;
	}
	while (rest.n > 0 && is_blank(rest.at[rest.n - 1]))
		rest.n--;
	if (rest.n == 0)
		return refuse(err, line, rest, "there is no reason why it may stay");
	word = take_word(&word);
	if (is_setting(word))
		return refuse(err, line, word,
			"there is no such setting, but until=, once, and the reason behind it");
	out->reason = pm_arena_copy(arena, rest.at, rest.n);
	if (out->reason == NULL || !pm_selector_parse(&out->selector, who, arena))
		return pm_fail_memory(err);
	if (out->selector.tag[0] == '\0')
		return refuse(err, line, who, "this names a pool, but no tag");
	return PM_OK;
}

static enum pm_status add_line(struct pm_suppressions *suppressions, const struct line *line,
	struct pm_arena *arena, struct pm_error *err)
{
	struct pm_span rest = line->text;
	struct pm_suppression parsed, *grown;
	enum pm_status status;

	if (memchr(rest.at, '\0', rest.n) != NULL || !pm_utf8_is_valid(rest.at, rest.n))
		return refuse(
			err, line, (struct pm_span){rest.at, 0}, "not a line of text in UTF-8");
	skip_blanks(&rest);
	if (rest.n == 0 || *rest.at == '#')
		return PM_OK;
	status = parse_line(&parsed, line, arena, err);
	if (status != PM_OK)
		return status;
	grown = pm_array_room(
		suppressions->at, &suppressions->capacity, suppressions->n, sizeof(*grown));
	if (grown == NULL || (parsed.until_ms != 0 && parsed.until == NULL))
		return pm_fail_memory(err);
	suppressions->at = grown;
	grown[suppressions->n++] = parsed;
	return PM_OK;
}

enum pm_status pm_suppressions_parse(struct pm_suppressions *suppressions, const char *name,
	const char *text, size_t n, struct pm_arena *arena, struct pm_error *err)
{
	const char *end = text + n;
	const size_t n_before = suppressions->n;
	struct line line = {pm_arena_copy(arena, name, strlen(name)), 0, {text, 0}};
	enum pm_status status = line.file == NULL ? pm_fail_memory(err) : PM_OK;

	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3; /* what some editors put before UTF-8 */
	while (text < end && status == PM_OK) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline == NULL ? end : newline;

		line.number++;
		line.text = (struct pm_span){text, (size_t)(line_end - text)};
		status = add_line(suppressions, &line, arena, err);
		text = newline == NULL ? end : newline + 1;
	}
	if (status != PM_OK)
		suppressions->n = n_before;
	return status;
}
