/* SPDX-License-Identifier: MIT */
/* CSV as RFC 4180 has it, one line a row: a quoted field may hold commas and quotes, no line ends. */
#include "base/bytes.h"
#include "base/number.h"
#include "base/when.h"
#include "log/decoder.h"

/* Steps to the next field of the line: its text (unquoted, in scratch memory where quotes inside
 * were doubled). *at is left on the comma or at the end. false: the quotes don't match. */
static bool next_field(struct pm_decoder *decoder, const char **at, const char *end,
	struct pm_span *text, bool *copied)
{
	const char *c = *at;
	char *to;

	*copied = false;
	if (c == end || *c != '"') {
		while (c < end && *c != ',')
			c++;
		*text = (struct pm_span){*at, (size_t)(c - *at)};
		*at = c;
		return true;
	}
	to = pm_decoder_scratch(decoder, (size_t)(end - c));
	if (to == NULL)
		return false;
	*copied = true;
	text->at = to;
	for (c++; c < end; c++) {
		if (*c != '"') {
			*to++ = *c;
		} else if (c + 1 < end && c[1] == '"') {
			*to++ = *c++;
		} else if (c + 1 == end || c[1] == ',') {
			text->n = (size_t)(to - text->at);
			*at = c + 1;
			return true;
		} else {
			return false; /* text behind the closing quote */
		}
	}
	return false;
}

/* Reads a line as a header: which field each column holds. Counts the fields that are known. */
static int read_header(
	struct pm_decoder *decoder, const char *at, const char *end, struct pm_columns *columns)
{
	int n_known = 0;
	bool copied;

	for (columns->n = 0; columns->n < PM_COLUMNS_MAX; at++) {
		struct pm_span name;
		int field;

		if (!next_field(decoder, &at, end, &name, &copied))
			return 0;
		field = pm_log_field_of_name(name);
		n_known += field >= 0;
		columns->field[columns->n++] = (signed char)field;
		if (at == end)
			return n_known;
	}
	return 0;
}

static bool is_data(const char *at, const char *end)
{
	int64_t ms;

	return end - at >= 19 && pm_time_parse(at, 19, &ms);
}

/* The first line of a file. One that holds data already - a part that was split off - has the
 * columns of the format's own order. */
static enum pm_line take_header(struct pm_decoder *decoder, const char *at, const char *end)
{
	struct pm_columns *columns = &decoder->columns;

	if (is_data(at, end)) {
		for (columns->n = 0; columns->n < PM_N_LOG_FIELDS; columns->n++)
			columns->field[columns->n] = (signed char)columns->n;
		return PM_LINE_ROW;
	}
	pm_recall_forget(&decoder->recall);
	if (read_header(decoder, at, end, columns) == 0) {
		columns->n = 0;
		return pm_decoder_reject(decoder, PM_REJECT_SYNTAX, -1, NULL, SIZE_MAX);
	}
	return PM_LINE_NO_ROW;
}

/* Whether a line within the file is a header again (files that were strung together). */
static bool is_header(const struct pm_decoder *decoder, const char *at, const char *end)
{
	const char *name =
		pm_log_fields[decoder->columns.field[0] < 0 ? 0 : decoder->columns.field[0]].name;
	const size_t n = strlen(name);

	return (size_t)(end - at) > n && memcmp(at, name, n) == 0 && at[n] == ',';
}

static enum pm_line split(
	struct pm_decoder *decoder, const char *at, const char *end, struct pm_fields *fields)
{
	const struct pm_columns *columns = &decoder->columns;

	if (columns->n == 0 || is_header(decoder, at, end)) {
		const enum pm_line line = take_header(decoder, at, end);

		if (line != PM_LINE_ROW)
			return line;
	}
	memset(fields, 0, sizeof(*fields));
	for (int i = 0;; i++, at++) {
		const char *place = at;
		struct pm_span text;
		bool copied;

		if (!next_field(decoder, &at, end, &text, &copied))
			return pm_decoder_reject(decoder, PM_REJECT_SYNTAX, -1, place, SIZE_MAX);
		if (i >= columns->n)
			return pm_decoder_reject(decoder, PM_REJECT_COLUMNS, -1, place, SIZE_MAX);
		if (columns->field[i] >= 0) {
			fields->field[columns->field[i]] = text;
			if (copied)
				fields->place[columns->field[i]] = place;
		}
		if (at == end && i + 1 < columns->n)
			return pm_decoder_reject(decoder, PM_REJECT_COLUMNS, -1, NULL, SIZE_MAX);
		if (at == end)
			return PM_LINE_ROW;
	}
}

/* Of this format if the first line is a header with two known names, or a row of our own. */
static bool probe(const char *head, size_t n)
{
	const char *end = memchr(head, '\n', n);
	int n_known = 0;

	if (end == NULL)
		end = head + n;
	if (end > head && end[-1] == '\r')
		end--;
	if (is_data(head, end) && memchr(head, ',', (size_t)(end - head)) != NULL)
		return true;
	while (head <= end) {
		const char *comma = memchr(head, ',', (size_t)(end - head));
		struct pm_span name = {head, (size_t)((comma == NULL ? end : comma) - head)};

		if (name.n >= 2 && name.at[0] == '"') {
			name.at++;
			name.n -= 2;
		}
		n_known += pm_log_field_of_name(name) >= 0;
		if (comma == NULL)
			break;
		head = comma + 1;
	}
	return n_known >= 2;
}

static int count_columns(const struct pm_columns *columns, int field)
{
	int n = 0;

	for (int i = 0; i < columns->n; i++)
		n += columns->field[i] == field;
	return n;
}

bool pm_columns_ok(
	const struct pm_columns *columns, enum pm_reject_kind *problem, const char **name)
{
	for (int field = 0; field < PM_N_LOG_FIELDS; field++) {
		const int n = count_columns(columns, field);
		const bool required = field == PM_FIELD_TIME || field == PM_FIELD_UPTIME ||
			field == PM_FIELD_POOL || field == PM_FIELD_TAG;

		if (n > 1 || (n == 0 && required)) {
			*problem = n > 1 ? PM_REJECT_REPEATED : PM_REJECT_MISSING;
			*name = pm_log_fields[field].name;
			return false;
		}
	}
	return true;
}

/* Pool, tag and type, each with a comma before it. */
static size_t key_length(const char *at, const char *end)
{
	int n_commas = 0;

	for (const char *c = at; c < end; c += 8) {
		for (uint64_t found = pm_bytes_find(pm_bytes_load(c), ','); found != 0;
			found &= found - 1) {
			if (++n_commas == 4)
				return (size_t)(c - at) + (pm_lowest_bit(found) >> 3);
		}
		if (pm_bytes_find(pm_bytes_load(c), '\n') != 0)
			return 0;
	}
	return 0;
}

static void put_text(struct pm_buf *out, const char *at, size_t n)
{
	const bool quote = memchr(at, ',', n) != NULL || memchr(at, '"', n) != NULL;

	if (!quote) {
		pm_buf_add(out, at, n);
		return;
	}
	pm_buf_add_char(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (at[i] == '"')
			pm_buf_add_char(out, '"');
		pm_buf_add_char(out, at[i]);
	}
	pm_buf_add_char(out, '"');
}

static void put_header(struct pm_buf *out, const struct pm_label *labels, size_t n_labels)
{
	for (int i = 0; i < PM_N_LOG_FIELDS; i++) {
		if (i > 0)
			pm_buf_add_char(out, ',');
		pm_buf_add_text(out, pm_log_fields[i].name);
	}
	for (size_t i = 0; i < n_labels; i++) {
		pm_buf_add_char(out, ',');
		pm_buf_add_text(out, labels[i].name);
	}
	pm_buf_add_char(out, '\n');
}

static void put_times(struct pm_buf *out, int64_t time_ms, int64_t uptime_ms)
{
	char text[PM_TIME_TEXT + 1 + PM_U64_DIGITS + 4];
	size_t n = pm_time_format(text, time_ms, ' ');

	text[n++] = ',';
	n += pm_seconds_format(text + n, uptime_ms);
	pm_buf_add(out, text, n);
}

static void put_key(struct pm_buf *out, const struct pm_key *key)
{
	pm_buf_add_char(out, ',');
	pm_buf_add_text(out, key->pool_name);
	pm_buf_add_char(out, ',');
	pm_buf_add(out, key->tag, key->n_tag);
	pm_buf_add_char(out, ',');
	pm_buf_add_text(out, key->type);
}

static void put_values(struct pm_buf *out, const struct pm_row *row)
{
	char *start = pm_buf_reserve(out, PM_N_VALUES * (PM_U64_DIGITS + 1) + 1), *to = start;

	if (to == NULL)
		return;
	for (int i = 0; i < PM_N_VALUES; i++) {
		*to++ = ',';
		if (pm_row_has(row, (enum pm_value)i))
			to += pm_u64_format(to, row->value[i]);
	}
	*to++ = ',';
	out->n += (size_t)(to - start);
	if (row->note != NULL)
		put_text(out, row->note, row->n_note);
}

static void put_end(struct pm_buf *out, const struct pm_label *labels, size_t n_labels)
{
	for (size_t i = 0; i < n_labels; i++) {
		pm_buf_add_char(out, ',');
		put_text(out, labels[i].value, strlen(labels[i].value));
	}
	pm_buf_add_char(out, '\n');
}

const struct pm_codec pm_codec_csv = {
	.name = "csv",
	.extension = ".csv",
	.probe = probe,
	.put_header = put_header,
	.put_times = put_times,
	.put_key = put_key,
	.put_values = put_values,
	.put_end = put_end,
	.key_length = key_length,
	.split = split,
};
