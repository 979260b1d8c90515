/* SPDX-License-Identifier: MIT */
#include <poolmon/row.h>

#include <string.h>

static const char *const pool_names[PM_N_POOLS] = {
	[PM_POOL_SYSTEM] = "system",
	[PM_POOL_SESSION] = "session", /* with ":N" or ":all" behind it */
	[PM_POOL_SLAB] = "slab",
	[PM_POOL_ALLOC] = "alloc",
	[PM_POOL_VMALLOC] = "vmalloc",
	[PM_POOL_KMEM] = "kmem",
	[PM_POOL_MEMORY] = "memory",
	[PM_POOL_EVENT] = "event",
};

static bool is_session(const char *at, size_t n)
{
	if (n == 4 && memcmp(at, ":all", n) == 0)
		return true;
	if (n < 2 || n > 11 || at[0] != ':' || (at[1] == '0' && n > 2))
		return false;
	for (size_t i = 1; i < n; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
	}
	return true;
}

bool pm_pool_of_name(const char *name, size_t n, enum pm_pool *pool)
{
	for (int i = 0; i < PM_N_POOLS; i++) {
		const size_t length = strlen(pool_names[i]);

		if (n < length || memcmp(name, pool_names[i], length) != 0)
			continue;
		if (i == PM_POOL_SESSION ? is_session(name + length, n - length) : n == length) {
			*pool = (enum pm_pool)i;
			return true;
		}
	}
	return false;
}

bool pm_type_is_known(const char *type, size_t n)
{
	static const char *const types[] = {"Unrecl", "Recl", "Nonp", "Paged"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (n == strlen(types[i]) && memcmp(type, types[i], n) == 0)
			return true;
	}
	return n == 0;
}

bool pm_row_is_event(const struct pm_row *row, const char *name)
{
	return row->key->pool == PM_POOL_EVENT && strcmp(row->key->tag, name) == 0;
}
