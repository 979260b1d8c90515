/* SPDX-License-Identifier: MIT */
/*
 * Folding logs as fast as they can be read: in parts, on several threads, each row once and in the
 * order of time (see reader.h). The result is the same for any number of threads.
 */
#ifndef POOLMON_SCAN_H
#define POOLMON_SCAN_H

#include <poolmon/fold.h>
#include <poolmon/reader.h>

struct pm_scan_options {
	unsigned jobs; /* threads; 0: one for each processor */
	struct pm_read_options read;
	size_t part_bytes; /* about how large the parts are that a log is cut into; 0: as fits */
	/* Called now and then from any thread, one call at a time; NULL: not at all. Bytes are those
	 * of the files as they stand there. Return false to give up: the scan ends with PM_END. */
	bool (*progress)(void *context, uint64_t bytes_done, uint64_t bytes_in_all);
	void *progress_context;
};

struct pm_scan_result {
	struct pm_read_counts counts;
	struct pm_input_counts *inputs; /* [pm_inputs_count()] */
};

/*
 * Folds all rows of the inputs into `state`, which fold->init has not seen yet; on success it is to
 * be deinitialised by the caller, on failure it has been. *result likewise, by
 * pm_scan_result_deinit. Logs that overlap in time are found on the way; they are read again,
 * merged.
 *
 * PM_E_MEMORY, what reading fails with, what the fold returns, PM_END after progress() gave up.
 */
PM_API PM_MUST_USE enum pm_status pm_scan(struct pm_inputs *inputs, const struct pm_fold *fold,
	const void *config, void *state, const struct pm_scan_options *options,
	struct pm_scan_result *result, struct pm_error *err);
PM_API void pm_scan_result_deinit(struct pm_scan_result *result);

#endif
