/* SPDX-License-Identifier: MIT */
/* Options on getopt_long(): one table is the parser's and the help's. */
#include "programs/cli/cli.h"

#include "base/array.h"
#include "base/buf.h"
#include "base/number.h"
#include "base/when.h"

#include <poolmon/version.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_HELP = 1000, ID_VERSION, OPTIONS_MAX = 64, LONG_BASE = 10000 };

static const struct cli_option common[] = {
	{ID_HELP, 'h', "help", NULL, "show this help"},
	{ID_VERSION, 0, "version", NULL, "show the version"},
	{0, 0, NULL, NULL, NULL},
};

/* Steps through an option table and then through the common options. */
static const struct cli_option *next_option(
	const struct cli_help *help, const struct cli_option *option)
{
	if (option == NULL)
		option = help->options;
	else
		option++;
	if (option->name == NULL && option != &common[2])
		option = common;
	return option->name == NULL ? NULL : option;
}

/* ---- help ---- */

static void print_wrapped(const char *text, size_t column, size_t indent)
{
	enum { WIDTH = 80 };

	while (*text != '\0') {
		size_t n = strcspn(text, " \n");

		if (column > indent && column + 1 + n > WIDTH) {
			printf("\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			putchar(' ');
			column++;
		}
		fwrite(text, 1, n, stdout);
		column += n;
		text += n;
		text += strspn(text, " \n");
	}
	putchar('\n');
}

static void print_option(const struct cli_option *option)
{
	enum { HELP_COLUMN = 28 };
	char head[96];
	struct pm_buf text;

	pm_buf_init_fixed(&text, head, sizeof(head));
	if (option->letter != 0)
		pm_buf_printf(&text, "  -%c, --%s", option->letter, option->name);
	else
		pm_buf_printf(&text, "      --%s", option->name);
	if (option->argument != NULL && option->argument[0] == '[')
		pm_buf_printf(&text, "[=%s", option->argument + 1);
	else if (option->argument != NULL)
		pm_buf_printf(&text, " %s", option->argument);
	if (text.n + 2 > HELP_COLUMN)
		printf("%.*s\n%*s", (int)text.n, head, HELP_COLUMN, "");
	else
		printf("%-*.*s", HELP_COLUMN, (int)text.n, head);
	print_wrapped(option->help, HELP_COLUMN, HELP_COLUMN);
}

static void print_help(const struct cli_help *help)
{
	printf("Usage: ");
	for (const char *line = help->usage; *line != '\0';) {
		const size_t n = strcspn(line, "\n");

		printf("%s%.*s\n", line == help->usage ? "" : "       ", (int)n, line);
		line += n + (line[n] == '\n');
	}
	putchar('\n');
	print_wrapped(help->about, 0, 0);
	for (const struct cli_option *option = NULL;
		(option = next_option(help, option)) != NULL;) {
		if (option == common || option->id == 0)
			printf("\n%s\n", option->id == 0 ? option->name : "Other:");
		if (option->id != 0)
			print_option(option);
	}
	printf("\n%s", help->tail);
}

/* ---- parsing ---- */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many characters are missing, too many, others, or changed places with the next one. */
static size_t distance(const char *a, const char *b)
{
	enum { MAX = 32 };
	const size_t n_a = strlen(a), n_b = strlen(b);
	size_t rows[3][MAX + 1];

	if (n_a > MAX || n_b > MAX)
		return MAX;
	for (size_t i = 0; i <= n_a; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		for (size_t j = 0; j <= n_b; j++) {
			row[j] = i == 0 ? j : above[j] + 1;
			if (i == 0 || j == 0)
				continue;
			row[j] = least(row[j], row[j - 1] + 1);
			row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[n_a % 3][n_b];
}

const char *cli_option_like(const struct cli_help *help, const char *given)
{
	const char *best = NULL;
	size_t best_distance = 2 + strlen(given) / 4;

	for (const struct cli_option *option = NULL;
		(option = next_option(help, option)) != NULL;) {
		if (option->id != 0 && distance(given, option->name) < best_distance) {
			best_distance = distance(given, option->name);
			best = option->name;
		}
	}
	return best;
}

const struct cli_option *cli_option_of_name(const struct cli_help *help, const char *name)
{
	for (const struct cli_option *option = help->options; option->name != NULL; option++) {
		if (option->id != 0 && strcmp(option->name, name) == 0)
			return option;
	}
	return NULL;
}

/* result: what getopt_long() returned, ':' or '?'; optopt: the letter, LONG_BASE + n, or 0 if
 * unknown. */
static int complain(const struct cli_parser *parser, int result)
{
	/* Where an argument is missing at the very end, some count one too far. */
	const int at = optind > parser->argc ? parser->argc - 1 : optind - 1;
	const char *word = parser->argv[at < 1 ? 1 : at], *best;
	const int n_name = (int)strcspn(word, "=");

	if (optopt > 0 && optopt < LONG_BASE) {
		if (result == ':')
			cli_usage_error("option '-%c' needs an argument", optopt);
		else
			cli_usage_error("unknown option '-%c'", optopt);
	} else if (result == ':') {
		cli_usage_error("option '%s' needs an argument", word);
	} else if (optopt >= LONG_BASE) {
		cli_usage_error("option '%.*s' takes no argument", n_name, word);
	} else {
		char given[64];

		snprintf(given, sizeof(given), "%.*s", n_name > 2 ? n_name - 2 : 0, word + 2);
		best = cli_option_like(parser->help, given);
		cli_usage_error("unknown option '--%s'%s%s%s", given,
			best != NULL ? ", did you mean '--" : "", best != NULL ? best : "",
			best != NULL ? "'?" : "");
	}
	return CLI_BAD;
}

static int run_getopt(struct cli_parser *parser, const struct cli_option **found)
{
	char letters[3 * OPTIONS_MAX + 3];
	struct option options[OPTIONS_MAX + 1];
	const struct cli_option *sources[OPTIONS_MAX];
	size_t n_letters = 0, n = 0;
	int result;

	if (parser->operands_last)
		letters[n_letters++] = '+';
	letters[n_letters++] = ':';
	for (const struct cli_option *option = NULL;
		(option = next_option(parser->help, option)) != NULL;) {
		const int has = option->argument == NULL ? no_argument
			: option->argument[0] == '['     ? optional_argument
							 : required_argument;

		if (option->id == 0)
			continue;
		sources[n] = option;
		options[n] = (struct option){option->name, has, NULL, LONG_BASE + (int)n};
		n++;
		if (option->letter == 0)
			continue;
		letters[n_letters++] = option->letter;
		for (int i = 0; i < has; i++)
			letters[n_letters++] = ':';
	}
	letters[n_letters] = '\0';
	options[n] = (struct option){NULL, 0, NULL, 0};
	opterr = 0;
	optopt = 0;
	result = getopt_long(parser->argc, parser->argv, letters, options, NULL);
	if (result >= LONG_BASE)
		*found = sources[result - LONG_BASE];
	for (size_t i = 0; i < n && result > 0 && result < LONG_BASE; i++) {
		if (sources[i]->letter == result)
			*found = sources[i];
	}
	return result;
}

int cli_next(struct cli_parser *parser, const char **argument)
{
	int result;

	if (!parser->begun)
		optind = 1;
	parser->begun = true;
	parser->option = NULL;
	result = run_getopt(parser, &parser->option);
	if (result == -1)
		return CLI_NO_MORE;
	if (parser->option == NULL)
		return complain(parser, result);
	*argument = optarg;
	if (parser->option->id == ID_HELP) {
		print_help(parser->help);
		return CLI_HELPED;
	}
	if (parser->option->id == ID_VERSION) {
		printf("poolmon %s\n", PM_VERSION);
		return CLI_HELPED;
	}
	return parser->option->id;
}

char **cli_operands(const struct cli_parser *parser, int *n, bool *after_dashes)
{
	*n = parser->argc - optind;
	if (after_dashes != NULL)
		*after_dashes = optind > 1 && strcmp(parser->argv[optind - 1], "--") == 0;
	return parser->argv + optind;
}

/* ---- arguments ---- */

bool cli_take_duration(const struct cli_parser *parser, const char *argument, int64_t *ms)
{
	if (pm_duration_parse(argument, strlen(argument), ms))
		return true;
	if (pm_duration_is_too_long(argument, strlen(argument)))
		cli_usage_error("--%s: '%s' is too long", parser->option->name, argument);
	else
		cli_usage_error(
			"--%s: '%s' is no length of time; write it like 500ms, 5s, 10m, 2h30m or 7d",
			parser->option->name, argument);
	return false;
}

bool cli_take_size(const struct cli_parser *parser, const char *argument, uint64_t *bytes)
{
	if (pm_size_parse(argument, strlen(argument), bytes))
		return true;
	if (pm_size_is_too_large(argument, strlen(argument)))
		cli_usage_error("--%s: '%s' is too large", parser->option->name, argument);
	else
		cli_usage_error("--%s: '%s' is no size; write it like 500k, 10MiB or 2G",
			parser->option->name, argument);
	return false;
}

bool cli_take_count(const struct cli_parser *parser, const char *argument, uint64_t min,
	uint64_t max, uint64_t *n)
{
	const enum pm_number number = pm_u64_parse(argument, strlen(argument), n);

	if (number == PM_NUMBER_OK && *n >= min && *n <= max)
		return true;
	if (number == PM_NUMBER_RANGE)
		cli_usage_error("--%s: '%s' is too large; the most is %llu", parser->option->name,
			argument, (unsigned long long)max);
	else if (max == UINT64_MAX)
		cli_usage_error("--%s: '%s' is not a whole number from %llu on",
			parser->option->name, argument, (unsigned long long)min);
	else
		cli_usage_error("--%s: '%s' is not a whole number from %llu to %llu",
			parser->option->name, argument, (unsigned long long)min,
			(unsigned long long)max);
	return false;
}

bool cli_take_share(const struct cli_parser *parser, const char *argument, double *share)
{
	const size_t n = strlen(argument);
	const bool percent = n > 0 && argument[n - 1] == '%';
	int64_t thousandths; /* of what was written; a thousandth is what the parser is exact to */

	if (pm_seconds_parse(argument, n - percent, &thousandths) == PM_NUMBER_OK) {
		*share = (double)thousandths / (percent ? 100000 : 1000);
		if (*share > 0 && *share < 1)
			return true;
	}
	cli_usage_error("--%s: '%s' is no share between 0 and 1; write it like 0.05 or 5%%",
		parser->option->name, argument);
	return false;
}

bool cli_take_time(const struct cli_parser *parser, const char *argument, int64_t *ms)
{
	if (pm_time_parse_loose(argument, strlen(argument), ms))
		return true;
	cli_usage_error("--%s: '%s' is no time; write it like 2026-11-21, '2026-11-21 21:45' or "
			"2026-11-21T21:45:00Z (UTC)",
		parser->option->name, argument);
	return false;
}

bool cli_take_name(const struct cli_parser *parser, const char *argument, const char **name)
{
	*name = argument;
	if (argument[0] != '\0')
		return true;
	cli_usage_error("--%s needs a name", parser->option->name);
	return false;
}

bool cli_list_add(struct cli_list *list, const char *text)
{
	const char **grown = pm_array_room(list->at, &list->capacity, list->n, sizeof(*grown));

	if (grown == NULL) {
		cli_say("out of memory");
		return false;
	}
	list->at = grown;
	list->at[list->n++] = text;
	return true;
}

void cli_list_free(struct cli_list *list)
{
	free(list->at);
	*list = (struct cli_list){0};
}
