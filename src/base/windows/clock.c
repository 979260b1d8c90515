/* SPDX-License-Identifier: MIT */
/* Clocks that advance with every tick of the system (10 or 16 ms) are everywhere; Windows 8 brings
 * an exact wall clock, Windows 10 exact ones of the time since boot. */
#include "base/clock.h"

#include "base/windows/filetime.h"

#include <string.h>

typedef VOID(WINAPI *read_wall)(LPFILETIME);
typedef VOID(WINAPI *read_interrupt_time)(PULONGLONG); /* in 100 ns */

static INIT_ONCE looked = INIT_ONCE_STATIC_INIT;
static read_wall wall;
static read_interrupt_time uptime, awake; /* NULL: not here */

static void look_up(const wchar_t *library, const char *name, void *function)
{
	const HMODULE module = GetModuleHandleW(library);
	const FARPROC found = module == NULL ? NULL : GetProcAddress(module, name);

	memcpy(function, &found, sizeof(found));
}

static BOOL CALLBACK look(PINIT_ONCE once, PVOID parameter, PVOID *context)
{
	(void)once;
	(void)parameter;
	(void)context;
	look_up(L"kernel32.dll", "GetSystemTimePreciseAsFileTime", &wall);
	look_up(L"kernelbase.dll", "QueryInterruptTimePrecise", &uptime);
	look_up(L"kernelbase.dll", "QueryUnbiasedInterruptTimePrecise", &awake);
	if (uptime == NULL || awake == NULL) /* both or neither: their difference counts */
		uptime = awake = NULL;
	return TRUE;
}

int64_t pm_clock_wall_ms(void)
{
	FILETIME now;

	InitOnceExecuteOnce(&looked, look, NULL, NULL);
	if (wall != NULL)
		wall(&now);
	else
		GetSystemTimeAsFileTime(&now);
	return pm_ms_of_filetime(now);
}

/* Both count time spent suspended. */
int64_t pm_clock_uptime_ms(void)
{
	ULONGLONG now;

	InitOnceExecuteOnce(&looked, look, NULL, NULL);
	if (uptime == NULL)
		return (int64_t)GetTickCount64();
	uptime(&now);
	return (int64_t)(now / 10000);
}

int64_t pm_clock_awake_ms(void)
{
	ULONGLONG now = 0;

	InitOnceExecuteOnce(&looked, look, NULL, NULL);
	if (awake != NULL)
		awake(&now);
	else
		QueryUnbiasedInterruptTime(&now);
	return (int64_t)(now / 10000);
}
