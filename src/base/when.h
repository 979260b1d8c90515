/* SPDX-License-Identifier: MIT */
/* Points in time as text (UTC, milliseconds since 1970), and spans and sizes as people type them. */
#ifndef POOLMON_BASE_WHEN_H
#define POOLMON_BASE_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PM_TIME_TEXT 24 /* "2026-11-21T21:45:00.000Z", no NUL */

/* The separator is 'T' (RFC 3339, ends in Z; 24 bytes) or ' ' (spreadsheets, no Z; 23 bytes).
 * Years 1970 to 9999; outside that range the nearest moment in it. Returns the bytes written. */
size_t pm_time_format(char text[PM_TIME_TEXT], int64_t ms, char separator);

/* "20261121T214500Z": the time as it stands in a file's name (16 bytes). */
#define PM_TIME_STAMP 16
void pm_time_stamp(char text[PM_TIME_STAMP], int64_t ms);
bool pm_time_stamp_parse(const char *at, size_t n, int64_t *ms);

/* Either form that pm_time_format writes: date, 'T' or ' ', time, any number of decimals (those
 * past the third are dropped), then nothing, Z or an offset like +01:00. */
bool pm_time_parse(const char *at, size_t n, int64_t *ms);

/* What a person types: the above, or without seconds, or the date alone (midnight). */
bool pm_time_parse_loose(const char *at, size_t n, int64_t *ms);

/* "250ms", "5s", "10m", "2h30m", "1d", "2w"; a bare number is seconds. Never negative. */
bool pm_duration_parse(const char *at, size_t n, int64_t *ms);

/* "250 ms", "5 s", "10 min", "2 h 30 min", "12 d 4 h": at most two parts, from 10 s on whole
 * seconds. */
#define PM_DURATION_TEXT 32
const char *pm_duration_format(char text[PM_DURATION_TEXT], int64_t ms);

/* "64k", "10MiB", "1.5G": units of 1024, "MB" meaning the same as "MiB"; a bare number is bytes. */
bool pm_size_parse(const char *at, size_t n, uint64_t *bytes);

/* Whether text that was not taken would have been, had its numbers been smaller. */
bool pm_duration_is_too_long(const char *at, size_t n);
bool pm_size_is_too_large(const char *at, size_t n);

/* "512 B", "36.1 MiB": three significant digits or so, rounded to nearest, exact integer
 * arithmetic. */
#define PM_SIZE_TEXT 24
const char *pm_size_format(char text[PM_SIZE_TEXT], uint64_t bytes);

/* Whole bytes of so many: 0 of less than one, and the most that there can be of more than that. */
uint64_t pm_size_of_real(double bytes);

/* "+500 objects/s": of so many an hour, by the second, minute or hour, whichever reads well. */
#define PM_OBJECTS_RATE_TEXT 352 /* no double is longer */
const char *pm_objects_rate_format(char text[PM_OBJECTS_RATE_TEXT], double per_hour);

#endif
