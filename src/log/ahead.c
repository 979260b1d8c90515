/* SPDX-License-Identifier: MIT */
#include "log/ahead.h"

#include "base/fail.h"
#include "base/thread.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 4, BLOCK_BYTES = PM_UNPACK_PIECE };

struct block {
	size_t n; /* 0: nothing follows */
	enum pm_status status;
	struct pm_error err;
	unsigned char bytes[BLOCK_BYTES];
};

struct pm_ahead {
	struct pm_unpack *unpack;
	struct pm_thread thread;
	struct pm_mutex mutex;
	struct pm_condition changed;

	/* guarded by mutex; a block is the thread's from when it is free until it is filled */
	size_t n_filled, n_taken; /* of all blocks there ever were */
	bool stop;

	/* the reader's */
	size_t at; /* of the block that it takes from */

	struct block blocks[BLOCKS];
};

/* Fills it as far as that costs no copies: few large blocks cost less than many. */
static void fill(struct pm_unpack *unpack, struct block *block)
{
	size_t got = 1;

	block->n = 0;
	block->status = PM_OK;
	while (BLOCK_BYTES - block->n >= pm_unpack_room(unpack) && got > 0 &&
		block->status == PM_OK) {
		block->status = pm_unpack_read(
			unpack, block->bytes + block->n, BLOCK_BYTES - block->n, &got, &block->err);
		if (block->status == PM_OK)
			block->n += got;
	}
}

static void body(void *context)
{
	struct pm_ahead *ahead = context;
	bool last = false;

	pm_mutex_lock(&ahead->mutex);
	while (!last) {
		struct block *block = &ahead->blocks[ahead->n_filled % BLOCKS];

		while (!ahead->stop && ahead->n_filled - ahead->n_taken == BLOCKS)
			pm_condition_wait(&ahead->changed, &ahead->mutex);
		if (ahead->stop)
			break;
		pm_mutex_unlock(&ahead->mutex);
		fill(ahead->unpack, block);
		last = block->n == 0 || block->status != PM_OK;
		pm_mutex_lock(&ahead->mutex);
		ahead->n_filled++;
		pm_condition_wake_all(&ahead->changed);
	}
	pm_mutex_unlock(&ahead->mutex);
}

enum pm_status pm_ahead_start(struct pm_ahead **out, struct pm_unpack *unpack, struct pm_error *err)
{
	struct pm_ahead *ahead = malloc(sizeof(*ahead));
	enum pm_status status;

	*out = NULL;
	if (ahead == NULL)
		return pm_fail_memory(err);
	ahead->unpack = unpack;
	ahead->n_filled = ahead->n_taken = ahead->at = 0;
	ahead->stop = false;
	pm_mutex_init(&ahead->mutex);
	pm_condition_init(&ahead->changed);
	status = pm_thread_start(&ahead->thread, body, ahead, err);
	if (status == PM_OK) {
		*out = ahead;
		return PM_OK;
	}
	pm_condition_deinit(&ahead->changed);
	pm_mutex_deinit(&ahead->mutex);
	free(ahead);
	return status;
}

/* The block that is to be taken from next, once it is filled. */
static struct block *next_block(struct pm_ahead *ahead)
{
	struct block *block;

	pm_mutex_lock(&ahead->mutex);
	while (ahead->n_filled == ahead->n_taken)
		pm_condition_wait(&ahead->changed, &ahead->mutex);
	block = &ahead->blocks[ahead->n_taken % BLOCKS];
	pm_mutex_unlock(&ahead->mutex);
	return block;
}

static void give_back(struct pm_ahead *ahead)
{
	ahead->at = 0;
	pm_mutex_lock(&ahead->mutex);
	ahead->n_taken++;
	pm_condition_wake_all(&ahead->changed);
	pm_mutex_unlock(&ahead->mutex);
}

enum pm_status pm_ahead_read(
	struct pm_ahead *ahead, void *to, size_t n, size_t *got, struct pm_error *err)
{
	struct block *block = next_block(ahead);

	/* What failed, or the end, stays where it is, to be told again. */
	if (ahead->at == block->n && block->status != PM_OK) {
		if (err != NULL)
			*err = block->err;
		return block->status;
	}
	*got = block->n - ahead->at < n ? block->n - ahead->at : n;
	memcpy(to, block->bytes + ahead->at, *got);
	ahead->at += *got;
	if (ahead->at == block->n && block->n > 0 && block->status == PM_OK)
		give_back(ahead);
	return PM_OK;
}

void pm_ahead_stop(struct pm_ahead *ahead)
{
	if (ahead == NULL)
		return;
	pm_mutex_lock(&ahead->mutex);
	ahead->stop = true;
	pm_condition_wake_all(&ahead->changed);
	pm_mutex_unlock(&ahead->mutex);
	pm_thread_join(&ahead->thread);
	pm_condition_deinit(&ahead->changed);
	pm_mutex_deinit(&ahead->mutex);
	free(ahead);
}
