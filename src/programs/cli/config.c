/* SPDX-License-Identifier: MIT */
/* Options from a file: a line each, `name = value` with the names of the long options. */
#include "programs/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_MAX = 1 << 20 };

bool cli_config_open(struct cli_config *config, const char *path)
{
	struct pm_error err;
	size_t n;

	*config = (struct cli_config){.path = path};
	if (cli_read_file(path, CONFIG_MAX, &config->text, &n, &err) != PM_OK) {
		(void)cli_fail(&err);
		return false;
	}
	config->at = config->text;
	return true;
}

void cli_config_close(struct cli_config *config)
{
	cli_say_where(NULL, 0);
	free(config->text);
	*config = (struct cli_config){0};
}

static char *trim(char *text)
{
	size_t n;

	text += strspn(text, " \t\r");
	for (n = strlen(text); n > 0 && strchr(" \t\r", text[n - 1]) != NULL;)
		n--;
	text[n] = '\0';
	return text;
}

/* The next line that says something, trimmed; NULL at the end. */
static char *next_line(struct cli_config *config)
{
	while (config->at != NULL) {
		char *line = config->at;

		config->at = strchr(line, '\n');
		if (config->at != NULL)
			*config->at++ = '\0';
		config->line++;
		line = trim(line);
		if (*line != '\0' && *line != '#')
			return line;
	}
	return NULL;
}

/* What stands behind `=` as the option's argument. False: it has none; true with *skip: it is "no"
 * to an option that is on or off. */
static bool take_value(
	const struct cli_option *option, char *value, const char **argument, bool *skip)
{
	*skip = false;
	*argument = value;
	if (option->argument != NULL) {
		if (value != NULL && *value == '\0')
			*argument = NULL;
		return *argument != NULL || option->argument[0] == '[';
	}
	*argument = NULL;
	*skip = value != NULL && strcmp(value, "no") == 0;
	return value == NULL || *skip || strcmp(value, "yes") == 0;
}

/* What stands there before the first blank, if anything does behind it. */
static bool first_word(const char *line, char *word, size_t size)
{
	const size_t n = strcspn(line, " \t");

	snprintf(word, size, "%.*s", (int)n, line);
	return line[n] != '\0';
}

/* A line that names no option. */
static void complain(const struct cli_help *help, const char *name, bool has_value)
{
	char word[64];
	const bool blank = first_word(name, word, sizeof(word)) && !has_value;
	const char *best = cli_option_like(help, blank ? word : name);

	if (blank && cli_option_of_name(help, word) != NULL)
		cli_usage_error("there is no '=' behind %s; write %s = %s", word, word,
			name + strlen(word) + strspn(name + strlen(word), " \t"));
	else
		cli_usage_error("there is no option '%s'%s%s%s", blank ? word : name,
			best != NULL ? ", did you mean '" : "", best != NULL ? best : "",
			best != NULL ? "'?" : "");
}

int cli_config_next(struct cli_config *config, struct cli_parser *parser, const char **argument)
{
	char *name;

	while ((name = next_line(config)) != NULL) {
		char *value = strchr(name, '=');
		bool skip;

		cli_say_where(config->path, config->line);
		if (value != NULL) {
			*value = '\0';
			value = trim(value + 1);
			name = trim(name);
		}
		parser->option = cli_option_of_name(parser->help, name);
		if (parser->option == NULL) {
			complain(parser->help, name, value != NULL);
			return CLI_BAD;
		}
		if (!take_value(parser->option, value, argument, &skip)) {
			if (parser->option->argument != NULL)
				cli_usage_error("%s needs a value; write %s = %s", name, name,
					parser->option->argument);
			else
				cli_usage_error("%s is yes or no, not '%s'", name, value);
			return CLI_BAD;
		}
		if (!skip)
			return parser->option->id;
	}
	cli_say_where(NULL, 0);
	return CLI_NO_MORE;
}
