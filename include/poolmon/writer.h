/* SPDX-License-Identifier: MIT */
/*
 * Writing a log: snapshots in, files out. A snapshot is written in one piece; after a failure the
 * file ends with the last whole snapshot before it, and the next one that can be written is
 * preceded by a `gap` row that says how many are missing, and why.
 *
 * One writer has an output at a time: a directory is locked by a file ".poolmon.lock" in it, a file
 * is locked itself. The lock goes with the process.
 */
#ifndef POOLMON_WRITER_H
#define POOLMON_WRITER_H

#include <poolmon/format.h>
#include <poolmon/packing.h>
#include <poolmon/snapshot.h>
#include <poolmon/tag.h>

struct pm_writer;

/* When what was written is made durable (fsync), so that a power cut can't take it. */
enum pm_sync {
	PM_SYNC_ROTATE, /* when a file is complete: at rotation and at the end */
	PM_SYNC_EVERY,  /* and every sync_every_ms, in the background: a snapshot waits so long at
			   most */
	PM_SYNC_ALWAYS, /* before pm_writer_add() returns */
	PM_SYNC_NEVER,  /* when the system finds the time */
};

struct pm_writer_options {
	/* "-": standard output. A directory, or a name that ends in '/': the active file in it is
	 * "poolmon" and the format's extension, always plain; it is made if missing, but not its
	 * parents. Else a file. A log that is there already is continued. */
	const char *output;
	enum pm_format format;
	enum pm_packing packing; /* directories: of rotated files */
	int level;               /* of gzip 1 to 9, of zstd 1 to 19; 0: as suits it best */
	uint64_t rotate_bytes;   /* directories: begin a new file before this one grows larger; 0:
				    never */
	int64_t rotate_every_ms; /* directories: or gets older; 0: never */
	size_t keep;             /* directories: rotated files to keep; 0: all */
	uint64_t keep_bytes; /* directories: what all files there that are ours may take together,
				at any moment; the oldest go before more is written. 0: any number.
				Implies rotation, at an eighth of it unless rotate_bytes says */
	int64_t keep_for_ms; /* directories: rotated files go when it is that long ago; 0: never.
				Implies rotation likewise */
	enum pm_sync sync;
	int64_t sync_every_ms;         /* with PM_SYNC_EVERY */
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
	uint64_t missed;         /* snapshots that could not be written */
};

/*
 * Opens the output; nothing is written before the first snapshot or event. Options and all they
 * point to must outlive the writer. origin says what `start` rows say; it is copied as text here
 * and now.
 *
 * PM_E_INPUT: what is there is no log of this format, or has other columns, or is a symbolic link
 * in the directory; it is left as it is. PM_E_ARGUMENT: rotation without a directory, keep_bytes
 * too small. PM_E_UNSUPPORTED: the packing is not in this build. PM_E_SYSTEM with sys_errno EBUSY:
 * another process is writing there; the message names it. PM_E_ACCESS, PM_E_SPACE, PM_E_SYSTEM,
 * PM_E_MEMORY.
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

/* Writes all rows of a snapshot, after rotation if it is due. A file or directory that was moved
 * away or removed since the last call is made anew. On failure no row of it is in the log; the next
 * call tries to open what could not be written again, and begins with the event rows of those that
 * failed. PM_E_ACCESS, PM_E_SPACE, PM_E_SYSTEM (sys_errno EPIPE: the reader of a pipe went away),
 * PM_E_INPUT (something else is there now), PM_E_MEMORY. PM_E_ARGUMENT: the first snapshot is
 * larger than keep_bytes. */
PM_API PM_MUST_USE enum pm_status pm_writer_add(
	struct pm_writer *writer, const struct pm_snapshot *snapshot, struct pm_error *err);

/* Whether a later call may succeed after one has failed: false for standard output, pipes and
 * devices. */
PM_API bool pm_writer_recovers(const struct pm_writer *writer);

/* Makes all that was added durable, whatever `sync` says. PM_E_SPACE, PM_E_SYSTEM. */
PM_API PM_MUST_USE enum pm_status pm_writer_sync(struct pm_writer *writer, struct pm_error *err);

/* Closes the file and opens what its path names now, at the next snapshot at the latest: after a
 * request to reopen (logrotate). */
PM_API void pm_writer_reopen(struct pm_writer *writer);

/* A failure since the last call to compress, to remove, to rotate or to make durable; what was
 * written is in the log all the same, and it is tried again. */
PM_API enum pm_status pm_writer_background_failure(struct pm_writer *writer, struct pm_error *err);

/* Who writes into a directory: *pid is the process's id, 0 where it can't be told. PM_END: nobody
 * does. PM_E_ACCESS, PM_E_SYSTEM, PM_E_MEMORY. */
PM_API PM_MUST_USE enum pm_status pm_writer_find(
	const char *directory, uint64_t *pid, struct pm_error *err);

/* Where rows go at the moment: a path, or "-". Valid until the next call. */
PM_API const char *pm_writer_path(const struct pm_writer *writer);

PM_API struct pm_writer_stats pm_writer_stats(const struct pm_writer *writer);

/* Flushes, makes durable, waits for compression, frees. The writer is gone after, whatever is
 * returned. */
PM_API enum pm_status pm_writer_close(struct pm_writer *writer, struct pm_error *err);

#endif
