/* SPDX-License-Identifier: MIT */
/*
 * A codec turns rows into lines and lines into rows. What is the same in every format - which
 * fields there are, what their values may be, how rows refer to keys - is in encoder.c and
 * decoder.c; a codec only knows where in a line a field stands. To add a format: one file with one
 * struct pm_codec, and an entry in codecs.c.
 */
#ifndef POOLMON_LOG_CODEC_H
#define POOLMON_LOG_CODEC_H

#include <poolmon/format.h>
#include <poolmon/row.h>

#include "base/buf.h"
#include "log/rejecting.h"
#include "model/lookup.h"

enum { PM_LINE_MAX = 64 * 1024 };

/* The fields of one line, as they stand there: not converted, but unquoted and unescaped as the
 * format wants it. Absent fields have at == NULL. */
struct pm_fields {
	struct pm_span field[PM_N_LOG_FIELDS];
	const char *place[PM_N_LOG_FIELDS]; /* where in the line, if not at field[].at; or NULL */
};

struct pm_decoder;

enum pm_line {
	PM_LINE_ROW,      /* fields are filled in */
	PM_LINE_NO_ROW,   /* a header, or a blank line */
	PM_LINE_REJECTED, /* and counted */
};

struct pm_codec {
	const char *name, *extension;

	/* Rows mean something only along with what stands before them: not to be cut into parts. */
	bool in_one_piece;

	/* Whether a file whose first lines (or what there is of them) are head[n] is of this
	 * format. */
	bool (*probe)(const char *head, size_t n);

	/* What a file begins with. NULL, and likewise the next four: it is read only. */
	void (*put_header)(struct pm_buf *out, const struct pm_label *labels, size_t n_labels);

	/* The four parts that a line is made of, each beginning with its separator. */
	void (*put_times)(struct pm_buf *out, int64_t time_ms, int64_t uptime_ms);
	void (*put_key)(struct pm_buf *out, const struct pm_key *key);
	void (*put_values)(struct pm_buf *out, const struct pm_row *row);
	void (*put_end)(struct pm_buf *out, const struct pm_label *labels, size_t n_labels);

	/* How many bytes of a line, from behind its times on, tell pool, tag and type, if it is
	 * written as put_*() write it; 0: it is not. Up to PM_BYTES_SLACK more than [at, end) may be
	 * read. NULL: lines are never recalled (see recall.h). */
	size_t (*key_length)(const char *at, const char *end);

	/* Finds the fields of the line [at, end), which has no line end. Where decoder->more is
	 * set, it is called once more for the same line, scratch memory empty again. */
	enum pm_line (*split)(struct pm_decoder *decoder, const char *at, const char *end,
		struct pm_fields *fields);
};

extern const struct pm_codec pm_codec_csv, pm_codec_ndjson, pm_codec_poolmon;
extern const struct pm_codec *const pm_codecs[PM_N_FORMATS]; /* by enum pm_format */

#endif
