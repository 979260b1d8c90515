/* SPDX-License-Identifier: MIT */
/*
 * What an NT kernel answers, built byte by byte as its headers have it and not as our decoders do;
 * and a kernel that answers with it.
 */
#ifndef POOLMON_TESTS_NT_H
#define POOLMON_TESTS_NT_H

#include "source/nt/kernel.h"

#include "base/buf.h"

#include <assert.h>

/* ---- tables ---- */

struct nt_counts {
	uint64_t allocs, frees, bytes;
};

struct nt_tag {
	const char *tag; /* 4 bytes */
	struct nt_counts paged, nonpaged;
};

enum nt_form { NT_32, NT_64, NT_64_WIDER };

static inline void nt_put(struct pm_buf *table, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		pm_buf_add_char(table, (char)(value >> (8 * i) & 0xff));
}

/* Bytes of one value until there are n. */
static inline void nt_fill(struct pm_buf *table, size_t n, unsigned char value)
{
	const size_t missing = n > table->n ? n - table->n : 0;

	if (missing > 0) {
		memset(pm_buf_reserve(table, missing), value, missing);
		table->n += missing;
	}
}

/* A counter, the low part of it where the form has no room for more. */
static inline void nt_put_pool(
	struct pm_buf *table, enum nt_form form, const struct nt_counts *counts)
{
	const unsigned counter = form == NT_64_WIDER ? 8 : 4;

	nt_put(table, counts->allocs, counter);
	nt_put(table, counts->frees, counter);
}

static inline void nt_put_tag(struct pm_buf *table, enum nt_form form, const struct nt_tag *tag)
{
	pm_buf_add(table, tag->tag, 4);
	if (form == NT_64_WIDER)
		nt_put(table, 0xDDDDDDDD, 4); /* filler: whatever was there */
	nt_put_pool(table, form, &tag->paged);
	if (form == NT_64)
		nt_put(table, 0xDDDDDDDD, 4);
	nt_put(table, tag->paged.bytes, form == NT_32 ? 4 : 8);
	nt_put_pool(table, form, &tag->nonpaged);
	nt_put(table, tag->nonpaged.bytes, form == NT_32 ? 4 : 8);
}

static inline void nt_put_table(
	struct pm_buf *table, enum nt_form form, const struct nt_tag *tags, uint32_t n)
{
	nt_put(table, n, 4);
	if (form != NT_32)
		nt_put(table, 0xDDDDDDDD, 4);
	for (uint32_t i = 0; i < n; i++)
		nt_put_tag(table, form, &tags[i]);
}

struct nt_session {
	uint32_t id;
	const struct nt_tag *tags; /* [n] */
	uint32_t n;
};

/* count_first: as some kernels are said to have it. */
static inline void nt_put_sessions(struct pm_buf *table, enum nt_form form, bool count_first,
	const struct nt_session *sessions, size_t n)
{
	const unsigned word = form == NT_32 ? 4 : 8;

	for (size_t i = 0; i < n; i++) {
		const size_t size = 2 * 4 + word + sessions[i].n * (form == NT_32 ? 0x1C : 0x28);
		const size_t aligned = (size + 7) / 8 * 8;

		nt_put(table, i + 1 < n ? aligned : 0, word);
		nt_put(table, count_first ? sessions[i].n : sessions[i].id, 4);
		nt_put(table, count_first ? sessions[i].id : sessions[i].n, 4);
		for (uint32_t t = 0; t < sessions[i].n; t++)
			nt_put_tag(table, form, &sessions[i].tags[t]);
		if (i + 1 < n)
			nt_put(table, 0, (unsigned)(aligned - size));
	}
}

/* ---- a kernel ---- */

/* What it answers to one class. */
struct nt_class {
	uint32_t info_class;
	uint32_t status;     /* for as long as failures lasts */
	unsigned failures;   /* of the next queries; then it answers */
	struct pm_buf table; /* owned */
	uint32_t lie;        /* told in place of the size, whatever happens; 0: the truth */
	size_t grows;        /* bytes by which the table grows with each query that fails */
	unsigned queries;    /* that there were */
	uint32_t asked[32];  /* sizes of the first of them */
};

struct nt_kernel {
	struct nt_class classes[8];
	size_t n;
};

static inline struct nt_class *nt_class_of(struct nt_kernel *kernel, uint32_t info_class)
{
	for (size_t i = 0; i < kernel->n; i++) {
		if (kernel->classes[i].info_class == info_class)
			return &kernel->classes[i];
	}
	assert(kernel->n < 8);
	kernel->classes[kernel->n] = (struct nt_class){.info_class = info_class};
	return &kernel->classes[kernel->n++];
}

/* From now on it fails so, always. */
static inline void nt_fail(struct nt_kernel *kernel, uint32_t info_class, uint32_t status)
{
	struct nt_class *answer = nt_class_of(kernel, info_class);

	answer->status = status;
	answer->failures = UINT32_MAX;
}

static inline uint32_t nt_answer(
	void *context, uint32_t info_class, void *buffer, uint32_t size, uint32_t *told)
{
	struct nt_kernel *kernel = context;
	struct nt_class *answer = NULL;

	*told = 0;
	for (size_t i = 0; i < kernel->n; i++)
		answer = kernel->classes[i].info_class == info_class ? &kernel->classes[i] : answer;
	if (answer == NULL)
		return 0xC0000003;
	if (answer->queries < sizeof(answer->asked) / sizeof(answer->asked[0]))
		answer->asked[answer->queries] = size;
	answer->queries++;
	*told = answer->lie != 0 ? answer->lie : (uint32_t)answer->table.n;
	if (answer->failures > 0) {
		answer->failures -= answer->failures != UINT32_MAX;
		return answer->status;
	}
	if (size < answer->table.n) {
		memcpy(buffer, answer->table.at, size); /* counts more than there is room for */
		if (answer->table.n <= PM_NT_MOST_BYTES)
			nt_fill(&answer->table, answer->table.n + answer->grows, 0);
		return 0xC0000004;
	}
	if (answer->table.n > 0)
		memcpy(buffer, answer->table.at, answer->table.n);
	return 0;
}

static inline void nt_free(struct nt_kernel *kernel)
{
	for (size_t i = 0; i < kernel->n; i++)
		pm_buf_deinit(&kernel->classes[i].table);
}

/* SystemBasicInformation, SystemPerformanceInformation and SystemTimeOfDayInformation: what the
 * rows of PoolMon's header are made of, in pages of 4 KiB. */
static inline void nt_put_machine(struct nt_kernel *kernel, unsigned word_bytes, uint64_t boot_time)
{
	static const struct {
		size_t at;
		uint32_t pages;
	} performance[] = {
		{0x2C, 24091},      /* available */
		{0x30, 50875},      /* committed */
		{0x34, 160229},     /* limit */
		{0x38, 65158},      /* peak */
		{0x3C, 4000000000}, /* page faults, a count */
		{0x70, 6805},       /* paged pool */
		{0x74, 2083},       /* nonpaged pool */
		{0x8C, 400},        /* resident code of the system */
		{0xA8, 4464},       /* resident paged pool */
		{0xAC, 79},         /* resident code of drivers */
	};
	struct pm_buf *basic = &nt_class_of(kernel, 0)->table;
	struct pm_buf *counts = &nt_class_of(kernel, 2)->table;
	struct pm_buf *time = &nt_class_of(kernel, 3)->table;

	nt_put(basic, 0, 4);
	nt_put(basic, 156250, 4);
	nt_put(basic, 4096, 4);
	nt_put(basic, 65155, 4); /* pages */
	nt_fill(basic, word_bytes == 4 ? 0x2C : 0x40, 0);
	for (size_t i = 0; i < sizeof(performance) / sizeof(performance[0]); i++) {
		nt_fill(counts, performance[i].at, 0xEE);
		nt_put(counts, performance[i].pages, 4);
	}
	nt_fill(counts, 0x158, 0xEE);
	nt_put(time, boot_time, 8);
	nt_fill(time, 0x20, 0);
}

static inline struct pm_nt_kernel nt_interface(struct nt_kernel *kernel, unsigned word_bytes)
{
	return (struct pm_nt_kernel){
		.query = nt_answer,
		.context = kernel,
		.word_bytes = word_bytes,
		.host = "nt-host",
		.version = "10.0.26100.2314",
	};
}

#endif
