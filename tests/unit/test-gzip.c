/* SPDX-License-Identifier: MIT */
/* Gzip files as written, as read, and as read when they are damaged. */
#include "unit.h"

#include "base/gzip.h"
#include "log/stream.h"

struct made { /* a gzip file of several members, and what is in it */
	struct pm_file file;
	struct pm_buf plain, packed;
	uint64_t ends[8]; /* of the members */
	size_t n_members;
};

static void make(struct made *made, size_t n_members)
{
	struct pm_gzip_writer writer;
	uint64_t seed = 5;
	size_t got;

	memset(made, 0, sizeof(*made));
	assert_int_equal(pm_file_temporary(&made->file, NULL), PM_OK);
	assert_int_equal(pm_gzip_writer_init(&writer, made->file, true, 0, 6, NULL), PM_OK);
	for (size_t i = 0; i < n_members; i++) {
		for (int line = 0; line < 50; line++) {
			const size_t from = made->plain.n;

			pm_buf_printf(&made->plain, "member %zu line %d %llx\n", i, line,
				(unsigned long long)next_random(&seed));
			assert_int_equal(pm_gzip_writer_add(&writer, made->plain.at + from,
						 made->plain.n - from, line % 10 == 0, NULL),
				PM_OK);
		}
		assert_int_equal(pm_gzip_writer_end_member(&writer, NULL), PM_OK);
		made->ends[made->n_members++] = writer.at;
	}
	pm_gzip_writer_deinit(&writer);
	assert_non_null(pm_buf_reserve(&made->packed, (size_t)writer.at + 64));
	assert_int_equal(
		pm_file_read_at(made->file, 0, made->packed.at, (size_t)writer.at, &got, NULL),
		PM_OK);
	made->packed.n = got;
	assert_int_equal(got, writer.at);
}

static void unmake(struct made *made)
{
	pm_file_discard(&made->file);
	pm_buf_deinit(&made->plain);
	pm_buf_deinit(&made->packed);
}

/* What a stream makes of packed[n]. */
static void unpack(const char *packed, size_t n, uint64_t from, uint64_t to, size_t step,
	struct pm_buf *plain, struct pm_stream *end)
{
	struct pm_file file;
	struct pm_stream stream;
	size_t got = 1;

	pm_buf_clear(plain);
	assert_int_equal(pm_file_temporary(&file, NULL), PM_OK);
	assert_int_equal(pm_file_write(file, packed, n, NULL), PM_OK);
	assert_int_equal(pm_stream_open(&stream, file, false, true, from, to, NULL), PM_OK);
	while (got > 0) {
		char *at = pm_buf_reserve(plain, step);

		assert_int_equal(pm_stream_read(&stream, at, step, &got, NULL), PM_OK);
		plain->n += got;
	}
	*end = stream;
	pm_stream_close(&stream);
}

static void members_tell_their_sizes(void **state)
{
	struct made made;
	struct pm_buf plain = {0};
	struct pm_stream end;
	uint64_t at = 0;

	(void)state;
	make(&made, 3);
	for (size_t i = 0; i < made.n_members; i++) {
		uint64_t packed_bytes, plain_bytes;

		assert_true(pm_gzip_member_size(
			(const unsigned char *)made.packed.at + at, &packed_bytes, &plain_bytes));
		assert_true(at + packed_bytes == made.ends[i]);
		unpack(made.packed.at, made.packed.n, at, made.ends[i], 1000, &plain, &end);
		assert_true(plain.n == plain_bytes);
		assert_false(end.damaged);
		at = made.ends[i];
	}
	pm_buf_deinit(&plain);
	unmake(&made);
}

static void any_gunzip_reads_them(void **state)
{
	struct made made;
	unsigned char out[65536];
	z_stream z = {0};

	(void)state;
	make(&made, 1);
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

static void streams_give_the_same_in_steps_of_any_size(void **state)
{
	static const size_t steps[] = {1, 7, 4096, 1 << 20};
	struct made made;
	struct pm_buf plain = {0};
	struct pm_stream end;

	(void)state;
	make(&made, 4);
	for (size_t i = 0; i < N_OF(steps); i++) {
		unpack(made.packed.at, made.packed.n, 0, PM_STREAM_ALL, steps[i], &plain, &end);
		assert_true(plain.n == made.plain.n && !end.damaged);
		assert_memory_equal(plain.at, made.plain.at, plain.n);
	}
	pm_buf_deinit(&plain);
	unmake(&made);
}

/* Wherever the file is cut off, what comes out is a beginning of what went in; cut within a member,
 * that is told; of a flushed member all comes out that was flushed. */
static void cut_off_files_give_what_they_hold(void **state)
{
	struct made made;
	struct pm_buf plain = {0};
	struct pm_stream end;

	(void)state;
	make(&made, 2);
	for (size_t n = 2; n <= made.packed.n; n += n < 40 || n + 40 > made.packed.n ? 1 : 13) {
		const bool whole = n == made.ends[0] || n == made.ends[1];

		unpack(made.packed.at, n, 0, PM_STREAM_ALL, 500, &plain, &end);
		assert_true(plain.n <= made.plain.n);
		assert_memory_equal(plain.at, made.plain.at, plain.n);
		assert_true(end.damaged != whole);
		if (!whole && n != made.ends[0] + 1)
			assert_int_equal(end.damage, PM_REJECT_GZIP_TRUNCATED);
		if (n > made.ends[0])
			assert_true(plain.n >= made.plain.n / 2);
	}
	pm_buf_deinit(&plain);
	unmake(&made);
}

static void damage_and_what_follows_is_told(void **state)
{
	struct made made;
	struct pm_buf plain = {0};
	struct pm_stream end;
	const size_t n = (make(&made, 2), made.packed.n);

	(void)state;
	memset(made.packed.at + n, 0, 40); /* padding */
	unpack(made.packed.at, n + 40, 0, PM_STREAM_ALL, 500, &plain, &end);
	assert_false(end.damaged);

	memcpy(made.packed.at + n, "hello", 5);
	unpack(made.packed.at, n + 5, 0, PM_STREAM_ALL, 500, &plain, &end);
	assert_true(end.damaged && end.damage == PM_REJECT_GZIP_GARBAGE && end.damage_at == n);
	assert_true(plain.n == made.plain.n);

	for (size_t i = made.ends[0] + 30; i < n;
		i += 11) { /* any flipped byte in the second member */
		made.packed.at[i] ^= 0x55;
		unpack(made.packed.at, n, 0, PM_STREAM_ALL, 500, &plain, &end);
		assert_true(end.damaged);
		assert_memory_equal(
			plain.at, made.plain.at, made.plain.n / 2); /* the first is whole */
		made.packed.at[i] ^= 0x55;
	}
	pm_buf_deinit(&plain);
	unmake(&made);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(members_tell_their_sizes),
	cmocka_unit_test(any_gunzip_reads_them),
	cmocka_unit_test(streams_give_the_same_in_steps_of_any_size),
	cmocka_unit_test(cut_off_files_give_what_they_hold),
	cmocka_unit_test(damage_and_what_follows_is_told),
};

RUN(tests)
