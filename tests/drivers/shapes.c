/* SPDX-License-Identifier: MIT */
/*
 * A driver that takes memory in every way that a compiler makes calls. FOUND: a tag that a scan must
 * find; HIDDEN: what must not be taken for one; MAYBE: one that depends on how it is compiled.
 */
#ifdef THUNKS /* through jumps that the linker puts in */
#define _NTOSKRNL_
#define IMPORT
#else
#define IMPORT __declspec(dllimport)
#endif

#include <ntddk.h>

#define FOUND(tag)     (tag)
#define HIDDEN(tag)    (tag)
#define MAYBE(tag)     (tag)
#define PROTECTED_POOL 0x80000000

/* Not in these headers, or inline there. */
IMPORT PVOID NTAPI ExAllocatePool2(ULONG64 flags, SIZE_T n, ULONG tag);
IMPORT PVOID NTAPI ExAllocatePool3(ULONG64 flags, SIZE_T n, ULONG tag, PVOID parameters, ULONG n_parameters);
IMPORT PVOID NTAPI FltAllocatePoolAlignedWithTag(PVOID instance, POOL_TYPE type, SIZE_T n, ULONG tag);
IMPORT PVOID NTAPI NdisAllocateMemoryWithTagPriority(PVOID handle, ULONG n, ULONG tag, int priority);
IMPORT int NTAPI NdisAllocateMemoryWithTag(PVOID *memory, ULONG n, ULONG tag);
IMPORT ULONG StorPortExtendedFunction(int function, PVOID extension, ...);

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path);

static NPAGED_LOOKASIDE_LIST nonpaged;
static PAGED_LOOKASIDE_LIST paged;
static LOOKASIDE_LIST_EX either;
static PVOID kept[100];
static volatile ULONG computed_tag = HIDDEN('daeR');
volatile int condition;

static void keep(int i, PVOID memory)
{
	*(PVOID volatile *)&kept[i] = memory;
}

/* As ExAllocatePoolZero() is. */
static inline PVOID allocate_zero(POOL_TYPE type, SIZE_T n, ULONG tag)
{
	PVOID memory = ExAllocatePoolWithTag(type, n, tag);

	if (memory != NULL)
		RtlZeroMemory(memory, n);
	return memory;
}

__attribute__((noinline)) static PVOID hand_on(SIZE_T n, ULONG tag)
{
	PVOID memory = ExAllocatePoolWithTag(NonPagedPool, n + 16, tag);

	if (memory == NULL)
		DbgPrint("no memory: %lu\n", (ULONG)n);
	return memory;
}

/* The tag on the stack, and needed after another call. */
__attribute__((noinline)) static PVOID hand_on_late(
	SIZE_T a, SIZE_T b, SIZE_T c, SIZE_T d, ULONG tag, SIZE_T e)
{
	DbgPrint("%lu\n", (ULONG)(a ^ b ^ c ^ d ^ e));
	return ExAllocatePoolWithTag(PagedPool, a + b + c + d + e, tag);
}

__attribute__((noinline)) static PVOID hand_on_twice(ULONG tag, int i)
{
	return i > 5 ? hand_on(8 * (SIZE_T)i, tag) : hand_on_late(1, 2, 3, 4, tag, (SIZE_T)i);
}

__attribute__((noinline)) static PVOID end_in_a_jump(SIZE_T n)
{
	return ExAllocatePoolWithTag(PagedPool, n, FOUND('pmuJ'));
}

__attribute__((noinline)) static PVOID by_case(int i)
{
	switch (i) {
	case 0:
		return ExAllocatePoolWithTag(PagedPool, 10, FOUND('0saC'));
	case 1:
		return ExAllocatePoolWithTag(NonPagedPool, 11, FOUND('1saC'));
	case 2:
		DbgPrint("two\n");
		return ExAllocatePoolWithTag(PagedPool, 12, FOUND('2saC'));
	case 3:
		return hand_on(13, FOUND('3saC'));
	case 4:
		return ExAllocatePoolWithTag(PagedPool, 14, FOUND('4saC'));
	case 5:
		return ExAllocatePoolWithQuotaTag(PagedPool, 15, FOUND('5saC'));
	default:
		return NULL;
	}
}

static void loops(void)
{
	for (int i = 0; i < condition; i++) {
		keep(i, ExAllocatePoolWithTag(PagedPool, (SIZE_T)i, FOUND('pooL')));
		if (condition & 1)
			keep(i, ExAllocatePoolWithQuotaTag(PagedPool, 8, FOUND('touQ')));
		for (int j = 0; j < condition; j++)
			keep(j, ExAllocatePoolWithTagPriority(
					NonPagedPool, 8, FOUND('oirP'), NormalPoolPriority));
	}
}

static void lists(void)
{
	ExInitializeNPagedLookasideList(&nonpaged, NULL, NULL, 0, 64, FOUND('pNaL'), 0);
	ExInitializePagedLookasideList(&paged, NULL, NULL, 0, 64, FOUND('gPaL'), 0);
	ExInitializeLookasideListEx(&either, NULL, NULL, PagedPool, 0, 64, FOUND('xEaL'), 0);
}

static void others(void)
{
	PVOID memory = NULL;

	keep(20, ExAllocatePool2(0x40, 100, FOUND('2loP')));
	keep(21, ExAllocatePool3(0x100, 100, FOUND('3loP'), NULL, 0));
	keep(22, FltAllocatePoolAlignedWithTag(&paged, NonPagedPool, 100, FOUND('AtlF')));
	keep(23, NdisAllocateMemoryWithTagPriority(&paged, 100, FOUND('PsdN'), 0));
	if (NdisAllocateMemoryWithTag(&memory, 100, FOUND('TsdN')) == 0)
		keep(24, memory);
	keep(25, MmAllocateMappingAddress(4096, FOUND('paMm')));
	StorPortExtendedFunction(0, &paged, 64, FOUND('rotS'), &kept[26]); /* takes from the pool */
	StorPortExtendedFunction(1, &paged, kept[26], HIDDEN('eerF'), NULL); /* gives back */
}

/* A tag whose uppermost bit says that freeing wants it too. */
static void protected(void)
{
	keep(30, ExAllocatePoolWithTag(PagedPool, 8, FOUND('torP') | PROTECTED_POOL));
	ExFreePoolWithTag(kept[30], HIDDEN('torQ') | PROTECTED_POOL);
}

/* Nobody calls it here, so nobody knows its tag. */
__declspec(dllexport) PVOID NTAPI ForOthers(ULONG tag, SIZE_T n)
{
	return ExAllocatePoolWithTag(PagedPool, n, tag);
}

static void computed(ULONG n)
{
	ULONG tag = computed_tag;

	for (ULONG i = 0; i < n; i++)
		tag = tag * 31 + i;
	keep(40, ExAllocatePoolWithTag(PagedPool, HIDDEN('eziS'), tag));
	keep(41, ExAllocatePoolWithTag(PagedPool, 8, computed_tag));
	keep(42, ExAllocatePoolWithTag(
			 PagedPool, 8, condition ? MAYBE('1ybM') : MAYBE('2ybM')));
	keep(43, ExAllocatePool(PagedPool, HIDDEN('gaTo')));
	DbgPrint("%lu\n", (ULONG)HIDDEN('tnrP'));
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
	PVOID (NTAPI *allocate)(POOL_TYPE, SIZE_T, ULONG) = ExAllocatePoolWithTag;
	ULONG tag = FOUND('lacL');

	condition = path->Length;
	keep(0, ExAllocatePoolWithTag(PagedPool, 100, FOUND('ngiD')));
	keep(1, allocate_zero(PagedPool, 100, FOUND('oreZ')));
	keep(2, hand_on(16, FOUND('1rpW')));
	keep(3, hand_on(path->Length, driver != NULL ? FOUND('2rpW') : FOUND('2rpW')));
	keep(4, hand_on_late(1, 2, 3, 4, FOUND('3rpW'), 5));
	keep(5, hand_on_twice(FOUND('4rpW'), condition));
	keep(6, end_in_a_jump(12));
	keep(7, by_case(condition));
	if (condition)
		keep(8, allocate(PagedPool, 8, FOUND('rtpF')));
	keep(9, ExAllocatePoolWithTag(PagedPool, 8, tag));
	keep(10, ExAllocatePoolWithTag(PagedPool, 8, FOUND('  oI')));
	keep(11, ExAllocatePoolWithTag(PagedPool, 8, FOUND('cba ')));
	keep(12, ExAllocatePoolWithTag(PagedPool, 8, FOUND('?*-a')));
	keep(13, ExAllocatePoolWithTag(PagedPool, 8, FOUND('-a -')));
	keep(14, ExAllocatePoolWithTag(PagedPool, 8, FOUND(' meR')));
	keep(15, ExAllocatePoolWithTag(PagedPool, 8, FOUND('oMeR')));
	loops();
	lists();
	others();
	protected();
	computed(path->Length);
	return 0;
}
