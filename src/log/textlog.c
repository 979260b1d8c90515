/* SPDX-License-Identifier: MIT */
#include "log/textlog.h"

#include "log/decoder.h"
#include "model/origin.h"

/* ---- lines ---- */

enum kind {
	KIND_OTHER, /* a row, if anything */
	KIND_BLANK,
	KIND_TIME,
	KIND_MEMORY,
	KIND_COMMIT,
	KIND_POOL,
	KIND_COLUMNS,
	KIND_TOTAL,
};

struct line {
	const char *at, *end; /* what is to be read */
	const char *original; /* where the line begins in the log: what messages are about */
	bool copied;          /* it is not a piece of that */
	size_t from;          /* where a header line begins in it */
	enum kind kind;
	struct pm_text_block block; /* KIND_TIME */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool begins_with(const char *at, const char *end, const char *text)
{
	const size_t n = strlen(text);

	return (size_t)(end - at) >= n && memcmp(at, text, n) == 0;
}

/* Behind the escape sequence of a terminal that begins at c (ECMA-48: CSI, OSC, two characters). */
static const char *skip_escape(const char *c, const char *end)
{
	const char kind = ++c < end ? *c++ : '\0';

	if (kind == '[') {
		while (c < end && (*c < 0x40 || *c > 0x7e))
			c++;
		c += c < end;
	} else if (kind == ']') {
		while (c < end && *c != '\a' && *c != '\033')
			c++;
		if (c < end && *c++ == '\033')
			c += c < end;
	}
	return c;
}

static bool has_escapes(const struct line *line)
{
	const size_t n = (size_t)(line->end - line->at);

	return memchr(line->at, '\033', n) != NULL || memchr(line->at, '\f', n) != NULL;
}

/* Takes off what is no text: a byte order mark, form feeds and escape sequences of a terminal,
 * blanks at the end. room: as many bytes as the line has, where it has_escapes(). */
static void clean(struct line *line, char *room)
{
	if (begins_with(line->at, line->end, "\xEF\xBB\xBF"))
		line->at += 3;
	if (has_escapes(line)) {
		char *to = room;

		for (const char *c = line->at; c < line->end;) {
			if (*c == '\033')
				c = skip_escape(c, line->end);
			else if (*c == '\f')
				c++;
			else
				*to++ = *c++;
		}
		line->at = room;
		line->end = to;
		line->copied = true;
	}
	while (line->end > line->at && is_blank(line->end[-1]))
		line->end--;
}

static bool is_total(const char *at, const char *end)
{
	static const char word[] = "Total";
	const size_t n = strlen(word);

	return begins_with(at, end, word) &&
		((size_t)(end - at) == n || is_blank(at[n]) || at[n] == ':');
}

/* What a line is, from `from` on. */
static enum kind kind_of(struct pm_textlog *log, struct line *line)
{
	const char *at = line->at + line->from;
	const size_t n = (size_t)(line->end - at);
	struct pm_text_columns columns;
	char pool[PM_TEXT_POOL];

	if (at == line->end)
		return KIND_BLANK;
	if (*at == 'T' && pm_text_block_parse(at, n, &line->block))
		return KIND_TIME;
	if (*at == 'M' && begins_with(at, line->end, "Memory:"))
		return KIND_MEMORY;
	if (*at == 'C' && begins_with(at, line->end, "Commit:"))
		return KIND_COMMIT;
	if (*at == 'T' && pm_text_columns_parse(&columns, line->at, n + line->from)) {
		log->columns = columns;
		return KIND_COLUMNS;
	}
	if (*at == 'T' && is_total(at, line->end))
		return KIND_TOTAL;
	if (pm_text_pool_parse(at, n, pool)) {
		memcpy(log->pool, pool, sizeof(pool));
		return KIND_POOL;
	}
	return KIND_OTHER;
}

static void look_at(struct pm_textlog *log, struct line *line)
{
	while (line->at + line->from < line->end && is_blank(line->at[line->from]))
		line->from++;
	line->kind = kind_of(log, line);
}

/* ---- blocks ---- */

#define LATEST_MS (INT64_MAX / 16) /* that assumed times come to */

static void set_moment(struct pm_textlog *log, int64_t time_ms, int64_t uptime_ms)
{
	log->time_ms = time_ms;
	pm_time_format(log->time, time_ms, ' ');
	log->n_uptime = pm_seconds_format(log->uptime, uptime_ms);
}

/* Has a `start` row written if what it says is new. */
static void set_note(struct pm_decoder *decoder, struct pm_span note)
{
	struct pm_textlog *log = &decoder->textlog;

	if (note.n == 0 || (note.n == log->note.n && memcmp(note.at, log->note.at, note.n) == 0))
		return;
	pm_buf_clear(&log->note);
	pm_buf_add(&log->note, note.at, note.n);
	decoder->failed |= log->note.failed;
	log->start_due = true;
}

static void begin_block(struct pm_textlog *log)
{
	log->place = PM_TEXT_HEADER;
	log->seen = 0;
	log->pool[0] = '\0';
	log->of_ours = false;
	log->start_due = false;
}

static void begin_timed(struct pm_decoder *decoder, const struct pm_text_block *block)
{
	struct pm_textlog *log = &decoder->textlog;

	begin_block(log);
	log->of_ours = true;
	log->any = true;
	set_moment(log, block->time_ms, block->uptime_ms);
	set_note(decoder, block->note);
}

static void begin_untimed(struct pm_decoder *decoder)
{
	struct pm_textlog *log = &decoder->textlog;
	const struct pm_text_clock *clock = &log->clock;
	const struct pm_origin origin = {
		.host = "",
		.os = "Windows",
		.kernel = "",
		.boot_id = "",
		.sources = "poolmon",
		.version = "",
		.interval_ms = clock->single ? 0 : clock->interval_ms,
	};
	const uint64_t most = clock->interval_ms > 0 ? LATEST_MS / (uint64_t)clock->interval_ms : 0;
	int64_t time_ms = clock->first_ms;
	struct pm_buf note = {0};

	time_ms += (int64_t)(log->n_untimed < most ? log->n_untimed : most) * clock->interval_ms;
	/* Behind one that does tell its time. */
	if (log->any && time_ms <= log->time_ms && log->time_ms < LATEST_MS)
		time_ms = log->time_ms + clock->interval_ms;
	begin_block(log);
	log->n_untimed++;
	log->any = true;
	set_moment(log, time_ms, time_ms);
	pm_origin_write(&note, &origin);
	set_note(decoder, (struct pm_span){note.at, note.n});
	decoder->failed |= note.failed;
	pm_buf_deinit(&note);
}

/* A line of the header: begins a block, unless it is the next of one that has begun. */
static void take_header(struct pm_decoder *decoder, const struct line *line)
{
	struct pm_textlog *log = &decoder->textlog;
	const unsigned bit = 1u << line->kind;
	char pool[PM_TEXT_POOL];

	memcpy(pool, log->pool, sizeof(pool));
	if (line->kind == KIND_TIME)
		begin_timed(decoder, &line->block);
	else if (log->place != PM_TEXT_HEADER || (log->seen & bit) != 0)
		begin_untimed(decoder);
	log->seen |= bit;
	if (line->kind == KIND_POOL)
		memcpy(log->pool, pool, sizeof(pool));
	if (line->kind == KIND_COLUMNS)
		log->place = PM_TEXT_ROWS;
}

/* ---- rows ---- */

/* A field that is no piece of the line. */
static void put(struct pm_fields *fields, int field, struct pm_span text, const struct line *line)
{
	fields->field[field] = text;
	fields->place[field] = line->original;
}

static void put_key(const struct pm_textlog *log, struct pm_fields *fields, const char *pool,
	struct pm_span tag, const struct line *line)
{
	put(fields, PM_FIELD_TIME, (struct pm_span){log->time, PM_TIME_TEXT - 1}, line);
	put(fields, PM_FIELD_UPTIME, (struct pm_span){log->uptime, log->n_uptime}, line);
	put(fields, PM_FIELD_POOL, pm_span_of(pool), line);
	put(fields, PM_FIELD_TAG, tag, line);
}

static enum pm_line put_start(
	struct pm_textlog *log, struct pm_fields *fields, const struct line *line)
{
	log->start_due = false;
	put_key(log, fields, "event", pm_span_of("start"), line);
	put(fields, PM_FIELD_NOTE, (struct pm_span){log->note.at, log->note.n}, line);
	return PM_LINE_ROW;
}

/* What stands in the header. P is said of two. */
static const struct pm_text_figure {
	const char *label, *tag, *tag_of_p;
	bool count; /* else it is in KiB */
} figures[] = {
	{"Memory", "Total", NULL, false},
	{"Avail", "Avail", NULL, false},
	{"PageFlts", "PageFlts", NULL, true},
	{"Krnl", "KrnlN", "KrnlP", false},
	{"Commit", "Commit", NULL, false},
	{"Limit", "Limit", NULL, false},
	{"Peak", "Peak", NULL, false},
	{"N", "PoolN", "PoolP", false},
};

enum { N_FIGURES = sizeof(figures) / sizeof(figures[0]) };

/* The tag of a figure; NULL if there is none of that label. */
static const char *tag_of_label(struct pm_textlog *log, struct pm_span label)
{
	for (int i = 0; i < N_FIGURES; i++) {
		if (pm_span_is(label, figures[i].label)) {
			log->figure = &figures[i];
			return figures[i].tag;
		}
	}
	return log->figure != NULL && pm_span_is(label, "P") ? log->figure->tag_of_p : NULL;
}

/* Steps to the next figure, "LABEL:  1234K". NULL where there is none; those without a number are
 * passed over. */
static const char *next_figure(
	struct pm_textlog *log, const struct line *line, struct pm_span *digits)
{
	for (const char *c = line->at + log->rest; c < line->end; c++) {
		const char *label = c, *tag;

		if (*c != ':')
			continue;
		while (label > line->at && !is_blank(label[-1]) && label[-1] != ':')
			label--;
		tag = tag_of_label(log, (struct pm_span){label, (size_t)(c - label)});
		digits->at = c + 1;
		while (digits->at < line->end && is_blank(*digits->at))
			digits->at++;
		digits->n = 0;
		while (digits->at + digits->n < line->end && digits->at[digits->n] >= '0' &&
			digits->at[digits->n] <= '9')
			digits->n++;
		if (tag != NULL && digits->n > 0) {
			log->rest = (size_t)(digits->at + digits->n - line->at);
			return tag;
		}
	}
	return NULL;
}

/* The next row that a line of figures makes. */
static enum pm_line put_figure(
	struct pm_decoder *decoder, struct pm_fields *fields, const struct line *line)
{
	struct pm_textlog *log = &decoder->textlog;
	struct pm_span digits;
	const char *tag = next_figure(log, line, &digits);
	uint64_t value;
	bool count;

	if (tag == NULL) {
		log->rest = 0;
		return PM_LINE_NO_ROW;
	}
	decoder->more = true;
	count = log->figure->count;
	if (pm_u64_parse(digits.at, digits.n, &value) != PM_NUMBER_OK ||
		(!count && value > UINT64_MAX >> 10))
		return pm_decoder_reject(decoder, PM_REJECT_RANGE, PM_FIELD_BYTES,
			line->copied ? line->original : digits.at, digits.n);
	value = count ? (log->faults += value) : value << 10;
	digits = (struct pm_span){log->value, pm_u64_format(log->value, value)};
	put_key(log, fields, "memory", pm_span_of(tag), line);
	put(fields, count ? PM_FIELD_ALLOCS : PM_FIELD_BYTES, digits, line);
	return PM_LINE_ROW;
}

static const char *pool_of(const struct pm_textlog *log, struct pm_span type)
{
	if (log->pool[0] != '\0')
		return log->pool;
	return pm_span_is(type, "Recl") || pm_span_is(type, "Unrecl") ? "slab" : "system";
}

static enum pm_line reject(struct pm_decoder *decoder, const struct line *line,
	enum pm_reject_kind problem, struct pm_span place)
{
	return pm_decoder_reject(
		decoder, problem, -1, line->copied ? line->original : place.at, place.n);
}

static bool tells_memory(const struct line *line)
{
	for (const char *c = line->at + line->from; c < line->end; c++) {
		if (*c == 'A' && begins_with(c, line->end, "Avail:"))
			return true;
	}
	return false;
}

/* Where a block was cut off in the middle of a row, another begins in the same line: what stands
 * before it is rejected, and the line goes on from there. */
static bool find_glued(struct pm_decoder *decoder, struct line *line)
{
	struct line rest = *line;

	if (memchr(line->at, ':', (size_t)(line->end - line->at)) == NULL)
		return false;
	for (rest.from++; rest.at + rest.from < rest.end; rest.from++) {
		const char c = rest.at[rest.from];

		if ((c != 'T' && c != 'M') || !is_blank(rest.at[rest.from - 1]))
			continue;
		rest.kind = kind_of(&decoder->textlog, &rest);
		if (rest.kind == KIND_TIME || (rest.kind == KIND_MEMORY && tells_memory(&rest))) {
			(void)reject(decoder, line, PM_REJECT_SYNTAX,
				(struct pm_span){line->at, rest.from});
			*line = rest;
			return true;
		}
	}
	return false;
}

/* What a line of the header makes. A line that makes several rows is come back to. */
static enum pm_line put_header(
	struct pm_decoder *decoder, struct pm_fields *fields, const struct line *line)
{
	struct pm_textlog *log = &decoder->textlog;
	const bool has_figures = line->kind == KIND_MEMORY || line->kind == KIND_COMMIT;

	take_header(decoder, line);
	if (log->counting)
		return PM_LINE_NO_ROW;
	log->figure = NULL;
	log->rest = has_figures ? line->from + 1 : 0;
	if (log->start_due) {
		decoder->more = has_figures;
		return put_start(log, fields, line);
	}
	return has_figures ? put_figure(decoder, fields, line) : PM_LINE_NO_ROW;
}

static enum pm_line put_row(struct pm_decoder *decoder, struct pm_fields *fields, struct line *line)
{
	struct pm_textlog *log = &decoder->textlog;
	struct pm_text_row row;
	struct pm_span tag = {line->at, (size_t)(line->end - line->at)};
	enum pm_reject_kind problem = PM_REJECT_SYNTAX;
	char *escaped;

	bool taken = log->place == PM_TEXT_ROWS &&
		pm_text_row_parse(&log->columns, log->of_ours, tag.at, tag.n, &row, &problem, &tag);

	if ((!taken || row.rest.n > 0) && find_glued(decoder, line))
		return put_header(decoder, fields, line);
	if (!taken)
		return reject(decoder, line, problem, tag);
	if (log->counting)
		return PM_LINE_NO_ROW;
	escaped = pm_decoder_scratch(decoder, PM_TAG_ESCAPED);
	if (escaped == NULL)
		return PM_LINE_NO_ROW;
	tag = (struct pm_span){escaped, pm_tag_escape(escaped, row.tag, row.n_tag)};
	put_key(log, fields, pool_of(log, row.type), tag, line);
	put(fields, PM_FIELD_TYPE, row.type, line);
	for (int i = 0; i < PM_TEXT_CELLS; i++) {
		fields->field[PM_FIELD_ALLOCS + i] = row.cell[i];
		fields->place[PM_FIELD_ALLOCS + i] = line->copied ? line->original : NULL;
	}
	return PM_LINE_ROW;
}

/* ---- the codec ---- */

static enum pm_line split(
	struct pm_decoder *decoder, const char *at, const char *end, struct pm_fields *fields)
{
	struct pm_textlog *log = &decoder->textlog;
	struct line line = {.at = at, .end = end, .original = at};
	char *room = has_escapes(&line) ? pm_decoder_scratch(decoder, (size_t)(end - at)) : NULL;

	memset(fields, 0, sizeof(*fields));
	if (decoder->failed)
		return PM_LINE_NO_ROW;
	clean(&line, room);
	if (log->rest > 0)
		return put_figure(decoder, fields, &line);
	look_at(log, &line);
	if (line.kind == KIND_BLANK || line.kind == KIND_TOTAL)
		return PM_LINE_NO_ROW;
	if (line.kind != KIND_OTHER)
		return put_header(decoder, fields, &line);
	if (log->counting && memchr(line.at, ':', (size_t)(line.end - line.at)) == NULL)
		return PM_LINE_NO_ROW; /* no block begins in it */
	return put_row(decoder, fields, &line);
}

/* Of this format if one of the first lines is one of a header. */
static bool probe(const char *head, size_t n)
{
	enum { LINES = 20, ROOM = 1024 };
	struct pm_textlog log = {.rest = 0};
	char room[ROOM];

	for (int lines = 0; lines < LINES && n > 0;) {
		const char *newline = memchr(head, '\n', n);
		const size_t n_line = newline == NULL ? n : (size_t)(newline - head);
		struct line line = {.at = head, .end = head + n_line, .original = head};

		head += n_line + (newline != NULL);
		n -= n_line + (newline != NULL);
		if (n_line > ROOM)
			continue;
		clean(&line, room);
		look_at(&log, &line);
		if (line.kind == KIND_TIME || line.kind == KIND_COLUMNS ||
			(line.kind == KIND_MEMORY && tells_memory(&line)))
			return true;
		lines += line.kind != KIND_BLANK;
	}
	return false;
}

const struct pm_codec pm_codec_poolmon = {
	.name = "poolmon",
	.extension = ".log",
	.in_one_piece = true,
	.probe = probe,
	.split = split,
};
