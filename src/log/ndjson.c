/* SPDX-License-Identifier: MIT */
/*
 * Newline-delimited JSON: one object a line.
 *
 * Lines written as put_*() below writes them take a fast path that compares literally. Every other
 * line - other order, white space, escapes, unknown keys with any value - goes through cJSON. cJSON
 * keeps numbers as doubles, which hold whole numbers up to 2^53 only; so the line that cJSON sees
 * has each number put into quotes, and the digits come out as they went in.
 */
#include "base/lanes.h"
#include "base/number.h"
#include "base/when.h"
#include "log/decoder.h"

#include <cJSON.h>

/* ---- fast path ---- */

static inline bool skip(const char **at, const char *end, const char *literal, size_t n)
{
	if ((size_t)(end - *at) < n || memcmp(*at, literal, n) != 0)
		return false;
	*at += n;
	return true;
}

#define SKIP(at, end, literal) skip(at, end, literal, sizeof(literal) - 1)

/* A string without escapes but `\\` and without control characters, from behind its opening quote
 * to behind its closing one. */
static bool fast_string(struct pm_decoder *decoder, const char **at, const char *end,
	struct pm_fields *fields, int field)
{
	const char *start = *at, *c = start;
	size_t n_backslashes = 0;
	char *to;

	while (c < end && *c != '"') {
		if ((unsigned char)*c < 0x20)
			return false;
		if (*c == '\\') {
			if (++c == end || *c != '\\')
				return false;
			n_backslashes++;
		}
		c++;
	}
	if (c == end)
		return false;
	*at = c + 1;
	fields->field[field] = (struct pm_span){start, (size_t)(c - start)};
	if (n_backslashes == 0)
		return true;
	to = pm_decoder_scratch(decoder, (size_t)(c - start));
	if (to == NULL)
		return false;
	fields->field[field] = (struct pm_span){to, (size_t)(c - start) - n_backslashes};
	fields->place[field] = start;
	for (; start < c; start++) {
		*to++ = *start;
		start += *start == '\\';
	}
	return true;
}

/* Digits and what else a number may have; checked later. */
static bool fast_number(const char **at, const char *end, struct pm_fields *fields, int field)
{
	const char *c = *at;

	if (c == end || *c < '0' || *c > '9')
		return false;
	while (c < end && ((*c >= '0' && *c <= '9') || *c == '.'))
		c++;
	if (c == end || (*c != ',' && *c != '}'))
		return false;
	fields->field[field] = (struct pm_span){*at, (size_t)(c - *at)};
	*at = c;
	return true;
}

/* A key that is no field, with a plain string for a value. */
static bool fast_label(struct pm_span name, const char **at, const char *end)
{
	const char *c = *at;

	if (*c++ != '"' || pm_log_field_of_name(name) >= 0)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (name.at[i] == '\\' || (unsigned char)name.at[i] < 0x20)
			return false;
	}
	while (c < end && *c != '"' && *c != '\\' && (unsigned char)*c >= 0x20)
		c++;
	if (c == end || *c != '"')
		return false;
	*at = c + 1;
	return true;
}

/* The keys from `allocs` on, in their order, each at most once; labels among them are passed over. */
static bool fast_values(
	struct pm_decoder *decoder, const char **at, const char *end, struct pm_fields *fields)
{
	int next = PM_FIELD_ALLOCS;

	while (end - *at >= 4 && (*at)[0] == ',' && (*at)[1] == '"') {
		const char *start = *at + 2, *quote = memchr(start, '"', (size_t)(end - start));
		struct pm_span name;
		int field = next;

		if (quote == NULL || end - quote < 3 || quote[1] != ':')
			return false;
		name = (struct pm_span){start, (size_t)(quote - start)};
		*at = quote + 2;
		while (field <= PM_FIELD_NOTE && !pm_span_is(name, pm_log_fields[field].name))
			field++;
		if (field < PM_FIELD_NOTE) {
			if (!fast_number(at, end, fields, field))
				return false;
			next = field + 1;
		} else if (field == PM_FIELD_NOTE) {
			if (!SKIP(at, end, "\"") || !fast_string(decoder, at, end, fields, field))
				return false;
			next = field + 1;
		} else if (!fast_label(name, at, end)) {
			return false;
		}
	}
	return SKIP(at, end, "}") && *at == end;
}

static bool fast_split(
	struct pm_decoder *decoder, const char *at, const char *end, struct pm_fields *fields)
{
	memset(fields, 0, sizeof(*fields));
	if (!SKIP(&at, end, "{\"time\":\"") ||
		!fast_string(decoder, &at, end, fields, PM_FIELD_TIME) ||
		!SKIP(&at, end, ",\"uptime_s\":") ||
		!fast_number(&at, end, fields, PM_FIELD_UPTIME) ||
		!SKIP(&at, end, ",\"pool\":\"") ||
		!fast_string(decoder, &at, end, fields, PM_FIELD_POOL) ||
		!SKIP(&at, end, ",\"tag\":\"") ||
		!fast_string(decoder, &at, end, fields, PM_FIELD_TAG))
		return false;
	if (SKIP(&at, end, ",\"type\":\"") &&
		!fast_string(decoder, &at, end, fields, PM_FIELD_TYPE))
		return false;
	return fast_values(decoder, &at, end, fields);
}

/* ---- general path ---- */

struct member {            /* of the object itself, not of objects within it */
	const char *value; /* where its value begins in the line */
	bool is_number;
};

enum { MEMBERS_MAX = 256 };

struct rewrite {
	struct pm_buf text; /* the line with its numbers in quotes */
	struct member members[MEMBERS_MAX];
	int n_members;
	const char *bad; /* first byte that can't be, or NULL */
	bool nul_escape;
};

static bool is_number_char(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Behind the closing quote of the string that begins at *c. */
static const char *end_of_string(struct rewrite *rewrite, const char *c, const char *end)
{
	for (c++; c < end && *c != '"'; c++) {
		if ((unsigned char)*c < 0x20) {
			rewrite->bad = c;
			return end;
		}
		if (*c == '\\' && c + 1 < end) {
			if (end - c > 5 && memcmp(c, "\\u0000", 6) == 0)
				rewrite->nul_escape = true;
			c++;
		}
	}
	return c < end ? c + 1 : end;
}

/* Copies the line with quotes around its numbers, and notes where the members' values begin. */
static void quote_numbers(struct rewrite *rewrite, const char *at, const char *end)
{
	int depth = 0;
	bool value_next = false; /* a colon of the outer object has just passed */

	for (const char *c = at; c < end && rewrite->bad == NULL;) {
		const char *from = c;
		const bool number = *c == '-' || (*c >= '0' && *c <= '9');

		if (*c != ' ' && *c != '\t' && *c != ':' && value_next) {
			if (rewrite->n_members == MEMBERS_MAX) {
				rewrite->bad = c;
				break;
			}
			rewrite->members[rewrite->n_members++] = (struct member){c, number};
			value_next = false;
		}
		if (*c == '"') {
			c = end_of_string(rewrite, c, end);
			pm_buf_add(&rewrite->text, from, (size_t)(c - from));
		} else if (number) {
			while (c < end && is_number_char(*c))
				c++;
			pm_buf_add_char(&rewrite->text, '"');
			pm_buf_add(&rewrite->text, from, (size_t)(c - from));
			pm_buf_add_char(&rewrite->text, '"');
		} else {
			depth += *c == '{' || *c == '[';
			depth -= *c == '}' || *c == ']';
			value_next |= *c == ':' && depth == 1;
			pm_buf_add_char(&rewrite->text, *c++);
		}
	}
	pm_buf_terminate(&rewrite->text);
}

/* About where a value ends: what is shown of it goes no further. */
static size_t length_to_show(const struct pm_decoder *decoder, const char *value)
{
	size_t n = 0;

	while (value + n < decoder->end && value[n] != ',' && value[n] != '}')
		n++;
	return n;
}

static enum pm_line take_member(struct pm_decoder *decoder, const cJSON *item,
	const struct member *member, struct pm_fields *fields)
{
	const int field = pm_log_field_of_name(pm_span_of(item->string));
	const bool wants_number = field == PM_FIELD_UPTIME ||
		(field >= PM_FIELD_ALLOCS && field <= PM_FIELD_FOOTPRINT);
	const char *text;
	size_t n;
	char *copy;

	if (field < 0 || cJSON_IsNull(item))
		return PM_LINE_ROW;
	if (!cJSON_IsString(item) || member->is_number != wants_number)
		return pm_decoder_reject(decoder, PM_REJECT_TYPE_OF_VALUE, field, member->value,
			length_to_show(decoder, member->value));
	if (fields->place[field] != NULL)
		return pm_decoder_reject(decoder, PM_REJECT_REPEATED, field, member->value,
			length_to_show(decoder, member->value));
	text = cJSON_GetStringValue(item);
	n = strlen(text);
	copy = pm_decoder_scratch(decoder, n + 1);
	if (copy == NULL)
		return PM_LINE_REJECTED;
	memcpy(copy, text, n + 1);
	fields->field[field] = (struct pm_span){copy, n};
	fields->place[field] = member->value;
	return PM_LINE_ROW;
}

static enum pm_line general_split(
	struct pm_decoder *decoder, const char *at, const char *end, struct pm_fields *fields)
{
	struct rewrite rewrite = {.text = {0}};
	enum pm_line line = PM_LINE_ROW;
	cJSON *object = NULL;
	const cJSON *item;
	int i = 0;

	memset(fields, 0, sizeof(*fields));
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at == end)
		return PM_LINE_NO_ROW;
	quote_numbers(&rewrite, at, end);
	if (rewrite.bad == NULL && !rewrite.nul_escape && !rewrite.text.failed)
		object = cJSON_ParseWithLengthOpts(rewrite.text.at, rewrite.text.n + 1, NULL, 1);
	if (rewrite.text.failed)
		decoder->failed = true;
	if (!cJSON_IsObject(object)) {
		const enum pm_reject_kind kind =
			rewrite.nul_escape ? PM_REJECT_CONTROL : PM_REJECT_SYNTAX;

		line = pm_decoder_reject(
			decoder, kind, -1, rewrite.bad != NULL ? rewrite.bad : at, SIZE_MAX);
	}
	cJSON_ArrayForEach(item, object)
	{
		if (line != PM_LINE_ROW || i >= rewrite.n_members)
			break;
		line = take_member(decoder, item, &rewrite.members[i++], fields);
	}
	cJSON_Delete(object);
	pm_buf_deinit(&rewrite.text);
	return line;
}

static enum pm_line split(
	struct pm_decoder *decoder, const char *at, const char *end, struct pm_fields *fields)
{
	if (fast_split(decoder, at, end, fields))
		return PM_LINE_ROW;
	pm_buf_clear(&decoder->scratch);
	return general_split(decoder, at, end, fields);
}

/* ---- probing and writing ---- */

static bool probe(const char *head, size_t n)
{
	size_t i = 0;

	while (i < n && (head[i] == ' ' || head[i] == '\t' || head[i] == '\r' || head[i] == '\n'))
		i++;
	return i < n && head[i] == '{';
}

/* Where a string ends that goes on at `at`, or stops being one without escapes. special: which of
 * the 64 bytes from `from` on may be where. */
static inline const char *end_of_plain(
	const char *from, const char *at, const char *end, uint64_t special)
{
	const size_t i = (size_t)(at - from);

	if (i < 64 && special >> i != 0)
		return at + pm_lowest_bit(special >> i);
	while (at < end && *at != '"' && *at != '\\' && *at != '\n')
		at++;
	return at;
}

/* Steps over a literal, and a string behind it; *at is left at what ends that. */
static inline bool skip_plain(const char **at, const char *end, const char *literal, size_t n,
	const char *from, uint64_t special)
{
	if (!skip(at, end, literal, n))
		return false;
	*at = end_of_plain(from, *at, end, special);
	return true;
}

static size_t key_length(const char *at, const char *end)
{
	const uint64_t special = pm_bytes_where_any(at, '"', '\\', '\n');
	const char *c = at;

#define SKIP_PLAIN(literal) skip_plain(&c, end, literal, sizeof(literal) - 1, at, special)
	/* what is none ends with something else than the quote that the next one begins with */
	if (!SKIP_PLAIN(",\"pool\":\"") || !SKIP_PLAIN("\",\"tag\":\""))
		return 0;
	(void)SKIP_PLAIN("\",\"type\":\"");
#undef SKIP_PLAIN
	return c < end && *c == '"' ? (size_t)(c - at) : 0;
}

static void put_header(struct pm_buf *out, const struct pm_label *labels, size_t n_labels)
{
	(void)out;
	(void)labels;
	(void)n_labels;
}

static void put_times(struct pm_buf *out, int64_t time_ms, int64_t uptime_ms)
{
	char text[PM_TIME_TEXT], seconds[PM_U64_DIGITS + 4];

	pm_buf_add_text(out, "{\"time\":\"");
	pm_buf_add(out, text, pm_time_format(text, time_ms, 'T'));
	pm_buf_add_text(out, "\",\"uptime_s\":");
	pm_buf_add(out, seconds, pm_seconds_format(seconds, uptime_ms));
}

static void put_key(struct pm_buf *out, const struct pm_key *key)
{
	pm_buf_add_text(out, ",\"pool\":\"");
	pm_buf_add_text(out, key->pool_name);
	pm_buf_add_text(out, "\",\"tag\":");
	pm_buf_add_json(out, key->tag, key->n_tag);
	if (key->type[0] != '\0') {
		pm_buf_add_text(out, ",\"type\":\"");
		pm_buf_add_text(out, key->type);
		pm_buf_add_char(out, '"');
	}
}

/* What stands before a value; all are as short as one copy of 16 bytes. */
static const struct {
	char text[16];
	size_t n;
} value_names[] = {
#define NAME(id, name, ...) {",\"" name "\":", sizeof(name) + 3},
	PM_LOG_FIELDS(NAME)
#undef NAME
};

static void put_values(struct pm_buf *out, const struct pm_row *row)
{
	char *start =
		     pm_buf_reserve(out, PM_N_VALUES * (sizeof(value_names->text) + PM_U64_DIGITS)),
	     *to = start;

	if (to == NULL)
		return;
	for (int i = 0; i < PM_N_VALUES; i++) {
		if (pm_row_has(row, (enum pm_value)i)) {
			memcpy(to, value_names[PM_FIELD_ALLOCS + i].text,
				sizeof(value_names->text));
			to += value_names[PM_FIELD_ALLOCS + i].n;
			to += pm_u64_format(to, row->value[i]);
		}
	}
	out->n += (size_t)(to - start);
	if (row->note != NULL && row->n_note > 0) {
		pm_buf_add_text(out, ",\"note\":");
		pm_buf_add_json(out, row->note, row->n_note);
	}
}

static void put_end(struct pm_buf *out, const struct pm_label *labels, size_t n_labels)
{
	for (size_t i = 0; i < n_labels; i++) {
		if (labels[i].value[0] == '\0')
			continue;
		pm_buf_add_text(out, ",\"");
		pm_buf_add_text(out, labels[i].name);
		pm_buf_add_text(out, "\":");
		pm_buf_add_json(out, labels[i].value, strlen(labels[i].value));
	}
	pm_buf_add_text(out, "}\n");
}

const struct pm_codec pm_codec_ndjson = {
	.name = "ndjson",
	.extension = ".ndjson",
	.probe = probe,
	.put_header = put_header,
	.put_times = put_times,
	.put_key = put_key,
	.put_values = put_values,
	.put_end = put_end,
	.key_length = key_length,
	.split = split,
};
