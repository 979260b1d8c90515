/* SPDX-License-Identifier: MIT */
#include "base/packing.h"

#include <stdlib.h>
#include <zlib.h>

enum { STEP_MAX = 1 << 30, DEFAULT_LEVEL = 6 };

static void *create(int level)
{
	z_stream *z = calloc(1, sizeof(*z));

	/* Raw deflate: header and trailer are written by the packer. */
	if (z != NULL &&
		deflateInit2(z, level == 0 ? (int)DEFAULT_LEVEL : level, Z_DEFLATED, -15, 8,
			Z_DEFAULT_STRATEGY) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static void begin(void *state)
{
	deflateReset(state);
}

static enum pm_deflated run(void *state, struct pm_pump *pump, enum pm_deflate_until until)
{
	static const int flushes[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
	z_stream *z = state;
	const uInt n_in = pump->n_in > STEP_MAX ? (uInt)STEP_MAX : (uInt)pump->n_in;
	const uInt n_out = pump->n_out > STEP_MAX ? (uInt)STEP_MAX : (uInt)pump->n_out;
	const bool all = n_in == pump->n_in;

	z->next_in = (unsigned char *)(uintptr_t)pump->in; /* zlib only reads it */
	z->avail_in = n_in;
	z->next_out = pump->out;
	z->avail_out = n_out;
	deflate(z, all ? flushes[until] : Z_NO_FLUSH);
	pump->in += n_in - z->avail_in;
	pump->n_in -= n_in - z->avail_in;
	pump->out += n_out - z->avail_out;
	pump->n_out -= n_out - z->avail_out;
	return all && z->avail_out > 0 ? PM_DEFLATED_DONE : PM_DEFLATED_MORE;
}

static void destroy(void *state)
{
	if (state != NULL)
		deflateEnd(state);
	free(state);
}

const struct pm_deflate_kind pm_deflate_zlib = {create, begin, run, destroy};
