/* SPDX-License-Identifier: MIT */
#include "programs/cli/clock.h"

#include "base/array.h"
#include "base/fail.h"
#include "base/number.h"
#include "base/when.h"
#include "programs/cli/cli.h"

#include <stdlib.h>
#include <string.h>

struct happening {
	int64_t at_ms; /* of the clock since boot */
	enum { STEP, SUSPEND, STALL } kind;
	int64_t by_ms;
};

struct cli_clock {
	struct pm_clock interface;
	struct pm_now now;
	int64_t begun_ms;
	struct happening *happenings; /* [n] */
	size_t n, capacity, next;
};

static void read_scripted(void *context, struct pm_now *now)
{
	const struct cli_clock *clock = context;

	*now = clock->now;
}

static bool parse_ms(const char *text, int64_t *ms)
{
	return pm_seconds_parse(text, strlen(text), ms) == PM_NUMBER_OK;
}

static bool take_happening(struct cli_clock *clock, char *const *words)
{
	static const char *const kinds[] = {
		[STEP] = "step", [SUSPEND] = "suspend", [STALL] = "stall"};
	const bool back = words[3][0] == '-';
	const bool is_signed = back || words[3][0] == '+';
	struct happening *grown = pm_array_room(
		clock->happenings, &clock->capacity, clock->n, sizeof(*clock->happenings));
	struct happening *one;

	if (grown == NULL)
		return false;
	clock->happenings = grown;
	one = &grown[clock->n];
	for (one->kind = STEP; strcmp(kinds[one->kind], words[2]) != 0; one->kind++) {
		if (one->kind == STALL)
			return false;
	}
	if (!parse_ms(words[1], &one->at_ms) || !parse_ms(words[3] + is_signed, &one->by_ms) ||
		(is_signed && one->kind != STEP) ||
		(clock->n > 0 && one->at_ms < grown[clock->n - 1].at_ms))
		return false;
	if (back)
		one->by_ms = -one->by_ms;
	clock->n++;
	return true;
}

static bool take_line(struct cli_clock *clock, char *line)
{
	char *words[5];
	size_t n = 0;

	line[strcspn(line, "#")] = '\0';
	for (line += strspn(line, " \t\r"); *line != '\0' && n < 5; line += strspn(line, " \t\r")) {
		words[n++] = line;
		line += strcspn(line, " \t\r");
		if (*line != '\0')
			*line++ = '\0';
	}
	if (n == 0)
		return true;
	if (n == 2 && strcmp(words[0], "time") == 0)
		return pm_time_parse_loose(words[1], strlen(words[1]), &clock->now.time_ms);
	if (n == 2 && strcmp(words[0], "uptime") == 0)
		return parse_ms(words[1], &clock->now.uptime_ms);
	return n == 4 && strcmp(words[0], "at") == 0 && take_happening(clock, words);
}

static enum pm_status read_script(
	struct cli_clock *clock, const char *path, char *script, struct pm_error *err)
{
	uint64_t number = 0;

	for (char *line = script, *next; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		number++;
		if (!take_line(clock, line)) {
			const enum pm_status status =
				pm_fail(err, PM_E_INPUT, "not a statement of a clock's script");

			pm_error_where(err, path, number, 0);
			return status;
		}
	}
	return PM_OK;
}

enum pm_status cli_clock_create(struct cli_clock **out, struct pm_error *err)
{
	const char *path = getenv("POOLMON_CLOCK");
	struct cli_clock *clock;
	char *script = NULL;
	size_t n;
	enum pm_status status;

	*out = NULL;
	if (path == NULL || path[0] == '\0')
		return PM_OK;
	clock = calloc(1, sizeof(*clock));
	if (clock == NULL)
		return pm_fail_memory(err);
	clock->interface = (struct pm_clock){read_scripted, clock};
	clock->now.time_ms = INT64_C(1767225600000); /* 2026-01-01 */
	clock->now.uptime_ms = 100000;
	status = cli_read_file(path, 1 << 20, &script, &n, err);
	if (status == PM_OK)
		status = read_script(clock, path, script, err);
	free(script);
	if (status != PM_OK) {
		cli_clock_destroy(clock);
		return status;
	}
	clock->begun_ms = clock->now.awake_ms = clock->now.uptime_ms;
	*out = clock;
	return PM_OK;
}

void cli_clock_destroy(struct cli_clock *clock)
{
	if (clock != NULL)
		free(clock->happenings);
	free(clock);
}

const struct pm_clock *cli_clock_interface(const struct cli_clock *clock)
{
	return clock == NULL ? NULL : &clock->interface;
}

static void pass(struct cli_clock *clock, int64_t ms)
{
	clock->now.time_ms += ms;
	clock->now.uptime_ms += ms;
	clock->now.awake_ms += ms;
}

void cli_clock_advance(struct cli_clock *clock, int64_t until_ms)
{
	while (clock->next < clock->n) {
		const struct happening *one = &clock->happenings[clock->next];
		const int64_t at_ms = clock->begun_ms + one->at_ms;

		if (at_ms > until_ms)
			break;
		if (at_ms > clock->now.uptime_ms)
			pass(clock, at_ms - clock->now.uptime_ms);
		clock->next++;
		if (one->kind == STEP) {
			clock->now.time_ms += one->by_ms;
		} else {
			pass(clock, one->by_ms);
			if (one->kind == SUSPEND)
				clock->now.awake_ms -= one->by_ms;
		}
	}
	if (until_ms > clock->now.uptime_ms)
		pass(clock, until_ms - clock->now.uptime_ms);
}
