/* SPDX-License-Identifier: MIT */
/* Rows to lines and back, in every format; and the two paths through NDJSON, which must agree. */
#include "unit.h"

#include "log/decoder.h"
#include "log/encoder.h"

#include <poolmon/snapshot.h>

struct reader {
	struct pm_keys *keys;
	struct pm_rejects rejects;
	struct pm_decoder decoder;
	struct pm_row rows[64];
};

static void open_reader(struct reader *reader, enum pm_format format)
{
	memset(reader, 0, sizeof(*reader));
	reader->keys = pm_keys_create();
	pm_decoder_init(&reader->decoder, pm_codecs[format], reader->keys, &reader->rejects, 0);
}

static void close_reader(struct reader *reader)
{
	pm_decoder_deinit(&reader->decoder);
	pm_keys_destroy(reader->keys);
}

static size_t read_text(struct reader *reader, const char *text, size_t n)
{
	const char *at = text;

	return pm_decoder_run(&reader->decoder, &at, text + n, reader->rows, N_OF(reader->rows));
}

/* Decodes one line; NULL, and its reject kind, where it is not taken. */
static const struct pm_row *read_line(struct reader *reader, const char *line, int *kind)
{
	char text[4096];
	const size_t n = (size_t)snprintf(text, sizeof(text), "%s\n", line);

	memset(&reader->rejects, 0, sizeof(reader->rejects));
	*kind = -1;
	if (read_text(reader, text, n) == 1)
		return &reader->rows[0];
	for (int i = 0; i < PM_N_REJECTS; i++) {
		if (reader->rejects.kinds[i].n > 0)
			*kind = i;
	}
	return NULL;
}

static void fill_random(struct pm_snapshot *snapshot, uint64_t *seed)
{
	static const char *const pools[] = {"system", "slab", "session:12", "alloc", "memory"};
	static const char *const types[] = {"Nonp", "Paged", "Recl", "Unrecl", ""};
	char tag[12];
	const size_t n = 1 + next_random(seed) % sizeof(tag);
	struct pm_row *row;

	for (size_t i = 0; i < n; i++)
		tag[i] = (char)(next_random(seed) % 3 == 0 ? next_random(seed)
							   : 'a' + next_random(seed) % 26);
	row = pm_snapshot_add(snapshot,
		pm_snapshot_key(snapshot, pools[next_random(seed) % 5], tag, n,
			types[next_random(seed) % 5]));
	do {
		for (int i = 0; i < PM_N_VALUES; i++) {
			if (next_random(seed) % 3 != 0)
				pm_row_set(row, (enum pm_value)i,
					next_random(seed) >> (next_random(seed) % 64));
		}
	} while (row->has == 0);
}

static void assert_same_row(const struct pm_row *a, const struct pm_row *b)
{
	assert_true(a->time_ms == b->time_ms && a->uptime_ms == b->uptime_ms);
	assert_string_equal(a->key->pool_name, b->key->pool_name);
	assert_string_equal(a->key->type, b->key->type);
	assert_string_equal(a->key->tag, b->key->tag);
	assert_int_equal(a->has, b->has);
	for (int i = 0; i < PM_N_VALUES; i++)
		assert_true(!pm_row_has(a, (enum pm_value)i) || a->value[i] == b->value[i]);
	assert_int_equal(a->n_note, b->n_note);
	if (a->n_note > 0)
		assert_memory_equal(a->note, b->note, a->n_note);
}

static void rows_survive_every_format(void **state)
{
	const struct pm_label labels[] = {{"build", "1,2\"3"}, {"lab", "north"}};

	(void)state;
	for (int format = 0; format < PM_N_FORMATS; format++) {
		if (!pm_format_is_written((enum pm_format)format))
			continue;
		struct pm_snapshot snapshot;
		struct pm_encoder encoder;
		struct reader reader;
		uint64_t seed = 17;

		assert_int_equal(pm_snapshot_init(&snapshot, NULL), PM_OK);
		pm_encoder_init(&encoder, (enum pm_format)format, labels, 2);
		open_reader(&reader, (enum pm_format)format);
		for (int round = 0; round < 300; round++) {
			struct pm_buf text = {0};
			const int64_t time =
				(int64_t)(next_random(&seed) % UINT64_C(4102444800000));

			pm_snapshot_begin(&snapshot, time, (int64_t)(next_random(&seed) >> 24));
			for (int i = 0; i < 20; i++)
				fill_random(&snapshot, &seed);
			assert_int_equal(pm_snapshot_add_event(&snapshot, "mark",
						 "text=\"a, b\" x=\\\"", 16, NULL),
				PM_OK);
			if (round == 0)
				pm_encoder_put_header(&encoder, &text);
			for (size_t i = 0; i < snapshot.n_rows; i++)
				pm_encoder_put_row(&encoder, &snapshot.rows[i], &text);
			assert_false(text.failed);
			assert_int_equal(read_text(&reader, text.at, text.n), snapshot.n_rows);
			for (size_t i = 0; i < snapshot.n_rows; i++)
				assert_same_row(&snapshot.rows[i], &reader.rows[i]);
			pm_buf_deinit(&text);
		}
		assert_int_equal(pm_rejects_total(&reader.rejects), 0);
		close_reader(&reader);
		pm_encoder_deinit(&encoder);
		pm_snapshot_deinit(&snapshot);
	}
}

static void put_lines(
	struct pm_encoder *encoder, const struct pm_snapshot *snapshot, struct pm_buf *out)
{
	for (size_t i = 0; i < snapshot->n_rows; i++)
		pm_encoder_put_row(encoder, &snapshot->rows[i], out);
}

/* Whether the encoder writes what one writes that has seen nothing before. */
static void assert_as_afresh(struct pm_encoder *encoder, enum pm_format format,
	const struct pm_label *label, const struct pm_snapshot *snapshot)
{
	struct pm_encoder fresh;
	struct pm_buf text = {0}, expected = {0};

	pm_encoder_init(&fresh, format, label, 1);
	put_lines(encoder, snapshot, &text);
	put_lines(&fresh, snapshot, &expected);
	assert_int_equal(text.n, expected.n);
	assert_memory_equal(text.at, expected.at, text.n);
	pm_buf_deinit(&text);
	pm_buf_deinit(&expected);
	pm_encoder_deinit(&fresh);
}

static void what_was_written_before_changes_no_line(void **state)
{
	static const uint64_t values[] = {1, 1, UINT64_MAX, 7, UINT64_MAX, 0, 1000000, 1000000};
	static const struct pm_label labels[] = {{"build", "a"}, {"build", "a longer one"}};
	struct pm_snapshot snapshots[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pm_snapshot_init(&snapshots[i], NULL), PM_OK);
	for (int format = 0; format < PM_N_FORMATS; format++) {
		struct pm_encoder encoder;

		if (!pm_format_is_written((enum pm_format)format))
			continue;
		pm_encoder_init(&encoder, (enum pm_format)format, &labels[0], 1);
		for (int round = 0; round < 64; round++) {
			/* the ids of another table stand for other keys */
			const int which = round % 5 == 4;
			struct pm_snapshot *snapshot = &snapshots[which];
			const struct pm_label *label = &labels[round / 8 % 2];

			if (round % 8 == 0)
				pm_encoder_set_labels(&encoder, label, 1);
			pm_snapshot_begin(snapshot, round / 2, round / 3);
			for (int i = 0; i < 10; i++) {
				const char tag[] = {
					(char)('a' + (i + round / 16) % 10 + which * 10), '\0'};
				struct pm_row *row = pm_snapshot_add(snapshot,
					pm_snapshot_key(snapshot, "slab", tag, 1, "Recl"));

				for (int v = 0; v < PM_N_VALUES; v++) {
					if ((i + v + round / 32) % 4 != 0)
						pm_row_set(row, (enum pm_value)v,
							values[(round + v) % 8]);
				}
			}
			assert_int_equal(
				pm_snapshot_add_event(snapshot, "mark", "text=x", 6, NULL), PM_OK);
			assert_as_afresh(&encoder, (enum pm_format)format, label, snapshot);
		}
		pm_encoder_deinit(&encoder);
	}
	for (int i = 0; i < 2; i++)
		pm_snapshot_deinit(&snapshots[i]);
}

#define T  "\"time\":\"2026-01-02T03:04:05.678Z\""
#define U  "\"uptime_s\":12.500"
#define PT "\"pool\":\"slab\",\"tag\":\"dentry\""

static void ndjson_lines_in_any_shape_say_the_same(void **state)
{
	static const char *const same[] = {
		"{" T "," U "," PT ",\"type\":\"Recl\",\"diff\":7,\"bytes\":9007199254740993}",
		"{" T "," U "," PT ",\"type\":\"Recl\",\"diff\":7,\"bytes\":9007199254740993}\r",
		"  {" T "," U "," PT ",\"type\":\"Recl\",\"diff\":7,\"bytes\":9007199254740993}  ",
		"{\"bytes\":9007199254740993,\"diff\":7,\"type\":\"Recl\"," PT "," U "," T "}",
		"{ " T " , " U " , " PT
		" , \"type\" : \"Recl\" , \"diff\" : 7 , \"bytes\" : 9007199254740993 }",
		"{" T "," U
		",\"pool\":\"sl\\u0061b\",\"tag\":\"dentry\",\"type\":\"Recl\",\"diff\":7,"
		"\"bytes\":9007199254740993}",
		"{" T "," U "," PT
		",\"type\":\"Recl\",\"diff\":7,\"bytes\":9007199254740993,\"frees\":null}",
		"{" T "," U "," PT
		",\"type\":\"Recl\",\"diff\":7,\"bytes\":9007199254740993,\"build\":\"12\"}",
		"{" T "," U "," PT
		",\"type\":\"Recl\",\"x\":{\"bytes\":[1,2.5e7,{\"a\":\"}\"}]},\"diff\":7,"
		"\"bytes\":9007199254740993}",
		"{" T ",\"uptime_s\":12.5," PT
		",\"type\":\"Recl\",\"diff\":7,\"bytes\":9007199254740993}",
	};
	struct reader reader;

	(void)state;
	open_reader(&reader, PM_FORMAT_NDJSON);
	for (size_t i = 0; i < N_OF(same); i++) {
		int kind;
		const struct pm_row *row = read_line(&reader, same[i], &kind);

		if (row == NULL)
			fail_msg("rejected as %d: %s", kind, same[i]);
		assert_true(row->uptime_ms == 12500);
		assert_string_equal(row->key->tag, "dentry");
		assert_string_equal(row->key->type, "Recl");
		assert_int_equal(row->has, 1 << PM_VALUE_DIFF | 1 << PM_VALUE_BYTES);
		assert_true(row->value[PM_VALUE_BYTES] == UINT64_C(9007199254740993));
	}
	close_reader(&reader);
}

static void ndjson_rejects_say_why(void **state)
{
	static const struct {
		const char *line;
		enum pm_reject_kind kind;
	} cases[] = {
		{"{" T "," U "," PT ",\"bytes\":-1}", PM_REJECT_NEGATIVE},
		{"{" T "," U "," PT ",\"bytes\":1.5}", PM_REJECT_FRACTION},
		{"{" T "," U "," PT ",\"bytes\":1e3}", PM_REJECT_EXPONENT},
		{"{" T "," U "," PT ",\"bytes\":007}", PM_REJECT_LEADING_ZERO},
		{"{" T "," U "," PT ",\"bytes\":18446744073709551616}", PM_REJECT_RANGE},
		{"{" T "," U "," PT ",\"bytes\":\"1\"}", PM_REJECT_TYPE_OF_VALUE},
		{"{" T "," U "," PT ",\"bytes\":true}", PM_REJECT_TYPE_OF_VALUE},
		{"{" T "," U "," PT ",\"bytes\":[1]}", PM_REJECT_TYPE_OF_VALUE},
		{"{" T "," U ",\"pool\":\"slab\",\"tag\":5,\"bytes\":1}", PM_REJECT_TYPE_OF_VALUE},
		{"{" T "," U "," PT ",\"bytes\":1,\"bytes\":2}", PM_REJECT_REPEATED},
		{"{" T "," U "," PT "}", PM_REJECT_NO_VALUES},
		{"{" U "," PT ",\"bytes\":1}", PM_REJECT_MISSING},
		{"{" T "," U ",\"pool\":\"slab\",\"bytes\":1}", PM_REJECT_MISSING},
		{"{\"time\":\"yesterday\"," U "," PT ",\"bytes\":1}", PM_REJECT_TIME},
		{"{" T "," U ",\"pool\":\"swimming\",\"tag\":\"x\",\"bytes\":1}", PM_REJECT_POOL},
		{"{" T "," U "," PT ",\"type\":\"Odd\",\"bytes\":1}", PM_REJECT_TYPE},
		{"{" T "," U ",\"pool\":\"slab\",\"tag\":\"a\\u0000b\",\"bytes\":1}",
			PM_REJECT_CONTROL},
		{"{" T "," U ",\"pool\":\"slab\",\"tag\":\"a\\tb\",\"bytes\":1}",
			PM_REJECT_CONTROL},
		{"{" T "," U "," PT ",\"bytes\":1", PM_REJECT_SYNTAX},
		{"{" T "," U "," PT ",\"bytes\":1}x", PM_REJECT_SYNTAX},
		{"{" T "," U "," PT ",\"bytes\":1,}", PM_REJECT_SYNTAX},
		{"[1,2,3]", PM_REJECT_SYNTAX},
		{"12", PM_REJECT_SYNTAX},
		{"garbage", PM_REJECT_SYNTAX},
	};
	struct reader reader;

	(void)state;
	open_reader(&reader, PM_FORMAT_NDJSON);
	for (size_t i = 0; i < N_OF(cases); i++) {
		int kind;

		if (read_line(&reader, cases[i].line, &kind) != NULL)
			fail_msg("taken: %s", cases[i].line);
		if (kind != (int)cases[i].kind)
			fail_msg("rejected as %s: %s", pm_reject_infos[kind].name, cases[i].line);
	}
	close_reader(&reader);
}

/* Whatever the fast path takes, the general one must take too, and the same. The same text with a
 * blank before it never takes the fast path. */
static void both_ndjson_paths_agree(void **state)
{
	static const char good[] =
		"{" T "," U "," PT
		",\"type\":\"Recl\",\"allocs\":12,\"diff\":7,\"bytes\":4096,\"note\":\"a=b\","
		"\"lab\":\"north\"}";
	static const char letters[] = "{}[]\",:.0123456789eE+-\\unabtrfxls \t\x01\xc3";
	struct reader fast, general;
	uint64_t seed = 23;
	int n_taken = 0;

	(void)state;
	open_reader(&fast, PM_FORMAT_NDJSON);
	open_reader(&general, PM_FORMAT_NDJSON);
	for (int i = 0; i < 60000; i++) {
		char line[512], spaced[520];
		const struct pm_row *a, *b;
		int kind_a, kind_b;
		size_t n;

		strcpy(line, good);
		for (uint64_t changes = next_random(&seed) % 4; changes > 0; changes--) {
			n = strlen(line);
			const size_t at = next_random(&seed) % n;

			switch (next_random(&seed) % 3) {
			case 0: /* replace */
				line[at] = letters[next_random(&seed) % (sizeof(letters) - 1)];
				break;
			case 1: /* remove */
				memmove(line + at, line + at + 1, n - at);
				break;
			default: /* insert */
				memmove(line + at + 1, line + at, n - at + 1);
				line[at] = letters[next_random(&seed) % (sizeof(letters) - 1)];
				break;
			}
		}
		snprintf(spaced, sizeof(spaced), " %s", line);
		a = read_line(&fast, line, &kind_a);
		b = read_line(&general, spaced, &kind_b);
		if ((a == NULL) != (b == NULL) || (a == NULL && kind_a != kind_b))
			fail_msg("%d and %d for %s", kind_a, kind_b, line);
		if (a != NULL) {
			assert_same_row(a, b);
			n_taken++;
		}
	}
	assert_true(n_taken > 5000);
	close_reader(&fast);
	close_reader(&general);
}

#define HEADER "time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,footprint,note\n"
#define ROW    "2026-01-02 03:04:05.678,12.500,slab,dentry,Recl,,,7,4096,,,\n"

static void csv_headers_may_name_columns_in_any_order(void **state)
{
	static const struct {
		const char *text;
		size_t n_rows;
	} cases[] = {
		{HEADER ROW ROW, 2},
		{ROW, 1}, /* a part that was split off */
		{"tag,pool,bytes,diff,colour,uptime_s,time,type\ndentry,slab,4096,7,red,12.5,"
		 "2026-01-02T03:04:05.678Z,Recl\n",
			1},
		{"\"time\",\"uptime_s\",\"pool\",\"tag\",\"type\",\"diff\",\"bytes\"\n\"2026-01-02 03:04:05.678\","
		 "\"12.500\",\"slab\",\"dentry\",\"Recl\",\"7\",\"4096\"\n",
			1},
		{HEADER ROW HEADER ROW, 2}, /* files strung together */
		{HEADER "\r\n\n" ROW, 1},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct reader reader;
		size_t n;

		open_reader(&reader, PM_FORMAT_CSV);
		n = read_text(&reader, cases[i].text, strlen(cases[i].text));
		if (n != cases[i].n_rows || pm_rejects_total(&reader.rejects) != 0)
			fail_msg("%zu rows of: %s", n, cases[i].text);
		for (size_t j = 0; j < n; j++) {
			assert_string_equal(reader.rows[j].key->tag, "dentry");
			assert_true(reader.rows[j].value[PM_VALUE_BYTES] == 4096);
			assert_true(reader.rows[j].uptime_ms == 12500);
		}
		close_reader(&reader);
	}
}

static void csv_rejects_say_why_and_where(void **state)
{
	static const struct {
		const char *line;
		enum pm_reject_kind kind;
		uint32_t column;
	} cases[] = {
		{"2026-01-02 03:04:05.678,12.500,slab,dentry,Recl,,,7,-5,,,", PM_REJECT_NEGATIVE,
			53},
		{"2026-01-02 03:04:05.678,12.500,slab,dentry,Recl,,,7,5", PM_REJECT_COLUMNS, 0},
		{"2026-01-02 03:04:05.678,12.500,slab,dentry,Recl,,,7,5,,,,", PM_REJECT_COLUMNS,
			58},
		{"2026-01-02 03:04:05.678,12.500,slab,\"den,Recl,,,7,5,,,", PM_REJECT_SYNTAX, 37},
		{"2026-01-02 03:04:05.678,12.500,slab,\"den\"x,Recl,,,7,5,,,", PM_REJECT_SYNTAX,
			37},
		{"2026-01-02 25:04:05.678,12.500,slab,dentry,Recl,,,7,5,,,", PM_REJECT_TIME, 1},
		{"2026-01-02 03:04:05.678,,slab,dentry,Recl,,,7,5,,,", PM_REJECT_MISSING, 0},
		{"2026-01-02 03:04:05.678,12.500,slab,,Recl,,,7,5,,,", PM_REJECT_MISSING, 0},
		{"2026-01-02 03:04:05.678,12.500,pond,dentry,Recl,,,7,5,,,", PM_REJECT_POOL, 32},
		{"2026-01-02 03:04:05.678,12.500,slab,dentry,Recl,,,,,,,", PM_REJECT_NO_VALUES, 0},
	};
	struct reader reader;

	(void)state;
	open_reader(&reader, PM_FORMAT_CSV);
	assert_int_equal(read_text(&reader, HEADER, sizeof(HEADER) - 1), 0);
	for (size_t i = 0; i < N_OF(cases); i++) {
		int kind;

		assert_null(read_line(&reader, cases[i].line, &kind));
		if (kind != (int)cases[i].kind)
			fail_msg("rejected as %s: %s",
				kind < 0 ? "nothing" : pm_reject_infos[kind].name, cases[i].line);
		assert_int_equal(reader.rejects.kinds[kind].first[0].column, cases[i].column);
		assert_int_equal(reader.rejects.kinds[kind].first[0].line, i + 2);
	}
	close_reader(&reader);
}

static void lines_with_nul_bytes_are_told_as_such(void **state)
{
	static const char text[] =
		HEADER "2026-01-02 03:04:05.678,12.500,slab,den\0ry,Recl,,,7,5,,,\n"
		       "\0\0\0\0\0\0\n" ROW;
	struct reader reader;

	(void)state;
	open_reader(&reader, PM_FORMAT_CSV);
	assert_int_equal(read_text(&reader, text, sizeof(text) - 1), 1);
	assert_int_equal(reader.rejects.kinds[PM_REJECT_NUL].n, 2);
	assert_int_equal(reader.rejects.kinds[PM_REJECT_NUL].first[0].column, 40);
	close_reader(&reader);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(rows_survive_every_format),
	cmocka_unit_test(what_was_written_before_changes_no_line),
	cmocka_unit_test(ndjson_lines_in_any_shape_say_the_same),
	cmocka_unit_test(ndjson_rejects_say_why),
	cmocka_unit_test(both_ndjson_paths_agree),
	cmocka_unit_test(csv_headers_may_name_columns_in_any_order),
	cmocka_unit_test(csv_rejects_say_why_and_where),
	cmocka_unit_test(lines_with_nul_bytes_are_told_as_such),
};

RUN(tests)
