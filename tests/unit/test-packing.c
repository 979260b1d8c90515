/* SPDX-License-Identifier: MIT */
/* Compressed files as written, as read, by one thread or two, and as read when they are damaged. */
#include "unit.h"

#include "base/packer.h"
#include "base/xxh64.h"
#include "log/repair.h"
#include "log/stream.h"

#include <zlib.h>

struct made { /* a compressed file of several members, and what is in it */
	enum pm_packing packing;
	struct pm_file file;
	struct pm_buf plain, packed;
	uint64_t ends[8], plain_ends[8]; /* of the members */
	size_t n_members;
	struct {
		uint64_t at, plain;
	} flushes[256]; /* so far all can be read, and was written */
	size_t n_flushes;
};

/* The next packing that this build has; false behind the last. */
static bool next_packing(enum pm_packing *packing)
{
	do
		*packing = (enum pm_packing)(*packing + 1);
	while (*packing < PM_N_PACKINGS && !pm_packing_is_built(*packing));
	return *packing < PM_N_PACKINGS;
}

static void note_flush(struct made *made, uint64_t at)
{
	made->flushes[made->n_flushes].at = at;
	made->flushes[made->n_flushes++].plain = made->plain.n;
}

static void make(struct made *made, enum pm_packing packing, int level, size_t n_members)
{
	struct pm_packer packer;
	uint64_t seed = 5;
	size_t got;

	memset(made, 0, sizeof(*made));
	made->packing = packing;
	assert_int_equal(pm_file_temporary(&made->file, NULL), PM_OK);
	assert_int_equal(pm_packer_init(&packer, packing, level, made->file, true, 0, NULL), PM_OK);
	for (size_t i = 0; i < n_members; i++) {
		for (int line = 0; line < 50; line++) {
			const size_t from = made->plain.n;

			pm_buf_printf(&made->plain, "{\"time\":\"member %zu line %d %llx\"}\n", i,
				line, (unsigned long long)next_random(&seed));
			assert_int_equal(pm_packer_add(&packer, made->plain.at + from,
						 made->plain.n - from, line % 5 == 0, NULL),
				PM_OK);
			if (line % 5 == 0)
				note_flush(made, packer.at);
		}
		assert_int_equal(pm_packer_end_member(&packer, NULL), PM_OK);
		note_flush(made, packer.at);
		made->plain_ends[made->n_members] = made->plain.n;
		made->ends[made->n_members++] = packer.at;
	}
	pm_packer_deinit(&packer);
	assert_non_null(pm_buf_reserve(&made->packed, (size_t)packer.at + 64));
	assert_int_equal(
		pm_file_read_at(made->file, 0, made->packed.at, (size_t)packer.at, &got, NULL),
		PM_OK);
	made->packed.n = got;
	assert_int_equal(got, packer.at);
}

static void unmake(struct made *made)
{
	pm_file_discard(&made->file);
	pm_buf_deinit(&made->plain);
	pm_buf_deinit(&made->packed);
}

/* What a stream makes of packed[n]. */
static void unpack_by(const char *packed, size_t n, uint64_t from, uint64_t to, size_t step,
	bool ahead, struct pm_buf *plain, struct pm_stream *end)
{
	struct pm_file file;
	struct pm_stream stream;
	size_t got = 1;

	pm_buf_clear(plain);
	assert_int_equal(pm_file_temporary(&file, NULL), PM_OK);
	assert_int_equal(pm_file_write(file, packed, n, NULL), PM_OK);
	assert_int_equal(pm_stream_open(&stream, file, false, true, from, to, NULL), PM_OK);
	if (ahead)
		pm_stream_read_ahead(&stream);
	while (got > 0) {
		char *at = pm_buf_reserve(plain, step);

		assert_int_equal(pm_stream_read(&stream, at, step, &got, NULL), PM_OK);
		plain->n += got;
	}
	*end = stream;
	pm_stream_close(&stream);
}

/* The same with a thread that inflates ahead and without, which must come to the same. */
static void unpack(const char *packed, size_t n, uint64_t from, uint64_t to, size_t step,
	struct pm_buf *plain, struct pm_stream *end)
{
	struct pm_buf other = {0};
	struct pm_stream other_end;

	unpack_by(packed, n, from, to, step, false, plain, end);
	unpack_by(packed, n, from, to, step, true, &other, &other_end);
	assert_int_equal(plain->n, other.n);
	assert_memory_equal(plain->at, other.at, other.n);
	assert_int_equal(end->damaged, other_end.damaged);
	assert_int_equal(end->damage, other_end.damage);
	assert_int_equal(end->damage_at, other_end.damage_at);
	pm_buf_deinit(&other);
}

static void members_tell_their_sizes(void **state)
{
	struct pm_buf plain = {0};

	(void)state;
	for (enum pm_packing packing = PM_PACKING_NONE; next_packing(&packing);) {
		struct made made;
		struct pm_stream end;
		uint64_t at = 0, n_before = 0;

		make(&made, packing, 0, 3);
		for (size_t i = 0; i < made.n_members; i++) {
			const unsigned char *first = (const unsigned char *)made.packed.at + at;
			uint64_t packed_bytes, plain_bytes;

			assert_true(pm_member_size(
				packing, first, PM_MEMBER_HEADER_MAX, &packed_bytes, &plain_bytes));
			assert_true(at + packed_bytes == made.ends[i]);
			assert_true(n_before + plain_bytes == made.plain_ends[i]);
			unpack(made.packed.at, made.packed.n, at, made.ends[i], 1000, &plain, &end);
			assert_true(plain.n == plain_bytes);
			assert_false(end.damaged);
			at = made.ends[i];
			n_before += plain_bytes;
		}
		unmake(&made);
	}
	pm_buf_deinit(&plain);
}

/* Of each level, whichever library it is that compresses. */
static void any_gunzip_reads_them(void **state)
{
	(void)state;
	for (int level = 0; level <= 9; level++) {
		struct made made;
		unsigned char out[65536];
		z_stream z = {0};

		make(&made, PM_PACKING_GZIP, level, 1);
		assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
		z.next_in = (unsigned char *)made.packed.at;
		z.avail_in = (uInt)made.packed.n;
		z.next_out = out;
		z.avail_out = sizeof(out);
		assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END); /* checks the CRC too */
		assert_int_equal(z.total_out, made.plain.n);
		assert_memory_equal(out, made.plain.at, made.plain.n);
		inflateEnd(&z);
		unmake(&made);
	}
}

/* More of it than any buffer holds, of bytes that hardly shrink. */
static void large_ones_come_back(void **state)
{
	enum { BYTES = 3 << 20 };
	struct pm_buf plain = {0}, random = {0}, packed = {0};

	(void)state;
	for (uint64_t seed = 9; random.n < BYTES;) {
		const uint64_t bytes = next_random(&seed);

		pm_buf_add(&random, &bytes, bytes % 3 == 0 ? 1 : sizeof(bytes));
	}
	for (enum pm_packing packing = PM_PACKING_NONE; next_packing(&packing);) {
		for (int level = 0; level <= 9; level += 3) {
			struct pm_packer packer;
			struct pm_stream end;
			struct pm_file file;
			size_t got;

			assert_int_equal(pm_file_temporary(&file, NULL), PM_OK);
			assert_int_equal(
				pm_packer_init(&packer, packing, level, file, true, 0, NULL),
				PM_OK);
			assert_int_equal(
				pm_packer_add(&packer, random.at, random.n, false, NULL), PM_OK);
			assert_int_equal(pm_packer_end_member(&packer, NULL), PM_OK);
			pm_buf_clear(&packed);
			assert_non_null(pm_buf_reserve(&packed, (size_t)packer.at));
			assert_int_equal(
				pm_file_read_at(file, 0, packed.at, (size_t)packer.at, &got, NULL),
				PM_OK);
			assert_int_equal(got, packer.at);
			unpack(packed.at, got, 0, PM_STREAM_ALL, 100000, &plain, &end);
			assert_false(end.damaged);
			assert_int_equal(plain.n, random.n);
			assert_memory_equal(plain.at, random.at, plain.n);
			pm_packer_deinit(&packer);
			pm_file_discard(&file);
		}
	}
	pm_buf_deinit(&plain);
	pm_buf_deinit(&random);
	pm_buf_deinit(&packed);
}

static void streams_give_the_same_in_steps_of_any_size(void **state)
{
	static const size_t steps[] = {1, 7, 4096, 1 << 20};
	struct pm_buf plain = {0};
	struct pm_stream end;

	(void)state;
	for (enum pm_packing packing = PM_PACKING_NONE; next_packing(&packing);) {
		struct made made;

		make(&made, packing, 0, 4);
		for (size_t i = 0; i < N_OF(steps); i++) {
			unpack(made.packed.at, made.packed.n, 0, PM_STREAM_ALL, steps[i], &plain,
				&end);
			assert_true(plain.n == made.plain.n && !end.damaged);
			assert_memory_equal(plain.at, made.plain.at, plain.n);
		}
		unmake(&made);
	}
	pm_buf_deinit(&plain);
}

/* One that is not read to its end stops its thread. */
static void streams_can_be_left_early(void **state)
{
	struct made made;
	struct pm_file file;
	struct pm_stream stream;
	char some[100];
	size_t got;

	(void)state;
	make(&made, PM_PACKING_GZIP, 0, 4);
	for (int reads = 0; reads < 3; reads++) {
		assert_int_equal(pm_file_temporary(&file, NULL), PM_OK);
		for (int i = 0; i < 300; i++)
			assert_int_equal(
				pm_file_write(file, made.packed.at, made.packed.n, NULL), PM_OK);
		assert_int_equal(
			pm_stream_open(&stream, file, false, true, 0, PM_STREAM_ALL, NULL), PM_OK);
		pm_stream_read_ahead(&stream);
		for (int i = 0; i < reads; i++) {
			assert_int_equal(
				pm_stream_read(&stream, some, sizeof(some), &got, NULL), PM_OK);
			assert_int_equal(got, sizeof(some) - (i == 0 ? 98 : 0));
		}
		pm_stream_close(&stream);
	}
	unmake(&made);
}

/* Wherever the file is cut off, what comes out is a beginning of what went in; cut within a member,
 * that is told; of a flushed member all comes out that was flushed. */
static void cut_off_files_give_what_they_hold(void **state)
{
	struct pm_buf plain = {0};
	struct pm_stream end;

	(void)state;
	for (enum pm_packing packing = PM_PACKING_NONE; next_packing(&packing);) {
		const enum pm_reject_kind truncated = packing == PM_PACKING_GZIP
			? PM_REJECT_GZIP_TRUNCATED
			: PM_REJECT_ZSTD_TRUNCATED;
		struct made made;

		make(&made, packing, 0, 2);
		for (size_t n = 4; n <= made.packed.n;
			n += n < 40 || n + 40 > made.packed.n ? 1 : 13) {
			/* Behind what zstd skips a file may end too. */
			const bool skipped =
				packing == PM_PACKING_ZSTD && (n == 20 || n == made.ends[0] + 20);
			const bool whole = n == made.ends[0] || n == made.ends[1] || skipped;

			unpack(made.packed.at, n, 0, PM_STREAM_ALL, 500, &plain, &end);
			assert_true(plain.n <= made.plain.n);
			assert_memory_equal(plain.at, made.plain.at, plain.n);
			assert_true(end.damaged != whole);
			if (!whole)
				assert_int_equal(end.damage, truncated);
			if (n > made.ends[0])
				assert_true(plain.n >= made.plain_ends[0]);
		}
		unmake(&made);
	}
	pm_buf_deinit(&plain);
}

static void damage_and_what_follows_is_told(void **state)
{
	struct pm_buf plain = {0};
	struct pm_stream end;

	(void)state;
	for (enum pm_packing packing = PM_PACKING_NONE; next_packing(&packing);) {
		const bool gzip = packing == PM_PACKING_GZIP;
		struct made made;
		const size_t n = (make(&made, packing, 0, 2), made.packed.n);

		memset(made.packed.at + n, 0, 40); /* padding */
		unpack(made.packed.at, n + 40, 0, PM_STREAM_ALL, 500, &plain, &end);
		assert_true(end.damaged != gzip);

		memcpy(made.packed.at + n, "hello", 5);
		unpack(made.packed.at, n + 5, 0, PM_STREAM_ALL, 500, &plain, &end);
		assert_true(end.damaged && end.damage_at == n);
		assert_int_equal(
			end.damage, gzip ? PM_REJECT_GZIP_GARBAGE : PM_REJECT_ZSTD_GARBAGE);
		assert_true(plain.n == made.plain.n);

		for (size_t i = made.ends[0] + 30; i < n;
			i += 11) { /* any flipped byte in the second member */
			made.packed.at[i] ^= 0x55;
			unpack(made.packed.at, n, 0, PM_STREAM_ALL, 500, &plain, &end);
			assert_true(end.damaged);
			assert_memory_equal(plain.at, made.plain.at,
				(size_t)made.plain_ends[0]); /* the first is whole */
			made.packed.at[i] ^= 0x55;
		}
		unmake(&made);
	}
	pm_buf_deinit(&plain);
}

/* A frame may not ask for as much memory as it likes. */
static void windows_have_a_limit(void **state)
{
	static const char giant[] = "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00"; /* 2 GiB */
	static const char large[] = "\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00"; /* 128 MiB */
	struct pm_buf plain = {0};
	struct pm_stream end;

	(void)state;
	if (pm_packing_is_built(PM_PACKING_ZSTD)) {
		unpack(giant, sizeof(giant) - 1, 0, PM_STREAM_ALL, 500, &plain, &end);
		assert_true(end.damaged);
		assert_int_equal(end.damage, PM_REJECT_ZSTD_WINDOW);
		unpack(large, sizeof(large) - 1, 0, PM_STREAM_ALL, 500, &plain, &end);
		assert_false(end.damaged);
	}
	pm_buf_deinit(&plain);
}

/* ---- repair ---- */

/* Repairs packed[n] with tail[n_tail] behind it; what it holds then must be whole lines, all of
 * those that were flushed. */
static void repair(const struct made *made, size_t n, const char *tail, size_t n_tail)
{
	const size_t header = made->packing == PM_PACKING_GZIP ? 24 : 20;
	struct pm_buf before = {0}, after = {0}, packed = {0};
	struct pm_repair repair;
	struct pm_stream end;
	struct pm_file file;
	size_t got;

	pm_buf_add(&packed, made->packed.at, n);
	pm_buf_add(&packed, tail, n_tail);
	if (n >= made->ends[0] + header && n < made->packed.n) /* it tells sizes once it is ended */
		memset(packed.at + made->ends[0] + header - 8, 0, 8);
	unpack(packed.at, n, 0, PM_STREAM_ALL, 5000, &before, &end);
	assert_int_equal(pm_file_temporary(&file, NULL), PM_OK);
	assert_int_equal(pm_file_write(file, packed.at, packed.n, NULL), PM_OK);
	assert_int_equal(pm_repair_log(file, "x", pm_codecs[PM_FORMAT_NDJSON],
				 (struct pm_span){"", 0}, made->packing, &repair, NULL),
		PM_OK);
	assert_non_null(pm_buf_reserve(&packed, (size_t)repair.size + 1));
	assert_int_equal(
		pm_file_read_at(file, 0, packed.at, (size_t)repair.size + 1, &got, NULL), PM_OK);
	assert_int_equal(got, repair.size);
	if (got > 0) {
		unpack(packed.at, got, 0, PM_STREAM_ALL, 5000, &after, &end);
		assert_false(end.damaged); /* sums are right too */
	}
	for (size_t i = 0; i < made->n_flushes && made->flushes[i].at <= n; i++)
		assert_true(after.n >= made->flushes[i].plain);
	assert_true(after.n == 0 || after.at[after.n - 1] == '\n');
	assert_true(after.n <= before.n);
	assert_memory_equal(after.at, made->plain.at, after.n);
	pm_file_discard(&file);
	pm_buf_deinit(&before);
	pm_buf_deinit(&after);
	pm_buf_deinit(&packed);
}

static void what_a_crash_left_open_is_ended(void **state)
{
	static const char zeros[4096];

	(void)state;
	for (enum pm_packing packing = PM_PACKING_NONE; next_packing(&packing);) {
		for (int level = 0; level <= 6; level += 3) {
			struct made made;

			make(&made, packing, level, 2);
			for (size_t n = made.ends[0]; n <= made.packed.n; n += 7) {
				repair(&made, n, "", 0);
				if (n == made.ends[0] || n > made.ends[0] + PM_MEMBER_HEADER_MAX)
					repair(&made, n, zeros, n % sizeof(zeros));
			}
			unmake(&made);
		}
	}
}

static void checksums_are_those_of_zstd(void **state)
{
	static const struct {
		const char *text;
		uint64_t sum;
	} known[] = {
		{"", UINT64_C(0xef46db3751d8e999)},
		{"a", UINT64_C(0xd24ec4f1a98c6e5b)},
		{"abc", UINT64_C(0x44bc2cf5ad770999)},
		{"Nobody inspects the spammish repetition", UINT64_C(0xfbcea83c8a378bf1)},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(known); i++) {
		const size_t n = strlen(known[i].text);

		for (size_t step = 1; step <= n + 1; step++) {
			struct pm_xxh64 hash;

			pm_xxh64_init(&hash);
			for (size_t at = 0; at < n; at += step)
				pm_xxh64_add(
					&hash, known[i].text + at, n - at < step ? n - at : step);
			assert_true(pm_xxh64_value(&hash) == known[i].sum);
		}
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(members_tell_their_sizes),
	cmocka_unit_test(any_gunzip_reads_them),
	cmocka_unit_test(large_ones_come_back),
	cmocka_unit_test(streams_give_the_same_in_steps_of_any_size),
	cmocka_unit_test(streams_can_be_left_early),
	cmocka_unit_test(cut_off_files_give_what_they_hold),
	cmocka_unit_test(damage_and_what_follows_is_told),
	cmocka_unit_test(windows_have_a_limit),
	cmocka_unit_test(what_a_crash_left_open_is_ended),
	cmocka_unit_test(checksums_are_those_of_zstd),
};

RUN(tests)
