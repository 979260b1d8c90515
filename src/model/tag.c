/* SPDX-License-Identifier: MIT */
#include <poolmon/tag.h>

#include "model/matching.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool needs_escape(unsigned char c)
{
	return c < 0x20 || c > 0x7e || c == ',' || c == '"' || c == '\\';
}

static bool starts_formula(char c)
{
	return c == '=' || c == '+' || c == '-' || c == '@';
}

size_t pm_tag_escape(char text[PM_TAG_ESCAPED], const char *tag, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";
	const bool guard = n > 0 && starts_formula(tag[0]);
	size_t inner = 0, inner_end, out = 0; /* spaces outside of [inner, inner_end) are escaped */

	if (n > PM_TAG_MAX)
		n = PM_TAG_MAX;
	inner_end = n;
	while (inner < n && tag[inner] == ' ')
		inner++;
	while (inner_end > inner && tag[inner_end - 1] == ' ')
		inner_end--;
	for (size_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)tag[i];

		if (needs_escape(c) || i < inner || i >= inner_end || (i == 0 && guard)) {
			text[out++] = '\\';
			text[out++] = 'x';
			text[out++] = hex[c >> 4];
			text[out++] = hex[c & 15];
		} else {
			text[out++] = (char)c;
		}
	}
	text[out] = '\0';
	return out;
}

static int hex_digit(char c)
{
	c = lower(c);
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t pm_tag_unescape(char *tag, const char *text, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\\' && n - i >= 4 && text[i + 1] == 'x' &&
			hex_digit(text[i + 2]) >= 0 && hex_digit(text[i + 3]) >= 0) {
			tag[out++] = (char)(hex_digit(text[i + 2]) << 4 | hex_digit(text[i + 3]));
			i += 3;
		} else {
			tag[out++] = text[i];
		}
	}
	return out;
}

bool pm_bytes_match(struct pm_span pattern, struct pm_span text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, retry = 0;

	while (t < text.n) {
		if (p < pattern.n && pattern.at[p] == '*') {
			star = ++p;
			retry = t;
		} else if (p < pattern.n && (pattern.at[p] == '?' || pattern.at[p] == text.at[t])) {
			p++;
			t++;
		} else if (star != SIZE_MAX) { /* let the last star swallow one byte more */
			p = star;
			t = ++retry;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.at[p] == '*')
		p++;
	return p == pattern.n;
}

bool pm_pattern_matches(const char *pattern, const char *text)
{
	return pm_bytes_match(pm_span_of(pattern), pm_span_of(text));
}

bool pm_filter_takes(const struct pm_filter *filter, const char *escaped_tag)
{
	bool taken;

	if (filter == NULL)
		return true;
	taken = filter->n_include == 0;
	for (size_t i = 0; i < filter->n_include && !taken; i++)
		taken = pm_pattern_matches(filter->include[i], escaped_tag);
	for (size_t i = 0; i < filter->n_exclude && taken; i++)
		taken = !pm_pattern_matches(filter->exclude[i], escaped_tag);
	return taken;
}
