/* SPDX-License-Identifier: MIT */
#include "images/allocators.h"

/*
 * Arguments as the Windows Driver Kit's wdm.h, ntifs.h, fltkernel.h, ndis.h, storport.h and winddi.h
 * declare them. ExAllocatePoolZero and its like are inline there and call those of the list.
 */
static const struct pm_allocator windows[] = {
	{"ExAllocateCacheAwareRundownProtection", 1, 1, 2, 0},
	{"ExAllocatePool2", 2, 3, 4, 0},
	{"ExAllocatePool3", 2, 3, 6, 0},
	{"ExAllocatePoolWithQuotaTag", 2, 2, 3, 0},
	{"ExAllocatePoolWithTag", 2, 2, 3, 0},
	{"ExAllocatePoolWithTagPriority", 2, 2, 4, 0},
	{"ExInitializeLookasideListEx", 6, 6, 8, 0},
	{"ExInitializeNPagedLookasideList", 5, 5, 7, 0},
	{"ExInitializePagedLookasideList", 5, 5, 7, 0},
	{"EngAllocMem", 2, 2, 3, 0},
	{"EngAllocUserMem", 1, 1, 2, 0},
	{"FltAllocateExtraCreateParameter", 5, 5, 7, 0},
	{"FltAllocatePoolAlignedWithTag", 3, 3, 4, 0},
	{"FltInitExtraCreateParameterLookasideList", 4, 4, 5, 0},
	{"FsRtlAllocateExtraCreateParameter", 4, 4, 6, 0},
	{"FsRtlAllocatePoolWithQuotaTag", 2, 2, 3, 0},
	{"FsRtlAllocatePoolWithTag", 2, 2, 3, 0},
	{"FsRtlInitExtraCreateParameterLookasideList", 3, 3, 4, 0},
	{"MmAllocateMappingAddress", 1, 1, 2, 0},
	{"MmAllocateMappingAddressEx", 1, 1, 3, 0},
	{"NdisAllocateMemoryWithTag", 2, 2, 3, 0},
	{"NdisAllocateMemoryWithTagPriority", 2, 2, 4, 0},
	{"NdisInitializeNPagedLookasideList", 5, 5, 7, 0},
	{"StorPortExtendedFunction", 3, 3, 0, 1}, /* function 0 is to take from the pool; cdecl */
	{"VideoPortAllocatePool", 3, 3, 4, 0},
};

/* As include/linux/slab.h of 4.16 and later has them; __kmem_cache_create_args since 6.12. */
static const struct pm_allocator of_linux[] = {
	{"__kmem_cache_create_args", 0, 0, 0, 0},
	{"kmem_cache_create", 0, 0, 0, 0},
	{"kmem_cache_create_usercopy", 0, 0, 0, 0},
};

const struct pm_allocator *pm_allocator_find(enum pm_system system, struct pm_span name)
{
	const struct pm_allocator *all = system == PM_SYSTEM_LINUX ? of_linux : windows;
	const size_t n = system == PM_SYSTEM_LINUX ? sizeof(of_linux) / sizeof(of_linux[0])
						   : sizeof(windows) / sizeof(windows[0]);

	for (size_t i = 0; i < n; i++) {
		if (pm_span_is(name, all[i].name))
			return &all[i];
	}
	return NULL;
}
