/* SPDX-License-Identifier: MIT */
#include "base/when.h"

#include "base/number.h"

#include <stdio.h>
#include <string.h>

#define MS_PER_DAY 86400000

static const int64_t last_ms = INT64_C(253402300799999); /* 9999-12-31 23:59:59.999 */

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar, years counted from March so
 * that the leap day comes last (the usual era/day-of-era split, 400 years = 146,097 days). */
static int64_t days_of_date(int year, unsigned month, unsigned day)
{
	const int64_t y = year - (month <= 2);
	const int64_t era = y / 400;
	const unsigned year_of_era = (unsigned)(y - era * 400);
	const unsigned day_of_year = (153 * (month + (month > 2 ? -3U : 9U)) + 2) / 5 + day - 1;
	const unsigned day_of_era =
		year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + (int64_t)day_of_era - 719468;
}

static void date_of_days(int64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	const uint64_t z = (uint64_t)(days + 719468);
	const uint64_t era = z / 146097;
	const unsigned day_of_era = (unsigned)(z - era * 146097);
	const unsigned year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	const unsigned day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const unsigned mp = (5 * day_of_year + 2) / 153;

	*day = day_of_year - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (unsigned)(year_of_era + era * 400 + (*month <= 2));
}

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static void put(char *at, unsigned value, int digits)
{
	while (digits-- > 0) {
		at[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

size_t pm_time_format(char text[PM_TIME_TEXT], int64_t ms, char separator)
{
	unsigned year, month, day, rest;

	ms = ms < 0 ? 0 : ms > last_ms ? last_ms : ms;
	date_of_days(ms / MS_PER_DAY, &year, &month, &day);
	rest = (unsigned)(ms % MS_PER_DAY);
	put(text, year, 4);
	text[4] = text[7] = '-';
	put(text + 5, month, 2);
	put(text + 8, day, 2);
	text[10] = separator;
	put(text + 11, rest / 3600000, 2);
	text[13] = text[16] = ':';
	put(text + 14, rest / 60000 % 60, 2);
	put(text + 17, rest / 1000 % 60, 2);
	text[19] = '.';
	put(text + 20, rest % 1000, 3);
	if (separator != 'T')
		return 23;
	text[23] = 'Z';
	return 24;
}

void pm_time_stamp(char text[PM_TIME_STAMP], int64_t ms)
{
	char full[PM_TIME_TEXT];
	static const unsigned char from[] = {
		0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 14, 15, 17, 18, 23};

	pm_time_format(full, ms, 'T');
	for (size_t i = 0; i < sizeof(from); i++)
		text[i] = full[from[i]];
}

static bool get(const char *at, size_t n, unsigned *value)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++) {
		const unsigned digit = (unsigned char)at[i] - (unsigned)'0';

		if (digit > 9)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

bool pm_time_stamp_parse(const char *at, size_t n, int64_t *ms)
{
	char full[19];

	if (n != PM_TIME_STAMP || at[8] != 'T' || at[15] != 'Z')
		return false;
	snprintf(full, sizeof(full), "%.4s-%.2s-%.2sT%.2s:%.2s", at, at + 4, at + 6, at + 9,
		at + 11);
	if (!pm_time_parse_loose(full, 16, ms))
		return false;
	unsigned second;
	if (!get(at + 13, 2, &second) || second > 59)
		return false;
	*ms += second * 1000;
	return true;
}

/* "+01:00" as milliseconds to take away. */
static bool parse_offset(const char *at, size_t n, int64_t *ms)
{
	unsigned hour, minute;

	if (n != 6 || (at[0] != '+' && at[0] != '-') || at[3] != ':' || !get(at + 1, 2, &hour) ||
		!get(at + 4, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ms = (int64_t)(hour * 60 + minute) * 60000 * (at[0] == '-' ? -1 : 1);
	return true;
}

static bool parse_date(const char *at, int64_t *ms)
{
	unsigned year, month, day;

	if (!get(at, 4, &year) || at[4] != '-' || !get(at + 5, 2, &month) || at[7] != '-' ||
		!get(at + 8, 2, &day) || year < 1970 || month < 1 || month > 12 || day < 1 ||
		day > days_in_month(year, month))
		return false;
	*ms = days_of_date((int)year, month, day) * MS_PER_DAY;
	return true;
}

static bool parse_minutes(const char *at, int64_t *ms)
{
	unsigned hour, minute;

	if ((at[0] != 'T' && at[0] != ' ' && at[0] != 't') || !get(at + 1, 2, &hour) ||
		at[3] != ':' || !get(at + 4, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ms += (int64_t)(hour * 60 + minute) * 60000;
	return true;
}

bool pm_time_parse(const char *at, size_t n, int64_t *ms)
{
	unsigned second, scale = 100;
	int64_t value, offset = 0;
	size_t i = 19;

	if (n < 19 || !parse_date(at, &value) || !parse_minutes(at + 10, &value) || at[16] != ':' ||
		!get(at + 17, 2, &second) || second > 60) /* 60: a leap second */
		return false;
	value += (int64_t)second * 1000;
	if (i < n && at[i] == '.') {
		for (i++; i < n && at[i] >= '0' && at[i] <= '9'; i++) {
			value += (int64_t)scale * (at[i] - '0');
			scale /= 10;
		}
		if (i == 20)
			return false;
	}
	if (i < n && !(n - i == 1 && (at[i] == 'Z' || at[i] == 'z')) &&
		!parse_offset(at + i, n - i, &offset))
		return false;
	*ms = value - offset;
	return true;
}

bool pm_time_parse_loose(const char *at, size_t n, int64_t *ms)
{
	int64_t value;

	if (n > 16 && at[16] == ':')
		return pm_time_parse(at, n, ms);
	if (n < 10 || !parse_date(at, &value))
		return false;
	if (n > 10 &&
		(n < 16 || !parse_minutes(at + 10, &value) || (n == 17 && at[16] != 'Z') || n > 17))
		return false;
	*ms = value;
	return true;
}

bool pm_duration_parse(const char *at, size_t n, int64_t *ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
		{"ms", 1},
		{"s", 1000},
		{"sec", 1000},
		{"m", 60000},
		{"min", 60000},
		{"h", 3600000},
		{"d", MS_PER_DAY},
		{"w", INT64_C(7) * MS_PER_DAY},
	};
	int64_t total = 0;
	size_t i = 0;

	while (i < n) {
		size_t digits = i, letters;
		int64_t part, factor = 1000;

		while (digits < n &&
			((at[digits] >= '0' && at[digits] <= '9') || at[digits] == '.'))
			digits++;
		letters = digits;
		while (letters < n && at[letters] >= 'a' && at[letters] <= 'z')
			letters++;
		/* Seconds with three decimals: the unit of "5.5" is then thousandths of the unit. */
		if (pm_seconds_parse(at + i, digits - i, &part) != PM_NUMBER_OK)
			return false;
		if (letters > digits) {
			factor = 0;
			for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
				if (strlen(units[u].name) == letters - digits &&
					memcmp(units[u].name, at + digits, letters - digits) == 0)
					factor = units[u].ms;
			}
		} else if (i != 0) {
			return false; /* "1h30": thirty of what? */
		}
		if (factor == 0 || part > INT64_MAX / 4 / factor)
			return false;
		part = part * factor / 1000;
		if (total > INT64_MAX / 4 - part)
			return false;
		total += part;
		i = letters;
	}
	*ms = total;
	return n > 0;
}

const char *pm_duration_format(char text[PM_DURATION_TEXT], int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = {{MS_PER_DAY, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}, {1, "ms"}};
	size_t n = 0;
	int parts = 0;

	if (ms < 0)
		ms = 0;
	if (ms >= 10000)
		ms = (ms + 500) / 1000 * 1000;
	for (size_t u = 0; u < 5 && parts < 2; u++) {
		const int64_t count = ms / units[u].ms;

		if (count != 0 || (u == 4 && parts == 0)) {
			n += (size_t)snprintf(text + n, PM_DURATION_TEXT - n, "%s%lld %s",
				parts > 0 ? " " : "", (long long)count, units[u].name);
			parts++;
		} else if (parts > 0) {
			break; /* neighbours only: "1 d", not "1 d 3 ms" */
		}
		ms -= count * units[u].ms;
	}
	return text;
}

static unsigned size_shift(const char *at, size_t n)
{
	static const char letters[] = "KMGTPE";
	const char *letter;

	if (n == 0 || (n == 1 && (at[0] == 'B' || at[0] == 'b')))
		return 0;
	letter = strchr(letters, at[0] >= 'a' && at[0] <= 'z' ? at[0] - 'a' + 'A' : at[0]);
	if (letter == NULL || *letter == '\0')
		return UINT32_MAX;
	if (n == 1 || (n == 2 && (at[1] == 'B' || at[1] == 'b')) ||
		(n == 3 && at[1] == 'i' && (at[2] == 'B' || at[2] == 'b')))
		return (unsigned)(letter - letters + 1) * 10;
	return UINT32_MAX;
}

bool pm_size_parse(const char *at, size_t n, uint64_t *bytes)
{
	size_t digits = 0, unit;
	int64_t thousandths;
	uint64_t whole;
	unsigned shift;

	while (digits < n && ((at[digits] >= '0' && at[digits] <= '9') || at[digits] == '.'))
		digits++;
	unit = digits + (digits < n && at[digits] == ' ');
	shift = size_shift(at + unit, n - unit);
	if (shift == UINT32_MAX)
		return false;
	if (pm_u64_parse(at, digits, &whole) == PM_NUMBER_OK) {
		if (whole > UINT64_MAX >> shift)
			return false;
		*bytes = whole << shift;
		return true;
	}
	if (pm_seconds_parse(at, digits, &thousandths) != PM_NUMBER_OK || shift == 0 ||
		(uint64_t)thousandths > UINT64_MAX >> shift)
		return false;
	*bytes = ((uint64_t)thousandths << shift) / 1000;
	return true;
}

static bool is_digit(const char *at, size_t n, size_t i)
{
	return i < n && at[i] >= '0' && at[i] <= '9';
}

/* Whether a parser would have taken text with smaller numbers in it. */
static bool is_too_much(const char *at, size_t n, bool (*takes)(const char *at, size_t n))
{
	char small[64];
	size_t n_small = 0;

	for (size_t i = 0; i < n; i++) {
		const bool digit = is_digit(at, n, i);
		const bool further = digit && i > 0 && is_digit(at, n, i - 1);

		if (further)
			continue;
		if (n_small == sizeof(small) || (digit && at[i] == '0' && is_digit(at, n, i + 1)))
			return false;
		small[n_small++] = digit ? '1' : at[i];
	}
	return takes(small, n_small);
}

static bool takes_duration(const char *at, size_t n)
{
	int64_t ms;

	return pm_duration_parse(at, n, &ms);
}

static bool takes_size(const char *at, size_t n)
{
	uint64_t bytes;

	return pm_size_parse(at, n, &bytes);
}

bool pm_duration_is_too_long(const char *at, size_t n)
{
	return is_too_much(at, n, takes_duration);
}

bool pm_size_is_too_large(const char *at, size_t n)
{
	return is_too_much(at, n, takes_size);
}

const char *pm_size_format(char text[PM_SIZE_TEXT], uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	unsigned unit = 0;
	uint64_t tenths;

	while (unit < 6 && bytes >> (10 * unit) >= 1024)
		unit++;
	if (unit == 0) {
		snprintf(text, PM_SIZE_TEXT, "%llu B", (unsigned long long)bytes);
		return text;
	}
	/* value = whole + fraction / 2^shift, rounded half up to tenths */
	const unsigned shift = 10 * unit;
	const uint64_t whole = bytes >> shift, fraction = bytes & ((UINT64_C(1) << shift) - 1);

	tenths = whole * 10 + ((fraction >> (shift - 10)) * 10 + 512) / 1024;
	if (tenths >= 10240 && unit < 6) {
		unit++;
		tenths = 10;
	}
	if (tenths >= 1000)
		snprintf(text, PM_SIZE_TEXT, "%llu %s", (unsigned long long)((tenths + 5) / 10),
			units[unit]);
	else
		snprintf(text, PM_SIZE_TEXT, "%llu.%llu %s", (unsigned long long)(tenths / 10),
			(unsigned long long)(tenths % 10), units[unit]);
	return text;
}

uint64_t pm_size_of_real(double bytes)
{
	return bytes > 0 ? bytes < 1.8e19 ? (uint64_t)bytes : UINT64_MAX : 0;
}

const char *pm_objects_rate_format(char text[PM_OBJECTS_RATE_TEXT], double per_hour)
{
	const double size = per_hour < 0 ? -per_hour : per_hour;

	if (size >= 3600)
		snprintf(text, PM_OBJECTS_RATE_TEXT,
			size < 999.5 * 3600 ? "%+.3g objects/s" : "%+.0f objects/s",
			per_hour / 3600);
	else if (size >= 60)
		snprintf(text, PM_OBJECTS_RATE_TEXT, "%+.3g objects/min", per_hour / 60);
	else
		snprintf(text, PM_OBJECTS_RATE_TEXT, "%+.3g objects/h", per_hour);
	return text;
}
