/* SPDX-License-Identifier: MIT */
#include "base/thread.h"

#include "base/fail.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

void pm_mutex_init(struct pm_mutex *mutex)
{
	pthread_mutex_init(&mutex->lock, NULL);
}

void pm_mutex_deinit(struct pm_mutex *mutex)
{
	pthread_mutex_destroy(&mutex->lock);
}

void pm_mutex_lock(struct pm_mutex *mutex)
{
	pthread_mutex_lock(&mutex->lock);
}

void pm_mutex_unlock(struct pm_mutex *mutex)
{
	pthread_mutex_unlock(&mutex->lock);
}

void pm_condition_init(struct pm_condition *condition)
{
	pthread_cond_init(&condition->condition, NULL);
}

void pm_condition_deinit(struct pm_condition *condition)
{
	pthread_cond_destroy(&condition->condition);
}

void pm_condition_wait(struct pm_condition *condition, struct pm_mutex *mutex)
{
	pthread_cond_wait(&condition->condition, &mutex->lock);
}

void pm_condition_wake_all(struct pm_condition *condition)
{
	pthread_cond_broadcast(&condition->condition);
}

struct start {
	void (*body)(void *context);
	void *context;
};

static void *run(void *argument)
{
	const struct start start = *(struct start *)argument;

	free(argument);
	start.body(start.context);
	return NULL;
}

enum pm_status pm_thread_start(
	struct pm_thread *thread, void (*body)(void *context), void *context, struct pm_error *err)
{
	struct start *start = malloc(sizeof(*start));
	sigset_t all, before;
	int number;

	if (start == NULL)
		return pm_fail_memory(err);
	*start = (struct start){body, context};
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	number = pthread_create(&thread->id, NULL, run, start);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (number != 0) {
		free(start);
		return pm_fail_errno(err, number, "no thread can be started");
	}
	return PM_OK;
}

void pm_thread_join(struct pm_thread *thread)
{
	pthread_join(thread->id, NULL);
}

void pm_thread_background(void)
{
#ifdef __linux__
	enum { WHO_PROCESS = 1, CLASS_IDLE = 3, CLASS_SHIFT = 13 }; /* linux/ioprio.h */

	/* On Linux a nice value belongs to the calling thread alone, and so does the priority of
	 * what it reads and writes. No SCHED_IDLE: on a busy machine what is to be finished before
	 * the end would not get there. */
	setpriority(PRIO_PROCESS, 0, 19);
	(void)syscall(SYS_ioprio_set, WHO_PROCESS, 0, CLASS_IDLE << CLASS_SHIFT);
#endif
}

uint64_t pm_process_id(void)
{
	return (uint64_t)getpid();
}

unsigned pm_thread_processors(void)
{
#ifdef __linux__
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		return (unsigned)CPU_COUNT(&set);
#endif
	const long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (unsigned)n;
}
