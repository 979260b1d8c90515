/* SPDX-License-Identifier: MIT */
/* Rows to lines. What repeats - times of a snapshot, keys, labels - is encoded once and copied. */
#ifndef POOLMON_LOG_ENCODER_H
#define POOLMON_LOG_ENCODER_H

#include <poolmon/error.h>

#include "base/arena.h"
#include "log/codec.h"

struct pm_encoder {
	const struct pm_codec *codec;
	const struct pm_label *labels; /* labels[n_labels], the caller's */
	size_t n_labels;
	struct pm_buf times, end;
	int64_t time_ms, uptime_ms;  /* what `times` stands for */
	struct pm_encoded_key *keys; /* [n_keys], by key id */
	size_t n_keys, next;         /* next: the one that is likely to follow */
	struct pm_arena arena;
};

/* Whether labels can be columns. PM_E_ARGUMENT: no; the message says which, and why. */
PM_MUST_USE enum pm_status pm_labels_check(
	const struct pm_label *labels, size_t n_labels, struct pm_error *err);

void pm_encoder_init(struct pm_encoder *encoder, enum pm_format format,
	const struct pm_label *labels, size_t n_labels);
void pm_encoder_deinit(struct pm_encoder *encoder);

/* Other labels from the next row on; the names must be those of before where there is a header. */
void pm_encoder_set_labels(
	struct pm_encoder *encoder, const struct pm_label *labels, size_t n_labels);

/* Whatever fails, fails for lack of memory and shows in out->failed. */
void pm_encoder_put_header(struct pm_encoder *encoder, struct pm_buf *out);
void pm_encoder_put_row(struct pm_encoder *encoder, const struct pm_row *row, struct pm_buf *out);

#endif
