/* SPDX-License-Identifier: MIT */
#include "source/linux/memory.h"

#include "base/fail.h"
#include "base/number.h"

#include <unistd.h>

/* The number behind `name` at the beginning of a line: "MemTotal:  1234 kB", "pgfault 1234". */
static bool find_number(const struct pm_buf *text, const char *name, uint64_t *value)
{
	const size_t n_name = strlen(name);
	const char *end = text->at + text->n;

	for (const char *line = text->at; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *line_end = newline == NULL ? end : newline;

		if ((size_t)(line_end - line) > n_name && memcmp(line, name, n_name) == 0 &&
			(line[n_name] == ':' || line[n_name] == ' ')) {
			const char *digits = line + n_name + 1, *c;

			while (digits < line_end && *digits == ' ')
				digits++;
			for (c = digits; c < line_end && *c >= '0' && *c <= '9';)
				c++;
			return pm_u64_parse(digits, (size_t)(c - digits), value) == PM_NUMBER_OK;
		}
		line = line_end + 1;
	}
	return false;
}

static bool find_kib(const struct pm_buf *text, const char *name, uint64_t *bytes)
{
	uint64_t kib;

	if (!find_number(text, name, &kib) || kib > UINT64_MAX >> 10)
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
	static const char *const krnl[] = {"KernelStack", "PageTables", "Percpu", "VmallocUsed"};
	static const struct {
		const char *tag, *name;
	} plain[] = {
		{"Total", "MemTotal"},
		{"Avail", "MemAvailable"},
		{"Commit", "Committed_AS"},
		{"Limit", "CommitLimit"},
		{"PoolN", "SUnreclaim"},
		{"PoolP", "SReclaimable"},
	};
	uint64_t sum = 0, bytes;
	bool any = false;
	enum pm_status status = PM_OK;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]) && status == PM_OK; i++) {
		if (find_kib(&memory->text, plain[i].name, &bytes))
			status = add(snapshot, plain[i].tag, PM_VALUE_BYTES, bytes, err);
	}
	if (status == PM_OK && find_kib(&memory->text, "Committed_AS", &bytes)) {
		if (bytes > memory->peak_bytes)
			memory->peak_bytes = bytes;
		status = add(snapshot, "Peak", PM_VALUE_BYTES, memory->peak_bytes, err);
	}
	for (size_t i = 0; i < sizeof(krnl) / sizeof(krnl[0]); i++) {
		if (find_kib(&memory->text, krnl[i], &bytes)) {
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
			(void)find_kib(&memory->text, "MemFree", &free_bytes);
			status = add_meminfo(memory, snapshot, err);
		}
	}
	if (status == PM_OK && memory->vmstat >= 0) {
		status = pm_root_read_again(
			memory->root, memory->vmstat, "proc/vmstat", &memory->text, err);
		if (status == PM_OK && find_number(&memory->text, "pgfault", &value))
			status = add(snapshot, "PageFlts", PM_VALUE_ALLOCS, value, err);
		if (memory->page_bytes == 0 && status == PM_OK &&
			find_number(&memory->text, "nr_free_pages", &value))
			memory->page_bytes = guess_page_bytes(free_bytes, value);
	}
	if (memory->page_bytes == 0)
		memory->page_bytes = 4096;
	return status;
}
