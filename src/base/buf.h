/* SPDX-License-Identifier: MIT */
/*
 * A byte buffer that grows, or one of fixed size that cuts off. An allocation that fails marks the
 * buffer (`failed`) and later additions do nothing: check once, at the end.
 */
#ifndef POOLMON_BASE_BUF_H
#define POOLMON_BASE_BUF_H

#include <poolmon/error.h>

#include <stdbool.h>
#include <string.h>

struct pm_span {
	const char *at;
	size_t n;
};

static inline struct pm_span pm_span_of(const char *text)
{
	return (struct pm_span){text, strlen(text)};
}

static inline bool pm_span_is(struct pm_span span, const char *text)
{
	const size_t n = strlen(text);

	return span.n == n && (n == 0 || memcmp(span.at, text, n) == 0);
}

/* Begins as {0}. */
struct pm_buf {
	char *at;
	size_t n;
	size_t capacity;
	bool fixed;  /* memory is the caller's: never grown, never freed */
	bool failed; /* an allocation failed, or a fixed buffer was too small */
};

void pm_buf_init_fixed(struct pm_buf *buf, char *memory, size_t size);
void pm_buf_deinit(struct pm_buf *buf);

/* Makes room for n more bytes; returns where they go, or NULL (buffer marked). */
char *pm_buf_reserve(struct pm_buf *buf, size_t n);

void pm_buf_add(struct pm_buf *buf, const void *bytes, size_t n);
void pm_buf_add_text(struct pm_buf *buf, const char *text);
void pm_buf_add_char(struct pm_buf *buf, char c);
void pm_buf_add_u64(struct pm_buf *buf, uint64_t value);
void pm_buf_printf(struct pm_buf *buf, const char *format, ...) PM_PRINTF(2, 3);

/* Adds bytes that came from outside: control characters, DEL and what is not UTF-8 as \xNN. */
void pm_buf_add_visible(struct pm_buf *buf, const char *bytes, size_t n);

/* Adds them as a JSON string, quotes included; bytes that are not UTF-8 become the text \xNN. */
void pm_buf_add_json(struct pm_buf *buf, const char *bytes, size_t n);

/* Bytes of the UTF-8 character at the beginning; 0 if there is none (n == 0, or not UTF-8). */
size_t pm_utf8_length(const char *at, size_t n);
bool pm_utf8_is_valid(const char *at, size_t n);

/* Ends the content with NUL (not counted in n) and returns it; "" where that failed. */
const char *pm_buf_terminate(struct pm_buf *buf);

static inline void pm_buf_clear(struct pm_buf *buf)
{
	buf->n = 0;
	buf->failed = false;
}

/* Removes the first n bytes. */
void pm_buf_drop(struct pm_buf *buf, size_t n);

#endif
