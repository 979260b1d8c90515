/* SPDX-License-Identifier: MIT */
/* What a reader did not take, and why: counted by kind, the first few of each kind kept. */
#ifndef POOLMON_REJECTS_H
#define POOLMON_REJECTS_H

#include <poolmon/error.h>

#include <stdbool.h>

/* id, name (stable, for machines), what is wrong (for people) */
#define PM_REJECT_KINDS(X)                                                                         \
	X(SYNTAX, "syntax", "not a row of this format")                                            \
	X(NUL, "nul-bytes", "the line holds NUL bytes")                                            \
	X(CONTROL, "control-character", "a control character in a text")                           \
	X(ENCODING, "encoding", "a text that is not UTF-8")                                        \
	X(LONG_LINE, "long-line", "the line is longer than 64 KiB")                                \
	X(TORN, "torn-line", "the last line does not end in a newline")                            \
	X(COLUMNS, "columns", "more or fewer columns than the header names")                       \
	X(MISSING, "missing-field", "a required field is empty")                                   \
	X(REPEATED, "repeated-field", "a field is given twice")                                    \
	X(TYPE_OF_VALUE, "wrong-type", "a number where a text belongs, or a text for a number")    \
	X(TIME, "bad-time", "not a time")                                                          \
	X(NUMBER, "bad-number", "not a whole number")                                              \
	X(NEGATIVE, "negative-number", "a negative number")                                        \
	X(FRACTION, "fraction", "a fraction where a whole number belongs")                         \
	X(EXPONENT, "exponent", "a number with an exponent")                                       \
	X(LEADING_ZERO, "leading-zero", "a number with leading zeros")                             \
	X(RANGE, "out-of-range", "a number beyond 64 bits")                                        \
	X(POOL, "unknown-pool", "no pool that this version knows")                                 \
	X(TYPE, "unknown-type", "no type that this version knows")                                 \
	X(TAG, "long-tag", "a tag longer than 511 bytes")                                          \
	X(NO_VALUES, "no-values", "a row without a single number")                                 \
	X(BACKWARDS, "backwards", "earlier than the row before it")                                \
	X(GZIP_TRUNCATED, "gzip-truncated", "the gzip data ends too early")                        \
	X(GZIP_CORRUPT, "gzip-corrupt", "the gzip data is damaged")                                \
	X(GZIP_GARBAGE, "gzip-garbage", "something that is not gzip follows the gzip data")        \
	X(ZSTD_TRUNCATED, "zstd-truncated", "the zstd data ends too early")                        \
	X(ZSTD_CORRUPT, "zstd-corrupt", "the zstd data is damaged")                                \
	X(ZSTD_GARBAGE, "zstd-garbage", "something that is not zstd follows the zstd data")        \
	X(ZSTD_WINDOW, "zstd-window", "the zstd data wants more than 128 MiB to be inflated")

#define PM_REJECT_ENUM(id, name, text) PM_REJECT_##id,
enum pm_reject_kind { PM_REJECT_KINDS(PM_REJECT_ENUM) PM_N_REJECTS };
#undef PM_REJECT_ENUM

/* Kinds of damage to compressed data: where it is counts in bytes of the file, not in lines. */
static inline bool pm_reject_is_packed(int kind)
{
	return kind >= PM_REJECT_GZIP_TRUNCATED;
}

struct pm_reject_info {
	const char *name, *text;
};
PM_DATA const struct pm_reject_info pm_reject_infos[PM_N_REJECTS];

enum { PM_REJECTS_KEPT = 3 };

struct pm_reject {
	uint32_t input;  /* which input, see inputs.h */
	uint64_t line;   /* 1-based; of compressed data the byte offset in the file instead */
	uint32_t column; /* 1-based byte in the line, 0 where the whole line is meant */
	char field[20];  /* the field in question, or "" */
	char seen[48];   /* the beginning of what was seen */
};

struct pm_rejects {
	struct {
		uint64_t n; /* how many in all */
		struct pm_reject first[PM_REJECTS_KEPT];
	} kinds[PM_N_REJECTS];
};

PM_API uint64_t pm_rejects_total(const struct pm_rejects *rejects);

/* Number of `first` entries that are filled in. */
static inline unsigned pm_rejects_kept(const struct pm_rejects *rejects, int kind)
{
	const uint64_t n = rejects->kinds[kind].n;

	return n < PM_REJECTS_KEPT ? (unsigned)n : (unsigned)PM_REJECTS_KEPT;
}

#endif
