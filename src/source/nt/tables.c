/* SPDX-License-Identifier: MIT */
#include "source/nt/tables.h"

#include "source/nt/bytes.h"

#include <string.h>

/* The least that an allocation takes, on any processor. */
enum { ALLOCATION_BYTES = 8 };

/* More than a pool takes, on any. */
#define POOL_BYTES (UINT64_C(1) << 48)

/* Where things are. */
struct pm_nt_layout {
	unsigned header; /* bytes before the first entry of a table, which begin with its count */
	unsigned entry;  /* bytes; they begin with the tag */
	unsigned counter_bytes, used_bytes;
	struct {
		unsigned allocs, frees, used;
	} paged, nonpaged;
};

enum layout { NARROW, WIDE, WIDER, N_LAYOUTS };

static const struct pm_nt_layout layouts[N_LAYOUTS] = {
	/* 32-bit */
	[NARROW] = {4, 0x1C, 4, 4, {0x04, 0x08, 0x0C}, {0x10, 0x14, 0x18}},
	/* 64-bit, class 22 */
	[WIDE] = {8, 0x28, 4, 8, {0x04, 0x08, 0x10}, {0x18, 0x1C, 0x20}},
	/* 64-bit, class 255 */
	[WIDER] = {8, 0x38, 8, 8, {0x08, 0x10, 0x18}, {0x20, 0x28, 0x30}},
};

/* The i-th layout to try: what a process of this width should be shown comes first. */
static const struct pm_nt_layout *layout_to_try(const struct pm_nt_answer *answer, size_t i)
{
	static const enum layout narrow_first[] = {NARROW, WIDE, WIDER};
	static const enum layout wide_first[] = {WIDE, NARROW, WIDER};
	static const enum layout wider_first[] = {WIDER, WIDE, NARROW};

	if (answer->word_bytes == 4)
		return &layouts[narrow_first[i]];
	return &layouts[answer->info_class == PM_NT_POOL_TAGS_2 ? wider_first[i] : wide_first[i]];
}

/* ---- counters ---- */

bool pm_nt_counts_used(const struct pm_nt_counts *counts)
{
	return counts->allocs != 0 || counts->frees != 0 || counts->bytes != 0;
}

static uint64_t difference(const struct pm_nt_counts *counts)
{
	const uint64_t n = counts->allocs - counts->frees;

	return counts->bits == 32 ? (uint32_t)n : n;
}

/* Whether so many allocations can take so few bytes. */
static bool fits(uint64_t n, uint64_t bytes)
{
	return n <= bytes / ALLOCATION_BYTES;
}

uint64_t pm_nt_counts_outstanding(const struct pm_nt_counts *counts)
{
	const uint64_t n = difference(counts);
	const bool negative = n >> (counts->bits - 1) != 0;

	return negative && !fits(n, counts->bytes) ? 0 : n;
}

static struct pm_nt_counts counts_at(const struct pm_nt_layout *layout, const unsigned char *entry,
	unsigned allocs, unsigned frees, unsigned used)
{
	return (struct pm_nt_counts){
		.allocs = pm_nt_number(entry + allocs, layout->counter_bytes),
		.frees = pm_nt_number(entry + frees, layout->counter_bytes),
		.bytes = pm_nt_number(entry + used, layout->used_bytes),
		.bits = 8 * layout->counter_bytes,
	};
}

void pm_nt_table_at(const struct pm_nt_table *table, uint32_t i, struct pm_nt_tag *tag)
{
	const struct pm_nt_layout *layout = table->layout;
	const unsigned char *entry = table->entries + (size_t)i * layout->entry;

	memcpy(tag->tag, entry, sizeof(tag->tag));
	tag->tag[3] = (char)(entry[3] & 0x7f); /* PROTECTED_POOL */
	tag->paged = counts_at(
		layout, entry, layout->paged.allocs, layout->paged.frees, layout->paged.used);
	tag->nonpaged = counts_at(layout, entry, layout->nonpaged.allocs, layout->nonpaged.frees,
		layout->nonpaged.used);
}

/* ---- whether a table is one ---- */

static bool counts_agree(const struct pm_nt_counts *counts)
{
	const uint64_t n = difference(counts);

	return n == 0 ? counts->bytes == 0 : fits(n, counts->bytes) && counts->bytes < POOL_BYTES;
}

/*
 * How many entries don't look like entries: nearly always, bytes are outstanding if allocations
 * are, and enough of them. Some may not, as the numbers of one entry are of different moments: up
 * to a quarter, or the table is none (UINT32_MAX). The last entry was written, which its tag shows.
 */
static uint32_t count_odd(const struct pm_nt_table *table)
{
	struct pm_nt_tag tag = {{1, 0, 0, 0}, {0}, {0}};
	uint32_t odd = 0;

	for (uint32_t i = 0; i < table->n; i++) {
		pm_nt_table_at(table, i, &tag);
		odd += !counts_agree(&tag.paged) || !counts_agree(&tag.nonpaged);
	}
	return odd <= table->n / 4 && memcmp(tag.tag, "\0\0\0", 4) != 0 ? odd : UINT32_MAX;
}

/* Bytes of n entries; SIZE_MAX where that is beyond any memory. */
static size_t entries_size(const struct pm_nt_layout *layout, uint32_t n)
{
	return n > (SIZE_MAX - 64) / layout->entry ? SIZE_MAX - 64 : (size_t)n * layout->entry;
}

/* The table with this layout, and its size with the header; false if there is no room for it. */
static bool lay_out(struct pm_nt_table *table, const struct pm_nt_answer *answer,
	const struct pm_nt_layout *layout, size_t *size)
{
	if (layout->header > answer->size)
		return false;
	*table = (struct pm_nt_table){
		.layout = layout,
		.entries = answer->bytes + layout->header,
		.n = (uint32_t)pm_nt_number(answer->bytes, 4),
	};
	*size = layout->header + entries_size(layout, table->n);
	return *size <= answer->size;
}

/* Of the layouts that make sense the one whose size is right, else the one that makes most; else
 * the one that should be, if its size is right. */
bool pm_nt_table_open(struct pm_nt_table *table, const struct pm_nt_answer *answer)
{
	const struct pm_nt_layout *best = NULL;
	uint32_t least = UINT32_MAX;
	size_t size;

	for (size_t i = 0; i < N_LAYOUTS; i++) {
		const struct pm_nt_layout *layout = layout_to_try(answer, i);
		uint32_t odd;

		if (!lay_out(table, answer, layout, &size))
			continue;
		odd = count_odd(table);
		if (odd != UINT32_MAX && size == answer->told)
			return true;
		if (odd < least || (best == NULL && i == 0 && size == answer->told)) {
			least = odd;
			best = layout;
		}
	}
	return best != NULL && lay_out(table, answer, best, &size);
}

/* ---- sessions ---- */

/* How tables of sessions are chained. */
struct pm_nt_chain {
	const struct pm_nt_layout *layout;
	unsigned word_bytes;              /* of the offset to the next one, which comes first */
	unsigned session, count, entries; /* where they are */
};

static const struct pm_nt_chain chains[] = {
	{&layouts[WIDE], 8, 0x08, 0x0C, 0x10},
	{&layouts[WIDE], 8, 0x0C, 0x08, 0x10}, /* some kernels are said to have them so */
	{&layouts[NARROW], 4, 0x04, 0x08, 0x0C},
	{&layouts[NARROW], 4, 0x08, 0x04, 0x0C},
};

enum { N_CHAINS = sizeof(chains) / sizeof(chains[0]) };

struct link {
	struct pm_nt_table table;
	uint32_t session;
	size_t next; /* offset of the next one from the beginning; SIZE_MAX: this is the last */
	size_t end;  /* of its entries */
};

/* The table at an offset; false if it is none. The next one begins right behind it, aligned. */
static bool link_at(const struct pm_nt_answer *answer, const struct pm_nt_chain *chain, size_t at,
	struct link *link)
{
	const unsigned char *bytes = answer->bytes + at;
	const size_t room = answer->size - at;
	size_t size;
	uint64_t next;

	if (room < chain->entries)
		return false;
	next = pm_nt_number(bytes, chain->word_bytes);
	*link = (struct link){
		.table = {chain->layout, bytes + chain->entries,
			(uint32_t)pm_nt_number(bytes + chain->count, 4)},
		.session = (uint32_t)pm_nt_number(bytes + chain->session, 4),
		.next = SIZE_MAX,
	};
	size = chain->entries + entries_size(chain->layout, link->table.n);
	if (size > room || (next != 0 && (next < size || next > room || next - size >= 8)))
		return false;
	link->end = at + size;
	if (next != 0)
		link->next = at + (size_t)next;
	return true;
}

/* exactly: it ends where the kernel says; else it is enough that entries look like entries. */
static bool is_chained(
	const struct pm_nt_answer *answer, const struct pm_nt_chain *chain, bool exactly)
{
	struct link link = {.next = 0};

	while (link.next != SIZE_MAX) {
		if (!link_at(answer, chain, link.next, &link) ||
			(!exactly && count_odd(&link.table) == UINT32_MAX))
			return false;
	}
	return !exactly || link.end == answer->told;
}

/* Whether the kernel wrote nothing, or a header of zeros. */
static bool is_empty(const struct pm_nt_answer *answer)
{
	const size_t n = answer->size < 16 ? answer->size : 16;

	for (size_t i = 0; i < n; i++) {
		if (answer->bytes[i] != 0)
			return false;
	}
	return true;
}

bool pm_nt_sessions_open(struct pm_nt_sessions *sessions, const struct pm_nt_answer *answer)
{
	const size_t first = answer->word_bytes == 4 ? N_CHAINS / 2 : 0;

	*sessions = (struct pm_nt_sessions){.answer = answer, .at = SIZE_MAX};
	if (is_empty(answer))
		return true;
	sessions->at = 0;
	for (int exactly = 1; exactly >= 0; exactly--) {
		for (size_t i = 0; i < N_CHAINS; i++) {
			sessions->chain = &chains[(first + i) % N_CHAINS];
			if (is_chained(answer, sessions->chain, exactly))
				return true;
		}
	}
	return false;
}

bool pm_nt_sessions_next(
	struct pm_nt_sessions *sessions, uint32_t *session, struct pm_nt_table *table)
{
	struct link link;

	if (sessions->at == SIZE_MAX ||
		!link_at(sessions->answer, sessions->chain, sessions->at, &link))
		return false;
	*session = link.session;
	*table = link.table;
	sessions->at = link.next;
	return true;
}
