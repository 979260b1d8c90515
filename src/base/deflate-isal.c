/* SPDX-License-Identifier: MIT */
/* ISA-L compresses some ten times as fast as zlib does by default, to nearly the same size. */
#include "base/packing.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

enum { STEP_MAX = 1 << 30, DEFAULT_LEVEL = 2 };

struct isal {
	struct isal_zstream z;
	uint32_t level, n_buffer;
	unsigned char buffer[]; /* [n_buffer] */
};

static void begin(void *state)
{
	struct isal *isal = state;

	isal_deflate_init(&isal->z);
	isal->z.level = isal->level;
	isal->z.level_buf = isal->buffer;
	isal->z.level_buf_size = isal->n_buffer;
}

static void *create(int level)
{
	static const uint32_t sizes[] = {ISAL_DEF_LVL0_DEFAULT, ISAL_DEF_LVL1_DEFAULT,
		ISAL_DEF_LVL2_DEFAULT, ISAL_DEF_LVL3_DEFAULT};
	const int n = level == 0 ? (int)DEFAULT_LEVEL : level;
	struct isal *isal = malloc(sizeof(*isal) + sizes[n]);

	if (isal == NULL)
		return NULL;
	isal->level = (uint32_t)n;
	isal->n_buffer = sizes[n];
	begin(isal);
	return isal;
}

static enum pm_deflated run(void *state, struct pm_pump *pump, enum pm_deflate_until until)
{
	struct isal_zstream *z = &((struct isal *)state)->z;
	const uint32_t n_in = pump->n_in > STEP_MAX ? (uint32_t)STEP_MAX : (uint32_t)pump->n_in;
	const uint32_t n_out = pump->n_out > STEP_MAX ? (uint32_t)STEP_MAX : (uint32_t)pump->n_out;
	const bool all = n_in == pump->n_in;

	z->next_in = (uint8_t *)(uintptr_t)pump->in; /* it only reads it */
	z->avail_in = n_in;
	z->next_out = pump->out;
	z->avail_out = n_out;
	z->flush = all && until == PM_DEFLATE_FLUSHED ? SYNC_FLUSH : NO_FLUSH;
	z->end_of_stream = all && until == PM_DEFLATE_ENDED;
	isal_deflate(z);
	pump->in += n_in - z->avail_in;
	pump->n_in -= n_in - z->avail_in;
	pump->out += n_out - z->avail_out;
	pump->n_out -= n_out - z->avail_out;
	if (all && until == PM_DEFLATE_ENDED)
		return z->internal_state.state == ZSTATE_END ? PM_DEFLATED_DONE : PM_DEFLATED_MORE;
	return all && z->avail_in == 0 && z->avail_out > 0 ? PM_DEFLATED_DONE : PM_DEFLATED_MORE;
}

static const struct pm_deflate_kind kind = {create, begin, run, free};

const struct pm_deflate_kind *pm_deflate_fast(void)
{
	return &kind;
}
