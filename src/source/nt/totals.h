/* SPDX-License-Identifier: MIT */
/*
 * What the NT kernel tells of the whole machine (NtQuerySystemInformation, classes 0, 2 and 3), for
 * PoolMon's header: bytes to numbers. Offsets are the same for both widths of pointers. Pure
 * functions, for any bytes; what the kernel did not write is not known.
 */
#ifndef POOLMON_SOURCE_NT_TOTALS_H
#define POOLMON_SOURCE_NT_TOTALS_H

#include "source/nt/tables.h"

/* How many bytes to ask for: of PM_NT_BASIC the kernel wants exactly its own size, of
 * PM_NT_TIME_OF_DAY no more than that, and of PM_NT_PERFORMANCE no less, which grew over time. */
enum { PM_NT_BASIC_BYTES_32 = 0x2C, PM_NT_BASIC_BYTES_64 = 0x40, PM_NT_TIME_OF_DAY_BYTES = 0x20 };

struct pm_nt_machine {
	uint64_t page_bytes, total_bytes;
};

/* PM_NT_BASIC. False: it is not told, or no processor has pages of that size. */
bool pm_nt_machine_read(struct pm_nt_machine *machine, const struct pm_nt_answer *answer);

/* PM_NT_TIME_OF_DAY: 100 ns since 1601; 0: it is not told. */
uint64_t pm_nt_boot_time(const struct pm_nt_answer *answer);

enum { PM_NT_TOTALS = 9 };

struct pm_nt_total {
	const char *tag; /* of the row */
	uint64_t value;  /* bytes; of PageFlts a count, modulo 2^32 */
};

/* PM_NT_PERFORMANCE: those that are known, into totals; returns how many. Amounts are told in
 * pages, so without a size of them there is but PageFlts. */
size_t pm_nt_totals_read(struct pm_nt_total totals[PM_NT_TOTALS], const struct pm_nt_answer *answer,
	uint64_t page_bytes);

#endif
