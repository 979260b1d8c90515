/* SPDX-License-Identifier: MIT */
#include "base/packer.h"

#include "base/fail.h"

#include <stdlib.h>
#include <zlib.h>

enum { OUT_BYTES = 32 * 1024 };

enum pm_status pm_packing_fail(enum pm_packing packing, struct pm_error *err)
{
	const enum pm_status status = pm_fail(err, PM_E_UNSUPPORTED,
		"%s is not built into this program", pm_packing_name(packing));

	pm_error_remedy(err, "build it with lib%s", pm_packing_name(packing));
	return status;
}

enum pm_status pm_packer_init(struct pm_packer *packer, enum pm_packing packing, int level,
	struct pm_file file, bool seekable, uint64_t at, struct pm_error *err)
{
	*packer = (struct pm_packer){
		.packing = packing,
		.file = file,
		.seekable = seekable,
		.at = at,
		.kind = pm_deflate_kind(packing, level),
	};
	if (packer->kind == NULL)
		return pm_packing_fail(packing, err);
	packer->out = malloc(OUT_BYTES);
	packer->state = packer->kind->create(level);
	if (packer->out != NULL && packer->state != NULL)
		return PM_OK;
	pm_packer_deinit(packer);
	return pm_fail_memory(err);
}

void pm_packer_deinit(struct pm_packer *packer)
{
	if (packer->state != NULL)
		packer->kind->destroy(packer->state);
	free(packer->out);
	packer->state = NULL;
	packer->out = NULL;
}

static enum pm_status put(
	struct pm_packer *packer, const void *bytes, size_t n, struct pm_error *err)
{
	enum pm_status status;

	if (packer->may_grow != NULL && !packer->may_grow(packer->context, packer->at + n))
		return PM_END;
	status = pm_file_write(packer->file, bytes, n, err);
	if (status == PM_OK)
		packer->at += n;
	return status;
}

static enum pm_status begin_member(struct pm_packer *packer, struct pm_error *err)
{
	unsigned char header[PM_MEMBER_HEADER_MAX];

	packer->kind->begin(packer->state);
	packer->crc = crc32(0, NULL, 0);
	packer->member_at = packer->at;
	packer->member_plain = 0;
	packer->member_open = true;
	return put(packer, header, pm_member_header(packer->packing, header), err);
}

static enum pm_status run(struct pm_packer *packer, const unsigned char *bytes, size_t n,
	enum pm_deflate_until until, struct pm_error *err)
{
	struct pm_pump pump = {.in = bytes, .n_in = n};
	enum pm_deflated result = PM_DEFLATED_MORE;
	enum pm_status status = PM_OK;

	while (status == PM_OK && result == PM_DEFLATED_MORE) {
		pump.out = packer->out;
		pump.n_out = OUT_BYTES;
		result = packer->kind->run(packer->state, &pump, until);
		if (result == PM_DEFLATED_MEMORY)
			return pm_fail_memory(err);
		if (pump.n_out < OUT_BYTES)
			status = put(packer, packer->out, OUT_BYTES - pump.n_out, err);
	}
	return status;
}

enum pm_status pm_packer_add(
	struct pm_packer *packer, const void *bytes, size_t n, bool flush, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	if (!packer->member_open)
		status = begin_member(packer, err);
	if (status != PM_OK || n == 0)
		return status;
	if (packer->packing == PM_PACKING_GZIP)
		packer->crc = crc32_z(packer->crc, bytes, n);
	packer->member_plain += n;
	return run(packer, bytes, n, flush ? PM_DEFLATE_FLUSHED : PM_DEFLATE_TAKEN, err);
}

bool pm_packer_is_full(const struct pm_packer *packer)
{
	return packer->member_plain >= PM_MEMBER_BYTES(packer->packing);
}

static enum pm_status put_trailer(struct pm_packer *packer, struct pm_error *err)
{
	unsigned char trailer[PM_GZIP_TRAILER];

	if (packer->packing != PM_PACKING_GZIP)
		return PM_OK;
	pm_gzip_trailer(trailer, packer->crc, packer->member_plain);
	return put(packer, trailer, sizeof(trailer), err);
}

enum pm_status pm_packer_end_member(struct pm_packer *packer, struct pm_error *err)
{
	enum pm_status status;

	if (!packer->member_open)
		return PM_OK;
	status = run(packer, NULL, 0, PM_DEFLATE_ENDED, err);
	if (status == PM_OK)
		status = put_trailer(packer, err);
	if (status == PM_OK && packer->seekable)
		status = pm_member_put_sizes(packer->packing, packer->file, packer->member_at,
			packer->at - packer->member_at, packer->member_plain, err);
	packer->member_open = status != PM_OK;
	if (status == PM_OK)
		packer->member_plain = 0;
	return status;
}
