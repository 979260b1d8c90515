/* SPDX-License-Identifier: MIT */
#include "model/note.h"

#include <poolmon/row.h>

static bool needs_quotes(struct pm_span value)
{
	for (size_t i = 0; i < value.n; i++) {
		const unsigned char c = (unsigned char)value.at[i];

		if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f)
			return true;
	}
	return value.n == 0;
}

void pm_note_add(struct pm_buf *note, const char *key, struct pm_span value)
{
	if (note->n > 0)
		pm_buf_add_char(note, ' ');
	pm_buf_add_text(note, key);
	pm_buf_add_char(note, '=');
	if (!needs_quotes(value)) {
		pm_buf_add(note, value.at, value.n);
		return;
	}
	pm_buf_add_char(note, '"');
	for (size_t i = 0, n; i < value.n; i += n) {
		n = pm_utf8_length(value.at + i, value.n - i);
		n = n == 0 ? 1 : n;
		if (value.at[i] == '"' || value.at[i] == '\\')
			pm_buf_add_char(note, '\\');
		pm_buf_add_visible(note, value.at + i, n);
	}
	pm_buf_add_char(note, '"');
}

void pm_note_add_text(struct pm_buf *note, const char *key, const char *value)
{
	pm_note_add(note, key, pm_span_of(value));
}

void pm_note_add_u64(struct pm_buf *note, const char *key, uint64_t value)
{
	char digits[24];
	struct pm_buf text;

	pm_buf_init_fixed(&text, digits, sizeof(digits));
	pm_buf_add_u64(&text, value);
	pm_note_add_text(note, key, pm_buf_terminate(&text));
}

void pm_note_put(char *note, size_t size, const char *key, const char *value)
{
	const size_t before = strlen(note);
	struct pm_buf text;

	pm_buf_init_fixed(&text, note, size - 1);
	text.n = before;
	pm_note_add_text(&text, key, value);
	note[text.failed ? before : text.n] = '\0';
}

static void put(char *value, size_t size, size_t *n, char c)
{
	if (*n + 1 < size)
		value[(*n)++] = c;
}

/* The value that begins at note[i]; returns where it ends. */
static size_t read_value(const char *note, size_t n, size_t i, char *value, size_t size)
{
	const bool quoted = i < n && note[i] == '"';
	size_t out = 0;

	for (i += quoted; i < n; i++) {
		if (quoted ? note[i] == '"' : note[i] == ' ')
			break;
		if (quoted && note[i] == '\\' && i + 1 < n &&
			(note[i + 1] == '"' || note[i + 1] == '\\'))
			i++;
		put(value, size, &out, note[i]);
	}
	if (size > 0)
		value[out] = '\0';
	return i + (quoted && i < n);
}

bool pm_note_next(const char *note, size_t n, size_t *at, const char **key, size_t *n_key,
	char *value, size_t size)
{
	size_t i = *at;

	while (i < n && note[i] == ' ')
		i++;
	if (i >= n)
		return false;
	*key = note + i;
	while (i < n && note[i] != '=' && note[i] != ' ')
		i++;
	*n_key = (size_t)(note + i - *key);
	if (i < n && note[i] == '=')
		i = read_value(note, n, i + 1, value, size);
	else if (size > 0)
		value[0] = '\0';
	*at = i;
	return true;
}

bool pm_note_get(const char *note, size_t n, const char *key, char *value, size_t size)
{
	const char *found;
	size_t at = 0, n_found;

	while (pm_note_next(note, n, &at, &found, &n_found, value, size)) {
		if (pm_span_is((struct pm_span){found, n_found}, key))
			return true;
	}
	return false;
}
