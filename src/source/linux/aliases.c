/* SPDX-License-Identifier: MIT */
#include "source/linux/aliases.h"

#include "base/array.h"
#include "base/fail.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
	const struct pm_alias *x = a, *y = b;
	const int order = strcmp(x->target, y->target);

	return order != 0 ? order : strcmp(x->name, y->name);
}

static enum pm_status read_link(
	struct pm_aliases *aliases, int directory, const char *name, struct pm_error *err)
{
	struct pm_alias *grown;
	char target[128];
	const ssize_t n = readlinkat(directory, name, target, sizeof(target));

	if (n <= 0 || n == (ssize_t)sizeof(target))
		return PM_OK; /* a directory: a cache that is not shared */
	grown = pm_array_room(aliases->at, &aliases->capacity, aliases->n, sizeof(*grown));
	if (grown == NULL)
		return pm_fail_memory(err);
	aliases->at = grown;
	grown += aliases->n;
	grown->name = pm_arena_copy(&aliases->arena, name, strlen(name));
	grown->target = pm_arena_copy(&aliases->arena, target, (size_t)n);
	if (grown->name == NULL || grown->target == NULL)
		return pm_fail_memory(err);
	aliases->n++;
	return PM_OK;
}

static bool same(const struct pm_aliases *a, const struct pm_aliases *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (compare(&a->at[i], &b->at[i]) != 0)
			return false;
	}
	return true;
}

enum pm_status pm_aliases_read(
	struct pm_aliases *aliases, const struct pm_root *root, bool *changed, struct pm_error *err)
{
	struct pm_aliases fresh = {0};
	const int fd = openat(root->fd, "sys/kernel/slab", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	enum pm_status status = PM_OK;

	if (directory == NULL && fd >= 0)
		close(fd);
	while (directory != NULL && status == PM_OK && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] != ':' && entry->d_name[0] != '.')
			status = read_link(&fresh, fd, entry->d_name, err);
	}
	if (directory != NULL)
		closedir(directory);
	if (status != PM_OK) {
		pm_aliases_deinit(&fresh);
		return status;
	}
	if (fresh.n > 0)
		qsort(fresh.at, fresh.n, sizeof(*fresh.at), compare);
	*changed = !same(aliases, &fresh);
	pm_aliases_deinit(aliases);
	*aliases = fresh;
	return PM_OK;
}

void pm_aliases_deinit(struct pm_aliases *aliases)
{
	pm_arena_deinit(&aliases->arena);
	free(aliases->at);
	*aliases = (struct pm_aliases){0};
}
