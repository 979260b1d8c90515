/* SPDX-License-Identifier: MIT */
#include "log/unpack.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

enum { IN_BYTES = 64 * 1024, MAGIC = 4 };

/* How damage of each packing is told. */
static const struct {
	enum pm_reject_kind truncated, corrupt, garbage;
} kinds[PM_N_PACKINGS] = {
	[PM_PACKING_GZIP] = {PM_REJECT_GZIP_TRUNCATED, PM_REJECT_GZIP_CORRUPT,
		PM_REJECT_GZIP_GARBAGE},
	[PM_PACKING_ZSTD] = {PM_REJECT_ZSTD_TRUNCATED, PM_REJECT_ZSTD_CORRUPT,
		PM_REJECT_ZSTD_GARBAGE},
};

static enum pm_status read_raw(
	struct pm_unpack *unpack, void *to, size_t n, size_t *got, struct pm_error *err)
{
	enum pm_status status;

	if (unpack->at == unpack->end && unpack->more != NULL)
		unpack->end = unpack->more(unpack->more_context);
	if (n > unpack->end - unpack->at)
		n = (size_t)(unpack->end - unpack->at);
	*got = 0;
	if (n == 0)
		return PM_OK;
	if (unpack->seekable)
		status = pm_file_read_at(unpack->file, unpack->at, to, n, got, err);
	else
		status = pm_file_read(unpack->file, to, n, got, err);
	unpack->at += *got;
	unpack->untold += *got;
	return status;
}

/* Whether damage makes it begin a member again, with care. */
static bool is_fast(const struct pm_unpack *unpack)
{
	return unpack->kind != pm_inflate_careful(unpack->packing);
}

static size_t waiting(const struct pm_unpack *unpack)
{
	return unpack->n_in - unpack->in_at;
}

/* Makes at least `want` bytes wait in `in`, unless the file ends before. */
static enum pm_status fill(struct pm_unpack *unpack, size_t want, struct pm_error *err)
{
	if (waiting(unpack) >= want)
		return PM_OK;
	memmove(unpack->in, unpack->in + unpack->in_at, waiting(unpack));
	unpack->n_in -= unpack->in_at;
	unpack->in_at = 0;
	while (unpack->n_in < want) {
		size_t got;
		const enum pm_status status = read_raw(
			unpack, unpack->in + unpack->n_in, IN_BYTES - unpack->n_in, &got, err);

		if (status != PM_OK)
			return status;
		if (got == 0)
			break;
		unpack->n_in += got;
	}
	return PM_OK;
}

/* What begins with first[n]: gzip, a frame of zstd or one that it skips, or neither. */
static enum pm_packing packing_of(const unsigned char *first, size_t n)
{
	static const unsigned char gzip[] = {0x1f, 0x8b};
	static const unsigned char zstd[MAGIC] = {0x28, 0xb5, 0x2f, 0xfd};
	static const unsigned char skippable[MAGIC] = {0x50, 0x2a, 0x4d, 0x18};

	if (n >= 2 && memcmp(first, gzip, sizeof(gzip)) == 0)
		return PM_PACKING_GZIP;
	if (n >= MAGIC &&
		(memcmp(first, zstd, MAGIC) == 0 ||
			((first[0] & 0xf0) == skippable[0] &&
				memcmp(first + 1, skippable + 1, MAGIC - 1) == 0)))
		return PM_PACKING_ZSTD;
	return PM_PACKING_NONE;
}

static enum pm_status fail_not_built(enum pm_packing packing, struct pm_error *err)
{
	(void)pm_fail(err, PM_E_INPUT, "compressed with %s, which is not built into this program",
		pm_packing_name(packing));
	pm_error_remedy(err, "inflate it first (%s -d), or build with lib%s",
		pm_packing_name(packing), pm_packing_name(packing));
	return PM_E_INPUT;
}

enum pm_status pm_unpack_open(struct pm_unpack *unpack, struct pm_file file, bool seekable,
	uint64_t at, uint64_t end, struct pm_error *err)
{
	enum pm_status status;

	*unpack = (struct pm_unpack){
		.file = file,
		.seekable = seekable,
		.at = at,
		.end = end,
		.in = malloc(IN_BYTES),
	};
	if (unpack->in == NULL)
		return pm_fail_memory(err);
	status = fill(unpack, MAGIC, err);
	if (status != PM_OK)
		return status;
	unpack->packing = packing_of(unpack->in, unpack->n_in);
	if (unpack->packing == PM_PACKING_NONE)
		return PM_OK;
	/* What can't be read twice is inflated with care at once: see inflate_again(). */
	unpack->kind =
		seekable ? pm_inflate_kind(unpack->packing) : pm_inflate_careful(unpack->packing);
	if (unpack->kind == NULL)
		return fail_not_built(unpack->packing, err);
	unpack->inflater = unpack->kind->create();
	return unpack->inflater == NULL ? pm_fail_memory(err) : PM_OK;
}

void pm_unpack_close(struct pm_unpack *unpack)
{
	if (unpack->inflater != NULL)
		unpack->kind->destroy(unpack->inflater);
	free(unpack->in);
	free(unpack->held);
	unpack->held = NULL;
	unpack->inflater = NULL;
	unpack->in = NULL;
}

static void end_damaged(struct pm_unpack *unpack, enum pm_reject_kind damage)
{
	unpack->ended = true;
	unpack->damaged = true;
	unpack->damage = damage;
	unpack->damage_at = unpack->at - waiting(unpack);
}

/* What is told where something else than a member follows. */
static enum pm_reject_kind kind_of_rest(const struct pm_unpack *unpack)
{
	static const unsigned char gzip = 0x1f;
	const unsigned char *rest = unpack->in + unpack->in_at;
	unsigned char first[MAGIC] = {0x28, 0xb5, 0x2f, 0xfd};
	const size_t n = waiting(unpack);

	/* Less than a magic number, at the end of the file. */
	if (unpack->packing == PM_PACKING_GZIP && n == 1 && rest[0] == gzip)
		return PM_REJECT_GZIP_TRUNCATED;
	if (unpack->packing == PM_PACKING_ZSTD && n < MAGIC) {
		memcpy(first, rest, n);
		if (packing_of(first, MAGIC) == PM_PACKING_ZSTD)
			return PM_REJECT_ZSTD_TRUNCATED;
		memcpy(first, "\x50\x2a\x4d\x18", MAGIC);
		memcpy(first, rest, n);
		if (packing_of(first, MAGIC) == PM_PACKING_ZSTD)
			return PM_REJECT_ZSTD_TRUNCATED;
	}
	return kinds[unpack->packing].garbage;
}

/* Between members: goes on to the next one, or ends. */
static enum pm_status next_member(struct pm_unpack *unpack, struct pm_error *err)
{
	for (;;) {
		const enum pm_status status = fill(unpack, MAGIC, err);

		if (status != PM_OK)
			return status;
		if (waiting(unpack) == 0) {
			unpack->ended = true;
			return PM_OK;
		}
		if (packing_of(unpack->in + unpack->in_at, waiting(unpack)) == unpack->packing) {
			unpack->kind->begin(unpack->inflater);
			unpack->in_member = true;
			unpack->member_at = unpack->at - waiting(unpack);
			unpack->given = 0;
			return PM_OK;
		}
		/* Zeros behind gzip are padding, as gzip itself has it. */
		if (unpack->packing != PM_PACKING_GZIP || unpack->in[unpack->in_at] != 0) {
			end_damaged(unpack, kind_of_rest(unpack));
			return PM_OK;
		}
		unpack->in_at++;
	}
}

/* A member turned out to be damaged: it is inflated once more, by what gives the same of it in any
 * build and in steps of any size. False: that was it already. */
static bool inflate_again(struct pm_unpack *unpack, enum pm_status *status, struct pm_error *err)
{
	const struct pm_inflate_kind *careful = pm_inflate_careful(unpack->packing);

	if (!is_fast(unpack))
		return false;
	unpack->kind->destroy(unpack->inflater);
	unpack->kind = careful;
	unpack->inflater = careful->create();
	if (unpack->inflater == NULL) {
		*status = pm_fail_memory(err);
		return true;
	}
	unpack->at = unpack->member_at;
	unpack->in_at = unpack->n_in = 0;
	unpack->again = unpack->given;
	return true;
}

/* Inflates what waits; *failed: it was damaged, and nothing is to be made of what came out. */
static enum pm_status inflate_waiting(
	struct pm_unpack *unpack, struct pm_pump *pump, bool *failed, struct pm_error *err)
{
	const size_t n_in = waiting(unpack), n_out = pump->n_out;
	enum pm_reject_kind damage = kinds[unpack->packing].corrupt;
	enum pm_status status = PM_OK;
	enum pm_inflated result;

	pump->in = unpack->in + unpack->in_at;
	pump->n_in = n_in;
	result = unpack->kind->run(unpack->inflater, pump);
	unpack->in_at += n_in - pump->n_in;
	if (result == PM_INFLATED_MEMORY)
		return pm_fail_memory(err);
	if (result == PM_INFLATED_END)
		unpack->in_member = false;
	if (result == PM_INFLATED_END ||
		(result == PM_INFLATED_MORE && (pump->n_out < n_out || pump->n_in < n_in)))
		return PM_OK;
	if (result == PM_INFLATED_WINDOW)
		damage = PM_REJECT_ZSTD_WINDOW;
	else if (result == PM_INFLATED_MORE && n_in == 0)
		damage = kinds[unpack->packing].truncated;
	*failed = inflate_again(unpack, &status, err);
	if (*failed)
		return status;
	end_damaged(unpack, damage);
	/* How far it came within the frame, libzstd does not say. */
	if (unpack->packing == PM_PACKING_ZSTD && damage != PM_REJECT_ZSTD_TRUNCATED)
		unpack->damage_at = unpack->member_at;
	return PM_OK;
}

/* Makes room for input, then inflates it. */
static enum pm_status inflate_step(
	struct pm_unpack *unpack, struct pm_pump *pump, bool *failed, struct pm_error *err)
{
	enum pm_status status = unpack->in_member ? fill(unpack, 1, err) : next_member(unpack, err);

	*failed = false;
	if (status == PM_OK && !unpack->ended)
		status = inflate_waiting(unpack, pump, failed, err);
	return status;
}

/* With care: all that comes out is given at once, but for what was given before. */
static enum pm_status inflate_some(
	struct pm_unpack *unpack, void *to, size_t n, size_t *got, struct pm_error *err)
{
	enum pm_status status = PM_OK;

	*got = 0;
	while (*got == 0 && !unpack->ended && status == PM_OK) {
		const bool again = unpack->in_member && unpack->again > 0;
		const size_t room = again && unpack->again < n ? (size_t)unpack->again : n;
		struct pm_pump pump = {.out = to, .n_out = room};
		bool failed;

		status = inflate_step(unpack, &pump, &failed, err);
		if (again)
			unpack->again -= room - pump.n_out;
		else
			*got = room - pump.n_out;
	}
	return status;
}

/* Fast: a member is given in pieces of one size, counted from where it begins, each only when it is
 * known to be undamaged. So what is given of it does not depend on the steps it is asked for in. */
static enum pm_status inflate_piece(
	struct pm_unpack *unpack, unsigned char *piece, size_t *n, struct pm_error *err)
{
	struct pm_pump pump = {.out = piece, .n_out = PM_UNPACK_PIECE};
	bool failed = false, begun;
	enum pm_status status = PM_OK;

	do {
		status = inflate_step(unpack, &pump, &failed, err);
		begun = unpack->in_member;
	} while (status == PM_OK && begun && !failed && pump.n_out > 0);
	*n = failed ? 0 : PM_UNPACK_PIECE - pump.n_out;
	unpack->given += *n;
	return status;
}

/* Where there is no room for a piece, it is held back and given bit by bit. */
static enum pm_status give_piece(
	struct pm_unpack *unpack, void *to, size_t n, size_t *got, struct pm_error *err)
{
	const bool fits = n >= PM_UNPACK_PIECE;
	enum pm_status status = PM_OK;

	*got = 0;
	if (!fits && unpack->held == NULL && (unpack->held = malloc(PM_UNPACK_PIECE)) == NULL)
		return pm_fail_memory(err);
	while (status == PM_OK && *got == 0 && unpack->held_at == unpack->n_held &&
		!unpack->ended && is_fast(unpack)) {
		if (fits) {
			status = inflate_piece(unpack, to, got, err);
		} else {
			unpack->held_at = 0;
			status = inflate_piece(unpack, unpack->held, &unpack->n_held, err);
		}
	}
	if (unpack->held_at < unpack->n_held) {
		*got = unpack->n_held - unpack->held_at < n ? unpack->n_held - unpack->held_at : n;
		memcpy(to, unpack->held + unpack->held_at, *got);
		unpack->held_at += *got;
	}
	return status;
}

size_t pm_unpack_room(const struct pm_unpack *unpack)
{
	return is_fast(unpack) ? PM_UNPACK_PIECE : 1;
}

enum pm_status pm_unpack_read(
	struct pm_unpack *unpack, void *to, size_t n, size_t *got, struct pm_error *err)
{
	const size_t held = waiting(unpack);
	const uint64_t untold = unpack->untold;

	unpack->untold = 0;
	if (untold > 0 && !pm_meter_add(unpack->meter, untold))
		return pm_fail(err, PM_E_STOPPED, "reading was stopped");
	if (unpack->packing != PM_PACKING_NONE &&
		(is_fast(unpack) || unpack->held_at < unpack->n_held)) {
		const enum pm_status status = give_piece(unpack, to, n, got, err);

		if (status != PM_OK || *got > 0 || is_fast(unpack))
			return status;
	}
	if (unpack->packing != PM_PACKING_NONE)
		return inflate_some(unpack, to, n, got, err);
	if (held == 0)
		return read_raw(unpack, to, n, got, err);
	*got = held < n ? held : n;
	memcpy(to, unpack->in + unpack->in_at, *got);
	unpack->in_at += *got;
	return PM_OK;
}
