/* SPDX-License-Identifier: MIT */
/* How the library's own code fills a struct pm_error. Each function takes err == NULL. */
#ifndef POOLMON_BASE_FAIL_H
#define POOLMON_BASE_FAIL_H

#include <poolmon/error.h>

/* Begins a fresh record: status and message. Returns status, so `return pm_fail(...)` works. */
enum pm_status pm_fail(struct pm_error *err, enum pm_status status, const char *format, ...)
	PM_PRINTF(3, 4);

/* The same from an errno value: maps it to a status and appends the system's text for it. */
enum pm_status pm_fail_errno(struct pm_error *err, int number, const char *format, ...)
	PM_PRINTF(3, 4);

enum pm_status pm_fail_memory(struct pm_error *err);

/* Details added to a record that has been begun. file may be NULL: then it stays as it is. */
void pm_error_where(struct pm_error *err, const char *file, uint64_t line, uint64_t column);
void pm_error_remedy(struct pm_error *err, const char *format, ...) PM_PRINTF(2, 3);

#endif
