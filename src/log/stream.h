/* SPDX-License-Identifier: MIT */
/* The bytes of a log, or of a part of it: inflated where they are compressed, and where they are
 * UTF-16 (PowerShell's redirection makes that of what a program prints) the bytes that it was made
 * of. */
#ifndef POOLMON_LOG_STREAM_H
#define POOLMON_LOG_STREAM_H

#include "base/codepage.h"
#include "base/file.h"
#include "log/unpack.h"

#define PM_STREAM_ALL UINT64_MAX

struct pm_ahead;

/* What a stream asks its owner, from whatever thread reads. All may be NULL. */
struct pm_stream_hooks {
	/* At the end: where that is now. If it is further on, the stream goes on to there; so parts
	 * that follow each other are read in one. */
	uint64_t (*more)(void *context);
	/* Before a read: whether a thread may be started that inflates ahead. */
	bool (*may_start)(void *context);
	void *context;
};

/* May be moved (copied, and the original forgotten). */
struct pm_stream {
	struct pm_file file;
	bool keeps_file; /* closing the stream leaves the file open */
	bool seekable;
	enum pm_packing packing;
	bool utf16; /* known once something was read */
	bool damaged;
	enum pm_reject_kind damage; /* if damaged: PM_REJECT_GZIP_* or PM_REJECT_ZSTD_* */
	uint64_t damage_at;         /* byte offset in the file */

	/* private */
	struct pm_unpack *unpack;
	struct pm_ahead *ahead; /* NULL: nothing is read ahead */
	struct pm_stream_hooks hooks;
	bool begun;    /* it is known whether it is UTF-16 */
	char first[2]; /* read to know that: first[first_at .. n_first) come out next */
	size_t first_at, n_first;
	struct pm_utf16 recoded;
	char *head; /* bytes put back: head[head_at .. n_head) come out first */
	size_t head_at, n_head;
};

/* Takes over `file` (closes it on failure too) unless keeps_file. Reads the bytes [at, end) of it;
 * a file that is not seekable from where it stands. Whether they are compressed is seen from the
 * bytes. PM_E_MEMORY, PM_E_INPUT where this build can't inflate them, or what reading fails with. */
PM_MUST_USE enum pm_status pm_stream_open(struct pm_stream *stream, struct pm_file file,
	bool keeps_file, bool seekable, uint64_t at, uint64_t end, struct pm_error *err);
void pm_stream_close(struct pm_stream *stream);

/* It is known that this is not UTF-16, so that nothing has to be read beforehand to see it. */
void pm_stream_expect_bytes(struct pm_stream *stream);

/* From here on the meter is told of each block. */
void pm_stream_set_meter(struct pm_stream *stream, struct pm_meter *meter);

/* To be called before the first read. */
void pm_stream_set_hooks(struct pm_stream *stream, const struct pm_stream_hooks *hooks);

/* From here on a thread inflates ahead of what is read, if there is anything to inflate, the file
 * is seekable (a thread that waits for a pipe could not be stopped) and a thread can be had. */
void pm_stream_read_ahead(struct pm_stream *stream);

/* Reads up to n bytes and puts them back again: the next reads give them once more. Returns a
 * pointer to them, valid until the next read; only as the first thing done with a stream. */
PM_MUST_USE enum pm_status pm_stream_peek(struct pm_stream *stream, size_t n, const char **head,
	size_t *n_head, struct pm_error *err);

/* Some bytes; *got == 0 exactly at the end, which is also where damage ends the stream.
 * PM_E_STOPPED: the meter says so. */
PM_MUST_USE enum pm_status pm_stream_read(
	struct pm_stream *stream, void *to, size_t n, size_t *got, struct pm_error *err);

#endif
