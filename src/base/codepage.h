/* SPDX-License-Identifier: MIT */
/*
 * Characters back to the bytes that a program printed. PowerShell takes what a program prints for
 * text in the console's code page and writes it to a file as UTF-16 or UTF-8. In code page 437
 * every byte stands for a character of its own, so the bytes can be had back; other code pages of
 * consoles have most of these characters at the same places. What it has not becomes '?'.
 */
#ifndef POOLMON_BASE_CODEPAGE_H
#define POOLMON_BASE_CODEPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PM_BYTE_ORDER_MARK 0xFEFF

char pm_cp437_of(uint32_t character);

/* Of UTF-8 text at[n] to to[size]. Returns the number of bytes; SIZE_MAX if it is no UTF-8, or too
 * long. */
size_t pm_cp437_of_utf8(char *to, size_t size, const char *at, size_t n);

/* Of UTF-16 that comes in pieces of any size. */
struct pm_utf16 {
	bool big_endian;

	/* private */
	bool halved; /* the first byte of a character is in `half` */
	unsigned char half;
};

/* Replaces bytes[n] by the bytes of the characters that end in them; byte order marks are left out.
 * Returns their number. */
size_t pm_utf16_take(struct pm_utf16 *utf16, char *bytes, size_t n);

#endif
