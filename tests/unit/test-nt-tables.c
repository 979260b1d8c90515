/* SPDX-License-Identifier: MIT */
/* Tables of pool tags as the NT kernel tells them: every form, and what is none. */
#include "unit.h"

#include "nt.h"
#include "source/nt/totals.h"

/* Numbers of which no two are alike, of a size that each form has room for. */
static const struct nt_tag plain[] = {
	{"Proc", {11, 1, 640}, {4000000000, 3999999000, 65536}},
	{"Io  ", {0, 0, 0}, {7, 7, 0}},
	{"Ntfx", {20, 3, 17 * 48}, {0, 0, 0}},
	{"Ovfl", {9, 4, 80}, {6, 2, 64}},
};
enum { N_PLAIN = N_OF(plain) };

static const struct {
	enum nt_form form;
	uint32_t info_class;
	unsigned word_bytes;
	unsigned bits;
} forms[] = {
	{NT_64, PM_NT_POOL_TAGS, 8, 32},
	{NT_32, PM_NT_POOL_TAGS, 4, 32},
	{NT_64_WIDER, PM_NT_POOL_TAGS_2, 8, 64},
	{NT_32, PM_NT_POOL_TAGS_2, 4, 32},
	/* not what the process should be shown */
	{NT_64, PM_NT_POOL_TAGS, 4, 32},
	{NT_32, PM_NT_POOL_TAGS, 8, 32},
	{NT_64_WIDER, PM_NT_POOL_TAGS_2, 4, 64},
	{NT_64, PM_NT_POOL_TAGS_2, 8, 32},
	{NT_64_WIDER, PM_NT_POOL_TAGS, 8, 64},
};

/* An answer whose bytes end where memory does. */
struct held {
	unsigned char *memory;
	struct pm_nt_answer answer;
};

static struct held hold(uint32_t info_class, unsigned word_bytes, const void *bytes, size_t n,
	size_t size, size_t told)
{
	struct held held = {.memory = calloc(1, size + (size == 0))};

	assert_non_null(held.memory);
	memcpy(held.memory, bytes, n < size ? n : size);
	held.answer = (struct pm_nt_answer){info_class, held.memory, size, told, word_bytes};
	return held;
}

static void assert_counts(
	const struct pm_nt_counts *got, const struct nt_counts *wanted, unsigned bits)
{
	assert_true(got->allocs == wanted->allocs);
	assert_true(got->frees == wanted->frees);
	assert_true(got->bytes == wanted->bytes);
	assert_int_equal(got->bits, bits);
}

static void assert_plain(const struct pm_nt_table *table, unsigned bits)
{
	assert_int_equal(table->n, N_PLAIN);
	for (uint32_t i = 0; i < table->n; i++) {
		struct pm_nt_tag tag;

		pm_nt_table_at(table, i, &tag);
		assert_memory_equal(tag.tag, plain[i].tag, 4);
		assert_counts(&tag.paged, &plain[i].paged, bits);
		assert_counts(&tag.nonpaged, &plain[i].nonpaged, bits);
	}
}

static void tables_of_every_form_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(forms); i++) {
		struct pm_buf bytes = {0};
		struct pm_nt_table table;
		struct held held;

		nt_put_table(&bytes, forms[i].form, plain, N_PLAIN);
		held = hold(forms[i].info_class, forms[i].word_bytes, bytes.at, bytes.n, bytes.n,
			bytes.n);
		assert_true(pm_nt_table_open(&table, &held.answer));
		assert_plain(&table, forms[i].bits);
		free(held.memory);
		pm_buf_deinit(&bytes);
	}
}

static void what_the_kernel_says_of_the_size_need_not_be_true(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(forms); i++) {
		struct pm_buf bytes = {0};

		nt_put_table(&bytes, forms[i].form, plain, N_PLAIN);
		for (size_t told = 0; told < bytes.n + 200; told++) {
			struct held held = hold(forms[i].info_class, forms[i].word_bytes, bytes.at,
				bytes.n, 4096, told % 7 == 0 ? UINT32_MAX : told);
			struct pm_nt_table table;

			assert_true(pm_nt_table_open(&table, &held.answer));
			assert_plain(&table, forms[i].bits);
			free(held.memory);
		}
		pm_buf_deinit(&bytes);
	}
}

static void tables_that_are_cut_off_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(forms); i++) {
		struct pm_buf bytes = {0};
		/* by chance as long as a whole table of the form that should be */
		const size_t like_another = i < 4                ? 0
			: forms[i].word_bytes == 4               ? 4 + N_PLAIN * 0x1C
			: forms[i].info_class == PM_NT_POOL_TAGS ? 8 + N_PLAIN * 0x28
								 : 8 + N_PLAIN * 0x38;
		size_t last;

		nt_put_table(&bytes, forms[i].form, plain, N_PLAIN);
		last = bytes.n -
			(forms[i].form == NT_32                  ? 0x1C
					: forms[i].form == NT_64 ? 0x28
								 : 0x38);
		for (size_t n = 0; n < bytes.n; n++) {
			struct held held = hold(
				forms[i].info_class, forms[i].word_bytes, bytes.at, n, n, bytes.n);
			struct pm_nt_table table;

			assert_false(pm_nt_table_open(&table, &held.answer));
			free(held.memory);
			/* and with room behind it, as long as its last entry was not begun */
			held = hold(forms[i].info_class, forms[i].word_bytes, bytes.at, n, 4096, n);
			if (n > 0 && n <= last && n != like_another &&
				pm_nt_table_open(&table, &held.answer))
				fail_msg("form %zu, %zu bytes of %zu", i, n, bytes.n);
			free(held.memory);
		}
		pm_buf_deinit(&bytes);
	}
}

static void counts_that_are_too_large_are_refused(void **state)
{
	static const uint32_t counts[] = {N_PLAIN + 1, 5, 100, 146, 0x10000, 0x6666666, 0x06666667,
		0x7FFFFFFF, 0x80000000, 0x92492492, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < N_OF(forms); i++) {
		for (size_t c = 0; c < N_OF(counts); c++) {
			struct pm_buf bytes = {0};
			struct pm_nt_table table;
			struct held held;

			nt_put_table(&bytes, forms[i].form, plain, N_PLAIN);
			for (int b = 0; b < 4; b++)
				bytes.at[b] = (char)(counts[c] >> (8 * b) & 0xff);
			held = hold(forms[i].info_class, forms[i].word_bytes, bytes.at, bytes.n,
				4096, bytes.n);
			assert_false(pm_nt_table_open(&table, &held.answer));
			free(held.memory);
			pm_buf_deinit(&bytes);
		}
	}
}

static void tables_may_be_empty_or_huge(void **state)
{
	enum { HUGE_COUNT = 300000 };
	struct nt_tag *tags = calloc(HUGE_COUNT, sizeof(*tags));
	char *names = malloc(4 * HUGE_COUNT + 1);

	(void)state;
	assert_true(tags != NULL && names != NULL);
	for (size_t i = 0; i < HUGE_COUNT; i++) {
		snprintf(names + 4 * i, 5, "%04X", (unsigned)(i & 0xffff));
		tags[i] = (struct nt_tag){names + 4 * i, {i, 0, 8 * i}, {2 * i, i, 16 * i}};
	}
	for (size_t i = 0; i < N_OF(forms); i++) {
		for (uint32_t n = 0; n <= HUGE_COUNT; n += HUGE_COUNT) {
			struct pm_buf bytes = {0};
			struct pm_nt_table table;
			struct pm_nt_tag tag;
			struct held held;

			nt_put_table(&bytes, forms[i].form, tags, n);
			held = hold(forms[i].info_class, forms[i].word_bytes, bytes.at, bytes.n,
				bytes.n, bytes.n);
			assert_true(pm_nt_table_open(&table, &held.answer));
			assert_int_equal(table.n, n);
			if (n > 0) {
				pm_nt_table_at(&table, n - 1, &tag);
				assert_memory_equal(tag.tag, tags[n - 1].tag, 4);
				assert_counts(&tag.nonpaged, &tags[n - 1].nonpaged, forms[i].bits);
			}
			free(held.memory);
			pm_buf_deinit(&bytes);
		}
	}
	free(names);
	free(tags);
}

static void amounts_beyond_32_bits_are_read_where_there_is_room(void **state)
{
	static const struct nt_tag large = {"Big1",
		{UINT64_C(0x123456789A), UINT64_C(0x0123456789), UINT64_C(0x7FEDCBA987654321)},
		{UINT64_C(0xFEDCBA9876543210), UINT64_C(0xFEDCBA9876540000),
			UINT64_C(0x1122334455667788)}};
	struct pm_nt_table table;
	struct pm_nt_tag tag;

	(void)state;
	for (int wider = 0; wider < 2; wider++) {
		struct pm_buf bytes = {0};
		struct held held;

		nt_put_table(&bytes, wider ? NT_64_WIDER : NT_64, &large, 1);
		held = hold(wider ? PM_NT_POOL_TAGS_2 : PM_NT_POOL_TAGS, 8, bytes.at, bytes.n,
			bytes.n, bytes.n);
		assert_true(pm_nt_table_open(&table, &held.answer));
		pm_nt_table_at(&table, 0, &tag);
		assert_true(tag.paged.bytes == large.paged.bytes);
		assert_true(tag.nonpaged.bytes == large.nonpaged.bytes);
		assert_true(tag.paged.allocs == (wider ? large.paged.allocs : 0x3456789A));
		assert_true(tag.nonpaged.frees == (wider ? large.nonpaged.frees : 0x76540000));
		free(held.memory);
		pm_buf_deinit(&bytes);
	}
}

static void tags_are_four_bytes_without_the_bit_that_marks_them(void **state)
{
	static const struct {
		const char *stored, *shown;
	} cases[] = {
		{"Io  ", "Io  "},
		{"Fil\xE5", "File"}, /* ObjectType tags are protected: bit 31 */
		{"\x01\xFF\x80\x7F", "\x01\xFF\x80\x7F"},
		{"\x01\xFF\x80\xFF", "\x01\xFF\x80\x7F"},
		{"A\0\0\0", "A\0\0\0"},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct nt_tag one = {cases[i].stored, {1, 0, 16}, {0, 0, 0}};
		struct pm_buf bytes = {0};
		struct pm_nt_table table;
		struct pm_nt_tag tag;
		struct held held;

		nt_put_table(&bytes, NT_64, &one, 1);
		held = hold(PM_NT_POOL_TAGS, 8, bytes.at, bytes.n, bytes.n, bytes.n);
		assert_true(pm_nt_table_open(&table, &held.answer));
		pm_nt_table_at(&table, 0, &tag);
		assert_memory_equal(tag.tag, cases[i].shown, 4);
		free(held.memory);
		pm_buf_deinit(&bytes);
	}
}

static void outstanding_allocations_are_a_difference_modulo_the_counter(void **state)
{
	static const struct {
		struct pm_nt_counts counts;
		uint64_t outstanding;
	} cases[] = {
		{{0, 0, 0, 32}, 0},
		{{10, 3, 112, 32}, 7},
		{{3, 0xFFFFFFFF, 64, 32}, 4},   /* allocs have run over, frees have not */
		{{0, 0xFFFFFFF0, 256, 32}, 16}, /* to 0 exactly */
		{{10, 11, 0, 32}, 0},           /* a free was counted before its allocation */
		{{10, 11, 4096, 32}, 0},        /* others are outstanding in truth */
		{{0x90000000, 0, UINT64_C(0x9000000000), 32}, 0x90000000}, /* more than 2^31 */
		{{10, 11, 0, 64}, 0},
		{{3, 0xFFFFFFFF, 64, 64}, 0}, /* 64-bit counters do not run over there */
		{{UINT64_C(5000000007), 7, UINT64_C(80000000000), 64}, UINT64_C(5000000000)},
		{{3, UINT64_MAX, 64, 64}, 4},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		if (pm_nt_counts_outstanding(&cases[i].counts) != cases[i].outstanding)
			fail_msg("case %zu", i);
	}
	assert_false(pm_nt_counts_used(&cases[0].counts));
	assert_true(pm_nt_counts_used(&cases[3].counts)); /* a counter that is 0 again */
}

static void random_bytes_are_refused_or_lie_within(void **state)
{
	uint64_t seed = 88172645463325252U;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		unsigned char bytes[300];
		const size_t n = next_random(&seed) % sizeof(bytes);
		const unsigned word = next_random(&seed) % 2 == 0 ? 4 : 8;
		struct pm_nt_sessions sessions;
		struct pm_nt_table table;
		struct pm_nt_tag tag;
		struct held held;
		uint32_t session;

		for (size_t i = 0; i < n; i++)
			bytes[i] =
				next_random(&seed) % 3 == 0 ? (unsigned char)next_random(&seed) : 0;
		if (n > 16 && round % 2 == 0)
			bytes[word == 4 ? 8 : 12] = bytes[0] =
				(unsigned char)(next_random(&seed) % 8);
		held = hold(round % 3 == 0 ? PM_NT_POOL_TAGS_2 : PM_NT_POOL_TAGS, word, bytes, n, n,
			next_random(&seed) % 400);
		if (pm_nt_table_open(&table, &held.answer)) {
			for (uint32_t i = 0; i < table.n; i++)
				pm_nt_table_at(&table, i, &tag);
			assert_true(table.n == 0 || table.n * 0x1C < n);
		}
		if (pm_nt_sessions_open(&sessions, &held.answer)) {
			size_t links = 0;

			while (pm_nt_sessions_next(&sessions, &session, &table)) {
				for (uint32_t i = 0; i < table.n; i++)
					pm_nt_table_at(&table, i, &tag);
				links++;
			}
			assert_true(links <= n / 12);
		}
		free(held.memory);
	}
}

/* ---- sessions ---- */

static const struct nt_session three[] = {
	{0, plain, N_PLAIN},
	{1, NULL, 0},
	{4000000000, plain, 3},
};

static void assert_sessions(
	const struct pm_nt_answer *answer, const struct nt_session *wanted, size_t n)
{
	struct pm_nt_sessions sessions;
	struct pm_nt_table table;
	uint32_t session;

	assert_true(pm_nt_sessions_open(&sessions, answer));
	for (size_t i = 0; i < n; i++) {
		assert_true(pm_nt_sessions_next(&sessions, &session, &table));
		assert_true(session == wanted[i].id);
		assert_int_equal(table.n, wanted[i].n);
		for (uint32_t t = 0; t < table.n; t++) {
			struct pm_nt_tag tag;

			pm_nt_table_at(&table, t, &tag);
			assert_memory_equal(tag.tag, wanted[i].tags[t].tag, 4);
			assert_counts(&tag.paged, &wanted[i].tags[t].paged, 32);
			assert_counts(&tag.nonpaged, &wanted[i].tags[t].nonpaged, 32);
		}
	}
	assert_false(pm_nt_sessions_next(&sessions, &session, &table));
}

static void sessions_of_every_form_are_read(void **state)
{
	(void)state;
	for (int form = NT_32; form <= NT_64; form++) {
		for (int count_first = 0; count_first < 2; count_first++) {
			for (unsigned word = 4; word <= 8; word += 4) {
				struct pm_buf bytes = {0};
				struct held held;

				nt_put_sessions(&bytes, (enum nt_form)form, count_first, three,
					N_OF(three));
				held = hold(PM_NT_SESSION_POOL_TAGS, word, bytes.at, bytes.n,
					bytes.n, bytes.n);
				assert_sessions(&held.answer, three, N_OF(three));
				free(held.memory);
				pm_buf_deinit(&bytes);
			}
		}
	}
}

/* Both orders of number and count make sense, but one of them fills the table. */
static void the_order_of_number_and_count_is_told_by_what_fits(void **state)
{
	static const struct nt_session some[] = {{1, plain, 3}, {3, plain, 1}, {2, plain, 4}};

	(void)state;
	for (int count_first = 0; count_first < 2; count_first++) {
		for (size_t n = 1; n <= N_OF(some); n++) {
			struct pm_buf bytes = {0};
			struct held held;

			nt_put_sessions(&bytes, NT_64, count_first, some, n);
			held = hold(PM_NT_SESSION_POOL_TAGS, 8, bytes.at, bytes.n, 4096, bytes.n);
			assert_sessions(&held.answer, some, n);
			free(held.memory);
			pm_buf_deinit(&bytes);
		}
	}
}

static void sessions_are_read_though_the_kernel_lies_of_the_size(void **state)
{
	static const size_t lies[] = {0, 1, 8, 100, 4095, 4097, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < N_OF(lies); i++) {
		static const struct nt_session some[] = {{7, plain, 4}, {9, plain, 4}};
		struct pm_buf bytes = {0};
		struct held held;

		nt_put_sessions(&bytes, NT_64, false, some, 2);
		held = hold(PM_NT_SESSION_POOL_TAGS, 8, bytes.at, bytes.n, 4096, lies[i]);
		assert_sessions(&held.answer, some, 2);
		free(held.memory);
		pm_buf_deinit(&bytes);
	}
}

static void there_may_be_no_session(void **state)
{
	static const unsigned char zeros[4096];

	(void)state;
	for (unsigned word = 4; word <= 8; word += 4) {
		for (size_t size = 0; size <= sizeof(zeros); size = 3 * size + 4) {
			struct held held =
				hold(PM_NT_SESSION_POOL_TAGS, word, zeros, size, size, 0);

			assert_sessions(&held.answer, NULL, 0);
			free(held.memory);
		}
	}
}

static void chains_that_lead_nowhere_are_refused(void **state)
{
	struct pm_buf bytes = {0};
	struct pm_nt_sessions sessions;

	(void)state;
	nt_put_sessions(&bytes, NT_64, false, three, N_OF(three));
	/* the first offset: into its own table, to itself and back (as a signed number), beyond */
	for (uint64_t next = 1; next != 0; next = next < 4200 ? next + 1 : next * 2 + 1) {
		struct held held;

		if (next == 16 + N_PLAIN * 0x28)
			continue;
		for (int b = 0; b < 8; b++)
			bytes.at[b] = (char)(next >> (8 * b) & 0xff);
		held = hold(PM_NT_SESSION_POOL_TAGS, 8, bytes.at, bytes.n, bytes.n, bytes.n);
		if (pm_nt_sessions_open(&sessions, &held.answer))
			fail_msg("offset %llu", (unsigned long long)next);
		free(held.memory);
		if (next == UINT64_MAX)
			break;
	}
	pm_buf_deinit(&bytes);
}

static void chains_that_are_cut_off_are_refused(void **state)
{
	(void)state;
	for (int form = NT_32; form <= NT_64; form++) {
		struct pm_buf bytes = {0};

		nt_put_sessions(&bytes, (enum nt_form)form, false, three, N_OF(three));
		for (size_t n = 1; n < bytes.n; n++) {
			struct held held = hold(PM_NT_SESSION_POOL_TAGS, form == NT_32 ? 4 : 8,
				bytes.at, n, n, bytes.n);
			struct pm_nt_sessions sessions;

			if (pm_nt_sessions_open(&sessions, &held.answer))
				fail_msg("form %d, %zu bytes of %zu", form, n, bytes.n);
			free(held.memory);
		}
		pm_buf_deinit(&bytes);
	}
}

/* ---- totals ---- */

static struct pm_nt_answer answer_of(struct nt_kernel *kernel, uint32_t info_class, size_t n)
{
	const struct pm_buf *table = &nt_class_of(kernel, info_class)->table;

	return (struct pm_nt_answer){
		info_class, (const unsigned char *)table->at, n < table->n ? n : table->n, n, 8};
}

static uint64_t total(const struct pm_nt_total *totals, size_t n, const char *tag)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(totals[i].tag, tag) == 0)
			return totals[i].value;
	}
	return UINT64_MAX;
}

static void totals_are_read_as_far_as_they_were_written(void **state)
{
	struct pm_nt_total totals[PM_NT_TOTALS];
	struct pm_nt_machine machine;
	struct nt_kernel kernel = {0};
	struct pm_nt_answer answer;
	size_t n;

	(void)state;
	nt_put_machine(&kernel, 8, UINT64_C(0x01DC5F0012345678));
	answer = answer_of(&kernel, PM_NT_BASIC, 0x40);
	assert_true(pm_nt_machine_read(&machine, &answer));
	assert_true(machine.page_bytes == 4096 && machine.total_bytes == UINT64_C(65155) * 4096);
	answer = answer_of(&kernel, PM_NT_BASIC, 0x0F);
	assert_false(pm_nt_machine_read(&machine, &answer));
	assert_true(machine.page_bytes == 0 && machine.total_bytes == 0);

	answer = answer_of(&kernel, PM_NT_TIME_OF_DAY, 0x20);
	assert_true(pm_nt_boot_time(&answer) == UINT64_C(0x01DC5F0012345678));
	answer = answer_of(&kernel, PM_NT_TIME_OF_DAY, 7);
	assert_true(pm_nt_boot_time(&answer) == 0);

	answer = answer_of(&kernel, PM_NT_PERFORMANCE, 0x158);
	n = pm_nt_totals_read(totals, &answer, 4096);
	assert_int_equal(n, PM_NT_TOTALS);
	assert_true(total(totals, n, "Avail") == UINT64_C(96364) * 1024); /* as PoolMon has them */
	assert_true(total(totals, n, "Commit") == UINT64_C(203500) * 1024);
	assert_true(total(totals, n, "Limit") == UINT64_C(640916) * 1024);
	assert_true(total(totals, n, "Peak") == UINT64_C(260632) * 1024);
	assert_true(total(totals, n, "PoolN") == 8332 * 1024);
	assert_true(total(totals, n, "PoolP") == 27220 * 1024);
	assert_true(total(totals, n, "KrnlN") == 1916 * 1024);
	assert_true(total(totals, n, "KrnlP") == 17856 * 1024);
	assert_true(total(totals, n, "PageFlts") == 4000000000);
	assert_int_equal(pm_nt_totals_read(totals, &answer, 0), 1);
	for (size_t size = 0; size < 0x158; size++) {
		answer = answer_of(&kernel, PM_NT_PERFORMANCE, size);
		n = pm_nt_totals_read(totals, &answer, 4096);
		assert_true((total(totals, n, "Avail") != UINT64_MAX) == (size >= 0x30));
		assert_true((total(totals, n, "KrnlN") != UINT64_MAX) == (size >= 0xB0));
	}
	nt_free(&kernel);
}

static void pages_of_no_processor_are_refused(void **state)
{
	static const uint32_t sizes[] = {0, 1, 512, 4095, 5000, 131072, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < N_OF(sizes); i++) {
		struct pm_nt_machine machine;
		struct pm_buf bytes = {0};
		struct pm_nt_answer answer;

		nt_put(&bytes, 0, 8);
		nt_put(&bytes, sizes[i], 4);
		nt_put(&bytes, 1000, 4);
		answer = (struct pm_nt_answer){
			PM_NT_BASIC, (const unsigned char *)bytes.at, bytes.n, bytes.n, 8};
		assert_false(pm_nt_machine_read(&machine, &answer));
		pm_buf_deinit(&bytes);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(tables_of_every_form_are_read),
	cmocka_unit_test(what_the_kernel_says_of_the_size_need_not_be_true),
	cmocka_unit_test(tables_that_are_cut_off_are_refused),
	cmocka_unit_test(counts_that_are_too_large_are_refused),
	cmocka_unit_test(tables_may_be_empty_or_huge),
	cmocka_unit_test(amounts_beyond_32_bits_are_read_where_there_is_room),
	cmocka_unit_test(tags_are_four_bytes_without_the_bit_that_marks_them),
	cmocka_unit_test(outstanding_allocations_are_a_difference_modulo_the_counter),
	cmocka_unit_test(random_bytes_are_refused_or_lie_within),
	cmocka_unit_test(sessions_of_every_form_are_read),
	cmocka_unit_test(the_order_of_number_and_count_is_told_by_what_fits),
	cmocka_unit_test(sessions_are_read_though_the_kernel_lies_of_the_size),
	cmocka_unit_test(there_may_be_no_session),
	cmocka_unit_test(chains_that_lead_nowhere_are_refused),
	cmocka_unit_test(chains_that_are_cut_off_are_refused),
	cmocka_unit_test(totals_are_read_as_far_as_they_were_written),
	cmocka_unit_test(pages_of_no_processor_are_refused),
};

RUN(tests)
