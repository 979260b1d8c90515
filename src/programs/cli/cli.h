/* SPDX-License-Identifier: MIT */
/* What the programs share: exit codes, messages, options, the terminal, and standard output. */
#ifndef POOLMON_CLI_CLI_H
#define POOLMON_CLI_CLI_H

#include <poolmon/report.h>

enum cli_exit {
	CLI_DONE = 0,
	CLI_FOUND = 1, /* findings that a rule fails */
	CLI_USAGE = 2,
	CLI_REJECTED = 3, /* input that can't be taken */
	CLI_SYSTEM = 4,   /* permissions, I/O, memory */
};

enum cli_exit cli_exit_of_status(enum pm_status status);

/* The monotonic clock, in milliseconds since boot. */
int64_t cli_uptime_ms(void);

/* Memory that the process has in use right now, in bytes; 0 where it can't be told. */
uint64_t cli_memory_bytes(void);

/* From here on Ctrl-C, and what else asks the process to end, ends it at once, whatever it is at:
 * it says so, and removes the file that is half written. It ends as by the signal. */
void cli_interrupt_begin(const char *program);
/* What is to be removed then; NULL: nothing. */
void cli_interrupt_removes(const char *path);
/* Whether there may be a line of progress on the terminal. */
void cli_interrupt_clears(bool line);

/* CPU time that the process has used, in microseconds. */
int64_t cli_cpu_us(void);

/* ---- messages, on standard error, each a line that begins with the program's name ---- */

/* For main() to begin with: the program's name; arguments become UTF-8 where they are not; a reader
 * that goes away, and a file that may not grow any more, is a failed write, not a signal. */
void cli_start(const char *program, int *argc, char ***argv);
/* Which of its commands is run, for help to be found. */
void cli_start_command(const char *command);
/* The part of it that differs by system. */
void cli_start_system(int *argc, char ***argv);

void cli_say(const char *format, ...) PM_PRINTF(1, 2);
/* The part of it that differs by system: text as it is. */
void cli_put_message(const char *line);

/* From here on messages begin with this place in a file as well; file NULL: no more. */
void cli_say_where(const char *file, uint64_t line);

/* Says what an error tells, or what is worth a remark, and goes on. */
void cli_remark(const struct pm_error *err);

/* Says what went wrong and returns the exit code for it. */
enum cli_exit cli_fail(const struct pm_error *err);

/* To return from main() with where printf() was used: CLI_DONE, or CLI_SYSTEM where it could not
 * all be written, which is said. */
enum cli_exit cli_printed(void);

/* Says what is wrong with the command line and where help is; returns CLI_USAGE. */
enum cli_exit cli_usage_error(const char *format, ...) PM_PRINTF(1, 2);

/* ---- options ---- */

struct cli_option {
	int id;               /* what cli_next() returns, from 1 on; 0: a heading in the help */
	char letter;          /* short form; 0: none */
	const char *name;     /* long form; of a heading its text */
	const char *argument; /* "TIME"; "[LEVEL]": may be left out; NULL: takes none */
	const char *help;
};

struct cli_help {
	const char *usage; /* lines, each a command */
	const char *about; /* a paragraph */
	const struct cli_option
		*options; /* ended by one without a name; --help and --version are added */
	const char *tail; /* examples and exit statuses */
};

enum {
	CLI_NO_MORE = -1, /* what is left are operands */
	CLI_BAD = -2,     /* was said: exit with CLI_USAGE */
	CLI_HELPED = -3,  /* --help or --version was answered: exit with cli_printed() */
};

struct cli_parser {
	int argc;
	char **argv;
	const struct cli_help *help;
	bool operands_last;              /* stop at the first operand */
	const struct cli_option *option; /* the one that was returned last */
	bool begun;
};

/* The next option: its id and its argument (NULL if left out), or one of the above. */
int cli_next(struct cli_parser *parser, const char **argument);

/* The option of this long name; NULL: there is none, not counting --help and --version. */
const struct cli_option *cli_option_of_name(const struct cli_help *help, const char *name);
/* The name of one that may have been meant, or NULL. */
const char *cli_option_like(const struct cli_help *help, const char *name);

/* Options in a file, `name = value` a line; `#` begins a line that is a comment. What is returned
 * points into the text that was read, until it is closed. */
struct cli_config {
	const char *path;
	char *text, *at;
	uint64_t line;
};
/* False: it can't be read, which was said. */
bool cli_config_open(struct cli_config *config, const char *path);
/* Like cli_next(). Messages name the line until the end is reached. */
int cli_config_next(struct cli_config *config, struct cli_parser *parser, const char **argument);
void cli_config_close(struct cli_config *config);

/* The operands behind the options, after CLI_NO_MORE; *after_dashes: they stand behind "--". */
char **cli_operands(const struct cli_parser *parser, int *n, bool *after_dashes);

/* Arguments of the option at hand as values. False: what is wrong was said. */
bool cli_take_duration(const struct cli_parser *parser, const char *argument, int64_t *ms);
bool cli_take_size(const struct cli_parser *parser, const char *argument, uint64_t *bytes);
bool cli_take_count(const struct cli_parser *parser, const char *argument, uint64_t min,
	uint64_t max, uint64_t *n);
/* Above 0 and below 1: "0.05" or "5%", to three decimals. */
bool cli_take_share(const struct cli_parser *parser, const char *argument, double *share);
bool cli_take_time(const struct cli_parser *parser, const char *argument, int64_t *ms);

/* Of a file or directory that is written, which has to have a name. */
bool cli_take_name(const struct cli_parser *parser, const char *argument, const char **name);

/* How what is written is to be compressed. */
struct cli_packing {
	enum pm_packing packing;
	int level;  /* 0: the packing's own */
	bool given; /* by an option; else a name may say it */
};

/* Of --compress and of --gzip, whose argument may be NULL. False: what is wrong was said. */
bool cli_take_packing(
	const struct cli_parser *parser, const char *argument, struct cli_packing *packing);
bool cli_take_gzip(
	const struct cli_parser *parser, const char *argument, struct cli_packing *packing);
/* Where no option says it: as the name of the file says. False likewise. */
bool cli_packing_of_output(struct cli_packing *packing, const char *path);

/* Times and sizes as text, and what a person types as a time. */
#define CLI_TEXT 32
const char *cli_time_text(char text[CLI_TEXT], int64_t ms);     /* "2026-11-21 21:45:00", UTC */
const char *cli_size_text(char text[CLI_TEXT], double bytes);   /* "36.1 MiB" */
const char *cli_duration_text(char text[CLI_TEXT], int64_t ms); /* "2 h 30 min" */
bool cli_parse_time(const char *text, int64_t *ms);

/* A list that grows with each use of an option. */
struct cli_list {
	const char **at; /* [n] */
	size_t n, capacity;
};
bool cli_list_add(struct cli_list *list, const char *text);
void cli_list_free(struct cli_list *list);

/* All of a file; text is the caller's to free, NULL on failure, with a NUL behind n bytes. Not more
 * than `most` bytes: PM_E_INPUT. */
PM_MUST_USE enum pm_status cli_read_file(
	const char *path, size_t most, char **text, size_t *n, struct pm_error *err);

/* Where a tag file is: a name alone is looked for in the working directory, beside the program, and
 * where the debuggers for Windows have theirs; with a folder before it, it is a path already. *path
 * is the caller's to free, NULL on failure. PM_E_SYSTEM (sys_errno ENOENT): it is nowhere. */
PM_MUST_USE enum pm_status cli_find_tag_file(const char *name, char **path, struct pm_error *err);

/* Whether the tag file of this name is where the output goes; cli_is_output() says how that is. */
bool cli_tag_file_is_output(const char *name, const char *output);

enum cli_tags { CLI_TAGS_GENERAL, CLI_TAGS_LOCAL };

/* Finds a tag file, reads it and hands it to pm_drivers_add() or pm_drivers_add_local(). */
PM_MUST_USE enum pm_status cli_add_tag_file(
	struct pm_drivers *drivers, const char *name, enum cli_tags tags, struct pm_error *err);

/* The folder of the system's drivers, the caller's to free; NULL where there is none. */
char *cli_drivers_folder(void);

/* ---- standard output and the terminal ---- */

/* A sink to standard output (path NULL or "-"), or to a file that takes its name when it is
 * complete. Who may read the file it takes the place of may read it; else the umask says. The path
 * stays the caller's until it is closed. */
struct cli_output;
PM_MUST_USE enum pm_status cli_output_open(
	struct cli_output **output, const char *path, struct pm_error *err);
/* The same of a log, which is for its owner and its group as all logs are. What is compressed and
 * written in one go is never torn apart by the end of a member. */
PM_MUST_USE enum pm_status cli_output_open_log(struct cli_output **output, const char *path,
	struct cli_packing packing, struct pm_error *err);
struct pm_sink cli_output_sink(struct cli_output *output);
/* Writes what was kept back so far. */
PM_MUST_USE enum pm_status cli_output_flush(struct cli_output *output, struct pm_error *err);
/* Puts the file in its place if all is well (status is PM_OK), else removes it. Returns status, or
 * what went wrong only now. */
PM_MUST_USE enum pm_status cli_output_close(
	struct cli_output *output, enum pm_status status, struct pm_error *err);

/* Whether anything has this name. */
bool cli_is_there(const char *path);
bool cli_is_file(const char *path); /* no directory, device or pipe */
bool cli_is_directory(const char *path);
/* Whether two paths lead to one file; that of an output, which is NULL or "-" where there is none. */
bool cli_is_output(const char *path, const char *output);
/* Says that a file is read and can't be written at the same time; returns CLI_USAGE. */
enum cli_exit cli_refuse_output(const char *output);

/* What a name like "all.csv.gz" says of what is wanted; a path may be NULL. Without a known ending
 * the format stays as it is, and false is returned. */
bool cli_name_says_format(const char *path, enum pm_format *format);

/* Whether a failure just means that nobody reads standard output any more. */
bool cli_reader_left(const struct pm_error *err);

struct cli_terminal {
	bool is_terminal;
	bool colour;    /* it shows colours, and NO_COLOR is not set */
	bool ascii;     /* characters beyond ASCII would not be shown */
	unsigned width; /* in columns; 0 if it is none */
};
struct cli_terminal cli_stdout_terminal(void);
bool cli_stderr_is_terminal(void);

#endif
