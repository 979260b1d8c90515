/* SPDX-License-Identifier: MIT */
#include "source/nt/totals.h"

#include "source/nt/bytes.h"

#include <string.h>

/* Bytes that are there to be read. */
static size_t written(const struct pm_nt_answer *answer)
{
	return answer->told < answer->size ? answer->told : answer->size;
}

static bool read_u32(const struct pm_nt_answer *answer, size_t at, uint64_t *value)
{
	if (written(answer) < at + 4)
		return false;
	*value = pm_nt_number(answer->bytes + at, 4);
	return true;
}

bool pm_nt_machine_read(struct pm_nt_machine *machine, const struct pm_nt_answer *answer)
{
	uint64_t page, pages;

	*machine = (struct pm_nt_machine){0};
	if (!read_u32(answer, 0x08, &page) || !read_u32(answer, 0x0C, &pages) || page < 4096 ||
		page > 65536 || (page & (page - 1)) != 0)
		return false;
	*machine = (struct pm_nt_machine){page, pages * page};
	return true;
}

uint64_t pm_nt_boot_time(const struct pm_nt_answer *answer)
{
	return written(answer) < 8 ? 0 : pm_nt_number(answer->bytes, 8);
}

size_t pm_nt_totals_read(struct pm_nt_total totals[PM_NT_TOTALS], const struct pm_nt_answer *answer,
	uint64_t page_bytes)
{
	static const struct {
		const char *tag;
		size_t at;
		size_t and_at; /* the sum of both; 0: just one */
	} pages[] = {
		{"Avail", 0x2C, 0}, {"Commit", 0x30, 0}, {"Limit", 0x34, 0}, {"Peak", 0x38, 0},
		{"PoolN", 0x74, 0}, {"PoolP", 0x70, 0},
		{"KrnlN", 0x8C, 0xAC}, /* resident code of the system and of drivers */
		{"KrnlP", 0xA8, 0},    /* the resident part of the paged pool */
	};
	uint64_t value, more;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]) && page_bytes != 0; i++) {
		more = 0;
		if (read_u32(answer, pages[i].at, &value) &&
			(pages[i].and_at == 0 || read_u32(answer, pages[i].and_at, &more)))
			totals[n++] =
				(struct pm_nt_total){pages[i].tag, (value + more) * page_bytes};
	}
	if (read_u32(answer, 0x3C, &value))
		totals[n++] = (struct pm_nt_total){"PageFlts", value};
	return n;
}
