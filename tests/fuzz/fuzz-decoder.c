/* SPDX-License-Identifier: MIT */
/*
 * Lines of any bytes to rows. What was taken is written again and read again, which must give the
 * same rows; lines that may be recalled must give the same rows and rejects as if none was; and a
 * line of JSON that is taken as it is must be taken with a blank before it, which no fast path
 * knows.
 */
#include "log/decoder.h"
#include "log/encoder.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 512 };

struct reading {
	struct pm_keys *keys;
	struct pm_rejects rejects;
	struct pm_decoder decoder;
	struct pm_row rows[ROWS];
	size_t n;
};

/* way: in which lines are recalled, and there is room behind the text; NULL: none is. */
static void read_lines(struct reading *reading, enum pm_format format, const char *text, size_t n,
	const struct pm_recall_way *way)
{
	const char *at = text, *end = text + n;

	memset(reading, 0, sizeof(*reading));
	reading->keys = pm_keys_create();
	pm_decoder_init(&reading->decoder, pm_codecs[format], reading->keys, &reading->rejects, 0);
	reading->decoder.recall.in_use = way != NULL;
	reading->decoder.recall.way = way;
	while (end > text && end[-1] != '\n')
		end--;
	reading->n = pm_decoder_run(&reading->decoder, &at, end, reading->rows, ROWS);
}

static void drop(struct reading *reading)
{
	pm_decoder_deinit(&reading->decoder);
	pm_keys_destroy(reading->keys);
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void compare(const struct reading *a, const struct reading *b)
{
	require(a->n == b->n);
	for (size_t i = 0; i < a->n; i++) {
		const struct pm_row *x = &a->rows[i], *y = &b->rows[i];

		require(x->uptime_ms == y->uptime_ms && x->has == y->has);
		require(strcmp(x->key->tag, y->key->tag) == 0);
		require(strcmp(x->key->pool_name, y->key->pool_name) == 0);
		require(strcmp(x->key->type, y->key->type) == 0);
		for (int v = 0; v < PM_N_VALUES; v++)
			require(!pm_row_has(x, (enum pm_value)v) || x->value[v] == y->value[v]);
		require(x->n_note == y->n_note);
		require(x->n_note == 0 || memcmp(x->note, y->note, x->n_note) == 0);
	}
}

static void write_again(const struct reading *reading, enum pm_format format)
{
	static struct reading again;
	struct pm_encoder encoder;
	struct pm_buf text = {0};

	pm_encoder_init(&encoder, format, NULL, 0);
	pm_encoder_put_header(&encoder, &text);
	for (size_t i = 0; i < reading->n; i++)
		pm_encoder_put_row(&encoder, &reading->rows[i], &text);
	pm_encoder_deinit(&encoder);
	if (reading->n > 0) {
		read_lines(&again, format, text.at, text.n, NULL);
		require(pm_rejects_total(&again.rejects) == 0);
		compare(reading, &again);
		drop(&again);
	}
	pm_buf_deinit(&text);
}

/* The same lines with a blank before each. */
static void check_paths(const struct reading *reading, const char *text, size_t n)
{
	static struct reading general;
	struct pm_buf spaced = {0};

	for (size_t i = 0; i < n; i++) {
		if (i == 0 || text[i - 1] == '\n')
			pm_buf_add_char(&spaced, ' ');
		pm_buf_add_char(&spaced, text[i]);
	}
	if (n > 0) {
		read_lines(&general, PM_FORMAT_NDJSON, spaced.at, spaced.n, NULL);
		compare(reading, &general);
		drop(&general);
	}
	pm_buf_deinit(&spaced);
}

/* All lines twice, so that there is something to recall, in each way. */
static void check_recalled(
	const struct reading *once, enum pm_format format, const char *text, size_t n)
{
	static struct reading plain, recalled;
	char *twice = calloc(1, 2 * n + PM_RECALL_SLACK);

	while (n > 0 && text[n - 1] != '\n')
		n--;
	if (n > 0)
		memcpy(twice, text, n);
	if (n > 0)
		memcpy(twice + n, text, n);
	read_lines(&plain, format, twice, 2 * n, NULL);
	for (const struct pm_recall_way *way = pm_recall_ways; way->name != NULL; way++) {
		if (!way->works())
			continue;
		read_lines(&recalled, format, twice, n, way);
		compare(once, &recalled);
		require(memcmp(&once->rejects, &recalled.rejects, sizeof(once->rejects)) == 0);
		drop(&recalled);
		read_lines(&recalled, format, twice, 2 * n, way);
		compare(&plain, &recalled);
		require(memcmp(&plain.rejects, &recalled.rejects, sizeof(plain.rejects)) == 0);
		drop(&recalled);
	}
	drop(&plain);
	free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct reading reading;
	/* A copy on the heap, so that a step past its end is seen. */
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	for (int format = 0; format < PM_N_FORMATS; format++) {
		read_lines(&reading, (enum pm_format)format, text, size, NULL);
		check_recalled(&reading, (enum pm_format)format, text, size);
		for (int other = 0; other < PM_N_FORMATS; other++) {
			if (pm_format_is_written((enum pm_format)other))
				write_again(&reading, (enum pm_format)other);
		}
		if (format == PM_FORMAT_NDJSON)
			check_paths(&reading, text, size);
		drop(&reading);
	}
	free(text);
	return 0;
}
