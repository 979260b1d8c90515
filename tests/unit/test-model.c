/* SPDX-License-Identifier: MIT */
/* Keys, notes, origins and snapshots. */
#include "unit.h"

#include "model/keys.h"
#include "model/note.h"
#include "model/origin.h"

#include <poolmon/snapshot.h>

static void pools_and_types_are_a_closed_list(void **state)
{
	static const struct {
		const char *name;
		bool known;
		enum pm_pool pool;
	} cases[] = {
		{"system", true, PM_POOL_SYSTEM},
		{"slab", true, PM_POOL_SLAB},
		{"event", true, PM_POOL_EVENT},
		{"session:3", true, PM_POOL_SESSION},
		{"session:0", true, PM_POOL_SESSION},
		{"session:all", true, PM_POOL_SESSION},
		{"session:alls", false, 0},
		{"session", false, 0},
		{"session:", false, 0},
		{"session:03", false, 0},
		{"session:x", false, 0},
		{"slabs", false, 0},
		{"sla", false, 0},
		{"", false, 0},
		{"SLAB", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		enum pm_pool pool;

		assert_int_equal(pm_pool_of_name(cases[i].name, strlen(cases[i].name), &pool),
			cases[i].known);
		if (cases[i].known)
			assert_int_equal(pool, cases[i].pool);
	}
	assert_true(pm_type_is_known("Nonp", 4) && pm_type_is_known("", 0) &&
		pm_type_is_known("Recl", 4));
	assert_false(pm_type_is_known("nonp", 4) || pm_type_is_known("Nonpaged", 8));
}

static void equal_keys_are_one(void **state)
{
	struct pm_keys *keys = pm_keys_create();
	const struct pm_key *io, *again, *other;

	(void)state;
	io = pm_keys_intern(keys, pm_span_of("system"), pm_span_of("Io  "), pm_span_of("Nonp"));
	again = pm_keys_intern(keys, pm_span_of("system"), pm_span_of("Io  "), pm_span_of("Nonp"));
	other = pm_keys_intern(keys, pm_span_of("system"), pm_span_of("Io"), pm_span_of("Nonp"));
	assert_ptr_equal(io, again);
	assert_ptr_not_equal(io, other);
	assert_string_equal(io->tag, "Io\\x20\\x20");
	assert_int_equal(io->n_raw_tag, 4);
	assert_int_equal(other->id, 1);
	assert_null(pm_keys_intern(keys, pm_span_of("nosuch"), pm_span_of("x"), pm_span_of("")));
	assert_int_equal(pm_keys_count(keys), 2);
	pm_keys_destroy(keys);
}

static void notes_come_back_as_they_went_in(void **state)
{
	static const char *const values[] = {
		"plain", "two words", "", "quote\"d", "back\\slash", "a=b", "x,y"};
	struct pm_buf note = {0};
	const char *key;
	size_t at = 0, n_key, i = 0;
	char value[64];

	(void)state;
	for (size_t j = 0; j < N_OF(values); j++)
		pm_note_add_text(&note, "k", values[j]);
	pm_note_add_u64(&note, "n", UINT64_MAX);
	while (pm_note_next(note.at, note.n, &at, &key, &n_key, value, sizeof(value))) {
		assert_int_equal(n_key, 1);
		assert_string_equal(value, i < N_OF(values) ? values[i] : "18446744073709551615");
		i++;
	}
	assert_int_equal(i, N_OF(values) + 1);
	assert_true(pm_note_get(note.at, note.n, "n", value, 5));
	assert_string_equal(value, "1844");
	assert_false(pm_note_get(note.at, note.n, "absent", value, sizeof(value)));
	pm_buf_deinit(&note);
}

static void notes_in_fixed_memory_hold_whole_pairs(void **state)
{
	char note[32] = "", value[32];

	(void)state;
	pm_note_put(note, sizeof(note), "a", "1");
	pm_note_put(note, sizeof(note), "text", "too much for what is left");
	pm_note_put(note, sizeof(note), "b", "\xc3\xa9 \"");
	assert_string_equal(note, "a=1 b=\"\xc3\xa9 \\\"\"");
	assert_true(pm_note_get(note, strlen(note), "b", value, sizeof(value)));
	assert_string_equal(value, "\xc3\xa9 \"");
}

static void strange_notes_do_no_harm(void **state)
{
	static const char *const notes[] = {
		"", " ", "=", "a", "a=", "=b", "a=\"", "a=\"b", "a=\"b\\", "\"", "  a=b  "};

	(void)state;
	for (size_t i = 0; i < N_OF(notes); i++) {
		const char *key;
		size_t at = 0, n_key, rounds = 0;
		char value[8];

		while (pm_note_next(
			notes[i], strlen(notes[i]), &at, &key, &n_key, value, sizeof(value)))
			assert_true(rounds++ < 8);
	}
}

static void origins_tell_hosts_and_boots_apart(void **state)
{
	struct pm_origins *origins = pm_origins_create();
	struct pm_buf note = {0};
	const struct pm_label labels[] = {{"build", "12 34"}};
	const struct pm_origin written = {
		.host = "web 1",
		.os = "Linux",
		.kernel = "6.1",
		.boot_id = "b1",
		.sources = "slab",
		.version = "0.1",
		.interval_ms = 500,
		.labels = labels,
		.n_labels = 1,
	};
	const struct pm_origin *read, *same, *other_boot;

	(void)state;
	pm_origin_write(&note, &written);
	read = pm_origins_read(origins, note.at, note.n);
	same = pm_origins_read(origins, note.at, note.n);
	other_boot = pm_origins_read(origins, "host=\"web 1\" boot_id=b2", 23);
	assert_ptr_equal(read, same);
	assert_string_equal(read->host, "web 1");
	assert_int_equal(read->interval_ms, 500);
	assert_int_equal(read->n_labels, 1);
	assert_string_equal(read->labels[0].name, "build");
	assert_string_equal(read->labels[0].value, "12 34");
	assert_ptr_equal(read->host, other_boot->host);
	assert_false(pm_origin_same_boot(read, other_boot));
	assert_false(pm_origin_same_boot(read, pm_origins_rebooted(origins, read, 1)));
	assert_ptr_equal(read, pm_origins_rebooted(origins, read, 0));
	pm_buf_deinit(&note);
	pm_origins_destroy(origins);
}

static void snapshots_are_used_again(void **state)
{
	struct pm_snapshot snapshot;
	const struct pm_key *key;

	(void)state;
	assert_int_equal(pm_snapshot_init(&snapshot, NULL), PM_OK);
	for (int round = 0; round < 3; round++) {
		pm_snapshot_begin(&snapshot, 1000 + round, 10 + round);
		key = pm_snapshot_key(&snapshot, "slab", "dentry", 6, "Recl");
		assert_int_equal(key->id, 0);
		for (int i = 0; i < 100; i++)
			pm_row_set(pm_snapshot_add(&snapshot, key), PM_VALUE_BYTES, (uint64_t)i);
		assert_int_equal(
			pm_snapshot_add_event(&snapshot, "mark", "text=x", 6, NULL), PM_OK);
		assert_int_equal(snapshot.n_rows, 101);
		assert_int_equal(snapshot.rows[99].value[PM_VALUE_BYTES], 99);
		assert_int_equal(snapshot.rows[99].time_ms, 1000 + round);
		assert_true(pm_row_is_event(&snapshot.rows[100], "mark"));
		assert_false(pm_row_has(&snapshot.rows[0], PM_VALUE_DIFF));
	}
	pm_snapshot_deinit(&snapshot);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(pools_and_types_are_a_closed_list),
	cmocka_unit_test(equal_keys_are_one),
	cmocka_unit_test(notes_come_back_as_they_went_in),
	cmocka_unit_test(notes_in_fixed_memory_hold_whole_pairs),
	cmocka_unit_test(strange_notes_do_no_harm),
	cmocka_unit_test(origins_tell_hosts_and_boots_apart),
	cmocka_unit_test(snapshots_are_used_again),
};

RUN(tests)
