/* SPDX-License-Identifier: MIT */
/* Machine code of x86 and x86-64 as instructions, reduced to what moves values about. */
#ifndef POOLMON_IMAGES_CODE_H
#define POOLMON_IMAGES_CODE_H

#include "images/bytes.h"

#include <poolmon/error.h>

/* General registers by the numbers that instructions have for them. */
enum {
	PM_AX,
	PM_CX,
	PM_DX,
	PM_BX,
	PM_SP,
	PM_BP,
	PM_SI,
	PM_DI,
	PM_R8,
	PM_R9,
	PM_N_REGISTERS = 16,
	PM_NO_REGISTER = 0xff,
};

enum pm_operation {
	PM_OTHER,        /* may write its first operand, and the registers of `written` */
	PM_NOTHING_DONE, /* nop, and what stands for it between functions */
	PM_MOVE,
	PM_MOVE_IF, /* cmov */
	PM_ADDRESS, /* lea */
	PM_PUSH,
	PM_POP,
	PM_LEAVE,
	PM_ADD,
	PM_SUBTRACT,
	PM_AND,
	PM_OR,
	PM_XOR,
	PM_CALL,
	PM_JUMP,
	PM_JUMP_IF,
	PM_RETURN,
	PM_TRAP,    /* int3, ud2, hlt: what follows is not reached from here */
	PM_STRINGS, /* stos, movs: writes memory at a length of its own */
	PM_UNREADABLE,
};

enum pm_operand_kind {
	PM_NOTHING,
	PM_REGISTER,  /* `base` */
	PM_NUMBER,    /* `number`; of jumps and calls an address */
	PM_MEMORY,    /* at base + number, or at the address `number` if there is no base */
	PM_ELSEWHERE, /* memory that takes more to find, or a register of another kind */
};

struct pm_operand {
	uint8_t kind;
	uint8_t base;
	uint8_t n_bytes;
	uint64_t number;
};

struct pm_instruction {
	uint64_t address;
	uint8_t n_bytes;
	uint8_t operation;
	bool writes_memory;         /* its first operand */
	uint16_t written;           /* general registers, a bit each, that it changes */
	struct pm_operand to, from; /* to: the first operand, of calls and jumps too */
};

/* Reads code; NULL: out of memory. pointer_bytes: 4 or 8. */
struct pm_code;
struct pm_code *pm_code_create(unsigned pointer_bytes);
void pm_code_destroy(struct pm_code *code);

/* Takes the first instruction of bytes, n > 0, that would be at `address`. What is none is
 * PM_UNREADABLE, one byte long. */
void pm_code_read(struct pm_code *code, struct pm_bytes bytes, uint64_t address,
	struct pm_instruction *instruction);

/* Like pm_code_read(), but tells operation (PM_CALL, PM_RETURN and PM_OTHER alone), length, and in
 * `to` the address of direct calls and the bytes that a return takes from the stack. Several times
 * as fast. */
void pm_code_skim(struct pm_code *code, struct pm_bytes bytes, uint64_t address,
	struct pm_instruction *instruction);

/* Whether this build can read code at all: PM_OK, or PM_E_UNSUPPORTED with what to do. */
PM_MUST_USE enum pm_status pm_code_probe(struct pm_error *err);

#endif
