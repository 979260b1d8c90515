/* SPDX-License-Identifier: MIT */
/*
 * Writing a log: snapshots in, files out. A snapshot is written in one piece; after a failure the
 * file ends with the last whole snapshot before it.
 */
#ifndef POOLMON_WRITER_H
#define POOLMON_WRITER_H

#include <poolmon/format.h>
#include <poolmon/snapshot.h>
#include <poolmon/tag.h>

struct pm_writer;

struct pm_writer_options {
	/* "-": standard output. A directory, or a name that ends in '/': the active file in it is
	 * "poolmon" and the format's extension, always plain; it is made if missing, but not its
	 * parents. Else a file. A log that is there already is continued. */
	const char *output;
	enum pm_format format;
	int gzip_level;          /* 1 to 9; 0: plain */
	uint64_t rotate_bytes;   /* directories: begin a new file before this one grows larger; 0:
				    never */
	int64_t rotate_every_ms; /* directories: or gets older; 0: never */
	size_t keep;             /* directories: rotated files to keep; 0: all */
	const struct pm_label *labels; /* constant columns at the end of each row */
	size_t n_labels;
	const struct pm_filter
		*filter; /* tags to write; NULL: all. memory and event rows are always written */
};

struct pm_writer_stats {
	uint64_t snapshots, rows;
	uint64_t bytes;          /* as written, before compression */
	uint64_t files;          /* begun or continued */
	uint64_t repaired_bytes; /* a torn last line of an earlier run that was cut off */
};

/*
 * Opens the output; nothing is written before the first snapshot or event. Options and all they
 * point to must outlive the writer. origin says what `start` rows say; it is copied as text here
 * and now.
 *
 * PM_E_INPUT: what is there is no log of this format, or has other columns; it is left as it is.
 * PM_E_ARGUMENT: rotation without a directory. PM_E_ACCESS, PM_E_SPACE, PM_E_SYSTEM, PM_E_MEMORY.
 */
PM_API PM_MUST_USE enum pm_status pm_writer_create(struct pm_writer **writer,
	const struct pm_writer_options *options, const struct pm_origin *origin,
	struct pm_error *err);

/* Event rows (of any time) that every file is to hold after its `start` row, from the next file on;
 * the snapshot is the caller's and must stay until the writer is closed or given another. */
PM_API void pm_writer_set_preamble(struct pm_writer *writer, const struct pm_snapshot *preamble);

/* From the next snapshot on, rows are of this origin (a reboot in what is replayed): a `start` row
 * says so. PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_writer_set_origin(
	struct pm_writer *writer, const struct pm_origin *origin, struct pm_error *err);

/* Writes all rows of a snapshot, after rotation if it is due. On failure none of them is in the
 * log; the next call tries again. PM_E_ACCESS, PM_E_SPACE, PM_E_SYSTEM (sys_errno EPIPE: the reader
 * of a pipe went away), PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_writer_add(
	struct pm_writer *writer, const struct pm_snapshot *snapshot, struct pm_error *err);

/* A failure of compression or retention in the background since the last call; the log itself is
 * not affected, and the files in question stay as they are until the next rotation. */
PM_API enum pm_status pm_writer_background_failure(struct pm_writer *writer, struct pm_error *err);

/* Where rows go at the moment: a path, or "-". Valid until the next call. */
PM_API const char *pm_writer_path(const struct pm_writer *writer);

PM_API struct pm_writer_stats pm_writer_stats(const struct pm_writer *writer);

/* Flushes, makes durable, waits for compression, frees. The writer is gone after, whatever is
 * returned. */
PM_API enum pm_status pm_writer_close(struct pm_writer *writer, struct pm_error *err);

#endif
