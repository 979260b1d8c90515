# SPDX-License-Identifier: MIT
# Calls as Microsoft's compiler makes them on x86-64, which gcc does not.
# The words found and hidden tell what a scan must find and must not.
	.intel_syntax noprefix
	.globl DriverEntry
	.text
DriverEntry:
	push rbx
	sub rsp, 0x40
	mov r8d, 0x31736850		# found: Phs1
	lea edx, [r8 - 0x31736840]
	mov ecx, 1
	call [rip + __imp_ExAllocatePoolWithTag]
	nop dword ptr [rax+rax]
	mov ebx, 0x32736850		# found: Phs2
	mov r8d, ebx
	xor ecx, ecx
	rex.w call [rip + __imp_ExAllocatePoolWithTag]
	mov r8d, ebx
	mov rax, [rip + __imp_ExAllocatePoolWithTag]
	call rax
	lea rax, [rip + __imp_ExAllocatePoolWithQuotaTag]
	mov r8d, 0x33736850		# found: Phs3
	call [rax]
	mov eax, 0x34736850		# found: Phs4
	mov dword ptr [rsp+0x28], eax
	mov qword ptr [rsp+0x20], 64
	lea rcx, [rip + list]
	call [rip + __imp_ExInitializeNPagedLookasideList]
	test eax, eax
	mov r8d, 0x35736850		# found: Phs5
	js cold
back:
	call [rip + __imp_ExAllocatePoolWithTag]
	mov edx, 0x36736850		# found: Phs6
	call hands_on
	mov r8d, 0x37736850		# found: Phs7
	call thunk
	mov edx, 0x62736850		# hidden: Phsb
	call [rip + __imp_ExFreePoolWithTag]
	mov r8d, 0x63736850		# hidden: Phsc
	call [rip + __imp_DbgPrint]
	call [rip + __imp_ExAllocatePoolWithTag]
	mov r8d, dword ptr [rip + data]
	call [rip + __imp_ExAllocatePoolWithTag]
	mov dword ptr [rsp+0x48], 0x38736850	# found: Phs8
	mov r8d, [rsp+0x48]
	call [rip + __imp_ExAllocatePoolWithTag]
	add rsp, 0x40
	pop rbx
	ret
	int3
hands_on:
	mov r8d, edx
	mov edx, ecx
	xor ecx, ecx
	rex.w jmp [rip + __imp_ExAllocatePoolWithTag]
	int3
cold:					# out of the way, and back again
	xor ecx, ecx
	jmp back
	.balign 16, 0xcc
thunk:	jmp [rip + __imp_ExAllocatePoolWithTag]
	.data
data:	.long 0x65736850		# hidden: Phse
list:	.space 128
