/* SPDX-License-Identifier: MIT */
/* A file of any bytes as a compressed one: what comes out is the same in steps of any size and from
 * any thread, of gzip what zlib makes of it; and once it is repaired, its last member can be read. */
#include "log/repair.h"
#include "log/stream.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 4 << 20 }; /* some bytes of zstd make gigabytes */

struct result {
	struct pm_buf plain;
	bool damaged;
	enum pm_reject_kind damage;
	uint64_t damage_at;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* False: no stream, or too much of it to compare. */
static bool unpack(struct pm_file file, size_t step, bool ahead, struct result *result)
{
	struct pm_stream stream;
	size_t got = 1;

	pm_buf_clear(&result->plain);
	if (pm_stream_open(&stream, file, true, true, 0, PM_STREAM_ALL, NULL) != PM_OK)
		return false;
	if (ahead)
		pm_stream_read_ahead(&stream);
	while (got > 0 && result->plain.n < MOST) {
		char *at = pm_buf_reserve(&result->plain, step);

		require(at != NULL && pm_stream_read(&stream, at, step, &got, NULL) == PM_OK);
		result->plain.n += got;
	}
	result->damaged = stream.damaged;
	result->damage = stream.damage;
	result->damage_at = stream.damage_at;
	pm_stream_close(&stream);
	return got == 0;
}

static void compare(const struct result *a, const struct result *b)
{
	require(a->plain.n == b->plain.n && a->damaged == b->damaged);
	require(a->plain.n == 0 || memcmp(a->plain.at, b->plain.at, a->plain.n) == 0);
	require(!a->damaged || (a->damage == b->damage && a->damage_at == b->damage_at));
}

/* zlib's opinion of members one after the other; what is not damaged must be so for it too. */
static void ask_zlib(const uint8_t *data, size_t size, const struct result *result)
{
	unsigned char *out = malloc(result->plain.n + 1);
	z_stream z = {.next_in = (unsigned char *)(uintptr_t)data,
		.avail_in = (uInt)size,
		.next_out = out,
		.avail_out = (uInt)result->plain.n + 1};
	int status = Z_STREAM_END;

	require(out != NULL && inflateInit2(&z, 15 + 16) == Z_OK);
	while (status == Z_STREAM_END && z.avail_in > 0) {
		if (*z.next_in == 0) {
			z.next_in++;
			z.avail_in--;
		} else {
			require(inflateReset(&z) == Z_OK);
			status = inflate(&z, Z_FINISH);
		}
	}
	require(status == Z_STREAM_END && z.avail_out == 1);
	require(result->plain.n == 0 || memcmp(out, result->plain.at, result->plain.n) == 0);
	inflateEnd(&z);
	free(out);
}

/* Only the last member is looked at: damage before it stays what it was. */
static void repair(struct pm_file file, enum pm_packing packing, const struct result *before)
{
	struct result after = {.damaged = false};
	struct pm_repair repair;

	if (pm_repair_log(file, "x", pm_codecs[PM_FORMAT_NDJSON], (struct pm_span){"", 0}, packing,
		    &repair, NULL) == PM_OK &&
		repair.size > 0 && unpack(file, 1 << 16, false, &after))
		require(!after.damaged ||
			(after.damage == before->damage && after.damage_at == before->damage_at));
	pm_buf_deinit(&after.plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t steps[] = {1, 777, 1 << 18};
	struct result first = {.damaged = false}, other = {.damaged = false};
	struct pm_file file;

	require(pm_file_temporary(&file, NULL) == PM_OK);
	require(pm_file_write(file, data, size, NULL) == PM_OK);
	if (unpack(file, 1 << 16, false, &first)) {
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			require(unpack(file, steps[i], i % 2 == 0, &other));
			compare(&first, &other);
		}
		if (!first.damaged && size > 2 && memcmp(data, "\x1f\x8b", 2) == 0 &&
			memcmp(first.plain.at == NULL ? "" : first.plain.at, "\xff", 1) != 0 &&
			memcmp(first.plain.at == NULL ? "" : first.plain.at, "\xfe", 1) != 0)
			ask_zlib(data, size, &first);
		repair(file, size > 2 && data[0] == 0x1f ? PM_PACKING_GZIP : PM_PACKING_ZSTD,
			&first);
	}
	pm_buf_deinit(&first.plain);
	pm_buf_deinit(&other.plain);
	pm_file_discard(&file);
	return 0;
}
