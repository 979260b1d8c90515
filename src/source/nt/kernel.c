/* SPDX-License-Identifier: MIT */
#include "source/nt/kernel.h"

#include "base/fail.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { DONE, TOO_SMALL, NO_CLASS, NO_TAGGING, NO_ACCESS, NO_KERNEL_MEMORY, OTHER };

/* NTSTATUS values, as Microsoft publishes them ([MS-ERREF] 2.3). */
static enum kind kind_of(uint32_t status)
{
	static const struct {
		uint32_t status;
		enum kind kind;
	} known[] = {
		{0x00000000, DONE}, {0xC0000004, TOO_SMALL}, /* STATUS_INFO_LENGTH_MISMATCH */
		{0xC0000023, TOO_SMALL},                     /* STATUS_BUFFER_TOO_SMALL */
		{0x80000005, TOO_SMALL},                     /* STATUS_BUFFER_OVERFLOW */
		{0xC0000003, NO_CLASS},                      /* STATUS_INVALID_INFO_CLASS */
		{0xC0000002, NO_TAGGING},                    /* STATUS_NOT_IMPLEMENTED */
		{0xC0000022, NO_ACCESS},                     /* STATUS_ACCESS_DENIED */
		{0xC0000061, NO_ACCESS},                     /* STATUS_PRIVILEGE_NOT_HELD */
		{0xC000009A, NO_KERNEL_MEMORY},              /* STATUS_INSUFFICIENT_RESOURCES */
		{0xC0000017, NO_KERNEL_MEMORY},              /* STATUS_NO_MEMORY */
		{0xC000012D, NO_KERNEL_MEMORY},              /* STATUS_COMMITMENT_LIMIT */
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].status == status)
			return known[i].kind;
	}
	return OTHER;
}

/* "Query pooltags Failed c0000002" is what PoolMon prints. */
static enum pm_status explain(uint32_t info_class, uint32_t ntstatus, struct pm_error *err)
{
	const bool sessions = info_class == PM_NT_SESSION_POOL_TAGS;
	char what[64];

	if (sessions)
		snprintf(what, sizeof(what), "Query session pooltags Failed %08" PRIx32, ntstatus);
	else if (info_class == PM_NT_POOL_TAGS || info_class == PM_NT_POOL_TAGS_2)
		snprintf(what, sizeof(what), "Query pooltags Failed %08" PRIx32, ntstatus);
	else
		snprintf(what, sizeof(what), "Query of class %" PRIu32 " Failed %08" PRIx32,
			info_class, ntstatus);
	switch (kind_of(ntstatus)) {
	case NO_TAGGING:
	case NO_CLASS:
		(void)pm_fail(err, PM_E_UNSUPPORTED, "%s", what);
		if (sessions)
			pm_error_remedy(err,
				"this kernel has no session pools; the source 'system' has the "
				"other ones");
		else if (kind_of(ntstatus) == NO_TAGGING)
			pm_error_remedy(err,
				"pool tagging is off: 'poolmon --tagging=on', as administrator, "
				"turns it on from the next start of Windows on");
		else
			pm_error_remedy(err,
				"this kernel offers no pool tags (Wine's does not, for one); what "
				"was recorded on Windows can be shown and analyzed here");
		return PM_E_UNSUPPORTED;
	case NO_ACCESS:
		(void)pm_fail(err, PM_E_ACCESS, "%s: access is denied", what);
		pm_error_remedy(err, "run it as administrator");
		return PM_E_ACCESS;
	case NO_KERNEL_MEMORY:
		(void)pm_fail(
			err, PM_E_SYSTEM, "%s: the kernel has no memory for the answer", what);
		if (err != NULL)
			err->sys_errno = EAGAIN;
		pm_error_remedy(err, "that is likeliest while something leaks; try again");
		return PM_E_SYSTEM;
	default:
		return pm_fail(err, PM_E_SYSTEM, "%s", what);
	}
}

static bool make_room(struct pm_nt_buffer *buffer, size_t size)
{
	unsigned char *at;

	if (size <= buffer->size)
		return true;
	at = calloc(1, size);
	if (at == NULL)
		return false;
	free(buffer->at);
	*buffer = (struct pm_nt_buffer){at, size, true};
	return true;
}

/* Asks once, with `size` bytes of the buffer. */
static uint32_t ask(const struct pm_nt_kernel *kernel, uint32_t info_class,
	struct pm_nt_buffer *buffer, size_t size, struct pm_nt_answer *answer)
{
	uint32_t told = 0, status;

	if (!buffer->clean)
		memset(buffer->at, 0, size);
	buffer->clean = false;
	status = kernel->query(kernel->context, info_class, buffer->at, (uint32_t)size, &told);
	*answer = (struct pm_nt_answer){info_class, buffer->at, size, told, kernel->word_bytes};
	return status;
}

enum pm_status pm_nt_query_sized(const struct pm_nt_kernel *kernel, uint32_t info_class,
	size_t size, struct pm_nt_buffer *buffer, struct pm_nt_answer *answer, struct pm_error *err)
{
	uint32_t status;

	if (!make_room(buffer, size))
		return pm_fail_memory(err);
	status = ask(kernel, info_class, buffer, size, answer);
	return kind_of(status) == DONE ? PM_OK : explain(info_class, status, err);
}

enum pm_status pm_nt_query(const struct pm_nt_kernel *kernel, uint32_t info_class,
	struct pm_nt_buffer *buffer, struct pm_nt_answer *answer, struct pm_error *err)
{
	size_t size = buffer->size > PM_NT_FIRST_BYTES ? buffer->size : PM_NT_FIRST_BYTES;

	for (; size <= PM_NT_MOST_BYTES; size *= 2) {
		uint32_t status;

		if (!make_room(buffer, size))
			return pm_fail_memory(err);
		status = ask(kernel, info_class, buffer, size, answer);
		if (kind_of(status) == DONE)
			return PM_OK;
		if (kind_of(status) != TOO_SMALL)
			return explain(info_class, status, err);
	}
	(void)pm_fail(err, PM_E_SYSTEM,
		"the kernel's table of class %" PRIu32 " is larger than %d MiB", info_class,
		PM_NT_MOST_BYTES / 1024 / 1024);
	pm_error_remedy(err, "that can't be; report it with the version of Windows");
	return PM_E_SYSTEM;
}
