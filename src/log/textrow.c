/* SPDX-License-Identifier: MIT */
#include "log/textrow.h"

#include "base/codepage.h"

enum { TAG = 4, NUMBERS_MAX = 16 };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct pm_span trim(struct pm_span text)
{
	while (text.n > 0 && is_blank(text.at[0])) {
		text.at++;
		text.n--;
	}
	while (text.n > 0 && is_blank(text.at[text.n - 1]))
		text.n--;
	return text;
}

/* ---- the line of column names ---- */

/* Where a word stands from `from` on; SIZE_MAX if it does not. */
static size_t find_word(const char *at, size_t n, size_t from, const char *word)
{
	const size_t n_word = strlen(word);

	for (size_t i = from; i + n_word <= n; i++) {
		if ((i == 0 || is_blank(at[i - 1])) &&
			(i + n_word == n || is_blank(at[i + n_word])) &&
			memcmp(at + i, word, n_word) == 0)
			return i;
	}
	return SIZE_MAX;
}

bool pm_text_columns_parse(struct pm_text_columns *columns, const char *at, size_t n)
{
	static const char *const names[PM_TEXT_CELLS] = {
		"Allocs", "Frees", "Diff", "Bytes", "Per Alloc"};
	bool any = false;

	columns->tag = find_word(at, n, 0, "Tag");
	if (columns->tag == SIZE_MAX || trim((struct pm_span){at, columns->tag}).n > 0)
		return false;
	columns->type = find_word(at, n, columns->tag, "Type");
	if (columns->type == SIZE_MAX)
		return false;
	for (int i = 0; i < PM_TEXT_CELLS; i++) {
		const size_t found = find_word(at, n, columns->type, names[i]);

		columns->end[i] = found == SIZE_MAX ? 0 : found + strlen(names[i]);
		any |= columns->end[i] > 0;
	}
	columns->behind = columns->end[PM_TEXT_CELLS - 1];
	if (columns->behind == 0 || columns->behind >= n)
		columns->behind = SIZE_MAX;
	return any;
}

/* ---- tag and type ---- */

/* The type that begins at at[i]; its length, or 0. */
static size_t type_at(const char *at, size_t n, size_t i)
{
	static const char *const types[] = {"Nonp", "Paged", "Recl", "Unrecl"};

	for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
		const size_t n_type = strlen(types[t]);

		if (n - i >= n_type && memcmp(at + i, types[t], n_type) == 0 &&
			(i + n_type == n || is_blank(at[i + n_type])))
			return n_type;
	}
	return 0;
}

static bool is_blank_cell(const char *at, size_t n, size_t i)
{
	for (size_t end = i + strlen("Type"); i < end && i < n; i++) {
		if (!is_blank(at[i]))
			return false;
	}
	return true;
}

/* Finds the type: under its name, or else wherever it stands behind a tag. */
static bool find_type(const struct pm_text_columns *columns, bool of_ours, const char *at, size_t n,
	struct pm_span *type)
{
	const size_t under = columns->type;

	if (under > 0 && under < n && is_blank(at[under - 1])) {
		*type = (struct pm_span){at + under, type_at(at, n, under)};
		if (type->n > 0 || (of_ours && is_blank_cell(at, n, under)))
			return true;
	}
	for (size_t i = 1; i < n; i++) {
		*type = (struct pm_span){at + i, is_blank(at[i - 1]) ? type_at(at, n, i) : 0};
		if (type->n > 0 && trim((struct pm_span){at, i}).n > 0)
			return true;
	}
	return false;
}

/* Of Windows' own, as far as columns were lost: tabs for blanks, a blank missing at the beginning.
 */
static bool take_ragged_tag(struct pm_span text, struct pm_text_row *row)
{
	const bool tab = text.n > 0 && text.at[text.n - 1] == '\t';

	do
		text.n -= text.n > 0;
	while (tab && text.n > 0 && text.at[text.n - 1] == '\t');
	for (; text.n > 0 && text.at[0] == '\t'; text.n--)
		text.at++;
	if (text.n != TAG && text.n > 0 && text.at[0] == ' ') {
		text.at++;
		text.n--;
	}
	while (text.n > TAG && text.at[text.n - 1] == ' ')
		text.n--;
	for (; text.n > TAG && text.at[0] == ' '; text.n--)
		text.at++;
	memset(row->tag, ' ', TAG);
	row->n_tag = TAG;
	if (text.n <= TAG) {
		memcpy(row->tag, text.at, text.n);
		return text.n > 0;
	}
	return pm_cp437_of_utf8(row->tag, TAG, text.at, text.n) == TAG;
}

static bool take_tag(const struct pm_text_columns *columns, bool of_ours, const char *at,
	struct pm_text_row *row)
{
	const bool windows = row->type.n > 0 && (row->type.at[0] == 'N' || row->type.at[0] == 'P');
	const struct pm_span before = {at, (size_t)(row->type.at - at)};
	struct pm_span text = trim(before);

	if (windows && before.n == columns->type && columns->type - columns->tag == TAG + 1) {
		memcpy(row->tag, at + columns->tag, TAG);
		row->n_tag = TAG;
		return true;
	}
	if (windows && !of_ours)
		return take_ragged_tag(before, row);
	if (text.n == 0 || text.n > sizeof(row->tag))
		return false;
	row->n_tag = pm_tag_unescape(row->tag, text.at, text.n);
	while (windows && row->n_tag < TAG)
		row->tag[row->n_tag++] = ' ';
	return true;
}

/* ---- numbers ---- */

struct numbers {
	struct pm_span at[NUMBERS_MAX];
	size_t n;
	bool changes; /* some stand in parentheses, which are left out here */
};

/* A change, "(   -5)", at c; where it ends, or NULL. */
static const char *skip_change(const char *c, const char *end)
{
	for (c++; c < end && *c != ')'; c++) {
		if (!is_digit(*c) && !is_blank(*c) && *c != '-' && *c != '+')
			return NULL;
	}
	return c < end ? c + 1 : NULL;
}

/* What stands from c on, up to the first word that is no number: there it returns. */
static const char *find_numbers(const char *c, const char *end, struct numbers *numbers)
{
	while (numbers->n < NUMBERS_MAX) {
		const char *begin;

		while (c < end && is_blank(*c))
			c++;
		begin = c;
		if (c < end && *c == '(') {
			c = skip_change(c, end);
			if (c == NULL)
				return begin;
			numbers->changes = true;
			continue;
		}
		if (c < end && *c == '-')
			c++;
		while (c < end && is_digit(*c))
			c++;
		if (c == begin || (c < end && !is_blank(*c) && *c != '('))
			return begin;
		numbers->at[numbers->n++] = (struct pm_span){begin, (size_t)(c - begin)};
	}
	return c;
}

/* Some cells are blank, which PoolMon itself has not: each number belongs to the column in whose
 * last character it ends. */
static bool take_by_place(const struct pm_text_columns *columns, const char *at,
	const struct numbers *numbers, struct pm_text_row *row)
{
	int cell = 0;

	for (size_t i = 0; i < numbers->n; i++) {
		const struct pm_span number = numbers->at[i];
		const size_t end = (size_t)(number.at + number.n - at);

		while (cell < PM_TEXT_CELLS && columns->end[cell] != end)
			cell++;
		if (cell == PM_TEXT_CELLS)
			return false;
		row->cell[cell++] = number;
	}
	return numbers->n > 0 &&
		(row->rest.n == 0 || (size_t)(row->rest.at - at) >= columns->behind);
}

static bool take_cells(const struct pm_text_columns *columns, bool of_ours, const char *at,
	struct numbers *numbers, struct pm_text_row *row)
{
	/* Allocs, its change, frees, its change, diff, bytes, its change, per alloc. */
	static const unsigned char with_changes[PM_TEXT_CELLS] = {0, 2, 4, 5, 7};
	bool bare_changes;

	/* What stands behind is of no interest. PoolMon doesn't widen its columns, so there a
	 * number that counts may have been pushed behind. */
	while (numbers->n > 0 && (of_ours || numbers->n != PM_TEXT_CELLS) &&
		(size_t)(numbers->at[numbers->n - 1].at - at) >= columns->behind)
		numbers->n--;
	bare_changes = numbers->n == 8 && !numbers->changes;
	if (numbers->n < PM_TEXT_CELLS)
		return of_ours && take_by_place(columns, at, numbers, row);
	if (numbers->n > PM_TEXT_CELLS && !numbers->changes && !bare_changes)
		return false;
	for (int i = 0; i < PM_TEXT_CELLS; i++)
		row->cell[i] = numbers->at[bare_changes ? with_changes[i] : i];
	return true;
}

bool pm_text_row_parse(const struct pm_text_columns *columns, bool of_ours, const char *at,
	size_t n, struct pm_text_row *row, enum pm_reject_kind *problem, struct pm_span *place)
{
	struct numbers numbers = {.n = 0};
	const char *behind;

	memset(row->cell, 0, sizeof(row->cell));
	*place = (struct pm_span){at, n};
	*problem = PM_REJECT_SYNTAX;
	if (!find_type(columns, of_ours, at, n, &row->type) || !take_tag(columns, of_ours, at, row))
		return false;
	behind = row->type.at + row->type.n;
	row->rest.at = find_numbers(behind, at + n, &numbers);
	row->rest.n = (size_t)(at + n - row->rest.at);
	*problem = PM_REJECT_COLUMNS;
	*place = (struct pm_span){behind, (size_t)(at + n - behind)};
	return take_cells(columns, of_ours, at, &numbers, row);
}
