/* SPDX-License-Identifier: MIT */
/*
 * Writes a log of a given size to standard output, the same one for the same arguments:
 *
 *   make-log FORMAT MEGABYTES TAGS     FORMAT: csv or ndjson
 *
 * A snapshot every 5 s; in each, two rows of five have changed since the one before.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tag {
	char name[8];
	uint64_t allocs, frees, size;
};

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static void step(struct tag *tag, size_t i, uint64_t *seed)
{
	const uint64_t outstanding = tag->allocs - tag->frees;

	if (next_random(seed) % 5 >= 2)
		return;
	tag->allocs += next_random(seed) % 100;
	tag->frees += next_random(seed) % 100;
	if (i % 50 == 0) /* these leak */
		tag->allocs += 60;
	if (tag->frees > tag->allocs)
		tag->frees = tag->allocs - outstanding / 2;
}

int main(int argc, char **argv)
{
	const char *format = argc == 4 ? argv[1] : "";
	const int csv = strcmp(format, "csv") == 0;
	const uint64_t limit = argc == 4 ? strtoull(argv[2], NULL, 10) * 1000000 : 0;
	const size_t n = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
	struct tag *tags = calloc(n + 1, sizeof(*tags));
	uint64_t seed = 88172645463325252U, written = 0;

	if (tags == NULL || n == 0 || limit == 0 || (!csv && strcmp(format, "ndjson") != 0)) {
		fprintf(stderr, "usage: make-log csv|ndjson MEGABYTES TAGS\n");
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		snprintf(tags[i].name, sizeof(tags[i].name), "T%05zu", i % 100000);
		tags[i].allocs = next_random(&seed) % 1000000;
		tags[i].frees = tags[i].allocs - tags[i].allocs % 5000;
		tags[i].size = 16 << next_random(&seed) % 8;
	}
	if (csv)
		written += (uint64_t)printf("time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,"
					    "footprint,note\n");
	for (uint64_t moment = 0; written < limit; moment++) {
		const uint64_t s = moment * 5, day = s / 86400, second = s % 86400;
		char time[64];

		snprintf(time, sizeof(time), "2026-%02d-%02d%c%02d:%02d:%02d.000", (int)(day / 28 % 12 + 1),
			(int)(day % 28 + 1), csv ? ' ' : 'T', (int)(second / 3600), (int)(second / 60 % 60),
			(int)(second % 60));
		for (size_t i = 0; i < n; i++) {
			struct tag *tag = &tags[i];
			const uint64_t diff = (step(tag, i, &seed), tag->allocs - tag->frees);

			written += (uint64_t)printf(csv ? "%s,%" PRIu64 ".000,system,%s,%s,%" PRIu64 ",%" PRIu64
							  ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",,\n"
							: "{\"time\":\"%sZ\",\"uptime_s\":%" PRIu64
							  ".000,\"pool\":\"system\",\"tag\":\"%s\",\"type\":\"%s\","
							  "\"allocs\":%" PRIu64 ",\"frees\":%" PRIu64
							  ",\"diff\":%" PRIu64 ",\"bytes\":%" PRIu64
							  ",\"per_alloc\":%" PRIu64 "}\n",
				time, 7200 + s, tag->name, i % 2 == 0 ? "Nonp" : "Paged", tag->allocs,
				tag->frees, diff, diff * tag->size, diff == 0 ? 0 : tag->size);
		}
	}
	free(tags);
	return ferror(stdout) != 0 || fclose(stdout) != 0;
}
