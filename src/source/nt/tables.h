/* SPDX-License-Identifier: MIT */
/*
 * Tables of pool tags as the NT kernel tells them (NtQuerySystemInformation, classes 22, 255, 67):
 * bytes to numbers. Microsoft documents none of them; offsets are those of published headers. So a
 * table is believed only where its size, its count and its entries agree, whatever the version of
 * the kernel, and where they don't with the layout of this process, the others are tried: a 32-bit
 * process may be shown either. Pure functions, for any bytes, on any system.
 */
#ifndef POOLMON_SOURCE_NT_TABLES_H
#define POOLMON_SOURCE_NT_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PM_NT_BASIC = 0,
	PM_NT_PERFORMANCE = 2,
	PM_NT_TIME_OF_DAY = 3,
	PM_NT_POOL_TAGS = 22, /* counters of 32 bits */
	PM_NT_SESSION_POOL_TAGS = 67,
	PM_NT_POOL_TAGS_2 = 255, /* recent kernels: counters as wide as pointers */
};

/* What a query that succeeded has left. */
struct pm_nt_answer {
	uint32_t info_class;
	const unsigned char *bytes; /* [size]; what the kernel did not write is 0 */
	size_t size;
	size_t told;         /* how many it says it wrote, which is not always so */
	unsigned word_bytes; /* of a pointer of this process: 4 or 8 */
};

struct pm_nt_counts {           /* of one pool */
	uint64_t allocs, frees; /* since boot, modulo 2^bits */
	uint64_t bytes;         /* outstanding */
	unsigned bits;          /* 32 or 64 */
};

struct pm_nt_tag {
	char tag[4]; /* as it is shown, low byte first, without the bit that marks it as protected */
	struct pm_nt_counts paged, nonpaged;
};

/* Whether anything was ever allocated. */
bool pm_nt_counts_used(const struct pm_nt_counts *counts);

/* How many allocations are outstanding: allocs - frees modulo 2^bits. The two are not read at one
 * moment: where that gives less than none, it is none. */
uint64_t pm_nt_counts_outstanding(const struct pm_nt_counts *counts);

struct pm_nt_layout;

struct pm_nt_table {
	const struct pm_nt_layout *layout;
	const unsigned char *entries;
	uint32_t n;
};

/* False: it is no table of pool tags of any layout. The answer's bytes must outlive the table. */
bool pm_nt_table_open(struct pm_nt_table *table, const struct pm_nt_answer *answer);

/* Entry i < n. */
void pm_nt_table_at(const struct pm_nt_table *table, uint32_t i, struct pm_nt_tag *tag);

/* A chain of tables, one for each session. */
struct pm_nt_sessions {
	const struct pm_nt_answer *answer;
	const struct pm_nt_chain *chain; /* how they are chained */
	size_t at;                       /* of the next one; SIZE_MAX: there is none */
};

/* False: it is no such chain of any layout. It may be empty. */
bool pm_nt_sessions_open(struct pm_nt_sessions *sessions, const struct pm_nt_answer *answer);

/* False: that was all. */
bool pm_nt_sessions_next(
	struct pm_nt_sessions *sessions, uint32_t *session, struct pm_nt_table *table);

#endif
