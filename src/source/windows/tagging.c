/* SPDX-License-Identifier: MIT */
#include <poolmon/tagging.h>

#include "base/fail.h"

#include <windows.h>

#define FLG_POOL_ENABLE_TAGGING 0x400u

static const wchar_t key_path[] = L"SYSTEM\\CurrentControlSet\\Control\\Session Manager";
static const char shown_path[] = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager";

static enum pm_status explain(LSTATUS code, const char *what, struct pm_error *err)
{
	const enum pm_status status = code == ERROR_ACCESS_DENIED ? PM_E_ACCESS : PM_E_SYSTEM;

	if (status == PM_E_ACCESS) {
		(void)pm_fail(err, status, "%s: access is denied", what);
		pm_error_remedy(err, "run it as administrator");
	} else {
		(void)pm_fail(err, status, "%s (Windows error %ld)", what, code);
	}
	pm_error_where(err, shown_path, 0, 0);
	return status;
}

/* No value is 0, as the kernel has it. */
static enum pm_status read_flags(HKEY key, DWORD *flags, struct pm_error *err)
{
	DWORD type = REG_DWORD, n = sizeof(*flags);
	const LSTATUS code = RegQueryValueExW(key, L"GlobalFlag", NULL, &type, (BYTE *)flags, &n);

	if (code == ERROR_FILE_NOT_FOUND) {
		*flags = 0;
		return PM_OK;
	}
	if (code != ERROR_SUCCESS && code != ERROR_MORE_DATA)
		return explain(code, "GlobalFlag can't be read", err);
	if (type == REG_DWORD && n == sizeof(*flags))
		return PM_OK;
	(void)pm_fail(err, PM_E_INPUT, "GlobalFlag is no DWORD (type %lu, %lu bytes)", type, n);
	pm_error_where(err, shown_path, 0, 0);
	pm_error_remedy(err, "see who made it so; it is left as it is");
	return PM_E_INPUT;
}

static enum pm_status open_key(HKEY *key, REGSAM rights, const char *root, struct pm_error *err)
{
	LSTATUS code;

	if (root != NULL)
		return pm_fail(
			err, PM_E_ARGUMENT, "the registry can't be read below a root directory");
	code = RegOpenKeyExW(HKEY_LOCAL_MACHINE, key_path, 0, rights, key);
	return code == ERROR_SUCCESS ? PM_OK : explain(code, "can't be opened", err);
}

static void describe(struct pm_tagging *tagging, DWORD flags)
{
	*tagging = (struct pm_tagging){
		.on = (flags & FLG_POOL_ENABLE_TAGGING) != 0,
		.restart = true,
		.name = "pool tagging (0x400 in the registry's GlobalFlag)",
		.about = "Since Windows Server 2003 the kernel counts its pools by tag whatever "
			 "this says; before, it\ndoes where this is on, from the next start of "
			 "Windows on. It costs little.",
	};
}

enum pm_status pm_tagging_read(struct pm_tagging *tagging, const char *root, struct pm_error *err)
{
	DWORD flags = 0;
	HKEY key;
	enum pm_status status = open_key(&key, KEY_QUERY_VALUE, root, err);

	if (status != PM_OK)
		return status;
	status = read_flags(key, &flags, err);
	RegCloseKey(key);
	if (status == PM_OK)
		describe(tagging, flags);
	return status;
}

/* Other flags of GlobalFlag stay as they are. */
static enum pm_status set(HKEY key, struct pm_tagging *tagging, bool on, struct pm_error *err)
{
	DWORD flags = 0, wanted;
	LSTATUS code = ERROR_SUCCESS;
	const enum pm_status status = read_flags(key, &flags, err);

	if (status != PM_OK)
		return status;
	wanted = on ? flags | FLG_POOL_ENABLE_TAGGING : flags & ~FLG_POOL_ENABLE_TAGGING;
	if (wanted != flags)
		code = RegSetValueExW(
			key, L"GlobalFlag", 0, REG_DWORD, (const BYTE *)&wanted, sizeof(wanted));
	if (code != ERROR_SUCCESS)
		return explain(code, "GlobalFlag can't be changed", err);
	describe(tagging, wanted);
	tagging->changed = wanted != flags;
	return PM_OK;
}

enum pm_status pm_tagging_set(
	struct pm_tagging *tagging, bool on, const char *root, struct pm_error *err)
{
	HKEY key;
	enum pm_status status = open_key(&key, KEY_QUERY_VALUE | KEY_SET_VALUE, root, err);

	if (status != PM_OK)
		return status;
	status = set(key, tagging, on, err);
	RegCloseKey(key);
	return status;
}
