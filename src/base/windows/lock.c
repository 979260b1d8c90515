/* SPDX-License-Identifier: MIT */
/*
 * Locked bytes can't be read, so those that are lie far behind the end. The first stands for the
 * whole file. The others tell who holds it, as no function does: one for each bit of the process's
 * number, locked where it is 1, and one more when they are complete.
 */
#include "base/fail.h"
#include "base/file.h"

#include <errno.h>
#include <windows.h>

enum { LOCK_FILE, LOCK_COMPLETE, LOCK_BITS, N_LOCK_BITS = 32 };

static bool lock_byte(struct pm_file file, int which, DWORD flags)
{
	OVERLAPPED at = {.Offset = (DWORD)which, .OffsetHigh = 0x40000000};

	return LockFileEx((HANDLE)file.handle, flags | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at);
}

static bool lock_is_held(void)
{
	return GetLastError() == ERROR_LOCK_VIOLATION || GetLastError() == ERROR_IO_PENDING;
}

static bool byte_is_locked(struct pm_file file, int which)
{
	OVERLAPPED at = {.Offset = (DWORD)which, .OffsetHigh = 0x40000000};

	if (!lock_byte(file, which, 0))
		return lock_is_held();
	UnlockFileEx((HANDLE)file.handle, 0, 1, 0, &at);
	return false;
}

/* Somebody who looks at a byte may be in the way; then it stays unknown. */
static void tell_holder(struct pm_file file)
{
	const DWORD id = GetCurrentProcessId();
	bool complete = true;

	for (int bit = 0; bit < N_LOCK_BITS; bit++) {
		if ((id >> bit & 1) != 0)
			complete &= lock_byte(file, LOCK_BITS + bit, LOCKFILE_EXCLUSIVE_LOCK);
	}
	if (complete)
		(void)lock_byte(file, LOCK_COMPLETE, LOCKFILE_EXCLUSIVE_LOCK);
}

static uint64_t holder_of(struct pm_file file)
{
	uint64_t id = 0;

	if (!byte_is_locked(file, LOCK_COMPLETE))
		return 0;
	for (int bit = 0; bit < N_LOCK_BITS; bit++)
		id |= (uint64_t)byte_is_locked(file, LOCK_BITS + bit) << bit;
	return id;
}

bool pm_file_is_locked(struct pm_file file, uint64_t *holder)
{
	const bool locked = byte_is_locked(file, LOCK_FILE);

	*holder = locked ? holder_of(file) : 0;
	return locked;
}

enum pm_status pm_file_lock(struct pm_file file, uint64_t *holder, struct pm_error *err)
{
	*holder = 0;
	if (lock_byte(file, LOCK_FILE, LOCKFILE_EXCLUSIVE_LOCK)) {
		tell_holder(file);
		return PM_OK;
	}
	if (!lock_is_held())
		return PM_OK;
	*holder = holder_of(file);
	return pm_fail_errno(err, EBUSY, "is locked");
}
