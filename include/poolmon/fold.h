/* SPDX-License-Identifier: MIT */
/*
 * A fold: how rows become a result, part by part. A scan cuts the log into parts, folds each into a
 * state of its own on some thread, and merges the states in the order of the log. So that the
 * result does not depend on where it was cut, merging must be exact: merge(fold of A, fold of B) =
 * fold of A followed by B.
 */
#ifndef POOLMON_FOLD_H
#define POOLMON_FOLD_H

#include <poolmon/row.h>

struct pm_fold {
	size_t state_size;
	/* state points to state_size zeroed bytes. config is what the scan was given. */
	enum pm_status (*init)(void *state, const void *config, struct pm_error *err);
	/* At any time before the next row: none comes before those that it has. NULL: that makes no
	 * difference. */
	void (*begin)(void *state);
	/* One row; it and its key are gone after the part. Origins stay as long as the inputs do.
	 * Within one state equal key ids are equal keys. */
	enum pm_status (*step)(void *state, const struct pm_row *row, struct pm_error *err);
	/* Like step() for each of rows[n], n > 0, which are of one moment and one origin, none an
	 * event; what it is given may wait inside the state. NULL: there is only step(). */
	enum pm_status (*steps)(
		void *state, const struct pm_row *rows, size_t n, struct pm_error *err);
	/* Likewise for each of readings[n], n > 0, at the moment and of the origin of the rows that
	 * steps() was given last; they are gone after the call. May be set where steps() is. NULL:
	 * these come as rows, too. */
	enum pm_status (*more)(void *state, const struct pm_reading *const *readings, size_t n,
		struct pm_error *err);
	/* All rows were given, up to the end of a part: nothing waits any more. NULL where nothing
	 * ever does. */
	enum pm_status (*settle)(void *state, struct pm_error *err);
	/* Puts `from`, which directly follows, behind `into`. `from` is still deinitialised after. */
	enum pm_status (*merge)(void *into, void *from, struct pm_error *err);
	void (*deinit)(void *state);
};

#endif
