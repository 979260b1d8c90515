/* SPDX-License-Identifier: MIT */
/* Small texts of any bytes: times, spans, sizes, notes, tags, patterns, slabinfo, names of pools. */
#include "base/number.h"
#include "base/when.h"
#include "model/note.h"
#include "source/slabinfo.h"

#include <poolmon/row.h>
#include <poolmon/tag.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_times(const char *text, size_t n)
{
	char back[PM_TIME_TEXT];
	int64_t ms, again;
	uint64_t bytes;

	if (pm_time_parse(text, n, &ms) && ms >= 0) {
		require(pm_time_parse(back, pm_time_format(back, ms, 'T'), &again));
		require(again == ms || ms > INT64_C(253402300799999));
	}
	(void)pm_time_parse_loose(text, n, &ms);
	(void)pm_time_stamp_parse(text, n, &ms);
	(void)pm_size_parse(text, n, &bytes);
	if (pm_duration_parse(text, n, &ms))
		require(ms >= 0);
	if (pm_seconds_parse(text, n, &ms) == PM_NUMBER_OK)
		require(ms >= 0);
}

static void check_note(const char *text, size_t n)
{
	struct pm_buf note = {0};
	size_t at = 0, n_key;
	const char *key;
	char value[32], *back = malloc(n + 1);

	while (pm_note_next(text, n, &at, &key, &n_key, value, sizeof(value)))
		require(at <= n && key + n_key <= text + n);
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e)
			n = i; /* what is not plain is shown another way */
	}
	pm_note_add(&note, "k", (struct pm_span){text, n});
	require(pm_note_get(note.at, note.n, "k", back, n + 1));
	require(memcmp(back, text, n) == 0 && back[n] == '\0');
	free(back);
	pm_buf_deinit(&note);
}

static void check_tag(const char *text, size_t n)
{
	char escaped[PM_TAG_ESCAPED], again[PM_TAG_ESCAPED], tag[PM_TAG_ESCAPED];
	size_t n_tag;

	if (n > PM_TAG_MAX)
		n = PM_TAG_MAX;
	n_tag = pm_tag_unescape(tag, escaped, pm_tag_escape(escaped, text, n));
	require(n_tag == n && memcmp(tag, text, n) == 0);
	n_tag = pm_tag_unescape(tag, text, n);
	pm_tag_escape(again, tag, n_tag);
	require(pm_pattern_matches("*", again) && pm_pattern_matches(again, again) == true);
}

static void check_slabinfo(const char *text, size_t n)
{
	const char *newline = memchr(text, '\n', n);
	struct pm_slabinfo_layout layout;
	struct pm_slab slab;
	const size_t n_header = newline == NULL ? n : (size_t)(newline - text);

	if (!pm_slabinfo_parse_header(text, n_header, &layout) || newline == NULL)
		return;
	if (pm_slabinfo_parse_line(&layout, newline + 1, n - n_header - 1, &slab))
		require(slab.name.n > 0 && slab.name.at >= newline + 1 &&
			slab.name.at + slab.name.n <= text + n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	enum pm_pool pool;

	memcpy(text, data, size);
	check_times(text, size);
	check_note(text, size);
	check_tag(text, size);
	check_slabinfo(text, size);
	(void)pm_pool_of_name(text, size, &pool);
	free(text);
	return 0;
}
