/* SPDX-License-Identifier: MIT */
#include "base/packing.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* The window reaches back to the snapshot before, where nearly all of a row stands already; the
 * table that finds it there has to be larger than the level has it. Both were measured: logs of 200
 * to 5,000 tags come out at a half to a third of what gzip makes of them. */
enum { LEVEL = 1, WINDOW_LOG = 21, HASH_LOG = 15 };

enum { BLOCK_HEADER = 3 };

/* ---- inflating ---- */

struct inflate {
	ZSTD_DCtx *context;
	size_t wanted;  /* bytes that it takes next: a block, most of the time */
	bool held_back; /* something may wait to come out */
};

static void inflate_destroy(void *state)
{
	struct inflate *inflate = state;

	if (inflate != NULL)
		ZSTD_freeDCtx(inflate->context);
	free(inflate);
}

static void *inflate_create(void)
{
	struct inflate *inflate = calloc(1, sizeof(*inflate));

	if (inflate == NULL || (inflate->context = ZSTD_createDCtx()) == NULL) {
		inflate_destroy(inflate);
		return NULL;
	}
	ZSTD_DCtx_setParameter(inflate->context, ZSTD_d_windowLogMax, PM_WINDOW_LOG_MAX);
	return inflate;
}

static void inflate_begin(void *state)
{
	struct inflate *inflate = state;

	ZSTD_DCtx_reset(inflate->context, ZSTD_reset_session_only);
	inflate->wanted = 1;
	inflate->held_back = false;
}

static enum pm_inflated result_of(size_t result)
{
	if (result == 0)
		return PM_INFLATED_END;
	if (!ZSTD_isError(result))
		return PM_INFLATED_MORE;
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return PM_INFLATED_WINDOW;
	case ZSTD_error_memory_allocation:
		return PM_INFLATED_MEMORY;
	default:
		return PM_INFLATED_CORRUPT;
	}
}

/* Block by block, and each only when all of the one before has come out: what comes out in the same
 * call would be lost with a block that is damaged. */
static enum pm_inflated inflate_run(void *state, struct pm_pump *pump)
{
	struct inflate *inflate = state;
	ZSTD_inBuffer in = {pump->in, 0, 0};
	ZSTD_outBuffer out = {pump->out, pump->n_out, 0};
	size_t result = inflate->wanted;

	if (inflate->held_back)
		result = ZSTD_decompressStream(inflate->context, &out, &in);
	if (result > 0 && !ZSTD_isError(result) && out.pos == 0) {
		in.size = pump->n_in < inflate->wanted ? pump->n_in : inflate->wanted;
		result = ZSTD_decompressStream(inflate->context, &out, &in);
	}
	inflate->held_back = out.pos == out.size;
	/* What it asks for has the header of the next block in it. */
	inflate->wanted = result > BLOCK_HEADER ? result - BLOCK_HEADER : result;
	pump->in += in.pos;
	pump->n_in -= in.pos;
	pump->out += out.pos;
	pump->n_out -= out.pos;
	return result_of(result);
}

const struct pm_inflate_kind *pm_inflate_zstd(void)
{
	static const struct pm_inflate_kind kind = {
		inflate_create, inflate_begin, inflate_run, inflate_destroy};

	return &kind;
}

/* ---- compressing ---- */

static void *deflate_create(int level)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();

	if (context == NULL)
		return NULL;
	ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level == 0 ? (int)LEVEL : level);
	ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, WINDOW_LOG);
	if (level <= LEVEL)
		ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, HASH_LOG);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	return context;
}

static void deflate_begin(void *state)
{
	ZSTD_CCtx_reset(state, ZSTD_reset_session_only);
}

static enum pm_deflated deflate_run(void *state, struct pm_pump *pump, enum pm_deflate_until until)
{
	static const ZSTD_EndDirective directives[] = {ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end};
	ZSTD_inBuffer in = {pump->in, pump->n_in, 0};
	ZSTD_outBuffer out = {pump->out, pump->n_out, 0};
	const size_t left = ZSTD_compressStream2(state, &out, &in, directives[until]);

	pump->in += in.pos;
	pump->n_in -= in.pos;
	pump->out += out.pos;
	pump->n_out -= out.pos;
	if (ZSTD_isError(left))
		return PM_DEFLATED_MEMORY; /* nothing else is wrong with what it is given */
	if (until == PM_DEFLATE_TAKEN)
		return pump->n_in == 0 ? PM_DEFLATED_DONE : PM_DEFLATED_MORE;
	return left == 0 ? PM_DEFLATED_DONE : PM_DEFLATED_MORE;
}

static void deflate_destroy(void *state)
{
	ZSTD_freeCCtx(state);
}

const struct pm_deflate_kind *pm_deflate_zstd(void)
{
	static const struct pm_deflate_kind kind = {
		deflate_create, deflate_begin, deflate_run, deflate_destroy};

	return &kind;
}
