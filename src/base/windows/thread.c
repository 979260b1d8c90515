/* SPDX-License-Identifier: MIT */
#include "base/thread.h"

#include "base/fail.h"

#include <errno.h>
#include <process.h>
#include <stdlib.h>
#include <windows.h>

_Static_assert(sizeof(SRWLOCK) == sizeof(void *), "a slim lock is one pointer");
_Static_assert(sizeof(CONDITION_VARIABLE) == sizeof(void *), "a condition is one pointer");

static SRWLOCK *lock_of(struct pm_mutex *mutex)
{
	return (SRWLOCK *)&mutex->lock;
}

static CONDITION_VARIABLE *condition_of(struct pm_condition *condition)
{
	return (CONDITION_VARIABLE *)&condition->condition;
}

void pm_mutex_init(struct pm_mutex *mutex)
{
	InitializeSRWLock(lock_of(mutex));
}

void pm_mutex_deinit(struct pm_mutex *mutex)
{
	(void)mutex;
}

void pm_mutex_lock(struct pm_mutex *mutex)
{
	AcquireSRWLockExclusive(lock_of(mutex));
}

void pm_mutex_unlock(struct pm_mutex *mutex)
{
	ReleaseSRWLockExclusive(lock_of(mutex));
}

void pm_condition_init(struct pm_condition *condition)
{
	InitializeConditionVariable(condition_of(condition));
}

void pm_condition_deinit(struct pm_condition *condition)
{
	(void)condition;
}

void pm_condition_wait(struct pm_condition *condition, struct pm_mutex *mutex)
{
	SleepConditionVariableSRW(condition_of(condition), lock_of(mutex), INFINITE, 0);
}

void pm_condition_wake_all(struct pm_condition *condition)
{
	WakeAllConditionVariable(condition_of(condition));
}

struct start {
	void (*body)(void *context);
	void *context;
};

static unsigned __stdcall run(void *argument)
{
	const struct start start = *(struct start *)argument;

	free(argument);
	start.body(start.context);
	return 0;
}

enum pm_status pm_thread_start(
	struct pm_thread *thread, void (*body)(void *context), void *context, struct pm_error *err)
{
	struct start *start = malloc(sizeof(*start));

	if (start == NULL)
		return pm_fail_memory(err);
	*start = (struct start){body, context};
	thread->handle = (void *)_beginthreadex(NULL, 0, run, start, 0, NULL);
	if (thread->handle == NULL) {
		free(start);
		return pm_fail_errno(err, errno, "no thread can be started");
	}
	return PM_OK;
}

void pm_thread_join(struct pm_thread *thread)
{
	WaitForSingleObject(thread->handle, INFINITE);
	CloseHandle(thread->handle);
}

void pm_thread_background(void)
{
	/* In this mode reading and writing, and memory, yield to others as well. */
	if (!SetThreadPriority(GetCurrentThread(), THREAD_MODE_BACKGROUND_BEGIN))
		SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_IDLE);
}

uint64_t pm_process_id(void)
{
	return GetCurrentProcessId();
}

unsigned pm_thread_processors(void)
{
	DWORD_PTR ours = 0, all = 0;
	unsigned n = 0;

	GetProcessAffinityMask(GetCurrentProcess(), &ours, &all);
	for (; ours != 0; ours &= ours - 1)
		n++;
	return n < 1 ? 1 : n;
}
