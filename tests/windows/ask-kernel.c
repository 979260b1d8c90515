/* SPDX-License-Identifier: MIT */
/*
 * Asks the kernel it runs on, as the sources do: what the machine is and its totals, a line each,
 * and how each class of pool tags is answered. For kernels of which the sources have nothing to
 * show.
 */
#include "source/nt/totals.h"
#include "source/windows/kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void say_failure(const struct pm_error *err)
{
	char text[2048];

	printf("failed: %s\n", pm_error_text(err, text, sizeof(text)));
}

static void ask_for_tags(const struct pm_nt_kernel *kernel, uint32_t info_class)
{
	struct pm_nt_buffer buffer = {0};
	struct pm_nt_answer answer;
	struct pm_nt_table table;
	struct pm_error err;

	printf("class %" PRIu32 ": ", info_class);
	if (pm_nt_query(kernel, info_class, &buffer, &answer, &err) != PM_OK)
		say_failure(&err);
	else if (!pm_nt_table_open(&table, &answer))
		printf("no table of a known form\n");
	else
		printf("%" PRIu32 " tags\n", table.n);
	free(buffer.at);
}

int main(void)
{
	struct pm_nt_total totals[PM_NT_TOTALS];
	struct pm_nt_machine machine = {0};
	struct pm_nt_buffer buffer = {0};
	struct pm_nt_kernel kernel;
	struct pm_nt_answer answer;
	struct pm_error err;
	size_t n;

	pm_kernel_here(&kernel);
	printf("host %s\nversion %s\nword %u\n", kernel.host, kernel.version, kernel.word_bytes);
	if (pm_nt_query_sized(&kernel, PM_NT_BASIC,
		    kernel.word_bytes == 4 ? PM_NT_BASIC_BYTES_32 : PM_NT_BASIC_BYTES_64, &buffer,
		    &answer, &err) != PM_OK)
		say_failure(&err);
	else if (pm_nt_machine_read(&machine, &answer))
		printf("page %" PRIu64 "\nTotal %" PRIu64 "\n", machine.page_bytes,
			machine.total_bytes);
	if (pm_nt_query_sized(&kernel, PM_NT_TIME_OF_DAY, PM_NT_TIME_OF_DAY_BYTES, &buffer, &answer,
		    &err) != PM_OK)
		say_failure(&err);
	else
		printf("boot %" PRIu64 "\n", pm_nt_boot_time(&answer));
	if (pm_nt_query(&kernel, PM_NT_PERFORMANCE, &buffer, &answer, &err) != PM_OK) {
		say_failure(&err);
	} else {
		n = pm_nt_totals_read(totals, &answer, machine.page_bytes);
		for (size_t i = 0; i < n; i++)
			printf("%s %" PRIu64 "\n", totals[i].tag, totals[i].value);
	}
	free(buffer.at);
	ask_for_tags(&kernel, PM_NT_POOL_TAGS);
	ask_for_tags(&kernel, PM_NT_POOL_TAGS_2);
	return 0;
}
