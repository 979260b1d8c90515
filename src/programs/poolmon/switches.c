/* SPDX-License-Identifier: MIT */
/*
 * PoolMon's switches: / or -, a letter, and what belongs to it in the same word; letters that take
 * nothing can share a word (/bp). A name of a file stands in the next word, if that is no switch
 * itself: on systems where names begin with / it is a name if it holds another one.
 */
#include "programs/poolmon/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct words {
	char **at; /* [n], ended by NULL */
	int n;
	int paged; /* how often /p was given */
	bool failed;
};

static const struct {
	char letter;
	const char *option;
} plain[] = {
	{'t', "--sort=tag"},
	{'a', "--sort=allocs"},
	{'f', "--sort=frees"},
	{'d', "--sort=diff"},
	{'b', "--sort=bytes"},
	{'m', "--sort=per-alloc"},
	{'(', "--by-change"},
	{')', "--by-change"},
	{'e', "--totals"},
	{'l', "--no-highlight"},
	{'h', "--help"},
	{'?', "--help"},
};

static const struct {
	char letter;
	const char *option;
	const char *what;
} with_file[] = {
	{'g', "--tags", "a tag file"},
	{'c', "--local-tags", "a tag file"},
	{'n', "--snapshot", "a snapshot file"},
	{'o', "--output", "a tag file"},
};

static void add(struct words *words, const char *option, const char *value)
{
	const size_t size = strlen(option) + (value != NULL ? strlen(value) + 1 : 0) + 1;
	char **grown = realloc(words->at, ((size_t)words->n + 2) * sizeof(*grown));
	char *word = malloc(size);

	if (grown != NULL)
		words->at = grown;
	if (grown == NULL || word == NULL) {
		words->failed = true;
		free(word);
		return;
	}
	snprintf(
		word, size, "%s%s%s", option, value != NULL ? "=" : "", value != NULL ? value : "");
	grown[words->n++] = word;
	grown[words->n] = NULL;
}

void switches_free(char **words)
{
	for (char **word = words; word != NULL && *word != NULL; word++)
		free(*word);
	free(words);
}

static const char *plain_option(char letter)
{
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (plain[i].letter == letter)
			return plain[i].option;
	}
	return NULL;
}

static const char *file_option(char letter)
{
	for (size_t i = 0; i < sizeof(with_file) / sizeof(with_file[0]); i++) {
		if (with_file[i].letter == letter)
			return with_file[i].option;
	}
	return NULL;
}

/* Whether the word after /g, /c, /n or -o is the name of a file; of -o it may be `-`. */
static bool is_file_name(const char *word, char letter)
{
	if (word != NULL && letter == 'o' && strcmp(word, "-") == 0)
		return true;
	return word != NULL && word[0] != '-' && word[0] != '\0' &&
		(word[0] != '/' || strchr(word + 1, '/') != NULL);
}

static bool take_pattern(struct words *words, const char *option, const char *word)
{
	if (word[2] == '\0') {
		cli_usage_error("%s: the tag stands right behind it, as in %.2sAfd*", word, word);
		return false;
	}
	if (word[2] == '*') {
		cli_usage_error(
			"%s: a tag may not begin with * here; %s='%s' may", word, option, word + 2);
		return false;
	}
	add(words, option, word + 2);
	return true;
}

static bool take_session(struct words *words, const char *word)
{
	const char *digits = word + 2;

	if (digits[strspn(digits, "0123456789")] != '\0') {
		cli_usage_error("%s: '%s' is no number of a session", word, digits);
		return false;
	}
	add(words, "--session", *digits != '\0' ? digits : NULL);
	return true;
}

/* Letters that take nothing. */
static bool take_letters(struct words *words, const char *word)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		const char *option = plain_option(*letter);

		if (*letter == 'p') {
			words->paged++;
		} else if (option != NULL) {
			add(words, option, NULL);
		} else {
			cli_usage_error("unknown switch '%s'", word);
			return false;
		}
	}
	return true;
}

/* One switch; *next is the word after it, NULL once it was taken. */
static bool take_switch(struct words *words, const char *word, char **next)
{
	const char *option = file_option(word[1]);

	switch (word[1]) {
	case 'i':
		return take_pattern(words, "--include", word);
	case 'x':
		return take_pattern(words, "--exclude", word);
	case 's':
		return take_session(words, word);
	default:
		break;
	}
	if (option == NULL)
		return take_letters(words, word);
	if (word[2] != '\0') {
		cli_usage_error("%s: the name of a file is a word of its own", word);
		return false;
	}
	if (is_file_name(*next, word[1])) {
		add(words, option, *next);
		*next = NULL;
	} else {
		add(words, option, NULL);
	}
	return true;
}

/* What begins with / and holds another one is the name of a file. */
static bool is_switch(const char *word)
{
	return (word[0] == '-' || (word[0] == '/' && strchr(word + 1, '/') == NULL)) &&
		word[1] != '\0';
}

/* Whether the next word belongs to this long option, whose name may be cut short. */
static bool takes_next(const char *word, const struct cli_option *options)
{
	const size_t n = strlen(word + 2);

	for (; options->name != NULL; options++) {
		if (options->id != 0 && strncmp(word + 2, options->name, n) == 0)
			return options->argument != NULL && options->argument[0] != '[';
	}
	return false;
}

static void add_types(struct words *words)
{
	if (words->paged > 0)
		add(words,
			words->paged == 1           ? "--types=nonpaged"
				: words->paged == 2 ? "--types=paged"
						    : "--types=both",
			NULL);
}

char **switches_translate(int argc, char **argv, const struct cli_option *options, int *n)
{
	struct words words = {0};
	bool good = true;
	int i = 1;

	add(&words, argv[0], NULL);
	for (; i < argc && strcmp(argv[i], "--") != 0 && good; i++) {
		const char *word = argv[i];
		char *next = i + 1 < argc ? argv[i + 1] : NULL, *const offered = next;

		if (strncmp(word, "--", 2) == 0) {
			add(&words, word, NULL);
			if (next != NULL && takes_next(word, options)) {
				add(&words, next, NULL);
				i++;
			}
		} else if (is_switch(word)) {
			good = take_switch(&words, word, &next);
			i += offered != NULL && next == NULL;
		} else {
			add(&words, word, NULL);
		}
	}
	add_types(&words);
	for (; i < argc; i++) /* behind -- are names, whatever they begin with */
		add(&words, argv[i], NULL);
	if (words.failed)
		cli_say("out of memory");
	if (!good || words.failed) {
		switches_free(words.at);
		return NULL;
	}
	*n = words.n;
	return words.at;
}
