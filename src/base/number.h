/* SPDX-License-Identifier: MIT */
/*
 * Numbers to text and back, exact and independent of the locale. A whole number is written one way
 * only: digits, no sign, no leading zero, no fraction, no exponent. That is what every reader of a
 * log accepts, whatever the format around it.
 */
#ifndef POOLMON_BASE_NUMBER_H
#define POOLMON_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why a text is not the number that was asked for. */
enum pm_number {
	PM_NUMBER_OK = 0,
	PM_NUMBER_EMPTY,
	PM_NUMBER_JUNK, /* a character that no number has */
	PM_NUMBER_NEGATIVE,
	PM_NUMBER_FRACTION,
	PM_NUMBER_EXPONENT,
	PM_NUMBER_LEADING_ZERO,
	PM_NUMBER_RANGE, /* larger than the type holds */
};

#define PM_U64_DIGITS    20
#define PM_DOUBLE_DIGITS 32

enum pm_number pm_u64_parse(const char *at, size_t n, uint64_t *value);

/* Decimal seconds ("7200", "7200.5", "7200.500000001") to whole milliseconds, digits past the third
 * dropped. At most INT64_MAX / 4 ms. */
enum pm_number pm_seconds_parse(const char *at, size_t n, int64_t *ms);

/* Each writes no NUL and returns the number of bytes that count; what is behind them may be written
 * over too. */
size_t pm_u64_format(char digits[PM_U64_DIGITS], uint64_t value);
size_t pm_seconds_format(char digits[PM_U64_DIGITS + 4], int64_t ms);

/* value with up to 15 significant digits, '.' as decimal point, NUL-terminated; "null" where it is
 * not finite (JSON knows no such number). The same text on every platform. */
const char *pm_double_format(char text[PM_DOUBLE_DIGITS], double value);

#endif
