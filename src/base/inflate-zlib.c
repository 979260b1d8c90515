/* SPDX-License-Identifier: MIT */
#include "base/packing.h"

#include <stdlib.h>
#include <zlib.h>

enum { STEP_MAX = 1 << 30 }; /* zlib counts in 32 bits */

static void *create(void)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (z != NULL && inflateInit2(z, 15 + 16) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static void begin(void *state)
{
	inflateReset(state);
}

static enum pm_inflated run(void *state, struct pm_pump *pump)
{
	z_stream *z = state;
	const uInt n_in = pump->n_in > STEP_MAX ? (uInt)STEP_MAX : (uInt)pump->n_in;
	const uInt n_out = pump->n_out > STEP_MAX ? (uInt)STEP_MAX : (uInt)pump->n_out;
	int result;

	z->next_in = (unsigned char *)(uintptr_t)pump->in; /* zlib only reads it */
	z->avail_in = n_in;
	z->next_out = pump->out;
	z->avail_out = n_out;
	result = inflate(z, Z_NO_FLUSH);
	pump->in += n_in - z->avail_in;
	pump->n_in -= n_in - z->avail_in;
	pump->out += n_out - z->avail_out;
	pump->n_out -= n_out - z->avail_out;
	switch (result) {
	case Z_STREAM_END:
		return PM_INFLATED_END;
	case Z_OK:
	case Z_BUF_ERROR:
		return PM_INFLATED_MORE;
	case Z_MEM_ERROR:
		return PM_INFLATED_MEMORY;
	default:
		return PM_INFLATED_CORRUPT;
	}
}

static void destroy(void *state)
{
	if (state != NULL)
		inflateEnd(state);
	free(state);
}

const struct pm_inflate_kind pm_inflate_zlib = {create, begin, run, destroy};
