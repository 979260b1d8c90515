/* SPDX-License-Identifier: MIT */
/* The sources `system` and `session`, over kernels that answer in every way. */
#include "unit.h"

#include "nt.h"
#include "source/nt/pools.h"

#include <errno.h>

#define BOOT UINT64_C(0x01DC5F0012345678)

/* ---- asking ---- */

static void a_query_doubles_its_buffer_until_it_is_large_enough(void **state)
{
	static const size_t sizes[] = {0, 1, 65536, 65537, 1000000, 3000000};

	(void)state;
	for (size_t i = 0; i < N_OF(sizes); i++) {
		for (int lie = 0; lie < 3; lie++) { /* what is told is never what decides */
			struct nt_kernel kernel = {0};
			struct nt_class *tags = nt_class_of(&kernel, PM_NT_POOL_TAGS);
			const struct pm_nt_kernel interface = nt_interface(&kernel, 8);
			struct pm_nt_buffer buffer = {0};
			struct pm_nt_answer answer;
			size_t asked = 65536;
			unsigned char written = 0;

			nt_fill(&tags->table, sizes[i], 'x');
			tags->lie = lie == 0 ? 0 : lie == 1 ? 1 : UINT32_MAX;
			assert_int_equal(
				pm_nt_query(&interface, PM_NT_POOL_TAGS, &buffer, &answer, NULL),
				PM_OK);
			for (unsigned q = 0; q < tags->queries; q++, asked *= 2)
				assert_int_equal(tags->asked[q], asked);
			assert_true(answer.size == asked / 2 && answer.size >= sizes[i]);
			assert_true(answer.size < 2 * sizes[i] || answer.size == 65536);
			assert_true(sizes[i] == 0 ||
				memcmp(answer.bytes, tags->table.at, sizes[i]) == 0);
			for (size_t at = sizes[i]; at < answer.size; at++)
				written |= answer.bytes[at];
			assert_int_equal(written, 0);
			/* the next time it is large enough at once, and what was there is gone */
			tags->queries = 0;
			pm_buf_clear(&tags->table);
			assert_int_equal(
				pm_nt_query(&interface, PM_NT_POOL_TAGS, &buffer, &answer, NULL),
				PM_OK);
			assert_int_equal(tags->queries, 1);
			assert_int_equal(answer.bytes[0], 0);
			free(buffer.at);
			nt_free(&kernel);
		}
	}
}

static void a_table_that_grows_is_caught_or_given_up(void **state)
{
	static const size_t growth[] = {1000, 100000, 65 * 1024 * 1024};

	(void)state;
	for (size_t i = 0; i < N_OF(growth); i++) {
		struct nt_kernel kernel = {0};
		struct nt_class *tags = nt_class_of(&kernel, PM_NT_POOL_TAGS);
		const struct pm_nt_kernel interface = nt_interface(&kernel, 8);
		struct pm_nt_buffer buffer = {0};
		struct pm_nt_answer answer;
		struct pm_error err;
		enum pm_status status;

		nt_fill(&tags->table, 70000, 'x');
		tags->grows = growth[i];
		status = pm_nt_query(&interface, PM_NT_POOL_TAGS, &buffer, &answer, &err);
		assert_true(tags->queries <= 11); /* 64 KiB to 64 MiB */
		if (growth[i] > PM_NT_MOST_BYTES) {
			assert_int_equal(status, PM_E_SYSTEM);
			assert_non_null(strstr(err.message, "larger than 64 MiB"));
		} else {
			assert_int_equal(status, PM_OK);
			assert_true(answer.told == tags->table.n);
		}
		free(buffer.at);
		nt_free(&kernel);
	}
}

static void failures_are_explained(void **state)
{
	static const struct {
		uint32_t info_class, status;
		enum pm_status result;
		int number;
		const char *message, *remedy;
	} cases[] = {
		{22, 0xC0000002, PM_E_UNSUPPORTED, 0, "Query pooltags Failed c0000002",
			"poolmon --tagging=on"},
		{22, 0xC0000003, PM_E_UNSUPPORTED, 0, "Query pooltags Failed c0000003",
			"this kernel offers no pool tags"},
		{22, 0xC0000022, PM_E_ACCESS, 0, "Query pooltags Failed c0000022: access is denied",
			"administrator"},
		{22, 0xC0000061, PM_E_ACCESS, 0, "Query pooltags Failed c0000061", "administrator"},
		{22, 0xC000009A, PM_E_SYSTEM, EAGAIN,
			"Query pooltags Failed c000009a: the kernel has no memory", "try again"},
		{22, 0xC0000017, PM_E_SYSTEM, EAGAIN, "Query pooltags Failed c0000017",
			"try again"},
		{22, 0xC000012D, PM_E_SYSTEM, EAGAIN, "Query pooltags Failed c000012d",
			"try again"},
		{22, 0xC0000005, PM_E_SYSTEM, 0, "Query pooltags Failed c0000005", ""},
		{22, 0x00000103, PM_E_SYSTEM, 0, "Query pooltags Failed 00000103", ""},
		{22, 0xC0000004, PM_E_SYSTEM, 0, "larger than 64 MiB", "report it"},
		{22, 0xC0000023, PM_E_SYSTEM, 0, "larger than 64 MiB", "report it"},
		{22, 0x80000005, PM_E_SYSTEM, 0, "larger than 64 MiB", "report it"},
		{67, 0xC0000002, PM_E_UNSUPPORTED, 0, "Query session pooltags Failed c0000002",
			"no session pools"},
		{67, 0xC0000003, PM_E_UNSUPPORTED, 0, "Query session pooltags Failed c0000003",
			"no session pools"},
		{67, 0xC0000022, PM_E_ACCESS, 0, "Query session pooltags Failed c0000022",
			"administrator"},
		{2, 0xC0000022, PM_E_ACCESS, 0, "Query of class 2 Failed c0000022",
			"administrator"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct nt_kernel kernel = {0};
		const struct pm_nt_kernel interface = nt_interface(&kernel, 8);
		struct pm_nt_buffer buffer = {0};
		struct pm_nt_answer answer;
		struct pm_error err;

		nt_fail(&kernel, cases[i].info_class, cases[i].status);
		assert_int_equal(
			pm_nt_query(&interface, cases[i].info_class, &buffer, &answer, &err),
			cases[i].result);
		if (err.status != cases[i].result || err.sys_errno != cases[i].number ||
			strstr(err.message, cases[i].message) == NULL ||
			strstr(err.remedy, cases[i].remedy) == NULL)
			fail_msg("%s; %s", err.message, err.remedy);
		/* the same without room for the words */
		assert_int_equal(
			pm_nt_query(&interface, cases[i].info_class, &buffer, &answer, NULL),
			cases[i].result);
		free(buffer.at);
		nt_free(&kernel);
	}
}

/* ---- the sources ---- */

/* A source over a kernel, and what it sampled. */
struct run {
	struct nt_kernel kernel;
	struct pm_source *source;
	struct pm_snapshot snapshot;
	struct pm_error err;
};

static struct nt_kernel *kernel_to_open;
static unsigned word_to_open;

static enum pm_status open_system(struct pm_source **source, const char *argument,
	const struct pm_source_config *config, struct pm_error *err)
{
	const struct pm_nt_kernel interface = nt_interface(kernel_to_open, word_to_open);

	return pm_nt_open(source, &interface, PM_NT_SYSTEM, argument, config, err);
}

static enum pm_status open_session(struct pm_source **source, const char *argument,
	const struct pm_source_config *config, struct pm_error *err)
{
	const struct pm_nt_kernel interface = nt_interface(kernel_to_open, word_to_open);

	return pm_nt_open(source, &interface, PM_NT_SESSIONS, argument, config, err);
}

static const struct pm_source_kind kinds[] = {
	[PM_NT_SYSTEM] = {{.name = "system"}, .open = open_system, .sample = pm_nt_sample,
		.close = pm_nt_close},
	[PM_NT_SESSIONS] = {{.name = "session"}, .open = open_session, .sample = pm_nt_sample,
		.close = pm_nt_close},
};

static enum pm_status begin(struct run *run, enum pm_nt_pools pools, const char *argument)
{
	kernel_to_open = &run->kernel;
	word_to_open = 8;
	assert_int_equal(pm_snapshot_init(&run->snapshot, NULL), PM_OK);
	return pm_source_open_kind(&run->source, &kinds[pools], argument, NULL, &run->err);
}

static void end(struct run *run)
{
	pm_source_close(run->source);
	pm_snapshot_deinit(&run->snapshot);
	nt_free(&run->kernel);
}

static enum pm_status sample(struct run *run)
{
	return pm_source_sample(run->source, &run->snapshot, &run->err);
}

static void set_tags(
	struct nt_kernel *kernel, uint32_t info_class, const struct nt_tag *tags, uint32_t n)
{
	struct pm_buf *table = &nt_class_of(kernel, info_class)->table;

	pm_buf_clear(table);
	nt_put_table(table, info_class == PM_NT_POOL_TAGS_2 ? NT_64_WIDER : NT_64, tags, n);
}

/* NULL: there is none. There are never two. */
static const struct pm_row *row_of(
	const struct run *run, const char *pool, const char *tag, const char *type)
{
	const struct pm_row *found = NULL;

	for (size_t i = 0; i < run->snapshot.n_rows; i++) {
		const struct pm_row *row = &run->snapshot.rows[i];

		if (strcmp(row->key->pool_name, pool) == 0 && strcmp(row->key->tag, tag) == 0 &&
			strcmp(row->key->type, type) == 0) {
			assert_null(found);
			found = row;
		}
	}
	return found;
}

static void assert_row(const struct pm_row *row, uint64_t allocs, uint64_t frees, uint64_t diff,
	uint64_t bytes, uint64_t per_alloc)
{
	assert_non_null(row);
	assert_int_equal(row->has,
		1u << PM_VALUE_ALLOCS | 1u << PM_VALUE_FREES | 1u << PM_VALUE_DIFF |
			1u << PM_VALUE_BYTES | 1u << PM_VALUE_PER_ALLOC);
	assert_true(row->value[PM_VALUE_ALLOCS] == allocs);
	assert_true(row->value[PM_VALUE_FREES] == frees);
	assert_true(row->value[PM_VALUE_DIFF] == diff);
	assert_true(row->value[PM_VALUE_BYTES] == bytes);
	assert_true(row->value[PM_VALUE_PER_ALLOC] == per_alloc);
}

static const struct nt_tag plain[] = {
	{"Proc", {11, 1, 645}, {3971107, 3971077, 8456}},
	{"Io  ", {0, 0, 0}, {7, 7, 0}},
	{"Ntfx", {20, 3, 17 * 48}, {0, 0, 0}},
	{"Nope", {0, 0, 0}, {0, 0, 0}},
	{"=\x01,\xFF", {0, 0, 0}, {3, 0xFFFFFFFF, 64}},
};
enum { N_PLAIN = N_OF(plain) };

static void there_is_a_row_for_each_tag_and_type_that_was_ever_used(void **state)
{
	struct run run = {0};

	(void)state;
	set_tags(&run.kernel, PM_NT_POOL_TAGS, plain, N_PLAIN);
	assert_int_equal(begin(&run, PM_NT_SYSTEM, ""), PM_OK);
	for (int tick = 0; tick < 3; tick++) {
		assert_int_equal(sample(&run), PM_OK);
		assert_int_equal(run.snapshot.n_rows, 5);
		assert_row(row_of(&run, "system", "Proc", "Paged"), 11, 1, 10, 645, 64);
		assert_row(row_of(&run, "system", "Proc", "Nonp"), 3971107, 3971077, 30, 8456, 281);
		assert_row(row_of(&run, "system", "Io\\x20\\x20", "Nonp"), 7, 7, 0, 0, 0);
		assert_row(row_of(&run, "system", "Ntfx", "Paged"), 20, 3, 17, 816, 48);
		assert_row(row_of(&run, "system", "\\x3D\\x01\\x2C\\x7F", "Nonp"), 3, 0xFFFFFFFF, 4,
			64, 16);
	}
	end(&run);
}

static void tags_may_come_and_go_and_change_places(void **state)
{
	struct run run = {0};

	(void)state;
	set_tags(&run.kernel, PM_NT_POOL_TAGS, plain, 1);
	assert_int_equal(begin(&run, PM_NT_SYSTEM, ""), PM_OK);
	for (uint32_t first = 0; first < N_PLAIN; first++) {
		for (uint32_t n = 0; first + n <= N_PLAIN; n++) {
			unsigned used = 0;

			set_tags(&run.kernel, PM_NT_POOL_TAGS, &plain[first], n);
			assert_int_equal(sample(&run), PM_OK);
			for (uint32_t i = first; i < first + n; i++)
				used += (plain[i].paged.allocs != 0) +
					(plain[i].nonpaged.allocs != 0);
			assert_int_equal(run.snapshot.n_rows, used);
			assert_true((row_of(&run, "system", "Ntfx", "Paged") != NULL) ==
				(first <= 2 && first + n > 2));
		}
	}
	end(&run);
}

/* Tags that differ in the bit alone that marks them as protected look alike. */
static void tags_that_look_alike_are_one_row(void **state)
{
	static const struct nt_tag alike[] = {
		{"Fil\xE5", {0, 0, 0}, {0xFFFFFFFF, 0xFFFFFF00, 255 * 64}},
		{"Proc", {0, 0, 0}, {1, 0, 64}},
		{"File", {2, 1, 32}, {10, 3, 7 * 128}},
	};
	struct run run = {0};

	(void)state;
	set_tags(&run.kernel, PM_NT_POOL_TAGS, alike, N_OF(alike));
	assert_int_equal(begin(&run, PM_NT_SYSTEM, ""), PM_OK);
	assert_int_equal(sample(&run), PM_OK);
	assert_int_equal(run.snapshot.n_rows, 3);
	/* their counters together run over as one does */
	assert_row(row_of(&run, "system", "File", "Nonp"), 9, 0xFFFFFF03, 262, 255 * 64 + 7 * 128,
		(255 * 64 + 7 * 128) / 262);
	assert_row(row_of(&run, "system", "File", "Paged"), 2, 1, 1, 32, 32);
	end(&run);
}

static void the_wider_counters_are_read_where_there_are_any(void **state)
{
	static const struct nt_tag large[] = {
		{"Big1", {0, 0, 0}, {UINT64_C(90000000007), UINT64_C(89999999999), 512}}};
	struct run run = {0};

	(void)state;
	set_tags(&run.kernel, PM_NT_POOL_TAGS, large, 1);
	set_tags(&run.kernel, PM_NT_POOL_TAGS_2, large, 1);
	assert_int_equal(begin(&run, PM_NT_SYSTEM, ""), PM_OK);
	assert_int_equal(sample(&run), PM_OK);
	assert_row(row_of(&run, "system", "Big1", "Nonp"), UINT64_C(90000000007),
		UINT64_C(89999999999), 8, 512, 64);
	assert_int_equal(nt_class_of(&run.kernel, PM_NT_POOL_TAGS)->queries, 0);
	end(&run);
}

static const char *note_of(const struct run *run, const char *event)
{
	for (size_t i = 0; i < run->snapshot.n_rows; i++) {
		if (pm_row_is_event(&run->snapshot.rows[i], event))
			return run->snapshot.rows[i].note;
	}
	return NULL;
}

static void wider_counters_of_an_unknown_form_are_left_which_is_told_once(void **state)
{
	struct run run = {0};
	struct pm_buf *odd = &nt_class_of(&run.kernel, PM_NT_POOL_TAGS_2)->table;

	(void)state;
	nt_put(odd, 3, 8);
	while (odd->n < 8 + 3 * 0x48)
		pm_buf_add_char(odd, (char)(odd->n * 37));
	set_tags(&run.kernel, PM_NT_POOL_TAGS, plain, N_PLAIN);
	assert_int_equal(begin(&run, PM_NT_SYSTEM, ""), PM_OK);
	assert_int_equal(sample(&run), PM_OK);
	assert_row(row_of(&run, "system", "Ntfx", "Paged"), 20, 3, 17, 816, 48);
	assert_non_null(note_of(&run, "source-error"));
	assert_non_null(strstr(note_of(&run, "source-error"), "class 255 (224 bytes)"));
	assert_int_equal(sample(&run), PM_OK);
	assert_null(note_of(&run, "source-error"));
	end(&run);
}

static void the_second_class_is_asked_whatever_the_first_one_answers(void **state)
{
	static const uint32_t answers[] = {
		0xC0000002, 0xC0000003, 0xC0000022, 0xC0000005, 0xC0000004};

	(void)state;
	for (size_t i = 0; i < N_OF(answers); i++) {
		struct run run = {0};

		nt_fail(&run.kernel, PM_NT_POOL_TAGS_2, answers[i]);
		set_tags(&run.kernel, PM_NT_POOL_TAGS, plain, N_PLAIN);
		assert_int_equal(begin(&run, PM_NT_SYSTEM, ""), PM_OK);
		nt_class_of(&run.kernel, PM_NT_POOL_TAGS_2)->queries = 0;
		assert_int_equal(sample(&run), PM_OK);
		assert_int_equal(run.snapshot.n_rows, 5);
		assert_int_equal(nt_class_of(&run.kernel, PM_NT_POOL_TAGS_2)->queries, 0);
		end(&run);
	}
}

static void a_kernel_without_pool_tags_is_refused_when_it_is_opened(void **state)
{
	static const struct {
		uint32_t status;
		enum pm_status result;
		const char *message;
	} cases[] = {
		{0xC0000002, PM_E_UNSUPPORTED, "Query pooltags Failed c0000002"},
		{0xC0000003, PM_E_UNSUPPORTED, "Query pooltags Failed c0000003"},
		{0xC0000022, PM_E_ACCESS, "Query pooltags Failed c0000022"},
		{0xC0000005, PM_E_SYSTEM, "Query pooltags Failed c0000005"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct run run = {0};

		nt_fail(&run.kernel, PM_NT_POOL_TAGS_2, 0xC0000003);
		nt_fail(&run.kernel, PM_NT_POOL_TAGS, cases[i].status);
		assert_int_equal(begin(&run, PM_NT_SYSTEM, ""), cases[i].result);
		assert_null(run.source);
		assert_non_null(strstr(run.err.message, cases[i].message));
		end(&run);
	}
}

static void a_table_of_an_unknown_form_is_refused_with_what_was_seen(void **state)
{
	struct run run = {0};
	struct pm_buf *odd = &nt_class_of(&run.kernel, PM_NT_POOL_TAGS)->table;

	(void)state;
	nt_put(odd, 1000, 8);
	while (odd->n < 500)
		pm_buf_add_char(odd, (char)(odd->n * 37));
	assert_int_equal(begin(&run, PM_NT_SYSTEM, ""), PM_E_UNSUPPORTED);
	assert_non_null(strstr(run.err.message, "class 22"));
	assert_non_null(strstr(run.err.message, "500 bytes, begins with 1000"));
	assert_non_null(strstr(run.err.remedy, "report it"));
	end(&run);
}

/* c000009a: likeliest while something leaks, when it matters most to go on. */
static void a_kernel_short_of_memory_is_asked_again(void **state)
{
	(void)state;
	for (uint32_t info_class = PM_NT_POOL_TAGS; info_class <= PM_NT_POOL_TAGS_2;
		info_class += PM_NT_POOL_TAGS_2 - PM_NT_POOL_TAGS) {
		struct run run = {0};
		struct nt_class *tags;

		set_tags(&run.kernel, info_class, plain, N_PLAIN);
		tags = nt_class_of(&run.kernel, info_class);
		tags->status = 0xC000009A;
		tags->failures = 3;
		assert_int_equal(begin(&run, PM_NT_SYSTEM, ""), PM_OK); /* 1 */
		for (int tick = 2; tick <= 3; tick++) {
			assert_int_equal(sample(&run), PM_E_SYSTEM);
			assert_int_equal(run.err.sys_errno, EAGAIN);
			assert_non_null(strstr(run.err.message, "c000009a"));
		}
		assert_int_equal(sample(&run), PM_OK);
		assert_int_equal(run.snapshot.n_rows, 5);
		tags->failures = 1; /* and in the middle */
		assert_int_equal(sample(&run), PM_E_SYSTEM);
		assert_int_equal(sample(&run), PM_OK);
		assert_int_equal(run.snapshot.n_rows, 5);
		end(&run);
	}
}

static void a_table_that_outgrows_its_buffer_is_read_all_the_same(void **state)
{
	struct nt_tag many[4000];
	struct run run = {0};
	char names[4000][5];

	(void)state;
	for (size_t i = 0; i < N_OF(many); i++) {
		snprintf(names[i], sizeof(names[i]), "%04u", (unsigned)i);
		many[i] = (struct nt_tag){names[i], {0, 0, 0}, {i + 1, 0, 16 * (i + 1)}};
	}
	set_tags(&run.kernel, PM_NT_POOL_TAGS, many, 100);
	assert_int_equal(begin(&run, PM_NT_SYSTEM, ""), PM_OK);
	for (uint32_t n = 100; n <= N_OF(many); n += 650) {
		set_tags(&run.kernel, PM_NT_POOL_TAGS, many, n);
		assert_int_equal(sample(&run), PM_OK);
		assert_int_equal(run.snapshot.n_rows, n);
	}
	end(&run);
}

static void what_the_machine_is_and_its_totals_are_told(void **state)
{
	(void)state;
	for (int pools = PM_NT_SYSTEM; pools <= PM_NT_SESSIONS; pools++) {
		static const struct nt_session one = {1, plain, N_PLAIN};
		const struct pm_origin *origin;
		struct run run = {0};
		struct pm_buf *counts;

		nt_put_machine(&run.kernel, 8, BOOT);
		set_tags(&run.kernel, PM_NT_POOL_TAGS, plain, N_PLAIN);
		nt_put_sessions(&nt_class_of(&run.kernel, PM_NT_SESSION_POOL_TAGS)->table, NT_64,
			false, &one, 1);
		assert_int_equal(begin(&run, (enum pm_nt_pools)pools, ""), PM_OK);
		/* the kernel wants exactly its own size of the one, and no more of the other */
		assert_int_equal(nt_class_of(&run.kernel, PM_NT_BASIC)->asked[0], 0x40);
		assert_int_equal(nt_class_of(&run.kernel, PM_NT_TIME_OF_DAY)->asked[0], 0x20);
		origin = pm_source_origin(run.source);
		assert_string_equal(origin->host, "nt-host");
		assert_string_equal(origin->os, "Windows");
		assert_string_equal(origin->kernel, "10.0.26100.2314");
		assert_string_equal(origin->boot_id, "01dc5f0012345678");
		assert_string_equal(origin->sources, kinds[pools].info.name);
		assert_int_equal(sample(&run), PM_OK);
		assert_int_equal(run.snapshot.n_rows, 5 + 10);
		assert_true(row_of(&run, "memory", "Total", "")->value[PM_VALUE_BYTES] ==
			UINT64_C(65155) * 4096);
		assert_true(row_of(&run, "memory", "Peak", "")->value[PM_VALUE_BYTES] ==
			UINT64_C(65158) * 4096);
		assert_true(
			row_of(&run, "memory", "KrnlN", "")->value[PM_VALUE_BYTES] == 479 * 4096);
		assert_true(row_of(&run, "memory", "PageFlts", "")->value[PM_VALUE_ALLOCS] ==
			4000000000);
		/* a kernel that does not know its peak: the highest that was seen */
		counts = &nt_class_of(&run.kernel, PM_NT_PERFORMANCE)->table;
		memset(counts->at + 0x38, 0, 4);
		counts->at[0x33] = 1; /* commit */
		assert_int_equal(sample(&run), PM_OK);
		counts->at[0x33] = 0;
		assert_int_equal(sample(&run), PM_OK);
		assert_true(row_of(&run, "memory", "Commit", "")->value[PM_VALUE_BYTES] ==
			UINT64_C(50875) * 4096);
		assert_true(row_of(&run, "memory", "Peak", "")->value[PM_VALUE_BYTES] ==
			(UINT64_C(50875) + 0x1000000) * 4096);
		end(&run);
	}
}

static void sessions_have_pools_of_their_own(void **state)
{
	static const struct nt_session some[] = {
		{0, plain, 1}, {3, plain, N_PLAIN}, {12, plain, 3}};
	struct run run = {0};
	struct pm_buf *table = &nt_class_of(&run.kernel, PM_NT_SESSION_POOL_TAGS)->table;

	(void)state;
	nt_put_sessions(table, NT_64, false, some, 3);
	assert_int_equal(begin(&run, PM_NT_SESSIONS, ""), PM_OK);
	assert_int_equal(sample(&run), PM_OK);
	assert_int_equal(run.snapshot.n_rows, 2 + 5 + 4);
	assert_row(row_of(&run, "session:0", "Proc", "Paged"), 11, 1, 10, 645, 64);
	assert_row(row_of(&run, "session:3", "Proc", "Nonp"), 3971107, 3971077, 30, 8456, 281);
	assert_row(row_of(&run, "session:12", "Io\\x20\\x20", "Nonp"), 7, 7, 0, 0, 0);
	assert_null(row_of(&run, "session:12", "\\x3D\\x01\\x2C\\x7F", "Nonp"));
	/* one logs off, one logs on */
	pm_buf_clear(table);
	nt_put_sessions(table, NT_64, false, &some[1], 2);
	assert_int_equal(sample(&run), PM_OK);
	assert_int_equal(run.snapshot.n_rows, 5 + 4);
	assert_null(row_of(&run, "session:0", "Proc", "Paged"));
	/* and all of them */
	pm_buf_clear(table);
	assert_int_equal(sample(&run), PM_OK);
	assert_int_equal(run.snapshot.n_rows, 0);
	end(&run);
}

static void one_session_can_be_asked_for(void **state)
{
	static const struct nt_session some[] = {{0, plain, 1}, {3, plain, N_PLAIN}};
	static const struct {
		const char *argument;
		enum pm_status result;
		const char *message, *remedy;
	} cases[] = {
		{"3", PM_OK, NULL, NULL},
		{"4", PM_E_ARGUMENT, "there is no session 4", "those there are: 0, 3"},
		{"x", PM_E_ARGUMENT, "'x' is no number of a session", ""},
		{"-1", PM_E_ARGUMENT, "no number of a session", ""},
		{"4294967296", PM_E_ARGUMENT, "no number of a session", ""},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct run run = {0};

		nt_put_sessions(&nt_class_of(&run.kernel, PM_NT_SESSION_POOL_TAGS)->table, NT_64,
			false, some, 2);
		assert_int_equal(begin(&run, PM_NT_SESSIONS, cases[i].argument), cases[i].result);
		if (cases[i].result == PM_OK) {
			assert_int_equal(sample(&run), PM_OK);
			assert_int_equal(run.snapshot.n_rows, 5);
			assert_non_null(row_of(&run, "session:3", "Proc", "Paged"));
		} else {
			assert_non_null(strstr(run.err.message, cases[i].message));
			assert_non_null(strstr(run.err.remedy, cases[i].remedy));
		}
		end(&run);
	}
}

static void a_machine_without_session_pools_is_told(void **state)
{
	static const uint32_t answers[] = {0, 0xC0000002, 0xC0000003};

	(void)state;
	for (size_t i = 0; i < N_OF(answers); i++) {
		struct run run = {0};

		if (answers[i] != 0)
			nt_fail(&run.kernel, PM_NT_SESSION_POOL_TAGS, answers[i]);
		else
			(void)nt_class_of(&run.kernel, PM_NT_SESSION_POOL_TAGS);
		assert_int_equal(begin(&run, PM_NT_SESSIONS, ""), PM_E_UNSUPPORTED);
		assert_non_null(strstr(run.err.message,
			answers[i] == 0 ? "no session has pools of its own"
					: "Query session pooltags Failed c00000"));
		assert_non_null(strstr(run.err.remedy, "the source 'system'"));
		end(&run);
	}
}

static void a_root_directory_is_refused(void **state)
{
	const struct pm_source_config config = {.root = "/captured"};
	struct run run = {0};

	(void)state;
	set_tags(&run.kernel, PM_NT_POOL_TAGS, plain, N_PLAIN);
	kernel_to_open = &run.kernel;
	word_to_open = 8;
	assert_int_equal(
		pm_source_open_kind(&run.source, &kinds[PM_NT_SYSTEM], "", &config, &run.err),
		PM_E_ARGUMENT);
	assert_non_null(strstr(run.err.message, "root directory"));
	nt_free(&run.kernel);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_query_doubles_its_buffer_until_it_is_large_enough),
	cmocka_unit_test(a_table_that_grows_is_caught_or_given_up),
	cmocka_unit_test(failures_are_explained),
	cmocka_unit_test(there_is_a_row_for_each_tag_and_type_that_was_ever_used),
	cmocka_unit_test(tags_may_come_and_go_and_change_places),
	cmocka_unit_test(tags_that_look_alike_are_one_row),
	cmocka_unit_test(the_wider_counters_are_read_where_there_are_any),
	cmocka_unit_test(wider_counters_of_an_unknown_form_are_left_which_is_told_once),
	cmocka_unit_test(the_second_class_is_asked_whatever_the_first_one_answers),
	cmocka_unit_test(a_kernel_without_pool_tags_is_refused_when_it_is_opened),
	cmocka_unit_test(a_table_of_an_unknown_form_is_refused_with_what_was_seen),
	cmocka_unit_test(a_kernel_short_of_memory_is_asked_again),
	cmocka_unit_test(a_table_that_outgrows_its_buffer_is_read_all_the_same),
	cmocka_unit_test(what_the_machine_is_and_its_totals_are_told),
	cmocka_unit_test(sessions_have_pools_of_their_own),
	cmocka_unit_test(one_session_can_be_asked_for),
	cmocka_unit_test(a_machine_without_session_pools_is_told),
	cmocka_unit_test(a_root_directory_is_refused),
};

RUN(tests)
