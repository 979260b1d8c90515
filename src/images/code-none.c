/* SPDX-License-Identifier: MIT */
/* Where there is no Capstone. */
#include "images/code.h"

#include "base/fail.h"

enum pm_status pm_code_probe(struct pm_error *err)
{
	(void)pm_fail(err, PM_E_UNSUPPORTED,
		"this build can't scan drivers: it was made without Capstone");
	pm_error_remedy(err,
		"install it (on Debian libcapstone-dev) and build again with "
		"-Dcapstone=enabled, or scan a copy of the files where poolmon can");
	return PM_E_UNSUPPORTED;
}

struct pm_code *pm_code_create(unsigned pointer_bytes)
{
	(void)pointer_bytes;
	return NULL;
}

void pm_code_destroy(struct pm_code *code)
{
	(void)code;
}

void pm_code_read(struct pm_code *code, struct pm_bytes bytes, uint64_t address,
	struct pm_instruction *instruction)
{
	(void)code;
	(void)bytes;
	*instruction = (struct pm_instruction){
		.address = address, .n_bytes = 1, .operation = PM_UNREADABLE};
}

void pm_code_skim(struct pm_code *code, struct pm_bytes bytes, uint64_t address,
	struct pm_instruction *instruction)
{
	pm_code_read(code, bytes, address, instruction);
}
