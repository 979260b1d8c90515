/* SPDX-License-Identifier: MIT */
/* By zlib, which tells where blocks of deflate end. */
#include "log/repairing.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { WALK_BYTES = 32 * 1024 };

struct gzip {
	struct pm_walk *walk;
	z_stream z;
	unsigned long crc; /* of what could be inflated of the member */
	bool newline;      /* the last byte that was inflated is one */
	unsigned char in[WALK_BYTES], out[WALK_BYTES];
};

static void begin_member(struct gzip *gzip, uint64_t at)
{
	gzip->walk->member_at = at;
	gzip->walk->plain = gzip->walk->safe_plain = 0;
	gzip->crc = crc32(0, NULL, 0);
}

/* An empty block that says it is the last would end it here. */
static void note_safe(struct gzip *gzip, uint64_t at)
{
	static const unsigned char last_block[] = {3, 0};
	struct pm_walk *walk = gzip->walk;

	walk->safe_at = at;
	walk->safe_plain = walk->plain;
	memcpy(walk->ending, last_block, sizeof(last_block));
	pm_gzip_trailer(walk->ending + sizeof(last_block), gzip->crc, walk->plain);
	walk->n_ending = sizeof(last_block) + PM_GZIP_TRAILER;
}

/* Inflates what z has got as far as the next block's end, and takes down where that is: `at` is
 * where in the file z's input ends. Returns Z_OK to be gone on with. */
static int walk_block(struct gzip *gzip, uint64_t at)
{
	enum { BEHIND_BLOCK = 128, IN_LAST_BLOCK = 64, BITS = 7 };
	z_stream *z = &gzip->z;
	size_t got;
	int result;

	z->next_out = gzip->out;
	z->avail_out = WALK_BYTES;
	result = inflate(z, Z_BLOCK);
	got = WALK_BYTES - z->avail_out;
	gzip->crc = crc32(gzip->crc, gzip->out, (uInt)got);
	gzip->walk->plain += got;
	if (got > 0)
		gzip->newline = gzip->out[got - 1] == '\n';
	if (result == Z_STREAM_END) {
		begin_member(gzip, at - z->avail_in);
		return gzip->walk->member_at == gzip->walk->size ? Z_STREAM_END : inflateReset(z);
	}
	if (result == Z_OK && (z->data_type & (BEHIND_BLOCK | IN_LAST_BLOCK)) == BEHIND_BLOCK &&
		(z->data_type & BITS) == 0 && gzip->walk->plain > 0 && gzip->newline)
		note_safe(gzip, at - z->avail_in);
	return result == Z_BUF_ERROR ? Z_OK : result;
}

enum pm_status pm_walk_gzip(struct pm_walk *walk, uint64_t from, struct pm_error *err)
{
	struct gzip *gzip = calloc(1, sizeof(*gzip));
	uint64_t at = from; /* of the file, next to read */
	enum pm_status status = PM_OK;
	int result = Z_OK;

	if (gzip == NULL || inflateInit2(&gzip->z, 15 + 16) != Z_OK) {
		free(gzip);
		return pm_fail_memory(err);
	}
	gzip->walk = walk;
	begin_member(gzip, from);
	while (status == PM_OK && result == Z_OK) {
		if (gzip->z.avail_in == 0) {
			size_t got;

			status = pm_file_read_at(walk->file, at, gzip->in, WALK_BYTES, &got, err);
			if (status != PM_OK || got == 0)
				break;
			at += got;
			gzip->z.next_in = gzip->in;
			gzip->z.avail_in = (uInt)got;
		}
		result = walk_block(gzip, at);
	}
	inflateEnd(&gzip->z);
	free(gzip);
	return status;
}
