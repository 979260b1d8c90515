/* SPDX-License-Identifier: MIT */
/*
 * Writes a log of a given number of rows, the same one for the same arguments:
 *
 *   make-log FORMAT ROWS TAGS ORDER DIRECTORY [MEGABYTES]
 *
 * FORMAT: csv or ndjson. ORDER: ordered, or shuffled within each snapshot. In the directory there are parts of some
 * MEGABYTES (default 100), as rotation leaves them. A snapshot every 5 s; in each, two rows of five have changed since
 * the one before.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tag {
	char name[8];
	uint64_t allocs, frees, size;
};

struct output {
	const char *directory, *format;
	int csv;
	uint64_t limit, written; /* of the part at hand */
	unsigned parts;
	FILE *file;
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

static struct tag *make_tags(size_t n, uint64_t *seed)
{
	struct tag *tags = calloc(n + 1, sizeof(*tags));

	for (size_t i = 0; tags != NULL && i < n; i++) {
		snprintf(tags[i].name, sizeof(tags[i].name), "T%05zu", i % 100000);
		tags[i].allocs = next_random(seed) % 1000000;
		tags[i].frees = tags[i].allocs - tags[i].allocs % 5000;
		tags[i].size = 16 << next_random(seed) % 8;
	}
	return tags;
}

static size_t *make_order(size_t n)
{
	size_t *order = calloc(n + 1, sizeof(*order));

	for (size_t i = 0; order != NULL && i < n; i++)
		order[i] = i;
	return order;
}

static void shuffle(size_t *order, size_t n, uint64_t *seed)
{
	for (size_t i = n; i > 1; i--) {
		const size_t j = next_random(seed) % i, other = order[j];

		order[j] = order[i - 1];
		order[i - 1] = other;
	}
}

/* What each file of a recording begins with. */
static void put_start(struct output *output, const char *time, uint64_t uptime_s)
{
	static const char note[] = "schema=poolmon-log/1 host=bench os=Linux boot_id=b-1 interval_s=5";

	if (output->csv)
		fprintf(output->file,
			"time,uptime_s,pool,tag,type,allocs,frees,diff,bytes,per_alloc,footprint,note\n"
			"%s,%" PRIu64 ".000,event,start,,,,,,,,%s\n",
			time, uptime_s, note);
	else
		fprintf(output->file,
			"{\"time\":\"%sZ\",\"uptime_s\":%" PRIu64
			".000,\"pool\":\"event\",\"tag\":\"start\",\"note\":\"%s\"}\n",
			time, uptime_s, note);
}

/* A new part, if there is none or this one is large enough. */
static int begin_part(struct output *output, const char *time, uint64_t uptime_s)
{
	char path[4096];

	if (output->file != NULL && output->written < output->limit)
		return 1;
	if (output->file != NULL && fclose(output->file) != 0)
		return 0;
	snprintf(path, sizeof(path), "%s/part-%03u.%s", output->directory, output->parts++, output->format);
	output->file = fopen(path, "wb");
	output->written = 0;
	if (output->file != NULL)
		put_start(output, time, uptime_s);
	return output->file != NULL;
}

static void put_row(struct output *output, const struct tag *tag, size_t i, const char *time, uint64_t uptime_s)
{
	static const char csv[] = "%s,%" PRIu64 ".000,system,%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
				  ",%" PRIu64 ",,\n";
	static const char ndjson[] = "{\"time\":\"%sZ\",\"uptime_s\":%" PRIu64 ".000,\"pool\":\"system\",\"tag\":\"%s\","
				     "\"type\":\"%s\",\"allocs\":%" PRIu64 ",\"frees\":%" PRIu64 ",\"diff\":%" PRIu64
				     ",\"bytes\":%" PRIu64 ",\"per_alloc\":%" PRIu64 "}\n";
	const uint64_t diff = tag->allocs - tag->frees;

	output->written += (uint64_t)fprintf(output->file, output->csv ? csv : ndjson, time, uptime_s, tag->name,
		i % 2 == 0 ? "Nonp" : "Paged", tag->allocs, tag->frees, diff, diff * tag->size,
		diff == 0 ? 0 : tag->size);
}

static int put_snapshot(struct output *output, struct tag *tags, const size_t *order, size_t n, uint64_t moment,
	uint64_t *seed)
{
	const uint64_t s = moment * 5, day = s / 86400, second = s % 86400;
	char time[64];

	snprintf(time, sizeof(time), "2026-%02d-%02d%c%02d:%02d:%02d.000", (int)(day / 28 % 12 + 1), (int)(day % 28 + 1),
		output->csv ? ' ' : 'T', (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
	if (!begin_part(output, time, 7200 + s))
		return 0;
	for (size_t i = 0; i < n; i++)
		step(&tags[i], i, seed);
	for (size_t i = 0; i < n; i++)
		put_row(output, &tags[order[i]], order[i], time, 7200 + s);
	return 1;
}

int main(int argc, char **argv)
{
	const int given = argc == 6 || argc == 7;
	const uint64_t rows = given ? strtoull(argv[2], NULL, 10) : 0;
	const size_t n = given ? strtoull(argv[3], NULL, 10) : 0;
	const int shuffled = given && strcmp(argv[4], "shuffled") == 0;
	uint64_t seed = 88172645463325252U, order_seed = 5;
	struct output output = {.directory = given ? argv[5] : "", .format = given ? argv[1] : ""};
	struct tag *tags = make_tags(n, &seed);
	size_t *order = make_order(n);
	int fine = tags != NULL && order != NULL;

	output.csv = strcmp(output.format, "csv") == 0;
	output.limit = (argc == 7 ? strtoull(argv[6], NULL, 10) : 100) * 1000000;
	if (n == 0 || rows == 0 || (!output.csv && strcmp(output.format, "ndjson") != 0)) {
		fprintf(stderr, "usage: make-log csv|ndjson ROWS TAGS ordered|shuffled DIRECTORY [MEGABYTES]\n");
		return 2;
	}
	for (uint64_t moment = 0; fine && moment * n < rows; moment++) {
		if (shuffled)
			shuffle(order, n, &order_seed);
		fine = put_snapshot(&output, tags, order, n, moment, &seed);
	}
	fine &= output.file != NULL && ferror(output.file) == 0 && fclose(output.file) == 0;
	free(tags);
	free(order);
	return fine ? 0 : 4;
}
