/* SPDX-License-Identifier: MIT */
#include "source/linux/memory.h"

#include "base/fail.h"
#include "base/number.h"

#include <unistd.h>

enum name {
	MEM_TOTAL,
	MEM_AVAILABLE,
	MEM_FREE,
	COMMITTED,
	COMMIT_LIMIT,
	SLAB_UNRECLAIMABLE,
	SLAB_RECLAIMABLE,
	KERNEL_STACK,
	PAGE_TABLES,
	PER_CPU,
	VMALLOC_USED,
	FAULTS,
	FREE_PAGES,
};

static const char *const names[PM_MEMORY_NAMES] = {
	[MEM_TOTAL] = "MemTotal",
	[MEM_AVAILABLE] = "MemAvailable",
	[MEM_FREE] = "MemFree",
	[COMMITTED] = "Committed_AS",
	[COMMIT_LIMIT] = "CommitLimit",
	[SLAB_UNRECLAIMABLE] = "SUnreclaim",
	[SLAB_RECLAIMABLE] = "SReclaimable",
	[KERNEL_STACK] = "KernelStack",
	[PAGE_TABLES] = "PageTables",
	[PER_CPU] = "Percpu",
	[VMALLOC_USED] = "VmallocUsed",
	[FAULTS] = "pgfault",
	[FREE_PAGES] = "nr_free_pages",
};

/* Whether the line that begins there is that of a name: "MemTotal:  1234 kB", "pgfault 1234". */
static bool is_line_of(const struct pm_buf *text, size_t at, const char *name, size_t n_name)
{
	return at + n_name < text->n && (at == 0 || text->at[at - 1] == '\n') &&
		memcmp(text->at + at, name, n_name) == 0 &&
		(text->at[at + n_name] == ':' || text->at[at + n_name] == ' ');
}

/* Lines stay where they are, mostly. */
static bool find_line(struct pm_memory *memory, enum name name)
{
	const struct pm_buf *text = &memory->text;
	const size_t n_name = strlen(names[name]);
	size_t *at = &memory->line_at[name];

	if (is_line_of(text, *at, names[name], n_name))
		return true;
	for (*at = 0; *at < text->n;) {
		const char *newline;

		if (is_line_of(text, *at, names[name], n_name))
			return true;
		newline = memchr(text->at + *at, '\n', text->n - *at);
		*at = newline == NULL ? text->n : (size_t)(newline - text->at) + 1;
	}
	return false;
}

static bool find_number(struct pm_memory *memory, enum name name, uint64_t *value)
{
	const char *digits, *c, *end = memory->text.at + memory->text.n;

	if (!find_line(memory, name))
		return false;
	digits = memory->text.at + memory->line_at[name] + strlen(names[name]) + 1;
	while (digits < end && *digits == ' ')
		digits++;
	for (c = digits; c < end && *c >= '0' && *c <= '9';)
		c++;
	return pm_u64_parse(digits, (size_t)(c - digits), value) == PM_NUMBER_OK;
}

static bool find_kib(struct pm_memory *memory, enum name name, uint64_t *bytes)
{
	uint64_t kib;

	if (!find_number(memory, name, &kib) || kib > UINT64_MAX >> 10)
		return false;
	*bytes = kib << 10;
	return true;
}

static enum pm_status add(struct pm_snapshot *snapshot, const char *tag, enum pm_value field,
	uint64_t value, struct pm_error *err)
{
	const struct pm_key *key = pm_snapshot_key(snapshot, "memory", tag, strlen(tag), "");
	struct pm_row *row = key == NULL ? NULL : pm_snapshot_add(snapshot, key);

	if (row == NULL)
		return pm_fail_memory(err);
	pm_row_set(row, field, value);
	return PM_OK;
}

void pm_memory_open(struct pm_memory *memory, const struct pm_root *root)
{
	*memory = (struct pm_memory){
		.root = root,
		.meminfo = pm_root_open_file(root, "proc/meminfo", NULL),
		.vmstat = pm_root_open_file(root, "proc/vmstat", NULL),
	};
	if (root->live)
		memory->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
}

void pm_memory_close(struct pm_memory *memory)
{
	if (memory->meminfo >= 0)
		close(memory->meminfo);
	if (memory->vmstat >= 0)
		close(memory->vmstat);
	pm_buf_deinit(&memory->text);
}

static enum pm_status add_meminfo(
	struct pm_memory *memory, struct pm_snapshot *snapshot, struct pm_error *err)
{
	static const enum name krnl[] = {KERNEL_STACK, PAGE_TABLES, PER_CPU, VMALLOC_USED};
	static const struct {
		const char *tag;
		enum name name;
	} plain[] = {
		{"Total", MEM_TOTAL},
		{"Avail", MEM_AVAILABLE},
		{"Commit", COMMITTED},
		{"Limit", COMMIT_LIMIT},
		{"PoolN", SLAB_UNRECLAIMABLE},
		{"PoolP", SLAB_RECLAIMABLE},
	};
	uint64_t sum = 0, bytes;
	bool any = false;
	enum pm_status status = PM_OK;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]) && status == PM_OK; i++) {
		if (find_kib(memory, plain[i].name, &bytes))
			status = add(snapshot, plain[i].tag, PM_VALUE_BYTES, bytes, err);
	}
	if (status == PM_OK && find_kib(memory, COMMITTED, &bytes)) {
		if (bytes > memory->peak_bytes)
			memory->peak_bytes = bytes;
		status = add(snapshot, "Peak", PM_VALUE_BYTES, memory->peak_bytes, err);
	}
	for (size_t i = 0; i < sizeof(krnl) / sizeof(krnl[0]); i++) {
		if (find_kib(memory, krnl[i], &bytes)) {
			sum += bytes;
			any = true;
		}
	}
	if (status == PM_OK && any)
		status = add(snapshot, "KrnlN", PM_VALUE_BYTES, sum, err);
	return status;
}

/* Of a captured tree: free memory is told in KiB by one file and in pages by the other. */
static uint64_t guess_page_bytes(uint64_t free_bytes, uint64_t free_pages)
{
	uint64_t page = 4096;

	if (free_pages == 0)
		return page;
	while (page < 65536 && free_bytes / free_pages > page + page / 2)
		page *= 2;
	return page;
}

enum pm_status pm_memory_sample(
	struct pm_memory *memory, struct pm_snapshot *snapshot, struct pm_error *err)
{
	uint64_t value, free_bytes = 0;
	enum pm_status status = PM_OK;

	if (memory->meminfo >= 0) {
		status = pm_root_read_again(
			memory->root, memory->meminfo, "proc/meminfo", &memory->text, err);
		if (status == PM_OK) {
			(void)find_kib(memory, MEM_FREE, &free_bytes);
			status = add_meminfo(memory, snapshot, err);
		}
	}
	if (status == PM_OK && memory->vmstat >= 0) {
		status = pm_root_read_again(
			memory->root, memory->vmstat, "proc/vmstat", &memory->text, err);
		if (status == PM_OK && find_number(memory, FAULTS, &value))
			status = add(snapshot, "PageFlts", PM_VALUE_ALLOCS, value, err);
		if (memory->page_bytes == 0 && status == PM_OK &&
			find_number(memory, FREE_PAGES, &value))
			memory->page_bytes = guess_page_bytes(free_bytes, value);
	}
	if (memory->page_bytes == 0)
		memory->page_bytes = 4096;
	return status;
}
