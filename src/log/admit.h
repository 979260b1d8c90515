/* SPDX-License-Identifier: MIT */
/*
 * Which of the rows that were read count: each once, and those of one boot in the order of its
 * monotonic clock. A falling uptime is a reboot where the boot is not known and the wall clock went
 * on; else the row is out of order.
 */
#ifndef POOLMON_LOG_ADMIT_H
#define POOLMON_LOG_ADMIT_H

#include "base/hash.h"
#include "model/origin.h"

struct pm_moment {
	const struct pm_origin *origin;
	int64_t time_ms, uptime_ms;
};

/* How a moment follows another of the same boot. */
enum pm_order {
	PM_ORDER_FORWARD,
	PM_ORDER_SAME,
	PM_ORDER_BACKWARDS,
	PM_ORDER_REBOOT, /* told by the falling uptime alone, as the boot is not known */
};

enum pm_order pm_order_of(struct pm_moment before, struct pm_moment after);

/* One boot of one host as far as it was read. */
struct pm_boot {
	struct pm_moment first, last;
	size_t input; /* which input `last` was read from; see pm_admission_append() */
};

struct pm_timeline; /* one host as far as it was read */

struct pm_admission {
	struct pm_origins *origins; /* the caller's */
	uint64_t seed;
	uint64_t n_snapshots;  /* moments at which something was sampled */
	struct pm_boot *boots; /* [n_boots], in the order of first sight */
	size_t n_boots, boots_capacity;
	struct pm_index boot_index;

	/* private */
	struct pm_timeline *timelines; /* [n] */
	size_t n, capacity;
	struct pm_index index;
	struct pm_timeline *current;
};

enum pm_admitted {
	PM_ADMITTED,
	PM_ADMITTED_NOT_DUPLICATE, /* the same row was there before */
	PM_ADMITTED_NOT_BACKWARDS,
	PM_ADMITTED_FAILED, /* out of memory */
};

void pm_admission_init(struct pm_admission *admission, struct pm_origins *origins);
void pm_admission_deinit(struct pm_admission *admission);

/* Sets row->origin to one that counts implied reboots. Keys must come from one table. */
enum pm_admitted pm_admission_ask(struct pm_admission *admission, struct pm_row *row);

/* Of rows[n], samples of the moment and origin of the sample that was asked about last and that was
 * admitted: keeps those that count, in their order, at the beginning, with the origin set. Returns
 * how many; SIZE_MAX: out of memory. */
size_t pm_admission_ask_more(struct pm_admission *admission, struct pm_row *rows, size_t n);

/* Likewise of readings[n], which have no origin. */
size_t pm_admission_ask_again(
	struct pm_admission *admission, const struct pm_reading **readings, size_t n);

/* What an origin means that tells no boot: with the reboots implied so far on its host. NULL when
 * out of memory. */
const struct pm_origin *pm_admission_effective(
	const struct pm_admission *admission, const struct pm_origin *origin);

/* The boot that an origin tells; NULL if it was not met. */
struct pm_boot *pm_admission_find(
	const struct pm_admission *admission, const struct pm_origin *origin);

/* Whether `later`, a part that was read on its own, simply follows: no boot in it begins before it
 * ended here, and no host's clock goes back from one boot to another. *input: if not, the input
 * that what it collides with was read from. */
bool pm_admission_is_followed_by(
	const struct pm_admission *admission, const struct pm_admission *later, size_t *input);

/* Puts such a part behind, read from `input`. false when out of memory. */
bool pm_admission_append(
	struct pm_admission *admission, const struct pm_admission *later, size_t input);

#endif
