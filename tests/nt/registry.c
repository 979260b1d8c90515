/* SPDX-License-Identifier: MIT */
/*
 * Windows' sources over an NT kernel that is played, to be linked with the programs in place of a
 * system's registry, so that they can be tested from outside where there is no Windows.
 * POOLMON_NT names what happens there, words with a comma between:
 *
 *   32         a 32-bit system            wider      its counters are told with 64 bits, too
 *   starved    no memory for the first two answers, nor for the tenth to the fourteenth
 *   sessions   sessions 1 and 3           swapped    with the count before the number
 *   off        tagging is off             none       no such classes       denied   no right
 *
 * At every answer (t, from 0 on):
 *
 *   Leak  Nonp   300001000 allocs and 300000000 frees more, from 4000000000 on
 *   Drv   Paged  1000 allocs and 990 frees more, from 50000 on; at t = 20 the driver is loaded anew
 *   Ovfl  Nonp   50 allocs more; Paged: 7 once
 *   Io    Nonp   10 allocs and 10 frees more
 *   Usti  Paged  of session N: 5 N allocs more
 */
#include "../unit/nt.h"

#include "source/nt/pools.h"

#include <stdbool.h>
#include <stdlib.h>

static bool happens(const char *word)
{
	const char *at = getenv("POOLMON_NT");
	const size_t n = strlen(word);

	for (; at != NULL; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, word, n) == 0 && (at[n] == ',' || at[n] == '\0'))
			return true;
	}
	return false;
}

struct played {
	struct nt_kernel kernel; /* the last answer of each class */
	uint64_t t;              /* answers that there were */
	unsigned starved;        /* queries that there were */
};

static uint64_t modulo(uint64_t value, bool wider)
{
	return wider ? value : (uint32_t)value;
}

static struct nt_counts counts(
	uint64_t base, uint64_t allocs, uint64_t frees, uint64_t t, uint64_t size, bool wider)
{
	return (struct nt_counts){modulo(base + allocs * t, wider), modulo(base + frees * t, wider),
		(allocs - frees) * t * size};
}

static void play_tags(struct pm_buf *table, uint64_t t, bool wider)
{
	const uint64_t since = t < 20 ? t : t - 20;
	const struct nt_tag tags[] = {
		{"Leak", {0, 0, 0}, counts(4000000000, 300001000, 300000000, t, 64, wider)},
		{"Drv\xA0", counts(t < 20 ? 50000 : 0, 1000, 990, since, 32, wider), {0, 0, 0}},
		{"Ovfl", {7, 0, 112}, counts(0, 50, 0, t, 16, wider)},
		{"Io  ", {0, 0, 0}, counts(0, 10, 10, t, 16, wider)},
		{"Nope", {0, 0, 0}, {0, 0, 0}},
	};

	nt_put_table(table,
		happens("32")   ? NT_32
			: wider ? NT_64_WIDER
				: NT_64,
		tags, sizeof(tags) / sizeof(tags[0]));
}

static void play_sessions(struct pm_buf *table, uint64_t t)
{
	const struct nt_tag first = {"Usti", counts(0, 5, 0, t, 24, false), {0, 0, 0}};
	const struct nt_tag third = {"Usti", counts(0, 15, 0, t, 24, false), {0, 0, 0}};
	const struct nt_session sessions[] = {{1, &first, 1}, {3, &third, 1}};

	nt_put_sessions(table, happens("32") ? NT_32 : NT_64, happens("swapped"), sessions, 2);
}

static uint32_t failure(struct played *played, uint32_t info_class)
{
	if (happens("off"))
		return 0xC0000002;
	if (happens("none") || (info_class == PM_NT_POOL_TAGS_2 && !happens("wider")) ||
		(info_class == PM_NT_SESSION_POOL_TAGS && !happens("sessions")))
		return 0xC0000003;
	if (happens("denied"))
		return 0xC0000022;
	played->starved++;
	return happens("starved") &&
			(played->starved <= 2 || (played->starved >= 10 && played->starved <= 14))
		? 0xC000009A
		: 0;
}

static uint32_t query(
	void *context, uint32_t info_class, void *buffer, uint32_t size, uint32_t *told)
{
	struct played *played = context;
	struct pm_buf *table;
	uint32_t status;

	if (info_class <= PM_NT_TIME_OF_DAY)
		return nt_answer(&played->kernel, info_class, buffer, size, told);
	status = failure(played, info_class);
	if (status != 0)
		return status;
	table = &nt_class_of(&played->kernel, info_class)->table;
	pm_buf_clear(table);
	if (info_class == PM_NT_SESSION_POOL_TAGS)
		play_sessions(table, played->t);
	else
		play_tags(table, played->t, info_class == PM_NT_POOL_TAGS_2);
	status = nt_answer(&played->kernel, info_class, buffer, size, told);
	played->t += status == 0;
	return status;
}

static struct played played;

static enum pm_status open_pools(struct pm_source **source, enum pm_nt_pools pools,
	const char *argument, const struct pm_source_config *config, struct pm_error *err)
{
	const unsigned word_bytes = happens("32") ? 4 : 8;
	struct pm_nt_kernel kernel = nt_interface(&played.kernel, word_bytes);

	kernel.query = query;
	kernel.context = &played;
	if (played.kernel.n == 0)
		nt_put_machine(&played.kernel, word_bytes, UINT64_C(0x01DC5F0012345678));
	return pm_nt_open(source, &kernel, pools, argument, config, err);
}

static enum pm_status open_system(struct pm_source **source, const char *argument,
	const struct pm_source_config *config, struct pm_error *err)
{
	return open_pools(source, PM_NT_SYSTEM, argument, config, err);
}

static enum pm_status open_session(struct pm_source **source, const char *argument,
	const struct pm_source_config *config, struct pm_error *err)
{
	return open_pools(source, PM_NT_SESSIONS, argument, config, err);
}

static const struct pm_source_kind played_system = {
	.info = {.name = "system", .help = "a kernel that is played", .pool = PM_POOL_SYSTEM},
	.open = open_system,
	.sample = pm_nt_sample,
	.close = pm_nt_close,
};

static const struct pm_source_kind played_session = {
	.info =
		{
			.name = "session",
			.argument = "[ID]",
			.help = "sessions of a kernel that is played",
			.pool = PM_POOL_SESSION,
		},
	.open = open_session,
	.sample = pm_nt_sample,
	.close = pm_nt_close,
};

const struct pm_source_kind *const pm_source_kinds[] = {
	&played_system,
	&played_session,
	&pm_source_replay,
	&pm_source_scripted,
	&pm_source_live,
};

const size_t pm_n_source_kinds = sizeof(pm_source_kinds) / sizeof(pm_source_kinds[0]);
