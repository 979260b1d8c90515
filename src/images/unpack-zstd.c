/* SPDX-License-Identifier: MIT */
#include "images/unpack.h"

#include "base/fail.h"

#include <zstd.h>

static enum pm_status decode(ZSTD_DStream *stream, struct pm_bytes packed,
	struct pm_unpacked *unpacked, struct pm_error *err)
{
	ZSTD_inBuffer in = {packed.at, packed.n, 0};
	size_t left = 1;

	while (left != 0 || in.pos < in.size) {
		ZSTD_outBuffer out;
		const size_t had_in = in.pos, had_out = unpacked->n;

		if (unpacked->n == unpacked->capacity) {
			enum pm_status status = pm_unpacked_grow(unpacked, err);

			if (status != PM_OK)
				return status;
		}
		out = (ZSTD_outBuffer){unpacked->at, unpacked->capacity, unpacked->n};
		left = ZSTD_decompressStream(stream, &out, &in);
		unpacked->n = out.pos;
		if (ZSTD_isError(left) || (in.pos == had_in && out.pos == had_out))
			return pm_unpack_fail("zstd", err);
	}
	return PM_OK;
}

enum pm_status pm_unpack_zstd(
	struct pm_bytes packed, struct pm_unpacked *unpacked, struct pm_error *err)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	enum pm_status status =
		stream == NULL ? pm_fail_memory(err) : decode(stream, packed, unpacked, err);

	ZSTD_freeDStream(stream);
	return status;
}
