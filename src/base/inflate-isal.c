/* SPDX-License-Identifier: MIT */
/* ISA-L inflates two to three times as fast as zlib. How much it gives of data that turn out to be
 * damaged depends on the steps it is asked in. */
#include "base/packing.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

enum { STEP_MAX = 1 << 30 }; /* it counts in 32 bits */

static void begin(void *state)
{
	struct inflate_state *isal = state;

	isal_inflate_reset(isal);
	isal->crc_flag = ISAL_GZIP;
}

static void *create(void)
{
	struct inflate_state *isal = malloc(sizeof(*isal));

	if (isal == NULL)
		return NULL;
	isal_inflate_init(isal);
	begin(isal);
	return isal;
}

static enum pm_inflated run(void *state, struct pm_pump *pump)
{
	struct inflate_state *isal = state;
	const uint32_t n_in = pump->n_in > STEP_MAX ? (uint32_t)STEP_MAX : (uint32_t)pump->n_in;
	const uint32_t n_out = pump->n_out > STEP_MAX ? (uint32_t)STEP_MAX : (uint32_t)pump->n_out;
	int result;

	isal->next_in = (uint8_t *)(uintptr_t)pump->in; /* it only reads it */
	isal->avail_in = n_in;
	isal->next_out = pump->out;
	isal->avail_out = n_out;
	result = isal_inflate(isal);
	pump->in += n_in - isal->avail_in;
	pump->n_in -= n_in - isal->avail_in;
	pump->out += n_out - isal->avail_out;
	pump->n_out -= n_out - isal->avail_out;
	if (result < 0 || result == ISAL_NEED_DICT)
		return PM_INFLATED_CORRUPT;
	return isal->block_state == ISAL_BLOCK_FINISH ? PM_INFLATED_END : PM_INFLATED_MORE;
}

static const struct pm_inflate_kind kind = {create, begin, run, free};

const struct pm_inflate_kind *pm_inflate_fast(void)
{
	return &kind;
}
