/* SPDX-License-Identifier: MIT */
/* Writing notes: logfmt pairs, `key=value key="two words"`. Reading them is in <poolmon/row.h>. */
#ifndef POOLMON_MODEL_NOTE_H
#define POOLMON_MODEL_NOTE_H

#include "base/buf.h"

/* Appends ` key=value` (no space at the very beginning), quoted where it must be. */
void pm_note_add(struct pm_buf *note, const char *key, struct pm_span value);
void pm_note_add_text(struct pm_buf *note, const char *key, const char *value);
void pm_note_add_u64(struct pm_buf *note, const char *key, uint64_t value);

#endif
