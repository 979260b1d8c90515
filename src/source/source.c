/* SPDX-License-Identifier: MIT */
#include "source/source.h"

#include "base/fail.h"

#include <string.h>

static const struct pm_source_config live;

size_t pm_source_count(void)
{
	return pm_n_source_kinds;
}

const struct pm_source_info *pm_source_at(size_t i)
{
	return &pm_source_kinds[i]->info;
}

const char *pm_source_default(void)
{
	return pm_source_kinds[0]->info.name;
}

bool pm_source_needs_argument(const struct pm_source_info *info)
{
	return info->argument != NULL && info->argument[0] != '[';
}

/* "name" or "name:argument"; *argument is "" where there is none. */
static const struct pm_source_kind *kind_of(const char *spec, const char **argument)
{
	const size_t n = strcspn(spec, ":");

	*argument = spec[n] == ':' ? spec + n + 1 : "";
	for (size_t i = 0; i < pm_n_source_kinds; i++) {
		const char *name = pm_source_kinds[i]->info.name;

		if (strlen(name) == n && memcmp(name, spec, n) == 0)
			return pm_source_kinds[i];
	}
	return NULL;
}

const struct pm_source_info *pm_source_find(const char *spec)
{
	const char *argument;
	const struct pm_source_kind *kind = kind_of(spec, &argument);

	return kind != NULL ? &kind->info : NULL;
}

const char *pm_source_of_pool(enum pm_pool pool)
{
	for (size_t i = 0; i < pm_n_source_kinds; i++) {
		const struct pm_source_info *info = &pm_source_kinds[i]->info;

		if (info->pool == pool && !pm_source_needs_argument(info))
			return info->name;
	}
	return NULL;
}

static enum pm_status find(const char *spec, const struct pm_source_kind **kind,
	const char **argument, struct pm_error *err)
{
	const struct pm_source_info *info;
	enum pm_status status;

	*kind = kind_of(spec, argument);
	if (*kind == NULL) {
		status = pm_fail(err, PM_E_ARGUMENT, "there is no source '%.*s'",
			(int)strcspn(spec, ":"), spec);
		pm_error_remedy(err, "--list-sources shows those there are");
		return status;
	}
	info = &(*kind)->info;
	if (pm_source_needs_argument(info) && **argument == '\0') {
		status = pm_fail(err, PM_E_ARGUMENT, "the source '%s' needs a %s", info->name,
			info->argument);
		pm_error_remedy(err, "write %s:%s", info->name, info->argument);
		return status;
	}
	if (info->argument == NULL && strchr(spec, ':') != NULL)
		return pm_fail(err, PM_E_ARGUMENT, "the source '%s' takes nothing behind a colon",
			info->name);
	return PM_OK;
}

enum pm_status pm_source_open_kind(struct pm_source **source, const struct pm_source_kind *kind,
	const char *argument, const struct pm_source_config *config, struct pm_error *err)
{
	struct pm_error local; /* that the causes can be told apart without one, too */
	enum pm_status status;

	*source = NULL;
	status = kind->open(
		source, argument, config != NULL ? config : &live, err != NULL ? err : &local);
	if (status == PM_OK) {
		(*source)->kind = kind;
		(*source)->origin.sources = kind->info.name;
		(*source)->clock = config != NULL ? config->clock : NULL;
	}
	return status;
}

enum pm_status pm_source_open(struct pm_source **source, const char *spec,
	const struct pm_source_config *config, struct pm_error *err)
{
	const struct pm_source_kind *kind = NULL;
	const char *argument = NULL;
	const enum pm_status status = find(spec, &kind, &argument, err);

	*source = NULL;
	return status == PM_OK ? pm_source_open_kind(source, kind, argument, config, err) : status;
}

enum pm_status pm_source_probe(
	const char *spec, const struct pm_source_config *config, struct pm_error *err)
{
	struct pm_source *source;
	const enum pm_status status = pm_source_open(&source, spec, config, err);

	pm_source_close(source);
	return status;
}

void pm_source_close(struct pm_source *source)
{
	if (source != NULL)
		source->kind->close(source);
}

const struct pm_source_info *pm_source_info(const struct pm_source *source)
{
	return &source->kind->info;
}

const struct pm_origin *pm_source_origin(const struct pm_source *source)
{
	return &source->origin;
}

static void begin(const struct pm_source *source, struct pm_snapshot *snapshot)
{
	struct pm_now now;

	pm_clock_read(source->clock, &now);
	pm_snapshot_begin(snapshot, now.time_ms, now.uptime_ms);
}

enum pm_status pm_source_sample(
	struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err)
{
	begin(source, snapshot);
	return source->kind->sample(source, snapshot, err);
}

enum pm_status pm_source_describe(
	struct pm_source *source, struct pm_snapshot *snapshot, struct pm_error *err)
{
	begin(source, snapshot);
	return source->kind->describe == NULL ? PM_OK
					      : source->kind->describe(source, snapshot, err);
}

bool pm_source_remark(struct pm_source *source, size_t i, struct pm_error *err)
{
	return source->kind->remark != NULL && source->kind->remark(source, i, err);
}

unsigned pm_source_revision(const struct pm_source *source)
{
	return source->revision;
}
