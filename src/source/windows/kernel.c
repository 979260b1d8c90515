/* SPDX-License-Identifier: MIT */
#include "source/windows/kernel.h"

#include <stdio.h>

#include <windows.h>
#include <winternl.h>

/* Of ntdll.dll; tells the truth to programs without a manifest, too. */
NTSYSAPI NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW version);

static uint32_t query(
	void *context, uint32_t info_class, void *buffer, uint32_t size, uint32_t *told)
{
	ULONG length = 0;
	const NTSTATUS status = NtQuerySystemInformation(
		(SYSTEM_INFORMATION_CLASS)info_class, buffer, size, &length);

	(void)context;
	*told = length;
	return (uint32_t)status;
}

static void read_host(char *host, size_t size)
{
	wchar_t wide[256];
	DWORD n = sizeof(wide) / sizeof(wide[0]);

	host[0] = '\0';
	if (GetComputerNameExW(ComputerNameDnsHostname, wide, &n) == 0 ||
		WideCharToMultiByte(CP_UTF8, 0, wide, -1, host, (int)size, NULL, NULL) == 0)
		host[0] = '\0';
}

/* "10.0.26100.2314": the last number counts monthly updates. */
static void read_version(char *text, size_t size)
{
	RTL_OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof(version)};
	DWORD update = 0, n = sizeof(update);

	text[0] = '\0';
	if (RtlGetVersion(&version) != 0)
		return;
	if (RegGetValueW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
		    L"UBR", RRF_RT_REG_DWORD, NULL, &update, &n) != ERROR_SUCCESS)
		snprintf(text, size, "%lu.%lu.%lu", version.dwMajorVersion, version.dwMinorVersion,
			version.dwBuildNumber);
	else
		snprintf(text, size, "%lu.%lu.%lu.%lu", version.dwMajorVersion,
			version.dwMinorVersion, version.dwBuildNumber, update);
}

void pm_kernel_here(struct pm_nt_kernel *kernel)
{
	*kernel = (struct pm_nt_kernel){.query = query, .word_bytes = sizeof(void *)};
	read_host(kernel->host, sizeof(kernel->host));
	read_version(kernel->version, sizeof(kernel->version));
}
