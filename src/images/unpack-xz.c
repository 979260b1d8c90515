/* SPDX-License-Identifier: MIT */
#include "images/unpack.h"

#include "base/fail.h"

#include <lzma.h>

static enum pm_status decode(
	lzma_stream *stream, struct pm_unpacked *unpacked, struct pm_error *err)
{
	for (;;) {
		lzma_ret result;

		if (unpacked->n == unpacked->capacity) {
			enum pm_status status = pm_unpacked_grow(unpacked, err);

			if (status != PM_OK)
				return status;
		}
		stream->next_out = unpacked->at + unpacked->n;
		stream->avail_out = unpacked->capacity - unpacked->n;
		result = lzma_code(stream, LZMA_FINISH);
		unpacked->n = unpacked->capacity - stream->avail_out;
		if (result == LZMA_STREAM_END)
			return PM_OK;
		if (result != LZMA_OK)
			return result == LZMA_MEM_ERROR ? pm_fail_memory(err)
							: pm_unpack_fail("xz", err);
	}
}

enum pm_status pm_unpack_xz(
	struct pm_bytes packed, struct pm_unpacked *unpacked, struct pm_error *err)
{
	const uint64_t memory_limit = (uint64_t)256 << 20;
	lzma_stream stream = LZMA_STREAM_INIT;
	enum pm_status status;

	if (lzma_stream_decoder(&stream, memory_limit, LZMA_CONCATENATED) != LZMA_OK)
		return pm_fail_memory(err);
	stream.next_in = packed.at;
	stream.avail_in = packed.n;
	status = decode(&stream, unpacked, err);
	lzma_end(&stream);
	return status;
}
