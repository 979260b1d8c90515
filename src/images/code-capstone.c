/* SPDX-License-Identifier: MIT */
#include "images/code.h"

#include "base/fail.h"

#include <capstone/capstone.h>

#include <stdlib.h>
#include <string.h>

struct pm_code {
	csh full, quick; /* with and without operands */
	cs_insn *instruction, *skimmed;
	bool has_full, has_quick;
};

enum pm_status pm_code_probe(struct pm_error *err)
{
	if (cs_support(CS_ARCH_X86))
		return PM_OK;
	(void)pm_fail(err, PM_E_UNSUPPORTED, "can't scan drivers: Capstone was built without x86");
	pm_error_remedy(err, "install one with x86");
	return PM_E_UNSUPPORTED;
}

struct pm_code *pm_code_create(unsigned pointer_bytes)
{
	const cs_mode mode = pointer_bytes == 8 ? CS_MODE_64 : CS_MODE_32;
	struct pm_code *code = calloc(1, sizeof(*code));

	if (code == NULL)
		return NULL;
	code->has_full = cs_open(CS_ARCH_X86, mode, &code->full) == CS_ERR_OK;
	code->has_quick = cs_open(CS_ARCH_X86, mode, &code->quick) == CS_ERR_OK;
	if (code->has_full && code->has_quick &&
		cs_option(code->full, CS_OPT_DETAIL, CS_OPT_ON) == CS_ERR_OK) {
		code->instruction = cs_malloc(code->full);
		code->skimmed = cs_malloc(code->quick);
	}
	if (code->instruction == NULL || code->skimmed == NULL) {
		pm_code_destroy(code);
		return NULL;
	}
	return code;
}

void pm_code_destroy(struct pm_code *code)
{
	if (code == NULL)
		return;
	if (code->instruction != NULL)
		cs_free(code->instruction, 1);
	if (code->skimmed != NULL)
		cs_free(code->skimmed, 1);
	if (code->has_full)
		cs_close(&code->full);
	if (code->has_quick)
		cs_close(&code->quick);
	free(code);
}

/* ---- registers ---- */

/* By Capstone's numbers: 1 + the number of a general register that this is, or is a part of. */
#define FAMILY(i, r64, r32, r16, r8)                                                               \
	[r64] = (i) + 1, [r32] = (i) + 1, [r16] = (i) + 1, [r8] = (i) + 1
static const uint8_t general[X86_REG_ENDING] = {
	FAMILY(0, X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL),
	FAMILY(1, X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL),
	FAMILY(2, X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL),
	FAMILY(3, X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL),
	FAMILY(4, X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL),
	FAMILY(5, X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL),
	FAMILY(6, X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL),
	FAMILY(7, X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL),
	FAMILY(8, X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B),
	FAMILY(9, X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B),
	FAMILY(10, X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B),
	FAMILY(11, X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B),
	FAMILY(12, X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B),
	FAMILY(13, X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B),
	FAMILY(14, X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B),
	FAMILY(15, X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B),
	[X86_REG_AH] = 1,
	[X86_REG_CH] = 2,
	[X86_REG_DH] = 3,
	[X86_REG_BH] = 4,
};

static uint8_t number_of(unsigned reg)
{
	return reg < X86_REG_ENDING && general[reg] != 0 ? (uint8_t)(general[reg] - 1)
							 : PM_NO_REGISTER;
}

static uint16_t written_by(csh handle, const cs_insn *insn)
{
	cs_regs reads, writes;
	uint8_t n_reads, n_writes;
	uint16_t written = 0;

	if (cs_regs_access(handle, insn, reads, &n_reads, writes, &n_writes) != CS_ERR_OK)
		return UINT16_MAX;
	for (uint8_t i = 0; i < n_writes; i++) {
		if (number_of(writes[i]) != PM_NO_REGISTER)
			written |= (uint16_t)(1U << number_of(writes[i]));
	}
	return written;
}

/* ---- operands ---- */

static struct pm_operand memory(const cs_insn *insn, const cs_x86_op *op)
{
	const x86_op_mem *mem = &op->mem;
	struct pm_operand operand = {
		.kind = PM_MEMORY,
		.base = PM_NO_REGISTER,
		.n_bytes = op->size,
		.number = (uint64_t)mem->disp,
	};

	if (mem->base == X86_REG_RIP) {
		operand.number += insn->address + insn->size;
	} else if (mem->base != X86_REG_INVALID) {
		operand.base = number_of(mem->base);
		if (operand.base == PM_NO_REGISTER)
			operand.kind = PM_ELSEWHERE;
	}
	if (mem->index != X86_REG_INVALID && mem->index != X86_REG_RIZ && mem->index != X86_REG_EIZ)
		operand.kind = PM_ELSEWHERE;
	if (mem->segment == X86_REG_FS || mem->segment == X86_REG_GS)
		operand.kind = PM_ELSEWHERE;
	return operand;
}

static struct pm_operand operand_of(const cs_insn *insn, unsigned i)
{
	const cs_x86 *x86 = &insn->detail->x86;
	const cs_x86_op *op = &x86->operands[i];
	struct pm_operand operand = {.kind = PM_NOTHING, .base = PM_NO_REGISTER};

	if (i >= x86->op_count)
		return operand;
	operand.n_bytes = op->size;
	switch (op->type) {
	case X86_OP_REG:
		operand.base = number_of(op->reg);
		operand.kind = operand.base == PM_NO_REGISTER ? PM_ELSEWHERE : PM_REGISTER;
		break;
	case X86_OP_IMM:
		operand.kind = PM_NUMBER;
		operand.number = (uint64_t)op->imm;
		break;
	case X86_OP_MEM:
		operand = memory(insn, op);
		break;
	default:
		operand.kind = PM_ELSEWHERE;
		break;
	}
	return operand;
}

/* ---- operations ---- */

static enum pm_operation operation_of(const cs_insn *insn)
{
	switch (insn->id) {
	case X86_INS_NOP:
		return PM_NOTHING_DONE;
	case X86_INS_MOV:
	case X86_INS_MOVABS:
	case X86_INS_MOVSXD:
		return PM_MOVE;
	case X86_INS_LEA:
		return PM_ADDRESS;
	case X86_INS_PUSH:
		return PM_PUSH;
	case X86_INS_POP:
		return PM_POP;
	case X86_INS_LEAVE:
		return PM_LEAVE;
	case X86_INS_ADD:
		return PM_ADD;
	case X86_INS_SUB:
		return PM_SUBTRACT;
	case X86_INS_AND:
		return PM_AND;
	case X86_INS_OR:
		return PM_OR;
	case X86_INS_XOR:
		return PM_XOR;
	case X86_INS_CALL:
		return PM_CALL;
	case X86_INS_JMP:
		return PM_JUMP;
	case X86_INS_RET:
	case X86_INS_RETF:
	case X86_INS_IRET:
	case X86_INS_IRETD:
	case X86_INS_IRETQ:
		return PM_RETURN;
	case X86_INS_INT3:
	case X86_INS_UD2:
	case X86_INS_HLT:
		return PM_TRAP;
	case X86_INS_STOSB:
	case X86_INS_STOSW:
	case X86_INS_STOSD:
	case X86_INS_STOSQ:
	case X86_INS_MOVSB:
	case X86_INS_MOVSW:
	case X86_INS_MOVSQ:
		return PM_STRINGS;
	default:
		return PM_OTHER;
	}
}

static bool jumps(const cs_insn *insn)
{
	for (uint8_t i = 0; i < insn->detail->groups_count; i++) {
		if (insn->detail->groups[i] == X86_GRP_JUMP)
			return true;
	}
	return false;
}

static bool writes_memory(const cs_insn *insn)
{
	const cs_x86 *x86 = &insn->detail->x86;

	return x86->op_count > 0 && x86->operands[0].type == X86_OP_MEM &&
		(x86->operands[0].access & CS_AC_WRITE) != 0;
}

void pm_code_read(
	struct pm_code *code, struct pm_bytes bytes, uint64_t address, struct pm_instruction *out)
{
	enum { LONGEST = 16 };
	cs_insn *insn = code->instruction;
	const uint8_t *at = bytes.at;
	size_t n = bytes.n < LONGEST ? bytes.n : LONGEST;
	uint64_t next = address;

	*out = (struct pm_instruction){
		.address = address, .n_bytes = 1, .operation = PM_UNREADABLE};
	if (!cs_disasm_iter(code->full, &at, &n, &next, insn) || insn->size == 0)
		return;
	out->n_bytes = (uint8_t)insn->size;
	out->operation = (uint8_t)operation_of(insn);
	out->to = operand_of(insn, 0);
	out->from = operand_of(insn, 1);
	if (out->operation == PM_OTHER && jumps(insn))
		out->operation = PM_JUMP_IF;
	if (out->operation == PM_OTHER && insn->id >= X86_INS_CMOVA && insn->id <= X86_INS_CMOVS)
		out->operation = PM_MOVE_IF;
	if (out->operation == PM_ADDRESS && out->from.kind == PM_MEMORY &&
		out->from.base == out->to.base && out->from.number == 0)
		out->operation = PM_NOTHING_DONE; /* as assemblers fill gaps on x86 */
	out->written = written_by(code->full, insn);
	out->writes_memory = writes_memory(insn);
}

void pm_code_skim(
	struct pm_code *code, struct pm_bytes bytes, uint64_t address, struct pm_instruction *out)
{
	enum { LONGEST = 16, CALL = 0xe8, CALL_BYTES = 5, RETURN = 0xc3, RETURN_AND_TAKE = 0xc2 };
	cs_insn *insn = code->skimmed;
	const uint8_t *at = bytes.at;
	size_t n = bytes.n < LONGEST ? bytes.n : LONGEST;
	uint64_t next = address;

	*out = (struct pm_instruction){
		.address = address, .n_bytes = 1, .operation = PM_UNREADABLE};
	if (!cs_disasm_iter(code->quick, &at, &n, &next, insn) || insn->size == 0)
		return;
	out->n_bytes = (uint8_t)insn->size;
	out->operation = PM_OTHER;
	if (insn->size == CALL_BYTES && bytes.at[0] == CALL) {
		out->operation = PM_CALL;
		out->to.kind = PM_NUMBER;
		out->to.number =
			address + CALL_BYTES + (uint64_t)(int64_t)(int32_t)pm_bytes_u32(bytes, 1);
	}
	if (bytes.at[0] == RETURN || bytes.at[0] == RETURN_AND_TAKE) {
		out->operation = PM_RETURN;
		out->to.kind = PM_NUMBER;
		out->to.number = bytes.at[0] == RETURN ? 0 : pm_bytes_u16(bytes, 1);
	}
}
