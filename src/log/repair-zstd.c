/* SPDX-License-Identifier: MIT */
/* Frames of zstd say where their blocks end (RFC 8878, 3.1.1): they are handed to the library block
 * by block, so that it is known what each of them holds. */
#include "log/repairing.h"

#include "base/fail.h"
#include "base/xxh64.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAGIC = 4,
	SKIPPABLE_HEADER = 8,
	FRAME_HEADER_MAX = 18,
	BLOCK_HEADER = 3,
	BLOCK_MAX = 128 * 1024,
	OUT_BYTES = 32 * 1024,
	CHECKSUM = 4,
};

#define FRAME_MAGIC     UINT64_C(0xfd2fb528)
#define SKIPPABLE_MAGIC UINT64_C(0x184d2a50)

struct zstd {
	struct pm_walk *walk;
	const struct pm_inflate_kind *kind;
	void *inflater;
	struct pm_xxh64 hash; /* of what could be inflated of the frame */
	bool newline;         /* the last byte that was inflated is one */
	bool checksum;        /* the frame ends with one */
	bool may_end;         /* the frame does not say how long it is */
	unsigned char in[BLOCK_HEADER + BLOCK_MAX], out[OUT_BYTES];
};

/* Reads n bytes of the file to `in`; *whole: there are so many. */
static enum pm_status take(
	struct zstd *zstd, uint64_t at, size_t n, bool *whole, struct pm_error *err)
{
	size_t got;
	const enum pm_status status = pm_file_read_at(zstd->walk->file, at, zstd->in, n, &got, err);

	*whole = status == PM_OK && got == n;
	return status;
}

/* Hands in[n] to the library and takes all that comes of it. */
static enum pm_inflated inflate(struct zstd *zstd, size_t n)
{
	struct pm_pump pump = {.in = zstd->in, .n_in = n};
	enum pm_inflated result;
	size_t got, before;

	do {
		before = pump.n_in;
		pump.out = zstd->out;
		pump.n_out = OUT_BYTES;
		result = zstd->kind->run(zstd->inflater, &pump);
		got = OUT_BYTES - pump.n_out;
		pm_xxh64_add(&zstd->hash, zstd->out, got);
		zstd->walk->plain += got;
		if (got > 0)
			zstd->newline = zstd->out[got - 1] == '\n';
	} while (result == PM_INFLATED_MORE && (pump.n_in < before || got > 0));
	return result;
}

/* An empty block that says it is the last would end the frame here. */
static void note_safe(struct zstd *zstd, uint64_t at)
{
	static const unsigned char last_block[BLOCK_HEADER] = {1, 0, 0};
	struct pm_walk *walk = zstd->walk;

	walk->safe_at = at;
	walk->safe_plain = walk->plain;
	memcpy(walk->ending, last_block, BLOCK_HEADER);
	walk->n_ending = BLOCK_HEADER;
	if (zstd->checksum) {
		pm_put32(walk->ending + BLOCK_HEADER, pm_xxh64_value(&zstd->hash));
		walk->n_ending += CHECKSUM;
	}
}

/* The length of a frame's header, from its first five bytes. */
static size_t frame_header(struct zstd *zstd, unsigned char descriptor)
{
	static const unsigned char id_bytes[] = {0, 1, 2, 4}, size_bytes[] = {0, 2, 4, 8};
	const bool single = (descriptor & 0x20) != 0;
	const int size_flag = descriptor >> 6;

	zstd->checksum = (descriptor & 4) != 0;
	zstd->may_end = !single && size_flag == 0;
	return MAGIC + 1 + !single + id_bytes[descriptor & 3] +
		(single && size_flag == 0 ? 1 : size_bytes[size_flag]);
}

/* Goes through the blocks of a frame from *at on; *whole: all of it is there, and right. */
static enum pm_status walk_blocks(
	struct zstd *zstd, uint64_t *at, bool *whole, struct pm_error *err)
{
	enum pm_inflated result = PM_INFLATED_MORE;

	while (result == PM_INFLATED_MORE) {
		enum pm_status status = take(zstd, *at, BLOCK_HEADER, whole, err);
		const uint64_t header = pm_get32(zstd->in) & 0xffffff;
		const bool last = (header & 1) != 0, one_byte = (header >> 1 & 3) == 1;
		const size_t n = (one_byte ? 1 : (size_t)(header >> 3)) +
			(last && zstd->checksum ? (size_t)CHECKSUM : 0) + BLOCK_HEADER;

		if (status != PM_OK || !*whole)
			return status;
		*whole = n <= sizeof(zstd->in);
		if (*whole)
			status = take(zstd, *at, n, whole, err);
		if (status != PM_OK || !*whole)
			return status;
		result = inflate(zstd, n);
		*at += n;
		if (result == PM_INFLATED_MORE && zstd->may_end && zstd->newline &&
			zstd->walk->plain > zstd->walk->safe_plain)
			note_safe(zstd, *at);
	}
	*whole = result == PM_INFLATED_END;
	return result == PM_INFLATED_MEMORY ? pm_fail_memory(err) : PM_OK;
}

static enum pm_status walk_frame(struct zstd *zstd, uint64_t *at, bool *whole, struct pm_error *err)
{
	enum pm_status status = take(zstd, *at, MAGIC + 1, whole, err);
	size_t n;

	if (status != PM_OK || !*whole)
		return status;
	n = frame_header(zstd, zstd->in[MAGIC]);
	status = take(zstd, *at, n, whole, err);
	if (status != PM_OK || !*whole)
		return status;
	pm_xxh64_init(&zstd->hash);
	zstd->kind->begin(zstd->inflater);
	*whole = inflate(zstd, n) == PM_INFLATED_MORE;
	*at += n;
	return *whole ? walk_blocks(zstd, at, whole, err) : PM_OK;
}

static enum pm_status walk_members(struct zstd *zstd, uint64_t from, struct pm_error *err)
{
	struct pm_walk *walk = zstd->walk;
	uint64_t at = from;
	bool whole = true;
	enum pm_status status = PM_OK;

	walk->member_at = from;
	while (at < walk->size) {
		uint64_t magic;

		status = take(zstd, at, SKIPPABLE_HEADER, &whole, err);
		magic = pm_get32(zstd->in);
		if (status != PM_OK || !whole)
			break;
		if ((magic & ~UINT64_C(0xf)) == SKIPPABLE_MAGIC) {
			const bool ours =
				pm_member_begins(PM_PACKING_ZSTD, zstd->in, SKIPPABLE_HEADER);

			at += SKIPPABLE_HEADER + pm_get32(zstd->in + MAGIC);
			if (!ours && at <= walk->size) /* whatever it is, it belongs to no frame */
				walk->member_at = at;
			continue;
		}
		if (magic != FRAME_MAGIC)
			break;
		status = walk_frame(zstd, &at, &whole, err);
		if (status != PM_OK || !whole)
			break;
		walk->member_at = at;
		walk->plain = walk->safe_plain = 0;
	}
	return status;
}

enum pm_status pm_walk_zstd(struct pm_walk *walk, uint64_t from, struct pm_error *err)
{
	struct zstd *zstd = calloc(1, sizeof(*zstd));
	enum pm_status status;

	if (zstd == NULL)
		return pm_fail_memory(err);
	zstd->walk = walk;
	zstd->kind = pm_inflate_kind(PM_PACKING_ZSTD);
	zstd->inflater = zstd->kind->create();
	status = zstd->inflater == NULL ? pm_fail_memory(err) : walk_members(zstd, from, err);
	if (zstd->inflater != NULL)
		zstd->kind->destroy(zstd->inflater);
	free(zstd);
	return status;
}
