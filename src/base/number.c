/* SPDX-License-Identifier: MIT */
#include "base/number.h"

#include "base/bytes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is wrong with a text that does not consist of digits alone. */
static enum pm_number blame(const char *at, size_t n)
{
	bool fraction = false;

	if (at[0] == '-')
		return n > 1 && at[1] >= '0' && at[1] <= '9' ? PM_NUMBER_NEGATIVE : PM_NUMBER_JUNK;
	for (size_t i = 0; i < n; i++) {
		if (at[i] >= '0' && at[i] <= '9')
			continue;
		if (i > 0 && (at[i] == 'e' || at[i] == 'E'))
			return PM_NUMBER_EXPONENT;
		if (at[i] != '.' || fraction || i == 0)
			return PM_NUMBER_JUNK;
		fraction = true;
	}
	return fraction ? PM_NUMBER_FRACTION : PM_NUMBER_OK;
}

enum pm_number pm_u64_parse(const char *at, size_t n, uint64_t *value)
{
	uint64_t v = 0;

	if (n == 0)
		return PM_NUMBER_EMPTY;
	for (size_t i = 0; i < n; i++) {
		const unsigned digit = (unsigned char)at[i] - (unsigned)'0';

		if (digit > 9)
			return blame(at, n);
		if (i >= 19 && (i > 19 || v > (UINT64_MAX - digit) / 10))
			return at[0] == '0' ? PM_NUMBER_LEADING_ZERO : PM_NUMBER_RANGE;
		v = v * 10 + digit;
	}
	if (at[0] == '0' && n > 1)
		return PM_NUMBER_LEADING_ZERO;
	*value = v;
	return PM_NUMBER_OK;
}

enum pm_number pm_seconds_parse(const char *at, size_t n, int64_t *ms)
{
	const char *dot = n == 0 ? NULL : memchr(at, '.', n);
	const size_t n_whole = dot == NULL ? n : (size_t)(dot - at);
	uint64_t whole = 0, scale = 100, part = 0;
	const enum pm_number r = pm_u64_parse(at, n_whole, &whole);

	if (r != PM_NUMBER_OK)
		return r;
	if (whole > (uint64_t)INT64_MAX / 4000 - 1)
		return PM_NUMBER_RANGE;
	if (dot != NULL && n_whole + 1 == n)
		return PM_NUMBER_JUNK;
	for (size_t i = n_whole + 1; i < n; i++) {
		const unsigned digit = (unsigned char)at[i] - (unsigned)'0';

		if (digit > 9)
			return at[i] == 'e' || at[i] == 'E' ? PM_NUMBER_EXPONENT : PM_NUMBER_JUNK;
		part += scale * digit;
		scale /= 10;
	}
	*ms = (int64_t)(whole * 1000 + part);
	return PM_NUMBER_OK;
}

enum { LOG10_CHUNK = 8, CHUNK = 100000000 };

/* The digits of a number below CHUNK, a byte each, the first in the lowest bits: fours, pairs, all,
 * side by side. 10486 / 2^20 and 103 / 2^10 divide by 100 and by 10 what is as small as this. */
static uint64_t digits_of(uint32_t value)
{
	uint64_t digits = value / 10000 | (uint64_t)(value % 10000) << 32;
	uint64_t whole = digits * 10486 >> 20 & UINT64_C(0x0000007f0000007f);

	digits = whole | (digits - 100 * whole) << 16;
	whole = digits * 103 >> 10 & UINT64_C(0x000f000f000f000f);
	return whole | (digits - 10 * whole) << 8;
}

/* Compilers make one store of it. */
static void put_digits(char to[LOG10_CHUNK], uint64_t digits)
{
	digits |= UINT64_C(0x3030303030303030);
	for (int i = 0; i < LOG10_CHUNK; i++)
		to[i] = (char)(digits >> (8 * i) & 0xff);
}

size_t pm_u64_format(char digits[PM_U64_DIGITS], uint64_t value)
{
	uint64_t first;
	size_t n;

	if (value >= CHUNK) {
		n = pm_u64_format(digits, value / CHUNK);
		put_digits(digits + n, digits_of((uint32_t)(value % CHUNK)));
		return n + LOG10_CHUNK;
	}
	first = digits_of((uint32_t)value);
	/* as many as there are zeros in front of it, but the last digit stays */
	n = pm_lowest_bit(first | UINT64_C(1) << 56) / 8;
	put_digits(digits, first >> (8 * n));
	return LOG10_CHUNK - n;
}

size_t pm_seconds_format(char digits[PM_U64_DIGITS + 4], int64_t ms)
{
	const uint64_t whole = ms < 0 ? 0 : (uint64_t)ms / 1000;
	const unsigned part = ms < 0 ? 0 : (unsigned)((uint64_t)ms % 1000);
	size_t n = pm_u64_format(digits, whole);

	digits[n++] = '.';
	digits[n++] = (char)('0' + part / 100);
	digits[n++] = (char)('0' + part / 10 % 10);
	digits[n++] = (char)('0' + part % 10);
	return n;
}

const char *pm_double_format(char text[PM_DOUBLE_DIGITS], double value)
{
	if (!isfinite(value))
		return strcpy(text, "null");
	if (value == 0)
		value = 0; /* no "-0" */
	snprintf(text, PM_DOUBLE_DIGITS, "%.15g", value);
	for (char *c = text; *c != '\0'; c++) {
		if (*c == ',')
			*c = '.';
	}
	return text;
}
