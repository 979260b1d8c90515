/* SPDX-License-Identifier: MIT */
#include "model/text.h"

#include "base/number.h"
#include "base/when.h"
#include "model/origin.h"

/* ---- the time of a block ---- */

static const char time_label[] = "Time:", uptime_label[] = "Uptime:";

void pm_text_block_write(
	struct pm_buf *out, int64_t time_ms, int64_t uptime_ms, const struct pm_origin *origin)
{
	char time[PM_TIME_TEXT], uptime[PM_U64_DIGITS + 4];
	struct pm_buf note = {0};

	pm_buf_printf(out, " %s ", time_label);
	pm_buf_add(out, time, pm_time_format(time, time_ms, ' '));
	pm_buf_printf(out, " UTC  %s ", uptime_label);
	pm_buf_add(out, uptime, pm_seconds_format(uptime, uptime_ms));
	pm_buf_add_text(out, " s");
	if (origin != NULL)
		pm_origin_write(&note, origin);
	if (note.n > 0) {
		pm_buf_add_text(out, "  ");
		pm_buf_add(out, note.at, note.n);
	}
	out->failed |= note.failed;
	pm_buf_add_char(out, '\n');
	pm_buf_deinit(&note);
}

static void skip_blanks(struct pm_span *text)
{
	while (text->n > 0 && (text->at[0] == ' ' || text->at[0] == '\t')) {
		text->at++;
		text->n--;
	}
	while (text->n > 0 && (text->at[text->n - 1] == ' ' || text->at[text->n - 1] == '\t'))
		text->n--;
}

/* Steps over a word and the blanks behind it. */
static bool skip_word(struct pm_span *text, const char *word)
{
	const size_t n = strlen(word);

	if (text->n < n || memcmp(text->at, word, n) != 0)
		return false;
	text->at += n;
	text->n -= n;
	skip_blanks(text);
	return true;
}

static struct pm_span next_word(struct pm_span *text)
{
	struct pm_span word = {text->at, 0};

	while (word.n < text->n && word.at[word.n] != ' ' && word.at[word.n] != '\t')
		word.n++;
	text->at += word.n;
	text->n -= word.n;
	skip_blanks(text);
	return word;
}

bool pm_text_block_parse(const char *at, size_t n, struct pm_text_block *block)
{
	struct pm_span text = {at, n}, date, clock, seconds;
	char time[64];

	skip_blanks(&text);
	if (!skip_word(&text, time_label))
		return false;
	date = next_word(&text);
	clock = next_word(&text);
	if (date.n + 1 + clock.n > sizeof(time) || !skip_word(&text, "UTC") ||
		!skip_word(&text, uptime_label))
		return false;
	memcpy(time, date.at, date.n);
	time[date.n] = ' ';
	memcpy(time + date.n + 1, clock.at, clock.n);
	seconds = next_word(&text);
	if (!pm_time_parse(time, date.n + 1 + clock.n, &block->time_ms) ||
		pm_seconds_parse(seconds.at, seconds.n, &block->uptime_ms) != PM_NUMBER_OK ||
		!pm_span_is(next_word(&text), "s"))
		return false;
	block->note = text;
	return true;
}

/* ---- pools ---- */

static const struct {
	const char *pool, *text;
} pools[] = {
	{"system", "System pool information"},
	{"session:all", "All sessions pool information"},
	{"slab", "Slab cache information"},
	{"alloc", "Allocation site information"},
	{"vmalloc", "Vmalloc area information"},
	{"kmem", "Kmem event information"},
};

enum { N_POOLS = sizeof(pools) / sizeof(pools[0]) };

static const char one_session[] = "session:", session_begin[] = "Session ",
		  session_end[] = " pool information";

void pm_text_pool_write(struct pm_buf *out, const char *pool_name)
{
	const size_t n = strlen(one_session);

	for (int i = 0; i < N_POOLS; i++) {
		if (strcmp(pools[i].pool, pool_name) == 0) {
			pm_buf_add_text(out, pools[i].text);
			return;
		}
	}
	if (strncmp(pool_name, one_session, n) == 0)
		pm_buf_printf(out, "%s%s%s", session_begin, pool_name + n, session_end);
}

bool pm_text_pool_parse(const char *at, size_t n, char pool_name[PM_TEXT_POOL])
{
	const size_t n_begin = strlen(session_begin), n_end = strlen(session_end);
	enum pm_pool kind;
	struct pm_buf name;

	pm_buf_init_fixed(&name, pool_name, PM_TEXT_POOL);
	for (int i = 0; i < N_POOLS; i++) {
		if (pm_span_is((struct pm_span){at, n}, pools[i].text))
			pm_buf_add_text(&name, pools[i].pool);
	}
	if (n > n_begin + n_end && memcmp(at, session_begin, n_begin) == 0 &&
		memcmp(at + n - n_end, session_end, n_end) == 0) {
		pm_buf_add_text(&name, one_session);
		pm_buf_add(&name, at + n_begin, n - n_begin - n_end);
	}
	return pm_pool_of_name(pm_buf_terminate(&name), name.n, &kind) && !name.failed;
}
