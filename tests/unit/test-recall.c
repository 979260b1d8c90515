/* SPDX-License-Identifier: MIT */
/*
 * Lines that are recalled, in each way, against the same lines taken apart by the codec: whatever
 * the text is like and however it is cut into blocks, the rows and what is rejected must be the
 * same.
 */
#include "unit.h"

#include "base/file.h"
#include "log/cursor.h"

#include <unistd.h>

/* ---- lines ---- */

static char random_byte(uint64_t *seed)
{
	static const char near[] = "09/:,\"\n\\0123456789\x80\xb0\xff";
	const uint64_t r = next_random(seed);

	return r % 2 == 0 ? (char)(r >> 8) : near[(r >> 8) % (sizeof(near) - 1)];
}

/* Numbers as they may stand in a log, and some that may not. */
static void put_number(struct pm_buf *text, uint64_t *seed)
{
	static const char *const odd[] = {"", "0", "00", "007", "-1", "1.5", "1e3",
		"18446744073709551615", "18446744073709551616", "99999999999999999999",
		"123456789012345", "1234567890123456", "9999999", "99999999", "100000000", "\"12\"",
		" 1", "1 ", "0x1"};

	if (next_random(seed) % 8 == 0)
		pm_buf_add_text(text, odd[next_random(seed) % N_OF(odd)]);
	else
		pm_buf_add_u64(text, next_random(seed) >> (next_random(seed) % 64));
}

struct tag {
	const char *pool, *csv, *json, *type;
	char values[6][24];
};

static void change_values(struct tag *tag, bool all, uint64_t *seed)
{
	for (size_t i = 0; i < N_OF(tag->values); i++) {
		struct pm_buf text;

		if (!all && next_random(seed) % 3 != 0)
			continue;
		pm_buf_init_fixed(&text, tag->values[i], sizeof(tag->values[i]));
		put_number(&text, seed);
		pm_buf_terminate(&text);
	}
}

struct shape { /* of the lines of one file */
	bool csv, crlf, labels, permuted;
	int n_values;
};

static void put_csv(struct pm_buf *text, const struct shape *shape, const struct tag *tag,
	int second, uint64_t *seed)
{
	const bool quoted = next_random(seed) % 40 == 0;

	pm_buf_printf(text, "2026-01-02 03:04:%02d.000,%d.500,%s,", second % 60, 7000 + second,
		tag->pool);
	pm_buf_printf(text, quoted ? "\"%s\",%s" : "%s,%s", shape->permuted ? tag->type : tag->csv,
		shape->permuted ? tag->csv : tag->type);
	for (int i = 0; i < 6; i++)
		pm_buf_printf(text, ",%s", i < shape->n_values ? tag->values[i] : "");
	pm_buf_add_text(text, next_random(seed) % 50 == 0 ? ",\"a \"\"note\"\", or two\"" : ",");
	if (shape->labels)
		pm_buf_add_text(text, next_random(seed) % 50 == 0 ? ",\"b,2\",x" : ",b1,");
}

static void put_json(struct pm_buf *text, const struct shape *shape, const struct tag *tag,
	int second, uint64_t *seed)
{
	static const char *const names[] = {
		"allocs", "frees", "diff", "bytes", "per_alloc", "footprint"};
	const bool backwards = next_random(seed) % 40 == 0, spaced = next_random(seed) % 40 == 0;

	pm_buf_printf(text, "{\"time\":\"2026-01-02T03:04:%02d.000Z\",\"uptime_s\":%d.500,",
		second % 60, 7000 + second);
	pm_buf_printf(text,
		spaced ? "\"pool\" : \"%s\" , \"tag\":\"%s\"" : "\"pool\":\"%s\",\"tag\":\"%s\"",
		tag->pool, tag->json);
	if (tag->type[0] != '\0')
		pm_buf_printf(text, ",\"type\":\"%s\"", tag->type);
	for (int i = 0; i < shape->n_values; i++) {
		const int at = backwards ? shape->n_values - 1 - i : i;

		if (tag->values[at][0] != '\0')
			pm_buf_printf(text, ",\"%s\":%s", names[at], tag->values[at]);
		if (shape->permuted && at == 2)
			pm_buf_add_text(text, ",\"lab\":\"n\"");
	}
	if (shape->labels)
		pm_buf_add_text(text, ",\"build\":\"b1\",\"a_label_of_some_length\":\"value\"");
	pm_buf_add_text(text, "}");
}

static void put_header(struct pm_buf *text, const struct shape *shape)
{
	pm_buf_printf(text,
		shape->permuted
			? "time,uptime_s,pool,type,tag,allocs,frees,diff,bytes,per_alloc,footprint,note%s\n"
			: "time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,footprint,note%s\n",
		shape->labels ? ",build,lab" : "");
}

static void shuffle(size_t *order, size_t n, uint64_t *seed)
{
	for (size_t i = n; i > 1; i--) {
		const size_t j = next_random(seed) % i, kept = order[i - 1];

		order[i - 1] = order[j];
		order[j] = kept;
	}
}

/* Snapshots of a few tags, with whatever may go wrong strewn in. */
static void put_log(struct pm_buf *text, struct shape *shape, uint64_t *seed)
{
	struct tag tags[] = {
		{.pool = "slab", .csv = "dentry", .json = "dentry", .type = "Recl"},
		{.pool = "system", .csv = "Ab-c", .json = "Ab-c", .type = "Nonp"},
		{.pool = "system", .csv = "Ab-c", .json = "Ab-c", .type = "Paged"},
		{.pool = "session:3", .csv = "\\x2C x\\x20", .json = "\\\\x2C x\\\\x20", .type = ""},
		{.pool = "alloc",
			.csv = "mm/slub.c:allocate_slab",
			.json = "mm/slub.c:allocate_slab",
			.type = ""},
		{.pool = "memory", .csv = "MemFree", .json = "MemFree", .type = ""},
		{.pool = "slab", .csv = "dentry2", .json = "d\\u0065ntry2", .type = "Recl"},
		{.pool = "nosuch", .csv = "d", .json = "d", .type = "Recl"},
		{.pool = "event", .csv = "mark", .json = "mark", .type = ""},
	};
	size_t order[N_OF(tags)];
	const bool shuffled = next_random(seed) % 3 == 0;

	for (size_t i = 0; i < N_OF(tags); i++) {
		order[i] = i;
		change_values(&tags[i], true, seed);
	}
	if (shape->csv)
		put_header(text, shape);
	for (int second = 0; second < 40; second++) {
		if (shuffled)
			shuffle(order, N_OF(tags), seed);
		if (shape->csv && next_random(seed) % 20 == 0) {
			shape->permuted = next_random(seed) % 2 == 0;
			put_header(text, shape);
		}
		for (size_t i = 0; i < N_OF(tags); i++) {
			struct tag *tag = &tags[order[i]];
			const size_t from = text->n;

			if (next_random(seed) % 10 == 0)
				continue;
			if (next_random(seed) % 15 == 0) /* which may be there twice then */
				tag = &tags[next_random(seed) % N_OF(tags)];
			if (next_random(seed) % 5 < 2)
				change_values(tag, false, seed);
			if (shape->csv)
				put_csv(text, shape, tag, second, seed);
			else
				put_json(text, shape, tag, second, seed);
			if (next_random(seed) % 30 == 0)
				text->at[from + next_random(seed) % (text->n - from)] =
					random_byte(seed);
			pm_buf_add_text(
				text, shape->crlf && next_random(seed) % 9 != 0 ? "\r\n" : "\n");
			if (next_random(seed) % 60 == 0)
				pm_buf_add_text(text, "\n");
		}
	}
}

/* Goes on from the last values as most logs do: other digits, seldom more of them. */
static void move_values(struct tag *tag, uint64_t *seed)
{
	for (size_t i = 0; i < N_OF(tag->values); i++) {
		char *text = tag->values[i];
		const size_t n = strlen(text);

		switch (next_random(seed) % 40) {
		case 0:
			change_values(tag, false, seed);
			return;
		case 1: /* a leading zero, where there is more than a digit */
			if (n > 0)
				text[0] = '0';
			break;
		case 2:
			if (n > 0)
				text[next_random(seed) % n] = random_byte(seed);
			break;
		default:
			if (n > 0 && next_random(seed) % 2 == 0)
				text[n - 1] = (char)('0' + next_random(seed) % 10);
			break;
		}
	}
}

enum { LARGE_TAGS = 210, LARGE_MOMENTS = 30 };

/* Snapshots of more tags than are looked at at once, in order or not, some there twice. */
static void put_large_log(struct pm_buf *text, struct shape *shape, uint64_t *seed)
{
	static struct tag tags[LARGE_TAGS];
	static char names[LARGE_TAGS][220];
	size_t order[LARGE_TAGS];

	for (size_t i = 0; i < LARGE_TAGS; i++) {
		const int length = i % 30 == 7 ? (int)(next_random(seed) % 200) : 1;

		snprintf(names[i], sizeof(names[i]), "T%03zu%0*d", i, length, 0);
		tags[i] = (struct tag){i % 3 == 0 ? "slab" : "system", names[i], names[i],
			i % 2 == 0 ? "Nonp" : "", {""}};
		order[i] = i;
		for (size_t j = 0; j < N_OF(tags[i].values); j++)
			snprintf(tags[i].values[j], sizeof(tags[i].values[j]), "%llu",
				(unsigned long long)(next_random(seed) >>
					(next_random(seed) % 8 == 0 ? 14 : 40)));
	}
	if (shape->csv)
		put_header(text, shape);
	for (int second = 0; second < LARGE_MOMENTS; second++) {
		if (next_random(seed) % 4 == 0)
			shuffle(order, LARGE_TAGS, seed);
		for (size_t i = 0; i < LARGE_TAGS; i++) {
			struct tag *tag = &tags[order[i]];

			if (next_random(seed) % 100 == 0)
				continue;
			if (next_random(seed) % 100 == 0)
				tag = &tags[next_random(seed) % LARGE_TAGS];
			if (next_random(seed) % 5 < 2)
				move_values(tag, seed);
			if (shape->csv)
				put_csv(text, shape, tag, second, seed);
			else
				put_json(text, shape, tag, second, seed);
			pm_buf_add_text(text, shape->crlf ? "\r\n" : "\n");
		}
	}
}

/* ---- reading ---- */

enum { ROWS_MAX = 16384, KEYS_MAX = 512 };

struct reading {
	struct pm_keys *keys;
	struct pm_rejects rejects;
	struct pm_reading last[KEYS_MAX]; /* by key id: what a stamp stood for */
	struct pm_row rows[ROWS_MAX];
	size_t n;
};

static void end(struct reading *reading)
{
	pm_keys_destroy(reading->keys);
}

/* Readings of one stamp must say the same. */
static void check_stamp(struct reading *reading, const struct pm_reading *again)
{
	struct pm_reading *last = &reading->last[again->id];

	assert_in_range(again->id, 0, KEYS_MAX - 1);
	assert_true(again->stamp != 0);
	if (last->stamp == again->stamp) {
		assert_int_equal(last->has, again->has);
		assert_memory_equal(last->value, again->value, sizeof(last->value));
	}
	*last = *again;
}

/* Those that come as readings, as rows. */
static void take_again(struct reading *reading, struct pm_cursor *cursor)
{
	struct pm_row row = reading->rows[reading->n - 1];
	const struct pm_reading **readings;
	size_t n;

	while ((n = pm_cursor_again(cursor, &readings)) > 0) {
		assert_in_range(reading->n + n, 0, ROWS_MAX);
		for (size_t i = 0; i < n; i++) {
			row.key = readings[i]->key;
			row.has = readings[i]->has;
			row.line++;
			memcpy(row.value, readings[i]->value, sizeof(row.value));
			assert_int_equal(row.key->id, readings[i]->id);
			check_stamp(reading, readings[i]);
			reading->rows[reading->n++] = row;
		}
		assert_int_equal(row.line, cursor->decoder.line);
	}
}

enum how { PLAIN, RECALLED, BY_MOMENTS };

/* All ways that work here, and with no vectors at all. */
pm_recall_runner pm_recall_run_none;

static size_t list_ways(struct pm_recall_way ways[8])
{
	static const struct pm_recall_way none = {.name = "none", .run = pm_recall_run_none};
	size_t n = 0;

	ways[n++] = none;
	for (const struct pm_recall_way *way = pm_recall_ways; way->name != NULL; way++) {
		if (way->works())
			ways[n++] = *way;
	}
	return n;
}

/* All rows of a file; notes are gone with the blocks, and not compared. */
static void read_file(struct reading *reading, const char *path, bool csv, enum how how,
	const struct pm_recall_way *way, size_t block_bytes)
{
	struct pm_origins *origins = pm_origins_create();
	const struct pm_cursor_start start = {
		.origin = pm_origins_unknown(origins), .block_bytes = block_bytes};
	struct pm_cursor cursor;
	struct pm_stream stream;
	struct pm_file file;
	struct pm_row *row;
	enum pm_status status;

	memset(reading, 0, sizeof(*reading));
	reading->keys = pm_keys_create();
	assert_int_equal(pm_file_open(&file, path, PM_FILE_READ, NULL), PM_OK);
	assert_int_equal(pm_stream_open(&stream, file, false, true, 0, PM_STREAM_ALL, NULL), PM_OK);
	assert_int_equal(pm_cursor_open(&cursor, &stream, csv ? &pm_codec_csv : &pm_codec_ndjson,
				 reading->keys, &reading->rejects, origins, 0, &start, NULL),
		PM_OK);
	cursor.decoder.recall.in_use = how != PLAIN;
	cursor.decoder.recall.way = way;
	while ((status = pm_cursor_next(&cursor, &row, NULL)) == PM_OK) {
		assert_in_range(reading->n, 0, ROWS_MAX - 1);
		reading->rows[reading->n++] = *row;
		if (how == BY_MOMENTS && reading->n % 97 != 0) /* which nobody has to */
			take_again(reading, &cursor);
	}
	assert_int_equal(status, PM_END);
	pm_cursor_close(&cursor);
	pm_origins_destroy(origins);
}

static void assert_same(const struct reading *a, const struct reading *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(&a->rejects, &b->rejects, sizeof(a->rejects));
	for (size_t i = 0; i < a->n; i++) {
		const struct pm_row *x = &a->rows[i], *y = &b->rows[i];

		assert_int_equal(x->line, y->line);
		assert_int_equal(x->time_ms, y->time_ms);
		assert_int_equal(x->uptime_ms, y->uptime_ms);
		assert_int_equal(x->key->id, y->key->id);
		assert_string_equal(x->key->tag, y->key->tag);
		assert_string_equal(x->key->pool_name, y->key->pool_name);
		assert_string_equal(x->key->type, y->key->type);
		assert_int_equal(x->has, y->has);
		assert_memory_equal(x->value, y->value, sizeof(x->value));
		assert_int_equal(x->note == NULL, y->note == NULL);
		assert_int_equal(x->n_note, y->n_note);
	}
}

static void write_file(char path[300], const struct pm_buf *text)
{
	const char *base = getenv("TMPDIR");
	int handle;

	snprintf(path, 300, "%s/poolmon-recall-XXXXXX",
		base != NULL && base[0] != '\0' ? base : "/tmp");
	handle = mkstemp(path);
	assert_true(handle >= 0);
	assert_int_equal(write(handle, text->at, text->n), text->n);
	assert_int_equal(close(handle), 0);
}

/* Each way reads the file as it comes, and in blocks that end anywhere. */
static void check_file(const char *path, bool csv, size_t block_bytes, size_t *n_rows)
{
	static struct reading plain, recalled;
	struct pm_recall_way ways[8];
	const size_t n_ways = list_ways(ways);

	read_file(&plain, path, csv, PLAIN, NULL, 0);
	*n_rows += plain.n;
	for (size_t i = 0; i < 4 * n_ways; i++) {
		read_file(&recalled, path, csv, i % 2 == 0 ? RECALLED : BY_MOMENTS, &ways[i / 4],
			i % 4 < 2 ? 0 : block_bytes + i);
		assert_same(&plain, &recalled);
		end(&recalled);
	}
	end(&plain);
}

/* The same of text, which is dropped. */
static void check_text(struct pm_buf *text, bool csv, size_t block_bytes, size_t *n_rows)
{
	char path[300];

	write_file(path, text);
	check_file(path, csv, block_bytes, n_rows);
	assert_int_equal(remove(path), 0);
	pm_buf_deinit(text);
}

static void lines_mean_the_same_recalled(void **state)
{
	size_t n_rows = 0;

	(void)state;
	for (uint64_t round = 1; round <= 400 / SLOWNESS; round++) {
		uint64_t seed = round * 77;
		struct shape shape = {
			.csv = next_random(&seed) % 2 == 0,
			.crlf = next_random(&seed) % 4 == 0,
			.labels = next_random(&seed) % 3 == 0,
			.permuted = next_random(&seed) % 6 == 0,
			.n_values = 1 + (int)(next_random(&seed) % 6),
		};
		struct pm_buf text = {0};

		put_log(&text, &shape, &seed);
		check_text(&text, shape.csv, 600 + next_random(&seed) % 700, &n_rows);
	}
	assert_in_range(n_rows, 10000 / SLOWNESS, SIZE_MAX); /* or it would say little */
}

static void large_moments_mean_the_same_recalled(void **state)
{
	size_t n_rows = 0;

	(void)state;
	for (uint64_t round = 1; round <= 40 / SLOWNESS; round++) {
		uint64_t seed = round * 1234567;
		struct shape shape = {
			.csv = round % 2 == 0,
			.crlf = next_random(&seed) % 4 == 0,
			.labels = next_random(&seed) % 3 == 0,
			.permuted = next_random(&seed) % 6 == 0,
			.n_values = 1 + (int)(next_random(&seed) % 6),
		};
		struct pm_buf text = {0};

		put_large_log(&text, &shape, &seed);
		check_text(&text, shape.csv, 1000 + next_random(&seed) % 9000, &n_rows);
	}
	assert_in_range(n_rows, 100000 / SLOWNESS, SIZE_MAX); /* or it would say little */
}

/* Numbers of one to twenty digits, some with a zero before them, cross all edges of 64 bytes; the
 * lines have up to all that is kept, and more. */
static void numbers_may_stand_anywhere(void **state)
{
	size_t n_rows = 0;
	uint64_t seed = 99;

	(void)state;
	for (int csv = 0; csv < 2; csv++) {
		struct shape shape = {.csv = csv == 1, .n_values = 6};
		static struct tag tags[290];
		static char names[N_OF(tags)][N_OF(tags) + 1];
		struct pm_buf text = {0};

		if (shape.csv)
			put_header(&text, &shape);
		for (int second = 0; second < 24; second++) {
			for (size_t i = 0; i < N_OF(tags); i++) {
				struct tag *tag = &tags[i];

				memset(names[i], 'n', i + 1);
				tag->pool = "slab";
				tag->csv = tag->json = names[i];
				tag->type = "";
				for (size_t j = 0; j < N_OF(tag->values); j++) {
					const size_t n = 1 + (second / 3 * 7 + i + 5 * j) % 20;

					for (size_t k = 0; k < n; k++)
						tag->values[j][k] =
							(char)('0' + next_random(&seed) % 10);
					tag->values[j][n] = '\0';
					if (n > 1 && tag->values[j][0] == '0' &&
						next_random(&seed) % 3 != 0)
						tag->values[j][0] = '1';
				}
				if (shape.csv)
					put_csv(&text, &shape, tag, second, &seed);
				else
					put_json(&text, &shape, tag, second, &seed);
				pm_buf_add_text(&text, "\n");
			}
		}
		check_text(&text, shape.csv, 5000, &n_rows);
	}
	assert_in_range(n_rows, 2000, SIZE_MAX); /* or it would say little */
}

/* Few keys, again and again in one moment, with other numbers each time or not. */
static void a_key_may_come_again_at_once(void **state)
{
	size_t n_rows = 0;

	(void)state;
	for (uint64_t round = 1; round <= 40 / SLOWNESS; round++) {
		struct tag tags[] = {
			{.pool = "slab", .csv = "a", .json = "a", .type = "Recl"},
			{.pool = "slab", .csv = "b", .json = "b", .type = "Recl"},
			{.pool = "slab", .csv = "c", .json = "c", .type = "Recl"},
		};
		const size_t n_tags = 1 + round % N_OF(tags);
		struct shape shape = {.csv = round % 2 == 0, .n_values = 6};
		struct pm_buf text = {0};
		uint64_t seed = round;

		for (size_t i = 0; i < n_tags; i++) {
			for (size_t j = 0; j < N_OF(tags->values); j++)
				snprintf(tags[i].values[j], sizeof(tags->values[j]), "%zu",
					1000 + i + j);
		}
		if (shape.csv)
			put_header(&text, &shape);
		for (size_t i = 0; i < 1000; i++) {
			struct tag *tag = &tags[i % n_tags];

			if (next_random(&seed) % 4 == 0)
				snprintf(tag->values[i % 6], sizeof(tag->values[0]), "%u",
					(unsigned)(next_random(&seed) % 12000));
			if (shape.csv)
				put_csv(&text, &shape, tag, (int)(i / 200), &seed);
			else
				put_json(&text, &shape, tag, (int)(i / 200), &seed);
			pm_buf_add_text(&text, "\n");
		}
		check_text(&text, shape.csv, 1000 + next_random(&seed) % 9000, &n_rows);
	}
	assert_in_range(n_rows, 10000 / SLOWNESS, SIZE_MAX); /* or it would say little */
}

static void a_block_may_end_at_any_byte(void **state)
{
	static struct reading plain, recalled;
	struct pm_recall_way ways[8];
	const size_t n_ways = list_ways(ways);

	(void)state;
	for (int csv = 0; csv < 2; csv++) {
		uint64_t seed = 11;
		struct shape shape = {.csv = csv == 1, .labels = true, .n_values = 6};
		struct pm_buf text = {0};
		char path[300];

		put_log(&text, &shape, &seed);
		write_file(path, &text);
		read_file(&plain, path, csv == 1, PLAIN, NULL, 0);
		for (size_t block = 500; block < 900; block += SLOWNESS) {
			read_file(&recalled, path, csv == 1, block % 2 == 0 ? RECALLED : BY_MOMENTS,
				&ways[block / 2 % n_ways], block);
			assert_same(&plain, &recalled);
			end(&recalled);
		}
		end(&plain);
		assert_int_equal(remove(path), 0);
		pm_buf_deinit(&text);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(lines_mean_the_same_recalled),
	cmocka_unit_test(large_moments_mean_the_same_recalled),
	cmocka_unit_test(numbers_may_stand_anywhere),
	cmocka_unit_test(a_key_may_come_again_at_once),
	cmocka_unit_test(a_block_may_end_at_any_byte),
};

RUN(tests)
