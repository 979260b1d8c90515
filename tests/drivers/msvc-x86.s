# SPDX-License-Identifier: MIT
# Calls as Microsoft's compiler makes them on x86, which gcc does not: arguments are pushed, those that are
# themselves calls in between. The words found and hidden tell what a scan must find and must not.
	.intel_syntax noprefix
	.globl _DriverEntry@8
	.text
_DriverEntry@8:
	push ebp
	mov ebp, esp
	sub esp, 16
	push edi
	push 0x31736850			# found: Phs1
	push 16
	push 1
	call [__imp__ExAllocatePoolWithTag@12]
	mov edi, [__imp__ExAllocatePoolWithTag@12]
	push 0x32736850			# found: Phs2
	push 16
	push 1
	call edi
	push 0x33736850			# found: Phs3
	push 8
	call size_of_argument		# takes one word
	push eax
	push 1
	call edi
	mov eax, 0x34736850		# found: Phs4
	push eax
	push 16
	test edi, edi
	je 1f
	push 0
	jmp 2f
1:	push 1
2:	call [__imp__ExAllocatePoolWithTag@12]
	mov dword ptr [ebp-4], 0x35736850	# found: Phs5
	push [ebp-4]
	push 16
	push 1
	call [__imp__DbgPrint]
	push [ebp-4]
	push 16
	push 1
	call edi
	push 0x36736850			# found: Phs6
	push 16
	call in_registers
	mov edx, 0x37736850		# found: Phs7
	mov ecx, 16
	call fast
	push 0
	push 0x38736850			# found: Phs8
	push 64
	push 0
	push 0
	push 0
	push offset list
	call [__imp__ExInitializePagedLookasideList@28]
	push 0x39736850			# found: Phs9
	push 16
	push 0
	push 0x40
	call [__imp__ExAllocatePool2@16]
	push 0x61736850			# hidden: Phsa
	push eax
	call [__imp__ExFreePoolWithTag@8]
	mov eax, [data]
	push eax
	push 16
	push 0x62736850			# hidden: Phsb
	call edi
	push 0x63736850			# found: Phsc
	push 16
	push 1
	call thunk
	pop edi
	mov esp, ebp
	pop ebp
	ret 8
	int3
size_of_argument:
	mov eax, [esp+4]
	ret 4
	int3
in_registers:
	push ebp
	mov ebp, esp
	push [ebp+12]
	push [ebp+8]
	push 1
	call [__imp__ExAllocatePoolWithTag@12]
	pop ebp
	ret 8
fast:					# the tag in edx
	push edx
	push ecx
	push 1
	call [__imp__ExAllocatePoolWithTag@12]
	ret
# Nothing calls this one: it is given to somebody as a pointer.
	.balign 16, 0xcc
called_back:
	push 0x64736850			# found: Phsd
	push 16
	push 1
	call [__imp__ExAllocatePoolWithTag@12]
	ret 8
	.balign 16, 0xcc
thunk:
	jmp [__imp__ExAllocatePoolWithTag@12]
	.data
data:	.long 0x65736850		# hidden: Phse
list:	.space 128
pointer: .long called_back
