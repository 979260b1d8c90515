/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include "base/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void pm_buf_init_fixed(struct pm_buf *buf, char *memory, size_t size)
{
	*buf = (struct pm_buf){.at = memory, .capacity = size, .fixed = true};
}

void pm_buf_deinit(struct pm_buf *buf)
{
	if (!buf->fixed)
		free(buf->at);
	*buf = (struct pm_buf){0};
}

char *pm_buf_reserve(struct pm_buf *buf, size_t n)
{
	size_t capacity = buf->capacity < 256 ? 256 : buf->capacity;
	char *grown;

	if (buf->failed)
		return NULL;
	if (n <= buf->capacity - buf->n)
		return buf->at + buf->n;
	if (buf->fixed || n > SIZE_MAX / 2 - buf->n) {
		buf->failed = true;
		return NULL;
	}
	while (capacity - buf->n < n)
		capacity *= 2;
	grown = realloc(buf->at, capacity);
	if (grown == NULL) {
		buf->failed = true;
		return NULL;
	}
	buf->at = grown;
	buf->capacity = capacity;
	return buf->at + buf->n;
}

void pm_buf_add(struct pm_buf *buf, const void *bytes, size_t n)
{
	char *to;

	if (n == 0)
		return;
	if (buf->fixed && !buf->failed && n > buf->capacity - buf->n) {
		memcpy(buf->at + buf->n, bytes, buf->capacity - buf->n);
		buf->n = buf->capacity;
		buf->failed = true;
		return;
	}
	to = pm_buf_reserve(buf, n);
	if (to != NULL) {
		memcpy(to, bytes, n);
		buf->n += n;
	}
}

void pm_buf_add_text(struct pm_buf *buf, const char *text)
{
	pm_buf_add(buf, text, strlen(text));
}

void pm_buf_add_char(struct pm_buf *buf, char c)
{
	pm_buf_add(buf, &c, 1);
}

void pm_buf_add_u64(struct pm_buf *buf, uint64_t value)
{
	char digits[PM_U64_DIGITS];

	pm_buf_add(buf, digits, pm_u64_format(digits, value));
}

void pm_buf_printf(struct pm_buf *buf, const char *format, ...)
{
	char small[512];
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	if (n < 0) {
		buf->failed = true;
	} else if ((size_t)n < sizeof(small)) {
		pm_buf_add(buf, small, (size_t)n);
	} else if (buf->fixed) {
		pm_buf_add(buf, small, sizeof(small) - 1);
		buf->failed = true;
	} else if (pm_buf_reserve(buf, (size_t)n + 1) != NULL) {
		vsnprintf(buf->at + buf->n, (size_t)n + 1, format, again);
		buf->n += (size_t)n;
	}
	va_end(again);
}

size_t pm_utf8_length(const char *at, size_t n)
{
	const unsigned char *c = (const unsigned char *)at;
	size_t length;
	uint32_t point;

	if (n == 0 || c[0] < 0x80)
		return n > 0;
	length = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
	if (c[0] < 0xc2 || c[0] > 0xf4 || n < length)
		return 0;
	point = c[0] & (0xffU >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (c[i] & 0x3f);
	}
	if ((length == 3 && point < 0x800) ||
		(length == 4 && (point < 0x10000 || point > 0x10ffff)) ||
		(point >= 0xd800 && point < 0xe000))
		return 0;
	return length;
}

bool pm_utf8_is_valid(const char *at, size_t n)
{
	while (n > 0) {
		const size_t length = pm_utf8_length(at, n);

		if (length == 0)
			return false;
		at += length;
		n -= length;
	}
	return true;
}

void pm_buf_add_visible(struct pm_buf *buf, const char *bytes, size_t n)
{
	while (n > 0) {
		const size_t length = pm_utf8_length(bytes, n);
		const unsigned char c = (unsigned char)bytes[0];

		if (length == 0 || c < 0x20 || c == 0x7f)
			pm_buf_printf(buf, "\\x%02X", c);
		else
			pm_buf_add(buf, bytes, length);
		bytes += length == 0 ? 1 : length;
		n -= length == 0 ? 1 : length;
	}
}

void pm_buf_add_json(struct pm_buf *buf, const char *bytes, size_t n)
{
	pm_buf_add_char(buf, '"');
	while (n > 0) {
		const size_t length = pm_utf8_length(bytes, n);
		const unsigned char c = (unsigned char)bytes[0];

		if (length == 0) {
			pm_buf_printf(buf, "\\\\x%02X", c);
		} else if (c == '"' || c == '\\') {
			pm_buf_add_char(buf, '\\');
			pm_buf_add_char(buf, (char)c);
		} else if (c < 0x20 || c == 0x7f) {
			pm_buf_printf(buf, "\\u%04x", c);
		} else {
			pm_buf_add(buf, bytes, length);
		}
		bytes += length == 0 ? 1 : length;
		n -= length == 0 ? 1 : length;
	}
	pm_buf_add_char(buf, '"');
}

const char *pm_buf_terminate(struct pm_buf *buf)
{
	if (buf->fixed) {
		if (buf->capacity == 0)
			return "";
		buf->at[buf->n < buf->capacity ? buf->n : buf->capacity - 1] = '\0';
		return buf->at;
	}
	if (pm_buf_reserve(buf, 1) == NULL)
		return "";
	buf->at[buf->n] = '\0';
	return buf->at;
}

void pm_buf_drop(struct pm_buf *buf, size_t n)
{
	memmove(buf->at, buf->at + n, buf->n - n);
	buf->n -= n;
}
