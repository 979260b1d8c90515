/* SPDX-License-Identifier: MIT */
#include "base/fail.h"

#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void begin(struct pm_error *err, enum pm_status status, int number)
{
	err->status = status;
	err->sys_errno = number;
	err->line = err->column = 0;
	err->file[0] = err->remedy[0] = '\0';
}

enum pm_status pm_fail(struct pm_error *err, enum pm_status status, const char *format, ...)
{
	if (err != NULL) {
		va_list args;

		begin(err, status, 0);
		va_start(args, format);
		vsnprintf(err->message, sizeof(err->message), format, args);
		va_end(args);
	}
	return status;
}

static enum pm_status status_of_errno(int number)
{
	switch (number) {
	case EACCES:
	case EPERM:
	case EROFS:
		return PM_E_ACCESS;
	case ENOSPC:
	case EFBIG:
#ifdef EDQUOT
	case EDQUOT:
#endif
		return PM_E_SPACE;
	case ENOMEM:
		return PM_E_MEMORY;
	default:
		return PM_E_SYSTEM;
	}
}

enum pm_status pm_fail_errno(struct pm_error *err, int number, const char *format, ...)
{
	const enum pm_status status = status_of_errno(number);

	if (err != NULL) {
		va_list args;
		size_t used;

		begin(err, status, number);
		va_start(args, format);
		vsnprintf(err->message, sizeof(err->message), format, args);
		va_end(args);
		used = strlen(err->message);
		snprintf(
			err->message + used, sizeof(err->message) - used, ": %s", strerror(number));
	}
	return status;
}

enum pm_status pm_fail_memory(struct pm_error *err)
{
	return pm_fail(err, PM_E_MEMORY, "out of memory");
}

void pm_error_where(struct pm_error *err, const char *file, uint64_t line, uint64_t column)
{
	if (err == NULL)
		return;
	if (file != NULL)
		snprintf(err->file, sizeof(err->file), "%s", file[0] == '\0' ? "''" : file);
	err->line = line;
	err->column = column;
}

void pm_error_remedy(struct pm_error *err, const char *format, ...)
{
	va_list args;

	if (err == NULL)
		return;
	va_start(args, format);
	vsnprintf(err->remedy, sizeof(err->remedy), format, args);
	va_end(args);
}

const char *pm_error_text(const struct pm_error *err, char *text, size_t size)
{
	struct pm_buf out;

	pm_buf_init_fixed(&out, text, size);
	if (err->file[0] != '\0') {
		pm_buf_add_visible(&out, err->file, strlen(err->file));
		if (err->line != 0)
			pm_buf_printf(&out, ":%llu", (unsigned long long)err->line);
		if (err->line != 0 && err->column != 0)
			pm_buf_printf(&out, ":%llu", (unsigned long long)err->column);
		pm_buf_add_text(&out, ": ");
	}
	pm_buf_add_visible(&out, err->message, strlen(err->message));
	if (err->remedy[0] != '\0') {
		pm_buf_add_text(&out, "; ");
		pm_buf_add_visible(&out, err->remedy, strlen(err->remedy));
	}
	return pm_buf_terminate(&out);
}
