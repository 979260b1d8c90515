/* SPDX-License-Identifier: MIT */
/* The NT kernel as one function, and asking it for a table whose size is not known. */
#ifndef POOLMON_SOURCE_NT_KERNEL_H
#define POOLMON_SOURCE_NT_KERNEL_H

#include <poolmon/error.h>

#include "source/nt/tables.h"

struct pm_nt_kernel {
	/* NtQuerySystemInformation: fills buffer[size] with what the class stands for, sets *told
	 * to how much that is, and returns an NTSTATUS. */
	uint32_t (*query)(
		void *context, uint32_t info_class, void *buffer, uint32_t size, uint32_t *told);
	void *context;
	unsigned word_bytes;         /* of a pointer of this process */
	char host[256], version[64]; /* UTF-8; "10.0.26100.2314" */
};

/* Memory that is kept from query to query. Begins as {0}; free() at. */
struct pm_nt_buffer {
	unsigned char *at; /* [size] */
	size_t size;
	bool clean; /* all of it is 0 */
};

enum {
	PM_NT_FIRST_BYTES = 64 * 1024,       /* that a query begins with */
	PM_NT_MOST_BYTES = 64 * 1024 * 1024, /* and does not go beyond */
};

/*
 * Asks until the buffer is large enough, doubling it each time: how much the kernel says it needs
 * is not to be trusted. The answer lies in the buffer.
 *
 * PM_E_UNSUPPORTED: this kernel has no such class (c0000003), or pool tagging is off (c0000002).
 * PM_E_ACCESS (c0000022, c0000061). PM_E_SYSTEM with sys_errno EAGAIN: the kernel had no memory for
 * the answer (c000009a and its like), which is likeliest while something leaks; another time it
 * may. PM_E_SYSTEM: anything else, and a table that is larger still. PM_E_MEMORY. Messages are as
 * PoolMon's, with a remedy.
 */
PM_MUST_USE enum pm_status pm_nt_query(const struct pm_nt_kernel *kernel, uint32_t info_class,
	struct pm_nt_buffer *buffer, struct pm_nt_answer *answer, struct pm_error *err);

/* Asks once, for a class whose size is fixed: the kernel wants exactly that of some. */
PM_MUST_USE enum pm_status pm_nt_query_sized(const struct pm_nt_kernel *kernel, uint32_t info_class,
	size_t size, struct pm_nt_buffer *buffer, struct pm_nt_answer *answer,
	struct pm_error *err);

#endif
