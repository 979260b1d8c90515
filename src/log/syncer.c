/* SPDX-License-Identifier: MIT */
#include "log/syncer.h"

#include "base/fail.h"
#include "base/thread.h"

#include <stdlib.h>

struct pm_syncer {
	struct pm_thread thread;
	struct pm_mutex mutex;
	struct pm_condition changed;

	/* guarded by mutex */
	bool busy, stop;
	struct pm_file file;
	const char *path, *directory;
	enum pm_status failed;
	struct pm_error failure;
};

static void thread_body(void *context)
{
	struct pm_syncer *syncer = context;

	pm_mutex_lock(&syncer->mutex);
	for (;;) {
		const char *directory;
		struct pm_file file;
		struct pm_error err;
		enum pm_status status;

		while (!syncer->busy && !syncer->stop)
			pm_condition_wait(&syncer->changed, &syncer->mutex);
		if (!syncer->busy)
			break;
		file = syncer->file;
		directory = syncer->directory;
		pm_mutex_unlock(&syncer->mutex);
		status = pm_file_sync(file, &err);
		if (status == PM_OK && directory != NULL)
			pm_directory_sync(directory);
		pm_mutex_lock(&syncer->mutex);
		if (status != PM_OK) {
			pm_error_where(&err, syncer->path, 0, 0);
			syncer->failed = status;
			syncer->failure = err;
		}
		syncer->busy = false;
		pm_condition_wake_all(&syncer->changed);
	}
	pm_mutex_unlock(&syncer->mutex);
}

enum pm_status pm_syncer_create(struct pm_syncer **out, struct pm_error *err)
{
	struct pm_syncer *syncer = calloc(1, sizeof(*syncer));
	enum pm_status status;

	*out = NULL;
	if (syncer == NULL)
		return pm_fail_memory(err);
	pm_mutex_init(&syncer->mutex);
	pm_condition_init(&syncer->changed);
	status = pm_thread_start(&syncer->thread, thread_body, syncer, err);
	if (status != PM_OK) {
		pm_condition_deinit(&syncer->changed);
		pm_mutex_deinit(&syncer->mutex);
		free(syncer);
		return status;
	}
	*out = syncer;
	return PM_OK;
}

bool pm_syncer_ask(
	struct pm_syncer *syncer, struct pm_file file, const char *path, const char *directory)
{
	bool taken;

	pm_mutex_lock(&syncer->mutex);
	taken = !syncer->busy;
	if (taken) {
		syncer->file = file;
		syncer->path = path;
		syncer->directory = directory;
		syncer->busy = true;
		pm_condition_wake_all(&syncer->changed);
	}
	pm_mutex_unlock(&syncer->mutex);
	return taken;
}

void pm_syncer_wait(struct pm_syncer *syncer)
{
	pm_mutex_lock(&syncer->mutex);
	while (syncer->busy)
		pm_condition_wait(&syncer->changed, &syncer->mutex);
	pm_mutex_unlock(&syncer->mutex);
}

enum pm_status pm_syncer_failure(struct pm_syncer *syncer, struct pm_error *err)
{
	enum pm_status status;

	pm_mutex_lock(&syncer->mutex);
	status = syncer->failed;
	syncer->failed = PM_OK;
	if (status != PM_OK && err != NULL)
		*err = syncer->failure;
	pm_mutex_unlock(&syncer->mutex);
	return status;
}

void pm_syncer_destroy(struct pm_syncer *syncer)
{
	if (syncer == NULL)
		return;
	pm_mutex_lock(&syncer->mutex);
	syncer->stop = true;
	pm_condition_wake_all(&syncer->changed);
	pm_mutex_unlock(&syncer->mutex);
	pm_thread_join(&syncer->thread);
	pm_condition_deinit(&syncer->changed);
	pm_mutex_deinit(&syncer->mutex);
	free(syncer);
}
