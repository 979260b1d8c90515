/* SPDX-License-Identifier: MIT */
/* What Windows alone needs and any system can test: names of devices, and command lines. */
#include "unit.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/windows/device.h"
#include "programs/cli/windows/quote.h"

static void devices_are_known_by_any_of_their_names(void **state)
{
	static const char *const devices[] = {"con", "CON", "Con.txt", "nul.csv", "aux.ndjson.gz",
		"prn", "com1", "COM9.log", "lpt1", "logs/nul.csv", "logs\\con", "con/a.ndjson",
		"C:\\con\\a", "c:aux", "con .txt", "nul:", "nul ", "COM\xc2\xb2.x", "conin$",
		"CONOUT$", "//server/share/aux.txt", "./nul"};

	(void)state;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (!pm_path_names_device(devices[i]))
			fail_msg("'%s' was taken for a file", devices[i]);
	}
}

static void files_are_files(void **state)
{
	static const char *const files[] = {"", "a", "console.txt", "con1", "co", "null", "nul_",
		"com", "com0", "com10", "lpt", "lptx", "auxiliary/x", "my con.txt", "x.con", ".con",
		"logs/nulls/a", "C:\\logs\\conf", "COM\xc2\xb4", "NUL", "nul", "\\\\.\\pipe\\con",
		"\\\\?\\C:\\con", "//./NUL", "\xe6\x97\xa5/con\xe6\x97\xa5"};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (pm_path_names_device(files[i]))
			fail_msg("'%s' was taken for a device", files[i]);
	}
}

/* One argument off a command line, as CommandLineToArgvW() documents it. */
static const char *take(const char *line, struct pm_buf *argument)
{
	bool quoted = false;

	pm_buf_clear(argument);
	while (*line != '\0' && (quoted || (*line != ' ' && *line != '\t'))) {
		size_t n = strspn(line, "\\");
		const bool before_quotes = line[n] == '"';

		for (size_t i = 0; i < (before_quotes ? n / 2 : n); i++)
			pm_buf_add_char(argument, '\\');
		line += n;
		if (before_quotes && n % 2 == 0)
			quoted = !quoted;
		else if (*line != '\0' && (quoted || (*line != ' ' && *line != '\t')))
			pm_buf_add_char(argument, *line);
		else
			continue;
		line++;
	}
	assert_false(quoted);
	pm_buf_terminate(argument);
	return line + strspn(line, " \t");
}

/* Arguments of what makes it hard, and some of them empty. */
static void fill(char argument[16], uint64_t *random)
{
	static const char hard[] = "\\\\\\\"\" \ta%*";
	size_t n;

	*random = pm_hash(*random, random, sizeof(*random));
	n = *random % 12;
	for (size_t i = 0; i < n; i++) {
		*random = pm_hash(*random, random, sizeof(*random));
		argument[i] = hard[*random % (sizeof(hard) - 1)];
	}
	argument[n] = '\0';
}

static void arguments_survive_the_command_line(void **state)
{
	enum { N = 5, ROUNDS = 20000 };
	struct pm_buf line = {0}, argument = {0};
	uint64_t random = 1;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		char arguments[N][16];
		const char *at;

		pm_buf_clear(&line);
		for (size_t i = 0; i < N; i++) {
			fill(arguments[i], &random);
			cli_quote(&line, arguments[i]);
		}
		at = pm_buf_terminate(&line);
		for (size_t i = 0; i < N; i++) {
			assert_true(*at != '\0');
			at = take(at, &argument);
			assert_string_equal(argument.at, arguments[i]);
		}
		assert_true(*at == '\0');
	}
	pm_buf_deinit(&line);
	pm_buf_deinit(&argument);
}

static void plain_arguments_stay_readable(void **state)
{
	struct pm_buf line = {0};

	(void)state;
	cli_quote(&line, "-o");
	cli_quote(&line, "C:\\logs\\");
	cli_quote(&line, "two words\\");
	cli_quote(&line, "");
	assert_string_equal(pm_buf_terminate(&line), "-o C:\\logs\\ \"two words\\\\\" \"\"");
	pm_buf_deinit(&line);
}

static void batch_files_are_known(void **state)
{
	(void)state;
	assert_true(cli_is_batch("build.bat"));
	assert_true(cli_is_batch("C:\\x\\Build.CMD"));
	assert_true(cli_is_batch("build.bat. ."));
	assert_false(cli_is_batch("bat"));
	assert_false(cli_is_batch("build.bat.exe"));
	assert_true(cli_batch_spoils("50%"));
	assert_true(cli_batch_spoils("a & b"));
	assert_false(cli_batch_spoils("--name=C:\\a b\\c"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_are_known_by_any_of_their_names),
		cmocka_unit_test(files_are_files),
		cmocka_unit_test(arguments_survive_the_command_line),
		cmocka_unit_test(plain_arguments_stay_readable),
		cmocka_unit_test(batch_files_are_known),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("windows", tests, NULL, NULL);
}
