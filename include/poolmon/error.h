/* SPDX-License-Identifier: MIT */
/*
 * Status codes and the error record that every fallible function of libpoolmon fills.
 *
 * A fallible function returns enum pm_status and takes `struct pm_error *err` as its last
 * parameter. NULL is allowed there: then only the status comes back. On PM_OK (and PM_END) the
 * record is left untouched. The library never prints, never exits and keeps no global state.
 */
#ifndef POOLMON_ERROR_H
#define POOLMON_ERROR_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define PM_MUST_USE __attribute__((warn_unused_result))
#else
#define PM_MUST_USE
#endif

#if defined(__MINGW32__) && !defined(__clang__)
#define PM_PRINTF(f, a) __attribute__((format(gnu_printf, f, a)))
#elif defined(__GNUC__)
#define PM_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define PM_PRINTF(f, a)
#endif

#if defined(__GNUC__) && !defined(_WIN32)
#define PM_VISIBLE __attribute__((visibility("default")))
#else
#define PM_VISIBLE
#endif

/* Before a function, and before a table. */
#if defined(__cplusplus)
#define PM_API  extern "C" PM_VISIBLE
#define PM_DATA extern "C" PM_VISIBLE
#else
#define PM_API  PM_VISIBLE
#define PM_DATA extern PM_VISIBLE
#endif

/* What happened. Unless a function says otherwise its object stays usable after any of these. */
enum pm_status {
	PM_OK = 0,
	PM_END,        /* no further row, snapshot or item; not an error */
	PM_E_ARGUMENT, /* the caller asked for something that can't be (message says what) */
	PM_E_MEMORY,   /* an allocation failed */
	PM_E_INPUT,    /* what was read is not what it should be; file, line and column say where */
	PM_E_UNSUPPORTED, /* well-formed, but of a version or kind that this build can't serve */
	PM_E_ACCESS,      /* the operating system refused for lack of permission */
	PM_E_SPACE,       /* no space (or quota) left on the device being written, or (sys_errno
			     EFBIG) a file that may not grow any more */
	PM_E_SYSTEM,      /* any other failure of the operating system; sys_errno says which */
	PM_E_STOPPED,     /* the caller wanted no more of it */
};

/* A record of one failure. Plain data: copy it, drop it; nothing in it is owned. */
struct pm_error {
	enum pm_status status;
	int sys_errno;     /* errno behind it, 0 where there is none */
	uint64_t line;     /* 1-based line in `file`, 0 where it makes no sense */
	uint64_t column;   /* 1-based byte column in that line, 0 likewise */
	char file[512];    /* path as the caller gave it, "" where no file is involved */
	char message[320]; /* what is wrong, and what was seen */
	char remedy[320];  /* what to do about it, "" where nothing useful can be said */
};

/*
 * Writes "FILE:LINE:COLUMN: message; remedy" to text[size], always NUL-terminated, cut off where
 * it does not fit; parts that are not known are left out. Control characters from the input
 * are shown as \xNN. Returns text.
 */
PM_API const char *pm_error_text(const struct pm_error *err, char *text, size_t size);

#endif
