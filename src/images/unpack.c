/* SPDX-License-Identifier: MIT */
#include "images/unpack.h"

#include "base/fail.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum pm_status pm_unpacked_grow(struct pm_unpacked *unpacked, struct pm_error *err)
{
	const size_t wanted = unpacked->capacity == 0 ? (size_t)256 * 1024 : 2 * unpacked->capacity;
	unsigned char *grown;

	if (unpacked->capacity >= PM_UNPACKED_MAX)
		return pm_fail(err, PM_E_INPUT, "unpacks to more than %d MiB",
			PM_UNPACKED_MAX / (1024 * 1024));
	grown = realloc(unpacked->at, wanted);
	if (grown == NULL)
		return pm_fail_memory(err);
	unpacked->at = grown;
	unpacked->capacity = wanted;
	return PM_OK;
}

enum pm_status pm_unpack_fail(const char *format, struct pm_error *err)
{
	(void)pm_fail(err, PM_E_INPUT, "damaged: the %s data can't be unpacked", format);
	return PM_E_INPUT;
}

enum pm_status pm_unpack_lacks(
	const char *format, const char *library, const char *command, struct pm_error *err)
{
	(void)pm_fail(
		err, PM_E_UNSUPPORTED, "compressed by %s, which this build can't undo", format);
	pm_error_remedy(err, "unpack it first (%s), or build with %s", command, library);
	return PM_E_UNSUPPORTED;
}

/* One member of a gzip file after the other. */
static enum pm_status inflate_members(
	z_stream *z, struct pm_unpacked *unpacked, struct pm_error *err)
{
	for (;;) {
		int result;

		if (unpacked->n == unpacked->capacity) {
			enum pm_status status = pm_unpacked_grow(unpacked, err);

			if (status != PM_OK)
				return status;
		}
		z->next_out = unpacked->at + unpacked->n;
		z->avail_out = (uInt)(unpacked->capacity - unpacked->n);
		result = inflate(z, Z_NO_FLUSH);
		unpacked->n = unpacked->capacity - z->avail_out;
		if (result == Z_STREAM_END && z->avail_in == 0)
			return PM_OK;
		if (result == Z_STREAM_END)
			result = inflateReset(z);
		if (result != Z_OK)
			return result == Z_MEM_ERROR ? pm_fail_memory(err)
						     : pm_unpack_fail("gzip", err);
	}
}

static enum pm_status unpack_gzip(
	struct pm_bytes packed, struct pm_unpacked *unpacked, struct pm_error *err)
{
	enum { ANY_WINDOW_OF_GZIP = 15 + 16 };
	z_stream z = {0};
	enum pm_status status;

	if (packed.n > UINT_MAX)
		return pm_unpack_fail("gzip", err);
	if (inflateInit2(&z, ANY_WINDOW_OF_GZIP) != Z_OK)
		return pm_fail_memory(err);
	/* zlib does not write to its input, but says so only if it is built in a certain way. */
	memcpy(&z.next_in, &packed.at, sizeof(packed.at));
	z.avail_in = (uInt)packed.n;
	status = inflate_members(&z, unpacked, err);
	inflateEnd(&z);
	return status;
}

static const struct {
	const char *magic;
	size_t n;
	enum pm_status (*unpack)(
		struct pm_bytes packed, struct pm_unpacked *unpacked, struct pm_error *err);
} formats[] = {
	{"\x1f\x8b", 2, unpack_gzip},
	{"\xfd"
	 "7zXZ",
		6, pm_unpack_xz},
	{"\x28\xb5\x2f\xfd", 4, pm_unpack_zstd},
};

enum pm_status pm_unpack(struct pm_bytes packed, unsigned char **memory, struct pm_bytes *plain,
	struct pm_error *err)
{
	struct pm_unpacked unpacked = {0};
	enum pm_status status = PM_OK;

	*memory = NULL;
	*plain = packed;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (packed.n < formats[i].n ||
			memcmp(packed.at, formats[i].magic, formats[i].n) != 0)
			continue;
		status = formats[i].unpack(packed, &unpacked, err);
		*memory = unpacked.at;
		*plain = (struct pm_bytes){unpacked.at, unpacked.n};
		break;
	}
	return status;
}
