/* SPDX-License-Identifier: MIT */
/*
 * What an NT kernel answers, any bytes: to tables, and through the sources to rows. The first byte
 * says which class is answered and how wide pointers are, the next two how many bytes the kernel
 * says it wrote.
 */
#include "source/nt/pools.h"
#include "source/nt/totals.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

struct played {
	uint32_t info_class; /* any other is unknown */
	const uint8_t *bytes;
	size_t n;
	uint32_t told;
};

static uint32_t query(
	void *context, uint32_t info_class, void *buffer, uint32_t size, uint32_t *told)
{
	const struct played *played = context;

	*told = played->told;
	if (info_class != played->info_class)
		return 0xC0000003;
	if (size < played->n)
		return 0xC0000004;
	if (played->n > 0)
		memcpy(buffer, played->bytes, played->n);
	return 0;
}

static void walk(const struct pm_nt_table *table, const struct pm_nt_answer *answer)
{
	struct pm_nt_tag tag;

	require(table->n == 0 || (uint64_t)table->n * 0x1C < answer->size);
	for (uint32_t i = 0; i < table->n; i++) {
		pm_nt_table_at(table, i, &tag);
		require((tag.tag[3] & 0x80) == 0);
		require(tag.paged.bits == 64 || tag.paged.allocs <= UINT32_MAX);
		require(pm_nt_counts_outstanding(&tag.nonpaged) == 0 ||
			tag.nonpaged.allocs != tag.nonpaged.frees);
	}
}

/* Where memory ends with the answer. */
static void decode(const struct pm_nt_answer *answer)
{
	struct pm_nt_total totals[PM_NT_TOTALS];
	struct pm_nt_sessions sessions;
	struct pm_nt_machine machine;
	struct pm_nt_table table;
	uint32_t session;
	size_t links = 0;

	if (pm_nt_table_open(&table, answer))
		walk(&table, answer);
	if (pm_nt_sessions_open(&sessions, answer)) {
		for (; pm_nt_sessions_next(&sessions, &session, &table); links++)
			walk(&table, answer);
		require(links <= answer->size / 12);
	}
	if (!pm_nt_machine_read(&machine, answer))
		machine.page_bytes = 4096;
	require(pm_nt_totals_read(totals, answer, machine.page_bytes) <= PM_NT_TOTALS);
	(void)pm_nt_boot_time(answer);
}

/* Each key once, and what a row says agrees with itself. */
static void check_rows(const struct pm_snapshot *snapshot)
{
	static bool seen[65536];

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < snapshot->n_rows; i++) {
		const struct pm_row *row = &snapshot->rows[i];
		const uint64_t *v = row->value;

		require(row->key->id >= sizeof(seen) || !seen[row->key->id]);
		if (row->key->id < sizeof(seen))
			seen[row->key->id] = true;
		if (!pm_pool_has_suspects(row->key->pool))
			continue;
		require(row->key->n_raw_tag == 4);
		require(v[PM_VALUE_PER_ALLOC] ==
			(v[PM_VALUE_DIFF] == 0 ? 0 : v[PM_VALUE_BYTES] / v[PM_VALUE_DIFF]));
	}
}

static void sample(struct played *played, unsigned word_bytes)
{
	const enum pm_nt_pools pools =
		played->info_class == PM_NT_SESSION_POOL_TAGS ? PM_NT_SESSIONS : PM_NT_SYSTEM;
	const struct pm_nt_kernel kernel = {
		.query = query, .context = played, .word_bytes = word_bytes};
	const struct pm_source_config config = {0};
	struct pm_snapshot snapshot;
	struct pm_source *source;
	struct pm_error err;
	size_t n_rows;

	if (pm_nt_open(&source, &kernel, pools, "", &config, &err) != PM_OK)
		return;
	require(pm_snapshot_init(&snapshot, NULL) == PM_OK);
	require(pm_nt_sample(source, &snapshot, &err) == PM_OK);
	check_rows(&snapshot);
	n_rows = snapshot.n_rows;
	pm_snapshot_begin(&snapshot, 1, 1);
	require(pm_nt_sample(source, &snapshot, &err) == PM_OK);
	check_rows(&snapshot);
	require(snapshot.n_rows == n_rows);
	pm_snapshot_deinit(&snapshot);
	pm_nt_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t classes[] = {
		PM_NT_POOL_TAGS, PM_NT_POOL_TAGS_2, PM_NT_SESSION_POOL_TAGS, PM_NT_PERFORMANCE};
	struct pm_nt_answer answer;
	struct played played;
	unsigned word_bytes;
	uint8_t *copy;

	if (size < 3)
		return 0;
	word_bytes = data[0] & 1 ? 4 : 8;
	played.info_class = classes[data[0] >> 1 & 3];
	played.told = (uint32_t)(data[1] | data[2] << 8);
	if (played.told == 0xFFFF)
		played.told = UINT32_MAX;
	played.n = size - 3;
	copy = malloc(played.n + 1);
	memcpy(copy, data + 3, played.n);
	copy = realloc(copy, played.n + (played.n == 0));
	played.bytes = copy;
	answer = (struct pm_nt_answer){played.info_class, copy, played.n, played.told, word_bytes};
	decode(&answer);
	if (played.info_class != PM_NT_PERFORMANCE)
		sample(&played, word_bytes);
	free(copy);
	return 0;
}
