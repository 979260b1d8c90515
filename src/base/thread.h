/* SPDX-License-Identifier: MIT */
/* Threads, locks and conditions: the few that are needed, over pthreads or Windows' own. */
#ifndef POOLMON_BASE_THREAD_H
#define POOLMON_BASE_THREAD_H

#include <poolmon/error.h>

#ifdef _WIN32
/* Slim locks and condition variables are one pointer each; <windows.h> stays out of headers. */
struct pm_mutex {
	void *lock;
};
struct pm_condition {
	void *condition;
};
struct pm_thread {
	void *handle;
};
#else
#include <pthread.h>
struct pm_mutex {
	pthread_mutex_t lock;
};
struct pm_condition {
	pthread_cond_t condition;
};
struct pm_thread {
	pthread_t id;
};
#endif

void pm_mutex_init(struct pm_mutex *mutex);
void pm_mutex_deinit(struct pm_mutex *mutex);
void pm_mutex_lock(struct pm_mutex *mutex);
void pm_mutex_unlock(struct pm_mutex *mutex);

void pm_condition_init(struct pm_condition *condition);
void pm_condition_deinit(struct pm_condition *condition);
void pm_condition_wait(struct pm_condition *condition, struct pm_mutex *mutex);
void pm_condition_wake_all(struct pm_condition *condition);

/* Runs body(context) on a new thread that takes no signals; every started thread must be joined. */
PM_MUST_USE enum pm_status pm_thread_start(
	struct pm_thread *thread, void (*body)(void *context), void *context, struct pm_error *err);
void pm_thread_join(struct pm_thread *thread);

/* Makes the calling thread yield to everything else, where the system can. */
void pm_thread_background(void);

/* The number that the system knows this process by. */
uint64_t pm_process_id(void);

/* Processors this process may use, at least 1. */
unsigned pm_thread_processors(void);

#endif
