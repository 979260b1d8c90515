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

/* ---- reading: no further than what is looked for, as the kernel works for every line ---- */

/* Behind the line of this name; 0: it is not there, or not all of it. */
static size_t line_end(struct pm_memory *memory, enum name name)
{
	const struct pm_buf *text = &memory->text;
	const char *newline;

	if (!find_line(memory, name))
		return 0;
	newline = memchr(text->at + memory->line_at[name], '\n', text->n - memory->line_at[name]);
	return newline == NULL ? 0 : (size_t)(newline - text->at) + 1;
}

/* How much of it holds all that is looked for in the file; SIZE_MAX: all of it does not. */
static size_t enough_of(struct pm_memory *memory, const struct pm_memory_file *file)
{
	size_t enough = 0;

	for (int name = file->first; name <= file->last; name++) {
		const size_t end = line_end(memory, (enum name)name);

		if (end == 0)
			return SIZE_MAX;
		if (end > enough)
			enough = end;
	}
	return enough;
}

static enum pm_status read_file(
	struct pm_memory *memory, struct pm_memory_file *file, struct pm_error *err)
{
	enum { SPARE = 64 }; /* numbers get longer */
	enum pm_status status = PM_OK;

	if (file->enough < SIZE_MAX - SPARE) {
		status = pm_root_read_again(memory->root, file->fd, file->path,
			file->enough + SPARE, &memory->text, err);
		if (status != PM_OK || enough_of(memory, file) != SIZE_MAX)
			return status;
	}
	status = pm_root_read_again(
		memory->root, file->fd, file->path, SIZE_MAX, &memory->text, err);
	if (status == PM_OK)
		file->enough = enough_of(memory, file);
	return status;
}

void pm_memory_init(struct pm_memory *memory)
{
	*memory = (struct pm_memory){
		.meminfo = {-1, "proc/meminfo", MEM_TOTAL, VMALLOC_USED, SIZE_MAX},
		.vmstat = {-1, "proc/vmstat", FAULTS, FREE_PAGES, SIZE_MAX},
	};
}

void pm_memory_open(struct pm_memory *memory, const struct pm_root *root)
{
	memory->root = root;
	memory->meminfo.fd = pm_root_open_file(root, memory->meminfo.path, NULL);
	memory->vmstat.fd = pm_root_open_file(root, memory->vmstat.path, NULL);
	if (root->live)
		memory->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
}

void pm_memory_close(struct pm_memory *memory)
{
	if (memory->meminfo.fd >= 0)
		close(memory->meminfo.fd);
	if (memory->vmstat.fd >= 0)
		close(memory->vmstat.fd);
	pm_buf_deinit(&memory->text);
}

/* ---- rows ---- */

enum tag { TOTAL, AVAIL, COMMIT, LIMIT, POOL_N, POOL_P, PEAK, KRNL_N, PAGE_FLTS };

static const char *const tags[PM_MEMORY_TAGS] = {
	[TOTAL] = "Total",
	[AVAIL] = "Avail",
	[COMMIT] = "Commit",
	[LIMIT] = "Limit",
	[POOL_N] = "PoolN",
	[POOL_P] = "PoolP",
	[PEAK] = "Peak",
	[KRNL_N] = "KrnlN",
	[PAGE_FLTS] = "PageFlts",
};

static enum pm_status add(struct pm_memory *memory, struct pm_snapshot *snapshot, enum tag tag,
	enum pm_value field, uint64_t value, struct pm_error *err)
{
	const struct pm_key **key = &memory->tags[tag];
	struct pm_row *row;

	if (*key == NULL)
		*key = pm_snapshot_key(snapshot, "memory", tags[tag], strlen(tags[tag]), "");
	row = *key == NULL ? NULL : pm_snapshot_add(snapshot, *key);
	if (row == NULL)
		return pm_fail_memory(err);
	pm_row_set(row, field, value);
	return PM_OK;
}

static enum pm_status add_meminfo(
	struct pm_memory *memory, struct pm_snapshot *snapshot, struct pm_error *err)
{
	static const enum name krnl[] = {KERNEL_STACK, PAGE_TABLES, PER_CPU, VMALLOC_USED};
	static const enum name plain[] = {
		[TOTAL] = MEM_TOTAL,
		[AVAIL] = MEM_AVAILABLE,
		[COMMIT] = COMMITTED,
		[LIMIT] = COMMIT_LIMIT,
		[POOL_N] = SLAB_UNRECLAIMABLE,
		[POOL_P] = SLAB_RECLAIMABLE,
	};
	uint64_t sum = 0, bytes;
	bool any = false;
	enum pm_status status = PM_OK;

	for (int tag = TOTAL; tag <= POOL_P && status == PM_OK; tag++) {
		if (find_kib(memory, plain[tag], &bytes))
			status = add(memory, snapshot, (enum tag)tag, PM_VALUE_BYTES, bytes, err);
	}
	if (status == PM_OK && find_kib(memory, COMMITTED, &bytes)) {
		if (bytes > memory->peak_bytes)
			memory->peak_bytes = bytes;
		status = add(memory, snapshot, PEAK, PM_VALUE_BYTES, memory->peak_bytes, err);
	}
	for (size_t i = 0; i < sizeof(krnl) / sizeof(krnl[0]); i++) {
		if (find_kib(memory, krnl[i], &bytes)) {
			sum += bytes;
			any = true;
		}
	}
	if (status == PM_OK && any)
		status = add(memory, snapshot, KRNL_N, PM_VALUE_BYTES, sum, err);
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

	if (memory->keys != snapshot->keys) {
		memory->keys = snapshot->keys;
		memset(memory->tags, 0, sizeof(memory->tags));
	}
	if (memory->meminfo.fd >= 0) {
		status = read_file(memory, &memory->meminfo, err);
		if (status == PM_OK) {
			(void)find_kib(memory, MEM_FREE, &free_bytes);
			status = add_meminfo(memory, snapshot, err);
		}
	}
	if (status == PM_OK && memory->vmstat.fd >= 0) {
		status = read_file(memory, &memory->vmstat, err);
		if (status == PM_OK && find_number(memory, FAULTS, &value))
			status = add(memory, snapshot, PAGE_FLTS, PM_VALUE_ALLOCS, value, err);
		if (memory->page_bytes == 0 && status == PM_OK &&
			find_number(memory, FREE_PAGES, &value))
			memory->page_bytes = guess_page_bytes(free_bytes, value);
	}
	if (memory->page_bytes == 0)
		memory->page_bytes = 4096;
	return status;
}
